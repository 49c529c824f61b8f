//! cert-manager's Certificate: `dnsNames` and `commonName`, and the Secret that cert-manager writes.
//!
//! Source: cert-manager `deploy/crds`, cert-manager.io_certificates. Names of Services (a webhook's certificate) and a common
//! name that is no host, or that names an authority (`isCA`), are left. The Secret is an output: `template` gives it the name that a route's Secret gets
//! from the same template, `set` names a Secret that exists already and is not this certificate's to overwrite.

use serde_json::Value;

use super::{Certificate, SECRET_NAME, Set, Sites, name_at, texts};
use crate::object::{Object, pointer};
use crate::transforms::host_rewrite::host::{Host, Reach};

pub(super) fn read<'a>(object: Object<'a>, sites: &mut Sites<'a>) {
    let value = object.value();
    let is_authority = pointer::get(value, "/spec/isCA") == Some(&Value::Bool(true));
    let is_host = |name: &&str| !is_authority && Host::read(name).is_ok();
    if let Some(name) = name_at(value, "/spec/commonName").filter(is_host) {
        push("/spec/commonName".to_owned(), name, None, sites);
    }
    let list = sites.begin_list();
    for (pointer, name) in texts("", value, "/spec/dnsNames") {
        push(pointer, name, Some(list), sites);
    }
    sites.push_certificate(Certificate {
        pointer: "/spec".to_owned(),
        field: SECRET_NAME,
        secret: name_at(value, "/spec/secretName"),
        set: Set::Nothing,
        hosts: Some(0..sites.places.len()),
        mergeable: false,
    });
}

fn push<'a>(pointer: String, name: &'a str, list: Option<usize>, sites: &mut Sites<'a>) {
    if !sites.is_internal(name) {
        sites.push_name(pointer, name, Reach::OneLabel, list);
    }
}
