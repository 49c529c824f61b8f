//! Kinds as rules name them: `Kind`, `group/Kind` or `group/version/Kind` (rules.md 1.5).

use std::fmt;

use crate::object::pointer::cut;

/// A pattern on group, version and kind. `*` matches any part; the core group is written `core`.
///
/// ```
/// use boltrope::selector::KindPattern;
/// let pattern = KindPattern::parse("networking.k8s.io/Ingress").unwrap();
/// assert!(pattern.matches("networking.k8s.io", "v1", "Ingress"));
/// assert!(KindPattern::parse("core/Service").unwrap().matches("", "v1", "Service"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindPattern {
    group: String,
    version: String,
    kind: String,
}

impl KindPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to write, when a part is empty or there are more than three.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (group, version, kind) = split(text)?;
        Ok(Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
        })
    }

    /// Whether an object of this group (empty for the core group), version and kind is meant.
    #[must_use]
    pub fn matches(&self, group: &str, version: &str, kind: &str) -> bool {
        is_part(&self.version, version) && self.matches_any_version(group, kind)
    }

    /// The same of a pattern that is only text yet; an error where it is none.
    pub(crate) fn text_matches(text: &str, group: &str, version: &str, kind: &str) -> Result<bool, String> {
        let pattern = split(text)?;
        Ok(is_part(pattern.2, kind) && is_part(pattern.0, group) && is_part(pattern.1, version))
    }

    /// Whether objects of this group and kind are meant in some version.
    #[must_use]
    pub fn matches_any_version(&self, group: &str, kind: &str) -> bool {
        is_part(&self.kind, kind) && is_part(&self.group, group)
    }
}

impl KindPattern {
    /// Group, version and kind as written, `*` where any is meant.
    #[must_use]
    pub fn parts(&self) -> (&str, &str, &str) {
        (&self.group, &self.version, &self.kind)
    }
}

const FORMS: &str =
    "write `Kind`, `group/Kind` or `group/version/Kind`, `core` for the core group, `*` for any part";

/// Group, version and kind of a pattern, the core group empty.
fn split(text: &str) -> Result<(&str, &str, &str), String> {
    let wrong = |what: &str| Err(format!("`{text}` {what}; {FORMS}"));
    let (first, rest) = cut(text);
    let (group, version, kind) = match rest.map(cut) {
        None => ("*", "*", first),
        Some((kind, None)) => (first, "*", kind),
        Some((version, Some(kind))) if !kind.contains('/') => (first, version, kind),
        Some(_) => return wrong("has more than three parts"),
    };
    if group.is_empty() || version.is_empty() || kind.is_empty() {
        return wrong("has an empty part");
    }
    let looks_like_version = kind.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
    if looks_like_version {
        return wrong("does not end in a kind such as `Service`");
    }
    Ok((if group == "core" { "" } else { group }, version, kind))
}

fn is_part(pattern: &str, found: &str) -> bool {
    pattern == "*" || pattern == found
}

impl fmt::Display for KindPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = if self.group.is_empty() {
            "core"
        } else {
            &self.group
        };
        match (group, self.version.as_str()) {
            ("*", "*") => formatter.write_str(&self.kind),
            (group, "*") => write!(formatter, "{group}/{}", self.kind),
            (group, version) => write!(formatter, "{group}/{version}/{}", self.kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_matches_what_it_names() {
        for (pattern, group, version, kind, expected) in [
            ("Service", "", "v1", "Service", true),
            ("Service", "serving.knative.dev", "v1", "Service", true),
            ("core/Service", "serving.knative.dev", "v1", "Service", false),
            ("core/v1/Service", "", "v1", "Service", true),
            ("core/v2/Service", "", "v1", "Service", false),
            (
                "openportal.dev/*",
                "openportal.dev",
                "v1alpha1",
                "DNSRecord",
                true,
            ),
            ("*/v1/*", "apps", "v1", "Deployment", true),
            ("*", "", "v1", "Pod", true),
        ] {
            let parsed = KindPattern::parse(pattern).unwrap();
            assert_eq!(
                parsed.matches(group, version, kind),
                expected,
                "{pattern} on {group}/{version}/{kind}"
            );
        }
    }

    #[test]
    fn what_is_no_kind_is_refused_with_the_forms() {
        for text in ["", "/Service", "a/b/c/D", "apps/v1", "services"] {
            assert!(
                KindPattern::parse(text).unwrap_err().contains("write `Kind`"),
                "{text}"
            );
        }
    }
}
