//! What goes wrong: the process dies anywhere, others write in between, answers get lost. Nothing may be lost by it, and
//! the next run completes or says why not.

use boltrope::recovery::storage::{Body, Status, StorageRecord};
use serde_json::Value;

use crate::case::Case;
use crate::cases_that_act;
use crate::cluster::{Cluster, Fault};
use crate::controller::Habit;
use crate::driver::Driver;

fn driver(case: &Case, habit: Habit) -> Driver {
    let release = case.expected["releases"][0]["release"].as_str().expect("a name");
    let (namespace, name) = release.split_once('/').expect("namespace/name");
    Driver::new(Cluster::of(case, habit), namespace, name)
}

/// What must be as it was, whatever happened: specs, other annotations and labels, every byte of every record but its
/// status, every condition that is not the controller's to change.
fn assert_nothing_is_lost(case: &Case, driver: &Driver, context: &str) {
    let context = format!("{}: {context}", case.folder.display());
    let original = Cluster::of(case, Habit::Gone);
    for (key, before) in &original.objects {
        let after = driver.cluster.objects.get(key);
        let after = after.unwrap_or_else(|| panic!("{context}: {key:?} is gone"));
        assert_eq!(before.get("spec"), after.get("spec"), "{context}");
        for map in ["/metadata/annotations", "/metadata/labels"] {
            for (label, value) in before
                .pointer(map)
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                let ours = label.starts_with("reconcile.fluxcd.io/") || label == "status";
                assert!(
                    ours || after.pointer(map).expect("kept").get(label) == Some(value),
                    "{context}: {label}"
                );
            }
        }
        if let (Some(before), Some(after)) = (record(before), record(after)) {
            let (before, after) = (before.body().expect("reads"), after.body().expect("reads"));
            let same_status = |body: &Body| body.with_status(Status::Deployed).expect("reads");
            assert_eq!(
                same_status(&before).json(),
                same_status(&after).json(),
                "{context}"
            );
        }
        let conditions = before.pointer("/status/conditions").and_then(Value::as_array);
        for condition in conditions.into_iter().flatten() {
            let kind = condition["type"].as_str().expect("a type");
            if ["Ready", "Released", "Reconciling", "Stalled"].contains(&kind) {
                continue;
            }
            let kept = after["status"]["conditions"].as_array().expect("conditions");
            assert!(kept.contains(condition), "{context}: {kind}");
        }
    }
    for object in driver.cluster.objects.values() {
        assert!(object["spec"]["suspend"] != true, "{context}");
    }
}

fn record(object: &Value) -> Option<StorageRecord> {
    StorageRecord::new(object.clone()).filter(StorageRecord::has_data)
}

#[test]
fn killed_anywhere_the_next_run_completes() {
    for case in cases_that_act() {
        for habit in [Habit::Deaf, Habit::Upstream] {
            let mut undisturbed = driver(&case, habit);
            let end = undisturbed.run().expect("nothing kills it");
            let writes = undisturbed.cluster.writes.len();
            let mut life = 0;
            loop {
                let mut driver = driver(&case, habit);
                driver.life = Some(life);
                if driver.run().is_ok() {
                    break;
                }
                driver.life = None;
                let context = format!("{habit:?}, killed after {life}");
                assert_eq!(
                    driver.run().expect("lives"),
                    end,
                    "{}: {context}",
                    case.folder.display()
                );
                assert_eq!(
                    driver.cluster.writes.len(),
                    writes,
                    "{}: {context}",
                    case.folder.display()
                );
                assert_nothing_is_lost(&case, &driver, &context);
                life += 1;
            }
            assert!(life > 4, "{}", case.folder.display());
        }
    }
}

#[test]
fn killed_anywhere_and_the_journal_lost_the_next_runs_complete_or_report() {
    for case in cases_that_act() {
        let end = driver(&case, Habit::Upstream).run().expect("nothing kills it");
        for life in 0.. {
            let mut driver = driver(&case, Habit::Upstream);
            driver.life = Some(life);
            if driver.run().is_ok() {
                break;
            }
            driver.life = None;
            driver.journal = None;
            let said = driver.run().expect("lives");
            let context = format!("killed after {life}, then: {said}");
            // A record that was rewritten and not yet asked about is an honest failure, which the controller's own
            // retries end. Everything else ends as if nothing had happened.
            let reported = said == "nothing to do: failed" || said.starts_with("nothing to do: healthy");
            assert!(
                said == end || reported,
                "{}: {context}, not {end}",
                case.folder.display()
            );
            assert_nothing_is_lost(&case, &driver, &context);
        }
    }
}

