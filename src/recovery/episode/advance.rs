//! How an episode moves: what each step writes, when it is done already, how long its answer is awaited.

use serde_json::{Value, json};

use super::{Before, Episode, Next, Outcome, Phase, Saved, Write};
use crate::edit::Edit;
use crate::object::{Object, pointer};
use crate::recovery::Timestamp;
use crate::recovery::diagnose::Facts;
use crate::recovery::plan::Action;
use crate::recovery::state::Storage;
use crate::recovery::storage::{Status, StorageRecord};
use crate::recovery::verdict::{Diagnosis, Verdict};

/// Conflicts and lost answers before an episode gives up.
const MAX_TROUBLES: u32 = 5;
/// How long a state must hold after the controller's answer before it counts as final, in seconds.
const SETTLE: i64 = 30;
/// What the controller gets beyond the timeouts of the release, in seconds.
const PATIENCE: i64 = 120;
const POLL: u32 = 5;

const REQUESTED: &str = "reconcile.fluxcd.io/requestedAt";
const RESET: &str = "reconcile.fluxcd.io/resetAt";
const FORCE: &str = "reconcile.fluxcd.io/forceAt";

/// What a step is, for the object as it is now.
enum Work {
    Write(Box<(Write, Value)>),
    AlreadyDone,
    NoLonger(String),
}

impl Work {
    fn write(object: &Value, to_status: bool, edits: Vec<Edit>) -> Self {
        Self::Write(Box::new((Write::new(object, to_status, edits), object.clone())))
    }
}

impl Episode {
    pub(super) fn advance(&mut self, facts: &Facts<'_>, diagnosis: &Diagnosis) -> Next {
        if let Some(message) = self.mismatch(facts) {
            return Next::Done(Outcome::Changed { message });
        }
        if self.phase == Phase::Writing {
            self.settle_write(facts);
        }
        if diagnosis.verdict == Verdict::Healthy {
            return Next::Done(Outcome::Healed);
        }
        if let Phase::Watching {
            token,
            since,
            answered,
        } = self.phase.clone()
        {
            return self.watch(facts, diagnosis, &token, since, answered);
        }
        self.take_step(facts, diagnosis)
    }

    /// The write is made; a step that asks the controller waits for its answer.
    pub(super) fn written(&mut self, now: Option<Timestamp>) {
        self.phase = match self.steps.get(self.at).map(|step| &step.action) {
            Some(Action::RequestReconcile | Action::ResetFailures | Action::ForceRelease) => {
                Phase::Watching {
                    token: self.token_of_step(),
                    since: now,
                    answered: None,
                }
            }
            Some(Action::MarkReleased { .. } | Action::MarkRecordFailed { .. }) | None => {
                self.at += 1;
                Phase::Ready
            }
        };
    }

    pub(super) fn trouble(&mut self, message: &str) {
        self.troubles += 1;
        if self.troubles >= MAX_TROUBLES {
            self.outcome = Some(Outcome::Remains {
                verdict: self.verdict.clone(),
                message: message.to_owned(),
            });
        }
    }

    /// Whoever changes the release meanwhile has the floor.
    fn mismatch(&self, facts: &Facts<'_>) -> Option<String> {
        let release = facts.object.value();
        let generation = release.pointer("/metadata/generation").and_then(Value::as_i64);
        if facts.object.text("/metadata/uid").unwrap_or_default() != self.key.uid {
            return Some("the HelmRelease was deleted and made anew".to_owned());
        }
        if facts.object.is_deleting() {
            return Some("the HelmRelease is being deleted".to_owned());
        }
        if facts.is_suspended() {
            return Some("somebody suspended the HelmRelease".to_owned());
        }
        (generation.unwrap_or_default() != self.key.generation)
            .then(|| "somebody changed the spec of the HelmRelease".to_owned())
    }

