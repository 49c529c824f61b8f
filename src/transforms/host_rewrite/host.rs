//! A host name as routes write it.
//!
//! Sources are read leniently (an Ingress may hold a label of 70 characters, Traefik an underscore); results are judged
//! strictly ([`Host::check`]), because a result is a name this transform invents: nothing is ever cut to fit.
//! Names are compared in lower case without the trailing dot.

use std::fmt;

use thiserror::Error;

use crate::object::pointer;

/// RFC 1035 limit for one label.
const LABEL_LIMIT: usize = 63;
/// Kubernetes' limit for a DNS-1123 subdomain, a host or a Secret's name.
pub(super) const HOST_LIMIT: usize = 253;

/// A host name in lower case, without a trailing dot; the leftmost label may be `*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Host(String);

/// Why a text is not a host name, as the end of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum HostFault {
    /// Nothing, or only a dot.
    #[error("it is empty")]
    Empty,
    /// Two dots in a row, or one at the start.
    #[error("it has an empty label")]
    EmptyLabel,
    /// A character that no host name holds.
    #[error("it holds `{found}`, which no host name does")]
    Character {
        /// The first such character.
        found: char,
    },
    /// A `*` that is not the whole leftmost label.
    #[error("`*` is legal only alone as the leftmost label")]
    Wildcard,
    /// A label of more than 63 characters.
    #[error("label `{label}` has {length} characters and DNS allows {LABEL_LIMIT}")]
    LabelTooLong {
        /// The label.
        label: String,
        /// Its length.
        length: usize,
    },
    /// More than 253 characters in all.
    #[error("it has {length} characters and Kubernetes allows {HOST_LIMIT}")]
    TooLong {
        /// The length of the host.
        length: usize,
    },
    /// A label that is not DNS-1123.
    #[error(
        "label `{label}` must start and end with a letter or digit and hold only letters, digits and `-`"
    )]
    Label {
        /// The label.
        label: String,
    },
}

