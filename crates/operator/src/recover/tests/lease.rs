//! One of two replicas acts.

use std::time::Duration;

use super::api::Api;
use crate::cluster::lease::Lease;
use crate::stop;

fn lease(api: &Api, identity: &str) -> Lease {
    Lease {
        cluster: api.cluster(),
        namespace: "flux-system".to_owned(),
        name: "boltrope-recover".to_owned(),
        identity: identity.to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn the_second_one_waits_until_the_first_gives_back_or_dies() {
    let (_stopper, stop) = stop::channel();
    let api = Api::new([]);
    let first = lease(&api, "a").acquire(&stop).await.unwrap().unwrap();
    let waiting = tokio::time::timeout(Duration::from_secs(120), lease(&api, "b").acquire(&stop)).await;
    assert!(waiting.is_err(), "the first one renews");
    first.release().await;
    let soon = tokio::time::timeout(Duration::from_secs(5), lease(&api, "b").acquire(&stop)).await;
    let second = soon.expect("it was given back").unwrap().unwrap();
    // It dies: nobody renews, and nobody gives back.
    std::mem::forget(second);
    api.world().denied = vec![("update".to_owned(), "leases".to_owned())];
    tokio::time::sleep(Duration::from_secs(12)).await;
    api.world().denied.clear();
    let third = tokio::time::timeout(Duration::from_secs(30), lease(&api, "c").acquire(&stop)).await;
    assert!(third.expect("it ran out").unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn whoever_cannot_renew_stops_before_anybody_else_begins() {
    let (_stopper, stop) = stop::channel();
    let api = Api::new([]);
    let first = lease(&api, "a").acquire(&stop).await.unwrap().unwrap();
    api.world().denied = vec![("update".to_owned(), "leases".to_owned())];
    let lost = tokio::time::timeout(Duration::from_secs(13), first.lost()).await;
    assert!(lost.is_ok(), "it notices within 15 s, the length of the Lease");
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_not_waited_for() {
    let (_stopper, stop) = stop::channel();
    let api = Api::new([]);
    api.world().denied = vec![("create".to_owned(), "leases".to_owned())];
    let error = lease(&api, "a").acquire(&stop).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("create leases (coordination.k8s.io) in namespace `flux-system`"),
        "{error}"
    );
}
