//! The keeper against an API server in memory, which is slow, silent, forgetful and forbidding when it is told to be.

mod fake;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::board::Board;
use super::book::Book;
use super::keeper::{Keeper, Options};
use super::metrics::Metrics;
use super::stream::Patience;
use crate::command::{Exit, Failure};
use crate::server::Health;
use crate::stop::{Stopper, channel};
use fake::{Effect, Fake};

const LIMIT: Duration = Duration::from_secs(20);

/// A keeper at work.
struct Run {
    task: JoinHandle<Result<Exit, Failure>>,
    metrics: Metrics,
    stopper: Stopper,
}

impl Run {
    async fn start(fake: &Fake, once: bool) -> Self {
        let (stopper, stop) = channel();
        let metrics = Metrics::default();
        let options = Options {
            only: None,
            kinds: None,
            once,
            parallel: 4,
            patience: Patience {
                silence: Duration::from_millis(400),
                watch: Duration::from_secs(60),
            },
        };
        let (board, announcer) = Board::open(&fake.cluster(), Some("home".to_owned())).await;
        let health = Arc::new(Health::new(Duration::from_secs(60)));
        let keeper = Keeper::new(
            fake.cluster(),
            options,
            Book::open(&[rules()]).unwrap(),
            (board, announcer),
            (metrics.clone(), health, stop),
        );
        Self {
            task: tokio::spawn(keeper.run()),
            metrics,
            stopper,
        }
    }

    async fn end(self) -> Exit {
        timeout(LIMIT, self.task)
            .await
            .expect("it ends")
            .unwrap()
            .unwrap()
    }

    async fn stop(self) {
        self.stopper.stop();
        assert_eq!(self.end().await, Exit::Clean);
    }
}

/// A rules file, the same for all tests.
fn rules() -> PathBuf {
    let file = std::env::temp_dir().join(format!("boltrope-keeper-{}.yaml", std::process::id()));
    let next = file.with_extension(format!("{:?}", std::thread::current().id()));
    let text = json!({
        "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "test"},
        "spec": {"rules": [{"name": "previews", "preview": {
            "source": "base", "consent": "none", "namespaces": {"include": ["feature-*"]},
            "routes": {"hosts": [{"from": "*.example.com", "to": "{first}-{namespace}.example.com"}]},
        }}]},
    });
    std::fs::write(&next, text.to_string()).unwrap();
    std::fs::rename(&next, &file).unwrap();
    file
}

fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

fn service(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]},
    })
}

fn ingress(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name, "namespace": namespace},
        "spec": {"ingressClassName": "nginx", "rules": [{"host": format!("{name}.example.com"), "http": {"paths": [
            {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "api", "port": {"number": 80}}}},
        ]}}]},
    })
}

