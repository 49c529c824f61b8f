//! Kubernetes label selectors, with the meaning apimachinery gives them.

use serde_json::{Map, Value};

use crate::rules::{Keyed, Mistake, Mistakes, record, words};

/// A label selector as written: `matchLabels` and `matchExpressions`, all of which must hold.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawLabelSelector {
    /// Labels that must have exactly these values.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub match_labels: Keyed<String>,
    /// Conditions on labels.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub match_expressions: Vec<RawRequirement>,
}

record!(
    RawLabelSelector,
    required {},
    optional { "matchLabels" => match_labels, "matchExpressions" => match_expressions }
);

/// One condition of a label selector.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawRequirement {
    /// The label's key.
    pub key: String,
    /// How the value is compared.
    pub operator: Operator,
    /// Values for `In` and `NotIn`; none for the others.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub values: Vec<String>,
}

record!(RawRequirement, required { "key" => key, "operator" => operator }, optional { "values" => values });

/// Operators of a label selector's conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Operator {
    /// The label is there with one of the values.
    In,
    /// The label is absent, or has none of the values.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is absent.
    DoesNotExist,
}

words!(Operator { "In" => In, "NotIn" => NotIn, "Exists" => Exists, "DoesNotExist" => DoesNotExist });

/// A label selector that can be asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelSelector {
    raw: RawLabelSelector,
}

impl LabelSelector {
    /// Checks what serde cannot: values where the operator wants them and only there.
    pub(crate) fn validate(raw: RawLabelSelector, pointer: &str, mistakes: &mut Mistakes) -> Self {
        for (index, requirement) in raw.match_expressions.iter().enumerate() {
            let wants_values = matches!(requirement.operator, Operator::In | Operator::NotIn);
            if wants_values == requirement.values.is_empty() {
                let (message, remedy) = if wants_values {
                    (
                        "this operator needs values",
                        "list at least one value under `values`",
                    )
                } else {
                    ("this operator takes no values", "remove `values`")
                };
                let at = format!("{pointer}/matchExpressions/{index}/values");
                mistakes.push(Mistake::new(at, message, remedy));
            }
        }
        Self { raw }
    }

    /// Whether the selector selects nothing in particular, so that everything matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.raw.match_labels.0.is_empty() && self.raw.match_expressions.is_empty()
    }

    /// Adds the label keys that the selector looks at.
    pub(super) fn add_keys<'s>(&'s self, keys: &mut Vec<&'s str>) {
        for (key, _) in &self.raw.match_labels.0 {
            keys.push(key);
        }
        for requirement in &self.raw.match_expressions {
            keys.push(&requirement.key);
        }
    }

    /// Whether labels satisfy every part of the selector.
    #[must_use]
    pub fn matches(&self, labels: Option<&Map<String, Value>>) -> bool {
        let label = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
        self.raw
            .match_labels
            .0
            .iter()
            .all(|(key, value)| label(key) == Some(value))
            && self.raw.match_expressions.iter().all(|requirement| {
                let found = label(&requirement.key);
                let listed = found.is_some_and(|found| requirement.values.iter().any(|value| value == found));
                match requirement.operator {
                    Operator::In => listed,
                    Operator::NotIn => !listed,
                    Operator::Exists => found.is_some(),
                    Operator::DoesNotExist => found.is_none(),
                }
            })
    }
}
