//! What rules changed, as a unified diff per document with the rules that made each change.
//!
//! Line numbers are those of the stream, or of each file. Around changes of a Secret no other line is shown: it may be a value.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use boltrope::edit::Edit;
use boltrope::render::{ChangeLog, Changed, Rendered};
use similar::{ChangeTag, DiffOp, TextDiff};

use super::paths::relative;
use super::text;

const HEADER: Style = Style::new().bold();
const NOTE: Style = AnsiColor::Cyan.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();
const CONTEXT: usize = 3;

/// All changes of a run.
pub(crate) fn render(rendered: &Rendered<'_>) -> Vec<u8> {
    let mut text = String::new();
    let mut shift = 0;
    let logged = rendered
        .changed
        .iter()
        .filter_map(|changed| Some((changed, changed.log.as_deref()?)));
    for (changed, log) in logged {
        write_header(&mut text, changed, log);
        shift = write_hunks(&mut text, changed, log.secret, shift);
    }
    text.into_bytes()
}

/// All changes of a run over files with these names: a header per file, with the rules above it.
pub(crate) fn files(rendered: &Rendered<'_>, names: &[&str]) -> Vec<u8> {
    let here = std::env::current_dir().unwrap_or_default();
    let mut text = String::new();
    for file in rendered.changed.chunk_by(|a, b| a.place.stream == b.place.stream) {
        for log in file.iter().filter_map(|changed| changed.log.as_deref()) {
            let _ = writeln!(text, "{NOTE}# {}{NOTE:#}", text::object(&log.object));
            write_rules(&mut text, log);
        }
        let stream = file
            .first()
            .map(|changed| changed.place.stream)
            .unwrap_or_default();
        let name = relative(names.get(stream).copied().unwrap_or_default(), &here);
        let name = name.trim_start_matches('/');
        let _ = writeln!(text, "{HEADER}--- a/{name}{HEADER:#}");
        let _ = writeln!(text, "{HEADER}+++ b/{name}{HEADER:#}");
        let mut shift = 0;
        for changed in file {
            let secret = changed.log.as_deref().is_none_or(|log| log.secret);
            shift = write_hunks(&mut text, changed, secret, shift);
        }
    }
    text.into_bytes()
}

fn write_header(text: &mut String, changed: &Changed<'_>, log: &ChangeLog) {
    let object = text::object(&log.object);
    let source = changed
        .place
        .source
        .as_deref()
        .map(|source| format!(" # Source: {source}"))
        .unwrap_or_default();
    let _ = writeln!(text, "{HEADER}--- {object}{source}{HEADER:#}");
    let _ = writeln!(text, "{HEADER}+++ {object}{source}{HEADER:#}");
    write_rules(text, log);
}

fn write_rules(text: &mut String, log: &ChangeLog) {
    for applied in log.edits.iter().flatten() {
        let verb = match applied.edit {
            Edit::Set { .. } => "sets",
            Edit::Remove { .. } => "removes",
        };
        let (rules, pointer) = (applied.rules.join(", "), applied.edit.pointer());
        let _ = writeln!(text, "{NOTE}# {rules} {verb} {pointer}{NOTE:#}");
    }
}

/// Writes the hunks; takes and gives how many lines the stream has grown so far.
fn write_hunks(text: &mut String, changed: &Changed<'_>, secret: bool, shift: isize) -> isize {
    let after = changed.after.to_text();
    let diff = TextDiff::from_lines(changed.before, after.as_str());
    let context = if secret { 0 } else { CONTEXT };
    for group in diff.grouped_ops(context) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            continue;
        };
        let old = first.old_range().start..last.old_range().end;
        let new = first.new_range().start..last.new_range().end;
        let (old_at, new_at) = (changed.line + old.start, changed.line + new.start);
        let new_at = new_at.saturating_add_signed(shift);
        let (old, new) = (old.len(), new.len());
        let _ = writeln!(text, "{NOTE}@@ -{old_at},{old} +{new_at},{new} @@{NOTE:#}");
        for op in &group {
            write_lines(text, &diff, op);
        }
    }
    let lines = |text: &str| text.lines().count();
    shift + lines(&after).cast_signed() - lines(changed.before).cast_signed()
}

fn write_lines(text: &mut String, diff: &TextDiff<'_, '_, str>, op: &DiffOp) {
    for change in diff.iter_changes(op) {
        let line = change.value().trim_end_matches(['\n', '\r']);
        let _ = match change.tag() {
            ChangeTag::Equal => writeln!(text, " {line}"),
            ChangeTag::Delete => writeln!(text, "{REMOVED}-{line}{REMOVED:#}"),
            ChangeTag::Insert => writeln!(text, "{ADDED}+{line}{ADDED:#}"),
        };
        if change.missing_newline() {
            let _ = writeln!(text, "{NOTE}\\ No newline at end of file{NOTE:#}");
        }
    }
}
