//! From an object to the `AdmissionReview` about it.
//!
//! What an API server does before it asks webhooks is done here too: the namespace of the request is put into the object
//! (k8s.io/apiserver, `EnsureObjectNamespaceMatchesRequestNamespace`), that of a Namespace is its own name, a new object
//! loses what only the API server gives, and a user has the groups that authentication adds.

use boltrope::engine::world::Scope;
use boltrope::object::Object;
use boltrope::resource::Catalog;
use serde_json::{Value, json};

use super::connect;

/// An API server makes a new one for every request; here a request is a fixture and stays the same.
const UID: &str = "705ab4f5-6393-11e8-b7cc-42010a800002";
const ADMIN: &str = "kubernetes-admin";
/// What an API server writes as null; other keys are left out when there is nothing to say.
const OBJECTS: [&str; 3] = ["object", "oldObject", "options"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Create,
    Update,
    Delete,
    Connect,
}

/// What is known besides the object.
#[derive(Debug)]
pub(super) struct Build<'a> {
    pub(super) operation: Operation,
    pub(super) namespace: Option<&'a str>,
    pub(super) user: Option<&'a str>,
    pub(super) groups: &'a [String],
    pub(super) sub_resource: Option<&'a str>,
    pub(super) dry_run: bool,
    pub(super) plural: Option<&'a str>,
    pub(super) catalog: &'a Catalog,
}

impl Build<'_> {
    /// The review of an object, or what is missing to write it.
    pub(super) fn review(&self, mut object: Value, old: Option<Value>) -> Result<Value, String> {
        let (plural, scope) = self.resource(Object::new(&object))?;
        let namespace = self.request_namespace(Object::new(&object), scope)?;
        let name = Object::new(&object).name().map(str::to_owned);
        if name.is_none() && self.operation != Operation::Create {
            return Err("it has no `metadata.name`, which only a new object may lack".to_owned());
        }
        let old = old.map(|old| same_object(&object, old)).transpose()?;
        set_namespace(&mut object, namespace.as_deref());
        let old = old.map(|mut old| {
            set_namespace(&mut old, namespace.as_deref());
            old
        });
        let subject = Object::new(&object);
        let kind = json!({"group": subject.group(), "version": subject.version(), "kind": subject.kind()});
        let resource = json!({"group": subject.group(), "version": subject.version(), "resource": plural});
        let (kind, object, old) = match self.operation {
            Operation::Create => (kind, new(object), Value::Null),
            Operation::Update => (kind, object, old.unwrap_or_default()),
            Operation::Delete => (kind, Value::Null, object),
            Operation::Connect => {
                let (kind, options) = connect::options(subject, self.sub_resource)?;
                (kind, options, Value::Null)
            }
        };
        let mut request = json!({
            "uid": UID,
            "kind": kind,
            "resource": resource,
            "subResource": self.sub_resource,
            "requestKind": kind,
            "requestResource": resource,
            "requestSubResource": self.sub_resource,
            "name": name,
            "namespace": namespace,
            "operation": self.operation.as_str(),
            "userInfo": self.user_info(),
            "object": object,
            "oldObject": old,
            "dryRun": self.dry_run,
            "options": self.options(),
        });
        if let Some(map) = request.as_object_mut() {
            map.retain(|key, value| OBJECTS.contains(&key.as_str()) || !value.is_null());
        }
        Ok(json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}))
    }

    /// The kind's plural, and where its objects live if anything says so.
    fn resource(&self, object: Object<'_>) -> Result<(String, Option<Scope>), String> {
        let known = self.catalog.find(object.group(), object.kind());
        let scope = known.as_ref().and_then(|known| known.scope);
        let plural = self.plural.map(str::to_owned).or(known.map(|known| known.plural));
        let plural = plural.ok_or_else(|| {
            format!(
                "nothing says the plural of `{}` in `{}`; pass --world with its CustomResourceDefinition or \
                 CompositeResourceDefinition, or say it with --resource PLURAL",
                object.kind(),
                object.api_version()
            )
        })?;
        Ok((plural, scope))
    }

    fn request_namespace(&self, object: Object<'_>, scope: Option<Scope>) -> Result<Option<String>, String> {
        let (own, given) = (object.namespace(), self.namespace);
        if let (Some(own), Some(given)) = (own, given.filter(|given| Some(*given) != own)) {
            return Err(format!(
                "it is in namespace `{own}`, --namespace says `{given}`: an API server refuses that; leave one out"
            ));
        }
        let namespace = own.or(given);
        match (scope, namespace) {
            (Some(Scope::Cluster), _) if given.is_some() => Err(format!(
                "`{}` lives in the cluster and not in a namespace; leave --namespace out",
                object.kind()
            )),
            (Some(Scope::Cluster), _) if object.group().is_empty() && object.kind() == "Namespace" => {
                Ok(object.name().map(str::to_owned))
            }
            (Some(Scope::Cluster), _) => Ok(None),
            (Some(Scope::Namespaced), None) => Err(format!(
                "`{}` lives in a namespace, and it names none; pass --namespace",
                object.kind()
            )),
            (_, namespace) => Ok(namespace.map(str::to_owned)),
        }
    }

    fn user_info(&self) -> Value {
        let user = self.user.unwrap_or(ADMIN);
        let mut groups = self.groups.to_vec();
        if groups.is_empty() {
            let account = user.strip_prefix("system:serviceaccount:");
            if let Some((namespace, _)) = account.and_then(|account| account.split_once(':')) {
                groups.push("system:serviceaccounts".to_owned());
                groups.push(format!("system:serviceaccounts:{namespace}"));
            } else if self.user.is_none() {
                groups.push("system:masters".to_owned());
            }
            groups.push("system:authenticated".to_owned());
        }
        json!({"username": user, "groups": groups})
    }

    fn options(&self) -> Value {
        let kind = match self.operation {
            Operation::Create => "CreateOptions",
            Operation::Update => "UpdateOptions",
            Operation::Delete => "DeleteOptions",
            Operation::Connect => return Value::Null,
        };
        let mut options = json!({"apiVersion": "meta.k8s.io/v1", "kind": kind});
        if let Some(map) = options.as_object_mut().filter(|_| self.dry_run) {
            map.insert("dryRun".to_owned(), json!(["All"]));
        }
        options
    }
}

