//! The settings under `hostRewrite`: as written ([`raw`]), and as they are used.

mod raw;

use serde_json::Value;

use self::raw::RawSecretName;
pub(crate) use self::raw::{Leftover, RawAnnotations, RawEntry, RawField, RawHostRewrite, RawTls};
pub(super) use self::raw::{RawRewrite, RewriteWord};
use super::below;
use super::host::{Host, is_dns_subdomain};
use super::mapping::{Entry, Mapping};
use super::pattern::Pattern;
use super::reserved::Reserved;
use super::template::{Template, TemplateFault};
use crate::object::pointer;
use crate::rules::{Mistake, Mistakes, decode_whole, suggest};
use crate::selector::{Glob, KindPattern};

/// `hostRewrite` that can be used.
#[derive(Clone, Debug)]
pub(crate) struct HostRewriteSettings {
    pub(crate) mapping: Mapping,
    pub(crate) unmatched: Leftover,
    pub(crate) catch_all: Leftover,
    pub(crate) secret_name: SecretName,
    pub(crate) remove: Vec<Glob>,
    pub(crate) rewrite: RawRewrite,
    pub(crate) fields: Vec<Field>,
}

/// What a certificate's Secret becomes.
#[derive(Clone, Debug)]
pub(crate) enum SecretName {
    /// It stays.
    Keep,
    /// This name.
    Set(String),
    /// What the template gives.
    Template(Template),
}

/// Hosts in a kind that is not built in.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) kind: KindPattern,
    pub(crate) path: String,
}

impl HostRewriteSettings {
    /// Decodes and validates the settings.
    ///
    /// # Errors
    /// Every mistake.
    pub(crate) fn decode(settings: &Value) -> Result<Self, Mistakes> {
        let raw = decode_whole::<RawHostRewrite>(settings)?;
        let mut mistakes = Mistakes::new();
        let checked = Self::validate(raw, &mut mistakes);
        mistakes.into_result(checked)
    }

    /// Validates what was written; mistakes carry pointers from there.
    pub(crate) fn validate(raw: RawHostRewrite, mistakes: &mut Mistakes) -> Self {
        let mut remove = Vec::new();
        for glob in &raw.annotations.remove {
            remove.push(Glob::new(glob));
        }
        Self {
            mapping: mapping(&raw.hosts, &raw.reserved, mistakes),
            unmatched: raw.unmatched,
            catch_all: raw.catch_all,
            secret_name: secret_name(raw.tls.secret_name, mistakes),
            remove,
            rewrite: raw.annotations.rewrite,
            fields: fields(&raw.fields, mistakes),
        }
    }
}

fn mapping(hosts: &[RawEntry], reserved: &[String], mistakes: &mut Mistakes) -> Mapping {
    if hosts.is_empty() {
        let remedy = "add an entry such as `{from: \"*.example.com\", to: \"{namespace}.example.com\"}`";
        refuse("/hosts", "`hosts` is empty".to_owned(), remedy, mistakes);
    }
    let mut entries = Vec::new();
    for (index, raw) in hosts.iter().enumerate() {
        if let Some(entry) = entry(raw, &format!("/hosts/{index}"), mistakes) {
            entries.push(entry);
        }
    }
    for (index, glob) in reserved.iter().enumerate() {
        let name = glob.replace('*', "x");
        if let Err(fault) = Host::read(&name.replace('?', "x")) {
            let message = format!("`{glob}` can never be a host, because {fault}");
            let remedy = "write a host, or a glob such as `*.example.com`";
            refuse(&format!("/reserved/{index}"), message, remedy, mistakes);
        }
    }
    let mapping = Mapping {
        entries,
        reserved: Reserved::new(reserved),
    };
    // With a broken entry the numbers would not be the file's; its own mistake comes first.
    if mapping.entries.len() == hosts.len() {
        for (earlier, later) in mapping.unreachable() {
            let from = |index: usize| hosts.get(index).map_or("", |raw| raw.from.as_str());
            let (first, second) = (from(earlier), from(later));
            let message = format!("`{second}` is never used, because `{first}` above takes every such host");
            let remedy = "move it before that entry, or remove it";
            refuse(&format!("/hosts/{later}/from"), message, remedy, mistakes);
        }
    }
    mapping
}

/// Adds a mistake; the remedy may be empty.
fn refuse(at: &str, message: String, remedy: &str, mistakes: &mut Mistakes) {
    mistakes.push(Mistake::new(at, message, remedy));
}

fn entry(raw: &RawEntry, at: &str, mistakes: &mut Mistakes) -> Option<Entry> {
    let from = match Pattern::parse(&raw.from) {
        Ok(from) => Some(from),
        Err(fault) => {
            let message = format!("`{}`: {fault}", raw.from);
            refuse(&below(at, "/from"), message, "", mistakes);
            None
        }
    };
    match Template::host(&raw.to, from.as_ref(), raw.shared) {
        Ok(to) => Some(Entry { from: from?, to }),
        Err(faults) => {
            refuse_template(&raw.to, &below(at, "/to"), &faults, mistakes);
            None
        }
    }
}

fn refuse_template(text: &str, at: &str, faults: &[TemplateFault], mistakes: &mut Mistakes) {
    for fault in faults {
        let (message, remedy) = match fault {
            TemplateFault::Unknown { written, known } => {
                let known: Vec<&str> = known.iter().map(|placeholder| placeholder.as_str()).collect();
                let message = format!("unknown placeholder `{written}` in `{text}`");
                (message, suggest(written, &known))
            }
            other => (format!("`{text}`: {other}"), String::new()),
        };
        refuse(at, message, &remedy, mistakes);
    }
}