    /// A write without an answer: the object itself says whether it was made.
    fn settle_write(&mut self, facts: &Facts<'_>) {
        let Some(saved) = self.saved.last() else {
            self.phase = Phase::Ready;
            return;
        };
        let Some(current) = object_of(&saved.write, facts).filter(|current| saved.write.holds(current))
        else {
            self.saved.pop();
            self.phase = Phase::Ready;
            return;
        };
        let left = saved.write.left(saved.before.object(), current);
        let version = Object::new(current).text("/metadata/resourceVersion");
        let left_at = version.filter(|_| left).map(str::to_owned);
        if let Some(saved) = self.saved.last_mut() {
            saved.left_at = left_at;
        }
        self.written(facts.state.now);
    }

    fn take_step(&mut self, facts: &Facts<'_>, diagnosis: &Diagnosis) -> Next {
        if diagnosis.verdict == Verdict::InFlight {
            return wait("the controller is at work on the release");
        }
        loop {
            let Some(step) = self.steps.get(self.at) else {
                return remains(diagnosis);
            };
            match self.work(&step.action, facts, diagnosis) {
                Work::Write(work) => {
                    let (write, before) = *work;
                    self.saved.push(Saved {
                        write: write.clone(),
                        before: Before(before),
                        left_at: None,
                    });
                    self.phase = Phase::Writing;
                    return Next::Write(Box::new(write));
                }
                Work::NoLonger(message) => return Next::Done(Outcome::Changed { message }),
                Work::AlreadyDone => {
                    self.written(facts.state.now);
                    if matches!(self.phase, Phase::Watching { .. }) {
                        return wait("the controller was asked and has not answered yet");
                    }
                }
            }
        }
    }

    fn work(&self, action: &Action, facts: &Facts<'_>, diagnosis: &Diagnosis) -> Work {
        match action {
            Action::RequestReconcile => self.annotate(facts, &[REQUESTED]),
            Action::ResetFailures => self.annotate(facts, &[RESET, REQUESTED]),
            Action::ForceRelease => self.annotate(facts, &[FORCE, REQUESTED]),
            Action::MarkReleased { reason, message } => mark_released(facts, diagnosis, reason, message),
            Action::MarkRecordFailed { namespace, secret } => mark_record_failed(facts, namespace, secret),
        }
    }

    /// One token in all of them: the controller compares, and takes note of a token even where it does not match.
    fn annotate(&self, facts: &Facts<'_>, keys: &[&str]) -> Work {
        let release = facts.object.value();
        let token = self.token_of_step();
        let edits: Vec<Edit> = keys
            .iter()
            .map(|key| Edit::set(pointer::push("/metadata/annotations", key), token.as_str()))
            .collect();
        if edits.iter().all(|edit| edit.is_done(release)) {
            return Work::AlreadyDone;
        }
        Work::write(release, false, edits)
    }

    /// Distinct for each step, so that a second request of one episode is a new one to the controller.
    fn token_of_step(&self) -> String {
        format!("{}.{}", self.token, self.at + 1)
    }

    fn watch(
        &mut self,
        facts: &Facts<'_>,
        diagnosis: &Diagnosis,
        token: &str,
        since: Option<Timestamp>,
        answered: Option<Timestamp>,
    ) -> Next {
        let now = facts.state.now;
        let waited = |from: Option<Timestamp>| now.zip(from).map_or(0, |(now, from)| now.seconds_since(from));
        let patience = facts.longest_timeout() + PATIENCE;
        let is_answered = facts.object.text("/status/lastHandledReconcileAt") == Some(token);
        if !is_answered && facts.object.annotation(REQUESTED) != Some(token) {
            // Somebody asked for something else since; the controller will never mention our token.
            let message = "somebody else asked the controller for a reconcile meanwhile".to_owned();
            return Next::Done(Outcome::Changed { message });
        }
        if !is_answered {
            if waited(since) < patience {
                return wait("the controller has not answered yet");
            }
            return Next::Done(Outcome::Remains {
                verdict: diagnosis.verdict.as_str().to_owned(),
                message: "the controller does not answer; is it running?".to_owned(),
            });
        }
        let answered = answered.or(now);
        self.phase = Phase::Watching {
            token: token.to_owned(),
            since,
            answered,
        };
        let busy = diagnosis.verdict == Verdict::InFlight
            || facts
                .reconciling
                .is_some_and(|running| running.is_true() && running.reason == "Progressing");
        if waited(answered) < SETTLE || busy && waited(answered) < 2 * patience {
            return wait("the controller is at it");
        }
        if diagnosis.verdict.as_str() != self.verdict {
            return changed_verdict(diagnosis);
        }
        self.at += 1;
        self.phase = Phase::Ready;
        self.take_step(facts, diagnosis)
    }
}

