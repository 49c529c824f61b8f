//! Templates of Backstage: what a form fixes is judged by the rules before anybody fills it in.
//!
//! A `Template` (group `scaffolder.backstage.io`) makes orders. Much in it is left open, `${{ ... }}`, and nothing is said
//! about that. What it fixes, every order of it will have: the namespaces that a parameter offers or prefills for TeraSky's
//! `terasky:claim-template`, and the manifests in the input of a step, as mappings or as text.

mod order;

use boltrope_yaml::Limits;
use serde_json::Value;

use self::order::{Judged, Order, Pointers};
use super::File;
use super::documents::{Found, Said, find};
use crate::engine::{Finding, Program, Request, World};
use crate::object::{Object, pointer};
use crate::render::Located;

/// What the templates of a tree fix against the rules; `namespace` is that of objects that name none.
#[must_use]
pub fn check(
    files: &[File<'_>],
    program: &Program,
    world: &dyn World,
    namespace: Option<&str>,
    limits: &Limits,
) -> Vec<Located> {
    let mut all = Vec::new();
    for found in find(files, limits, &is_template) {
        for (at, template) in found.objects(&is_template) {
            for order in order::orders(template.value(), limits) {
                let request = Request {
                    namespace,
                    ..Request::render(&order.value)
                };
                let findings = program.evaluate(&request, world).findings;
                let told = findings
                    .iter()
                    .filter_map(|finding| tell(&found, template, &at, &order, finding));
                for located in told {
                    if !all.contains(&located) {
                        all.push(located);
                    }
                }
            }
        }
    }
    all
}

fn is_template(group: &str, kind: &str) -> bool {
    group == "scaffolder.backstage.io" && kind == "Template"
}

/// A finding about an order as one about the template, if it is about something that the template fixes.
fn tell(
    found: &Found<'_>,
    template: Object<'_>,
    at: &str,
    order: &Order,
    finding: &Finding,
) -> Option<Located> {
    // What depends on answers of a cluster is known when the order is made.
    if finding.code.starts_with("engine/") {
        return None;
    }
    let is_related = |known: &String| {
        known == &finding.pointer
            || pointer::is_inside(known, &finding.pointer)
            || pointer::is_inside(&finding.pointer, known)
    };
    let is_judged = match &order.judged {
        Judged::Only(known) => known == &finding.pointer,
        Judged::AllBut(open) => !open.iter().any(is_related),
    };
    let pointer = match &order.pointers {
        Pointers::Below(base) => format!("{at}{base}{}", finding.pointer),
        Pointers::At(place) => format!("{at}{place}"),
    };
    let kind = order
        .value
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let said = Said {
        code: &finding.code,
        severity: finding.severity,
        rule: &finding.rule,
        pointer,
        message: format!("step `{}` makes a `{kind}`: {}", order.step, finding.message),
        remedy: finding.remedy.clone(),
    };
    is_judged.then(|| found.finding(template, said))
}

#[cfg(test)]
mod tests;
