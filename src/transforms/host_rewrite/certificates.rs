//! Certificates: their Secrets follow `tls.secretName`, entries that come to say the same become one, entries that come to
//! share a host with different Secrets are refused (rules.md 5.9).

use std::ops::Range;

use super::decide::Decision;
use super::edits::Scene;
use super::host::is_dns_subdomain;
use super::mapping::Binding;
use super::settings::SecretName;
use super::sites::{Certificate, Set, Sites};
use super::template::{Placeholder, Slot, Template};
use crate::edit::Edit;
use crate::engine::Wishes;
use crate::object::pointer;
use crate::order;

/// A certificate with what becomes of it.
struct Entry<'a> {
    certificate: &'a Certificate<'a>,
    decisions: &'a [Decision],
    /// The Secret's name after the rules.
    secret: Option<String>,
    leaves: bool,
}

/// Wants Secrets renamed and equal entries removed. Returns the places of the entries that leave.
pub(super) fn rewrite(scene: &Scene<'_>, binding: &Binding<'_>, wishes: &mut Wishes) -> Vec<Range<usize>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for certificate in &scene.sites.certificates {
        let positions = certificate.hosts.clone().unwrap_or(0..scene.decisions.len());
        let decisions = scene.decisions.get(positions).unwrap_or_default();
        let mut entry = Entry {
            certificate,
            decisions,
            secret: certificate.secret.map(str::to_owned),
            leaves: false,
        };
        let renames = renames(scene, &entry, binding, wishes);
        if let Some((_, name)) = renames.first() {
            entry.secret = Some(name.clone());
        }
        let twin = entries
            .iter()
            .find(|earlier| !earlier.leaves && is_twin(earlier, &entry, scene));
        if let Some(twin) = twin {
            remove(scene, twin, &entry, wishes);
            entry.leaves = true;
        } else {
            let earlier = entries.iter().filter(|earlier| !earlier.leaves);
            earlier.for_each(|earlier| refuse_collision(scene, earlier, &entry, wishes));
            rename(scene, &entry, renames, wishes);
        }
        entries.push(entry);
    }
    entries
        .iter()
        .filter(|entry| entry.leaves && entry.holds_hosts(scene))
        .filter_map(|entry| entry.certificate.hosts.clone())
        .collect()
}

impl Entry<'_> {
    /// Whether the hosts stand in the entry and leave with it. Those of a Gateway's listener stand beside it.
    fn holds_hosts(&self, scene: &Scene<'_>) -> bool {
        let first = self.certificate.hosts.as_ref().map_or(0, |hosts| hosts.start);
        let place = scene.sites.places.get(first);
        place.is_some_and(|place| pointer::is_inside(&place.pointer, &self.certificate.pointer))
    }
}

impl Certificate<'_> {
    /// Whether `tls.secretName.set` applies, given the Secret that is named.
    fn may_be_set(&self, secret: Option<&str>) -> bool {
        match self.set {
            Set::Add => true,
            Set::Replace => secret.is_some(),
            Set::Nothing => false,
        }
    }
}

/// What each rule that touches the certificate's hosts wants its Secret to be called, if it is not called so.
fn renames(
    scene: &Scene<'_>,
    entry: &Entry<'_>,
    binding: &Binding<'_>,
    wishes: &mut Wishes,
) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let touched = |rule: usize| {
        entry
            .decisions
            .iter()
            .any(|decision| decision.is_touched_by(rule))
    };
    for (rule, judge) in scene.judges.iter().enumerate().filter(|(rule, _)| touched(*rule)) {
        let pointer = Sites::secret_pointer(entry.certificate);
        match (&judge.settings.secret_name, entry.certificate.secret) {
            (SecretName::Set(name), secret) if entry.certificate.may_be_set(secret) => {
                found.push((rule, name.clone()));
            }
            (SecretName::Template(template), Some(secret)) => match give(template, secret, entry, binding) {
                Ok(name) if is_dns_subdomain(&name) => found.push((rule, name)),
                Ok(name) => {
                    let message =
                        format!("the Secret `{secret}` would become `{name}`, which is no name of a Secret.");
                    let remedy = "Change `tls.secretName.template`, or shorten the namespace.";
                    wishes.violation(&judge.active, "bad-secret-name", pointer, message, remedy);
                }
                Err(placeholder) => {
                    let message = format!(
                        "the Secret `{secret}` needs `{placeholder}`, which is not known for this object."
                    );
                    let remedy = "Pass --release for `{release}`, write `metadata.name` for `{name}`, or change `tls.secretName.template`.";
                    wishes.violation(&judge.active, "unknown-placeholder", pointer, message, remedy);
                }
            },
            _ => {}
        }
    }
    found
}

