//! Traefik's rule language, as far as hosts go: ``Host(`app.example.com`) && PathPrefix(`/api`)``.
//!
//! A rule is read into a tree whose host arguments know their bytes, so that a rewrite changes what is inside the quotes
//! and nothing else: spacing, comments, the author's quotes and every regular expression stay. The tree also answers
//! whether a route can serve a request without naming its host. Facts from Traefik's `pkg/rules`, `pkg/muxer/http`,
//! `pkg/muxer/tcp` (v3.7) and the test tables there.
//!
//! A host under `!` names a host too. It is rewritten when a rule takes it, or else the copy would exclude the wrong host, but it never
//! counts as the host that the route serves.

mod lexer;
mod parser;
mod regexp;

use std::ops::Range;

use crate::order;
use thiserror::Error;

/// Which dialect a route's `syntax` field names. The grammar is one; only what a HostRegexp means differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// `{name:pattern}` templates.
    V2,
    /// Go regular expressions.
    V3,
    /// Not said: Traefik's static configuration decides, which is not ours to see.
    Unknown,
}

/// A rule that has been read.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    syntax: Syntax,
    tree: Expression,
}

/// Why Traefik would not understand a rule.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("column {column}: {problem}")]
pub(crate) struct RuleError {
    /// The byte where it goes wrong, from 1.
    pub(crate) column: usize,
    /// What is wrong, with what to write instead.
    pub(crate) problem: String,
}

/// A host argument of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostArgument {
    /// The value, escapes resolved.
    pub(crate) value: String,
    /// The bytes inside the quotes.
    pub(crate) span: Range<usize>,
    /// How the value names hosts.
    pub(crate) names: Names,
    /// Whether the route serves the host; false under `!`.
    pub(crate) positive: bool,
    /// What else must hold where the host does, in one spelling: `PathPrefix("/api")`. Empty when nothing must.
    pub(crate) rest: String,
}

