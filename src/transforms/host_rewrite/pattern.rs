//! The `from` of a host rule: which hosts it takes.
//!
//! `*` as the leftmost label stands for exactly one label, `**` for one or more. A literal wildcard host
//! (`*.example.com` in an Ingress) is taken by both, its `*` standing for itself.

use thiserror::Error;

use super::host::{Host, HostFault, check_label};

/// A parsed `from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    head: Head,
    /// What follows the wildcard, without its dot; the whole host when there is no wildcard; empty for a lone wildcard.
    suffix: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    Literal,
    One,
    Many,
}

/// Why a `from` cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum PatternFault {
    /// A wildcard somewhere else than alone in the leftmost label.
    #[error(
        "`*` and `**` are legal only alone as the leftmost label: write `*.example.com` or `**.example.com`"
    )]
    Wildcard,
    /// The rest is not a host.
    #[error(
        "it is not a host pattern, because {fault}: write a host such as `app.example.com`, `*.example.com` or `**.example.com`"
    )]
    Host {
        /// What is wrong.
        fault: HostFault,
    },
}

impl Pattern {
    /// Reads a `from`.
    ///
    /// # Errors
    /// A wildcard elsewhere than alone in the leftmost label, or labels that are not DNS-1123.
    pub(crate) fn parse(text: &str) -> Result<Self, PatternFault> {
        let lower = text.to_ascii_lowercase();
        let lower = lower.strip_suffix('.').unwrap_or(&lower);
        let (head, suffix) = match lower.split_once('.') {
            Some(("*", rest)) => (Head::One, rest),
            Some(("**", rest)) => (Head::Many, rest),
            None if lower == "*" => (Head::One, ""),
            None if lower == "**" => (Head::Many, ""),
            _ => (Head::Literal, lower),
        };
        if suffix.as_bytes().contains(&b'*') {
            return Err(PatternFault::Wildcard);
        }
        if !(suffix.is_empty() && head != Head::Literal) {
            check_suffix(suffix).map_err(|fault| PatternFault::Host { fault })?;
        }
        Ok(Self {
            head,
            suffix: suffix.to_owned(),
        })
    }

    /// What the wildcard stands for when the pattern takes `host`: empty for a literal pattern, none when it does not take it.
    ///
    /// No wildcard stands for an IP address or `localhost`.
    pub(crate) fn capture<'host>(&self, host: &'host Host) -> Option<&'host str> {
        let text = host.as_str();
        if self.head == Head::Literal {
            return (text == self.suffix).then_some("");
        }
        if host.is_special() {
            return None;
        }
        let taken = if self.suffix.is_empty() {
            text
        } else {
            text.strip_suffix(self.suffix.as_str())?.strip_suffix('.')?
        };
        (self.head == Head::Many || !taken.as_bytes().contains(&b'.')).then_some(taken)
    }

    /// Whether the pattern has a wildcard, so that `{wildcard}` means something.
    pub(crate) fn has_wildcard(&self) -> bool {
        self.head != Head::Literal
    }

    /// Whether the wildcard may stand for several labels.
    pub(crate) fn takes_many(&self) -> bool {
        self.head == Head::Many
    }

    /// Whether every host that `later` takes is taken by this pattern, so that `later` after it would never be used.
    pub(crate) fn covers(&self, later: &Self) -> bool {
        if later.head == Head::Literal {
            return Host::read(&later.suffix).is_ok_and(|host| self.capture(&host).is_some());
        }
        match self.head {
            Head::Literal => false,
            Head::One => later.head == Head::One && later.suffix == self.suffix,
            Head::Many => {
                self.suffix.is_empty()
                    || later.suffix == self.suffix
                    || later
                        .suffix
                        .strip_suffix(self.suffix.as_str())
                        .is_some_and(|rest| rest.ends_with('.'))
            }
        }
    }
}

fn check_suffix(suffix: &str) -> Result<(), HostFault> {
    Host::read(suffix)?;
    suffix.split('.').try_for_each(check_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capture(pattern: &str, host: &str) -> Option<String> {
        Pattern::parse(pattern)
            .unwrap()
            .capture(&Host::read(host).unwrap())
            .map(str::to_owned)
    }

    #[test]
    fn takes_hosts_by_whole_labels() {
        for (pattern, host, expected) in [
            ("app.example.com", "app.example.com", Some("")),
            ("app.example.com", "App.Example.com.", Some("")),
            ("APP.example.com.", "app.example.com", Some("")),
            ("app.example.com", "x.app.example.com", None),
            ("*.example.com", "app.example.com", Some("app")),
            ("*.example.com", "a.b.example.com", None),
            ("*.example.com", "example.com", None),
            ("*.example.com", "badexample.com", None),
            ("*.example.com", "*.example.com", Some("*")),
            ("**.example.com", "app.example.com", Some("app")),
            ("**.example.com", "a.b.example.com", Some("a.b")),
            ("**.example.com", "*.a.example.com", Some("*.a")),
            ("**.example.com", "*.example.com", Some("*")),
            ("**.example.com", "example.com", None),
            ("app.example.com", "*.example.com", None),
            ("*.com", "*.example.com", None),
            ("**", "a.b", Some("a.b")),
            ("*", "a", Some("a")),
            ("*", "a.b", None),
            ("**", "localhost", None),
            ("**", "10.0.0.1", None),
            ("**.0.1", "10.0.0.1", None),
            ("localhost", "localhost", Some("")),
        ] {
            assert_eq!(capture(pattern, host).as_deref(), expected, "{pattern} on {host}");
        }
    }

    #[test]
    fn refuses_patterns_that_are_no_hosts() {
        for text in ["a.*.com", "*a.com", "***.com", "a.**", "*.*.com"] {
            assert_eq!(Pattern::parse(text), Err(PatternFault::Wildcard), "{text}");
        }
        for text in [
            "",
            "*.",
            "a..b",
            "*..com",
            "a_b.com",
            "https://a.b",
            "-a.com",
            "a.b:80",
        ] {
            // A lone `*` with a trailing dot is a lone `*`.
            let result = Pattern::parse(text);
            if text == "*." {
                assert!(result.is_ok());
                continue;
            }
            assert!(
                matches!(result, Err(PatternFault::Host { .. })),
                "{text}: {result:?}"
            );
        }
    }

    #[test]
    fn knows_which_later_pattern_it_makes_unreachable() {
        for (earlier, later, covered) in [
            ("app.example.com", "app.example.com", true),
            ("app.example.com", "*.example.com", false),
            ("*.example.com", "app.example.com", true),
            ("*.example.com", "a.b.example.com", false),
            ("*.example.com", "*.example.com", true),
            ("*.example.com", "**.example.com", false),
            ("**.example.com", "*.example.com", true),
            ("**.example.com", "**.a.example.com", true),
            ("**.example.com", "*.a.example.com", true),
            ("**.example.com", "a.b.example.com", true),
            ("**.example.com", "example.com", false),
            ("**.example.com", "*.badexample.com", false),
            ("**.a.example.com", "**.example.com", false),
            ("**", "*.example.com", true),
            ("**", "localhost", false),
            ("**", "**", true),
        ] {
            let [first, second] = [earlier, later].map(|text| Pattern::parse(text).unwrap());
            assert_eq!(first.covers(&second), covered, "{earlier} before {later}");
        }
    }
}
