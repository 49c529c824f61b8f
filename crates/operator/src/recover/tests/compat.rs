//! openova's branches with the same driver: `--compat openova`.

use std::time::Duration;

use boltrope::recovery::compat::Settings;

use super::api::Api;
use super::{is_healed, run, scene};
use crate::recover::clock::Clock;
use crate::recover::drive::Ending;
use crate::recover::round::Done;

async fn one_run(api: &Api, clock: &Clock, max: usize) -> Done {
    let mut rounds = scene::rounds(api, clock).await;
    rounds.compat = Some(Settings {
        max,
        ..Settings::default()
    });
    run(&mut rounds).await
}

fn ending(done: &Done) -> Option<&Ending> {
    done.endings.values().next()
}

#[tokio::test(start_paused = true)]
async fn branch_b_annotates_and_sets_ready_and_the_rest_is_left() {
    let api = scene::api("deployed-unknown");
    let done = one_run(&api, &scene::clock(), 10).await;
    assert!(is_healed(ending(&done)), "{:?}", done.endings);
    assert_eq!(
        api.world().effects,
        ["helmreleases shop/web", "helmreleases/status shop/web"]
    );
    for state in ["uninstalling-stale", "pending-stale", "retries-exhausted"]
        .into_iter()
        .chain(scene::LEFT)
    {
        let api = scene::api(state);
        one_run(&api, &scene::clock(), 10).await;
        assert!(api.world().effects.is_empty(), "{state}");
    }
}

#[tokio::test(start_paused = true)]
async fn killed_at_any_request_the_next_run_completes() {
    let undisturbed = scene::api("deployed-unknown");
    one_run(&undisturbed, &scene::clock(), 10).await;
    let mut life = 14;
    loop {
        let (api, clock) = (scene::api("deployed-unknown"), scene::clock());
        api.world().life = Some(life);
        let survived = tokio::select! {
            () = api.died() => false,
            _ = one_run(&api, &clock, 10) => true,
        };
        if survived {
            break;
        }
        api.world().life = None;
        let done = one_run(&api, &clock, 10).await;
        assert!(
            done.endings.is_empty() || is_healed(ending(&done)),
            "killed after {life}: {:?}",
            done.endings
        );
        assert_eq!(
            api.world().effects,
            undisturbed.world().effects,
            "killed after {life}"
        );
        life += 2;
    }
    assert!(life > 20, "{life}");
}

#[tokio::test(start_paused = true)]
async fn over_the_limit_nothing_is_begun() {
    let releases = (0..3).flat_map(|index| scene::objects(&format!("web-{index}"), "deployed-unknown"));
    let api = Api::new(releases.chain([scene::controller(1)]));
    let mut rounds = scene::rounds(&api, &scene::clock()).await;
    rounds.compat = Some(Settings {
        max: 2,
        ..Settings::default()
    });
    let planned = rounds.plan().await.unwrap();
    assert!(
        planned.notice.as_ref().unwrap().contains("3, more than the 2"),
        "{planned:?}"
    );
    assert!(planned.intents.is_empty());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(api.world().effects.is_empty());
}
