//! The events of one YAML document, from libyaml: the only `unsafe` code of the product.
//!
//! libyaml (the YAML organisation's translation to Rust, `libyaml-rs`) is the parser that go-yaml v2, and so Kubernetes, was
//! translated from; no other parser agrees with it on the corner cases. Its C-like interface is wrapped here: raw pointers
//! do not leave this module, strings are borrowed from the current event, marks are byte offsets into the text.
//!
//! The text is fed through a read handler that adds one line feed when the last line has none, because Kubernetes' line
//! reader does the same: `a: |` with `x` as an unfinished last line is `"x\n"` for kubectl.
#![expect(
    unsafe_code,
    reason = "libyaml-rs has a C interface; this module is its safe wrapper"
)]

mod line;
mod literal;
pub(crate) mod simple;

use std::ops::Range;

use libyaml_rs as sys;

/// One step of the document, with what the tree needs to know about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event<'e> {
    StreamStart,
    StreamEnd,
    /// `version` is the `%YAML` directive, if there is one.
    DocumentStart {
        version: Option<(i32, i32)>,
    },
    /// `explicit` when it was closed with `...`.
    DocumentEnd {
        explicit: bool,
    },
    Alias {
        name: &'e str,
    },
    Scalar(Scalar<'e>),
    SequenceStart {
        props: Props<'e>,
        flow: bool,
    },
    SequenceEnd,
    MappingStart {
        props: Props<'e>,
        flow: bool,
    },
    MappingEnd,
}

/// Anchor and tag of a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Props<'e> {
    pub(crate) anchor: Option<&'e str>,
    pub(crate) tag: Option<&'e str>,
}

/// A scalar as libyaml read it: unescaped, folded, line ends normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scalar<'e> {
    pub(crate) props: Props<'e>,
    pub(crate) value: &'e str,
    pub(crate) style: ScalarStyle,
    /// Plain and untagged (or tagged `!`): the resolver may give it a type.
    pub(crate) plain_implicit: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScalarStyle {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
}

/// Why libyaml stopped. Offsets are bytes in the text, already clamped to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) problem: &'static str,
    pub(crate) offset: usize,
    /// What was open (`while parsing a flow mapping`), and where it began.
    pub(crate) context: Option<(&'static str, usize)>,
}

/// Pulls events one at a time.
pub(crate) struct Parser<'t> {
    raw: Box<sys::yaml_parser_t>,
    event: sys::yaml_event_t,
    input: *mut Input<'t>,
    length: usize,
}

/// What the read handler gets as its data pointer.
struct Input<'t> {
    /// What is left of the piece being read.
    piece: &'t [u8],
    /// The pieces after it, the next one last.
    later: Vec<&'t str>,
    /// A line feed is still owed after the text.
    line_feed: bool,
}