/// The name that a template gives a Secret; a name that it may have given stays.
fn give(
    template: &Template,
    secret: &str,
    entry: &Entry<'_>,
    binding: &Binding<'_>,
) -> Result<String, Placeholder> {
    let first = entry.decisions.iter().find_map(Decision::host);
    let value = |placeholder| match placeholder {
        Placeholder::Host => first.map(ToString::to_string),
        Placeholder::First => first.map(|host| host.first().to_owned()),
        Placeholder::Secret => Some(secret.to_owned()),
        _ => binding.value(placeholder),
    };
    let slot = |placeholder| match placeholder {
        Placeholder::Secret => Slot::Labels,
        _ => value(placeholder).map_or(Slot::Unknown, Slot::Bound),
    };
    if template.fits(secret, &slot) {
        Ok(secret.to_owned())
    } else {
        template.render(&value)
    }
}

fn rename(scene: &Scene<'_>, entry: &Entry<'_>, renames: Vec<(usize, String)>, wishes: &mut Wishes) {
    let pointer = Sites::secret_pointer(entry.certificate);
    for (rule, name) in renames
        .into_iter()
        .filter(|(_, name)| entry.certificate.secret != Some(name))
    {
        let message = entry.certificate.secret.map_or_else(
            || format!("the certificate would come from the Secret `{name}`."),
            |secret| format!("the Secret `{secret}` would become `{name}`."),
        );
        let field = entry.certificate.field.rsplit('/').next().unwrap_or_default();
        let remedy = format!("Write `{field}: {name}` there.");
        wishes.change(
            &scene.actives(&[rule]),
            &pointer,
            message,
            remedy,
            vec![Edit::set(&pointer, name)],
        );
    }
}

/// Whether two entries say the same after the edits and did not before.
fn is_twin(earlier: &Entry<'_>, later: &Entry<'_>, scene: &Scene<'_>) -> bool {
    let hosts = |entry: &Entry<'_>| -> Vec<String> {
        let host = |decision| {
            scene
                .edited(decision)
                .or(decision.source.as_ref())
                .map(ToString::to_string)
        };
        let mut hosts: Vec<String> = entry.decisions.iter().filter_map(host).collect();
        order::sort(&mut hosts);
        hosts.dedup();
        hosts
    };
    let edited = |entry: &Entry<'_>| {
        entry
            .decisions
            .iter()
            .any(|decision| scene.edited(decision).is_some())
    };
    let readable = |entry: &Entry<'_>| entry.decisions.iter().all(|decision| decision.source.is_some());
    let list = |entry: &Entry<'_>| {
        pointer::split_last(&entry.certificate.pointer).map_or_else(String::new, |(list, _)| list.to_owned())
    };
    let both = [earlier, later];
    list(earlier) == list(later)
        && both
            .iter()
            .all(|entry| entry.certificate.mergeable && entry.certificate.hosts.is_some() && readable(entry))
        && both.iter().any(|entry| edited(entry))
        && earlier.secret == later.secret
        && hosts(earlier) == hosts(later)
}

fn remove(scene: &Scene<'_>, twin: &Entry<'_>, entry: &Entry<'_>, wishes: &mut Wishes) {
    let wished = twin
        .decisions
        .iter()
        .chain(entry.decisions)
        .flat_map(|decision| &decision.wishes);
    let mut rules: Vec<usize> = wished
        .map(|(rule, _)| *rule)
        .filter(|rule| scene.enforces(*rule))
        .collect();
    order::sort(&mut rules);
    rules.dedup();
    let message = format!("the entry would say the same as `{}`.", twin.certificate.pointer);
    let pointer = &entry.certificate.pointer;
    wishes.change(
        &scene.actives(&rules),
        pointer,
        message,
        "Remove it.",
        vec![Edit::remove(pointer)],
    );
}

/// Two entries that come to share a host while their Secrets differ.
fn refuse_collision(scene: &Scene<'_>, earlier: &Entry<'_>, later: &Entry<'_>, wishes: &mut Wishes) {
    if earlier.secret == later.secret
        || earlier.certificate.hosts.is_none()
        || later.certificate.hosts.is_none()
    {
        return;
    }
    let pairs = earlier
        .decisions
        .iter()
        .flat_map(|first| later.decisions.iter().map(move |second| (first, second)));
    let mut shared = pairs.filter(|(first, second)| {
        first.host().is_some() && first.host() == second.host() && first.source != second.source
    });
    let Some((first, second)) = shared.next() else {
        return;
    };
    let rule = second.wishes.first().or(first.wishes.first());
    let (Some((rule, _)), Some(host)) = (rule, second.host()) else {
        return;
    };
    let name = |entry: &Entry<'_>| {
        entry
            .secret
            .as_ref()
            .map_or("none".to_owned(), |name| format!("`{name}`"))
    };
    let message = format!(
        "two entries would hold `{host}` with different Secrets, {} and {}.",
        name(earlier),
        name(later)
    );
    let remedy = "Use `{first}` or `{wildcard}` in `to`, so that the hosts stay apart, or set one Secret for all with `tls.secretName`.";
    for active in scene.actives(&[*rule]) {
        wishes.violation(
            &active,
            "tls-collision",
            &later.certificate.pointer,
            message.clone(),
            remedy,
        );
    }
}
