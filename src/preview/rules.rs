//! The `preview` rules of a rules file, ready to plan with.

use std::collections::BTreeSet;

use super::kind::Kind;
use crate::rules::{Action, RuleSet};
use crate::transforms::preview::PreviewSettings;

/// The `preview` rules of a [`RuleSet`], by name.
#[derive(Debug)]
pub struct Rules {
    pub(super) cluster_domain: String,
    pub(super) rules: Vec<PreviewRule>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct PreviewRule {
    pub(super) name: String,
    /// `action: ignore`: what is there stays as it is.
    pub(super) is_paused: bool,
    pub(super) settings: PreviewSettings,
}

impl Rules {
    /// Takes the `preview` rules; every other rule is left to those whom it concerns.
    #[must_use]
    pub fn of(set: &RuleSet) -> Self {
        let mut rules: Vec<PreviewRule> = set
            .rules
            .iter()
            .filter_map(|rule| {
                Some(PreviewRule {
                    name: rule.name.clone(),
                    is_paused: rule.action == Action::Ignore,
                    settings: rule.settings.get::<PreviewSettings>()?.clone(),
                })
            })
            .collect();
        rules.sort_by(|left, right| left.name.cmp(&right.name));
        Self {
            cluster_domain: set.cluster_domain().to_owned(),
            rules,
        }
    }

    /// Whether there is no such rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The base namespaces: there, bodies are needed.
    #[must_use]
    pub fn sources(&self) -> BTreeSet<&str> {
        self.rules
            .iter()
            .map(|rule| rule.settings.source.as_str())
            .collect()
    }

    /// The kinds that a plan for these rules needs to know, besides container ports of headless sources.
    #[must_use]
    pub fn needs(&self) -> BTreeSet<Kind> {
        let mut needs = BTreeSet::from([
            Kind::Namespace,
            Kind::Service,
            Kind::HelmRelease,
            Kind::Kustomization,
        ]);
        if self.rules.iter().any(|rule| rule.settings.routes.is_some()) {
            needs.extend(Kind::ROUTES);
            needs.extend([
                Kind::OtherRoute,
                Kind::IngressClass,
                Kind::Gateway,
                Kind::GatewayClass,
            ]);
        }
        if self.rules.iter().any(|rule| rule.settings.gateway_grant) {
            needs.insert(Kind::ReferenceGrant);
        }
        needs
    }
}
