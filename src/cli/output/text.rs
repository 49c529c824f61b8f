//! Findings and failures as people read them, with colours that a pipe does not get.

use std::fmt::Write as _;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use boltrope::engine::Severity;
use boltrope::object::ObjectRef;
use boltrope::render::{Defect, Located, Place, Rendered, Unreadable};
use boltrope_yaml::ErrorKind;

use crate::cli::exit::{Exit, Failure};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const QUIET: Style = AnsiColor::Cyan.on_default();

/// How a run ends.
pub(crate) fn exit(rendered: &Rendered<'_>) -> Exit {
    if !rendered.defects.is_empty() {
        Exit::Internal
    } else if !rendered.unreadable.is_empty() {
        Exit::Unreadable
    } else if rendered.errors() > 0 {
        Exit::Findings
    } else {
        Exit::Clean
    }
}

/// Everything about a run that people should know, on stderr. `names` are those of the streams.
pub(crate) fn rendered(rendered: &Rendered<'_>, names: &[&str], nothing_written: bool) {
    let mut text = findings(rendered, names);
    if text.is_empty() {
        return;
    }
    text.push_str(&counts(rendered));
    text.push_str(if nothing_written {
        "; nothing was written to stdout\n"
    } else {
        "\n"
    });
    to_stderr(&text);
}

/// All findings of a run, and what could not be read.
pub(crate) fn findings(rendered: &Rendered<'_>, names: &[&str]) -> String {
    let mut text = String::new();
    for defect in &rendered.defects {
        write_defect(&mut text, defect, names);
    }
    for unreadable in &rendered.unreadable {
        write_unreadable(&mut text, unreadable, names);
    }
    for located in &rendered.findings {
        write_finding(&mut text, located, names);
    }
    text
}

/// `2 errors, 1 warning, 1 unreadable`.
pub(crate) fn counts(rendered: &Rendered<'_>) -> String {
    let mut parts = vec![
        count(rendered.errors() + rendered.defects.len(), "error"),
        count(rendered.warnings(), "warning"),
    ];
    if !rendered.unreadable.is_empty() {
        parts.push(format!(
            "{} that cannot be read",
            count(rendered.unreadable.len(), "place")
        ));
    }
    parts.join(", ")
}

/// How much changed, on stderr.
pub(crate) fn tally(rendered: &Rendered<'_>) {
    let documents = count(rendered.documents, "document");
    to_stderr(&format!("{documents}, {} changed\n", rendered.changed.len()));
}

/// Why a command stopped, on stderr.
pub(crate) fn failure(failure: &Failure) {
    let error = |message: &str| format!("{ERROR}error{ERROR:#}: {message}\n");
    let text = match failure {
        Failure::Closed => return,
        Failure::Arguments(message) | Failure::Unreadable(message) | Failure::Output(message) => {
            error(message)
        }
        Failure::Internal(message) => error(&internal(message)),
        Failure::Rules(mistakes) => {
            let found = count(mistakes.mistakes.len(), "mistake");
            format!(
                "{mistakes}\n{}",
                error(&format!("{found} in the rules; nothing was run"))
            )
        }
    };
    to_stderr(&text);
}

/// A word to somebody at a terminal.
pub(crate) fn hint(message: &str) {
    to_stderr(&format!("{QUIET}{message}{QUIET:#}\n"));
}

/// `3 documents`, `1 document`.
pub(crate) fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// `Service shop/web`.
pub(crate) fn object(object: &ObjectRef) -> String {
    let namespace = object
        .namespace
        .as_deref()
        .map(|namespace| format!("{namespace}/"))
        .unwrap_or_default();
    format!("{} {namespace}{}", object.kind, object.name)
        .trim_end()
        .to_owned()
}

/// What an internal error asks of the person who met it.
pub(crate) fn internal(message: &str) -> String {
    format!(
        "internal error: {message}; this is a mistake in boltrope, please report this line together with the rules and \
         the shape of the document"
    )
}

/// Text on stderr; when that is closed there is nobody to tell.
pub(crate) fn to_stderr(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

fn write_finding(text: &mut String, located: &Located, names: &[&str]) {
    let finding = &located.finding;
    let (style, word) = match finding.severity {
        Severity::Error => (ERROR, "error"),
        Severity::Warning => (WARNING, "warning"),
    };
    let _ = writeln!(
        text,
        "{style}{word}[{}]{style:#}: {}",
        finding.code, finding.message
    );
    write_place(text, &located.place, names, "");
    let at = if finding.pointer.is_empty() {
        String::new()
    } else {
        format!(" at {}", finding.pointer)
    };
    write_note(text, "object", &format!("{}{at}", object(&finding.object)));
    write_note(text, "rule", &finding.rule);
    write_note(text, "help", &finding.remedy);
}

fn write_unreadable(text: &mut String, unreadable: &Unreadable, names: &[&str]) {
    let error = &unreadable.error;
    let _ = writeln!(
        text,
        "{ERROR}error[{}]{ERROR:#}: {}",
        error.kind().as_str(),
        error.message()
    );
    let byte = match error.kind() {
        ErrorKind::InvalidUtf8 | ErrorKind::ControlCharacter => format!(", byte {}", unreadable.place.offset),
        _ => String::new(),
    };
    write_place(text, &unreadable.place, names, &byte);
    write_note(text, "help", error.remedy());
}

fn write_defect(text: &mut String, defect: &Defect, names: &[&str]) {
    let _ = writeln!(text, "{ERROR}error{ERROR:#}: {}", internal(&defect.message));
    write_place(text, &defect.place, names, "");
}

fn write_place(text: &mut String, place: &Place, names: &[&str], extra: &str) {
    let name = names.get(place.stream).copied().unwrap_or_default();
    let source = place
        .source
        .as_deref()
        .map(|source| format!(", # Source: {source}"))
        .unwrap_or_default();
    let Place {
        line,
        column,
        document,
        ..
    } = place;
    let _ = writeln!(
        text,
        "  {QUIET}-->{QUIET:#} {name}:{line}:{column} (document {document}{extra}{source})"
    );
}

fn write_note(text: &mut String, name: &str, note: &str) {
    if !note.is_empty() {
        let _ = writeln!(text, "   {QUIET}={QUIET:#} {name}: {note}");
    }
}
