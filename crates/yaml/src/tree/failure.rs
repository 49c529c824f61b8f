//! From libyaml's problems to sentences that say what to write instead.

use super::build::Builder;
use super::node::Kind;
use crate::parser::Failure;
use crate::{Error, ErrorKind, Position};

/// Problems that say enough by themselves: libyaml's words, the kind, what is wrong, what to do.
const PLAIN: [(&str, ErrorKind, &str, &str); 15] = [
    (
        "found a tab character where an indentation space is expected",
        ErrorKind::Tab,
        "a tab cannot indent YAML",
        "use spaces",
    ),
    (
        "found a tab character that violates indentation",
        ErrorKind::Tab,
        "a tab cannot indent YAML",
        "use spaces",
    ),
    (
        "control characters are not allowed",
        ErrorKind::ControlCharacter,
        "a control character is not allowed in YAML",
        "remove it, or write it as an escape such as `\\x1b` in double quotes",
    ),
    (
        "found incompatible YAML document",
        ErrorKind::Directive,
        "Kubernetes reads only YAML 1.1",
        "remove the line",
    ),
    (
        "found duplicate %YAML directive",
        ErrorKind::Directive,
        "the directive is there twice",
        "remove the line",
    ),
    (
        "found duplicate %TAG directive",
        ErrorKind::Directive,
        "the directive is there twice",
        "remove the line",
    ),
    (
        "found unknown directive name",
        ErrorKind::Directive,
        "Kubernetes does not know this directive",
        "remove the line",
    ),
    (
        "found unknown escape character",
        ErrorKind::Escape,
        "this escape is not known in double quotes",
        "write two backslashes for one, or use single quotes",
    ),
    (
        "found invalid Unicode character escape code",
        ErrorKind::Escape,
        "the escape is no Unicode character",
        "write the character itself, or `\\U` with eight digits; surrogate pairs are JSON, not YAML",
    ),
    (
        "block sequence entries are not allowed in this context",
        ErrorKind::Syntax,
        "a `- ` starts a list where none can be",
        "put the list on lines of its own, or the text in quotes",
    ),
    (
        "found undefined tag handle",
        ErrorKind::InvalidTag,
        "the tag's prefix is not known",
        "remove the tag",
    ),
    (
        "mapping keys are not allowed in this context",
        ErrorKind::Syntax,
        "a `? ` starts a key where none can be",
        "put the text in quotes",
    ),
    (
        "did not find expected comment or line break",
        ErrorKind::Syntax,
        "only a comment may follow the `|` or `>` of a block of text",
        "put the text on the next line, indented",
    ),
    (
        "found an indentation indicator equal to 0",
        ErrorKind::Syntax,
        "a block of text cannot be indented by 0",
        "write 1 to 9, or leave the number out",
    ),
    (
        "did not find expected alphabetic or numeric character",
        ErrorKind::Syntax,
        "`&` or `*` must be followed by a name",
        "put the text in quotes",
    ),
];

/// The error for a failure of the parser. No part of a scalar is quoted but a single character.
pub(super) fn explain(builder: &Builder<'_>, failure: Failure) -> Error {
    let Failure {
        problem,
        offset,
        context,
    } = failure;
    let opened = context.map_or(offset, |(_, opened)| opened);
    if let Some((_, kind, message, remedy)) = PLAIN.iter().find(|(plain, ..)| *plain == problem) {
        return builder.error(*kind, offset, message, remedy);
    }
    match problem {
        "found character that cannot start any token" => cannot_start(builder, offset),
        "did not find expected <document start>" => no_document_start(builder, offset),
        "found unexpected end of stream" | "found unexpected document indicator" => {
            let message = format!("the quote that began at {} is not closed", place(builder, opened));
            let remedy = if problem.ends_with("stream") {
                "close it"
            } else {
                "close it before the `---` or `...`"
            };
            builder.error(ErrorKind::Truncated, offset, &message, remedy)
        }
        "did not find expected ',' or ']'"
        | "did not find expected ',' or '}'"
        | "did not find expected node content" => in_flow(builder, problem, offset),
        "mapping values are not allowed in this context" => no_mapping(builder, offset),
        "could not find expected ':'" => {
            let remedy = "write `key: value`, or indent the line if it continues the one above";
            builder.error(
                ErrorKind::Syntax,
                opened,
                "this line is no key: it has no `:`",
                remedy,
            )
        }
        "did not find expected key" => {
            let message = format!(
                "expected a key of the mapping that began at {}",
                place(builder, opened)
            );
            let remedy = "correct the indentation, or the quotes in the line above";
            builder.error(ErrorKind::Syntax, offset, &message, remedy)
        }
        "did not find expected '-' indicator" => {
            let message = format!(
                "expected another `-` of the list that began at {}",
                place(builder, opened)
            );
            builder.error(ErrorKind::Syntax, offset, &message, "correct the indentation")
        }
        _ => builder.error(
            ErrorKind::Syntax,
            offset,
            problem,
            "correct the syntax, or put the text in quotes",
        ),
    }
}

