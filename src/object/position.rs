//! Where in a text the thing at a JSON Pointer stands, for people who have to go there.

use boltrope_yaml::{Position, Tree};

use super::pointer::split_last;

/// The key at `pointer`, else the value, else the nearest parent that is there; at last the document itself.
#[must_use]
pub fn locate(tree: &Tree<'_>, pointer: &str) -> Option<Position> {
    let mut at = pointer;
    loop {
        if let Some(position) = tree.key_position(at).or_else(|| tree.position(at)) {
            return Some(position);
        }
        at = split_last(at)?.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_key_or_what_is_nearest_to_it() {
        let text = "metadata:\n  name: web\nspec:\n  hosts:\n    - a\n    - b\n";
        let tree = boltrope_yaml::read(text, &boltrope_yaml::Limits::default()).unwrap();
        for (pointer, line, column) in [
            ("/metadata/name", 2, 3),
            ("/metadata/labels/team", 1, 1),
            ("/spec/hosts/1", 6, 7),
            ("/spec/hosts/7/x", 4, 3),
            ("/status", 1, 1),
            ("", 1, 1),
        ] {
            let found = locate(&tree, pointer).unwrap();
            assert_eq!((found.line, found.column), (line, column), "{pointer}");
        }
    }
}
