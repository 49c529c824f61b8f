//! The cluster behind host calls: one Namespace or one Service at a time, and only when a rule asks.
//!
//! Never a list: every distinct one keeps a watch and a copy of all its objects in the policy server for good.

use std::cell::RefCell;
use std::fmt;

use super::put;
use crate::engine::world::{Answer, ContainerPort, ScopeSource, World};
use crate::object::excerpt::{self, Part};
use serde_json::{Map, Value};

/// The host call `kubernetes/get_resource`: a request as JSON to the object as JSON, or the host's words.
pub type GetResource<'a> = &'a dyn Fn(&[u8]) -> Result<Vec<u8>, String>;

/// Kind, namespace, name.
type Key = (&'static str, String, String);

/// The longest part of a host's error that is passed on.
const MAX_REASON: usize = 200;

/// A [`World`] that asks the policy server, once for each object.
pub struct HostWorld<'a> {
    get_resource: GetResource<'a>,
    known: RefCell<Vec<(Key, Answer<Value>)>>,
}

impl fmt::Debug for HostWorld<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HostWorld").finish_non_exhaustive()
    }
}

/// The host's `GetResourceRequest`. It keeps answers for five seconds, which `disable_cache` would forgo.
struct Question<'a> {
    api_version: &'a str,
    kind: &'a str,
    name: &'a str,
    namespace: Option<&'a str>,
    field_masks: &'a [&'a str],
}

impl<'a> HostWorld<'a> {
    /// The cluster as the host tells of it.
    #[must_use]
    pub fn new(get_resource: GetResource<'a>) -> Self {
        Self {
            get_resource,
            known: RefCell::default(),
        }
    }

    fn ask(&self, kind: &'static str, namespace: Option<&str>, name: &str, fields: &[&str]) -> Answer<Value> {
        let key = (kind, namespace.unwrap_or_default().to_owned(), name.to_owned());
        if let Some((_, known)) = self.known.borrow().iter().find(|(asked, _)| *asked == key) {
            return known.clone();
        }
        let answer = self.call(&Question {
            api_version: "v1",
            kind,
            name,
            namespace,
            field_masks: fields,
        });
        self.known.borrow_mut().push((key, answer.clone()));
        answer
    }

    fn call(&self, question: &Question<'_>) -> Answer<Value> {
        let failed = |words: &str| {
            let plain = |character: char| if character.is_control() { ' ' } else { character };
            let words: String = words.chars().map(plain).take(MAX_REASON).collect();
            Answer::Unavailable(format!("the host call `kubernetes/get_resource` failed: {words}"))
        };
        let mut entries = Map::new();
        put(&mut entries, "api_version", question.api_version.into());
        put(&mut entries, "kind", question.kind.into());
        put(&mut entries, "name", question.name.into());
        put(&mut entries, "namespace", question.namespace.into());
        put(&mut entries, "disable_cache", false.into());
        put(&mut entries, "field_masks", question.field_masks.into());
        let request = Value::Object(entries);
        let answer = match serde_json::to_vec(&request) {
            Ok(request) => (self.get_resource)(&request),
            Err(_) => Err("the question cannot be written".to_owned()),
        };
        match answer {
            Ok(object) => excerpt::read(&object, Part::Whole)
                .map_or_else(|_| failed("the answer is not JSON"), Answer::Known),
            Err(words) if is_not_found(&words, question) => Answer::Absent,
            Err(words) => failed(&words),
        }
    }
}

/// Policy servers report an object that does not exist as an error in these words
/// (adm-controller, `policy-evaluator/src/callback_handler/kubernetes/client.rs`, `get_resource`). Any other failure
/// proves nothing about the object.
fn is_not_found(words: &str, question: &Question<'_>) -> bool {
    let Question {
        api_version,
        kind,
        name,
        ..
    } = question;
    let not_found = format!("Cannot find {api_version}/{kind} named '{name}' inside of namespace");
    // `contains` would bring std's searcher for long texts along, 2 kB for a question asked of one line.
    let mut places = words.as_bytes().windows(not_found.len());
    places.any(|place| place == not_found.as_bytes())
}

impl World for HostWorld<'_> {
    fn namespace(&self, name: &str) -> Answer<Value> {
        // A Namespace that is gone has no labels that could be compared: the rule cannot decide.
        match self.ask(
            "Namespace",
            None,
            name,
            &["metadata.labels", "metadata.annotations"],
        ) {
            Answer::Absent => Answer::Unavailable(format!("there is no Namespace `{name}`")),
            answer => answer,
        }
    }

    fn scope(&self, _: &str, _: &str) -> Answer<Vec<ScopeSource>> {
        Answer::Unavailable("at admission the request says whether a kind is namespaced".to_owned())
    }

    fn service(&self, namespace: &str, name: &str) -> Answer<Value> {
        self.ask("Service", Some(namespace), name, &["spec"])
    }

    fn container_ports(&self, _: &str, _: &str) -> Answer<Vec<ContainerPort>> {
        Answer::Unavailable("container ports are not looked up at admission".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_asked_for_once_and_only_in_part() {
        let calls = Cell::new(0);
        let host = |request: &[u8]| {
            calls.set(calls.get() + 1);
            let request: Value = serde_json::from_slice(request).unwrap();
            let expected = json!({
                "api_version": "v1", "kind": "Service", "name": "web", "namespace": "base",
                "disable_cache": false, "field_masks": ["spec"],
            });
            assert_eq!(request, expected);
            Ok(br#"{"kind": "Service"}"#.to_vec())
        };
        let world = HostWorld::new(&host);
        for _ in 0..3 {
            assert_eq!(
                world.service("base", "web"),
                Answer::Known(json!({"kind": "Service"}))
            );
        }
        assert_eq!(calls.get(), 1);
    }

    #[test]
    fn only_the_hosts_own_words_for_not_found_mean_absent() {
        for (words, absent) in [
            (
                "Host error: Cannot find v1/Service named 'web' inside of namespace 'Some(\"base\")'",
                true,
            ),
            (
                "Cannot find v1/Service named 'api' inside of namespace 'Some(\"base\")'",
                false,
            ),
            ("Cannot find resource v1/Service", false),
            ("ApiError: services \"web\" is forbidden: not found", false),
            ("", false),
        ] {
            let host = |_: &[u8]| Err(words.to_owned());
            let answer = HostWorld::new(&host).service("base", "web");
            assert_eq!(answer == Answer::Absent, absent, "{words}: {answer:?}");
        }
    }

    #[test]
    fn a_failure_names_the_call_on_one_line() {
        let host = |_: &[u8]| Err(format!("connection\nrefused {}", "x".repeat(1000)));
        let Answer::Unavailable(reason) = HostWorld::new(&host).namespace("shop") else {
            panic!("no answer expected")
        };
        assert!(reason.starts_with("the host call `kubernetes/get_resource` failed: connection refused"));
        assert!(reason.len() < 300);
        let host = |_: &[u8]| Ok(b"{".to_vec());
        assert!(matches!(
            HostWorld::new(&host).namespace("shop"),
            Answer::Unavailable(_)
        ));
    }
}
