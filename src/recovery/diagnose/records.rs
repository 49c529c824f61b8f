//! The judges of Helm's records themselves: one that is gone, one that is broken, one that is too large.

use super::facts::Facts;
use super::judges::{Judged, judged};
use crate::recovery::conditions::Condition;
use crate::recovery::storage::{SECRET_LIMIT, Status};
use crate::recovery::verdict::Verdict;

/// Of the limit of a Secret, what counts as hardly fitting.
pub(super) const NEAR_LIMIT: usize = SECRET_LIMIT / 10 * 9;
/// What the API server says of a Secret that is too large (`ValidateSecret` of Kubernetes).
const TOO_LONG: &str = "Too long: must have at most 1048576 bytes";

pub(super) fn storage_missing(facts: &Facts<'_>) -> Option<Judged> {
    let history = facts.history.filter(|_| facts.storage_was_read())?;
    // An uninstall that kept no history leaves a snapshot without a record; that is in order.
    let missing = match &facts.newest {
        None => history.status != Status::Uninstalled.as_str(),
        Some(newest) => newest.record.version() < history.version,
    };
    if !missing {
        return None;
    }
    let mut evidence = vec![facts.says(
        history.pointer(),
        format!("the controller saw {} as {}", history.revision(), history.status),
    )];
    let place = &facts.identity.storage_namespace;
    let found = match &facts.newest {
        None => format!("namespace {place} has no record of {}", facts.identity.release),
        Some(newest) => format!("the newest record in {place} is {}", newest.revision()),
    };
    evidence.push(facts.says("/status/storageNamespace", found.clone()));
    evidence.extend(facts.ready.map(|ready| facts.quotes(&ready)));
    let summary = format!("the record of {} is gone: {found}", history.revision());
    Some(judged(Verdict::StorageMissing, summary, evidence))
}

pub(super) fn storage_unreadable(facts: &Facts<'_>) -> Option<Judged> {
    let newest = facts.newest.as_ref()?;
    let fact = match newest.head.as_ref()? {
        Err(error) => error.to_string(),
        Ok(head) if head.version != newest.record.version() || head.name != newest.record.release() => {
            format!("its body is that of {}.v{}", head.name, head.version)
        }
        Ok(_) => return None,
    };
    let summary = format!("the record of {} cannot be used: {fact}", newest.revision());
    let mut evidence = vec![newest.says("/data/release", fact)];
    evidence.extend(facts.ready.map(|ready| facts.quotes(&ready)));
    Some(judged(Verdict::StorageUnreadable, summary, evidence))
}

/// A record that was too large was never stored, so the message is all that is left of it. A failing release with a
/// record near the limit fails for that reason next, if not already.
pub(super) fn storage_too_large(facts: &Facts<'_>) -> Option<Judged> {
    let told = [facts.ready, facts.released]
        .into_iter()
        .flatten()
        .find(|condition| condition.is_false() && condition.message.contains(TOO_LONG));
    if let Some(condition) = told {
        let summary = "the API server refused the record: a Secret holds at most 1 MiB";
        return Some(judged(
            Verdict::StorageTooLarge,
            summary,
            vec![facts.quotes(&condition)],
        ));
    }
    let ready = facts.ready.filter(Condition::is_false)?;
    let newest = facts.newest.as_ref()?;
    let size = newest.record.size().filter(|size| *size >= NEAR_LIMIT)?;
    let fact = format!("{size} of {SECRET_LIMIT} bytes are used");
    let summary = format!("the record of {} hardly fits: {fact}", newest.revision());
    let evidence = vec![newest.says("/data/release", fact), facts.quotes(&ready)];
    Some(judged(Verdict::StorageTooLarge, summary, evidence))
}
