//! Which requests a policy leaves alone: those of controllers that act for the cluster and not for a tenant.

use serde_json::{Value, json};

/// `matchConditions`: every expression must hold for a request to be judged.
///
/// A composing request of Crossplane needs both: its account, which nobody can forge, and the mark on the object, so that
/// what else that account does is judged. An object whose mark is new with this request is judged too.
pub(super) fn conditions() -> Value {
    let not_by =
        |account: &str| format!("request.userInfo.username != 'system:serviceaccount:kube-system:{account}'");
    json!([
        {"name": "not-the-garbage-collector", "expression": not_by("generic-garbage-collector")},
        {"name": "not-the-namespace-controller", "expression": not_by("namespace-controller")},
        {"name": "not-composed-by-crossplane", "expression": composing()},
    ])
}

fn composing() -> String {
    let marked = |object: &str| {
        format!("has({object}.metadata.labels) && 'crossplane.io/composite' in {object}.metadata.labels")
    };
    format!(
        "!(request.userInfo.username.startsWith('system:serviceaccount:crossplane-system:') && \
         object != null && {} && (oldObject == null || ({})))",
        marked("object"),
        marked("oldObject")
    )
}
