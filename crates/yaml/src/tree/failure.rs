//! From libyaml's problems to sentences that say what to write instead.

use super::build::Builder;
use super::node::Kind;
use crate::parser::Failure;
use crate::{Error, ErrorKind, Position};

/// The error for a failure of the parser. No part of a scalar is quoted but a single character.
pub(super) fn explain(builder: &Builder<'_>, failure: Failure) -> Error {
    let Failure {
        problem,
        offset,
        context,
    } = failure;
    let text = builder.text;
    let opened = context.map_or(offset, |(_, opened)| opened);
    let error = |kind, at, message: &str, remedy: &str| builder.error(kind, at, message, remedy);
    match problem {
        "found character that cannot start any token" => cannot_start(builder, offset),
        "found a tab character where an indentation space is expected"
        | "found a tab character that violates indentation" => {
            error(ErrorKind::Tab, offset, "a tab cannot indent YAML", "use spaces")
        }
        "control characters are not allowed" => {
            let remedy = "remove it, or write it as an escape such as `\\x1b` in double quotes";
            error(
                ErrorKind::ControlCharacter,
                offset,
                "a control character is not allowed in YAML",
                remedy,
            )
        }
        "found incompatible YAML document"
        | "found duplicate %YAML directive"
        | "found duplicate %TAG directive"
        | "found unknown directive name" => error(
            ErrorKind::Directive,
            offset,
            "Kubernetes cannot read this directive",
            "remove the line",
        ),
        "did not find expected <document start>" => no_document_start(builder, offset),
        "found unexpected end of stream" | "found unexpected document indicator" => {
            let message = format!("the quote that began at {} is not closed", place(builder, opened));
            let remedy = if problem.ends_with("stream") {
                "close it"
            } else {
                "close it before the `---` or `...`"
            };
            error(ErrorKind::Truncated, offset, &message, remedy)
        }
        "found unknown escape character" => {
            let remedy = "write two backslashes for one, or use single quotes";
            error(
                ErrorKind::Escape,
                offset,
                "Kubernetes does not know this escape in double quotes",
                remedy,
            )
        }
        "found invalid Unicode character escape code" => {
            let remedy =
                "write the character itself, or `\\U` with eight digits; surrogate pairs are JSON, not YAML";
            error(
                ErrorKind::Escape,
                offset,
                "the escape is no Unicode character",
                remedy,
            )
        }
        "did not find expected ',' or ']'"
        | "did not find expected ',' or '}'"
        | "did not find expected node content" => in_flow(builder, problem, offset),
        "mapping values are not allowed in this context" if is_long_key(text, offset) => {
            let at = text
                .get(..offset)
                .and_then(|before| before.rfind('\n'))
                .map_or(0, |line| line + 1);
            error(
                ErrorKind::KeyTooLong,
                at,
                "the key is longer than 1024 characters",
                "shorten it",
            )
        }
        "mapping values are not allowed in this context" => {
            let remedy = "put the value in quotes if it holds `: `, or correct the indentation";
            error(
                ErrorKind::Syntax,
                offset,
                "a `:` starts a mapping where none can be",
                remedy,
            )
        }
        "could not find expected ':'" => {
            let remedy = "write `key: value`, or indent the line if it continues the one above";
            error(
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
            error(ErrorKind::Syntax, offset, &message, remedy)
        }
        "did not find expected '-' indicator" => {
            let message = format!(
                "expected another `-` of the list that began at {}",
                place(builder, opened)
            );
            error(ErrorKind::Syntax, offset, &message, "correct the indentation")
        }
        "block sequence entries are not allowed in this context" => {
            let remedy = "put the list on lines of its own, or the text in quotes";
            error(
                ErrorKind::Syntax,
                offset,
                "a `- ` starts a list where none can be",
                remedy,
            )
        }
        "found undefined tag handle" => error(
            ErrorKind::InvalidTag,
            offset,
            "the tag's prefix is not known",
            "remove the tag",
        ),
        _ => error(
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
        _ => builder.error(
            ErrorKind::Syntax,
            offset,
            "nothing in YAML starts with this character",
            "put the text in quotes",
        ),
    }
}

/// After a directive, or after a document that ended.
fn no_document_start(builder: &Builder<'_>, offset: usize) -> Error {
    let text = builder.text;
    let directive = text
        .split_inclusive('\n')
        .find(|line| !line.trim().is_empty() && !line.starts_with('#'));
    match directive {
        Some(line) if line.starts_with('%') => {
            let at = text.find('%').unwrap_or(offset);
            let message = "Kubernetes cuts the stream at `---`, so a `%` directive before it cannot be read";
            builder.error(ErrorKind::Directive, at, message, "remove the line")
        }
        _ => {
            let remedy = "put a line `---` before it, or correct the indentation";
            builder.error(
                ErrorKind::Syntax,
                offset,
                "the document ended before this line",
                remedy,
            )
        }
    }
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
        return builder.error(
            ErrorKind::KeyTooLong,
            open.start(),
            "the key is longer than 1024 characters",
            "shorten it",
        );
    }
    let message = if problem == "did not find expected node content" {
        format!("expected a value inside the `{bracket}` that began at {began}")
    } else {
        format!("expected `,` or `{closing}` inside the `{bracket}` that began at {began}")
    };
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
