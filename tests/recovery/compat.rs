//! `--compat openova`: cases from `src/recovery/compat/cases`, and every one that writes again with a process that dies
//! anywhere, with conflicts, lost answers and missing permissions.

use boltrope::recovery::compat::{self, Assessment, CORRECTED_AT, MESSAGE};
use boltrope::recovery::episode::{Attempt, Machine, Write, undo};
use serde_json::{Value, json};

use crate::case::{self, CANARY, Case};
use crate::cluster::{Cluster, Fault};
use crate::controller::Habit;
use crate::driver::Driver;

const FOLDER: &str = "src/recovery/compat/cases";
const MARKS: [&str; 4] = [
    CORRECTED_AT,
    "boltrope.dev/auto-corrected-for",
    "boltrope.dev/suspended-for",
    "boltrope.dev/toggled-for",
];

type Compat = Driver<compat::Episode>;

fn driver(cluster: Cluster, release: &str) -> Compat {
    let (namespace, name) = release.split_once('/').expect("namespace/name");
    Driver::of(cluster, namespace, name)
}

/// What is planned for every release, what a run of each writes, and how it ends.
fn answer(case: &Case) -> Value {
    let cluster = Cluster::of(case, Habit::Upstream);
    let plan = compat::plan(case.inventory().states(Some(case.options.now)), cluster.settings);
    let acts: Vec<String> = plan
        .acts()
        .map(|(planned, _)| format!("{}/{}", planned.namespace, planned.name))
        .collect();
    let releases: Vec<Value> = plan
        .releases
        .iter()
        .map(|planned| {
            let release = format!("{}/{}", planned.namespace, planned.name);
            let (word, value) = match &planned.assessment {
                Assessment::Act(branch) => ("does", branch.as_str().to_owned()),
                Assessment::Leave(refusal) => ("leaves", format!("{}: {}", refusal.code, refusal.message)),
                Assessment::NotStuck => panic!("{release}: what is not stuck is not planned"),
            };
            let mut answer = json!({"release": release, word: value});
            if acts.contains(&release) {
                let mut driver = driver(cluster.clone(), &release);
                let end = driver.run().expect("nothing kills it");
                let writes = driver.cluster.writes.iter().map(|(to, patch)| {
                    let patch: Vec<String> = patch.iter().map(Value::to_string).collect();
                    json!({"to": to, "patch": patch})
                });
                answer["writes"] = writes.collect();
                answer["ends"] = end.into();
            }
            answer
        })
        .collect();
    let mut answer = json!({"releases": releases});
    if let Some(held) = plan.held {
        answer["held"] = held.to_string().into();
    }
    answer
}

