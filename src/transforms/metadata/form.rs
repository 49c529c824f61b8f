//! What a form may ask for: the labels and annotations of the object itself.

use serde_json::json;

use super::settings::{self, Requirement, Requirements};
use super::syntax::{LABEL_PATTERN, MAX_NAME};
use crate::export::form::{Asked, Field, one_of, whole};
use crate::rules::Action;

/// The fields of a rule's kinds. A value that comes from the Namespace is one that nobody has to type.
pub(super) fn fields(requirements: &Requirements, asked: Asked) -> Vec<Field> {
    requirements.keys.iter().map(|one| field(one, asked)).collect()
}

fn field(requirement: &Requirement, asked: Asked) -> Field {
    let Requirement {
        required,
        default,
        from_namespace,
        allowed,
        pattern,
        ..
    } = requirement;
    let mut schemas = Vec::new();
    let mut says_less = *from_namespace;
    if let Some(allowed) = allowed {
        schemas.push(one_of(allowed));
    } else {
        if requirement.field == settings::Field::Label {
            schemas.push(json!({"pattern": LABEL_PATTERN, "maxLength": MAX_NAME}));
        }
        match pattern.as_ref().map(|pattern| whole(pattern.as_str())) {
            None => {}
            Some(Some(pattern)) => schemas.push(json!({ "pattern": pattern })),
            Some(None) => says_less = true,
        }
    }
    if schemas.is_empty() {
        schemas.push(json!({}));
    }
    let is_written = default.is_some() && asked.action == Action::Enforce;
    Field {
        pointer: requirement.pointer(""),
        required: (*required || default.is_some()) && !is_written && !from_namespace,
        default: default.clone(),
        schemas,
        says_less,
    }
}