fn secret_name(raw: RawSecretName, mistakes: &mut Mistakes) -> SecretName {
    let at = "/tls/secretName";
    let RawSecretName::Replace(raw) = raw else {
        return SecretName::Keep;
    };
    match (raw.set, raw.template) {
        (Some(name), None) => {
            if !is_dns_subdomain(&name) {
                let remedy = "write at most 253 lower-case letters, digits, `-` and `.`";
                let message = format!("`{name}` is not the name of a Secret");
                refuse(&below(at, "/set"), message, remedy, mistakes);
            }
            SecretName::Set(name)
        }
        (None, Some(text)) => {
            let at = below(at, "/template");
            match Template::secret(&text) {
                Ok(template) => return SecretName::Template(template),
                Err(faults) => refuse_template(&text, &at, &faults, mistakes),
            }
            SecretName::Keep
        }
        _ => {
            let remedy = "write `keep`, `{set: name}` or `{template: \"{secret}-{namespace}\"}`";
            let message = "`secretName` needs one of `set` and `template`";
            refuse(at, message.to_owned(), remedy, mistakes);
            SecretName::Keep
        }
    }
}

fn fields(raw: &[RawField], mistakes: &mut Mistakes) -> Vec<Field> {
    let mut fields = Vec::new();
    for (index, field) in raw.iter().enumerate() {
        let at = format!("/fields/{index}");
        if let Err(message) = check_path(&field.path) {
            let remedy = "write a pointer such as `/spec/hostname`";
            refuse(&below(&at, "/path"), message, remedy, mistakes);
        }
        match KindPattern::parse(&field.kind) {
            Ok(kind) => fields.push(Field {
                kind,
                path: field.path.clone(),
            }),
            Err(message) => refuse(&below(&at, "/kind"), message, "", mistakes),
        }
    }
    fields
}

/// A field is a place in the object's body: identity and metadata are not hosts.
fn check_path(path: &str) -> Result<(), String> {
    if !path.starts_with('/') {
        return Err(format!("`{path}` is not a JSON Pointer"));
    }
    let first = pointer::keys(path).next().unwrap_or_default();
    if ["apiVersion", "kind", "metadata", "status"].contains(&first.as_ref()) {
        return Err(format!("`{path}` is not a place for hosts that a rule may write"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mistakes(settings: &Value) -> Vec<String> {
        let found = HostRewriteSettings::decode(settings).expect_err("a mistake");
        found
            .iter()
            .map(|mistake| format!("{} {mistake}", mistake.pointer))
            .collect()
    }

    #[test]
    fn defaults_are_the_strict_ones() {
        let settings =
            HostRewriteSettings::decode(&json!({"hosts": [{"from": "*.a.io", "to": "{namespace}.a.io"}]}))
                .unwrap();
        assert_eq!(
            (settings.unmatched, settings.catch_all),
            (Leftover::Deny, Leftover::Deny)
        );
        assert!(matches!(settings.secret_name, SecretName::Keep));
        assert_eq!(settings.rewrite, RawRewrite::Word(RewriteWord::Known));
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let found = mistakes(&json!({
            "hosts": [
                {"from": "a.*.io", "to": "{namspace}.a.io"},
                {"from": "*.a.io", "to": "a.io"},
            ],
            "reserved": ["https://www.a.io"],
            "tls": {"secretName": {"set": "Wild_card"}},
            "fields": [{"kind": "services", "path": "spec/host"}, {"kind": "X", "path": "/metadata/name"}],
        }));
        let expected = [
            "/hosts/0/from `a.*.io`: `*` and `**` are legal only",
            "/hosts/0/to unknown placeholder `{namspace}` in `{namspace}.a.io`; did you mean `{namespace}`?",
            "/hosts/1/to `a.io`: it gives every namespace the same host",
            "/reserved/0 `https://www.a.io` can never be a host, because it holds `:`",
            "/tls/secretName/set `Wild_card` is not the name of a Secret",
            "/fields/0/path `spec/host` is not a JSON Pointer",
            "/fields/0/kind `services` does not end in a kind",
            "/fields/1/path `/metadata/name` is not a place for hosts",
        ];
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}");
        }
    }

    #[test]
    fn unknown_keys_and_words_are_refused_with_what_is_known() {
        for (settings, expected) in [
            (json!({}), " `hosts` is missing; add `hosts`"),
            (json!({"hosts": []}), "/hosts `hosts` is empty"),
            (json!({"hosts": "*.a.io"}), "/hosts expected a list, found text"),
            (
                json!({"hosts": [], "unmatched": "allow"}),
                "/unmatched unknown value `allow`; known here: `deny`, `keep`",
            ),
            (
                json!({"hosts": [], "catchall": "keep"}),
                "/catchall unknown key `catchall`; did you mean `catchAll`?",
            ),
            (
                json!({"hosts": [], "tls": {"secretName": "drop"}}),
                "/tls/secretName unknown value `drop`",
            ),
            (
                json!({"hosts": [], "tls": {"secretName": {}}}),
                "/hosts `hosts` is empty",
            ),
            (
                json!({"hosts": [], "annotations": {"rewrite": "all"}}),
                "/annotations/rewrite unknown value `all`",
            ),
        ] {
            let found = mistakes(&settings);
            assert!(
                found.iter().any(|found| found.starts_with(expected)),
                "{settings}: {found:#?}"
            );
        }
    }
}
