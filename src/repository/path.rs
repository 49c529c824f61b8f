//! Paths as text with `/`, from the root: what `..` means is decided here, not by a file system.

/// The folder of a file or folder.
pub(super) fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/')
        .map(|(parent, _)| parent)
        .filter(|_| !path.is_empty())
}

/// The last part.
pub(super) fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// What `relative` means in a folder; `None` for what is no path in the tree (a URL, an absolute path) or leads out of it.
pub(super) fn join(folder: &str, relative: &str) -> Option<String> {
    if relative.starts_with('/') || relative.contains("://") || relative.contains('\n') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().filter(|part| !part.is_empty())?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The folders around a path, the outermost first.
pub(super) fn ancestors(path: &str) -> Vec<&str> {
    let mut found: Vec<&str> = std::iter::successors(parent(path), |at| parent(at)).collect();
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_as_text() {
        for (folder, relative, joined) in [
            ("/a/b", "c.yaml", Some("/a/b/c.yaml")),
            ("/a/b", "./../c/", Some("/a/c")),
            ("/a", "..", Some("")),
            ("/a", "../..", None),
            ("/a", "https://example.org/x", None),
            ("/a", "/x", None),
        ] {
            assert_eq!(join(folder, relative).as_deref(), joined, "{folder} {relative}");
        }
        assert_eq!(ancestors("/a/b/c.yaml"), ["", "/a", "/a/b"]);
        assert_eq!((name("/a/b"), parent("/a"), parent("")), ("b", Some(""), None));
    }
}
