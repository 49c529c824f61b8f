use super::*;

/// `file: namespace field file` for each way of each file of a tree, `file: part` for parts.
fn ways(tree: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<File<'_>> = tree
        .iter()
        .map(|(path, text)| File {
            path,
            name: path,
            bytes: text.as_bytes(),
        })
        .collect();
    let routes = find_routes(&files, &Limits::default());
    let mut found = Vec::new();
    for (file, route) in files.iter().zip(routes.of(&files)) {
        if route.is_part {
            found.push(format!("{}: part", file.path));
        }
        for way in route.ways {
            let way = way.map_or("as it is".to_owned(), |way| {
                format!("{} by {} of {}", way.namespace, way.field, way.file)
            });
            found.push(format!("{}: {way}", file.path));
        }
    }
    found
}

const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

fn flux(path: &str, rest: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: k}}\nspec: {{path: {path}, sourceRef: \
         {{kind: GitRepository, name: flux-system}}{rest}}}\n"
    )
}

#[test]
fn the_outermost_kustomization_wins_and_a_base_may_have_several() {
    let found = ways(&[
        (
            "/r/base/kustomization.yaml",
            "namespace: inner\nresources: [a.yaml]\n",
        ),
        ("/r/base/a.yaml", OBJECT),
        ("/r/one/kustomization.yml", "namespace: one\nbases: [../base]\n"),
        ("/r/two/Kustomization", "namespace: two\nresources: [../base/]\n"),
        ("/r/three/kustomization.yaml", "resources: [./../base]\n"),
        ("/r/loose.yaml", OBJECT),
    ]);
    assert_eq!(
        found,
        [
            "/r/base/kustomization.yaml: part",
            "/r/base/a.yaml: one by namespace of /r/one/kustomization.yml",
            "/r/base/a.yaml: inner by namespace of /r/base/kustomization.yaml",
            "/r/base/a.yaml: two by namespace of /r/two/Kustomization",
            "/r/one/kustomization.yml: part",
            "/r/two/Kustomization: part",
            "/r/three/kustomization.yaml: part",
        ]
    );
}

#[test]
fn a_component_is_transformed_and_transforms_those_who_use_it() {
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [c.yaml]\n";
    let tree = |namespace: &str, component: &str| {
        ways(&[
            (
                "/r/app/kustomization.yaml",
                &format!("{namespace}resources: [a.yaml]\ncomponents: [../comp]\n"),
            ),
            ("/r/app/a.yaml", OBJECT),
            ("/r/comp/kustomization.yaml", component),
            ("/r/comp/c.yaml", OBJECT),
        ])
    };
    let files = |found: Vec<String>| -> Vec<String> {
        found.into_iter().filter(|way| !way.contains(": part")).collect()
    };
    let by_app = "by namespace of /r/app/kustomization.yaml";
    assert_eq!(
        files(tree("namespace: app\n", component)),
        [
            format!("/r/app/a.yaml: app {by_app}"),
            format!("/r/comp/c.yaml: app {by_app}")
        ]
    );
    let by_component = "own by namespace of /r/comp/kustomization.yaml";
    assert_eq!(
        files(tree("", &format!("{component}namespace: own\n"))),
        [
            format!("/r/app/a.yaml: {by_component}"),
            format!("/r/comp/c.yaml: {by_component}")
        ]
    );
}

#[test]
fn flux_replaces_the_namespace_and_takes_every_file_where_no_kustomization_is() {
    let flux_app = flux("./apps/web", ", targetNamespace: shop, components: [../../comp]");
    let flux_all = flux("apps/plain", ", targetNamespace: plain");
    let found = ways(&[
        ("/r/clusters/flux.yaml", &format!("{flux_app}---\n{flux_all}")),
        (
            "/r/apps/web/kustomization.yaml",
            "namespace: web\nresources: [a.yaml]\n",
        ),
        ("/r/apps/web/a.yaml", OBJECT),
        ("/r/apps/plain/x/a.yaml", OBJECT),
        (
            "/r/apps/plain/y/kustomization.yaml",
            "namespace: y\nresources: [z/a.yaml]\n",
        ),
        ("/r/apps/plain/y/z/a.yaml", OBJECT),
        (
            "/r/comp/kustomization.yaml",
            "kind: Component\nresources: [c.yaml]\n",
        ),
        ("/r/comp/c.yaml", OBJECT),
    ]);
    let by = "by spec.targetNamespace of /r/clusters/flux.yaml";
    let found: Vec<String> = found.into_iter().filter(|way| !way.contains(": part")).collect();
    assert_eq!(
        found,
        [
            format!("/r/apps/web/a.yaml: shop {by}"),
            format!("/r/apps/plain/x/a.yaml: plain {by}"),
            format!("/r/apps/plain/y/z/a.yaml: plain {by}"),
            format!("/r/comp/c.yaml: shop {by}"),
        ]
    );
}

