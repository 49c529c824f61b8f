//! Ingress: `rules[].host`, `tls[].hosts`. A rule without host, and an Ingress with only a default backend, serve every host.

use serde_json::Value;

use super::{
    Certificate, SECRET_NAME, Set, Sites, below, has_only, items, name_at, path_key, text_of, texts,
};
use crate::object::{Object, pointer};
use crate::transforms::host_rewrite::host::Reach;

/// What to write instead of a rule for every host.
const GIVE_HOST: &str = "Write a `host` in each rule, or set `catchAll: keep`.";

pub(super) fn read<'a>(object: Object<'a>, sites: &mut Sites<'a>) {
    let value = object.value();
    let rules = items("", value, "/spec/rules");
    if rules.is_empty() && pointer::get(value, "/spec/defaultBackend").is_some_and(Value::is_object) {
        let what = "the Ingress has only a `defaultBackend`, so it serves every host";
        sites.push_open("/spec/defaultBackend", what, GIVE_HOST);
    }
    for (at, rule) in rules {
        read_rule(&at, rule, value, sites);
    }
    for (at, entry) in items("", value, "/spec/tls") {
        read_tls(&at, entry, sites);
    }
}

fn read_rule<'a>(at: &str, rule: &'a Value, ingress: &'a Value, sites: &mut Sites<'a>) {
    let host = match rule.get("host") {
        Some(Value::String(host)) if !host.is_empty() => host,
        None | Some(Value::Null | Value::String(_)) => {
            let what = "the rule has no `host`, so it serves every host";
            sites.push_open(at, what, GIVE_HOST);
            return;
        }
        Some(_) => return,
    };
    if host == "*" {
        let what = "the host `*` stands for every host";
        sites.push_open(&below(at, "/host"), what, GIVE_HOST);
        return;
    }
    let place = sites.push_host(below(at, "/host"), host, Reach::OneLabel, None);
    let paths = items("", rule, "/http/paths");
    if paths.is_empty() {
        let backend = text_of(ingress, &["/spec/defaultBackend"]);
        sites.push_route(place, Some(path_key("Prefix", "/")), backend);
    }
    for (_, path) in paths {
        let text = |key: &str| name_at(path, key).unwrap_or_default();
        let key = path_key(text("/pathType"), text("/path"));
        sites.push_route(place, Some(key), text_of(path, &["/backend"]));
    }
}

fn read_tls<'a>(at: &str, entry: &'a Value, sites: &mut Sites<'a>) {
    let list = sites.begin_list();
    let first = sites.places.len();
    for (pointer, host) in texts(at, entry, "/hosts") {
        sites.push_name(pointer, host, Reach::OneLabel, Some(list));
    }
    let hosts = first..sites.places.len();
    sites.push_certificate(Certificate {
        pointer: at.to_owned(),
        field: SECRET_NAME,
        secret: name_at(entry, SECRET_NAME),
        set: if entry.is_object() { Set::Add } else { Set::Nothing },
        hosts: (!hosts.is_empty()).then_some(hosts),
        mergeable: has_only(entry, &["hosts", "secretName"]),
    });
}