fn cannot_start(builder: &Builder<'_>, offset: usize) -> Error {
    match builder.text.get(offset..).and_then(|rest| rest.chars().next()) {
        Some('\t') => builder.error(ErrorKind::Tab, offset, "a tab cannot indent YAML", "use spaces"),
        Some(c @ ('@' | '`' | '%')) => {
            let message = format!("a plain value cannot start with `{c}`");
            builder.error(ErrorKind::Syntax, offset, &message, "put it in quotes")
        }
        _ => {
            let message = "nothing in YAML starts with this character";
            builder.error(ErrorKind::Syntax, offset, message, "put the text in quotes")
        }
    }
}

/// After a directive, or after a document that ended.
fn no_document_start(builder: &Builder<'_>, offset: usize) -> Error {
    let text = builder.text;
    let first = text
        .split_inclusive('\n')
        .find(|line| !line.trim().is_empty() && !line.starts_with('#'));
    if first.is_some_and(|line| line.starts_with('%')) {
        let at = text.find('%').unwrap_or(offset);
        let message = "Kubernetes cuts the stream at `---`, so a `%` directive before it cannot be read";
        return builder.error(ErrorKind::Directive, at, message, "remove the line");
    }
    let remedy = "put a line `---` before it, or correct the indentation";
    builder.error(
        ErrorKind::Syntax,
        offset,
        "the document ended before this line",
        remedy,
    )
}

/// A `:` too much, or one after a key that is too long to be one.
fn no_mapping(builder: &Builder<'_>, offset: usize) -> Error {
    if is_long_key(builder.text, offset) {
        let line = builder
            .text
            .get(..offset)
            .and_then(|before| before.rfind('\n'))
            .map_or(0, |at| at + 1);
        return builder.error(
            ErrorKind::KeyTooLong,
            line,
            "the key is longer than 1024 characters",
            "shorten it",
        );
    }
    let remedy = "put the value in quotes if it holds `: `, or correct the indentation";
    builder.error(
        ErrorKind::Syntax,
        offset,
        "a `:` starts a mapping where none can be",
        remedy,
    )
}

/// A bracket or brace that is still open, or something in it that does not belong there.
fn in_flow(builder: &Builder<'_>, problem: &str, offset: usize) -> Error {
    let Some(open) = builder.open_flow() else {
        let remedy = "write a value, or put the text in quotes";
        return builder.error(ErrorKind::Syntax, offset, "expected a value here", remedy);
    };
    let text = builder.text;
    let map = open.kind == Kind::FlowMap;
    let (bracket, closing) = if map { ('{', '}') } else { ('[', ']') };
    let began = place(builder, open.start());
    if text.get(offset..).is_none_or(|rest| rest.trim().is_empty()) {
        let message = format!("the `{bracket}` that began at {began} is not closed");
        return builder.error(
            ErrorKind::Truncated,
            offset,
            &message,
            &format!("close it with `{closing}`"),
        );
    }
    if map && is_long_key(text, offset) {
        let message = "the key is longer than 1024 characters";
        return builder.error(ErrorKind::KeyTooLong, open.start(), message, "shorten it");
    }
    let expected = match problem {
        "did not find expected node content" => "a value".to_owned(),
        _ => format!("`,` or `{closing}`"),
    };
    let message = format!("expected {expected} inside the `{bracket}` that began at {began}");
    let remedy = "quote text that holds `{`, `}`, `[`, `]`, `,` or `: ` (a template that was not rendered?)";
    builder.error(ErrorKind::Syntax, offset, &message, remedy)
}

/// Is there nothing but a long key between the start of the line and this `:`?
fn is_long_key(text: &str, offset: usize) -> bool {
    let line = text
        .get(..offset)
        .map_or("", |before| before.rsplit('\n').next().unwrap_or(before));
    line.chars().count() > 1024 && !line.contains(": ")
}

fn place(builder: &Builder<'_>, offset: usize) -> Position {
    builder.place.position.advance(builder.text, offset)
}
