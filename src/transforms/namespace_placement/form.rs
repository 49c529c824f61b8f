//! What a form may ask for: the namespace, and the fields that name it once more.

use serde_json::{Value, json};

use super::NAMESPACE;
use super::settings::Placement;
use crate::engine::world::Scope;
use crate::export::form::{Asked, Field, of_glob, one_of};
use crate::rules::Action;

/// The fields of a rule's kinds. Where nobody knows the scope, the rule judges what is set and a form cannot say it.
pub(super) fn fields(placement: &Placement, asked: Asked) -> Vec<Field> {
    let field = |pointer: &str| Field {
        pointer: pointer.to_owned(),
        ..Field::default()
    };
    let Some(scope) = placement.scope.or(asked.scope) else {
        let says_less = true;
        return vec![Field {
            says_less,
            ..field(NAMESPACE)
        }];
    };
    if scope == Scope::Cluster {
        return vec![Field {
            schemas: vec![Value::Bool(false)],
            ..field(NAMESPACE)
        }];
    }
    let writes = asked.action == Action::Enforce;
    let default = &placement.default;
    let namespace = Field {
        required: default.is_none() || !writes,
        default: default.clone(),
        schemas: schemas(placement),
        ..field(NAMESPACE)
    };
    // That two fields are the same is nothing a schema can say, but where there is one namespace only.
    let only_one = matches!(placement.allowed.as_deref(), Some([only]) if only.is_literal());
    let others = placement.fields.iter().map(|other| Field {
        required: other.write && !writes,
        default: default.clone().filter(|_| other.write),
        schemas: schemas(placement),
        says_less: !only_one,
        ..field(&other.path)
    });
    let others: Vec<Field> = others.collect();
    std::iter::once(namespace).chain(others).collect()
}

fn schemas(placement: &Placement) -> Vec<Value> {
    let Placement { allowed, denied, .. } = placement;
    let mut schemas = Vec::new();
    match allowed.as_deref() {
        Some(globs) if globs.iter().all(|glob| glob.is_literal()) => {
            let names: Vec<String> = globs
                .iter()
                .map(|glob| glob.as_str().to_owned())
                .filter(|name| placement.allows(name))
                .collect();
            return vec![one_of(&names)];
        }
        Some(globs) => schemas.push(json!({ "pattern": of_glob(globs) })),
        None => {}
    }
    if !denied.is_empty() {
        schemas.push(json!({"not": {"pattern": of_glob(denied)}}));
    }
    schemas
}
