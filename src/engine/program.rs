//! Rules made ready: sorted by phase, transform and name, so that the order they were written in is gone.

use super::{Claim, Finding};
use crate::object::{embedded, split_api_version};
use crate::order;
use crate::rules::{Action, Rule, RuleSet};
use crate::selector::{KindPattern, NamespaceSelector};
use crate::transforms::{Asks, Phase, Transform};

/// Compiled rules. Cheap to share, never changed.
#[derive(Debug)]
pub struct Program {
    pub(super) rules: Vec<Rule>,
    pub(super) cluster_domain: String,
    /// The rules of each transform in the order of phases, by index.
    pub(super) groups: Vec<Group>,
    asks: Asks,
}

/// The rules of one transform in one phase.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) phase: Phase,
    pub(super) transform: &'static dyn Transform,
    pub(super) rules: Vec<usize>,
}

impl Program {
    /// Compiles a rule set; rules with `action: ignore` are gone.
    #[must_use]
    pub fn compile(set: RuleSet) -> Self {
        let program = Self::arrange(set);
        Self {
            asks: asks(&program.rules),
            ..program
        }
    }

    /// The same for rules that judge one object: nobody gathers what they might ask about beforehand.
    pub(crate) fn arrange(set: RuleSet) -> Self {
        let cluster_domain = set.cluster_domain().to_owned();
        let mut rules: Vec<Rule> = set
            .rules
            .into_iter()
            .filter(|rule| rule.action != Action::Ignore)
            .collect();
        order::sort_by(&mut rules, |left, right| {
            let (first, second) = (left.transform.meta(), right.transform.meta());
            (first.phase, first.id, &left.name).cmp(&(second.phase, second.id, &right.name))
        });
        let groups = group(&rules);
        Self {
            rules,
            cluster_domain,
            groups,
            asks: Asks::default(),
        }
    }

    /// The rules, by phase, transform and name.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether a document of this kind must be read. `false` is certain: no rule can touch it, it holds no other
    /// object, and the World does not need it.
    #[must_use]
    pub fn is_interested(&self, api_version: &str, kind: &str) -> bool {
        let (group, version) = split_api_version(api_version);
        embedded::may_hold_objects(api_version, kind)
            || self.rules.iter().any(|rule| {
                rule.matching
                    .kinds()
                    .iter()
                    .any(|pattern| pattern.matches(group, version, kind))
                    || rule.transform.observes(group, kind)
            })
            || self.feeds_world(group, kind)
    }

    /// Whether objects of this kind in the stream answer questions that these rules ask.
    #[must_use]
    pub fn feeds_world(&self, group: &str, kind: &str) -> bool {
        let asks = self.asks;
        let workload = || {
            matches!(group, "" | "apps" | "batch" | "argoproj.io") && kind != "Namespace" && kind != "Service"
        };
        asks.scopes && matches!(kind, "CustomResourceDefinition" | "CompositeResourceDefinition")
            || asks.namespaces && group.is_empty() && kind == "Namespace"
            || asks.services && (group.is_empty() && kind == "Service" || workload())
    }

    /// Which questions to the World the rules may ask.
    #[must_use]
    pub fn asks(&self) -> Asks {
        self.asks
    }

    /// Findings about claims of one document that cannot hold together, in the order of the claims. Asked of the
    /// transforms, so that a program without routes carries no search for them; a caller with many documents asks
    /// [`super::collisions`].
    #[must_use]
    pub fn collisions(&self, claims: &[Claim]) -> Vec<Finding> {
        let mut found = Vec::new();
        for group in &self.groups {
            if group.phase == group.transform.meta().phase {
                found.append(&mut group.transform.collisions(claims));
            }
        }
        found
    }

    /// A rule by the index that wishes know it by.
    pub(super) fn rule(&self, index: usize) -> Option<&Rule> {
        self.rules.get(index)
    }
}

fn asks(rules: &[Rule]) -> Asks {
    rules.iter().fold(Asks::default(), |all, rule| {
        let own = rule.transform.asks(&rule.settings);
        let selectors = || {
            let keys = std::iter::once(&rule.matching.keys).chain(&rule.matching.exclude);
            keys.map(|keys| &keys.namespaces)
        };
        // Custom kinds may be cluster-scoped, and then a namespace selector never matches (rules.md 1.11). A
        // transform's own kinds are known to be namespaced.
        let custom_kinds = rule.matching.kinds() != default_kinds(rule).as_slice();
        let selects_by_name = selectors().any(|selector| !selector.is_empty());
        Asks {
            scopes: all.scopes || own.scopes || custom_kinds && selects_by_name,
            namespaces: all.namespaces
                || own.namespaces
                || selectors().any(NamespaceSelector::asks_namespace),
            services: all.services || own.services,
        }
    })
}

fn group(rules: &[Rule]) -> Vec<Group> {
    let (mut groups, mut guards) = (Vec::new(), Vec::new());
    for (index, rule) in rules.iter().enumerate() {
        join(&mut groups, rule, index, rule.transform.meta().phase);
        if rule.transform.checks() {
            join(&mut guards, rule, index, Phase::Guard);
        }
    }
    groups.append(&mut guards);
    groups
}

/// Adds a rule to the last group, if that is of its transform, or to a new one.
fn join(groups: &mut Vec<Group>, rule: &Rule, index: usize, phase: Phase) {
    match groups.last_mut() {
        Some(last) if last.transform.meta().id == rule.transform.meta().id => last.rules.push(index),
        _ => groups.push(Group {
            phase,
            transform: rule.transform,
            rules: vec![index],
        }),
    }
}

fn default_kinds(rule: &Rule) -> Vec<KindPattern> {
    rule.transform
        .meta()
        .kinds
        .iter()
        .filter_map(|kind| KindPattern::parse(kind).ok())
        .collect()
}
