//! `boltrope request`: what an API server would send about a manifest.

use serde_json::{Value, json};

use crate::folder::Folder;

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n";
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n";
const WIDGET: &str = "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: a, namespace: shop}\n";
const CRD: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgetz.example.org}
spec:
  group: example.org
  scope: Cluster
  names: {kind: Widget, plural: widgetz}
  versions: [{name: v1, served: true, storage: true}]
";

/// The request about a manifest on stdin.
fn request(test: &str, arguments: &str, object: &str) -> Value {
    let folder = Folder::new(test).with("old.yaml", SERVICE).with("crd.yaml", CRD);
    let run = folder.run(&format!("request {arguments} -"), object);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let review: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let part = |key: &str| review.get(key).cloned().unwrap_or_default();
    assert_eq!(part("apiVersion"), "admission.k8s.io/v1");
    assert_eq!(part("kind"), "AdmissionReview");
    part("request")
}

#[test]
fn a_new_object_has_everything_that_an_api_server_sends() {
    let kind = json!({"group": "", "version": "v1", "kind": "Service"});
    let resource = json!({"group": "", "version": "v1", "resource": "services"});
    assert_eq!(
        request("request-create", "--operation CREATE", SERVICE),
        json!({
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": kind, "resource": resource, "requestKind": kind, "requestResource": resource,
            "name": "web", "namespace": "shop", "operation": "CREATE",
            "userInfo": {"username": "kubernetes-admin", "groups": ["system:masters", "system:authenticated"]},
            "object": {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}},
            "oldObject": null,
            "dryRun": false,
            "options": {"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions"},
        })
    );
}

#[test]
fn each_operation_has_its_objects() {
    let object =
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}});
    let update = request("request-update", "--operation UPDATE --old old.yaml", SERVICE);
    assert_eq!((&update["object"], &update["oldObject"]), (&object, &object));
    let delete = request("request-delete", "--operation DELETE --dry-run", SERVICE);
    assert_eq!((&delete["object"], &delete["oldObject"]), (&Value::Null, &object));
    assert_eq!(delete["dryRun"], true);
    assert_eq!(
        delete["options"],
        json!({"apiVersion": "meta.k8s.io/v1", "kind": "DeleteOptions", "dryRun": ["All"]})
    );
    let connect = request("request-connect", "--operation CONNECT --sub-resource exec", POD);
    assert_eq!(
        connect["object"],
        json!({"apiVersion": "v1", "kind": "PodExecOptions"})
    );
    assert_eq!(connect["kind"]["kind"], "PodExecOptions");
    assert_eq!(
        (
            &connect["resource"]["resource"],
            &connect["subResource"],
            &connect["name"]
        ),
        (&json!("pods"), &json!("exec"), &json!("web"))
    );
}

#[test]
fn the_namespace_is_put_where_an_api_server_puts_it() {
    let bare = "apiVersion: v1\nkind: Service\nmetadata: {generateName: web-}\n";
    let given = request("request-namespace", "--operation CREATE --namespace shop", bare);
    assert_eq!(given["namespace"], "shop");
    assert_eq!(
        given["object"]["metadata"],
        json!({"generateName": "web-", "namespace": "shop"})
    );
    assert_eq!(given.get("name"), None);
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    let own = request("request-of-namespace", "--operation CREATE", namespace);
    assert_eq!(
        (&own["name"], &own["namespace"]),
        (&json!("shop"), &json!("shop"))
    );
    assert_eq!(own["object"]["metadata"], json!({"name": "shop"}));
}

#[test]
fn a_copy_of_what_exists_loses_what_only_the_api_server_gives() {
    let copy = "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop, uid: a, creationTimestamp: b, \
                deletionTimestamp: c}}";
    let new = request("request-copy", "--operation CREATE", copy);
    assert_eq!(
        new["object"]["metadata"],
        json!({"name": "web", "namespace": "shop"})
    );
    let going = request("request-going", "--operation UPDATE --old old.yaml", copy);
    assert_eq!(going["object"]["metadata"]["deletionTimestamp"], "c");
}

#[test]
fn users_have_the_groups_of_their_kind() {
    let groups = |test: &str, arguments: &str| {
        request(test, &format!("--operation CREATE {arguments}"), SERVICE)["userInfo"]["groups"].clone()
    };
    assert_eq!(
        groups("request-user", "--user alice"),
        json!(["system:authenticated"])
    );
    assert_eq!(
        groups(
            "request-account",
            "--user system:serviceaccount:flux-system:kustomize-controller"
        ),
        json!([
            "system:serviceaccounts",
            "system:serviceaccounts:flux-system",
            "system:authenticated"
        ])
    );
    assert_eq!(
        groups("request-groups", "--user alice --group a --group b"),
        json!(["a", "b"])
    );
}

