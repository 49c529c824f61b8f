//! Which objects of the base a rule shares, and with whom (consent, opt-out, `preview-to`).

use super::kind::Kind;
use super::marks::{self, PREVIEW, PREVIEW_SOURCE, PREVIEW_TO};
use super::rules::PreviewRule;
use super::snapshot::{Snapshot, Stored};
use crate::object::Object;
use crate::selector::Glob;
use crate::transforms::preview::Consent;

/// An object of the base that previews get.
#[derive(Clone, Debug)]
pub(super) struct Source<'a> {
    pub(super) kind: Kind,
    pub(super) name: &'a str,
    pub(super) stored: &'a Stored,
    /// Its own narrower choice of namespaces.
    to: Option<Vec<Glob>>,
}

/// Why an object of the base is not shared: a code and a sentence.
pub(super) type Refusal = (&'static str, String);

/// Whether there is consent for a rule as a whole.
///
/// # Errors
/// The source has to agree and does not.
pub(super) fn consent(rule: &PreviewRule, snapshot: &Snapshot) -> Result<(), Refusal> {
    let source = &rule.settings.source;
    let namespace = snapshot.get(Kind::Namespace, "", source).map(Stored::object);
    if rule.settings.consent == Consent::Namespace
        && namespace.and_then(|namespace| namespace.label(PREVIEW_SOURCE)) != Some("true")
    {
        let reason = format!(
            "Namespace `{source}` has no label `{PREVIEW_SOURCE}: \"true\"`; set it, or write `consent`"
        );
        return Err(("no-consent", reason));
    }
    if namespace.is_some_and(marks::is_off) {
        return Err(("off", format!("Namespace `{source}` says `{PREVIEW}: \"off\"`")));
    }
    Ok(())
}

/// Whether an object of the base is shared.
///
/// # Errors
/// Why not.
pub(super) fn share<'a>(
    rule: &PreviewRule,
    (kind, name, stored): (Kind, &'a str, &'a Stored),
) -> Result<Source<'a>, Refusal> {
    let object = stored.object();
    let settings = &rule.settings;
    let is_listed = match (&settings.routes, kind) {
        (_, Kind::Service) => settings.services.exports(name),
        (Some(routes), _) => {
            let any = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(name));
            routes.include.as_deref().is_none_or(any) && !any(&routes.exclude)
        }
        (None, _) => false,
    };
    if kind == Kind::OtherRoute {
        return Err(("kind", "objects of this kind are not copied".to_owned()));
    }
    if !is_listed {
        let key = if kind == Kind::Service {
            "services"
        } else {
            "routes"
        };
        return Err(("excluded", format!("`{key}` of the rule leaves it out")));
    }
    if marks::is_mirror(object) {
        return Err((
            "mirror",
            "it is a copy itself, and nobody copies a copy".to_owned(),
        ));
    }
    if marks::is_off(object) {
        return Err(("off", format!("it says `{PREVIEW}: \"off\"`")));
    }
    if settings.consent == Consent::Object && object.annotation(PREVIEW) != Some("on") {
        return Err(("no-consent", format!("it has no annotation `{PREVIEW}: \"on\"`")));
    }
    let globs = |text: &str| marks::parts(text).map(Glob::new).collect();
    Ok(Source {
        kind,
        name,
        stored,
        to: object.annotation(PREVIEW_TO).map(globs),
    })
}

impl Source<'_> {
    pub(super) fn object(&self) -> Object<'_> {
        self.stored.object()
    }

    /// Whether the object itself lets a namespace have it.
    pub(super) fn goes_to(&self, namespace: &str) -> bool {
        self.to
            .as_ref()
            .is_none_or(|globs| globs.iter().any(|glob| glob.matches(namespace)))
    }
}
