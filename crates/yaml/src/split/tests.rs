use super::*;

fn texts(stream: &str) -> Vec<&str> {
    let documents = split(stream.as_bytes(), &Limits::default()).unwrap();
    for document in &documents {
        assert_eq!(stream.get(document.range()), Some(document.text()), "{stream:?}");
    }
    documents.iter().map(Document::text).collect()
}

fn error(stream: &[u8]) -> Error {
    split(stream, &Limits::default()).unwrap_err()
}

#[test]
fn cuts_at_separator_lines_and_keeps_them_out_of_the_documents() {
    for (stream, expected) in [
        ("", &[][..]),
        ("a: 1", &["a: 1"]),
        ("a: 1\n---\nb: 2\n", &["a: 1\n", "b: 2\n"]),
        ("---\na: 1\n--- # c\nb: 2", &["a: 1\n", "b: 2"]),
        ("a: 1\n---", &["a: 1\n"]),
        ("a: 1\r\n---\r\nb: 2\r\n", &["a: 1\r\n", "b: 2\r\n"]),
        ("---\n", &[""]),
        ("---\n---\n---\na: 1\n", &["", "a: 1\n"]),
        ("\u{feff}a: 1\n---\n\u{feff}b: 2\n", &["a: 1\n", "b: 2\n"]),
        ("---\n\u{feff}a: 1\n", &["---\n\u{feff}a: 1\n"]),
        ("---#c\na: 1\n", &["---#c\na: 1\n"]),
        ("a: |\n  ---\n", &["a: |\n  ---\n"]),
    ] {
        assert_eq!(texts(stream), expected, "{stream:?}");
    }
}

#[test]
fn a_stream_that_starts_with_a_brace_is_json_as_long_as_it_can_be() {
    for (stream, expected) in [
        ("{\"a\": 1}{\"b\": 2}\n", &["{\"a\": 1}", "{\"b\": 2}"][..]),
        (" {\"a\": 1}\n[2] 3\n", &["{\"a\": 1}", "[2]", "3"]),
        ("{\"a\": 1}\n---\n{\"b\": 2}\n", &["{\"a\": 1}", "{\"b\": 2}\n"]),
        ("{a: 1}\n---\nb: 2\n", &["{a: 1}\n", "b: 2\n"]),
    ] {
        assert_eq!(texts(stream), expected, "{stream:?}");
    }
    let broken = error(b"{}{}\n{\"a\": \n");
    assert_eq!(
        broken.to_string(),
        "document 3, line 2, column 1: the JSON stream cannot be read on from here; write one complete JSON object after \
         the other, or YAML documents separated by `---`"
    );
}

#[test]
fn text_after_a_separator_is_an_error_that_names_the_place() {
    for stream in [
        "--- {a: b}\n",
        "---foo\n",
        "----\n",
        "--- !!map\n",
        "---\ta: 1\n",
        "a: \"x\n--- y\"\n",
    ] {
        assert_eq!(
            error(stream.as_bytes()).kind(),
            ErrorKind::InvalidSeparator,
            "{stream:?}"
        );
    }
    assert_eq!(
        error(b"a: 1\n---\n# Source: web/a.yaml\nb: 1\n--- {a: secret}\n").to_string(),
        "document 2 (# Source: web/a.yaml), line 5, column 1: invalid document separator: Kubernetes allows only a comment \
         after `---`; put the content on a line of its own"
    );
}

#[test]
fn bytes_that_are_no_text_are_an_error_with_their_offset() {
    let error = error(b"a: 1\n---\nb: \xff\n");
    assert_eq!(
        error.to_string(),
        "document 2, line 3, column 4 (byte 12 of the stream): the text is not UTF-8 here; save the file as UTF-8"
    );
    assert_eq!(error.position().offset, 12);
    let nul = super::tests::error(b"a: 1\n---\nb: \0\n");
    assert_eq!(
        (nul.kind(), nul.position().offset, nul.document()),
        (ErrorKind::ControlCharacter, 12, 2)
    );
    assert!(super::tests::error(b"\xff\xfea\0").to_string().contains("UTF-16"));
}

#[test]
fn documents_know_their_place_and_their_source() {
    let stream = b"---\n# Source: web/a.yaml\na: 1\n---\n\n# hello\n# Source: web/b.yaml\nb: 2\n---\nc: 1\n# Source: no\n";
    let documents = split(stream, &Limits::default()).unwrap();
    let places: Vec<_> = documents
        .iter()
        .map(|d| (d.number(), d.position().line, d.source()))
        .collect();
    assert_eq!(
        places,
        [
            (1, 2, Some("web/a.yaml")),
            (2, 5, Some("web/b.yaml")),
            (3, 10, None)
        ]
    );
}

#[test]
fn a_document_above_the_limit_is_refused() {
    let limits = Limits {
        document_bytes: 8,
        ..Limits::default()
    };
    assert_eq!(
        split(b"a: 1\n---\nb: 2222222\n", &limits).unwrap_err().kind(),
        ErrorKind::DocumentTooLarge
    );
    assert!(split(b"a: 1\n---\nb: 22\n", &limits).is_ok());
}
