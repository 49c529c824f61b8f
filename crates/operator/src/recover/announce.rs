//! Events on HelmReleases, when a verdict changes and only then.

use std::collections::BTreeMap;

use boltrope::recovery::{Diagnosis, Verdict};
use serde_json::Value;

use super::clock::Clock;
use super::view::{Key, View};
use crate::cluster::event::{Event, Severity, emit};
use crate::cluster::{CallError, Cluster};

/// What was said last.
#[derive(Debug, Default)]
pub(crate) struct Announcer {
    known: BTreeMap<Key, String>,
}

impl Announcer {
    /// Says what changed since the last time. At first sight only what is stuck is news.
    pub(super) async fn announce(
        &mut self,
        cluster: &Cluster,
        view: &View,
        diagnoses: &[Diagnosis],
        clock: &Clock,
    ) -> Result<(), CallError> {
        let now = clock.now();
        for found in diagnoses {
            let key = (found.namespace.clone(), found.name.clone());
            let verdict = found.verdict.to_string();
            let last = self.known.insert(key.clone(), verdict.clone());
            let is_news = match &last {
                Some(last) => *last != verdict,
                None => found.verdict.is_stuck(),
            };
            let Some(state) = view.state(&key, now).filter(|_| is_news) else {
                continue;
            };
            let event = Event {
                regarding: state.release,
                severity: severity(found.verdict),
                reason: &camel(found.verdict.as_str()),
                note: &format!("{verdict}: {}", found.summary),
                // A process that knows nothing of the last one says the same of the same state under the same name.
                key: &format!("{verdict} {}", since(state.release)),
            };
            let said = emit(cluster, &event, now).await;
            if said.is_err() {
                match last {
                    Some(last) => self.known.insert(key, last),
                    None => self.known.remove(&key),
                };
            }
            said?;
        }
        Ok(())
    }
}

fn severity(verdict: Verdict) -> Severity {
    if verdict.is_stuck() {
        Severity::Warning
    } else {
        Severity::Normal
    }
}

/// `deployed-unknown` as an Event's reason: `DeployedUnknown`.
fn camel(word: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    word.split('-').map(part).collect()
}

/// Since when Ready is what it is.
fn since(release: &Value) -> &str {
    let conditions = release.pointer("/status/conditions").and_then(Value::as_array);
    let mut conditions = conditions.into_iter().flatten();
    let ready = conditions.find(|condition| condition.get("type") == Some(&"Ready".into()));
    let since = ready.and_then(|ready| ready.get("lastTransitionTime")?.as_str());
    since.unwrap_or_default()
}