/// A base with two Services and a route, and two previews.
async fn cluster() -> Fake {
    let fake = Fake::start().await;
    for name in ["base", "feature-x", "feature-y"] {
        fake.put("namespaces", namespace(name));
    }
    for name in ["api", "web"] {
        fake.put("services", service("base", name));
    }
    fake.put("ingresses", ingress("base", "shop"));
    fake
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waited = timeout(LIMIT, async {
        while !is_so() {
            sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(waited.await.is_ok(), "still not: {what}");
}

/// A single run without faults, which must have nothing to do afterwards.
async fn settle(fake: &Fake) {
    fake.set_fault(|_, _, _| None);
    assert_eq!(Run::start(fake, true).await.end().await, Exit::Clean);
    let before = fake.writes();
    assert_eq!(Run::start(fake, true).await.end().await, Exit::Clean);
    assert_eq!(fake.writes(), before, "the second reconcile wrote");
}

#[tokio::test]
async fn a_cluster_is_settled_in_one_run_and_the_next_writes_nothing() {
    let fake = cluster().await;
    settle(&fake).await;
    for name in ["feature-x", "feature-y"] {
        let mirror = fake.get("services", name, "api").unwrap();
        assert_eq!(mirror["spec"]["externalName"], "api.base.svc.cluster.local");
        assert!(fake.get("ingresses", name, "shop").is_some());
    }
}

#[tokio::test]
async fn it_can_be_killed_at_any_point() {
    let fake = cluster().await;
    settle(&fake).await;
    let complete = fake.names();
    for writes in 1..=7 {
        let fake = cluster().await;
        // A copy that must go, and a stranger that must stay.
        fake.put("services", service("feature-x", "web"));
        let stranger = fake.get("services", "feature-x", "web");
        let run = Run::start(&fake, false).await;
        let enough = || fake.writes().len() >= writes.min(5);
        until("some writes", enough).await;
        run.task.abort();
        settle(&fake).await;
        assert_eq!(fake.names(), complete, "after {writes} writes");
        assert_eq!(fake.get("services", "feature-x", "web"), stranger);
    }
}

#[tokio::test]
async fn a_silent_watch_is_given_up_and_listed_again() {
    let fake = cluster().await;
    fake.set_fault(|_, path, query| {
        let is_source = path.ends_with("/namespaces/base/services");
        (is_source && query.contains("watch=true")).then_some(Effect::Silent)
    });
    let run = Run::start(&fake, false).await;
    until("copies", || fake.get("services", "feature-x", "web").is_some()).await;
    fake.put("services", service("base", "new"));
    until("what the watch did not say", || {
        fake.get("services", "feature-x", "new").is_some()
    })
    .await;
    assert!(run.metrics.relists("services in base", "silent") > 0);
    run.stop().await;
    settle(&fake).await;
}

#[tokio::test]
async fn a_watch_that_has_expired_is_listed_again() {
    let fake = cluster().await;
    for effect in [Effect::Expired, Effect::Status(410), Effect::Cut] {
        let shown = format!("{effect:?}");
        fake.set_fault(move |_, _, query| query.contains("watch=true").then(|| effect.clone()));
        let run = Run::start(&fake, false).await;
        until("copies", || fake.get("ingresses", "feature-y", "shop").is_some()).await;
        let name = format!("new-{}", shown.to_lowercase().replace(['(', ')'], ""));
        fake.put("services", service("base", &name));
        if shown == "Cut" {
            fake.set_fault(|_, _, _| None);
        }
        until("what came later", || {
            fake.get("services", "feature-x", &name).is_some()
        })
        .await;
        run.stop().await;
    }
    settle(&fake).await;
}

#[tokio::test]
async fn a_list_that_is_refused_deletes_nothing_and_is_waited_for() {
    for refused in ["namespaces", "services", "ingresses", "ingressclasses"] {
        for status in [403, 500, 404] {
            let fake = cluster().await;
            settle(&fake).await;
            // Everything that is there is an orphan, if one believes an empty list.
            let before = fake.names();
            fake.set_fault(move |method, path, _| {
                let is_list = method == "GET" && path.ends_with(&format!("/{refused}"));
                is_list.then_some(Effect::Status(status))
            });
            fake.remove("ingresses", "base", "shop");
            let run = Run::start(&fake, false).await;
            until("a word about it", || fake.status().contains(refused)).await;
            let kept = |name: &String| name.contains("base/shop") || fake.names().contains(name);
            assert!(before.iter().all(kept), "{refused} {status}: {:#?}", fake.names());
            fake.set_fault(|_, _, _| None);
            until("the orphan goes", || {
                fake.get("ingresses", "feature-x", "shop").is_none()
            })
            .await;
            run.stop().await;
            settle(&fake).await;
        }
    }
}

#[tokio::test]
async fn a_write_that_is_refused_is_tried_again_and_told() {
    for (verb, method) in [("create", "PATCH"), ("delete", "DELETE")] {
        for status in [403, 409, 429, 500, 503] {
            let fake = cluster().await;
            if verb == "delete" {
                settle(&fake).await;
                fake.remove("services", "base", "web");
            }
            fake.set_fault(move |found, path, _| {
                let is_write = found == method && path.ends_with("/feature-x/services/web");
                is_write.then_some(Effect::Status(status))
            });
            let run = Run::start(&fake, false).await;
            let is_there = |name: &str| fake.get("services", name, "web").is_some();
            let wanted = verb == "create";
            until("the others are as they should be", || {
                is_there("feature-y") == wanted
            })
            .await;
            if status != 409 {
                until("it is told", || fake.status().contains("\"name\": \"web\"")).await;
            }
            assert_eq!(is_there("feature-x"), !wanted, "{verb} {status}");
            fake.set_fault(|_, _, _| None);
            until("it is done in the end", || is_there("feature-x") == wanted).await;
            run.stop().await;
            settle(&fake).await;
        }
    }
}

#[tokio::test]
async fn a_single_run_ends_although_something_cannot_be_written() {
    let fake = cluster().await;
    fake.set_fault(|method, path, _| {
        (method == "PATCH" && path.ends_with("/feature-x/services/web")).then_some(Effect::Status(403))
    });
    assert_eq!(Run::start(&fake, true).await.end().await, Exit::Remains);
    assert!(fake.get("services", "feature-y", "web").is_some());
}

#[tokio::test]
async fn a_single_run_leaves_the_status_of_its_end() {
    let fake = cluster().await;
    let seen = fake.clone();
    // It fails until the status says so, and not for long enough that another status would be due by itself.
    fake.set_fault(move |method, path, _| {
        let is_early =
            method == "PATCH" && path.ends_with("/feature-x/services/web") && seen.status().is_empty();
        is_early.then_some(Effect::Status(503))
    });
    assert_eq!(Run::start(&fake, true).await.end().await, Exit::Clean);
    let status: Value = serde_json::from_str(&fake.status()).unwrap();
    assert_eq!(
        (&status["copies"], &status["failed"]["total"]),
        (&json!(6), &json!(0))
    );
}

#[tokio::test]
async fn a_stranger_that_appears_in_between_is_not_overwritten() {
    let fake = cluster().await;
    let thief = fake.clone();
    // At the very moment of the write, somebody else creates the name, or puts another object in its place.
    fake.set_fault(move |method, path, _| {
        if method == "PATCH"
            && path.ends_with("/feature-x/services/web")
            && thief.get("services", "feature-x", "web").is_none()
        {
            thief.put("services", service("feature-x", "web"));
        }
        None
    });
    let run = Run::start(&fake, false).await;
    until("the conflict is told", || fake.status().contains("\"exists\"")).await;
    let found = fake.get("services", "feature-x", "web").unwrap();
    assert_eq!(found["spec"], service("feature-x", "web")["spec"]);
    run.stop().await;

    let thief = fake.clone();
    fake.set_fault(move |method, path, _| {
        if method != "GET" && path.ends_with("/feature-y/services/api") {
            thief.remove("services", "feature-y", "api");
            thief.put("services", service("feature-y", "api"));
        }
        None
    });
    let run = Run::start(&fake, false).await;
    fake.put("services", {
        let mut changed = service("base", "api");
        changed["spec"]["ports"][0]["port"] = 81.into();
        changed
    });
    until("the other copy follows", || {
        fake.get("services", "feature-x", "api")
            .is_some_and(|found| found["spec"]["ports"][0]["port"] == 81)
    })
    .await;
    until("the conflict is told", || fake.status().contains("feature-y")).await;
    let found = fake.get("services", "feature-y", "api").unwrap();
    assert_eq!(found["spec"], service("feature-y", "api")["spec"]);
    run.stop().await;

    // The same when it is to be deleted.
    let fake = cluster().await;
    settle(&fake).await;
    let thief = fake.clone();
    fake.set_fault(move |method, path, _| {
        if method == "DELETE" && path.ends_with("/feature-x/services/web") {
            thief.remove("services", "feature-x", "web");
            thief.put("services", service("feature-x", "web"));
        }
        None
    });
    fake.remove("services", "base", "web");
    let run = Run::start(&fake, false).await;
    until("the other copy goes", || {
        fake.get("services", "feature-y", "web").is_none()
    })
    .await;
    sleep(Duration::from_millis(500)).await;
    assert!(fake.get("services", "feature-x", "web").is_some());
    run.stop().await;
}

#[tokio::test]
async fn a_list_that_hangs_holds_back_what_depends_on_it() {
    let fake = cluster().await;
    fake.set_fault(|method, path, query| {
        let is_others = path == "/api/v1/services" && query.contains("%21boltrope");
        (method == "GET" && is_others).then_some(Effect::Hang)
    });
    let run = Run::start(&fake, false).await;
    sleep(Duration::from_millis(1500)).await;
    assert!(fake.writes().is_empty(), "{:#?}", fake.writes());
    run.stop().await;
    settle(&fake).await;
}

#[tokio::test]
async fn what_another_writes_back_again_and_again_is_not_written_at_full_speed() {
    let fake = cluster().await;
    settle(&fake).await;
    let run = Run::start(&fake, false).await;
    let before = fake.writes().len();
    let until_then = tokio::time::Instant::now() + Duration::from_secs(3);
    while tokio::time::Instant::now() < until_then {
        let mut edited = fake.get("services", "feature-x", "api").unwrap();
        if edited["spec"]["externalName"] != "elsewhere.example.org" {
            edited["spec"]["externalName"] = "elsewhere.example.org".into();
            fake.put("services", edited);
        }
        sleep(Duration::from_millis(10)).await;
    }
    let fought = fake.writes().len() - before;
    assert!((1..8).contains(&fought), "{fought} writes in three seconds");
    run.stop().await;
}
