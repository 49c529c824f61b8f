//! What Secrets hold reaches no text: not a verdict, not a report, not the output of Debug.

use boltrope::recovery::{Episode, diagnose};

use crate::case::{self, CANARY};
use crate::cluster::Cluster;
use crate::controller::Habit;
use crate::driver::Driver;

#[test]
fn no_text_holds_what_a_record_holds() {
    for case in case::all() {
        let packed: Vec<String> = case
            .objects
            .iter()
            .filter_map(|object| object.pointer("/data/release")?.as_str())
            .map(|data| data.chars().skip(40).take(24).collect())
            .collect();
        let check = |what: &str, text: &str| {
            assert!(
                !text.contains(CANARY),
                "{}: {what}: {text}",
                case.folder.display()
            );
            for part in packed.iter().filter(|part| part.len() == 24) {
                assert!(!text.contains(part), "{}: {what}: {text}", case.folder.display());
            }
        };
        let inventory = case.inventory();
        check("inventory", &format!("{inventory:?} {inventory:#?}"));
        for state in inventory.states(Some(case.options.now)) {
            let diagnosis = diagnose(&state);
            check("state", &format!("{state:?}"));
            check("diagnosis", &format!("{diagnosis:?} {}", diagnosis.summary));
            let json = serde_json::to_string(&(&diagnosis.evidence, &diagnosis.plan)).expect("JSON");
            check("report", &json);
            let Some(episode) = Episode::begin(&diagnosis, &state, "t", true) else {
                continue;
            };
            check("episode", &format!("{episode:?}"));
            let mut driver = Driver::new(
                Cluster::of(&case, Habit::Deaf),
                &diagnosis.namespace,
                &diagnosis.name,
            );
            driver.run().expect("nothing kills it");
            let episode = driver.episode().expect("kept");
            check("episode", &format!("{episode:?} {episode:#?}"));
            for saved in episode.saved() {
                check(
                    "write",
                    &format!("{} {:?} {:?}", saved.write, saved.write, saved.before),
                );
            }
        }
        check("expectation", &case::yaml(&case.expected));
    }
}
