//! What holds before the first write, and how little is asked of the API server.

use boltrope::recovery::Verdict;
use boltrope::recovery::storage::Pending;

use super::api::Api;
use super::scene;
use crate::recover::drive::Ending;
use crate::stop;

fn twelve() -> Api {
    let releases = (0..12).flat_map(|index| scene::objects(&format!("web-{index}"), "deployed-unknown"));
    Api::new(releases.chain([scene::controller(1)]))
}

/// Plans and acts; what held.
async fn held(api: &Api, change: impl FnOnce(&mut crate::recover::round::Rounds)) -> Option<String> {
    let mut rounds = scene::rounds(api, &scene::clock()).await;
    change(&mut rounds);
    let planned = rounds.plan().await.unwrap();
    let held = planned.held.clone();
    let (_stopper, stop) = stop::channel();
    let done = rounds.act(planned, &stop).await.unwrap();
    if held.is_some() {
        assert!(done.endings.is_empty() && api.world().effects.is_empty());
        let log = &api.world().log;
        assert!(
            !log.iter()
                .any(|line| line.contains("boltrope-backup") && !line.starts_with("get ")),
            "{log:?}"
        );
    }
    held
}

#[tokio::test(start_paused = true)]
async fn more_than_the_limit_and_none_is_touched() {
    let message = held(&twelve(), |_| {}).await.unwrap();
    assert!(
        message.starts_with("releases to act on: 12, more than the 10 that are allowed"),
        "{message}"
    );
    let api = twelve();
    let message = held(&api, |rounds| {
        rounds.guard.max = 20;
        rounds.guard.max_percent = Some(50);
    });
    assert!(message.await.unwrap().contains("12 of 12, more than 50%"));
    let api = twelve();
    assert_eq!(held(&api, |rounds| rounds.guard.max = 20).await, None);
    assert_eq!(api.world().effects.len(), 24, "all are healed");
}

