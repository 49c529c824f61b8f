//! The `to` of a host rule and the `template` of a TLS Secret's name: text with placeholders.
//!
//! A template is used in two directions: [`Template::render`] gives the text, [`Template::fits`] tells whether a text is
//! one that the template gives. The second makes the transform idempotent: a host that some rule gives is left alone
//! (rules.md 5.4).

use std::fmt;

use thiserror::Error;

use super::host::{HOST_LIMIT as NAME_LIMIT, HostFault, check_label};
use super::pattern::Pattern;

/// What a `{...}` in a template stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Placeholder {
    /// The object's target namespace.
    Namespace,
    /// The object's name.
    Name,
    /// The Helm release.
    Release,
    /// The whole host.
    Host,
    /// The leftmost label of the host.
    First,
    /// What `*` or `**` stood for.
    Wildcard,
    /// The Secret's name, in a TLS template only.
    Secret,
}

impl Placeholder {
    /// What a `to` may hold.
    pub(crate) const IN_HOST: [Self; 6] = [
        Self::Namespace,
        Self::Name,
        Self::Release,
        Self::Host,
        Self::First,
        Self::Wildcard,
    ];
    /// What a `tls.template` may hold.
    pub(crate) const IN_SECRET: [Self; 6] = [
        Self::Namespace,
        Self::Name,
        Self::Release,
        Self::Host,
        Self::First,
        Self::Secret,
    ];

    /// How it is written, braces included.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Namespace => "{namespace}",
            Self::Name => "{name}",
            Self::Release => "{release}",
            Self::Host => "{host}",
            Self::First => "{first}",
            Self::Wildcard => "{wildcard}",
            Self::Secret => "{secret}",
        }
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Text with placeholders, in lower case and without a trailing dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Slot(Placeholder),
}

/// What a placeholder may be when a text is compared with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Exactly this text.
    Bound(String),
    /// Any part of one label, or a whole `*` label.
    Label,
    /// Any text of whole labels.
    Labels,
    /// Nothing is known about it, so no text fits.
    Unknown,
}

/// Why a template cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum TemplateFault {
    /// It is none of the placeholders.
    #[error("`{written}` is not a placeholder")]
    Unknown {
        /// The word with its braces.
        written: String,
        /// The placeholders that are legal here.
        known: &'static [Placeholder],
    },
    /// A `{` without a `}`, or the other way round.
    #[error("`{brace}` at column {column} has no partner: a placeholder is written `{{namespace}}`")]
    Brace {
        /// `{` or `}`.
        brace: char,
        /// Its column, from 1.
        column: usize,
    },
    /// A `to` that gives every namespace the same host.
    #[error(
        "it gives every namespace the same host: put `{{namespace}}` into it, or say `shared: true` beside it"
    )]
    NotPerNamespace,
    /// A `to` made of placeholders alone could give any host.
    #[error("it has no literal label: end it with a domain you own, such as `.preview.example.com`")]
    NoLiteralLabel,
    /// `{wildcard}` without a wildcard in `from`.
    #[error(
        "`{{wildcard}}` stands for nothing, because `from` has no `*`: write `{{host}}` or `{{first}}`, or give `from` a `*`"
    )]
    NoWildcard,
    /// Literal text that no host can hold.
    #[error("it can never give a host, because {fault}")]
    Host {
        /// What is wrong.
        fault: HostFault,
    },
}

impl Template {
    /// Reads a `to` for hosts that `from` takes; `shared` says that one host for all namespaces is meant.
    ///
    /// # Errors
    /// Every mistake: unknown placeholders, no `{namespace}`, no literal label, text that no host can hold.
    pub(crate) fn host(text: &str, from: Option<&Pattern>, shared: bool) -> Result<Self, Vec<TemplateFault>> {
        let (template, mut faults) = Self::read(text, &Placeholder::IN_HOST);
        if faults.is_empty() {
            if !shared && !template.holds(Placeholder::Namespace) {
                faults.push(TemplateFault::NotPerNamespace);
            }
            if template.holds(Placeholder::Wildcard) && from.is_some_and(|from| !from.has_wildcard()) {
                faults.push(TemplateFault::NoWildcard);
            }
            template.check_labels(&mut faults);
        }
        if faults.is_empty() {
            Ok(template)
        } else {
            Err(faults)
        }
    }

    /// Reads a `tls.secretName.template`.
    ///
    /// # Errors
    /// Unknown placeholders and braces without a partner.
    pub(crate) fn secret(text: &str) -> Result<Self, Vec<TemplateFault>> {
        let (template, faults) = Self::read(text, &Placeholder::IN_SECRET);
        if faults.is_empty() {
            Ok(template)
        } else {
            Err(faults)
        }
    }