#[test]
fn a_conflict_at_any_write_is_met_with_another_look() {
    for case in cases_that_act() {
        for habit in [Habit::Deaf, Habit::Upstream] {
            let mut undisturbed = driver(&case, habit);
            let end = undisturbed.run().expect("nothing kills it");
            for at in 0..undisturbed.cluster.writes.len() {
                let mut driver = driver(&case, habit);
                driver.cluster.fault = Some((Some(at), Fault::Conflict));
                let context = format!("conflict at {at}");
                assert_eq!(
                    driver.run().expect("lives"),
                    end,
                    "{}: {context}",
                    case.folder.display()
                );
                assert_nothing_is_lost(&case, &driver, &context);
                let other =
                    |object: &Value| object["metadata"]["annotations"]["someone"] == format!("else-{at}");
                assert!(
                    driver.cluster.objects.values().any(other),
                    "{}: {context}",
                    case.folder.display()
                );
            }
        }
    }
}

#[test]
fn conflicts_without_end_are_reported_and_nothing_is_written() {
    for case in cases_that_act() {
        let mut driver = driver(&case, Habit::Upstream);
        driver.cluster.fault = Some((None, Fault::Conflict));
        let said = driver.run().expect("lives");
        assert!(
            said.ends_with("somebody else writes the same object again and again"),
            "{said}"
        );
        assert!(driver.cluster.writes.is_empty() && driver.episode().expect("kept").saved().is_empty());
        assert_nothing_is_lost(&case, &driver, "conflicts");
    }
}

#[test]
fn an_answer_that_got_lost_is_looked_for_in_the_object() {
    for case in cases_that_act() {
        let mut undisturbed = driver(&case, Habit::Upstream);
        let end = undisturbed.run().expect("nothing kills it");
        for fault in [Fault::Unheard, Fault::Lost] {
            for at in 0..undisturbed.cluster.writes.len() {
                let mut driver = driver(&case, Habit::Upstream);
                driver.cluster.fault = Some((Some(at), fault));
                let context = format!("{fault:?} at {at}");
                assert_eq!(
                    driver.run().expect("lives"),
                    end,
                    "{}: {context}",
                    case.folder.display()
                );
                let writes = (driver.cluster.writes.len(), undisturbed.cluster.writes.len());
                assert_eq!(writes.0, writes.1, "{}: {context}", case.folder.display());
                assert_nothing_is_lost(&case, &driver, &context);
            }
        }
        let mut driver = driver(&case, Habit::Upstream);
        driver.cluster.fault = Some((None, Fault::Lost));
        let said = driver.run().expect("lives");
        assert!(
            said.ends_with("the API server does not answer: connection reset"),
            "{said}"
        );
    }
}

#[test]
fn a_missing_permission_is_named_and_ends_it() {
    for case in cases_that_act() {
        let mut driver = driver(&case, Habit::Upstream);
        driver.cluster.fault = Some((None, Fault::Forbidden));
        let said = driver.run().expect("lives");
        assert!(said.starts_with("refused: not allowed: patch "), "{said}");
        assert!(driver.cluster.writes.is_empty());
    }
}

#[test]
fn a_controller_that_is_gone_is_noticed_and_nothing_stronger_is_tried() {
    for case in cases_that_act() {
        let mut driver = driver(&case, Habit::Gone);
        let said = driver.run().expect("lives");
        assert!(
            said.ends_with("the controller does not answer; is it running?"),
            "{said}"
        );
        let asked = |write: &&(String, Vec<Value>)| {
            write.0.starts_with("HelmRelease") && !write.0.ends_with("/status")
        };
        assert_eq!(
            driver.cluster.writes.iter().filter(asked).count(),
            1,
            "{:?}",
            driver.cluster.writes
        );
    }
}

/// What others do to the release in the middle of an episode ends it at once.
#[test]
fn whoever_changes_the_release_has_the_floor() {
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 4] = [
        ("suspended", |release| release["spec"]["suspend"] = true.into()),
        ("being deleted", |release| {
            release["metadata"]["deletionTimestamp"] = "2026-05-18T09:00:00Z".into()
        }),
        ("changed the spec", |release| {
            release["metadata"]["generation"] = 99.into()
        }),
        ("made anew", |release| {
            release["metadata"]["uid"] = "another".into()
        }),
    ];
    for case in cases_that_act() {
        for (word, change) in changes {
            for life in [2, 3, 5] {
                let mut driver = driver(&case, Habit::Gone);
                driver.life = Some(life);
                let _ = driver.run();
                let writes = driver.cluster.writes.len();
                let found = driver.cluster.objects.values().find(|object| {
                    object["kind"] == "HelmRelease" && object["metadata"]["name"] == case.name()
                });
                let mut release = found.expect("the release").clone();
                change(&mut release);
                driver.cluster.put(release);
                driver.life = None;
                let said = driver.run().expect("lives");
                assert!(
                    said.starts_with("changed: ") && said.contains(word),
                    "{}: {said}",
                    case.folder.display()
                );
                assert_eq!(
                    driver.cluster.writes.len(),
                    writes,
                    "{}: {word}",
                    case.folder.display()
                );
            }
        }
    }
}