impl Host {
    /// Reads a host of a source object: any labels of letters, digits, `-` and `_`, the leftmost may be `*`.
    ///
    /// # Errors
    /// The first thing that makes the text no host name at all; ports, schemes and templates end here.
    pub(crate) fn read(text: &str) -> Result<Self, HostFault> {
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Err(HostFault::Empty);
        }
        for (index, label) in text.split('.').enumerate() {
            if label.is_empty() {
                return Err(HostFault::EmptyLabel);
            }
            if label == "*" && index == 0 {
                continue;
            }
            for found in label.chars() {
                match found {
                    '*' => return Err(HostFault::Wildcard),
                    _ if found.is_ascii_alphanumeric() || found == '-' || found == '_' => {}
                    _ => return Err(HostFault::Character { found }),
                }
            }
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// Judges a result as Kubernetes and DNS do: DNS-1123 labels of at most 63, 253 in all, `*` only leftmost and never alone.
    ///
    /// # Errors
    /// The first limit that the host breaks.
    pub(crate) fn check(&self) -> Result<(), HostFault> {
        if self.0 == "*" {
            return Err(HostFault::Wildcard);
        }
        if self.0.len() > HOST_LIMIT {
            return Err(HostFault::TooLong { length: self.0.len() });
        }
        for (index, label) in self.labels().enumerate() {
            if index > 0 || label != "*" {
                check_label(label)?;
            }
        }
        Ok(())
    }

    /// The name.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The labels from left to right.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }

    /// The leftmost label.
    pub(crate) fn first(&self) -> &str {
        self.0.split_once('.').map_or(self.0.as_str(), |(first, _)| first)
    }

    /// Whether no wildcard of a pattern stands for it: an IPv4 address, or this machine.
    pub(crate) fn is_special(&self) -> bool {
        let mut numbers = 0;
        for label in self.labels() {
            if pointer::index(label).is_none_or(|number| number > 255) {
                return self.0 == "localhost";
            }
            numbers += 1;
        }
        numbers == 4
    }

    /// Whether a request for `other` reaches this host: the same name, or below this literal wildcard by as many labels as
    /// the kind's wildcard reaches.
    pub(crate) fn covers(&self, other: &Self, reach: Reach) -> bool {
        if self == other {
            return true;
        }
        let Some(suffix) = self.0.strip_prefix("*.") else {
            return false;
        };
        let Some(head) = other
            .0
            .strip_suffix(suffix)
            .and_then(|head| head.strip_suffix('.'))
        else {
            return false;
        };
        reach == Reach::ManyLabels || !head.as_bytes().contains(&b'.')
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// How many labels the literal wildcard of a kind stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Ingress (networking/v1 "the wildcard covers a single DNS label") and Traefik.
    OneLabel,
    /// Gateway API (`Hostname`: "a suffix match").
    ManyLabels,
}

/// Whether Kubernetes takes the text as the name of a Secret.
pub(super) fn is_dns_subdomain(text: &str) -> bool {
    // Unlike a DNS label, a part between dots has no limit of its own.
    text.len() <= HOST_LIMIT && text.split('.').all(is_label_text)
}

/// Judges one label by DNS-1123.
///
/// # Errors
/// Too long, or not letters, digits and inner `-`.
pub(super) fn check_label(label: &str) -> Result<(), HostFault> {
    if label.len() > LABEL_LIMIT {
        return Err(HostFault::LabelTooLong {
            label: label.to_owned(),
            length: label.len(),
        });
    }
    if is_label_text(label) {
        return Ok(());
    }
    Err(HostFault::Label {
        label: label.to_owned(),
    })
}

fn is_label_text(label: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = label.as_bytes();
    let edges = bytes.first().copied().is_some_and(plain) && bytes.last().copied().is_some_and(plain);
    edges && bytes.iter().all(|byte| plain(*byte) || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Host {
        Host::read(text).unwrap()
    }

    #[test]
    fn reads_sources_leniently_and_in_lower_case() {
        for (text, expected) in [
            ("App.Example.COM", "app.example.com"),
            ("app.example.com.", "app.example.com"),
            ("*.example.com", "*.example.com"),
            ("my_app.example.com", "my_app.example.com"),
            ("localhost", "localhost"),
            ("10.0.0.1", "10.0.0.1"),
            ("*", "*"),
        ] {
            assert_eq!(read(text).as_str(), expected, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_host_and_says_why() {
        for (text, fault) in [
            ("", HostFault::Empty),
            (".", HostFault::Empty),
            ("a..b", HostFault::EmptyLabel),
            (".a", HostFault::EmptyLabel),
            ("a.b..", HostFault::EmptyLabel),
            ("a.b:8443", HostFault::Character { found: ':' }),
            ("http://a.b", HostFault::Character { found: ':' }),
            ("{{ .host }}", HostFault::Character { found: '{' }),
            ("bücher.example", HostFault::Character { found: 'ü' }),
            ("a b.c", HostFault::Character { found: ' ' }),
            ("a.*.c", HostFault::Wildcard),
            ("a*.c", HostFault::Wildcard),
            ("**.c", HostFault::Wildcard),
            ("10::10", HostFault::Character { found: ':' }),
        ] {
            assert_eq!(Host::read(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn judges_results_strictly_and_never_cuts() {
        let long = "a".repeat(64);
        for (text, fault) in [
            (
                format!("{long}.example.com"),
                HostFault::LabelTooLong {
                    label: long.clone(),
                    length: 64,
                },
            ),
            (
                "my_app.example.com".into(),
                HostFault::Label {
                    label: "my_app".into(),
                },
            ),
            ("-a.example.com".into(), HostFault::Label { label: "-a".into() }),
            ("a-.example.com".into(), HostFault::Label { label: "a-".into() }),
            ("*".into(), HostFault::Wildcard),
        ] {
            assert_eq!(read(&text).check(), Err(fault), "{text}");
        }
        let total = |last: usize| [63, 63, 63, last].map(|length| "a".repeat(length)).join(".");
        assert_eq!(read(&total(61)).check(), Ok(()));
        assert_eq!(read(&total(62)).check(), Err(HostFault::TooLong { length: 254 }));
        assert_eq!(read(&format!("{}.example.com", "a".repeat(63))).check(), Ok(()));
        assert_eq!(read("*.example.com").check(), Ok(()));
    }

    #[test]
    fn a_literal_wildcard_reaches_as_far_as_its_kind_says() {
        let wildcard = read("*.example.com");
        for (text, one, many) in [
            ("a.example.com", true, true),
            ("a.b.example.com", false, true),
            ("example.com", false, false),
            ("aexample.com", false, false),
            ("*.example.com", true, true),
            ("a.example.org", false, false),
        ] {
            assert_eq!(wildcard.covers(&read(text), Reach::OneLabel), one, "{text}");
            assert_eq!(wildcard.covers(&read(text), Reach::ManyLabels), many, "{text}");
        }
        assert!(!read("a.example.com").covers(&wildcard, Reach::ManyLabels));
    }

    #[test]
    fn addresses_and_localhost_are_special() {
        for (text, special) in [
            ("10.0.0.1", true),
            ("localhost", true),
            ("10.0.0.1.nip.io", false),
            ("1.2.3", false),
        ] {
            assert_eq!(read(text).is_special(), special, "{text}");
        }
    }
}
