//! Names say what a thing is: no drawer for what did not find its place.

use super::Problem;
use std::path::Path;

const DRAWERS: &[&str] = &["utils", "util", "common", "helpers", "helper", "misc"];

pub(super) fn check(path: &Path) -> Option<Problem> {
    let drawer = path.iter().find_map(|part| {
        let stem = Path::new(part).file_stem()?.to_str()?;
        DRAWERS.iter().find(|drawer| **drawer == stem)
    })?;
    Some(Problem::error(
        path,
        None,
        format!("`{drawer}` says nothing: name it after the concept it holds"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_drawers_anywhere_in_the_path() {
        for path in [
            "src/utils.rs",
            "src/common/mod.rs",
            "crates/yaml/src/helpers/a.rs",
            "docs/misc.md",
        ] {
            assert!(check(Path::new(path)).is_some(), "{path}");
        }
        for path in ["src/commonality.rs", "docs/helm.md"] {
            assert!(check(Path::new(path)).is_none(), "{path}");
        }
    }
}
