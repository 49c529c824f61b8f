//! What is wrong with rules taken together (rules.md 1.4, 2.3): found when they are loaded, not when they meet.

use super::{Action, Mistake, Mistakes, Rule, RuleSet};
use crate::object::compact;
use crate::object::pointer::push;

/// Looks through all pairs of rules of all documents. Pushes mistakes and returns, for each one pushed, the
/// index of the document it is in.
pub(super) fn find(sets: &[&RuleSet], mistakes: &mut Mistakes) -> Vec<usize> {
    let mut origins = Vec::new();
    let mut report = |set: usize, mistake: Mistake| {
        origins.push(set);
        mistakes.push(mistake);
    };
    different_spec(sets, &mut report);
    let rules: Vec<(usize, &Rule)> = sets
        .iter()
        .enumerate()
        .flat_map(|(set, rules)| rules.rules.iter().map(move |rule| (set, rule)))
        .collect();
    for (position, (set, rule)) in rules.iter().enumerate() {
        for (_, earlier) in rules.iter().take(position) {
            if let Some(mistake) = duplicate_name(earlier, rule).or_else(|| different_literal(earlier, rule))
            {
                report(*set, mistake);
            }
        }
        for (_, other) in &rules {
            if let Some(mistake) = label_written_later(rule, other) {
                report(*set, mistake);
            }
        }
    }
    origins
}

/// The same for one rule alone, which can be in conflict only with itself.
pub(super) fn find_in(rule: &Rule, mistakes: &mut Mistakes) {
    if let Some(mistake) = label_written_later(rule, rule) {
        mistakes.push(mistake);
    }
}

/// A key that each document may set, by its name in `spec`.
type SpecKey = (&'static str, fn(&RuleSet) -> Option<&String>);

fn different_spec(sets: &[&RuleSet], report: &mut impl FnMut(usize, Mistake)) {
    let keys: [SpecKey; 2] = [
        ("clusterDomain", |set| set.cluster_domain.as_ref()),
        ("minimumVersion", |set| set.minimum_version.as_ref()),
    ];
    for (key, get) in keys {
        let mut first: Option<&String> = None;
        for (index, set) in sets.iter().enumerate() {
            let Some(value) = get(set) else { continue };
            let known = *first.get_or_insert(value);
            if known != value {
                let message = format!("`{key}` is `{value}` here and `{known}` in an earlier rules file");
                report(
                    index,
                    Mistake::new(format!("/spec/{key}"), message, "keep one value"),
                );
            }
        }
    }
}

fn duplicate_name(earlier: &Rule, rule: &Rule) -> Option<Mistake> {
    (earlier.name == rule.name).then(|| {
        let message = format!("the name `{}` is taken by an earlier rule", rule.name);
        Mistake::new(
            format!("{}/name", rule.pointer),
            message,
            "give each rule a name of its own",
        )
    })
}

/// Two rules with equal `match` that want different literal values at one place.
fn different_literal(earlier: &Rule, rule: &Rule) -> Option<Mistake> {
    let ignored = [earlier, rule].iter().any(|rule| rule.action == Action::Ignore);
    if ignored || earlier.transform.meta().id != rule.transform.meta().id || earlier.matching != rule.matching
    {
        return None;
    }
    let theirs = earlier.transform.writes(&earlier.settings);
    rule.transform
        .writes(&rule.settings)
        .into_iter()
        .find_map(|write| {
            let other = theirs.iter().find(|other| other.pointer == write.pointer)?;
            let (mine, their) = (write.literal.as_ref()?, other.literal.as_ref()?);
            (mine != their).then(|| {
                let (mine, their) = (compact(mine), compact(their));
                let message = format!(
                    "conflict: rule `{}` wants {mine} at `{}`, rule `{}` with the same `match` wants {their}",
                    rule.name, write.pointer, earlier.name
                );
                let at = format!("{}/{}", rule.pointer, rule.transform.meta().id);
                Mistake::new(
                    at,
                    message,
                    "keep one of them, or give the rules different `match` keys",
                )
            })
        })
}

/// A rule that selects by a label which a rule of its own or a later phase may write: whether it applies would
/// depend on whether it has run.
fn label_written_later(rule: &Rule, writer: &Rule) -> Option<Mistake> {
    if writer.transform.meta().phase < rule.transform.meta().phase {
        return None;
    }
    let keys = rule.matching.label_keys();
    if keys.is_empty() {
        return None;
    }
    let writes = writer.transform.writes(&writer.settings);
    let key = keys.iter().find(|key| {
        let pointer = push("/metadata/labels", key);
        writes.iter().any(|write| write.pointer == pointer)
    })?;
    let message = format!(
        "conflict: rule `{}` selects by the label `{key}`, which rule `{}` writes",
        rule.name, writer.name
    );
    Some(Mistake::new(
        format!("{}/match/labels", rule.pointer),
        message,
        "select by something that no rule writes",
    ))
}
