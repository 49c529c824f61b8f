//! What a command reads: a file that an argument names, or stdin.

#[cfg(unix)]
use std::fs;
use std::io::{self, IsTerminal, Read, Stdin};
use std::path::Path;

use boltrope::object::Object;
use boltrope_yaml::Limits;
use serde_json::Value;

use super::exit::Failure;
use super::files::{self, File};
use super::output::text;

/// A file, or stdin for `-`.
pub(crate) fn read(path: &Path) -> Result<File, Failure> {
    if path == Path::new("-") {
        let name = "stdin".to_owned();
        let path = path.to_owned();
        return stdin().map(|bytes| File { name, path, bytes });
    }
    files::read(path).map_err(|refused| {
        let reason = files::reason(&refused.error);
        Failure::Unreadable(format!("cannot read `{}`: {reason}", refused.name))
    })
}

/// The one document of a file, YAML or JSON.
pub(crate) fn document(path: &Path) -> Result<(String, Value), Failure> {
    let file = read(path)?;
    let name = file.name;
    let limits = Limits::default();
    let broken = |error: boltrope_yaml::Error| Failure::Unreadable(format!("{name}: {error}"));
    let mut found = Vec::new();
    for document in boltrope_yaml::split(&file.bytes, &limits).map_err(broken)? {
        let tree = document.read(&limits).map_err(broken)?;
        if !tree.is_empty() {
            found.push(tree.into_value());
        }
    }
    match (found.pop(), found.len()) {
        (Some(document), 0) => Ok((name, document)),
        (None, _) => Err(Failure::Unreadable(format!(
            "{name}: it is empty; one document was expected"
        ))),
        (Some(_), others) => Err(Failure::Unreadable(format!(
            "{name}: it holds {} documents; give one at a time",
            others + 1
        ))),
    }
}

/// The one Kubernetes object of a file.
pub(crate) fn object(path: &Path) -> Result<(String, Value), Failure> {
    let (name, value) = document(path)?;
    let object = Object::new(&value);
    if object.api_version().is_empty() || object.kind().is_empty() {
        let message = format!("{name}: it has no `apiVersion` and `kind`; a Kubernetes object was expected");
        return Err(Failure::Unreadable(message));
    }
    Ok((name, value))
}

/// All of stdin.
pub(crate) fn stdin() -> Result<Vec<u8>, Failure> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        text::hint("reading from the terminal; end with Ctrl-D, or pipe manifests in");
    }
    read_to_end(&stdin).map_err(|error| {
        let reason = files::reason(&error);
        Failure::Unreadable(format!("cannot read stdin: {reason}"))
    })
}

/// A file says how large it is, so that its content is not moved while it is read.
#[cfg(unix)]
fn read_to_end(stdin: &Stdin) -> io::Result<Vec<u8>> {
    use std::os::fd::AsFd;

    let mut bytes = Vec::new();
    fs::File::from(stdin.as_fd().try_clone_to_owned()?).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(not(unix))]
fn read_to_end(stdin: &Stdin) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stdin.lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}
