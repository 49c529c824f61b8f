//! Paths as services that show findings want them: relative to where the check was run, with `/`.
//!
//! GitHub and the viewers of SARIF join them with the root of the repository, where the check is usually run.

use std::path::{Component, Path, PathBuf};

/// `./a/../b.yaml` and an absolute path below `here` become `b.yaml`. What is elsewhere is given as an absolute path.
pub(crate) fn relative(name: &str, here: &Path) -> String {
    let absolute = here.join(name);
    let plain = plain(&absolute);
    let found = plain.strip_prefix(here).unwrap_or(&plain);
    slashed(found)
}

/// As text with `/`.
pub(crate) fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

/// Without `.` and `..`; links are not followed, because people and kustomizations name files as they are written.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// A path as a URI reference: what a URI keeps for itself is escaped.
pub(crate) fn uri(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    if path.starts_with('/') {
        text.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(char::from(byte));
            }
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_here_and_escaped() {
        let here = Path::new("/repository/here");
        for (name, path, reference) in [
            ("a.yaml", "a.yaml", "a.yaml"),
            ("./tree/../a b.yaml", "a b.yaml", "a%20b.yaml"),
            ("/repository/here/x/ü.yaml", "x/ü.yaml", "x/%C3%BC.yaml"),
            (
                "../other/a.yaml",
                "/repository/other/a.yaml",
                "file:///repository/other/a.yaml",
            ),
            ("a:b#c?.yaml", "a:b#c?.yaml", "a%3Ab%23c%3F.yaml"),
        ] {
            assert_eq!(relative(name, here), path, "{name}");
            assert_eq!(uri(path), reference, "{name}");
        }
    }
}
