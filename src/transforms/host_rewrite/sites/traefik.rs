//! Traefik's IngressRoute and IngressRouteTCP: the hosts in `routes[].match`, `tls.domains[]`, the one `tls.secretName`.

use serde_json::Value;

use super::{
    Certificate, Duty, Item, Leave, Place, SECRET_NAME, Set, Sites, Unreadable, below, items, name_at,
    path_key, text_of, texts,
};
use crate::object::{Object, pointer};
use crate::transforms::host_rewrite::host::Reach;
use crate::transforms::host_rewrite::traefik::{Names, Rule, Syntax};

pub(super) fn read<'a>(object: Object<'a>, sites: &mut Sites<'a>) {
    let value = object.value();
    let is_tcp = object.kind() == "IngressRouteTCP";
    // A child route is reached through its parents only (Traefik 3.7), which name the host.
    let is_child = !items("", value, "/spec/parentRefs").is_empty();
    for (at, route) in items("", value, "/spec/routes") {
        if let Some(text) = route.get("match").and_then(Value::as_str) {
            read_match(
                &below(&at, "/match"),
                text,
                route,
                Kind { is_tcp, is_child },
                sites,
            );
        }
    }
    if let Some(tls) = pointer::get(value, "/spec/tls") {
        read_tls(tls, sites);
    }
}

#[derive(Clone, Copy)]
struct Kind {
    is_tcp: bool,
    is_child: bool,
}

fn read_match<'a>(pointer: &str, text: &'a str, route: &'a Value, kind: Kind, sites: &mut Sites<'a>) {
    let syntax = match route.get("syntax").and_then(Value::as_str) {
        Some("v2") => Syntax::V2,
        Some("v3") => Syntax::V3,
        _ => Syntax::Unknown,
    };
    let rule = match Rule::parse(text, syntax) {
        Ok(rule) => rule,
        Err(error) => {
            let (pointer, text, problem) = (pointer.to_owned(), text.to_owned(), error.to_string());
            sites.unreadable.push(Unreadable {
                pointer,
                text,
                problem,
            });
            return;
        }
    };
    if rule.serves_any_host() && !kind.is_child {
        let what = format!("the rule `{text}` can be true for a host that it does not name");
        let remedy = if kind.is_tcp {
            "Write `HostSNI` with a host, joined with `&&`, or set `catchAll: keep`."
        } else {
            "Write `Host` with a host, joined with `&&`, or set `catchAll: keep`."
        };
        sites.push_open(pointer, &what, remedy);
    }
    let backend = text_of(route, &["/services", "/middlewares"]);
    for host in &rule.hosts() {
        let duty = match host.names {
            Names::Everything => continue,
            _ if !host.positive => Duty::Optional,
            Names::Pattern => Duty::Pattern,
            Names::Host => Duty::Match,
        };
        if host.names == Names::Pattern && !host.positive {
            continue;
        }
        let place = sites.push_place(Place {
            pointer: pointer.to_owned(),
            string: text,
            span: host.span.clone(),
            host: host.value.clone(),
            reach: Reach::OneLabel,
            duty,
            item: None,
            rules: None,
        });
        if duty == Duty::Match {
            sites.push_route(place, Some(key(&host.rest, kind)), backend.clone());
        }
    }
}

/// What else the rule looks at. A route that looks at the path alone has the key of an Ingress path.
fn key(rest: &str, kind: Kind) -> String {
    if kind.is_tcp {
        return format!("TCP {rest}");
    }
    if rest.is_empty() {
        return path_key("Prefix", "/");
    }
    for (matcher, path_type) in [("PathPrefix(\"", "Prefix"), ("Path(\"", "Exact")] {
        let path = rest
            .strip_prefix(matcher)
            .and_then(|rest| rest.strip_suffix("\")"));
        if let Some(path) = path.filter(|path| !path.as_bytes().contains(&b'"')) {
            return path_key(path_type, path);
        }
    }
    format!("Traefik {rest}")
}

fn read_tls<'a>(tls: &'a Value, sites: &mut Sites<'a>) {
    for (at, domain) in items("/spec/tls", tls, "/domains") {
        let list = sites.begin_list();
        if let Some(Value::String(main)) = domain.get("main") {
            let leave = Leave::Never;
            push_domain(below(&at, "/main"), main, Item { list, leave }, sites);
        }
        for (pointer, host) in texts(&at, domain, "/sans") {
            let leave = Leave::Item;
            push_domain(pointer, host, Item { list, leave }, sites);
        }
    }
    // With a resolver Traefik asks ACME itself, with passthrough the backend has the certificate.
    let elsewhere = tls.get("certResolver").is_some() || tls.get("passthrough") == Some(&Value::Bool(true));
    sites.push_certificate(Certificate {
        pointer: "/spec/tls".into(),
        field: SECRET_NAME,
        secret: name_at(tls, SECRET_NAME),
        set: if tls.is_object() && !elsewhere {
            Set::Add
        } else {
            Set::Replace
        },
        hosts: None,
        mergeable: false,
    });
}

fn push_domain<'a>(pointer: String, host: &'a str, item: Item, sites: &mut Sites<'a>) {
    let place = sites.push_whole(pointer, host, Reach::OneLabel, Duty::Match, Some(item));
    sites.push_route(place, None, String::new());
}