    /// The text, given what each placeholder stands for.
    ///
    /// # Errors
    /// The first placeholder that stands for nothing.
    pub(crate) fn render(
        &self,
        value: &dyn Fn(Placeholder) -> Option<String>,
    ) -> Result<String, Placeholder> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Slot(placeholder) => text.push_str(&value(*placeholder).ok_or(*placeholder)?),
            }
        }
        Ok(text)
    }

    /// Whether the template gives `text` for some value of the placeholders that are not bound. Texts longer than any host
    /// or Secret name fit nothing, so the search stays small whatever a manifest holds.
    pub(crate) fn fits(&self, text: &str, slot: &dyn Fn(Placeholder) -> Slot) -> bool {
        if text.len() > NAME_LIMIT {
            return false;
        }
        // For each position of the text, its end included, whether the parts so far may end there.
        let mut reached = vec![false; text.len() + 1];
        mark(&mut reached, 0);
        for part in &self.parts {
            let slot = match part {
                Part::Text(literal) => Slot::Bound(literal.clone()),
                Part::Slot(placeholder) => slot(*placeholder),
            };
            let mut next = vec![false; reached.len()];
            for (from, is_reached) in reached.iter().enumerate() {
                if *is_reached {
                    mark_ends(text.as_bytes(), from, &slot, &mut next);
                }
            }
            reached = next;
        }
        reached.last() == Some(&true)
    }

    /// Whether the placeholder occurs.
    pub(crate) fn holds(&self, placeholder: Placeholder) -> bool {
        self.parts.contains(&Part::Slot(placeholder))
    }

    /// Whether `{wildcard}` keeps its dots, because `{wildcard}.` starts the template.
    pub(crate) fn keeps_dots(&self) -> bool {
        matches!(self.parts.as_slice(), [Part::Slot(Placeholder::Wildcard), Part::Text(text), ..] if text.starts_with('.'))
    }

    fn read(text: &str, known: &'static [Placeholder]) -> (Self, Vec<TemplateFault>) {
        let lower = text.to_ascii_lowercase();
        let mut rest = lower.strip_suffix('.').unwrap_or(&lower);
        let length = rest.len();
        let (mut parts, mut faults) = (Vec::new(), Vec::new());
        while !rest.is_empty() {
            let column = length - rest.len() + 1;
            let Some(offset) = rest.bytes().position(|byte| matches!(byte, b'{' | b'}')) else {
                parts.push(Part::Text(rest.to_owned()));
                break;
            };
            let (literal, tail) = rest.split_at(offset);
            if !literal.is_empty() {
                parts.push(Part::Text(literal.to_owned()));
            }
            let close = tail.find('}').filter(|close| *close > 0);
            let Some((written, after)) = close.and_then(|close| tail.split_at_checked(close + 1)) else {
                let brace = if tail.starts_with('{') { '{' } else { '}' };
                let column = column + offset;
                faults.push(TemplateFault::Brace { brace, column });
                break;
            };
            match known.iter().find(|placeholder| placeholder.as_str() == written) {
                Some(placeholder) => parts.push(Part::Slot(*placeholder)),
                None => faults.push(TemplateFault::Unknown {
                    written: written.to_owned(),
                    known,
                }),
            }
            rest = after;
        }
        (Self { parts }, faults)
    }

    /// Judges the literal text label by label; a label with a placeholder is judged as if that were a letter.
    fn check_labels(&self, faults: &mut Vec<TemplateFault>) {
        let sample = self.render(&|_| Some("{".to_owned())).unwrap_or_default();
        let mut literal = false;
        for (index, label) in sample.split('.').enumerate() {
            if index == 0 && label == "*" {
                continue;
            }
            literal |= !label.as_bytes().contains(&b'{');
            let result = if label.is_empty() {
                Err(HostFault::EmptyLabel)
            } else {
                check_label(&label.replace('{', "x"))
            };
            if let Err(fault) = result {
                faults.push(TemplateFault::Host { fault });
            }
        }
        if !literal {
            faults.push(TemplateFault::NoLiteralLabel);
        }
    }
}

/// Marks where a slot that starts at `from` may end.
fn mark_ends(bytes: &[u8], from: usize, slot: &Slot, ends: &mut [bool]) {
    let rest = bytes.get(from..).unwrap_or_default();
    match slot {
        Slot::Bound(text) if rest.starts_with(text.as_bytes()) => mark(ends, from + text.len()),
        Slot::Label | Slot::Labels if rest.first() != Some(&b'.') => {
            for (index, byte) in rest.iter().enumerate() {
                if *byte != b'.' {
                    mark(ends, from + index + 1);
                } else if *slot == Slot::Label {
                    break;
                }
            }
        }
        _ => {}
    }
}

