//! OpenShift's Route: `host`. One without gets its host from the cluster, below a domain that no rule is about.
//!
//! Source: openshift/api `route/v1/types.go`. With `wildcardPolicy: Subdomain` a route answers for all names beside its host.

use super::{Certificate, Set, Sites, name_at, path_key, text_of};
use crate::object::Object;
use crate::transforms::host_rewrite::host::Reach;

/// What to write instead of a route for a whole domain.
const ONE_HOST: &str = "Remove `wildcardPolicy`, or set `catchAll: keep`.";

pub(super) fn read<'a>(object: Object<'a>, sites: &mut Sites<'a>) {
    let value = object.value();
    let Some(host) = name_at(value, "/spec/host") else {
        return;
    };
    if name_at(value, "/spec/wildcardPolicy") == Some("Subdomain") {
        let what = format!("`wildcardPolicy: Subdomain` serves every host beside `{host}`");
        sites.push_open("/spec/wildcardPolicy", &what, ONE_HOST);
    }
    let place = sites.push_host("/spec/host".to_owned(), host, Reach::OneLabel, None);
    let key = path_key("Prefix", name_at(value, "/spec/path").unwrap_or_default());
    let backend = text_of(value, &["/spec/to", "/spec/alternateBackends"]);
    sites.push_route(place, Some(key), backend);
    sites.push_certificate(Certificate {
        pointer: "/spec/tls".to_owned(),
        field: "/externalCertificate/name",
        secret: name_at(value, "/spec/tls/externalCertificate/name"),
        set: Set::Replace,
        hosts: Some(place..place + 1),
        mergeable: false,
    });
}
