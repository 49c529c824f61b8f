//! One rule's word on the labels and annotations of one object: what is there, what may be, what is to be written.

use serde_json::Value;

use super::settings::{Requirement, Requirements};
use crate::engine::{Context, Wishes};
use crate::object::{Object, compact, pointer};
use crate::transforms::Active;

/// How much of a value a finding quotes.
const QUOTED: usize = 100;

/// What rules write into the object itself, by pointer.
pub(super) type Filled = Vec<(String, String)>;

/// What stands where a label or annotation belongs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Found<'a> {
    /// Nothing, or null.
    Nothing,
    /// Text. The empty text is a value.
    Text(&'a str),
    /// Something that no label or annotation can be.
    Other,
}

/// A rule, an object, and the Namespace that values may come from.
pub(super) struct Judge<'r, 'a> {
    pub(super) active: &'r Active<'a>,
    pub(super) requirements: &'r Requirements,
    context: &'r Context<'r>,
    namespace: Option<Value>,
}

impl<'r, 'a> Judge<'r, 'a> {
    pub(super) fn new(
        active: &'r Active<'a>,
        requirements: &'r Requirements,
        context: &'r Context<'r>,
        namespace: Option<Value>,
    ) -> Self {
        Self {
            active,
            requirements,
            context,
            namespace,
        }
    }

    /// What the object, or its pod template at `place`, has.
    pub(super) fn find(&self, requirement: &Requirement, place: &str) -> Found<'r> {
        let found = pointer::get(self.context.object.value(), place)
            .and_then(|object| pointer::get(object, requirement.field.place()))
            .and_then(|map| pointer::child(map, &requirement.key));
        match found {
            None | Some(Value::Null) => Found::Nothing,
            Some(Value::String(text)) => Found::Text(text),
            Some(_) => Found::Other,
        }
    }

    /// The value to write where there is none: from the Namespace, else the default.
    pub(super) fn fill(&self, requirement: &Requirement) -> Option<String> {
        match self.inherited(requirement) {
            Some(value) => self.allows(requirement, value).then(|| value.to_owned()),
            None => requirement.default.clone(),
        }
    }

    /// Whether a value may stand there.
    pub(super) fn allows(&self, requirement: &Requirement, value: &str) -> bool {
        let is_inherited = self
            .inherited(requirement)
            .is_none_or(|inherited| inherited == value);
        is_inherited && requirement.check_syntax(value).is_ok() && requirement.check_allowed(value).is_ok()
    }

    /// Reports what is wrong with the object itself.
    pub(super) fn check(&self, requirement: &Requirement, place: &str, wishes: &mut Wishes) {
        if self.find(requirement, place) != Found::Nothing {
            self.check_existing(requirement, place, wishes);
            return;
        }
        let at = || requirement.pointer(place);
        let name = requirement.field.name();
        let key = &requirement.key;
        if let Some(value) = self.inherited(requirement)
            && let Err(why) = requirement.check_allowed(value)
        {
            let namespace = self.namespace_name();
            let message = if self.is_secret() {
                format!("{name} `{key}` of Namespace `{namespace}` is not allowed here: {why}.")
            } else {
                format!(
                    "{name} `{key}` of Namespace `{namespace}` is {}, but {why}.",
                    quote(value)
                )
            };
            let remedy = format!("Correct the {name} of the Namespace.");
            wishes.violation(self.active, "not-allowed", at(), message, remedy);
        } else if requirement.required && self.fill(requirement).is_none() {
            let message = format!("{name} `{key}` is missing.");
            wishes.violation(self.active, "missing", at(), message, requirement.advice(place));
        }
    }

    /// Reports what is wrong with a value that is there.
    pub(super) fn check_existing(&self, requirement: &Requirement, place: &str, wishes: &mut Wishes) {
        let what = || format!("{} `{}`", requirement.field.name(), requirement.key);
        let (code, message, remedy) = match self.find(requirement, place) {
            Found::Nothing => return,
            Found::Other => (
                "bad-value",
                format!("{} is not text.", what()),
                requirement.advice(place),
            ),
            Found::Text(value) => {
                let Some((code, why, remedy)) = self.object_to(requirement, place, value) else {
                    return;
                };
                let message = if self.is_secret() {
                    format!("{} has a value that is not allowed: {why}.", what())
                } else {
                    format!("{} is {}, but {why}.", what(), quote(value))
                };
                (code, message, remedy)
            }
        };
        wishes.violation(self.active, code, requirement.pointer(place), message, remedy);
    }

    /// What is wrong with a value: the finding's code, the reason, the remedy.
    fn object_to(
        &self,
        requirement: &Requirement,
        place: &str,
        value: &str,
    ) -> Option<(&'static str, String, String)> {
        let advice = || requirement.advice(place);
        if let Err(why) = requirement.check_syntax(value) {
            return Some(("bad-value", why, advice()));
        }
        let namespace = self.namespace_name();
        match self.inherited(requirement) {
            Some(inherited) if inherited != value && self.is_secret() => {
                let remedy = "Remove it, and the value of the Namespace is written.";
                let why = format!("Namespace `{namespace}` has another one");
                Some(("not-allowed", why, remedy.to_owned()))
            }
            Some(inherited) if inherited != value => {
                let why = format!("Namespace `{namespace}` has {}", quote(inherited));
                Some(("not-allowed", why, self.write(requirement, place, inherited)))
            }
            _ => {
                let why = requirement.check_allowed(value).err()?;
                Some(("not-allowed", why, advice()))
            }
        }
    }

    /// The remedy that says which value to write.
    pub(super) fn write(&self, requirement: &Requirement, place: &str, value: &str) -> String {
        let entry = format!("{}: {}", requirement.key, compact(&Value::from(value)));
        format!("Write `{entry}` under `{}`.", requirement.parent(place))
    }

    fn inherited(&self, requirement: &Requirement) -> Option<&str> {
        if !requirement.from_namespace {
            return None;
        }
        match self.namespace.as_ref()?.pointer(&requirement.pointer("")) {
            Some(Value::String(value)) => Some(value),
            _ => None,
        }
    }

    fn namespace_name(&self) -> &str {
        let named = self.namespace.as_ref().map(Object::new);
        named.and_then(Object::name).unwrap_or_default()
    }

    fn is_secret(&self) -> bool {
        self.context.object.kind() == "Secret"
    }
}

/// A value as a finding shows it: on one line, and not the whole of a long one.
fn quote(value: &str) -> String {
    let line = value.chars().map(|c| if c.is_control() { ' ' } else { c });
    let shown: String = line.take(QUOTED).collect();
    let rest = if value.chars().count() > QUOTED { "…" } else { "" };
    format!("`{shown}{rest}`")
}