fn mark(positions: &mut [bool], position: usize) {
    if let Some(mark) = positions.get_mut(position) {
        *mark = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Result<Template, Vec<TemplateFault>> {
        Template::host(text, Some(&Pattern::parse("**.example.com").unwrap()), false)
    }

    #[test]
    fn renders_every_placeholder() {
        let template = host("{wildcard}.{first}-{name}-{Release}.{NAMESPACE}.Example.com.").unwrap();
        let text = template
            .render(&|placeholder| Some(placeholder.as_str().to_uppercase()))
            .unwrap();
        assert_eq!(
            text,
            "{WILDCARD}.{FIRST}-{NAME}-{RELEASE}.{NAMESPACE}.example.com"
        );
        assert!(template.keeps_dots());
        assert_eq!(template.render(&|_| None), Err(Placeholder::Wildcard));
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn names_every_mistake_of_a_template() {
        let unknown = |word: &str| TemplateFault::Unknown {
            written: format!("{{{word}}}"),
            known: &Placeholder::IN_HOST,
        };
        for (text, faults) in [
            (
                "{namespce}.{x}.example.com",
                vec![unknown("namespce"), unknown("x")],
            ),
            ("{secret}.{namespace}.example.com", vec![unknown("secret")]),
            ("{}.example.com", vec![unknown("")]),
            (
                "{namespace.example.com",
                vec![TemplateFault::Brace {
                    brace: '{',
                    column: 1,
                }],
            ),
            (
                "a}.{namespace}.example.com",
                vec![TemplateFault::Brace {
                    brace: '}',
                    column: 2,
                }],
            ),
            ("preview.example.com", vec![TemplateFault::NotPerNamespace]),
            ("{namespace}", vec![TemplateFault::NoLiteralLabel]),
            ("{namespace}-preview", vec![TemplateFault::NoLiteralLabel]),
            ("*.{namespace}", vec![TemplateFault::NoLiteralLabel]),
            ("{host}.{namespace}", vec![TemplateFault::NoLiteralLabel]),
            (
                "",
                vec![
                    TemplateFault::NotPerNamespace,
                    TemplateFault::Host {
                        fault: HostFault::EmptyLabel,
                    },
                ],
            ),
            (
                "{namespace}..com",
                vec![TemplateFault::Host {
                    fault: HostFault::EmptyLabel,
                }],
            ),
            (
                "-{namespace}.com",
                vec![TemplateFault::Host {
                    fault: HostFault::Label { label: "-x".into() },
                }],
            ),
            (
                "{namespace}.a_b.com",
                vec![TemplateFault::Host {
                    fault: HostFault::Label { label: "a_b".into() },
                }],
            ),
            (
                "{namespace}.*.com",
                vec![TemplateFault::Host {
                    fault: HostFault::Label { label: "*".into() },
                }],
            ),
        ] {
            assert_eq!(host(text), Err(faults), "{text}");
        }
    }

    #[test]
    fn a_shared_host_needs_no_namespace_and_a_literal_from_no_wildcard() {
        assert!(Template::host("preview.example.com", None, true).is_ok());
        let literal = Pattern::parse("app.example.com").unwrap();
        assert_eq!(
            Template::host("{wildcard}.{namespace}.example.com", Some(&literal), false),
            Err(vec![TemplateFault::NoWildcard])
        );
        assert!(Template::host("*.{namespace}.example.com", Some(&literal), false).is_ok());
    }

    #[test]
    fn knows_the_texts_it_gives() {
        let slot = |placeholder| match placeholder {
            Placeholder::Namespace => Slot::Bound("feature-x".into()),
            Placeholder::Host => Slot::Labels,
            Placeholder::Name | Placeholder::Release => Slot::Unknown,
            _ => Slot::Label,
        };
        for (template, text, fits) in [
            ("{namespace}.example.com", "feature-x.example.com", true),
            ("{namespace}.example.com", "other.example.com", false),
            ("{namespace}.example.com", "feature-x.example.com.evil.org", false),
            ("{wildcard}--{namespace}.p.com", "app--feature-x.p.com", true),
            ("{wildcard}--{namespace}.p.com", "a-b--feature-x.p.com", true),
            ("{wildcard}--{namespace}.p.com", "a.b--feature-x.p.com", false),
            ("{wildcard}--{namespace}.p.com", "--feature-x.p.com", false),
            (
                "{first}-{wildcard}.{namespace}.p.com",
                "a-b-c.feature-x.p.com",
                true,
            ),
            ("{first}-{wildcard}.{namespace}.p.com", "a.feature-x.p.com", false),
            ("{wildcard}.{namespace}.p.com", "*.feature-x.p.com", true),
            ("{host}.{namespace}.p.com", "a.b.c.feature-x.p.com", true),
            ("{host}.{namespace}.p.com", ".feature-x.p.com", false),
            ("{host}.{namespace}.p.com", "feature-x.p.com", false),
            ("{release}.{namespace}.p.com", "app.feature-x.p.com", false),
        ] {
            assert_eq!(
                host(template).unwrap().fits(text, &slot),
                fits,
                "{template} gives {text}"
            );
        }
    }

    #[test]
    fn a_secret_template_knows_the_secret_and_no_wildcard() {
        assert!(Template::secret("{secret}-{namespace}").is_ok());
        assert!(Template::secret("wildcard").is_ok());
        assert_eq!(
            Template::secret("{wildcard}"),
            Err(vec![TemplateFault::Unknown {
                written: "{wildcard}".into(),
                known: &Placeholder::IN_SECRET,
            }])
        );
    }
}
