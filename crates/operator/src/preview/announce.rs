//! Events, when a condition begins and only then. What was said is kept with the status, so that a restart repeats nothing.

use std::collections::BTreeSet;

use boltrope::preview::Plan;
use serde_json::{Value, json};

use super::board;
use crate::cluster::Cluster;
use crate::cluster::event::{Event, Severity, emit};
use crate::command::output;
use crate::recover::{digest, now};

/// How many conditions are followed: more are in the status, not in Events.
const LIMIT: usize = 300;
/// How many Events one plan may make.
const BURST: usize = 25;

/// What was said.
#[derive(Clone, Debug, Default)]
pub(super) struct Announcer {
    known: BTreeSet<String>,
}

/// Something that people should know, about an object.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    regarding: Value,
    severity: Severity,
    reason: &'static str,
    note: String,
}

impl Announcer {
    /// As an earlier run has left it.
    pub(super) fn of(text: &str) -> Self {
        Self {
            known: text.split_whitespace().map(str::to_owned).collect(),
        }
    }

    /// To be kept.
    pub(super) fn text(&self) -> String {
        let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
        known.join(" ")
    }

    /// What of it is new. What has gone is forgotten, and is news when it comes again.
    pub(super) fn news(&mut self, mut conditions: Vec<Condition>) -> Vec<Condition> {
        conditions.truncate(LIMIT);
        let now: BTreeSet<String> = conditions.iter().map(Condition::key).collect();
        let mut news: Vec<Condition> = conditions;
        news.retain(|condition| !self.known.contains(&condition.key()));
        self.known = now;
        news.truncate(BURST);
        news
    }
}

impl Condition {
    /// What a plan says.
    pub(super) fn of_plan(plan: &Plan) -> Vec<Self> {
        let mut conditions = Vec::new();
        for rule in &plan.rules {
            let regarding = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
                "name": rule.source, "namespace": rule.source,
            }});
            if let Some(waiting) = &rule.waiting {
                let note = format!("rule `{}` waits: {waiting}", rule.rule);
                conditions.push(Self::warning(regarding.clone(), "PreviewWaiting", note));
            }
            if rule.over > 0 {
                let note = format!(
                    "rule `{}`: {} namespaces are beyond `maxNamespaces` and get nothing new",
                    rule.rule, rule.over
                );
                conditions.push(Self::warning(regarding, "PreviewLimit", note));
            }
        }
        for conflict in &plan.conflicts {
            let note = format!("rule `{}`: {}", conflict.rule, conflict.reason);
            conditions.push(Self::warning(about(&conflict.object), "PreviewConflict", note));
        }
        for held in plan.held.iter().filter(|held| held.code != "yielded") {
            let note = format!("rule `{}`: {}: {}", held.rule, held.code, held.reason);
            conditions.push(Self::warning(about(&held.object), "PreviewHeld", note));
        }
        conditions
    }

    /// Rules that were not taken over.
    pub(super) fn of_rules(namespace: &str, problem: &str) -> Self {
        let regarding = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
            "name": board::NAME, "namespace": namespace,
        }});
        Self::warning(regarding, "PreviewRulesInvalid", problem.to_owned())
    }

    fn warning(regarding: Value, reason: &'static str, note: String) -> Self {
        Self {
            regarding,
            severity: Severity::Warning,
            reason,
            note,
        }
    }

    fn key(&self) -> String {
        digest(&[&self.regarding.to_string(), self.reason, &self.note])
    }

    /// Writes Events. One that cannot be written stops nothing.
    pub(super) async fn emit(cluster: &Cluster, conditions: Vec<Self>) {
        for condition in conditions {
            let at = now();
            // The same may happen again on another day, and is then said again.
            let key = format!("{} {}", condition.key(), at.unix() / 60);
            let event = Event {
                regarding: &condition.regarding,
                severity: condition.severity,
                reason: condition.reason,
                note: &condition.note,
                key: &key,
            };
            output::progress(&format!("{}: {}", condition.reason, condition.note));
            if let Err(error) = emit(cluster, &event, at).await {
                output::warning(&format!("no Event: {}", super::stream::first_line(&error)));
            }
        }
    }
}

fn about(object: &boltrope::object::ObjectRef) -> Value {
    json!({"apiVersion": object.api_version, "kind": object.kind, "metadata": {
        "name": object.name, "namespace": object.namespace,
    }})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(name: &str) -> Condition {
        Condition::of_rules(name, "broken")
    }

    #[test]
    fn a_condition_is_said_when_it_begins_and_not_after_a_restart() {
        let mut announcer = Announcer::default();
        assert_eq!(announcer.news(vec![condition("a"), condition("b")]).len(), 2);
        assert!(announcer.news(vec![condition("a"), condition("b")]).is_empty());
        let mut restarted = Announcer::of(&announcer.text());
        assert!(restarted.news(vec![condition("a")]).is_empty());
        assert_eq!(restarted.news(vec![condition("a"), condition("b")]).len(), 1);
    }
}