#[test]
fn flux_without_a_target_namespace_leaves_it_to_the_kustomizations() {
    let found = ways(&[
        ("/r/clusters/flux.yaml", &flux("./apps", "")),
        (
            "/r/apps/web/kustomization.yaml",
            "namespace: web\nresources: [a.yaml, ks.yaml]\n",
        ),
        ("/r/apps/web/a.yaml", OBJECT),
        (
            "/r/apps/web/ks.yaml",
            &flux("./apps/web/app", ", targetNamespace: other"),
        ),
        ("/r/apps/web/app/kustomization.yaml", "resources: [b.yaml]\n"),
        ("/r/apps/web/app/b.yaml", OBJECT),
    ]);
    let found: Vec<String> = found.into_iter().filter(|way| !way.contains(": part")).collect();
    assert_eq!(
        found,
        [
            "/r/apps/web/a.yaml: web by namespace of /r/apps/web/kustomization.yaml",
            "/r/apps/web/ks.yaml: web by namespace of /r/apps/web/kustomization.yaml",
            "/r/apps/web/app/b.yaml: other by spec.targetNamespace of /r/apps/web/ks.yaml",
        ]
    );
}

#[test]
fn parts_are_no_objects_unless_they_are_resources_too() {
    let found = ways(&[
        (
            "/r/kustomization.yaml",
            "namespace: ns\nresources: [a.yaml, both.yaml, https://example.org/x.yaml]\npatches: [{path: patch.yaml}, {patch: \
             inline}]\npatchesStrategicMerge: [both.yaml, \"a: b\\nc: d\"]\nconfigMapGenerator: [{name: c, files: [key=file.yaml, \
             plain.yaml]}]\nhelmCharts: [{name: x, valuesFile: values.yaml}]\n",
        ),
        ("/r/a.yaml", OBJECT),
        ("/r/patch.yaml", OBJECT),
        ("/r/both.yaml", OBJECT),
        ("/r/file.yaml", OBJECT),
        ("/r/plain.yaml", OBJECT),
        ("/r/values.yaml", OBJECT),
    ]);
    let by = "ns by namespace of /r/kustomization.yaml";
    assert_eq!(
        found,
        [
            "/r/kustomization.yaml: part".to_owned(),
            format!("/r/a.yaml: {by}"),
            "/r/patch.yaml: part".to_owned(),
            format!("/r/both.yaml: {by}"),
            "/r/file.yaml: part".to_owned(),
            "/r/plain.yaml: part".to_owned(),
            "/r/values.yaml: part".to_owned(),
        ]
    );
}

#[test]
fn circles_and_sources_elsewhere_are_harmless() {
    let elsewhere =
        flux("./staging", ", targetNamespace: wrong").replace("GitRepository", "ExternalArtifact");
    let root = flux("./", ", targetNamespace: wrong").replace("GitRepository", "OCIRepository");
    let found = ways(&[
        ("/r/a/kustomization.yaml", "namespace: a\nresources: [../b]\n"),
        ("/r/b/kustomization.yaml", "resources: [../a, ../a/x.yaml, .]\n"),
        ("/r/a/x.yaml", OBJECT),
        ("/r/c/kustomization.yaml", "resources: [../a]\n"),
        (
            "/r/clusters/staging/flux.yaml",
            &format!("{elsewhere}---\n{root}"),
        ),
    ]);
    let found: Vec<String> = found.into_iter().filter(|way| !way.contains(": part")).collect();
    assert_eq!(found, ["/r/a/x.yaml: a by namespace of /r/a/kustomization.yaml"]);
}
