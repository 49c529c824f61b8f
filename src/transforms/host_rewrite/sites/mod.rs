//! Where hosts live: one file for each family of kinds, one line in [`families`] for each kind.
//!
//! A family reads an object into [`Sites`]: the places where a host stands (down to the bytes inside a longer text), the
//! spots where the object serves every host, its certificates, and which path of which host leads where. It decides
//! nothing; what becomes of a host is the same everywhere. Adding a kind is a file here and a line there.

mod annotations;
mod certificate;
mod dns_endpoint;
mod families;
mod fields;
mod gateway;
mod ingress;
mod istio_gateway;
mod listeners;
mod openshift;
mod traefik;
mod virtual_service;

use std::ops::Range;

use serde_json::Value;

pub(super) use annotations::HANDLED as HANDLED_ANNOTATIONS;

use super::host::Reach;
use super::{Judge, below};
use crate::object::{Object, compact, pointer};

/// What one object says about hosts.
#[derive(Debug, Default)]
pub(super) struct Sites<'a> {
    /// Where hosts stand, in reading order.
    pub(super) places: Vec<Place<'a>>,
    /// Where the object serves every host.
    pub(super) open: Vec<Open>,
    /// What cannot be read, so that nobody knows which hosts it names.
    pub(super) unreadable: Vec<Unreadable>,
    /// Certificates and the places of their hosts.
    pub(super) certificates: Vec<Certificate<'a>>,
    /// Which path of which host leads where.
    pub(super) routes: Vec<Route>,
    /// The object only stands ready for the hosts it names: another may have them.
    pub(super) stands_ready: bool,
    cluster_domain: &'a str,
    /// How many lists without duplicates have begun.
    pub(super) lists: usize,
}

/// A place where a host stands.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    /// The string in the object.
    pub(super) pointer: String,
    /// The whole string.
    pub(super) string: &'a str,
    /// The bytes of the string that name the host.
    pub(super) span: Range<usize>,
    /// The host as it is meant: escapes resolved.
    pub(super) host: String,
    /// How far a wildcard reaches here.
    pub(super) reach: Reach,
    /// What it means when no rule takes the host.
    pub(super) duty: Duty,
    /// The list that it is an item of, where a host need not stand twice.
    pub(super) item: Option<Item>,
    /// The rules that look here, by their position among those that matched; `None` is all of them.
    pub(super) rules: Option<Vec<usize>>,
}

/// What it means when no rule takes the host of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    /// The object claims a host that a copy must not claim.
    Match,
    /// The text names hosts that no rule can rewrite: a regular expression.
    Pattern,
    /// The host is named, not claimed: under `!`, in a URL, in a field that may hold something else.
    Optional,
}

/// Membership in a list without duplicates.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Which list of the object.
    pub(super) list: usize,
    /// How a duplicate leaves it.
    pub(super) leave: Leave,
}

/// How an item leaves its list.
#[derive(Clone, Debug)]
pub(super) enum Leave {
    /// As an item of a JSON list, at the place's pointer.
    Item,
    /// As these bytes of the string, with the comma.
    Bytes(Range<usize>),
    /// Not at all: the field holds one value.
    Never,
}

/// A spot where the object serves every host.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) pointer: String,
    /// The start of a sentence: "the rule has no `host`".
    pub(super) what: String,
    /// What to write instead.
    pub(super) remedy: &'static str,
}

/// A text that cannot be read.
#[derive(Clone, Debug)]
pub(super) struct Unreadable {
    pub(super) pointer: String,
    pub(super) text: String,
    pub(super) problem: String,
}

/// A certificate's Secret and its hosts.
#[derive(Clone, Debug)]
pub(super) struct Certificate<'a> {
    /// The entry that names both.
    pub(super) pointer: String,
    /// Where the Secret's name stands below the entry: `/secretName`.
    pub(super) field: &'static str,
    /// The Secret's name, if one is written.
    pub(super) secret: Option<&'a str>,
    /// What `tls.secretName.set` may do.
    pub(super) set: Set,
    /// The places of its hosts; `None` when it is for all hosts of the object.
    pub(super) hosts: Option<Range<usize>>,
    /// The entry may leave its list when another says the same: it holds hosts and a Secret, nothing else.
    pub(super) mergeable: bool,
}