impl Operation {
    fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }
}

/// The old object, if it is the same one: an UPDATE changes neither kind nor name nor namespace.
fn same_object(object: &Value, old: Value) -> Result<Value, String> {
    let (new, before) = (Object::new(object), Object::new(&old));
    let places = (new.namespace(), before.namespace());
    for (what, new, old) in [
        ("kind", Some(new.kind()), Some(before.kind())),
        ("group", Some(new.group()), Some(before.group())),
        ("name", new.name(), before.name()),
        // Either may leave the namespace to --namespace.
        (
            "namespace",
            places.0.and(places.1).and(places.0),
            places.0.and(places.1),
        ),
    ] {
        if new != old {
            let shown = |text: Option<&str>| text.unwrap_or_default().to_owned();
            return Err(format!(
                "its {what} is `{}` and --old has `{}`: an UPDATE is about one object",
                shown(new),
                shown(old)
            ));
        }
    }
    Ok(old)
}

/// A new object has none of the fields that are the API server's to give
/// (k8s.io/apiserver, `WipeObjectMetaSystemFields`), also when it is a copy of one that exists.
fn new(mut object: Value) -> Value {
    let metadata = object.get_mut("metadata").and_then(Value::as_object_mut);
    if let Some(metadata) = metadata {
        for key in [
            "creationTimestamp",
            "uid",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "selfLink",
        ] {
            metadata.shift_remove(key);
        }
    }
    object
}

/// As the API server: the request's namespace, and none on an object of the cluster.
fn set_namespace(object: &mut Value, namespace: Option<&str>) {
    let is_namespace = Object::new(object).group().is_empty() && Object::new(object).kind() == "Namespace";
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    match namespace.filter(|_| !is_namespace) {
        Some(namespace) => {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
        None => {
            metadata.shift_remove("namespace");
        }
    }
}