#[test]
fn every_case_gives_what_it_expects() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    for case in case::all_in(FOLDER) {
        let found = answer(&case);
        if bless {
            case.write_expected(&found);
        } else if found != case.expected {
            let (found, expected) = (case::yaml(&found), case::yaml(&case.expected));
            let diff = similar::TextDiff::from_lines(&expected, &found)
                .unified_diff()
                .to_string();
            wrong.push(format!("{}:\n{diff}", case.folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each row of the page's table names the cases that prove it, and no case is without a row.
#[test]
fn the_table_of_differences_names_every_case_and_no_other() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/recovery-openova.md"))
        .expect("the page");
    let named: std::collections::BTreeSet<&str> = page
        .lines()
        .filter(|line| line.starts_with('|'))
        .filter_map(|line| line.trim_end_matches('|').rsplit('|').next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    let cases = case::all_in(FOLDER);
    let folders: std::collections::BTreeSet<&str> = cases
        .iter()
        .map(|case| {
            case.folder
                .file_name()
                .and_then(|name| name.to_str())
                .expect("a name")
        })
        .collect();
    assert_eq!(named, folders);
}

/// One release each, that something is written to.
fn cases_that_act() -> Vec<(Case, String)> {
    let acts = |case: Case| {
        let releases = case.expected["releases"].as_array().expect("releases");
        let writes = releases.len() == 1 && releases[0].get("writes").is_some();
        let release = writes.then(|| releases[0]["release"].as_str().expect("a name").to_owned())?;
        Some((case, release))
    };
    let cases: Vec<_> = case::all_in(FOLDER).into_iter().filter_map(acts).collect();
    assert!(cases.len() > 10, "{}", cases.len());
    cases
}

fn release_of(cluster: &Cluster) -> &Value {
    let mut objects = cluster.objects.values();
    objects
        .find(|object| object["kind"] == "HelmRelease")
        .expect("the release")
}

/// Whatever happened: no Secret is written, no condition but Ready is ours, no foreign annotation is lost, nothing is left
/// suspended that was not, and an annotation that says "corrected" is true.
fn assert_no_harm(case: &Case, driver: &Compat, context: &str) {
    let context = format!("{}: {context}", case.folder.display());
    let original = Cluster::of(case, Habit::Gone);
    for (key, before) in &original.objects {
        let after = &driver.cluster.objects[key];
        if before["kind"] == "Secret" {
            assert_eq!(before["data"], after["data"], "{context}");
            assert_eq!(
                before["metadata"]["labels"], after["metadata"]["labels"],
                "{context}"
            );
            continue;
        }
        let annotations = before.pointer("/metadata/annotations").and_then(Value::as_object);
        for (key, value) in annotations.into_iter().flatten() {
            let kept = after
                .pointer("/metadata/annotations")
                .and_then(|map| map.get(key));
            assert!(
                MARKS.contains(&key.as_str()) || kept == Some(value),
                "{context}: {key}"
            );
        }
        for condition in before["status"]["conditions"].as_array().expect("conditions") {
            let kept = after["status"]["conditions"].as_array().expect("conditions");
            assert!(
                condition["type"] == "Ready" || kept.contains(condition),
                "{context}: {condition}"
            );
        }
        for field in before["spec"].as_object().expect("a spec").keys() {
            assert!(
                field == "suspend" || before["spec"][field] == after["spec"][field],
                "{context}"
            );
        }
    }
    let release = release_of(&driver.cluster);
    assert!(release["spec"]["suspend"] != true, "{context}: left suspended");
    let marks = &release["metadata"]["annotations"];
    assert!(
        marks.get("boltrope.dev/suspended-for").is_none(),
        "{context}: {marks}"
    );
    let was = release_of(&original)["metadata"]["annotations"].get(CORRECTED_AT);
    let is_ours = marks.get(CORRECTED_AT).is_some_and(|at| Some(at) != was);
    let ready = &release["status"]["conditions"][0];
    assert_eq!(is_ours, ready["message"] == MESSAGE, "{context}: {marks} {ready}");
}

#[test]
fn killed_anywhere_the_next_run_completes_with_or_without_the_journal() {
    for (case, release) in cases_that_act() {
        for habit in [Habit::Deaf, Habit::Upstream] {
            let mut undisturbed = driver(Cluster::of(&case, habit), &release);
            let end = undisturbed.run().expect("nothing kills it");
            for keeps in [true, false] {
                for life in 0.. {
                    let mut driver = driver(Cluster::of(&case, habit), &release);
                    driver.life = Some(life);
                    if driver.run().is_ok() {
                        assert!(life > 3, "{}", case.folder.display());
                        break;
                    }
                    driver.life = None;
                    if !keeps {
                        driver.journal = None;
                    }
                    let context = format!("{habit:?}, killed after {life}, journal {keeps}");
                    let said = driver.run().expect("lives");
                    if keeps {
                        assert_eq!(said, end, "{}: {context}", case.folder.display());
                        let writes = (driver.cluster.writes.len(), undisturbed.cluster.writes.len());
                        assert_eq!(writes.0, writes.1, "{}: {context}", case.folder.display());
                    }
                    assert_no_harm(&case, &driver, &context);
                }
            }
        }
    }
}

#[test]
fn a_conflict_at_any_write_is_met_with_another_look() {
    for (case, release) in cases_that_act() {
        let mut undisturbed = driver(Cluster::of(&case, Habit::Upstream), &release);
        let end = undisturbed.run().expect("nothing kills it");
        for at in 0..undisturbed.cluster.writes.len() {
            let mut driver = driver(Cluster::of(&case, Habit::Upstream), &release);
            driver.cluster.fault = Some((Some(at), Fault::Conflict));
            let context = format!("conflict at {at}");
            assert_eq!(
                driver.run().expect("lives"),
                end,
                "{}: {context}",
                case.folder.display()
            );
            assert_no_harm(&case, &driver, &context);
            let other = &release_of(&driver.cluster)["metadata"]["annotations"]["someone"];
            assert_eq!(
                *other,
                format!("else-{at}"),
                "{}: {context}",
                case.folder.display()
            );
        }
    }
}

#[test]
fn an_answer_that_got_lost_is_looked_for_in_the_object() {
    for (case, release) in cases_that_act() {
        let mut undisturbed = driver(Cluster::of(&case, Habit::Upstream), &release);
        let end = undisturbed.run().expect("nothing kills it");
        for fault in [Fault::Unheard, Fault::Lost] {
            for at in 0..undisturbed.cluster.writes.len() {
                let mut driver = driver(Cluster::of(&case, Habit::Upstream), &release);
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
                assert_no_harm(&case, &driver, &context);
            }
        }
    }
}

/// From some write on the API server answers nothing but this. It is said, and the next run, with all in order, leaves
/// nothing half done.
#[test]
fn a_fault_without_end_is_loud_and_the_next_run_leaves_nothing_half_done() {
    for (case, release) in cases_that_act() {
        let count = driver(Cluster::of(&case, Habit::Upstream), &release);
        let mut count = count;
        count.run().expect("nothing kills it");
        for (fault, word) in [
            (
                Fault::Conflict,
                "somebody else writes the same object again and again",
            ),
            (Fault::Lost, "the API server does not answer: connection reset"),
            (Fault::Forbidden, "refused: not allowed: patch HelmRelease"),
        ] {
            for at in 0..count.cluster.writes.len() {
                let mut driver = driver(Cluster::of(&case, Habit::Upstream), &release);
                driver.cluster.fault_from = Some((at, fault));
                let context = format!("{fault:?} from {at} on");
                let said = driver.run().expect("lives");
                assert!(
                    said.contains(word),
                    "{}: {context}: {said}",
                    case.folder.display()
                );
                assert_eq!(
                    driver.cluster.writes.len(),
                    at,
                    "{}: {context}",
                    case.folder.display()
                );
                driver.cluster.fault_from = None;
                driver.run().expect("lives");
                assert_no_harm(&case, &driver, &context);
            }
        }
    }
}

/// The status may not be patched, everything else may: what openova met with 1.2.3, without a word in the log.
#[test]
fn a_correction_that_is_not_allowed_takes_its_annotation_back_and_says_so() {
    for (case, release) in cases_that_act() {
        let mut driver = driver(Cluster::of(&case, Habit::Upstream), &release);
        driver.cluster.fault_status = Some(Fault::Forbidden);
        let said = driver.run().expect("lives");
        let corrects = case.expected["releases"][0]["does"] == "correct";
        assert_eq!(
            said.starts_with("refused: not allowed: patch HelmRelease"),
            corrects,
            "{said}"
        );
        if corrects {
            assert_eq!(driver.cluster.writes.len(), 2, "{}", case.folder.display());
            let (was, is) = (Cluster::of(&case, Habit::Gone), &driver.cluster);
            let annotations = |cluster: &Cluster| {
                let annotations = release_of(cluster).pointer("/metadata/annotations").cloned();
                annotations.filter(|map| *map != json!({}))
            };
            assert_eq!(annotations(&was), annotations(is), "{}", case.folder.display());
            assert!(driver.episode().expect("kept").saved().is_empty());
        }
        assert_no_harm(&case, &driver, "status forbidden");
    }
}

/// What others do in the middle: between the two writes of a branch nobody's wish is overruled.
#[test]
fn whoever_changes_the_release_has_the_floor() {
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 3] = [
        ("suspended", |release| {
            release["spec"]["suspend"] = true.into();
            release["metadata"]["generation"] = 99.into();
            release["metadata"]["managedFields"] =
                json!([{"manager": "flux", "fieldsV1": {"f:spec": {"f:suspend": {}}}}]);
        }),
        ("in-flight", |release| {
            let running = json!({"type": "Reconciling", "status": "True", "reason": "Progressing"});
            let conditions = release["status"]["conditions"]
                .as_array_mut()
                .expect("conditions");
            conditions.push(running);
        }),
        ("made anew", |release| {
            release["metadata"]["uid"] = "another".into();
        }),
    ];
    for (case, release) in cases_that_act() {
        let resumes = case.expected["releases"][0]["does"] != "correct";
        for (word, change) in changes {
            for life in 1..6 {
                let mut driver = driver(Cluster::of(&case, Habit::Gone), &release);
                driver.life = Some(life);
                if driver.run().is_ok() {
                    break;
                }
                let mut object = release_of(&driver.cluster).clone();
                let was_ready = object["status"]["conditions"][0]["status"] == "True";
                let was_suspended = object["spec"]["suspend"] == true;
                change(&mut object);
                driver.cluster.put(object);
                driver.life = None;
                let writes = driver.cluster.writes.len();
                let said = driver.run().expect("lives");
                let context = format!("{}: {word} after {life}: {said}", case.folder.display());
                let after = release_of(&driver.cluster);
                let is_ready = after["status"]["conditions"][0]["status"] == "True";
                assert_eq!(was_ready, is_ready, "{context}");
                match word {
                    "suspended" => assert!(after["spec"]["suspend"] == true, "{context}"),
                    // Its own suspension is the one thing that it takes back.
                    "in-flight" if was_suspended && resumes => {
                        assert!(after["spec"]["suspend"] == false, "{context}");
                    }
                    _ => {}
                }
                if word == "in-flight" && !was_suspended {
                    assert_eq!(driver.cluster.writes.len(), writes, "{context}");
                }
            }
        }
    }
}

#[test]
fn a_correction_can_be_taken_back_and_a_finished_toggle_leaves_nothing_to() {
    for (case, release) in cases_that_act() {
        let mut driver = driver(Cluster::of(&case, Habit::Gone), &release);
        driver.run().expect("nothing kills it");
        let episode = driver.episode().expect("kept");
        let corrects = case.expected["releases"][0]["does"] == "correct";
        assert_eq!(episode.saved().is_empty(), !corrects, "{}", case.folder.display());
        let objects = driver.cluster.objects.clone();
        let current = |write: &Write| {
            let key = (write.kind.clone(), write.namespace.clone(), write.name.clone());
            objects.get(&key).cloned()
        };
        for answer in undo(&episode, current) {
            let mut version = None::<String>;
            for write in answer.expect("as we left it") {
                let write = match &version {
                    Some(version) => write.for_version(version),
                    None => write,
                };
                let Attempt::Done { resource_version } = driver.cluster.send(&write) else {
                    panic!("{}: {write}", case.folder.display());
                };
                version = Some(resource_version);
            }
        }
        if corrects {
            let was = Cluster::of(&case, Habit::Gone);
            let status = |cluster: &Cluster| release_of(cluster)["status"].clone();
            assert_eq!(status(&was), status(&driver.cluster), "{}", case.folder.display());
        }
    }
}

/// However often it runs, and whatever the controller does: each branch is tried once in a shape, then it stops.
#[test]
fn it_comes_to_an_end() {
    for (case, release) in cases_that_act() {
        let mut driver = driver(Cluster::of(&case, Habit::Deaf), &release);
        let mut runs = 0;
        while driver.cluster.writes.len() < 40 {
            let writes = driver.cluster.writes.len();
            driver.journal = None;
            driver.run().expect("lives");
            if driver.cluster.writes.len() == writes {
                break;
            }
            runs += 1;
            // The controller loses the write again and Ready is Unknown once more, with a new time.
            driver.cluster.pass(60);
            let now = driver.cluster.now.to_string();
            let mut object = release_of(&driver.cluster).clone();
            let ready = &mut object["status"]["conditions"][0];
            if ready["status"] == "True" {
                ready["status"] = "Unknown".into();
                ready["lastTransitionTime"] = now.into();
            }
            driver.cluster.put(object);
            driver.cluster.pass(3600);
        }
        assert!(runs <= 4, "{}: {runs} runs", case.folder.display());
    }
}

#[test]
fn no_text_holds_what_a_record_holds() {
    for (case, release) in cases_that_act() {
        let mut driver = driver(Cluster::of(&case, Habit::Upstream), &release);
        driver.run().expect("nothing kills it");
        let episode = driver.episode().expect("kept");
        let journal = driver.journal.as_deref().expect("kept");
        assert!(!journal.contains(CANARY) && !format!("{episode:?} {episode:#?}").contains(CANARY));
    }
}
