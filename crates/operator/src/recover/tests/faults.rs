//! What goes wrong at a write, and death at every request.

use std::time::Duration;

use boltrope::recovery::episode::{Machine as _, Outcome};
use serde_json::Value;

use super::api::{Api, Fault};
use super::controller::Habit;
use super::{is_healed, one_run, scene};
use crate::recover::drive::Ending;

/// How a repair ends that nothing disturbs, and what it writes.
async fn undisturbed(state: &str, habit: Habit) -> (Option<Ending>, Vec<String>) {
    let api = scene::api(state);
    api.world().habit = habit;
    let ending = one_run(&api, &scene::clock()).await;
    let effects = api.world().effects.clone();
    (ending, effects)
}

#[tokio::test(start_paused = true)]
async fn every_state_is_healed_and_nothing_else_is_written() {
    for (state, expected) in [
        (
            "deployed-unknown",
            vec!["helmreleases/status shop/web", "helmreleases shop/web"],
        ),
        (
            "uninstalling-stale",
            vec!["secrets shop/sh.helm.release.v1.web.v1", "helmreleases shop/web"],
        ),
        ("pending-stale", vec!["helmreleases shop/web"]),
        ("retries-exhausted", vec!["helmreleases shop/web"]),
    ] {
        let (ending, effects) = undisturbed(state, Habit::Upstream).await;
        assert!(is_healed(ending.as_ref()), "{state}: {ending:?}");
        assert_eq!(effects, expected, "{state}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_to_what_is_left_alone() {
    for state in scene::LEFT {
        let api = scene::api(state);
        let before = api.world().release("web").clone();
        assert_eq!(one_run(&api, &scene::clock()).await, None, "{state}");
        assert!(api.world().effects.is_empty(), "{state}");
        assert_eq!(*api.world().release("web"), before, "{state}");
        let log = api.world().log.clone();
        let is_write = |line: &&String| !line.starts_with("list ") && !line.starts_with("get ");
        let writes: Vec<&String> = log.iter().filter(is_write).collect();
        // An honest failure is said once; everything else is nobody's news.
        assert!(
            writes.iter().all(|line| line.starts_with("create events ")),
            "{state}: {writes:?}"
        );
        assert_eq!(writes.len(), usize::from(state == "failed"), "{state}");
    }
}

/// Before that nothing but questions was asked.
const BEGINNING: usize = 14;

#[tokio::test(start_paused = true)]
async fn killed_at_any_request_the_next_run_completes() {
    let deaf = ("uninstalling-stale", Habit::Deaf);
    for (state, habit) in scene::STUCK
        .into_iter()
        .map(|state| (state, Habit::Upstream))
        .chain([deaf])
    {
        let (expected, effects) = undisturbed(state, habit).await;
        let mut life = BEGINNING;
        loop {
            let api = scene::api(state);
            let clock = scene::clock();
            api.world().habit = habit;
            api.world().life = Some(life);
            let context = format!("{state}, {habit:?}, killed after {life}");
            let survived = tokio::select! {
                () = api.died() => false,
                _ = one_run(&api, &clock) => true,
            };
            if survived {
                break;
            }
            api.world().life = None;
            let ending = one_run(&api, &clock).await;
            // Killed after the end, there is nothing left to do; else the next run ends as any would.
            let rounds = scene::rounds(&api, &clock).await;
            let key = ("shop".to_owned(), "web".to_owned());
            let last = rounds.journal.load(&key).await.unwrap();
            let outcome = last.and_then(|last| last.repair.outcome().cloned());
            let ended = outcome.map(Ending::Over);
            let is_over = ending.is_none() && (is_healed(expected.as_ref()) || ended == expected);
            assert!(
                is_over || ending == expected,
                "{context}: {ending:?}, not {expected:?}"
            );
            assert_eq!(api.world().effects, effects, "{context}");
            assert_nothing_is_lost(&api, &context);
            // One state dies everywhere. The others take the same way, and where it only asks again and again, not every
            // time is another place to die at.
            life += match (state, habit, life) {
                ("uninstalling-stale", Habit::Upstream, _) => 1,
                (_, _, ..60) => 3,
                _ => 11,
            };
        }
        assert!(life > 30, "{state}: died only {life} times");
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_or_a_lost_answer_at_any_write_is_met_with_another_look() {
    for state in scene::STUCK {
        for habit in [Habit::Upstream, Habit::Deaf] {
            let (expected, effects) = undisturbed(state, habit).await;
            for fault in [Fault::Conflict, Fault::Unheard, Fault::Lost] {
                for at in 0..effects.len() {
                    let api = scene::api(state);
                    api.world().habit = habit;
                    api.world().fault = Some((Some(at), fault));
                    let context = format!("{state}, {habit:?}, {fault:?} at {at}");
                    assert_eq!(one_run(&api, &scene::clock()).await, expected, "{context}");
                    assert_eq!(api.world().effects, effects, "{context}");
                    assert_nothing_is_lost(&api, &context);
                    if fault == Fault::Conflict {
                        let someone = format!("else-{at}");
                        let is_kept =
                            |object: &Value| object["metadata"]["annotations"]["someone"] == someone;
                        assert!(api.world().objects.values().any(is_kept), "{context}");
                    }
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn conflicts_without_end_are_reported_and_nothing_is_written() {
    for state in scene::STUCK {
        let api = scene::api(state);
        api.world().fault = Some((None, Fault::Conflict));
        let ending = one_run(&api, &scene::clock()).await;
        let Some(Ending::Over(Outcome::Remains { message, .. })) = &ending else {
            panic!("{state}: {ending:?}");
        };
        assert_eq!(message, "somebody else writes the same object again and again");
        assert!(api.world().effects.is_empty(), "{state}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_taken_away_in_between_ends_it_loudly() {
    for (state, denied) in [
        ("deployed-unknown", "helmreleases/status"),
        ("uninstalling-stale", "secrets"),
        ("pending-stale", "helmreleases"),
    ] {
        let api = scene::api(state);
        api.world().denied = vec![("patch".to_owned(), denied.to_owned())];
        api.world().lies = true;
        let ending = one_run(&api, &scene::clock()).await;
        let Some(Ending::Over(Outcome::Refused { message })) = &ending else {
            panic!("{state}: {ending:?}");
        };
        assert!(
            message.contains(&format!("patch {denied}")) && message.contains("`shop`"),
            "{message}"
        );
        assert!(api.world().effects.is_empty(), "{state}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_somebody_rewrites_meanwhile_stays_theirs() {
    let api = scene::api("uninstalling-stale");
    let mut rounds = scene::rounds(&api, &scene::clock()).await;
    let planned = rounds.plan().await.unwrap();
    // Between the plan and the first write the uninstall comes to its end.
    api.world().put(scene::record("web", 1, "uninstalled"));
    let (_stopper, stop) = crate::stop::channel();
    let done = rounds.act(planned, &stop).await.unwrap();
    assert!(
        matches!(done.endings.values().next(), Some(Ending::Left(_))),
        "{:?}",
        done.endings
    );
    assert!(api.world().effects.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_controller_that_is_gone_is_noticed() {
    let api = scene::api("retries-exhausted");
    api.world().habit = Habit::Gone;
    let clock = scene::clock();
    let ending = one_run(&api, &clock).await;
    let Some(Ending::Over(Outcome::Remains { message, .. })) = &ending else {
        panic!("{ending:?}");
    };
    assert_eq!(message, "the controller does not answer; is it running?");
    // As it was, it is left alone for a while; then it is tried again.
    assert_eq!(one_run(&api, &clock).await, None);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    api.world().habit = Habit::Upstream;
    assert!(is_healed(one_run(&api, &clock).await.as_ref()));
}

/// No object is gone, and nothing of a record changed but its status.
fn assert_nothing_is_lost(api: &Api, context: &str) {
    let world = api.world();
    let secret = world
        .object("secrets", "shop", "sh.helm.release.v1.web.v1")
        .clone();
    let record = boltrope::recovery::storage::StorageRecord::new(secret).unwrap();
    let body: Value = serde_json::from_slice(record.body().unwrap().json()).unwrap();
    assert_eq!(body["config"]["password"], scene::CANARY, "{context}");
    assert_eq!(
        body["info"]["status"].as_str(),
        record.label_status().map(|status| status.as_str()),
        "{context}"
    );
    let release = world.release("web");
    assert_eq!(release["spec"]["values"]["password"], scene::CANARY, "{context}");
    assert_ne!(release["spec"]["suspend"], true, "{context}");
}
