//! What survives this process: each repair as far as it got, with every object as it was before.
//!
//! Journal and backup are one. It is written before a write is sent and again after it was answered, so that whoever comes
//! next goes on or takes back. In files (`--backup-dir`), or as a Secret beside the HelmRelease.

mod folder;
mod index;
mod pack;
mod secret;

use boltrope::recovery::Timestamp;
use boltrope::recovery::episode::Machine as _;

pub(crate) use folder::Folder;
pub(crate) use secret::Secrets;

use super::repair::Repair;
use super::view::Key;
use crate::cluster::CallError;
use crate::command::Failure;

/// How long a Secret with a backup is kept, in seconds: 14 days.
pub(crate) const KEPT: i64 = 14 * 86_400;

/// Where repairs are written down.
#[derive(Debug)]
pub(crate) enum Journal {
    /// In files that only their owner reads.
    Folder(Folder),
    /// In Secrets named `boltrope-backup-*`.
    Secrets(Secrets),
}

/// A repair, and what of it is written down.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) repair: Repair,
    /// What was written last, to write only what is new.
    written: String,
    /// The Secret's `resourceVersion`: whoever else writes it drives the same repair.
    version: Option<String>,
    /// Secrets that hold what does not fit into the first.
    parts: Vec<String>,
}

/// Why a repair is not written down. Then nothing is written to the cluster either.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    /// A file.
    #[error("the backup `{path}` cannot be {verb}: {why}")]
    File {
        /// Which.
        path: String,
        /// `read`, `written`.
        verb: &'static str,
        /// Why.
        why: String,
    },
    /// A Secret.
    #[error("the backup of {release} cannot be kept: {error}")]
    Call {
        /// Namespace and name.
        release: String,
        /// Why.
        error: CallError,
    },
    /// Another process writes the same journal.
    #[error("another run is at {release}: its journal was written in between")]
    Taken {
        /// Namespace and name.
        release: String,
    },
    /// What stands there was not written by this program, or by another version of it.
    #[error("the backup of {release} cannot be read: {why}; move it away to begin anew")]
    Broken {
        /// Namespace and name.
        release: String,
        /// Where it stops making sense; never what stands there.
        why: String,
    },
}

/// Whatever is the matter with a journal holds the repair. Only a cluster that was not heard may say otherwise a moment later.
impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        match &error {
            JournalError::Call { error: call, .. } if !matches!(call, CallError::Forbidden { .. }) => {
                Self::Unreadable(error.to_string())
            }
            _ => Self::Held(error.to_string()),
        }
    }
}

impl Entry {
    fn new(repair: Repair) -> Self {
        Self {
            repair,
            written: String::new(),
            version: None,
            parts: Vec::new(),
        }
    }

    /// The release that it is about.
    pub(crate) fn key(&self) -> Key {
        let (namespace, name) = self.repair.place();
        (namespace.to_owned(), name.to_owned())
    }

    /// What is to be written; `None` if that stands there already.
    fn news(&self) -> Result<Option<String>, JournalError> {
        let text = serde_json::to_string(&self.repair);
        let text = text.map_err(|error| broken(&self.key(), &error))?;
        Ok(Some(text).filter(|text| *text != self.written))
    }
}

impl Journal {
    /// The last repair of a release.
    pub(crate) async fn load(&self, key: &Key) -> Result<Option<Entry>, JournalError> {
        match self {
            Self::Folder(folder) => folder.load(key),
            Self::Secrets(secrets) => secrets.load(key).await,
        }
    }

    /// Begins a repair; what was kept of the last one stays beside it.
    pub(crate) async fn begin(
        &self,
        last: Option<Entry>,
        repair: Repair,
        now: Timestamp,
    ) -> Result<Entry, JournalError> {
        let mut entry = Entry::new(repair);
        match self {
            Self::Folder(folder) => folder.archive(last.as_ref())?,
            Self::Secrets(secrets) => {
                secrets.archive(last.as_ref(), &entry.key(), now).await?;
                if let Some(last) = last {
                    (entry.version, entry.parts) = (last.version, last.parts);
                }
            }
        }
        self.save(&mut entry).await?;
        Ok(entry)
    }

    /// Writes down how far a repair got.
    pub(crate) async fn save(&self, entry: &mut Entry) -> Result<(), JournalError> {
        let Some(text) = entry.news()? else {
            return Ok(());
        };
        match self {
            Self::Folder(folder) => folder.save(&entry.key(), &text)?,
            Self::Secrets(secrets) => secrets.save(entry, &text).await?,
        }
        entry.written = text;
        Ok(())
    }

    /// The releases that there are repairs of, in these namespaces.
    pub(crate) async fn known(&self, namespaces: &[String]) -> Result<Vec<Key>, JournalError> {
        match self {
            Self::Folder(folder) => folder.known(),
            Self::Secrets(secrets) => secrets.known(namespaces).await,
        }
    }

    /// Deletes the Secrets of a namespace that were kept long enough. Files are left to their owner.
    pub(crate) async fn clean(&self, namespace: &str, now: Timestamp) -> Result<(), JournalError> {
        match self {
            Self::Folder(_) => Ok(()),
            Self::Secrets(secrets) => secrets.clean(namespace, now).await,
        }
    }
}

fn broken(key: &Key, error: &serde_json::Error) -> JournalError {
    JournalError::Broken {
        release: full_name(key),
        why: format!("line {}, column {}", error.line(), error.column()),
    }
}

/// `shop/web`
pub(super) fn full_name(key: &Key) -> String {
    format!("{}/{}", key.0, key.1)
}
