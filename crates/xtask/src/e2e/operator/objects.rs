//! Objects of the scenarios.

use anyhow::Context as _;
use serde_json::{Map, Value, json};

/// Sets a field of an object; what it stands in must be there.
pub(super) fn set(object: &mut Value, pointer: &str, value: impl Into<Value>) -> anyhow::Result<()> {
    let (parent, key) = pointer.rsplit_once('/').context("no pointer")?;
    let parent = object.pointer_mut(parent).and_then(Value::as_object_mut);
    let parent = parent.with_context(|| format!("nothing at `{pointer}`"))?;
    parent.insert(key.to_owned(), value.into());
    Ok(())
}

/// What stands at a pointer, or null.
pub(super) fn at(object: &Value, pointer: &str) -> Value {
    object.pointer(pointer).cloned().unwrap_or_default()
}

/// A Namespace with labels.
pub(super) fn namespace(name: &str, labels: &[(&str, &str)]) -> Value {
    let labels: Map<String, Value> = labels
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).into()))
        .collect();
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

/// A Service that listens on 80 and leads to 8080.
pub(super) fn service(namespace: &str, name: &str) -> Value {
    with_spec(
        namespace,
        name,
        json!({"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}),
    )
}

/// A Service.
pub(super) fn with_spec(namespace: &str, name: &str, spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": spec})
}

/// An Ingress that leads a host to a Service.
pub(super) fn ingress(namespace: &str, name: &str, host: &str, service: &str) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"ingressClassName": "nginx", "rules": [{"host": host, "http": {"paths": [path(service)]}}]},
    })
}

/// A path of an Ingress.
pub(super) fn path(service: &str) -> Value {
    json!({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": service, "port": {"number": 80}}}})
}

/// The settings of a rule that mirrors `source` into some namespaces, with routes.
pub(super) fn settings(source: &str, include: &str) -> Value {
    json!({
        "source": source,
        "namespaces": {"include": [include]},
        "routes": {
            "hosts": [{"from": "*.example.com", "to": "{first}-{namespace}.example.com"}],
            "tls": {"secretName": {"set": "wildcard-preview"}},
        },
    })
}

/// The same without routes.
pub(super) fn mirrors(source: &str, include: &str) -> Value {
    json!({"source": source, "namespaces": {"include": [include]}})
}

/// What the operator may do: the rules that the chart's role must have, and no Secret among them.
pub(super) fn role(home: &str, user: &str) -> Vec<Value> {
    let write = ["get", "list", "watch", "create", "patch", "delete"];
    let watch = ["list", "watch"];
    let rule = |groups: &[&str], resources: &[&str], verbs: &[&str]| json!({"apiGroups": groups, "resources": resources, "verbs": verbs});
    let gateway = "gateway.networking.k8s.io";
    let everywhere = [
        rule(&[""], &["namespaces"], &watch),
        rule(&[""], &["services"], &write),
        rule(&[""], &["events"], &["create"]),
        rule(&["discovery.k8s.io"], &["endpointslices"], &watch),
        rule(&["networking.k8s.io"], &["ingressclasses"], &watch),
        rule(&["traefik.io", "traefik.containo.us"], &["ingressroutes"], &write),
        rule(
            &["traefik.io", "traefik.containo.us"],
            &["ingressroutetcps"],
            &watch,
        ),
        rule(
            &[gateway],
            &["httproutes", "grpcroutes", "referencegrants"],
            &write,
        ),
        rule(&[gateway], &["gateways", "gatewayclasses", "tlsroutes"], &watch),
        rule(&["helm.toolkit.fluxcd.io"], &["helmreleases"], &watch),
        rule(&["kustomize.toolkit.fluxcd.io"], &["kustomizations"], &watch),
    ];
    let home_rules = [
        rule(&[""], &["configmaps"], &["get", "create", "update"]),
        rule(
            &["coordination.k8s.io"],
            &["leases"],
            &["get", "create", "update"],
        ),
    ];
    let [cluster, ingresses] = ["boltrope-operator", "boltrope-operator-ingresses"];
    let mut objects = vec![
        cluster_role(cluster, &everywhere),
        // Apart, so that a scenario can take it away.
        cluster_role(ingresses, &[rule(&["networking.k8s.io"], &["ingresses"], &write)]),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {"name": cluster, "namespace": home}, "rules": home_rules,
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": cluster, "namespace": home},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": cluster},
            "subjects": [subject(user)],
        }),
    ];
    objects.extend([cluster, ingresses].map(|name| binding(name, user)));
    objects
}

/// Binds a ClusterRole to a user everywhere.
pub(super) fn binding(name: &str, user: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [subject(user)],
    })
}

fn cluster_role(name: &str, rules: &[Value]) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules,
    })
}

fn subject(user: &str) -> Value {
    json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user})
}
