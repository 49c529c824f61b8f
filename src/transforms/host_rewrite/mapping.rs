//! The `hosts` of one rule: an ordered list of `from` and `to`, first match wins.
//!
//! [`Mapping::gives`] tells whether a host is one that the rule gives for this namespace (done already). Of any other,
//! [`Mapping::judge`] tells which `from` takes it, and whether the result is a legal, unreserved host.

use super::host::{Host, HostFault, Reach};
use super::pattern::Pattern;
use super::reserved::Reserved;
use super::template::{Placeholder, Slot, Template};

/// One `from` and `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Which hosts.
    pub(crate) from: Pattern,
    /// What they become.
    pub(crate) to: Template,
}

/// The ordered entries and the hosts that must never come out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mapping {
    /// In the order of the file.
    pub(crate) entries: Vec<Entry>,
    /// Never produced.
    pub(crate) reserved: Reserved,
}

/// What the placeholders stand for on one object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding<'a> {
    /// The target namespace.
    pub(crate) namespace: &'a str,
    /// `metadata.name`, if it has one.
    pub(crate) name: Option<&'a str>,
    /// The Helm release, where it is known.
    pub(crate) release: Option<&'a str>,
}

/// What a rule says about one host that it does not give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It becomes another host.
    Rewritten(Host),
    /// No `from` takes it.
    Unmatched,
    /// A `from` takes it, and the result is no legal host.
    Bad {
        /// What the template gave.
        result: String,
        /// Why it is no host.
        fault: HostFault,
    },
    /// The result is reserved.
    Reserved {
        /// What the template gave.
        result: Host,
        /// The reserved entry.
        by: String,
    },
    /// The template holds a placeholder that is not known for this object.
    Unbound(Placeholder),
}

impl Mapping {
    /// What becomes of `host` in a kind whose wildcards reach as far as `reach` says.
    pub(crate) fn judge(&self, host: &Host, reach: Reach, binding: &Binding<'_>) -> Verdict {
        let Some((entry, taken)) = self
            .entries
            .iter()
            .find_map(|entry| Some((entry, entry.from.capture(host)?)))
        else {
            return Verdict::Unmatched;
        };
        let result = match entry
            .to
            .render(&|placeholder| entry.value(placeholder, host, taken, binding))
        {
            Ok(result) => result,
            Err(placeholder) => return Verdict::Unbound(placeholder),
        };
        match Host::read(&result).and_then(|host| host.check().map(|()| host)) {
            Err(fault) => Verdict::Bad { result, fault },
            Ok(result) => match self.reserved.takes(&result, reach) {
                Some(by) => Verdict::Reserved {
                    by: by.to_owned(),
                    result,
                },
                None => Verdict::Rewritten(result),
            },
        }
    }

    /// Whether some `to` gives `host` for this object's namespace (rules.md 5.4).
    pub(crate) fn gives(&self, host: &Host, binding: &Binding<'_>) -> bool {
        self.entries.iter().any(|entry| {
            entry
                .to
                .fits(host.as_str(), &|placeholder| entry.slot(placeholder, binding))
        })
    }

    /// Pairs of entries where the earlier takes every host of the later.
    pub(crate) fn unreachable(&self) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (later, entry) in self.entries.iter().enumerate() {
            let mut before = self.entries.iter().take(later);
            if let Some(earlier) = before.position(|earlier| earlier.from.covers(&entry.from)) {
                found.push((earlier, later));
            }
        }
        found
    }
}

impl Entry {
    fn value(
        &self,
        placeholder: Placeholder,
        host: &Host,
        taken: &str,
        binding: &Binding<'_>,
    ) -> Option<String> {
        match placeholder {
            Placeholder::Host => Some(host.as_str().to_owned()),
            Placeholder::First => Some(host.first().to_owned()),
            Placeholder::Wildcard if self.to.keeps_dots() => Some(taken.to_owned()),
            Placeholder::Wildcard => Some(taken.replace('.', "-")),
            Placeholder::Namespace | Placeholder::Name | Placeholder::Release | Placeholder::Secret => {
                binding.value(placeholder)
            }
        }
    }

    fn slot(&self, placeholder: Placeholder, binding: &Binding<'_>) -> Slot {
        match placeholder {
            Placeholder::Host => Slot::Labels,
            Placeholder::First => Slot::Label,
            Placeholder::Wildcard if self.from.takes_many() && self.to.keeps_dots() => Slot::Labels,
            Placeholder::Wildcard => Slot::Label,
            Placeholder::Namespace | Placeholder::Name | Placeholder::Release | Placeholder::Secret => {
                binding.value(placeholder).map_or(Slot::Unknown, Slot::Bound)
            }
        }
    }
}