#[tokio::test(start_paused = true)]
async fn an_unhealthy_api_server_or_controller_holds_everything() {
    let api = scene::api("pending-stale");
    api.world().healthy = false;
    let message = held(&api, |_| {}).await.unwrap();
    assert!(
        message.contains("the API server is not healthy") && message.ends_with("nothing was written"),
        "{message}"
    );
    let down = Api::new(
        scene::objects("web", "pending-stale")
            .into_iter()
            .chain([scene::controller(0)]),
    );
    let message = held(&down, |_| {}).await.unwrap();
    assert!(
        message.contains("no Pod of its Deployment `helm-controller` is available"),
        "{message}"
    );
    let unseen = Api::new(scene::objects("web", "pending-stale"));
    let message = held(&unseen, |_| {}).await.unwrap();
    assert!(
        message.contains("no Deployment of it in namespace `flux-system`"),
        "{message}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_one_message_and_nothing_is_written() {
    for (state, verb, resource) in [
        ("pending-stale", "patch", "helmreleases"),
        ("deployed-unknown", "patch", "helmreleases/status"),
        ("uninstalling-stale", "patch", "secrets"),
        ("pending-stale", "create", "secrets"),
        ("pending-stale", "update", "secrets"),
        ("pending-stale", "create", "events"),
    ] {
        let api = scene::api(state);
        api.world().denied = vec![(verb.to_owned(), resource.to_owned())];
        let message = held(&api, |_| {})
            .await
            .unwrap_or_else(|| panic!("{verb} {resource}"));
        for part in [
            format!("  {verb} {resource}"),
            "in namespace `shop`".to_owned(),
            "kind: Role\n".to_owned(),
            format!("  resources: [\"{resource}\"]\n  verbs: [{verb}]"),
        ] {
            assert!(message.contains(&part), "{verb} {resource}: {part}\n{message}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_named_and_ends_the_run() {
    for (verb, resource) in [
        ("list", "helmreleases"),
        ("get", "secrets"),
        ("list", "deployments"),
    ] {
        let api = scene::api("pending-stale");
        api.world().denied = vec![(verb.to_owned(), resource.to_owned())];
        let mut rounds = scene::rounds(&api, &scene::clock()).await;
        let Err(failure) = rounds.plan().await else {
            panic!("{verb} {resource}");
        };
        let text = format!("{failure:?}");
        assert!(
            text.contains(&format!("{verb} {resource}")) && text.contains("rules:"),
            "{text}"
        );
        assert!(api.world().effects.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_kind_is_listed_once_and_a_well_release_has_no_record_read() {
    let releases = (0..500).flat_map(|index| {
        let state = if index % 100 == 0 { "failed" } else { "healthy" };
        scene::objects(&format!("web-{index}"), state)
    });
    let api = Api::new(releases.chain([scene::controller(1)]));
    let mut rounds = scene::rounds(&api, &scene::clock()).await;
    let planned = rounds.plan().await.unwrap();
    assert!(planned.intents.is_empty() && planned.left.len() == 5);
    let log = api.world().log.clone();
    let lists: Vec<&str> = log
        .iter()
        .filter(|line| line.starts_with("list "))
        .map(String::as_str)
        .collect();
    let expected = [
        "list helmreleases */*",
        "list helmcharts */*",
        "list ocirepositories */*",
        "list deployments flux-system/*",
    ];
    assert_eq!(lists, expected);
    let records = log
        .iter()
        .filter(|line| line.starts_with("get secrets shop/sh.helm"))
        .count();
    // The one of the history, and the three after it.
    assert_eq!(records, 5 * 4);
}

#[tokio::test(start_paused = true)]
async fn in_namespaces_each_kind_is_listed_once_for_each() {
    let api = scene::api("healthy");
    let mut rounds = scene::rounds(&api, &scene::clock()).await;
    rounds.reader = rounds.reader.in_namespaces(&["shop", "crm", "shop"]);
    rounds.plan().await.unwrap();
    let log = api.world().log.clone();
    let count = |line: &str| log.iter().filter(|found| *found == line).count();
    for kind in ["helmreleases", "helmcharts", "ocirepositories"] {
        for (namespace, times) in [("shop", 1), ("crm", 1), ("*", 0)] {
            assert_eq!(
                count(&format!("list {kind} {namespace}/*")),
                times,
                "{kind} {namespace}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn listed_secrets_are_listed_once_and_as_metadata() {
    let api = scene::api("uninstalling-stale");
    let mut rounds = scene::rounds(&api, &scene::clock()).await;
    rounds.reader = rounds.reader.listing_secrets();
    let planned = rounds.plan().await.unwrap();
    let log = api.world().log.clone();
    assert_eq!(
        log.iter().filter(|line| line.starts_with("list secrets")).count(),
        1,
        "{log:?}"
    );
    assert_eq!(planned.intents.len(), 1);
    let (_stopper, stop) = stop::channel();
    let done = rounds.act(planned, &stop).await.unwrap();
    assert!(
        super::is_healed(done.endings.values().next()),
        "{:?}",
        done.endings
    );
}

/// What docs/recovery.md says beside its decision table.
#[tokio::test(start_paused = true)]
async fn a_pending_record_under_ready_is_only_seen_where_secrets_are_listed() {
    for (lists, expected) in [
        (false, Verdict::Healthy),
        (true, Verdict::PendingStale(Pending::Upgrade)),
    ] {
        let api = scene::api("ready-over-pending");
        let mut rounds = scene::rounds(&api, &scene::clock()).await;
        if lists {
            rounds.reader = rounds.reader.listing_secrets();
        }
        let planned = rounds.plan().await.unwrap();
        assert_eq!(planned.diagnoses[0].verdict, expected);
        let log = api.world().log.clone();
        let is_read = log
            .iter()
            .any(|line| line.starts_with("get secrets shop/sh.helm"));
        assert_eq!(is_read, lists, "{log:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_leaves_the_rest_to_the_next_one() {
    let api = twelve();
    let clock = scene::clock();
    let mut rounds = scene::rounds(&api, &clock).await;
    rounds.guard.max = 20;
    let planned = rounds.plan().await.unwrap();
    let (stopper, stop) = stop::channel();
    stopper.stop();
    let done = rounds.act(planned, &stop).await.unwrap();
    assert!(
        done.endings
            .values()
            .all(|ending| matches!(ending, Ending::Left(_)))
    );
    assert!(api.world().effects.is_empty());
    let mut rounds = scene::rounds(&api, &clock).await;
    rounds.guard.max = 20;
    let done = super::run(&mut rounds).await;
    assert_eq!(done.endings.len(), 12);
    assert!(done.endings.values().all(|ending| super::is_healed(Some(ending))));
}