/// What `tls.secretName.set` may do to a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    /// Name another Secret, or one where none is named.
    Add,
    /// Name another Secret.
    Replace,
    /// Nothing: the Secret is written by the certificate's issuer, and one that others use must stay theirs.
    Nothing,
}

/// One path of one host and where it leads.
#[derive(Clone, Debug)]
pub(super) struct Route {
    /// The place of the host.
    pub(super) place: usize,
    /// Path type, path and whatever else tells two routes of one host apart; `None` for a host alone.
    pub(super) key: Option<String>,
    /// Where it leads.
    pub(super) backend: String,
}

/// The Secret's field in most kinds.
const SECRET_NAME: &str = "/secretName";

/// Whether objects of this kind have hosts that nothing else may get.
pub(super) fn is_route(group: &str, kind: &str) -> bool {
    families::find(group, kind).is_some_and(|family| family.answers)
}

impl<'a> Sites<'a> {
    /// Reads the hosts that the kind itself says.
    pub(super) fn of(object: Object<'a>, cluster_domain: &'a str) -> Self {
        let mut sites = Self {
            cluster_domain,
            ..Self::default()
        };
        if let Some(family) = families::find(object.group(), object.kind()) {
            sites.stands_ready = !family.answers;
            (family.read)(object, &mut sites);
        }
        sites
    }

    /// Adds what the rules' settings point at: fields of other kinds, annotations.
    pub(super) fn read_settings(&mut self, object: Object<'a>, judges: &[Judge<'_>]) {
        fields::read(object, judges, self);
        annotations::read(object, judges, self);
    }

    /// Where the Secret of a certificate stands.
    pub(super) fn secret_pointer(certificate: &Certificate<'_>) -> String {
        below(&certificate.pointer, certificate.field)
    }

    /// Begins a list without duplicates.
    fn begin_list(&mut self) -> usize {
        self.lists += 1;
        self.lists
    }

    /// A place that is a whole string; returns its position.
    fn push_whole(
        &mut self,
        pointer: String,
        text: &'a str,
        reach: Reach,
        duty: Duty,
        item: Option<Item>,
    ) -> usize {
        self.push_place(Place {
            pointer,
            string: text,
            span: 0..text.len(),
            host: text.to_owned(),
            reach,
            duty,
            item,
            rules: None,
        })
    }

    /// Adds a place; returns its position.
    fn push_place(&mut self, place: Place<'a>) -> usize {
        self.places.push(place);
        self.places.len() - 1
    }

    /// A place that is a whole string, in `list` if it is an item of one; returns its position.
    fn push_host(&mut self, pointer: String, text: &'a str, reach: Reach, list: Option<usize>) -> usize {
        let leave = Leave::Item;
        let item = list.map(|list| Item { list, leave });
        self.push_whole(pointer, text, reach, Duty::Match, item)
    }

    /// A place as [`Sites::push_host`] adds it, of a host that is named without a path.
    fn push_name(&mut self, pointer: String, text: &'a str, reach: Reach, list: Option<usize>) {
        let place = self.push_host(pointer, text, reach, list);
        self.push_route(place, None, String::new());
    }

    fn push_certificate(&mut self, certificate: Certificate<'a>) {
        self.certificates.push(certificate);
    }

    fn push_open(&mut self, pointer: &str, what: &str, remedy: &'static str) {
        self.open.push(Open {
            pointer: pointer.to_owned(),
            what: what.to_owned(),
            remedy,
        });
    }

    fn push_route(&mut self, place: usize, key: Option<String>, backend: String) {
        self.routes.push(Route { place, key, backend });
    }

    fn push_routes(&mut self, place: usize, routes: &[(String, String)]) {
        for (key, backend) in routes {
            self.push_route(place, Some(key.clone()), backend.clone());
        }
    }

    /// Whether a name means a Service of the cluster, which no rule is about: one without a dot, or below `svc` of the
    /// cluster's domain, or of any domain.
    fn is_internal(&self, name: &str) -> bool {
        let name = name.strip_suffix('.').unwrap_or(name);
        let below = name.strip_suffix(self.cluster_domain).unwrap_or_default();
        !has_dot(name) || name.ends_with(".svc") || below.ends_with('.')
    }
}

/// Whether a name has more than one label.
fn has_dot(name: &str) -> bool {
    name.as_bytes().contains(&b'.')
}

/// The items of a list with their pointers.
struct Items<'a> {
    list: String,
    next: usize,
    rest: &'a [Value],
}