impl<'t> Parser<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self::of_pieces(&[text])
    }

    /// For a text that nobody has put together; offsets are those of the whole.
    pub(crate) fn of_pieces(pieces: &[&'t str]) -> Self {
        let ends = |piece: &&str| piece.ends_with('\n');
        let last = pieces.iter().rev().find(|piece| !piece.is_empty());
        let input = Box::into_raw(Box::new(Input {
            piece: &[],
            later: pieces.iter().rev().copied().collect(),
            line_feed: !last.is_some_and(ends),
        }));
        let mut raw = Box::<sys::yaml_parser_t>::new_uninit();
        // SAFETY: `yaml_parser_initialize` writes every field of the parser it is given (it clears the memory first, then
        // allocates the buffers) and cannot fail but by aborting on a failed allocation. The handler's data pointer is owned
        // by this struct and freed after the parser is deleted. An all-zero event is the empty event (`YAML_NO_EVENT`).
        let (raw, event) = unsafe {
            let _ = sys::yaml_parser_initialize(raw.as_mut_ptr());
            let mut raw = raw.assume_init();
            sys::yaml_parser_set_encoding(&raw mut *raw, sys::yaml_encoding_t::YAML_UTF8_ENCODING);
            sys::yaml_parser_set_input(&raw mut *raw, read_input, input.cast());
            (raw, std::mem::zeroed())
        };
        Self {
            raw,
            event,
            input,
            length: pieces.iter().map(|piece| piece.len()).sum(),
        }
    }

    /// The next event and its span. After `StreamEnd` or a failure the caller stops.
    pub(crate) fn next(&mut self) -> Result<(Event<'_>, Range<usize>), Failure> {
        // SAFETY: the event is either empty or was filled by the last call; deleting frees what it owns and clears it. The
        // parser was initialised in `new`, and its input outlives it.
        let success = unsafe {
            sys::yaml_event_delete(&raw mut self.event);
            sys::yaml_parser_parse(&raw mut *self.raw, &raw mut self.event)
        };
        if !success.ok {
            return Err(self.failure());
        }
        let span = self.offset(self.event.start_mark)..self.offset(self.event.end_mark);
        match self.convert() {
            Some(event) => Ok((event, span)),
            None => Err(Failure {
                problem: "unknown problem parsing YAML content",
                offset: span.start,
                context: None,
            }),
        }
    }

    fn offset(&self, mark: sys::yaml_mark_t) -> usize {
        usize::try_from(mark.index).unwrap_or(usize::MAX).min(self.length)
    }

    /// `None` for an event this version of libyaml does not have, or a string that is not UTF-8 (it always is).
    fn convert(&self) -> Option<Event<'_>> {
        use sys::yaml_event_type_t as Type;
        let data = &self.event.data;
        // SAFETY: `type_` says which member of the union libyaml filled. Its strings are NUL-terminated and live until the
        // event is deleted, which needs `&mut self`; a scalar's value has `length` bytes.
        unsafe {
            Some(match self.event.type_ {
                Type::YAML_STREAM_START_EVENT => Event::StreamStart,
                Type::YAML_STREAM_END_EVENT => Event::StreamEnd,
                Type::YAML_DOCUMENT_START_EVENT => {
                    let version = data.document_start.version_directive.as_ref();
                    Event::DocumentStart {
                        version: version.map(|v| (v.major, v.minor)),
                    }
                }
                Type::YAML_DOCUMENT_END_EVENT => Event::DocumentEnd {
                    explicit: !data.document_end.implicit,
                },
                Type::YAML_ALIAS_EVENT => Event::Alias {
                    name: string(data.alias.anchor)?,
                },
                Type::YAML_SCALAR_EVENT => {
                    let scalar = data.scalar;
                    let length = usize::try_from(scalar.length).ok()?;
                    let value = std::str::from_utf8(std::slice::from_raw_parts(scalar.value, length)).ok()?;
                    Event::Scalar(Scalar {
                        props: props(scalar.anchor, scalar.tag),
                        value,
                        style: scalar_style(scalar.style),
                        plain_implicit: scalar.plain_implicit,
                    })
                }
                Type::YAML_SEQUENCE_START_EVENT => {
                    let start = data.sequence_start;
                    let flow = start.style == sys::yaml_sequence_style_t::YAML_FLOW_SEQUENCE_STYLE;
                    Event::SequenceStart {
                        props: props(start.anchor, start.tag),
                        flow,
                    }
                }
                Type::YAML_SEQUENCE_END_EVENT => Event::SequenceEnd,
                Type::YAML_MAPPING_START_EVENT => {
                    let start = data.mapping_start;
                    let flow = start.style == sys::yaml_mapping_style_t::YAML_FLOW_MAPPING_STYLE;
                    Event::MappingStart {
                        props: props(start.anchor, start.tag),
                        flow,
                    }
                }
                Type::YAML_MAPPING_END_EVENT => Event::MappingEnd,
                _ => return None,
            })
        }
    }

    fn failure(&self) -> Failure {
        let raw = &*self.raw;
        // SAFETY: libyaml's messages are string literals with a NUL at the end.
        let (problem, context) = unsafe { (literal(raw.problem), literal(raw.context)) };
        let reader = raw.error == sys::yaml_error_type_t::YAML_READER_ERROR;
        let offset = if reader {
            usize::try_from(raw.problem_offset)
                .unwrap_or(usize::MAX)
                .min(self.length)
        } else {
            self.offset(raw.problem_mark)
        };
        Failure {
            problem: problem.unwrap_or("unknown problem parsing YAML content"),
            offset,
            context: context.map(|context| (context, self.offset(raw.context_mark))),
        }
    }
}

impl Drop for Parser<'_> {
    fn drop(&mut self) {
        // SAFETY: both were initialised in `new`; the input was boxed there and the deleted parser no longer reads it.
        unsafe {
            sys::yaml_event_delete(&raw mut self.event);
            sys::yaml_parser_delete(&raw mut *self.raw);
            drop(Box::from_raw(self.input));
        }
    }
}

