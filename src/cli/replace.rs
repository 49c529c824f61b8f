//! Files written whole or not at all: what is new is written beside the place, synced, and moved there.
//!
//! Whoever reads the file, and whoever finds it after a crash, has the old content or the new one. A process that is
//! killed may leave the file beside it behind: hidden, and never read as a manifest.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Puts `bytes` where `path` is. A link keeps pointing where it does: its target is replaced. Mode and owner stay.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let before = fs::metadata(&target).ok();
    // A terminal or a pipe cannot be replaced.
    if before.as_ref().is_some_and(|before| !before.is_file()) {
        return OpenOptions::new().write(true).open(&target)?.write_all(bytes);
    }
    let beside = beside(&target);
    let written = write(&beside, bytes, before.as_ref()).and_then(|()| fs::rename(&beside, &target));
    written.inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })?;
    sync_directory(&target);
    Ok(())
}

fn write(path: &Path, bytes: &[u8], like: Option<&Metadata>) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    if let Some(like) = like {
        keep_owner(&file, like);
        file.set_permissions(like.permissions())?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// Only root can give files away; for everyone else the owner is the same already.
#[cfg(unix)]
fn keep_owner(file: &File, like: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let _ = fchown(file, Some(like.uid()), Some(like.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) {}

/// Makes the move itself last. Not every file system knows how; the content is safe either way.
fn sync_directory(target: &Path) {
    if let Some(directory) = target.parent() {
        let _ = File::open(directory).and_then(|directory| directory.sync_all());
    }
}

/// A name in the same directory, of this process alone.
fn beside(target: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    target.with_file_name(name)
}
