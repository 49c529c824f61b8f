//! Backups as files: `<namespace>_<name>.json`, for their owner only. Neither part of the name can hold a `_`.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use boltrope::recovery::episode::Machine as _;

use super::{Entry, JournalError, broken};
use crate::recover::view::Key;

/// A folder of backups.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder, for its owner only, unless it is there.
    pub(crate) fn open(path: &Path) -> Result<Self, JournalError> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| failed(path, "written", &error))?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    pub(super) fn load(&self, key: &Key) -> Result<Option<Entry>, JournalError> {
        let path = self.file(key);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&path, "read", &error)),
        };
        let repair = serde_json::from_str(&text).map_err(|error| broken(key, &error))?;
        let mut entry = Entry::new(repair);
        entry.written = text;
        Ok(Some(entry))
    }

    /// Written beside and renamed: a reader sees the old text or the new one.
    pub(super) fn save(&self, key: &Key, text: &str) -> Result<(), JournalError> {
        let path = self.file(key);
        let beside = path.with_extension("json.new");
        let write = || -> io::Result<()> {
            let mut options = OpenOptions::new();
            let mut file = options
                .create(true)
                .truncate(true)
                .write(true)
                .mode(0o600)
                .open(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, &path)
        };
        write().map_err(|error| failed(&path, "written", &error))
    }

    /// Moves a finished repair out of the way of the next one.
    pub(super) fn archive(&self, last: Option<&Entry>) -> Result<(), JournalError> {
        let Some(last) = last.filter(|last| !last.repair.saved().is_empty()) else {
            return Ok(());
        };
        let path = self.file(&last.key());
        let began = last.repair.began().map_or(0, |began| began.unix());
        let kept = path.with_extension(format!("{began}.json"));
        fs::rename(&path, &kept).map_err(|error| failed(&path, "written", &error))
    }

    pub(super) fn known(&self) -> Result<Vec<Key>, JournalError> {
        let entries = fs::read_dir(&self.path).map_err(|error| failed(&self.path, "read", &error))?;
        let mut keys: Vec<Key> = entries
            .filter_map(|entry| {
                let name = entry.ok()?.file_name().into_string().ok()?;
                let (namespace, rest) = name.split_once('_')?;
                let name = rest.strip_suffix(".json")?;
                Some((namespace.to_owned(), name.to_owned()))
            })
            .collect();
        keys.sort();
        // `web.1748000000` is an older repair of `web`, not a release of that name.
        let names = keys.clone();
        keys.retain(|(namespace, name)| {
            let older = name
                .rsplit_once('.')
                .filter(|(_, began)| began.parse::<i64>().is_ok());
            older.is_none_or(|(name, _)| !names.contains(&(namespace.clone(), name.to_owned())))
        });
        Ok(keys)
    }

    fn file(&self, (namespace, name): &Key) -> PathBuf {
        self.path.join(format!("{namespace}_{name}.json"))
    }
}

fn failed(path: &Path, verb: &'static str, error: &io::Error) -> JournalError {
    JournalError::File {
        path: path.display().to_string(),
        verb,
        why: error.to_string(),
    }
}
