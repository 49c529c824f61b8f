use super::*;
use crate::engine::world::snapshot::{Origin, Snapshot};
use crate::repository::find_routes;
use crate::rules::load::Source;

const HEAD: &str = "apiVersion: boltrope.dev/v1alpha1\nkind: Layout\nmetadata: {name: orders}\n";

fn order(kind: &str, name: &str, namespace: &str) -> String {
    let namespace = if namespace.is_empty() {
        String::new()
    } else {
        format!(", namespace: {namespace}")
    };
    format!("apiVersion: openportal.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}{namespace}}}\n")
}

fn world() -> Snapshot {
    let mut world = Snapshot::new();
    for (kind, scope) in [("ManagedNamespace", "Cluster"), ("WhoAmIApp", "Namespaced")] {
        let xrd = serde_json::json!({
            "apiVersion": "apiextensions.crossplane.io/v2", "kind": "CompositeResourceDefinition",
            "metadata": {"name": kind},
            "spec": {"group": "openportal.dev", "scope": scope, "names": {"kind": kind}},
        });
        world.add(&xrd, Origin::World);
    }
    world
}

/// `file code message remedy` of each finding.
fn check(tree: &[(&str, &str)]) -> Vec<String> {
    check_as(HEAD, tree)
}

fn check_as(layout: &str, tree: &[(&str, &str)]) -> Vec<String> {
    let paths: Vec<String> = tree.iter().map(|(path, _)| format!("/r/{path}")).collect();
    let files: Vec<File<'_>> = tree
        .iter()
        .zip(&paths)
        .map(|((name, text), path)| File {
            path,
            name,
            bytes: text.as_bytes(),
        })
        .collect();
    let limits = Limits::default();
    let layout = Layout::load(&Source {
        name: "layout.yaml",
        bytes: layout.as_bytes(),
    });
    let found = layout.unwrap().check(
        "/r",
        &Question {
            files: &files,
            routes: &find_routes(&files, &limits),
            world: &world(),
            exists: &|path| paths.iter().any(|known| known.starts_with(path)),
            limits: &limits,
        },
    );
    let text = |located: &Located| {
        let Located { finding, place } = located;
        assert_eq!(finding.rule, "orders");
        let slug = finding.code.strip_prefix("layout/").unwrap();
        format!(
            "{} {slug}: {} {}",
            files[place.stream].name, finding.message, finding.remedy
        )
    };
    found.iter().map(text).collect()
}

