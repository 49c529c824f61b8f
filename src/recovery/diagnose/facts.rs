//! The facts of a state, looked up once, and the sentences that quote them.

use serde_json::Value;

use crate::object::Object;
use crate::recovery::conditions::{Condition, Snapshot, condition, is_observed, latest_snapshot, name_of};
use crate::recovery::identity::{self, Identity};
use crate::recovery::state::{Prerequisite, ReleaseState, Storage};
use crate::recovery::storage::{BodyError, Head, Pending, Status, StorageRecord};
use crate::recovery::time::{parse_duration, spoken};
use crate::recovery::verdict::Evidence;

/// Flux's default of `spec.timeout`, in seconds.
const DEFAULT_TIMEOUT: i64 = 300;

/// What a state says, in the words of the judges.
#[derive(Clone, Debug)]
pub(in crate::recovery) struct Facts<'a> {
    pub(in crate::recovery) state: &'a ReleaseState<'a>,
    pub(in crate::recovery) object: Object<'a>,
    pub(in crate::recovery) identity: Identity,
    pub(in crate::recovery) ready: Option<Condition<'a>>,
    pub(in crate::recovery) released: Option<Condition<'a>>,
    pub(in crate::recovery) reconciling: Option<Condition<'a>>,
    pub(in crate::recovery) stalled: Option<Condition<'a>>,
    pub(in crate::recovery) history: Option<Snapshot<'a>>,
    pub(in crate::recovery) newest: Option<Newest<'a>>,
}

/// The newest record of the release.
#[derive(Clone, Debug)]
pub(in crate::recovery) struct Newest<'a> {
    pub(in crate::recovery) record: &'a StorageRecord,
    /// What the body says; `None` if the data was not fetched.
    pub(in crate::recovery) head: Option<Result<Head, BodyError>>,
}

impl<'a> Facts<'a> {
    pub(in crate::recovery) fn of(state: &'a ReleaseState<'a>) -> Self {
        let release = state.release;
        let records = match &state.storage {
            Storage::NotRead => &[],
            Storage::Read(records) => records.as_slice(),
        };
        let ready = condition(release, "Ready");
        // Unpacking every record of a healthy cluster would be most of the work.
        let is_well = ready.is_some_and(|ready| ready.is_true());
        let newest = records.iter().max_by_key(|record| record.version());
        Self {
            state,
            object: Object::new(release),
            identity: identity::current(release),
            ready,
            released: condition(release, "Released"),
            reconciling: condition(release, "Reconciling"),
            stalled: condition(release, "Stalled").filter(Condition::is_true),
            history: latest_snapshot(release),
            newest: newest.map(|record| Newest::of(record, is_well)),
        }
    }

    /// Whether records were looked for.
    pub(in crate::recovery) fn storage_was_read(&self) -> bool {
        matches!(self.state.storage, Storage::Read(_))
    }

    pub(in crate::recovery) fn is_suspended(&self) -> bool {
        self.object.value().pointer("/spec/suspend") == Some(&Value::Bool(true))
    }

    pub(in crate::recovery) fn is_observed(&self) -> bool {
        is_observed(self.object.value())
    }

    /// What the newest record says of itself: the body, which Helm trusts, else the label.
    pub(in crate::recovery) fn stored_status(&self) -> Option<Status> {
        let newest = self.newest.as_ref()?;
        match &newest.head {
            Some(head) => head.as_ref().ok().map(|head| head.status),
            None => newest.record.label_status(),
        }
    }

    /// How long the controller gives one action, in seconds.
    pub(in crate::recovery) fn timeout(&self, action: Pending) -> i64 {
        let at = format!("/spec/{}/timeout", action.as_str());
        let given = self
            .object
            .text(&at)
            .or_else(|| self.object.text("/spec/timeout"));
        given.and_then(parse_duration).unwrap_or(DEFAULT_TIMEOUT)
    }

    /// The longest timeout of an action the controller may be at.
    pub(in crate::recovery) fn longest_timeout(&self) -> i64 {
        let actions = [Pending::Install, Pending::Upgrade, Pending::Rollback];
        let timeouts = actions.map(|action| self.timeout(action));
        timeouts.into_iter().max().unwrap_or(DEFAULT_TIMEOUT)
    }

    /// How old the newest record is, in seconds.
    pub(in crate::recovery) fn record_age(&self) -> Option<i64> {
        let newest = self.newest.as_ref()?;
        let head = newest.head.as_ref().and_then(|head| head.as_ref().ok());
        let began = head.and_then(|head| head.last_deployed);
        let written = newest.record.written().max(began)?;
        Some(self.state.now?.seconds_since(written))
    }

    /// How long a condition has been as it is, in words.
    pub(in crate::recovery) fn age_of(&self, condition: &Condition<'_>) -> Option<i64> {
        Some(self.state.now?.seconds_since(condition.since?))
    }

    /// Whether the controller will first uninstall what it worked on: the target was changed.
    pub(in crate::recovery) fn moved_to(&self) -> Option<Identity> {
        let observed = identity::observed(self.object.value())?;
        let desired = identity::desired(self.object.value());
        (observed != desired).then_some(desired)
    }

    /// What is known to be not ready.
    pub(in crate::recovery) fn problems(&self) -> impl Iterator<Item = (&Prerequisite, &str)> {
        let prerequisites = self.state.prerequisites.iter();
        prerequisites.filter_map(|found| Some((found, found.problem.as_deref()?)))
    }

    /// A fact of the HelmRelease.
    pub(in crate::recovery) fn says(&self, pointer: impl Into<String>, fact: impl Into<String>) -> Evidence {
        Evidence {
            object: name_of(self.object.value()),
            pointer: pointer.into(),
            fact: fact.into(),
        }
    }

    /// A condition, quoted.
    pub(in crate::recovery) fn quotes(&self, condition: &Condition<'_>) -> Evidence {
        let age = self.age_of(condition).filter(|age| *age >= 0);
        let age = age
            .map(|age| format!(" (for {})", spoken(age)))
            .unwrap_or_default();
        self.says(condition.pointer(), format!("{condition}{age}"))
    }
}

impl<'a> Newest<'a> {
    fn of(record: &'a StorageRecord, is_well: bool) -> Self {
        if is_well && record.label_status() == Some(Status::Deployed) {
            return Self { record, head: None };
        }
        let has_some_data = record
            .object()
            .get("data")
            .and_then(Value::as_object)
            .is_some_and(|data| !data.is_empty());
        let head = record.body().and_then(|body| body.head());
        Self {
            record,
            head: Some(head).filter(|_| record.has_data() || has_some_data),
        }
    }

    /// A fact of the record.
    pub(in crate::recovery) fn says(&self, pointer: &str, fact: impl Into<String>) -> Evidence {
        Evidence {
            object: name_of(self.record.object()),
            pointer: pointer.to_owned(),
            fact: fact.into(),
        }
    }

    /// The status, from the body if it was fetched.
    pub(in crate::recovery) fn quotes_status(&self) -> Evidence {
        match &self.head {
            Some(Ok(head)) => self.says("/data/release", format!("the body says {}", head.status)),
            Some(Err(error)) => self.says("/data/release", error.to_string()),
            None => {
                let label = self.record.label_status().map_or("nothing", Status::as_str);
                self.says(
                    "/metadata/labels/status",
                    format!("the label says {label} (the body was not read)"),
                )
            }
        }
    }

    /// `web.v3`
    pub(in crate::recovery) fn revision(&self) -> String {
        format!("{}.v{}", self.record.release(), self.record.version())
    }
}
