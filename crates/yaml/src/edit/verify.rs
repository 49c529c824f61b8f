//! Is the edited text what was asked for?

use serde_json::{Number, Value};

use super::plan::{Plan, split_at_length};

/// Is `new` what the plan makes of `old`? The same as applying it to a copy and comparing, without the copy.
pub(super) fn gives(plan: &Plan<'_>, old: &Value, new: &Value) -> bool {
    match (plan, old, new) {
        (Plan::Set { value, .. }, _, new) => is_same(value, new),
        (Plan::Entries(entries), Value::Object(old), Value::Object(new)) => {
            let planned = |name: &str| {
                entries
                    .iter()
                    .find(|(other, _)| other == name)
                    .map(|(_, plan)| plan)
            };
            let kept = old
                .iter()
                .all(|(name, old)| match (planned(name), new.get(name)) {
                    (None, Some(new)) => is_same(old, new),
                    (Some(Plan::Remove { .. }), None) => true,
                    (Some(plan), Some(new)) => gives(plan, old, new),
                    (_, None) => false,
                });
            let added = entries.iter().filter(|(name, _)| !old.contains_key(name));
            let removed = entries
                .iter()
                .filter(|(_, plan)| matches!(plan, Plan::Remove { .. }))
                .count();
            let fresh = |(name, plan): &(String, Plan<'_>)| {
                new.get(name).is_some_and(|new| gives(plan, &Value::Null, new))
            };
            let length = old.len() + added.clone().count() - removed;
            kept && length == new.len() && added.into_iter().all(fresh)
        }
        (Plan::Items { changed, appended }, Value::Array(old), Value::Array(new)) => {
            let mut rest = new.iter();
            let (mut planned, added) = split_at_length(changed, old.len());
            let mut plan_of = |item: usize| {
                let ((at, plan), others) = planned.split_first()?;
                (*at == item).then(|| {
                    planned = others;
                    plan
                })
            };
            let kept = old.iter().enumerate().all(|(at, old)| match plan_of(at) {
                Some(Plan::Remove { .. }) => true,
                Some(plan) => rest.next().is_some_and(|new| gives(plan, old, new)),
                None => rest.next().is_some_and(|new| is_same(old, new)),
            });
            let mut added = added.iter().map(|(_, plan)| plan).chain(appended);
            kept && added.all(|plan| rest.next().is_some_and(|new| gives(plan, &Value::Null, new)))
                && rest.next().is_none()
        }
        (plan, _, new) => is_same(&plan.fresh(), new),
    }
}

/// Equal as Kubernetes reads them: numbers by value, mappings whatever their order.
pub(crate) fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => is_same_number(left, right),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(name, left)| right.get(name).is_some_and(|right| is_same(left, right)))
        }
        (left, right) => left == right,
    }
}

/// Integers exactly; a float and an integer if the float is that integer.
fn is_same_number(left: &Number, right: &Number) -> bool {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => left == right,
        _ => left.as_f64() == right.as_f64(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_compared_by_value() {
        assert!(is_same(&json!(1.0), &json!(1)));
        assert!(is_same(&json!({"a": 1, "b": [2]}), &json!({"b": [2.0], "a": 1})));
        assert!(!is_same(
            &json!(9_007_199_254_740_993_i64),
            &json!(9_007_199_254_740_992_i64)
        ));
        assert!(!is_same(&json!("1"), &json!(1)));
        assert!(!is_same(&json!({"a": null}), &json!({})));
    }
}
