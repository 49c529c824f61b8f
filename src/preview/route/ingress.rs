//! Ingress: `defaultBackend` and `rules[].http.paths[].backend`, each a Service or a resource of the same namespace.

use serde_json::{Value, json};

use super::Reading;
use super::backend::{Backend, places, text};
use crate::object::Object;

/// The annotation that named the class before `spec.ingressClassName` did.
pub(super) const CLASS: &str = "kubernetes.io/ingress.class";

pub(super) fn read(copy: &mut Value, source: Object<'_>) -> Reading {
    let mut reading = Reading::default();
    let mut at = vec!["/spec/defaultBackend".to_owned()];
    for rule in places(copy, "/spec/rules") {
        let paths = places(copy, &format!("{rule}/http/paths"));
        at.extend(paths.into_iter().map(|path| format!("{path}/backend")));
    }
    for at in at {
        if let Some(kind) = text(copy, &at, "/resource/kind") {
            let name = text(copy, &at, "/resource/name").unwrap_or_default();
            reading.local.push(format!("{kind} `{name}`"));
        }
        reading
            .backends
            .extend(Backend::read(copy, format!("{at}/service"), "/port"));
    }
    keep_class(copy, source);
    for tls in places(copy, "/spec/tls") {
        if let Some(secret) = text(copy, &tls, "/secretName") {
            reading.warnings.push(("secret", secret_is_local(secret)));
        }
    }
    reading
}

/// An Ingress from before `ingressClassName` has only the annotation, and with both the API server takes no new one
/// (`ValidateIngressCreate`): so the annotation comes along where it is alone.
fn keep_class(copy: &mut Value, source: Object<'_>) {
    let Some(class) = source.annotation(CLASS) else {
        return;
    };
    let is_alone = source.text("/spec/ingressClassName").is_none();
    if let Some(Value::Object(annotations)) = copy.pointer_mut("/metadata/annotations") {
        if is_alone {
            annotations.insert(CLASS.to_owned(), json!(class));
        } else {
            annotations.shift_remove(CLASS);
        }
    }
}

/// What to know about a Secret that copies name.
pub(super) fn secret_is_local(secret: &str) -> String {
    format!(
        "the TLS Secret `{secret}` must be in each preview, unless `routes.tls.secretName` names another that is"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_local_and_every_service_is_a_backend() {
        let mut copy = json!({"metadata": {"annotations": {}}, "spec": {
            "defaultBackend": {"service": {"name": "web", "port": {"number": 80}}},
            "rules": [{"http": {"paths": [
                {"backend": {"service": {"name": "api", "port": {"name": "http"}}}},
                {"backend": {"resource": {"kind": "StorageBucket", "name": "files"}}},
            ]}}],
        }});
        let source = copy.clone();
        let reading = read(&mut copy, Object::new(&source));
        let names: Vec<&str> = reading
            .backends
            .iter()
            .map(|backend| backend.name.as_str())
            .collect();
        assert_eq!(names, ["web", "api"]);
        assert_eq!(reading.local, ["StorageBucket `files`"]);
    }
}
