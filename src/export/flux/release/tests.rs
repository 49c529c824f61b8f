use serde_json::json;

use super::*;

const ITEM: &str = "sha256:00";

fn item() -> Value {
    json!({"kustomize": {"patches": [{
        "target": {"version": "v1", "kind": "Service", "name": "a"},
        "patch": "apiVersion: v1\nkind: Service\nmetadata: {name: a, labels: {team: shop}}\n",
    }]}})
}

fn written(file: &str, item: Option<&Value>, digest: &str) -> String {
    let release = find(file.as_bytes(), None).unwrap();
    let written = write(file.as_bytes(), &release, item, digest).unwrap();
    String::from_utf8(written.bytes).unwrap()
}

const BARE: &str = "\
# the shop
apiVersion: v1
kind: ConfigMap
metadata: {name: values}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web # ours
  namespace: shop
spec:
  interval: 5m
";

#[test]
fn the_item_is_appended_replaced_and_removed_and_nothing_else_moves() {
    let first = written(BARE, Some(&item()), ITEM);
    assert!(first.starts_with(BARE), "{first}");
    assert!(
        first.contains("# boltrope.dev/postrenderers-digest: sha256:00\n"),
        "{first}"
    );
    assert_eq!(written(&first, Some(&item()), ITEM), first);
    let other = json!({"kustomize": {"patches": []}});
    let second = written(&first, Some(&other), "sha256:01");
    assert!(
        second.contains("digest: sha256:01\n") && !second.contains("sha256:00"),
        "{second}"
    );
    assert_eq!(written(&second, None, "sha256:02"), BARE);
}

#[test]
fn other_post_renderers_and_their_comments_stay() {
    let file = format!(
        "{BARE}  postRenderers:\n  # theirs\n  - kustomize:\n      images: [{{name: a, newTag: b}}] # pinned\n"
    );
    let first = written(&file, Some(&item()), ITEM);
    assert!(first.starts_with(&file), "{first}");
    assert_eq!(written(&first, None, ITEM), file);
}

#[test]
fn a_list_in_flow_style_is_marked_by_the_annotation() {
    let file = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec: {postRenderers: [{kustomize: {images: []}}]}\n";
    let first = written(file, Some(&item()), ITEM);
    assert!(first.contains(DIGEST_ANNOTATION), "{first}");
    assert_eq!(written(&first, Some(&item()), ITEM), first);
    let by_hand = first.replace("shop", "shed");
    let release = find(by_hand.as_bytes(), None).unwrap();
    assert!(matches!(
        write(by_hand.as_bytes(), &release, None, ITEM),
        Err(ReleaseError::Changed)
    ));
}

#[test]
fn two_marks_are_refused() {
    let first = written(BARE, Some(&item()), ITEM);
    let list = first.split_once("  postRenderers:\n").unwrap().1.to_owned();
    let twice = format!("{first}{list}");
    let release = find(twice.as_bytes(), None).unwrap();
    assert!(matches!(
        write(twice.as_bytes(), &release, None, ITEM),
        Err(ReleaseError::Twice { count: 2 })
    ));
}

#[test]
fn a_long_name_is_shortened_as_helm_controller_does() {
    let name = "a".repeat(60);
    let file =
        format!("apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}}}\n");
    let release = find(file.as_bytes(), None).unwrap();
    assert_eq!((release.release.len(), release.namespace), (53, None));
}

#[test]
fn the_release_is_found_by_either_name() {
    let file = "\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: a}
spec: {targetNamespace: shop}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: b, namespace: flux}
spec: {releaseName: c}
";
    let name = |wanted| find(file.as_bytes(), Some(wanted)).map(|found| found.name);
    assert_eq!(name("shop-a").unwrap(), "a");
    assert_eq!(name("c").unwrap(), "b");
    assert_eq!(
        name("d").unwrap_err().to_string(),
        "no HelmRelease `d` in it; it has `a`, `b`"
    );
    let several = find(file.as_bytes(), None).unwrap_err().to_string();
    assert_eq!(
        several,
        "2 HelmReleases in it (`a`, `b`): say which with --release"
    );
}
