//! `docs/performance.md`, which several benchmarks write: each has the text from its mark to the next one.

use std::path::Path;

use anyhow::Context as _;

const PAGE: &str = "docs/performance.md";
/// How a section other than `make bench`'s begins.
const SECTION: &str = "<!-- written by make bench-";

/// Replaces the section of a benchmark, or adds it at the end.
pub(crate) fn put(root: &Path, verb: &str, section: &str) -> anyhow::Result<()> {
    let page = read(root)?;
    write(root, &with(&page, verb, section))
}

/// Replaces what `make bench` writes, before all other sections.
pub(super) fn put_first(root: &Path, text: &str) -> anyhow::Result<String> {
    let page = read(root)?;
    let rest = page
        .find(SECTION)
        .and_then(|at| page.get(at..))
        .unwrap_or_default();
    let text = joined(&[text, rest]);
    write(root, &text)?;
    Ok(text)
}

fn with(page: &str, verb: &str, section: &str) -> String {
    let mark = format!("<!-- written by make {verb} -->");
    let (before, after) = page.split_once(&mark).unwrap_or((page, ""));
    let after = after
        .find(SECTION)
        .and_then(|at| after.get(at..))
        .unwrap_or_default();
    joined(&[before, &format!("{mark}\n\n{}", section.trim()), after])
}

fn joined(parts: &[&str]) -> String {
    let parts = parts
        .iter()
        .map(|part| part.trim())
        .filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n\n") + "\n"
}

fn read(root: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(root.join(PAGE)).with_context(|| format!("reading `{PAGE}`"))
}

fn write(root: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(root.join(PAGE), text).with_context(|| format!("writing `{PAGE}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_where_it_is_and_others_stay() {
        let page = "# Performance\n\n<!-- written by make bench-a -->\n\nold\n\n<!-- written by make bench-b -->\n\nb\n";
        let new = with(page, "bench-a", "new\n");
        assert_eq!(new, page.replace("old", "new"));
        let more = with(page, "bench-c", "c");
        assert_eq!(more, format!("{page}\n<!-- written by make bench-c -->\n\nc\n"));
        assert_eq!(with(&more, "bench-b", "d"), more.replace("\nb\n", "\nd\n"));
    }
}
