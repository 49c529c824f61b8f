//! What the library says to a case, in the words of `expected.yaml`.

use boltrope::recovery::identity::wanted_records;
use boltrope::recovery::{Evidence, Limits, Plan, diagnose};
use serde_json::{Value, json};

use crate::case::Case;
use crate::cluster::Cluster;
use crate::controller::Habit;
use crate::driver::Driver;

/// Verdict, evidence, plan of every release; what a run writes while the controller changes nothing; how a run ends with
/// a controller that does what upstream's does.
pub(crate) fn of(case: &Case) -> Value {
    let inventory = case.inventory();
    let mut stuck = 0;
    let releases: Vec<Value> = inventory
        .states(Some(case.options.now))
        .map(|state| {
            let diagnosis = diagnose(&state);
            stuck += usize::from(!diagnosis.plan.steps.is_empty());
            let release = format!("{}/{}", diagnosis.namespace, diagnosis.name);
            let mut answer = json!({
                "release": release,
                "verdict": diagnosis.verdict.to_string(),
                "summary": diagnosis.summary,
                "evidence": diagnosis.evidence.iter().map(line).collect::<Value>(),
            });
            if !diagnosis.blockers.is_empty() {
                answer["blockers"] = json!(diagnosis.blockers);
            }
            plan(&diagnosis.plan, &mut answer);
            let wanted = wanted_records(state.release);
            if wanted.open || wanted.namespace != diagnosis.namespace {
                answer["fetch"] = serde_json::to_value(&wanted).expect("plain data");
            }
            if !diagnosis.plan.steps.is_empty() {
                runs(case, &diagnosis.namespace, &diagnosis.name, &mut answer);
            }
            answer
        })
        .collect();
    let mut answer = json!({"releases": releases});
    if let Some(max) = case.options.max {
        let limits = Limits {
            max: usize::try_from(max).expect("small"),
            max_percent: None,
        };
        let held = limits.check(stuck, inventory.len());
        answer["guard"] = held
            .map_or_else(|held| held.to_string(), |()| "open".to_owned())
            .into();
    }
    answer
}

fn plan(plan: &Plan, answer: &mut Value) {
    if !plan.steps.is_empty() {
        let step = |step: &boltrope::recovery::Step| {
            let only = if step.needs_allow_deploy {
                " (only with --allow-deploy)"
            } else {
                ""
            };
            format!("{} {}{only}", step.action.rung(), step.action.as_str())
        };
        answer["plan"] = plan.steps.iter().map(step).collect();
    }
    if !plan.refusals.is_empty() {
        let refusal =
            |refusal: &boltrope::recovery::Refusal| format!("{}: {}", refusal.code, refusal.message);
        answer["refusals"] = plan.refusals.iter().map(refusal).collect();
    }
}

fn runs(case: &Case, namespace: &str, name: &str, answer: &mut Value) {
    let mut deaf = Driver::new(Cluster::of(case, Habit::Deaf), namespace, name);
    let end = deaf.run().expect("nothing kills it");
    answer["writes"] = deaf.cluster.writes.iter().map(redacted).collect();
    answer["unhealed"] = end.into();
    let mut driver = Driver::new(Cluster::of(case, Habit::Upstream), namespace, name);
    answer["ends"] = driver.run().expect("nothing kills it").into();
}

fn line(evidence: &Evidence) -> String {
    format!("{} {}: {}", evidence.object, evidence.pointer, evidence.fact)
}

/// A write as a person may see it: a record's content is left out.
fn redacted(write: &(String, Vec<Value>)) -> Value {
    let (to, patch) = write;
    let operations = patch.iter().map(|operation| {
        let mut operation = operation.clone();
        if operation["path"] == "/data/release" {
            operation["value"] = "(the record, packed)".into();
        }
        serde_json::to_string(&operation).expect("JSON")
    });
    json!({"to": to, "patch": operations.collect::<Vec<_>>()})
}
