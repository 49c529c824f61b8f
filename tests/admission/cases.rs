//! What holds for the answer to every case: promises about patches.

use boltrope::admission::{Policy, Response, recorded};
use boltrope::cases::{Case, documents};
use boltrope::engine::Stage;
use boltrope::transforms::TRANSFORMS;
use serde_json::{Value, json};

use crate::{folders, root};

/// A case as a request: its rules as settings, its object and what is known besides.
pub(crate) struct Asked {
    pub(crate) case: Case,
    pub(crate) settings: Value,
    pub(crate) object: Value,
}

impl Asked {
    /// The case, if it is about one object and rules that load.
    fn of(case: Case) -> Option<Self> {
        case.program(&[]).expect("our cases have rules").ok()?;
        let rules = documents(&case.name, case.rules.as_deref()?).ok()?;
        Some(Self {
            settings: rules.first()?.get("spec")?.clone(),
            object: case.object()?.clone(),
            case,
        })
    }

    fn namespace(&self) -> Option<&str> {
        let own = || self.object.pointer("/metadata/namespace")?.as_str();
        self.case.request.namespace.as_deref().or_else(own)
    }

    fn answer(&self, operation: &str, object: &Value, old: Option<&Value>) -> Response {
        self.ask(
            Policy::of_rules(TRANSFORMS),
            &self.settings,
            operation,
            object,
            old,
        )
    }

    /// What a policy with these settings answers to the case's request.
    pub(crate) fn ask(
        &self,
        policy: Policy,
        settings: &Value,
        operation: &str,
        object: &Value,
        old: Option<&Value>,
    ) -> Response {
        let payload = json!({"settings": settings, "request": {
            "operation": operation,
            "namespace": self.namespace(),
            "userInfo": {"username": self.case.request.user},
            "object": object,
            "oldObject": old,
        }});
        let world = self.case.world(Stage::Admission);
        let host = |question: &[u8]| recorded(&world, question);
        let payload = serde_json::to_vec(&payload).expect("JSON");
        policy.validate(&payload, &host)
    }

    fn answers(&self) -> [Response; 3] {
        [
            self.answer("CREATE", &self.object, None),
            self.answer("UPDATE", &self.object, Some(&self.object)),
            self.answer("UPDATE", &self.object, self.case.request.old.as_ref()),
        ]
    }
}

pub(crate) fn asked() -> Vec<Asked> {
    folders::all(root()).into_iter().filter_map(Asked::of).collect()
}

#[test]
fn the_namespace_is_never_in_a_patch() {
    let at = "/metadata/namespace";
    let mut changed = 0;
    for asked in asked() {
        for object in asked
            .answers()
            .into_iter()
            .filter_map(|answer| answer.mutated_object)
        {
            assert_eq!(
                object.pointer(at),
                asked.object.pointer(at),
                "{}",
                asked.case.name
            );
            assert_ne!(object, asked.object, "{}", asked.case.name);
            changed += 1;
        }
    }
    assert!(changed > 200, "only {changed} answers change something");
}

#[test]
fn an_update_of_what_was_changed_before_is_never_changed_again() {
    let mut updated = 0;
    for asked in asked() {
        for object in asked
            .answers()
            .into_iter()
            .filter_map(|answer| answer.mutated_object)
        {
            let again = asked.answer("UPDATE", &object, Some(&object));
            assert!(again.accepted, "{}: {again:?}", asked.case.name);
            assert_eq!(again.mutated_object, None, "{}", asked.case.name);
            updated += 1;
        }
    }
    assert!(updated > 200, "only {updated} objects were updated");
}

#[test]
fn a_refusal_has_no_patch_and_a_reason_and_a_pass_has_none() {
    for asked in asked() {
        for answer in asked.answers() {
            let name = &asked.case.name;
            assert_eq!(answer.message.is_none(), answer.accepted, "{name}: {answer:?}");
            assert_eq!(answer.code.is_none(), answer.accepted, "{name}: {answer:?}");
            assert!(answer.accepted || answer.mutated_object.is_none(), "{name}");
        }
    }
}
