//! What is checked before the first write of a run. One thing that does not hold, and nothing is written at all.

use std::collections::BTreeSet;

use boltrope::recovery::{Action, Limits, Step, identity, parse_duration};

use super::reader::Reader;
use super::view::{Key, View};
use crate::cluster::{CallError, Missing, Resource, access, explain};

/// How much a run may do.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Guard {
    /// Act on none if more releases than this are to be acted on
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    pub(crate) max: usize,
    /// Act on none if more than this part of all releases is to be acted on, from 0 to 100
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) max_percent: Option<u8>,
    /// Allow the last step of the ladder, forceAt: an upgrade that nothing else asks for. Hooks run again, generated
    /// passwords change
    #[arg(long)]
    pub(crate) allow_deploy: bool,
    /// How long a release is left alone after a repair that did not heal it, unless it changed
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
    pub(crate) cool_down: i64,
}

/// What is to be repaired, and what that takes.
#[derive(Clone, Debug)]
pub(super) struct Intent {
    pub(super) key: Key,
    /// Whether a repair of an earlier run goes on.
    pub(super) resumes: bool,
    pub(super) needs: Needs,
}

/// Which kinds of writes a repair may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Needs {
    pub(super) status: bool,
    pub(super) record: bool,
}

impl Needs {
    /// All kinds: of a repair that began earlier nobody here knows the steps.
    pub(super) const ALL: Self = Self {
        status: true,
        record: true,
    };

    /// What these steps take.
    pub(super) fn of(steps: &[Step]) -> Self {
        let any = |is: fn(&Action) -> bool| steps.iter().any(|step| is(&step.action));
        Self {
            status: any(|action| matches!(action, Action::MarkReleased { .. })),
            record: any(|action| matches!(action, Action::MarkRecordFailed { .. })),
        }
    }
}

impl Guard {
    pub(super) fn limits(&self) -> Limits {
        Limits {
            max: self.max,
            max_percent: self.max_percent,
        }
    }
}

/// Why nothing may be written, in the order in which it is checked; `None` if nothing speaks against it.
pub(super) async fn held(
    limits: Limits,
    reader: &Reader,
    view: &View,
    intents: &[Intent],
    backup_in_secrets: bool,
) -> Result<Option<String>, CallError> {
    if let Err(held) = limits.check(intents.len(), view.inventory.len()) {
        return Ok(Some(held.to_string()));
    }
    if let Some(unhealthy) = unhealthy(reader, view).await {
        return Ok(Some(format!("{unhealthy}; nothing was written")));
    }
    let needed = permissions(reader, view, intents, backup_in_secrets);
    let missing = access::missing(&reader.cluster, &needed).await?;
    if missing.is_empty() {
        return Ok(None);
    }
    let mut text = format!("nothing was written: {}", explain(&missing));
    if backup_in_secrets
        && missing
            .iter()
            .any(|one| one.resource == "secrets" && one.verb != "get")
    {
        text.push_str("\nwithout the right to write Secrets, --backup-dir keeps backups in files");
    }
    Ok(Some(text))
}

/// What is wrong with the API server or with helm-controller.
async fn unhealthy(reader: &Reader, view: &View) -> Option<String> {
    match reader.cluster.look("/readyz").await {
        // Whoever may not ask for its health has still been answered.
        Ok(_) | Err(CallError::Forbidden { .. } | CallError::NotFound { .. }) => {}
        Err(error) => return Some(format!("the API server is not healthy: {error}")),
    }
    let unavailable = view.controllers.iter().find(|(_, available)| !available);
    if let Some((name, _)) = unavailable {
        return Some(format!(
            "helm-controller is not healthy: no Pod of its Deployment `{name}` is available"
        ));
    }
    (view.controllers.is_empty() && !reader.vouches_for_controller()).then(|| {
        format!(
            "whether helm-controller runs is not known: there is no Deployment of it in namespace `{}`; pass \
             --flux-namespace, or --controller-version to vouch for it",
            reader.flux_namespace()
        )
    })
}

/// Everything that may have to be done, as permissions.
fn permissions(
    reader: &Reader,
    view: &View,
    intents: &[Intent],
    backup_in_secrets: bool,
) -> BTreeSet<Missing> {
    let mut needed = BTreeSet::new();
    for intent in intents {
        let own = intent.key.0.as_str();
        let mut need = |verb, resource: &Resource, part: Option<&str>, namespace: &str| {
            needed.insert(Missing::new(verb, resource, part, Some(namespace)));
        };
        need("get", &reader.releases, None, own);
        need("patch", &reader.releases, None, own);
        need("create", &Resource::EVENTS, None, own);
        if intent.needs.status {
            need("patch", &reader.releases, Some("status"), own);
        }
        let release = view.inventory.state(&intent.key.0, &intent.key.1, None);
        let storage = release.map(|state| identity::current(state.release).storage_namespace);
        let storage = storage.as_deref().unwrap_or(own);
        need("get", &Resource::SECRETS, None, storage);
        if intent.needs.record {
            need("patch", &Resource::SECRETS, None, storage);
        }
        if backup_in_secrets {
            for verb in ["get", "create", "update", "delete"] {
                need(verb, &Resource::SECRETS, None, own);
            }
        }
    }
    needed
}

pub(super) fn duration(text: &str) -> Result<i64, String> {
    parse_duration(text).ok_or_else(|| "write a duration like 90s, 2m or 1h30m".to_owned())
}
