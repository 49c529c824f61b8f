//! What a snapshot answers from manifests (rules.md section 9).

use serde_json::{Value, json};

use super::snapshot::{Origin, Snapshot};
use super::{Answer, ContainerPort, Scope, ScopeSource, World};

const STREAM: Origin<'_> = Origin::Stream { namespace: None };

fn snapshot(manifests: &[(Value, Origin<'_>)]) -> Snapshot {
    let mut snapshot = Snapshot::new();
    for (manifest, origin) in manifests {
        snapshot.add(manifest, *origin);
    }
    snapshot
}

fn reason<T: std::fmt::Debug>(answer: Answer<T>) -> String {
    match answer {
        Answer::Unavailable(reason) => reason,
        other => panic!("{other:?} is an answer"),
    }
}

fn crd(scope: Option<&str>, version: &str) -> Value {
    json!({
        "apiVersion": format!("apiextensions.k8s.io/{version}"), "kind": "CustomResourceDefinition",
        "metadata": {"name": "orders.example.com"},
        "spec": {"group": "example.com", "names": {"kind": "Order"}, "scope": scope},
    })
}

fn xrd(scope: Option<&str>, version: &str) -> Value {
    json!({
        "apiVersion": format!("apiextensions.crossplane.io/{version}"), "kind": "CompositeResourceDefinition",
        "metadata": {"name": "xorders.example.com"},
        "spec": {"group": "example.com", "names": {"kind": "XOrder"}, "claimNames": {"kind": "Order"}, "scope": scope},
    })
}

fn service(name: &str, namespace: Option<&str>) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": "http"}]},
    })
}

fn deployment(name: &str, app: &str, containers: Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "default"},
        "spec": {"template": {"metadata": {"labels": {"app": app, "tier": "web"}}, "spec": {"containers": containers}}},
    })
}

#[test]
fn definitions_say_the_scope_of_the_kinds_they_define() {
    use Scope::{Cluster, Namespaced};
    for (manifest, kind, expected) in [
        (crd(Some("Cluster"), "v1"), "Order", Some(Cluster)),
        (crd(Some("Namespaced"), "v1"), "Order", Some(Namespaced)),
        (crd(None, "v1beta1"), "Order", Some(Namespaced)),
        (crd(None, "v1"), "Order", None),
        (xrd(None, "v1"), "XOrder", Some(Cluster)),
        (xrd(Some("LegacyCluster"), "v1"), "XOrder", Some(Cluster)),
        (xrd(Some("Cluster"), "v2"), "XOrder", Some(Cluster)),
        (xrd(None, "v2"), "XOrder", Some(Namespaced)),
        (xrd(Some("Namespaced"), "v2"), "XOrder", Some(Namespaced)),
        (xrd(Some("Galaxy"), "v2"), "XOrder", None),
        (xrd(None, "v1"), "Order", Some(Namespaced)),
    ] {
        let answer = snapshot(&[(manifest.clone(), Origin::World)]).scope("example.com", kind);
        match expected {
            Some(expected) => {
                let Answer::Known(sources) = answer else {
                    panic!("{kind} of {manifest}")
                };
                assert_eq!(
                    sources.iter().map(|source| source.scope).collect::<Vec<_>>(),
                    [expected],
                    "{kind} of {manifest}"
                );
            }
            None => assert!(reason(answer).contains(kind), "{kind} of {manifest}"),
        }
    }
}

#[test]
fn two_sources_that_disagree_are_both_returned_and_equal_ones_once() {
    let world = snapshot(&[
        (crd(Some("Cluster"), "v1"), Origin::World),
        (crd(Some("Cluster"), "v1"), STREAM),
        (xrd(None, "v1"), STREAM),
    ]);
    let source = |scope, source: &str| ScopeSource {
        scope,
        source: source.to_owned(),
    };
    assert_eq!(
        world.scope("example.com", "Order"),
        Answer::Known(vec![
            source(Scope::Cluster, "CustomResourceDefinition `orders.example.com`"),
            source(
                Scope::Namespaced,
                "CompositeResourceDefinition `xorders.example.com`"
            ),
        ])
    );
}