#[test]
fn a_plural_comes_from_a_definition_or_from_a_flag() {
    let told = request("request-told", "--operation CREATE --resource widgets", WIDGET);
    assert_eq!(
        (&told["resource"]["resource"], &told["namespace"]),
        (&json!("widgets"), &json!("shop"))
    );
    let defined = request("request-defined", "--operation CREATE --world crd.yaml", WIDGET);
    assert_eq!(defined["resource"]["resource"], "widgetz");
    assert_eq!(
        defined.get("namespace"),
        None,
        "the definition says that it lives in the cluster"
    );
    assert_eq!(defined["object"]["metadata"], json!({"name": "a"}));
}

#[test]
fn an_object_that_is_nowhere_is_refused_with_what_to_write() {
    let folder = Folder::new("request-nowhere")
        .with("old.yaml", SERVICE)
        .with("crd.yaml", CRD);
    for (arguments, object, message) in [
        (
            "--operation CREATE",
            WIDGET,
            "stdin: nothing says the plural of `Widget` in `example.org/v1`; pass --world with its \
             CustomResourceDefinition or CompositeResourceDefinition, or say it with --resource PLURAL",
        ),
        (
            "--operation CREATE",
            "{apiVersion: v1, kind: Service, metadata: {name: web}}",
            "stdin: `Service` lives in a namespace, and it names none; pass --namespace",
        ),
        (
            "--operation CREATE --namespace other",
            SERVICE,
            "stdin: it is in namespace `shop`, --namespace says `other`: an API server refuses that; leave one out",
        ),
        (
            "--operation CREATE --namespace No",
            SERVICE,
            "--namespace: `No` is not the name of a namespace: use at most 63 lower-case letters, digits and `-`",
        ),
        (
            "--operation CREATE --world crd.yaml --namespace shop",
            WIDGET,
            "stdin: `Widget` lives in the cluster and not in a namespace; leave --namespace out",
        ),
    ] {
        folder
            .run(&format!("request {arguments} -"), object)
            .fails(2, &format!("error: {message}\n"));
    }
}

#[test]
fn what_no_operation_can_be_about_is_refused_with_what_to_write() {
    let folder = Folder::new("request-operation")
        .with("old.yaml", SERVICE)
        .with("crd.yaml", CRD);
    for (arguments, object, message) in [
        (
            "--operation UPDATE",
            SERVICE,
            "--operation UPDATE needs the object as it was: pass --old FILE",
        ),
        (
            "--operation DELETE --old old.yaml",
            SERVICE,
            "--old is the object before an UPDATE; leave it out, or say --operation UPDATE",
        ),
        (
            "--operation UPDATE --old old.yaml",
            "{apiVersion: v1, kind: Service, metadata: {name: api, namespace: shop}}",
            "stdin: its name is `api` and --old has `web`: an UPDATE is about one object",
        ),
        (
            "--operation DELETE",
            "{apiVersion: v1, kind: Service, metadata: {namespace: shop}}",
            "stdin: it has no `metadata.name`, which only a new object may lack",
        ),
        (
            "--operation CONNECT",
            POD,
            "stdin: CONNECT is about a sub-resource; pass --sub-resource, one of attach, exec, portforward, proxy",
        ),
        (
            "--operation CONNECT --sub-resource exce",
            POD,
            "stdin: nobody can connect to `exce` of `Pod`; did you mean `exec`?",
        ),
        (
            "--operation CONNECT --sub-resource log",
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}}",
            "stdin: nobody can connect to `Deployment`; CONNECT is about a Pod, a Service or a Node",
        ),
    ] {
        folder
            .run(&format!("request {arguments} -"), object)
            .fails(2, &format!("error: {message}\n"));
    }
}

#[test]
fn what_is_no_object_and_no_operation_is_refused() {
    let folder = Folder::new("request-bad");
    folder.run("request --operation CREATE -", "a: 1\n").fails(
        3,
        "error: stdin: it has no `apiVersion` and `kind`; a Kubernetes object was expected\n",
    );
    let run = folder.run("request --operation PATCH -", SERVICE);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(
        run.stderr
            .contains("[possible values: CREATE, UPDATE, DELETE, CONNECT]"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_request_goes_straight_into_eval() {
    let folder = Folder::new("request-eval").with("rules.yaml", crate::folder::LABEL);
    let written = folder.run("request --operation CREATE -", SERVICE).stdout;
    folder
        .run("eval --rules rules.yaml -o text -", written)
        .gives("allowed, changed\npatch: add /metadata/labels {\"team\":\"web\"}\naudit: rules=team\n");
    let written = folder.run("request --operation DELETE -", SERVICE).stdout;
    folder
        .run("eval --rules rules.yaml -o text -", written)
        .gives("allowed\n");
}