/// How an argument names hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// It is a host.
    Host,
    /// It is a regular expression or a v2 template.
    Pattern,
    /// It stands for every host.
    Everything,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    Call(Box<Call>),
    Not(Box<Expression>),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Call {
    name: &'static str,
    matcher: Matcher,
    arguments: Vec<Argument>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Argument {
    value: String,
    span: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Matcher {
    Host,
    HostPattern,
    Other,
}

/// Every matcher of v2 and v3, HTTP and TCP.
const MATCHERS: &[(&str, Matcher)] = &[
    ("Host", Matcher::Host),
    ("HostHeader", Matcher::Host),
    ("HostSNI", Matcher::Host),
    ("HostRegexp", Matcher::HostPattern),
    ("HostSNIRegexp", Matcher::HostPattern),
    ("Path", Matcher::Other),
    ("PathPrefix", Matcher::Other),
    ("PathRegexp", Matcher::Other),
    ("Method", Matcher::Other),
    ("Header", Matcher::Other),
    ("HeaderRegexp", Matcher::Other),
    ("Headers", Matcher::Other),
    ("HeadersRegexp", Matcher::Other),
    ("Query", Matcher::Other),
    ("QueryRegexp", Matcher::Other),
    ("ClientIP", Matcher::Other),
    ("ALPN", Matcher::Other),
];

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// The first place where Traefik would not understand it.
    pub(crate) fn parse(text: &str, syntax: Syntax) -> Result<Self, RuleError> {
        Ok(Self {
            syntax,
            tree: parser::parse(text)?,
        })
    }

    /// The host arguments from left to right.
    pub(crate) fn hosts(&self) -> Vec<HostArgument> {
        let mut hosts = Vec::new();
        self.tree.collect_hosts(true, self.syntax, &[], &mut hosts);
        hosts
    }

    /// Whether the route may serve a request whose host it does not name: the rule can be true when every host that it
    /// names without `!` is another. ``PathPrefix(`/`)``, ``!Host(`a`)``, ``Host(`a`) || Path(`/b`)`` and ``HostSNI(`*`)`` can.
    pub(crate) fn serves_any_host(&self) -> bool {
        self.tree.can_be(true, self.syntax)
    }
}

impl RuleError {
    fn new(offset: usize, problem: &str) -> Self {
        Self {
            column: offset + 1,
            problem: problem.to_owned(),
        }
    }
}

impl Expression {
    /// Collects host arguments; `around` is what must hold besides this expression.
    fn collect_hosts(
        &self,
        positive: bool,
        syntax: Syntax,
        around: &[String],
        hosts: &mut Vec<HostArgument>,
    ) {
        match self {
            Self::Call(call) => {
                for argument in &call.arguments {
                    let Some(names) = call.matcher.names_hosts(&argument.value, syntax) else {
                        return;
                    };
                    hosts.push(HostArgument {
                        value: argument.value.clone(),
                        span: argument.span.clone(),
                        names,
                        positive,
                        rest: around.join(" && "),
                    });
                }
            }
            Self::Not(inside) => inside.collect_hosts(!positive, syntax, around, hosts),
            Self::Any(parts) => {
                for part in parts {
                    part.collect_hosts(positive, syntax, around, hosts);
                }
            }
            Self::All(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    let mut rest = Vec::new();
                    for part in around {
                        rest.push(part.clone());
                    }
                    for (other, part) in parts.iter().enumerate() {
                        if other != index && !part.only_hosts() {
                            rest.push(part.spelling());
                        }
                    }
                    order::sort(&mut rest);
                    part.collect_hosts(positive, syntax, &rest, hosts);
                }
            }
        }
    }

    /// Whether it is a host, or a choice of hosts.
    fn only_hosts(&self) -> bool {
        match self {
            Self::Call(call) => call.matcher == Matcher::Host,
            Self::Any(parts) => parts.iter().all(Self::only_hosts),
            Self::Not(_) | Self::All(_) => false,
        }
    }

    /// Whether the expression can have the value `wanted` for a host that none of its host matchers names. Other matchers
    /// can be either. Negation is pushed down to the matchers, so each one occurs with one wanted value.
    fn can_be(&self, wanted: bool, syntax: Syntax) -> bool {
        match self {
            Self::Call(call) if call.matcher == Matcher::Other => true,
            Self::Call(call) => {
                let all = Some(Names::Everything);
                let takes_all =
                    |argument: &Argument| call.matcher.names_hosts(&argument.value, syntax) == all;
                wanted == call.arguments.iter().any(takes_all)
            }
            Self::Not(inside) => inside.can_be(!wanted, syntax),
            Self::All(parts) if wanted => parts.iter().all(|part| part.can_be(true, syntax)),
            Self::Any(parts) if !wanted => parts.iter().all(|part| part.can_be(false, syntax)),
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.can_be(wanted, syntax)),
        }
    }

    /// One spelling for rules that differ in blanks, quotes, case and order only; hosts are left out.
    fn spelling(&self) -> String {
        match self {
            Self::Call(call) if call.matcher == Matcher::Host => "Host(_)".to_owned(),
            Self::Call(call) => call.spelling(),
            Self::Not(inside) => format!("!{}", inside.spelling()),
            Self::All(parts) => Self::join(parts, " && "),
            Self::Any(parts) => Self::join(parts, " || "),
        }
    }

    fn join(parts: &[Self], operator: &str) -> String {
        let mut texts = Vec::new();
        for part in parts {
            texts.push(part.spelling());
        }
        order::sort(&mut texts);
        format!("({})", texts.join(operator))
    }
}

impl Call {
    /// The matcher with its arguments in double quotes.
    fn spelling(&self) -> String {
        let mut text = self.name.to_owned();
        for (index, argument) in self.arguments.iter().enumerate() {
            text.push_str(if index == 0 { "(\"" } else { ", \"" });
            for letter in argument.value.chars() {
                if matches!(letter, '"' | '\\') {
                    text.push('\\');
                }
                text.push(letter);
            }
            text.push('"');
        }
        text.push(')');
        text
    }
}

impl Matcher {
    /// The matcher of a name. Traefik knows four spellings of each (`HostSNI`, `hostsni`, `HOSTSNI`, `Hostsni`); any case is
    /// taken here, which reads no valid rule differently.
    fn named(name: &str) -> Option<(&'static str, Self)> {
        MATCHERS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .copied()
    }

    fn names() -> String {
        let mut names = String::new();
        for (name, _) in MATCHERS {
            if !names.is_empty() {
                names.push_str(", ");
            }
            names.push_str(name);
        }
        names
    }

    fn names_hosts(self, value: &str, syntax: Syntax) -> Option<Names> {
        match self {
            Self::Other => None,
            Self::Host if value == "*" => Some(Names::Everything),
            Self::Host => Some(Names::Host),
            Self::HostPattern if regexp::takes_everything(value, syntax) => Some(Names::Everything),
            Self::HostPattern => Some(Names::Pattern),
        }
    }
}

#[cfg(test)]
mod tests;
