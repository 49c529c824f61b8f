//! The stuck-HelmRelease recovery of openova's `bp-flux`, kept for those who rely on it, without the harm it does.
//!
//! Its triggers, constants and order are the script's: Ready=Unknown for five minutes, then branch B (`history[0]` is
//! deployed: annotate, forge Ready) *instead of* branch A (the storage record is deployed: toggle `spec.suspend`), at most
//! ten over both. Where the script does harm this one differs; each difference is a case in `cases/` and a row of
//! `docs/recovery-openova.md`. The ladder of [`super::plan`](super::Plan) is the better repair: it forges and toggles nothing.
//!
//! [`plan`] says what to do with all releases, before anything is done; an [`Episode`] does it with one of them. The
//! driver is that of [`super::Episode`]: it reads, persists, writes and waits.
//!
//! Source: openova-io/openova, `platform/flux/chart/templates/helm-release-stuck-recovery.yaml` at 850772b for branch A;
//! commit 71e8101363 and `chart/tests/leader-election-and-recovery.sh` for branch B, whose script is not public.

mod episode;
mod marks;
mod steps;
mod trigger;

use serde::{Deserialize, Serialize};

use super::guard::{Held, Limits};
use super::plan::Refusal;
use super::state::ReleaseState;
use super::time::parse_duration;
pub use episode::Episode;
pub use marks::CORRECTED_AT;
pub use steps::MESSAGE;
pub use trigger::assess;

/// The script's constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// How long Ready has been Unknown before a release counts as stuck, in seconds (`stuckThreshold`).
    pub threshold: i64,
    /// How many releases one run may act on, over both branches.
    pub max: usize,
}

/// What the script would do to a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Branch {
    /// Branch A: `spec.suspend` to true, five seconds, to false.
    Toggle,
    /// Branch B: annotate, then set Ready to True.
    Correct,
    /// The second half of a toggle whose process died in the middle. The script leaves such a release suspended for ever.
    FinishToggle,
}

/// What is to be done about a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assessment {
    /// Ready is not Unknown, or not for long enough.
    NotStuck,
    /// The trigger holds.
    Act(Branch),
    /// The script would act, and it would do harm.
    Leave(Refusal),
}

/// A release that is not simply in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The HelmRelease's namespace.
    pub namespace: String,
    /// The HelmRelease's name.
    pub name: String,
    /// What is done about it, and [`Assessment::NotStuck`] never.
    pub assessment: Assessment,
}

/// What a run does, counted before anything is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Everything that is not in order, by namespace and name.
    pub releases: Vec<Planned>,
    /// Why nothing is begun. What an earlier run left suspended is resumed all the same.
    pub held: Option<Held>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            threshold: 300,
            max: 10,
        }
    }
}

impl Settings {
    /// Reads the script's `stuckThreshold`: a number of seconds, or a duration.
    ///
    /// ```
    /// use boltrope::recovery::compat::Settings;
    /// let read = |text| Settings::default().with_threshold(text).map(|settings| settings.threshold);
    /// assert_eq!((read("15m"), read("90"), read("1h30m")), (Some(900), Some(90), Some(5400)));
    /// assert_eq!((read("soon"), read("-5")), (None, None));
    /// ```
    #[must_use]
    pub fn with_threshold(self, text: &str) -> Option<Self> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let threshold = if is_number {
            text.parse().ok()?
        } else {
            parse_duration(text)?
        };
        Some(Self { threshold, ..self })
    }
}

impl Branch {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Toggle => "toggle",
            Self::Correct => "correct",
            Self::FinishToggle => "finish-toggle",
        }
    }

    /// What is written, as a sentence.
    #[must_use]
    pub fn effect(self) -> &'static str {
        match self {
            Self::Toggle => "branch A: suspends the HelmRelease, waits five seconds and resumes it",
            Self::Correct => "branch B: annotates the HelmRelease and sets its condition Ready to True",
            Self::FinishToggle => "resumes the HelmRelease that an earlier run suspended",
        }
    }
}

impl Plan {
    /// What is to be begun now, in order.
    pub fn acts(&self) -> impl Iterator<Item = (&Planned, Branch)> {
        let is_held = self.held.is_some();
        self.releases
            .iter()
            .filter_map(move |planned| match planned.assessment {
                Assessment::Act(branch) if !is_held || branch == Branch::FinishToggle => {
                    Some((planned, branch))
                }
                _ => None,
            })
    }
}

/// What a run does to all releases.
///
/// ```
/// use boltrope::recovery::{Inventory, Timestamp, compat};
///
/// let mut inventory = Inventory::new();
/// inventory.add(&serde_json::json!({
///     "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
///     "metadata": {"name": "web", "namespace": "shop", "uid": "1"},
///     "status": {"conditions": [{"type": "Ready", "status": "Unknown", "lastTransitionTime": "2026-05-18T09:00:00Z"}]},
/// }));
/// let now = Timestamp::parse("2026-05-18T10:00:00Z");
/// let plan = compat::plan(inventory.states(now), compat::Settings::default());
/// assert_eq!(plan.acts().count(), 0, "its storage was not read, so nothing is done, and the plan says so");
/// assert_eq!(plan.releases.len(), 1);
/// ```
#[must_use]
pub fn plan<'a>(states: impl IntoIterator<Item = ReleaseState<'a>>, settings: Settings) -> Plan {
    let mut plan = Plan::default();
    let (mut acts, mut all) = (0, 0);
    for state in states {
        all += 1;
        let assessment = assess(&state, settings);
        if assessment == Assessment::NotStuck {
            continue;
        }
        let begins = matches!(&assessment, Assessment::Act(branch) if *branch != Branch::FinishToggle);
        acts += usize::from(begins);
        let object = crate::object::Object::new(state.release);
        plan.releases.push(Planned {
            namespace: object.namespace().unwrap_or_default().to_owned(),
            name: object.name().unwrap_or_default().to_owned(),
            assessment,
        });
    }
    let limits = Limits {
        max: settings.max,
        max_percent: None,
    };
    plan.held = limits.check(acts, all).err();
    plan
}
