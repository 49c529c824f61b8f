//! Annotations that hold hosts: comma lists that claim hosts, URLs that lead to them.
//!
//! Sources: external-dns `docs/annotations` (the prefix without `alpha` since v0.22), cert-manager
//! `docs/usage/ingress`, ingress-nginx `docs/user-guide/nginx-configuration/annotations`.

use std::ops::Range;

use super::{Duty, Item, Leave, Place, Sites};
use crate::object::{Object, pointer};
use crate::transforms::host_rewrite::Judge;
use crate::transforms::host_rewrite::host::Reach;
use crate::transforms::host_rewrite::settings::{HostRewriteSettings, RawRewrite, RewriteWord};

/// Annotations with a comma list of hosts.
const LISTS: [&str; 5] = [
    "external-dns.alpha.kubernetes.io/hostname",
    "external-dns.kubernetes.io/hostname",
    "cert-manager.io/common-name",
    "cert-manager.io/alt-names",
    "nginx.ingress.kubernetes.io/server-alias",
];

/// Annotations with a URL.
const URLS: [&str; 4] = [
    "nginx.ingress.kubernetes.io/auth-url",
    "nginx.ingress.kubernetes.io/auth-signin",
    "nginx.ingress.kubernetes.io/permanent-redirect",
    "nginx.ingress.kubernetes.io/temporal-redirect",
];

/// Annotations that repeat the whole object for a tool; whoever applies the object writes them anew.
pub(in crate::transforms::host_rewrite) const HANDLED: [&str; 1] =
    ["kubectl.kubernetes.io/last-applied-configuration"];

pub(super) fn read<'a>(object: Object<'a>, judges: &[Judge<'_>], sites: &mut Sites<'a>) {
    for (key, value) in object.annotations().into_iter().flatten() {
        let Some(text) = value.as_str() else { continue };
        if judges.iter().any(|judge| judge.settings.removes(key)) {
            continue;
        }
        let mut rules = Vec::new();
        for (rule, judge) in judges.iter().enumerate() {
            if judge.settings.rewrites(key) {
                rules.push(rule);
            }
        }
        if rules.is_empty() {
            continue;
        }
        let pointer = pointer::push("/metadata/annotations", key);
        // A key that a rule names itself may hold either.
        let is_url =
            URLS.contains(&key.as_str()) || !LISTS.contains(&key.as_str()) && authority_of(text).is_some();
        if is_url {
            let span = host_of_url(text);
            push(pointer, text, span, Duty::Optional, None, rules, sites);
            continue;
        }
        let list = sites.begin_list();
        for (span, cut) in comma_list(text) {
            let item = Item {
                list,
                leave: Leave::Bytes(cut),
            };
            push(
                pointer.clone(),
                text,
                Some(span),
                Duty::Match,
                Some(item),
                rules.clone(),
                sites,
            );
        }
    }
}

impl HostRewriteSettings {
    /// Whether the annotation holds hosts for this rule.
    fn rewrites(&self, key: &str) -> bool {
        match &self.rewrite {
            RawRewrite::Word(RewriteWord::Known) => LISTS.contains(&key) || URLS.contains(&key),
            RawRewrite::Word(RewriteWord::None) => false,
            RawRewrite::Keys(keys) => keys.iter().any(|listed| listed == key),
        }
    }

    /// Whether a copy must not have the annotation.
    pub(in crate::transforms::host_rewrite) fn removes(&self, key: &str) -> bool {
        self.remove.iter().any(|glob| glob.matches(key))
    }
}

fn push<'a>(
    pointer: String,
    string: &'a str,
    span: Option<Range<usize>>,
    duty: Duty,
    item: Option<Item>,
    rules: Vec<usize>,
    sites: &mut Sites<'a>,
) {
    let Some((span, host)) = span.and_then(|span| Some((span.clone(), string.get(span)?))) else {
        return;
    };
    let (host, reach, rules) = (host.to_owned(), Reach::OneLabel, Some(rules));
    sites.push_place(Place {
        pointer,
        string,
        span,
        host,
        reach,
        duty,
        item,
        rules,
    });
}

/// The items of a comma list without the blanks around them, each with the bytes to cut when it leaves: its own and one comma.
fn comma_list(text: &str) -> Vec<(Range<usize>, Range<usize>)> {
    let mut found = Vec::new();
    let mut start = 0;
    for part in text.split(',') {
        let end = start + part.len();
        let part = part.trim_start();
        let from = end - part.len();
        let part = part.trim_end();
        if !part.is_empty() {
            found.push((from..from + part.len(), start.saturating_sub(1)..end));
        }
        start = end + 1;
    }
    found
}

/// Where the authority of `scheme://user@host:port/path` begins.
fn authority_of(url: &str) -> Option<usize> {
    let slashes = url.as_bytes().windows(3).position(|part| part == b"://");
    slashes.map(|slashes| slashes + 3)
}

/// The bytes of the host in `scheme://user@host:port/path`.
fn host_of_url(url: &str) -> Option<Range<usize>> {
    let mut start = authority_of(url)?;
    let mut end = start;
    for byte in url.as_bytes().get(start..)? {
        match byte {
            b'/' | b'?' | b'#' => break,
            _ => end += 1,
        }
    }
    let authority = url.as_bytes().get(start..end)?;
    if let Some(at) = authority.iter().rposition(|byte| *byte == b'@') {
        start += at + 1;
    }
    let host = url.as_bytes().get(start..end)?;
    if let Some(colon) = host.iter().position(|byte| *byte == b':') {
        end = start + colon;
    }
    (start < end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_host_of_a_url() {
        for (text, expected) in [
            ("https://a.b/c?d=e", Some("a.b")),
            ("https://user:secret@a.b:8443/c", Some("a.b")),
            ("https://@a.b", Some("a.b")),
            ("https://a.b?rd=https://c.d", Some("a.b")),
            ("https://$host/oauth2", Some("$host")),
            ("/path", None),
            ("https://", None),
            ("https:///x", None),
        ] {
            assert_eq!(
                host_of_url(text).map(|span| text.get(span).unwrap()),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn an_item_leaves_with_its_comma() {
        let text = " a.b , c.d,,e.f";
        let cut = |index: usize| {
            let (span, cut) = comma_list(text).swap_remove(index);
            (
                text.get(span).unwrap().to_owned(),
                text.get(cut).unwrap().to_owned(),
            )
        };
        assert_eq!(comma_list(text).len(), 3);
        assert_eq!(cut(0), ("a.b".into(), " a.b ".into()));
        assert_eq!(cut(1), ("c.d".into(), ", c.d".into()));
        assert_eq!(cut(2), ("e.f".into(), ",e.f".into()));
    }
}
