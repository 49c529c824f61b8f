//! What Prometheus gets to know about repairs.

use boltrope::recovery::{Diagnosis, Verdict};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

type Labels = Vec<(String, String)>;

/// Counters and gauges; clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    releases: Family<Labels, Gauge>,
    actions: Family<Labels, Counter>,
    repairs: Family<Labels, Counter>,
    held: Gauge,
    read: Gauge,
}

impl Metrics {
    /// Names them.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let recover = registry.sub_registry_with_prefix("boltrope_recover");
        recover.register("releases", "HelmReleases by verdict", self.releases.clone());
        recover.register(
            "actions",
            "Writes of repairs, by step and by how the API server answered",
            self.actions.clone(),
        );
        recover.register("repairs", "Repairs that ended, by how", self.repairs.clone());
        recover.register(
            "held",
            "1 while a guardrail keeps the last run from acting",
            self.held.clone(),
        );
        recover.register(
            "last_read_timestamp_seconds",
            "When the cluster was read last",
            self.read.clone(),
        );
    }

    /// The verdicts of a run.
    pub(super) fn set_verdicts(&self, diagnoses: &[Diagnosis], now: i64) {
        for verdict in Verdict::ALL {
            let count = diagnoses
                .iter()
                .filter(|found| found.verdict.as_str() == verdict.as_str())
                .count();
            let gauge = self
                .releases
                .get_or_create(&labels(&[("verdict", verdict.as_str())]));
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        self.read.set(now);
    }

    /// Whether a guardrail holds.
    pub(super) fn set_held(&self, held: bool) {
        self.held.set(held.into());
    }

    /// A write.
    pub(super) fn count_action(&self, step: &str, result: &str) {
        self.actions
            .get_or_create(&labels(&[("step", step), ("result", result)]))
            .inc();
    }

    /// A repair that ended.
    pub(super) fn count_repair(&self, outcome: &str) {
        self.repairs.get_or_create(&labels(&[("outcome", outcome)])).inc();
    }
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_that_the_page_promises() {
        let metrics = Metrics::default();
        let mut registry = Registry::default();
        metrics.register(&mut registry);
        metrics.set_verdicts(&[], 7);
        metrics.count_action("mark-released", "done");
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        for line in [
            "boltrope_recover_releases{verdict=\"deployed-unknown\"} 0",
            "boltrope_recover_actions_total{step=\"mark-released\",result=\"done\"} 1",
            "boltrope_recover_held 0",
            "boltrope_recover_last_read_timestamp_seconds 7",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