#[test]
fn a_service_is_absent_only_where_the_world_has_services() {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [service("web", None)]});
    let world = snapshot(&[(list, Origin::World), (service("api", Some("shop")), STREAM)]);
    assert_eq!(
        world.service("default", "web"),
        Answer::Known(service("web", None))
    );
    assert_eq!(world.service("default", "api"), Answer::Absent);
    assert_eq!(
        world.service("shop", "api"),
        Answer::Known(service("api", Some("shop")))
    );
    assert!(reason(world.service("shop", "web")).contains("no Service at all in namespace `shop`"));
}

#[test]
fn without_a_world_only_the_stream_answers() {
    let mut world = Snapshot::new();
    world.add(
        &service("web", None),
        Origin::Stream {
            namespace: Some("shop"),
        },
    );
    world.add(&service("lost", None), STREAM);
    assert_eq!(world.service("shop", "web"), Answer::Known(service("web", None)));
    for reason in [
        reason(world.service("shop", "api")),
        reason(world.service("default", "lost")),
        reason(world.namespace("shop")),
        reason(world.scope("example.com", "Order")),
        reason(world.container_ports("shop", "api")),
    ] {
        assert!(reason.contains("pass --world with the"), "{reason}");
    }
}

#[test]
fn the_stream_is_newer_than_the_world_whichever_comes_first() {
    let namespace = |team: &str| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": team}}});
    let (old, new) = ((namespace("old"), Origin::World), (namespace("new"), STREAM));
    for manifests in [[old.clone(), new.clone()], [new, old]] {
        assert_eq!(
            snapshot(&manifests).namespace("shop"),
            Answer::Known(namespace("new"))
        );
    }
}

#[test]
fn a_manifest_inside_a_crossplane_object_may_be_meant_for_another_cluster() {
    let object = json!({
        "apiVersion": "kubernetes.crossplane.io/v1alpha2", "kind": "Object", "metadata": {"name": "remote"},
        "spec": {"forProvider": {"manifest": service("web", Some("default"))}},
    });
    assert!(matches!(
        snapshot(&[(object, Origin::World)]).service("default", "web"),
        Answer::Unavailable(_)
    ));
}

#[test]
fn named_ports_come_from_the_pods_that_the_service_selects() {
    let web = json!([{"ports": [{"name": "http", "containerPort": 8080}, {"containerPort": 9}]}]);
    let other = json!([{"ports": [{"name": "http", "containerPort": 1234}]}]);
    let sidecar = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "debug", "namespace": "default", "labels": {"app": "web"}},
        "spec": {"initContainers": [
            {"restartPolicy": "Always", "ports": [{"name": "admin", "containerPort": 15000}]},
            {"ports": [{"name": "setup", "containerPort": 1}]},
        ]},
    });
    let world = snapshot(&[
        (service("web", None), Origin::World),
        (deployment("web", "web", web.clone()), Origin::World),
        (deployment("web", "web", web), STREAM),
        (deployment("api", "api", other), Origin::World),
        (sidecar, Origin::World),
    ]);
    let port = |name: &str, port| ContainerPort {
        name: name.to_owned(),
        port,
    };
    assert_eq!(
        world.container_ports("default", "web"),
        Answer::Known(vec![port("admin", 15000), port("http", 8080)])
    );
    assert_eq!(world.container_ports("default", "gone"), Answer::Absent);
}

#[test]
fn a_port_name_with_two_numbers_is_not_guessed() {
    let container = |number: u16| json!([{"ports": [{"name": "http", "containerPort": number}]}]);
    let world = snapshot(&[
        (service("web", None), Origin::World),
        (deployment("blue", "web", container(8080)), Origin::World),
        (deployment("green", "web", container(9090)), Origin::World),
    ]);
    assert_eq!(
        reason(world.container_ports("default", "web")),
        "the pods behind Service `default/web` give the port `http` two numbers, 8080 and 9090"
    );
}

#[test]
fn a_service_without_pods_has_no_known_ports() {
    let mut without = service("web", None);
    without["spec"]["selector"] = Value::Null;
    let world = snapshot(&[(without, Origin::World), (service("api", None), Origin::World)]);
    assert!(reason(world.container_ports("default", "web")).ends_with("selects no pods"));
    assert!(reason(world.container_ports("default", "api")).contains("that Service `default/api` selects"));
}