#[test]
fn what_stands_where_it_says_is_right() {
    let found = check(&[
        (
            "kind/kustomization.yaml",
            "resources: [demo, system/ManagedNamespace/b.yaml, cluster-scoped/ManagedNamespace/a.yaml]\n",
        ),
        (
            "kind/demo/kustomization.yaml",
            "resources: [WhoAmIApp/web.yaml]\n",
        ),
        ("kind/demo/WhoAmIApp/web.yaml", &order("WhoAmIApp", "web", "demo")),
        (
            "kind/cluster-scoped/ManagedNamespace/a.yaml",
            &order("ManagedNamespace", "a", ""),
        ),
        (
            "kind/system/ManagedNamespace/b.yaml",
            &order("ManagedNamespace", "b", ""),
        ),
        ("other/system/Unknown/c.yaml", &order("Unknown", "c", "")),
        ("other/demo/Unknown/c.yaml", &order("Unknown", "c", "demo")),
        (
            "README.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: no-order}\n",
        ),
    ]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn kind_name_namespace_and_scope_are_held_against_the_path() {
    let found = check(&[
        (
            "kind/demo/WhoAmIService/web.yml",
            &order("WhoAmIApp", "app", "test"),
        ),
        ("kind/demo/WhoAmIApp/bare.yaml", &order("WhoAmIApp", "bare", "")),
        (
            "kind/demo/ManagedNamespace/a.yaml",
            &order("ManagedNamespace", "a", ""),
        ),
        (
            "kind/cluster-scoped/WhoAmIApp/b.yaml",
            &order("WhoAmIApp", "b", ""),
        ),
    ]);
    assert_eq!(
        found,
        [
            "kind/demo/WhoAmIService/web.yml kind-folder: the folder is `WhoAmIService`, but the kind is `WhoAmIApp`. Move the file \
             to `kind/test/WhoAmIApp/app.yaml`, or correct `kind`.",
            "kind/demo/WhoAmIService/web.yml file-name: the file is called `web.yml`, but the order `app`. Rename the file to \
             `app.yaml`, or correct `metadata.name`.",
            "kind/demo/WhoAmIService/web.yml namespace-folder: the folder is `demo`, but the namespace is `test`. Move the file to \
             `kind/test/WhoAmIApp/app.yaml`, or correct `metadata.namespace`.",
            "kind/demo/WhoAmIApp/bare.yaml namespace-folder: the folder is `demo`, but the order names no namespace. Write \
             `namespace: demo` under `metadata`.",
            "kind/demo/ManagedNamespace/a.yaml scope-folder: `ManagedNamespace` is cluster-scoped, but the order stands in the \
             folder `demo`. Move the file to `kind/cluster-scoped/ManagedNamespace/a.yaml`.",
            "kind/cluster-scoped/WhoAmIApp/b.yaml namespace-folder: the folder is `cluster-scoped`, but the order names no \
             namespace. `WhoAmIApp` is namespaced: write its namespace, and move the file to that folder.",
        ]
    );
}

#[test]
fn other_depths_and_second_orders_are_moved() {
    let two = format!(
        "{}---\n{}",
        order("WhoAmIApp", "a", "demo"),
        order("WhoAmIApp", "b", "demo")
    );
    let found = check(&[
        ("stray.yaml", &order("WhoAmIApp", "stray", "demo")),
        ("kind/demo/deep/er/x.yaml", &order("ManagedNamespace", "x", "")),
        ("kind/demo/WhoAmIApp/a.yaml", &two),
    ]);
    assert_eq!(
        found,
        [
            "stray.yaml place: an order stands at `stray.yaml`, which is not `<cluster>/<namespace>/<Kind>/<name>.yaml`. Move it to \
             `<cluster>/demo/WhoAmIApp/stray.yaml`.",
            "kind/demo/deep/er/x.yaml place: an order stands at `kind/demo/deep/er/x.yaml`, which is not \
             `<cluster>/<namespace>/<Kind>/<name>.yaml`. Move it to `kind/cluster-scoped/ManagedNamespace/x.yaml`.",
            "kind/demo/WhoAmIApp/a.yaml several-orders: a second order in one file. Move it to `kind/demo/WhoAmIApp/b.yaml`.",
        ]
    );
}

#[test]
fn the_list_of_the_cluster_has_every_order_and_nothing_else() {
    let tree: [(&str, &str); 3] = [
        (
            "kind/kustomization.yaml",
            "resources:\n  - demo/WhoAmIApp/gone.yaml\n  - https://example.org/x.yaml\n",
        ),
        ("kind/demo/WhoAmIApp/web.yaml", &order("WhoAmIApp", "web", "demo")),
        (
            "unlisted/demo/WhoAmIApp/web.yaml",
            &order("WhoAmIApp", "web", "demo"),
        ),
    ];
    let found = check(&tree);
    assert!(check_as(&format!("{HEAD}spec: {{listed: false}}\n"), &tree).is_empty());
    assert_eq!(
        found,
        [
            "kind/demo/WhoAmIApp/web.yaml not-listed: `kind/kustomization.yaml` does not list this file, so it is never applied. Add \
             `- demo/WhoAmIApp/web.yaml` to `resources` there.",
            "kind/kustomization.yaml missing-file: `demo/WhoAmIApp/gone.yaml` is listed, but there is no such file. Remove the entry, \
             or bring the file back; until then nothing of this cluster is applied.",
        ]
    );
}

#[test]
fn settings_are_checked_all_at_once() {
    let load = |text: &str| {
        let source = Source {
            name: "l.yaml",
            bytes: text.as_bytes(),
        };
        Layout::load(&source).map_err(|error| error.to_string())
    };
    assert_eq!(
        load("").unwrap_err(),
        "l.yaml: the file is empty; write `apiVersion: boltrope.dev/v1alpha1`, `kind: Layout` and `metadata`"
    );
    assert!(load("a: [").unwrap_err().starts_with("l.yaml:1:"));
    let found = load(&format!(
        "{HEAD}spec: {{root: /x, kinds: [a/b], clusterScoped: [a/b], rooot: x}}\n"
    ))
    .unwrap_err();
    for words in [
        "unknown key `rooot`",
        "`/x` is an absolute path",
        "`a/b` does not end in a kind",
        "`a/b` is not the name",
    ] {
        assert!(found.contains(words), "{words}: {found}");
    }
    let layout = load(&format!(
        "{HEAD}spec: {{kinds: [example.org/Order], clusterScoped: [all]}}\n"
    ))
    .unwrap();
    assert!(layout.is_order("example.org", "Order") && !layout.is_order("openportal.dev", "Order"));
}
