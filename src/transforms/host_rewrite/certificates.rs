//! Certificates: their Secrets follow `tls.secretName`, entries that come to say the same become one, entries that come to
//! share a host with different Secrets are refused (rules.md 5.9).

use std::ops::Range;

use super::decide::Decision;
use super::edits::Scene;
use super::host::{Host, is_dns_subdomain};
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
}

/// Wants Secrets renamed and equal entries removed. Returns the places of the entries that leave.
pub(super) fn rewrite(scene: &Scene<'_>, binding: &Binding<'_>, wishes: &mut Wishes) -> Vec<Range<usize>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut gone = Vec::new();
    for certificate in &scene.sites.certificates {
        let positions = certificate.hosts.clone().unwrap_or(0..scene.decisions.len());
        let mut entry = Entry {
            certificate,
            decisions: scene.decisions.get(positions).unwrap_or_default(),
            secret: certificate.secret.map(str::to_owned),
        };
        let renames = renames(scene, &entry, binding, wishes);
        if let Some((_, name)) = renames.first() {
            entry.secret = Some(name.clone());
        }
        if let Some(twin) = entries.iter().find(|earlier| is_twin(earlier, &entry, scene)) {
            remove(scene, twin, &entry, wishes);
            if entry.holds_hosts(scene) {
                gone.push(certificate.hosts.clone().unwrap_or_default());
            }
            continue;
        }
        for earlier in &entries {
            refuse_collision(scene, earlier, &entry, wishes);
        }
        rename(scene, &entry, &renames, wishes);
        entries.push(entry);
    }
    gone
}

impl Entry<'_> {
    /// Whether the hosts stand in the entry and leave with it. Those of a Gateway's listener stand beside it.
    fn holds_hosts(&self, scene: &Scene<'_>) -> bool {
        let first = self.certificate.hosts.as_ref().map_or(0, |hosts| hosts.start);
        let place = scene.sites.places.get(first);
        place.is_some_and(|place| pointer::is_inside(&place.pointer, &self.certificate.pointer))
    }

    /// Whether another entry may stand for this one.
    fn may_leave(&self) -> bool {
        let mut decisions = self.decisions.iter();
        let is_readable = decisions.all(|decision| decision.source.is_some());
        self.certificate.mergeable && self.certificate.hosts.is_some() && is_readable
    }

    /// The list that it is an item of.
    fn list(&self) -> Option<&str> {
        pointer::split_last(&self.certificate.pointer).map(|(list, _)| list)
    }

    fn is_edited(&self, scene: &Scene<'_>) -> bool {
        let mut decisions = self.decisions.iter();
        decisions.any(|decision| scene.edited(decision).is_some())
    }

    /// The hosts after the edits.
    fn outcome(&self, scene: &Scene<'_>) -> Vec<String> {
        let mut hosts = Vec::new();
        for decision in self.decisions {
            if let Some(host) = scene.outcome(decision) {
                hosts.push(host.as_str().to_owned());
            }
        }
        order::sort(&mut hosts);
        hosts.dedup();
        hosts
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
    for (rule, judge) in scene.judges.iter().enumerate() {
        if !entry
            .decisions
            .iter()
            .any(|decision| decision.is_touched_by(rule))
        {
            continue;
        }
        let (code, message, remedy) = match (&judge.settings.secret_name, entry.certificate.secret) {
            (SecretName::Set(name), secret) if entry.certificate.may_be_set(secret) => {
                found.push((rule, name.clone()));
                continue;
            }
            (SecretName::Template(template), Some(secret)) => match give(template, secret, entry, binding) {
                Ok(name) if is_dns_subdomain(&name) => {
                    found.push((rule, name));
                    continue;
                }
                Ok(name) => (
                    "bad-secret-name",
                    format!("the Secret `{secret}` would become `{name}`, which is no name of a Secret."),
                    "Change `tls.secretName.template`, or shorten the namespace.",
                ),
                Err(placeholder) => (
                    "unknown-placeholder",
                    format!(
                        "the Secret `{secret}` needs `{placeholder}`, which is not known for this object."
                    ),
                    "Pass --release for `{release}`, write `metadata.name` for `{name}`, or change `tls.secretName.template`.",
                ),
            },
            _ => continue,
        };
        let pointer = Sites::secret_pointer(entry.certificate);
        judge.refuse(code, &pointer, message, remedy, wishes);
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
        Placeholder::Host => first.map(|host| host.as_str().to_owned()),
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

fn rename(scene: &Scene<'_>, entry: &Entry<'_>, renames: &[(usize, String)], wishes: &mut Wishes) {
    for (rule, name) in renames {
        let message = match entry.certificate.secret {
            Some(secret) if secret == name => continue,
            Some(secret) => format!("the Secret `{secret}` would become `{name}`."),
            None => format!("the certificate would come from the Secret `{name}`."),
        };
        let at = Sites::secret_pointer(entry.certificate);
        let (_, field) = pointer::split_last(&at).unwrap_or_default();
        let remedy = format!("Write `{field}: {name}` there.");
        let edit = Edit::set(&at, name.as_str());
        scene.change(&[*rule], edit, message, &remedy, wishes);
    }
}

/// Whether two entries say the same after the edits and did not before.
fn is_twin(earlier: &Entry<'_>, later: &Entry<'_>, scene: &Scene<'_>) -> bool {
    earlier.may_leave()
        && later.may_leave()
        && earlier.secret == later.secret
        && earlier.list() == later.list()
        && (earlier.is_edited(scene) || later.is_edited(scene))
        && earlier.outcome(scene) == later.outcome(scene)
}

fn remove(scene: &Scene<'_>, twin: &Entry<'_>, entry: &Entry<'_>, wishes: &mut Wishes) {
    let mut rules = Vec::new();
    for entry in [twin, entry] {
        for decision in entry.decisions {
            scene.add_enforcing(decision, &mut rules);
        }
    }
    let message = format!("the entry would say the same as `{}`.", twin.certificate.pointer);
    let edit = Edit::remove(&entry.certificate.pointer);
    scene.change(&rules, edit, message, "Remove it.", wishes);
}

/// Two entries that come to share a host while their Secrets differ.
fn refuse_collision(scene: &Scene<'_>, earlier: &Entry<'_>, later: &Entry<'_>, wishes: &mut Wishes) {
    if earlier.secret == later.secret
        || earlier.certificate.hosts.is_none()
        || later.certificate.hosts.is_none()
    {
        return;
    }
    let Some((rule, host)) = shared(earlier, later) else {
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
    if let Some(judge) = scene.judges.get(rule) {
        let pointer = &later.certificate.pointer;
        judge.refuse("tls-collision", pointer, message, remedy, wishes);
    }
}

/// A host that two entries come to share, and the rule that makes it so.
fn shared<'a>(earlier: &Entry<'a>, later: &Entry<'a>) -> Option<(usize, &'a Host)> {
    for first in earlier.decisions {
        for second in later.decisions {
            let host = second.host();
            if host.is_some() && first.host() == host && first.source != second.source {
                let (rule, _) = second.wishes.first().or(first.wishes.first())?;
                return Some((*rule, host?));
            }
        }
    }
    None
}