/// What became of a release that was asked for and is neither healthy nor as it was.
fn changed_verdict(diagnosis: &Diagnosis) -> Next {
    if diagnosis.plan.steps.is_empty() {
        return remains(diagnosis);
    }
    Next::Done(Outcome::Changed {
        message: format!("it is {} now: {}", diagnosis.verdict, diagnosis.summary),
    })
}

/// Adds the one condition that was lost; whatever else stands there stays.
fn mark_released(facts: &Facts<'_>, diagnosis: &Diagnosis, reason: &str, message: &str) -> Work {
    if facts.released.is_some_and(|released| released.is_true()) {
        return Work::AlreadyDone;
    }
    if diagnosis.verdict != Verdict::DeployedUnknown {
        return Work::NoLonger(format!("it is {} now: {}", diagnosis.verdict, diagnosis.summary));
    }
    let release = facts.object.value();
    let mut condition = json!({
        "type": "Released",
        "status": "True",
        "reason": reason,
        "message": message,
        "observedGeneration": release.pointer("/metadata/generation"),
    });
    // The API wants a moment here; without a clock it is the one that Ready has.
    let ready = facts.ready.and_then(|ready| ready.since);
    if let (Some(map), Some(now)) = (condition.as_object_mut(), facts.state.now.or(ready)) {
        map.insert("lastTransitionTime".to_owned(), now.to_string().into());
    }
    let edits = vec![Edit::set("/status/conditions/-", condition)];
    Work::write(release, true, edits)
}

/// Status `failed` in body and label, as the controller's own Unlock does for pending records.
fn mark_record_failed(facts: &Facts<'_>, namespace: &str, secret: &str) -> Work {
    let no_longer = |message: &str| Work::NoLonger(message.to_owned());
    let Some(record) = find_record(facts, namespace, secret) else {
        return no_longer("the record is gone");
    };
    if facts
        .newest
        .as_ref()
        .is_none_or(|newest| newest.record.name() != record.name())
    {
        return no_longer("there is a newer record");
    }
    let found = record.body().and_then(|body| Ok((body.head()?.status, body)));
    let (status, body) = match found {
        Ok(found) => found,
        Err(error) => return no_longer(&format!("the record cannot be used: {error}")),
    };
    if status == Status::Failed && record.label_status() == Some(Status::Failed) {
        return Work::AlreadyDone;
    }
    if status != Status::Uninstalling && status != Status::Failed && status.pending().is_none() {
        return no_longer(&format!("the record is {status} now"));
    }
    let packed = body.with_status(Status::Failed).and_then(|body| body.encode());
    let packed = match packed {
        Ok(packed) => packed,
        Err(error) => return no_longer(&format!("the record cannot be rewritten: {error}")),
    };
    let edits = vec![
        Edit::set("/data/release", packed),
        Edit::set("/metadata/labels/status", Status::Failed.as_str()),
    ];
    Work::write(record.object(), false, edits)
}

fn find_record<'a>(facts: &Facts<'a>, namespace: &str, secret: &str) -> Option<&'a StorageRecord> {
    let Storage::Read(records) = &facts.state.storage else {
        return None;
    };
    let mut records = records.iter().copied();
    records.find(|record| record.namespace() == namespace && record.name() == secret)
}

fn object_of<'a>(write: &Write, facts: &Facts<'a>) -> Option<&'a Value> {
    let release = facts.object.value();
    if write.is_for(release) {
        return Some(release);
    }
    find_record(facts, &write.namespace, &write.name).map(StorageRecord::object)
}

fn wait(why: &str) -> Next {
    Next::Wait {
        seconds: POLL,
        why: why.to_owned(),
    }
}

fn remains(diagnosis: &Diagnosis) -> Next {
    Next::Done(Outcome::Remains {
        verdict: diagnosis.verdict.as_str().to_owned(),
        message: diagnosis.summary.clone(),
    })
}
