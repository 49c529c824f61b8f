//! What is read, and how much of it: a page must stay usable whatever somebody pastes into it.

use boltrope::object::{MAX_DEPTH, is_deeper};
use boltrope_yaml::{Limits, Tree, split};
use serde_json::Value;

use crate::trouble::Trouble;

/// What the text of a World is called in errors.
pub(crate) const WORLD: &str = "world";
/// What the text of one object is called in errors.
pub(crate) const OBJECT: &str = "object";

/// The most bytes that one call takes. Trees of the worst texts of this size fit into the memory that WebAssembly has.
const MAX_BYTES: usize = 16 << 20;

/// Refuses what is too large; `what` is what it is called.
pub(crate) fn within_limit(what: &str, bytes: usize) -> Result<(), Trouble> {
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let message = format!("{what} of {bytes} bytes is above the limit of 16 MiB");
    let remedy = "pass less at once, or use `boltrope post-render`";
    Err(Trouble::arguments("", &message, remedy))
}

/// The documents of a text that hold something, one after the other.
pub(crate) fn each(file: &str, bytes: &[u8], mut take: impl FnMut(&Value)) -> Result<(), Trouble> {
    let limits = Limits::default();
    let broken = |error: boltrope_yaml::Error| Trouble::unreadable(file, &error);
    for document in split(bytes, &limits).map_err(broken)? {
        let tree = document.read(&limits).map_err(broken)?;
        if !tree.is_empty() {
            take(tree.value());
        }
    }
    Ok(())
}

/// The one document of a text.
pub(crate) fn one<'t>(file: &str, text: &'t str) -> Result<Tree<'t>, Trouble> {
    let limits = Limits::default();
    let broken = |error: boltrope_yaml::Error| Trouble::unreadable(file, &error);
    let mut found = Vec::new();
    for document in split(text.as_bytes(), &limits).map_err(broken)? {
        let tree = document.read(&limits).map_err(broken)?;
        if !tree.is_empty() {
            found.push(tree);
        }
    }
    match (found.pop(), found.len()) {
        (Some(tree), 0) => Ok(tree),
        (None, _) => Err(Trouble::unexpected(file, "it is empty", "pass one manifest")),
        (Some(_), others) => Err(Trouble::unexpected(
            file,
            &format!("it holds {} documents", others + 1),
            "pass one at a time, or all to `renderStream`",
        )),
    }
}

/// Whether a value is nested deeper than anything that is read from text.
pub(crate) fn is_too_deep(value: &Value) -> bool {
    is_deeper(value, MAX_DEPTH)
}

/// What is said about it.
pub(crate) fn too_deep(what: &str) -> Trouble {
    Trouble::unexpected(
        what,
        &format!("it is nested more than {MAX_DEPTH} levels deep"),
        "",
    )
}
