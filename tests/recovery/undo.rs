//! Taking an episode back: everything, or for each object why not.

use boltrope::recovery::episode::{Attempt, Write, undo};
use serde_json::Value;

use crate::cases_that_act;
use crate::cluster::{Cluster, Fault};
use crate::controller::Habit;
use crate::driver::Driver;

fn ran(case: &crate::case::Case, habit: Habit) -> Driver {
    let release = case.expected["releases"][0]["release"].as_str().expect("a name");
    let (namespace, name) = release.split_once('/').expect("namespace/name");
    let mut driver = Driver::new(Cluster::of(case, habit), namespace, name);
    driver.run().expect("nothing kills it");
    driver
}

fn current(cluster: &Cluster) -> impl Fn(&Write) -> Option<Value> {
    |write| {
        let key = (write.kind.clone(), write.namespace.clone(), write.name.clone());
        cluster.objects.get(&key).cloned()
    }
}

fn without_version(mut object: Value) -> Value {
    object["metadata"]["resourceVersion"] = Value::Null;
    let empty = object["metadata"]
        .get("annotations")
        .is_some_and(|map| map == &serde_json::json!({}));
    if let Some(map) = object["metadata"].as_object_mut().filter(|_| empty) {
        map.shift_remove("annotations");
    }
    object
}

#[test]
fn an_untouched_object_comes_back_as_it_was() {
    for case in cases_that_act() {
        // Nobody answers, so nobody but us writes.
        let mut driver = ran(&case, Habit::Gone);
        let episode = driver.episode().expect("kept");
        assert!(!episode.saved().is_empty());
        for answer in undo(&episode, current(&driver.cluster)) {
            let mut version = None::<String>;
            for write in answer.expect("as we left it") {
                let write = version
                    .as_deref()
                    .map_or(write.clone(), |version| write.clone().for_version(version));
                let Attempt::Done { resource_version } = driver.cluster.send(&write) else {
                    panic!("{}: {write}", case.folder.display());
                };
                version = Some(resource_version);
            }
        }
        for (key, before) in Cluster::of(&case, Habit::Gone).objects {
            let after = driver.cluster.objects[&key].clone();
            assert_eq!(
                without_version(after),
                without_version(before),
                "{}",
                case.folder.display()
            );
        }
    }
}

#[test]
fn what_somebody_wrote_since_stays() {
    for case in cases_that_act() {
        let driver = ran(&case, Habit::Upstream);
        let episode = driver.episode().expect("kept");
        let answers = undo(&episode, current(&driver.cluster));
        assert!(!answers.is_empty());
        for answer in answers {
            match answer {
                Ok(writes) => assert!(writes.iter().all(|write| write.kind == "Secret"), "{writes:?}"),
                Err(refusal) => assert!(refusal.to_string().contains("was changed since"), "{refusal}"),
            }
        }
        let gone = undo(&episode, |_| None);
        assert!(gone.iter().all(|answer| {
            answer
                .as_ref()
                .is_err_and(|refusal| refusal.to_string().ends_with("is gone"))
        }));
    }
}

#[test]
fn a_write_whose_answer_was_lost_is_known_again_if_nobody_touched_the_object() {
    for case in cases_that_act() {
        let release = case.expected["releases"][0]["release"].as_str().expect("a name");
        let (namespace, name) = release.split_once('/').expect("namespace/name");
        for touched in [false, true] {
            let mut driver = Driver::new(Cluster::of(&case, Habit::Gone), namespace, name);
            driver.cluster.fault = Some((Some(0), Fault::Unheard));
            // Dies right after the write, before it can take note.
            driver.life = Some(3);
            let _ = driver.run();
            let first = driver.episode().expect("kept").saved()[0].write.clone();
            if touched {
                let mut object = current(&driver.cluster)(&first).expect("there");
                object["metadata"]["annotations"]["someone"] = "else".into();
                driver.cluster.put(object);
            }
            driver.life = None;
            driver.run().expect("lives");
            let episode = driver.episode().expect("kept");
            assert_eq!(
                episode.saved()[0].left_at.is_some(),
                !touched,
                "{}",
                case.folder.display()
            );
        }
    }
}