/// The items of a list at a pointer below `value`, which stands at `at`; anything else has none.
fn items<'a>(at: &str, value: &'a Value, list: &str) -> Items<'a> {
    let rest = match pointer::get(value, list) {
        Some(Value::Array(items)) => items,
        _ => &[][..],
    };
    let list = below(at, list);
    Items { list, next: 0, rest }
}

/// The texts among the items of a list, with their pointers.
struct Texts<'a>(Items<'a>);

/// The texts among the items of a list at a pointer below `value`, which stands at `at`.
fn texts<'a>(at: &str, value: &'a Value, list: &str) -> Texts<'a> {
    Texts(items(at, value, list))
}

impl<'a> Iterator for Texts<'a> {
    type Item = (String, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (pointer, item) = self.0.next()?;
            if let Value::String(text) = item {
                return Some((pointer, text));
            }
        }
    }
}

impl Items<'_> {
    fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = (String, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        let (first, rest) = self.rest.split_first()?;
        let pointer = pointer::push_index(&self.list, self.next);
        self.rest = rest;
        self.next += 1;
        Some((pointer, first))
    }
}

/// Whether a value is a map with no other keys than these.
fn has_only(value: &Value, known: &[&str]) -> bool {
    let Value::Object(map) = value else { return false };
    map.keys().all(|key| known.contains(&key.as_str()))
}

/// The text at a pointer; the empty one counts as absent.
fn name_at<'a>(value: &'a Value, at: &str) -> Option<&'a str> {
    pointer::get(value, at)?.as_str().filter(|name| !name.is_empty())
}

/// Adds what some parts of a value look like in a claim; equal JSON gives equal text, and nothing gives none.
fn with_text_of(mut text: String, value: &Value, parts: &[&str]) -> String {
    for part in parts {
        if let Some(value) = pointer::get(value, part).filter(|value| !value.is_null()) {
            text.push_str(part);
            text.push_str(&compact(value));
        }
    }
    text
}

/// What some parts of a value look like in a claim.
fn text_of(value: &Value, parts: &[&str]) -> String {
    with_text_of(String::new(), value, parts)
}

/// How a kind lists what its routes look at, and where they lead.
struct Matches {
    /// The list of routes.
    routes: &'static str,
    /// The list of matches in a route; without one it takes everything.
    matches: &'static str,
    /// Where a route leads, below it.
    targets: &'static [&'static str],
    /// What a match takes.
    key: fn(&Value) -> String,
}

impl Matches {
    /// The matches of all routes, each with where it leads.
    fn read(&self, value: &Value) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (_, route) in items("", value, self.routes) {
            let backend = text_of(route, self.targets);
            let matches = items("", route, self.matches);
            if matches.is_empty() {
                found.push(((self.key)(&Value::Null), backend.clone()));
            }
            for (_, part) in matches {
                found.push(((self.key)(part), backend.clone()));
            }
        }
        found
    }
}

/// A path in a claim: a prefix covers the same requests with and without its last slash.
fn path_key(path_type: &str, path: &str) -> String {
    let mut path = path;
    while let Some(shorter) = path.strip_suffix('/')
        && path_type != "Exact"
    {
        path = shorter;
    }
    let path = if path.is_empty() { "/" } else { path };
    format!("{path_type} {path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_cluster_itself_are_internal() {
        let sites = Sites {
            cluster_domain: "cluster.local",
            ..Sites::default()
        };
        for (name, internal) in [
            ("web", true),
            ("web.shop.svc", true),
            ("*.shop.svc", true),
            ("web.shop.svc.cluster.local", true),
            ("web.shop.svc.cluster.local.", true),
            ("10-0-0-1.shop.pod.cluster.local", true),
            ("web.shop", false),
            ("web.example.com", false),
            ("web.supercluster.local", false),
            ("cluster.local", false),
        ] {
            assert_eq!(sites.is_internal(name), internal, "{name}");
        }
    }

    #[test]
    fn a_prefix_is_the_same_with_and_without_its_last_slash() {
        for (path_type, path, key) in [
            ("Prefix", "/", "Prefix /"),
            ("Prefix", "", "Prefix /"),
            ("Prefix", "/api/", "Prefix /api"),
            ("Exact", "/api/", "Exact /api/"),
        ] {
            assert_eq!(path_key(path_type, path), key);
        }
    }
}