/// Gives libyaml the next part of the text, then the line feed that is owed.
///
/// # Safety
/// `data` is the `Input` of a living `Parser`, `buffer` has room for `size` bytes, `size_read` may be written.
unsafe fn read_input(data: *mut std::ffi::c_void, buffer: *mut u8, size: u64, size_read: *mut u64) -> i32 {
    // SAFETY: see above; no more than `size` bytes are copied, out of a piece that has as many.
    unsafe {
        let input = &mut *data.cast::<Input<'_>>();
        while input.piece.is_empty()
            && let Some(next) = input.later.pop()
        {
            input.piece = next.as_bytes();
        }
        let count = input.piece.len().min(usize::try_from(size).unwrap_or(usize::MAX));
        let (now, later) = input.piece.split_at(count);
        std::ptr::copy_nonoverlapping(now.as_ptr(), buffer, count);
        input.piece = later;
        let owed = count == 0 && size > 0 && input.line_feed;
        if owed {
            buffer.write(b'\n');
            input.line_feed = false;
        }
        *size_read = if owed { 1 } else { count as u64 };
    }
    1
}

/// # Safety
/// Null, or NUL-terminated and alive for `'e`.
unsafe fn string<'e>(pointer: *const u8) -> Option<&'e str> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    unsafe { std::ffi::CStr::from_ptr(pointer.cast()) }.to_str().ok()
}

/// # Safety
/// Null, or a NUL-terminated string literal of libyaml.
unsafe fn literal(pointer: *const i8) -> Option<&'static str> {
    // SAFETY: the caller's promise; literals live for ever.
    unsafe { string(pointer.cast()) }
}

/// # Safety
/// Both null or NUL-terminated and alive for `'e`.
unsafe fn props<'e>(anchor: *const u8, tag: *const u8) -> Props<'e> {
    // SAFETY: the caller's promise.
    unsafe {
        Props {
            anchor: string(anchor),
            tag: string(tag),
        }
    }
}

fn scalar_style(style: sys::yaml_scalar_style_t) -> ScalarStyle {
    match style {
        sys::yaml_scalar_style_t::YAML_SINGLE_QUOTED_SCALAR_STYLE => ScalarStyle::Single,
        sys::yaml_scalar_style_t::YAML_DOUBLE_QUOTED_SCALAR_STYLE => ScalarStyle::Double,
        sys::yaml_scalar_style_t::YAML_LITERAL_SCALAR_STYLE => ScalarStyle::Literal,
        sys::yaml_scalar_style_t::YAML_FOLDED_SCALAR_STYLE => ScalarStyle::Folded,
        _ => ScalarStyle::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(text: &str) -> Vec<(String, Range<usize>)> {
        let mut parser = Parser::new(text);
        let mut all = Vec::new();
        loop {
            let (event, span) = parser.next().expect(text);
            let end = event == Event::StreamEnd;
            if let Event::Scalar(scalar) = event {
                all.push((scalar.value.to_owned(), span));
            }
            if end {
                return all;
            }
        }
    }

    #[test]
    fn marks_are_byte_offsets_with_multi_byte_text_and_crlf() {
        let text = "é: \"ß\" # ü\r\nb: |+\r\n  x\r\n\r\n";
        let read: Vec<_> = spans(text)
            .into_iter()
            .map(|(value, span)| (value, text.get(span).unwrap()))
            .collect();
        let expected = [
            ("é", "é"),
            ("ß", "\"ß\""),
            ("b", "b"),
            ("x\n\n", "|+\r\n  x\r\n\r\n"),
        ]
        .map(|(a, b)| (a.to_owned(), b));
        assert_eq!(read, expected);
    }

    #[test]
    fn a_text_in_pieces_is_read_as_one() {
        let pieces = ["a: [", "", "b", "]\n\n", "c: d"];
        let events = |mut parser: Parser<'_>| {
            let mut all = Vec::new();
            loop {
                let (event, span) = parser.next().expect("good YAML");
                all.push(format!("{event:?} {span:?}"));
                if event == Event::StreamEnd {
                    return all;
                }
            }
        };
        assert_eq!(
            events(Parser::of_pieces(&pieces)),
            events(Parser::new(&pieces.concat()))
        );
    }

    #[test]
    fn an_unfinished_last_line_counts_as_finished() {
        assert_eq!(spans("a: |\n  x")[1], ("x\n".to_owned(), 3..8));
        assert_eq!(spans("a: |\n  x\n")[1], ("x\n".to_owned(), 3..9));
    }

    #[test]
    fn a_failure_names_what_is_open_and_where() {
        let mut parser = Parser::new("a: [1, 2\n");
        let failure = loop {
            if let Err(failure) = parser.next() {
                break failure;
            }
        };
        assert_eq!(failure.problem, "did not find expected ',' or ']'");
        assert_eq!(failure.context, Some(("while parsing a flow sequence", 3)));
    }
}
