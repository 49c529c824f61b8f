//! What Prometheus gets to know about previews.

use std::collections::BTreeMap;
use std::time::Duration;

use boltrope::preview::Plan;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

type Labels = Vec<(String, String)>;

/// Counters and gauges; clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Metrics {
    rules_valid: Gauge,
    copies: Gauge,
    pending: Gauge,
    waiting: Gauge,
    conflicts: Family<Labels, Gauge>,
    held: Family<Labels, Gauge>,
    namespaces: Family<Labels, Gauge>,
    writes: Family<Labels, Counter>,
    heard: Family<Labels, Gauge>,
    relists: Family<Labels, Counter>,
    plans: Counter,
    plan_milliseconds: Gauge,
}

impl Metrics {
    /// Names them.
    pub(super) fn register(&self, registry: &mut Registry) {
        let valid =
            "1 while the rules in force are what their files say, 0 while a broken change is not taken over";
        registry.register("boltrope_rules_valid", valid, self.rules_valid.clone());
        let preview = registry.sub_registry_with_prefix("boltrope_preview");
        preview.register("copies", "Copies that are as they should be", self.copies.clone());
        preview.register(
            "pending",
            "Writes that are still to be made",
            self.pending.clone(),
        );
        preview.register(
            "waiting",
            "Lists that are not complete, so that nothing is deleted for them",
            self.waiting.clone(),
        );
        preview.register(
            "conflicts",
            "Copies that cannot be because something else has their name, by code",
            self.conflicts.clone(),
        );
        preview.register("held", "Copies that are held back, by code", self.held.clone());
        preview.register(
            "namespaces",
            "Namespaces by rule and by whether they are served or beyond maxNamespaces",
            self.namespaces.clone(),
        );
        preview.register(
            "writes",
            "Writes by kind, verb and how the API server answered",
            self.writes.clone(),
        );
        preview.register(
            "watch_last_heard_timestamp_seconds",
            "When a watch brought an event or a bookmark last, or its list was made",
            self.heard.clone(),
        );
        preview.register(
            "relists",
            "Lists that were made again, by reason",
            self.relists.clone(),
        );
        preview.register("plans", "Plans that were made", self.plans.clone());
        preview.register(
            "last_plan_milliseconds",
            "How long the last plan took",
            self.plan_milliseconds.clone(),
        );
    }

    pub(super) fn set_rules_valid(&self, valid: bool) {
        self.rules_valid.set(valid.into());
    }

    pub(super) fn set_waiting(&self, waiting: usize) {
        self.waiting.set(count(waiting));
    }

    pub(super) fn set_pending(&self, pending: usize) {
        self.pending.set(count(pending));
    }

    /// What a plan says.
    pub(super) fn set_plan(&self, plan: &Plan, took: Duration) {
        self.plans.inc();
        self.plan_milliseconds
            .set(i64::try_from(took.as_millis()).unwrap_or(i64::MAX));
        self.copies.set(count(plan.in_step));
        tally(
            &self.conflicts,
            plan.conflicts.iter().map(|conflict| conflict.code),
        );
        tally(&self.held, plan.held.iter().map(|held| held.code.as_str()));
        for rule in &plan.rules {
            for (state, number) in [("served", rule.namespaces), ("over", rule.over)] {
                let labels = labels(&[("rule", &rule.rule), ("state", state)]);
                self.namespaces.get_or_create(&labels).set(count(number));
            }
        }
    }

    pub(super) fn count_write(&self, kind: &str, verb: &str, result: &str) {
        let labels = labels(&[("kind", kind), ("verb", verb), ("result", result)]);
        self.writes.get_or_create(&labels).inc();
    }

    pub(super) fn heard(&self, watch: &str) {
        let gauge = self.heard.get_or_create(&labels(&[("watch", watch)]));
        gauge.set(crate::recover::now().unix());
    }

    pub(super) fn forget_watch(&self, watch: &str) {
        self.heard.remove(&labels(&[("watch", watch)]));
    }

    pub(super) fn count_relist(&self, watch: &str, reason: &str) {
        let labels = labels(&[("watch", watch), ("reason", reason)]);
        self.relists.get_or_create(&labels).inc();
    }

    #[cfg(test)]
    pub(super) fn relists(&self, watch: &str, reason: &str) -> u64 {
        let labels = labels(&[("watch", watch), ("reason", reason)]);
        self.relists.get_or_create(&labels).get()
    }
}

/// Counts codes; one that is not there any more is 0.
fn tally<'c>(family: &Family<Labels, Gauge>, codes: impl Iterator<Item = &'c str>) {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for code in codes {
        *numbers.entry(code).or_default() += 1;
    }
    family.clear();
    for (code, number) in numbers {
        family
            .get_or_create(&labels(&[("code", code)]))
            .set(count(number));
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}