impl Binding<'_> {
    /// The value of a placeholder that belongs to the object, in lower case as hosts are compared.
    pub(crate) fn value(&self, placeholder: Placeholder) -> Option<String> {
        let value = match placeholder {
            Placeholder::Namespace => Some(self.namespace),
            Placeholder::Name => self.name,
            Placeholder::Release => self.release,
            Placeholder::Host | Placeholder::First | Placeholder::Wildcard | Placeholder::Secret => None,
        };
        value.map(str::to_ascii_lowercase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(entries: &[(&str, &str)]) -> Mapping {
        let entry = |(from, to): &(&str, &str)| {
            let from = Pattern::parse(from).unwrap();
            Entry {
                to: Template::host(to, Some(&from), false).unwrap(),
                from,
            }
        };
        Mapping {
            entries: entries.iter().map(entry).collect(),
            reserved: Reserved::default(),
        }
    }

    const BINDING: Binding<'_> = Binding {
        namespace: "feature-x",
        name: Some("web"),
        release: None,
    };

    fn gives(mapping: &Mapping, host: &str) -> bool {
        mapping.gives(&Host::read(host).unwrap(), &BINDING)
    }

    fn judge(mapping: &Mapping, host: &str) -> Verdict {
        assert!(!gives(mapping, host), "{host}");
        mapping.judge(&Host::read(host).unwrap(), Reach::OneLabel, &BINDING)
    }

    fn rewritten(host: &str) -> Verdict {
        Verdict::Rewritten(Host::read(host).unwrap())
    }

    #[test]
    fn the_first_entry_that_takes_a_host_wins() {
        let mapping = mapping(&[
            ("api.example.com", "api-{namespace}.example.com"),
            ("*.example.com", "{namespace}.example.com"),
            ("**.corp.example", "{wildcard}--{namespace}.preview.corp.example"),
            ("**.dots.example", "{wildcard}.{namespace}.preview.dots.example"),
            ("**.long.example", "{host}.{namespace}.preview.example"),
        ]);
        for (host, expected) in [
            ("api.example.com", rewritten("api-feature-x.example.com")),
            ("API.Example.com.", rewritten("api-feature-x.example.com")),
            ("app.example.com", rewritten("feature-x.example.com")),
            ("a.b.example.com", Verdict::Unmatched),
            ("example.com", Verdict::Unmatched),
            ("localhost", Verdict::Unmatched),
            ("10.0.0.1", Verdict::Unmatched),
            (
                "app.corp.example",
                rewritten("app--feature-x.preview.corp.example"),
            ),
            (
                "a.b.corp.example",
                rewritten("a-b--feature-x.preview.corp.example"),
            ),
            (
                "a.b.dots.example",
                rewritten("a.b.feature-x.preview.dots.example"),
            ),
            (
                "*.b.dots.example",
                rewritten("*.b.feature-x.preview.dots.example"),
            ),
            ("*.dots.example", rewritten("*.feature-x.preview.dots.example")),
            (
                "x.long.example",
                rewritten("x.long.example.feature-x.preview.example"),
            ),
            ("*.example.com", rewritten("feature-x.example.com")),
            (
                "*.corp.example",
                Verdict::Bad {
                    result: "*--feature-x.preview.corp.example".into(),
                    fault: HostFault::Wildcard,
                },
            ),
            (
                "*.a.corp.example",
                Verdict::Bad {
                    result: "*-a--feature-x.preview.corp.example".into(),
                    fault: HostFault::Wildcard,
                },
            ),
        ] {
            assert_eq!(judge(&mapping, host), expected, "{host}");
        }
    }

    #[test]
    fn a_result_is_done_already() {
        let mapping = mapping(&[
            ("*.example.com", "{namespace}.example.com"),
            ("**.corp.example", "{wildcard}--{namespace}.preview.corp.example"),
            ("*.one.example", "{wildcard}.{namespace}.one.example"),
        ]);
        for (host, expected) in [
            ("feature-x.example.com", None),
            ("Feature-X.example.com.", None),
            ("other.example.com", Some(rewritten("feature-x.example.com"))),
            ("a-b--feature-x.preview.corp.example", None),
            (
                "a.b--feature-x.preview.corp.example",
                Some(rewritten(
                    "a-b--feature-x-preview--feature-x.preview.corp.example",
                )),
            ),
            ("*.feature-x.one.example", None),
            ("a.b.feature-x.one.example", Some(Verdict::Unmatched)),
        ] {
            assert_eq!(gives(&mapping, host), expected.is_none(), "{host}");
            if let Some(expected) = expected {
                assert_eq!(judge(&mapping, host), expected, "{host}");
            }
        }
    }

    #[test]
    fn a_result_that_is_no_host_is_bad_and_never_cut() {
        let mapping = mapping(&[("*.example.com", "{wildcard}-{wildcard}-{namespace}.example.com")]);
        let label = "a".repeat(30);
        let long = format!("{label}-{label}-feature-x");
        assert_eq!(
            judge(&mapping, &format!("{label}.example.com")),
            Verdict::Bad {
                result: format!("{long}.example.com"),
                fault: HostFault::LabelTooLong {
                    label: long,
                    length: 71
                },
            }
        );
        assert!(matches!(
            judge(&mapping, "my_app.example.com"),
            Verdict::Bad {
                fault: HostFault::Label { .. },
                ..
            }
        ));
    }

    #[test]
    fn an_unknown_release_is_named() {
        let mapping = mapping(&[("*.example.com", "{release}-{name}.{namespace}.example.com")]);
        assert_eq!(
            judge(&mapping, "a.example.com"),
            Verdict::Unbound(Placeholder::Release)
        );
    }

    #[test]
    fn a_reserved_result_is_refused() {
        let mut mapping = mapping(&[("*.example.com", "{wildcard}.{namespace}.example.com")]);
        mapping.reserved = Reserved::new(&["*.feature-x.example.com".to_owned()]);
        let result = Host::read("a.feature-x.example.com").unwrap();
        assert_eq!(
            judge(&mapping, "a.example.com"),
            Verdict::Reserved {
                result,
                by: "*.feature-x.example.com".into()
            }
        );
    }

    #[test]
    fn finds_entries_that_are_never_used() {
        let to = "{namespace}.example.com";
        let mapping = mapping(&[
            ("**.example.com", to),
            ("a.example.org", to),
            ("*.a.example.com", to),
            ("a.example.org", to),
        ]);
        assert_eq!(mapping.unreachable(), vec![(0, 2), (1, 3)]);
    }
}
