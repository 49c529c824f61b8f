//! The table of editing cases in the research page on YAML, section 8: one test per row, named after it.
//!
//! Rows 1, 2, 40, 44, 45 and 47 are about whole streams and rules; here they are shown for what this crate does in them.

use boltrope_yaml::{Change, EditError, ErrorKind, Limits, Scan, Tree, WarningKind, apply, read, split};
use serde_json::{Value, json};

/// One change, as the tests write it.
enum Do {
    Set(&'static str, Value),
    Remove(&'static str),
}
use Do::{Remove, Set};

fn changes(wishes: &[Do]) -> Vec<Change<'_>> {
    let mut all = Vec::new();
    for wish in wishes {
        all.push(match wish {
            Set(pointer, value) => Change::Set { pointer, value },
            Remove(pointer) => Change::Remove { pointer },
        });
    }
    all
}

fn tree(text: &str) -> Tree<'_> {
    read(text, &Limits::default()).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn try_edit(text: &str, wishes: &[Do]) -> Result<String, EditError> {
    let tree = tree(text);
    let changes = changes(wishes);
    let edited = tree.edit(&changes, &Limits::default())?;
    // The reader agrees with itself, and a second run of the same changes finds nothing to append to or to remove.
    assert_eq!(
        read(edited.text(), &Limits::default()).unwrap().value(),
        edited.value()
    );
    Ok(edited.text().to_owned())
}

#[track_caller]
fn check(text: &str, wishes: &[Do], expected: &str) {
    let edited = try_edit(text, wishes).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    assert_eq!(edited, expected, "from {text:?}");
}

#[track_caller]
fn refuse(text: &str, wishes: &[Do]) -> EditError {
    try_edit(text, wishes).expect_err(text)
}

fn value_of(text: &str) -> Value {
    tree(text).into_value()
}

/// What a YAML 1.2 reader makes of it.
fn second_opinion(text: &str) -> Value {
    yaml_serde::from_str(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn row_01_untouched_documents_are_the_bytes_of_the_stream() {
    for stream in [
        "a: 1\r\n---\r\n\u{feff}b: |\r\n  x\r\n--- # c\r\nc: 3  ",
        "\u{feff}---\n# x\n\na: 1\n---\n---\nb: 2",
    ] {
        let documents = split(stream.as_bytes(), &Limits::default()).unwrap();
        assert!(documents.len() > 1);
        let mut at = 0;
        let mut copied = String::new();
        for document in &documents {
            copied.push_str(&stream[at..document.range().start]);
            copied.push_str(document.text());
            at = document.range().end;
            let tree = document.read(&Limits::default()).unwrap();
            assert_eq!(
                tree.edit(&[], &Limits::default()).unwrap().text(),
                document.text()
            );
        }
        copied.push_str(&stream[at..]);
        assert_eq!(copied, stream);
    }
}

#[test]
fn row_02_editing_one_document_leaves_the_bytes_around_it() {
    let stream = "a: 1 \n---   # one\nb: 2\n---\n\n# two\nc: 3";
    let documents = split(stream.as_bytes(), &Limits::default()).unwrap();
    let second = documents[1].read(&Limits::default()).unwrap();
    let edited = second
        .edit(
            &[Change::Set {
                pointer: "/b",
                value: &json!("x"),
            }],
            &Limits::default(),
        )
        .unwrap();
    let range = documents[1].range();
    let result = format!(
        "{}{}{}",
        &stream[..range.start],
        edited.text(),
        &stream[range.end..]
    );
    assert_eq!(result, "a: 1 \n---   # one\nb: x\n---\n\n# two\nc: 3");
}

#[test]
fn row_03_only_the_text_in_quotes_changes() {
    check(
        "image: \"nginx:1\" # keep\n",
        &[Set("/image", json!("nginx:2"))],
        "image: \"nginx:2\" # keep\n",
    );
    check(
        "image:   nginx:1   # keep\n",
        &[Set("/image", json!("nginx:2"))],
        "image:   nginx:2   # keep\n",
    );
}

#[test]
fn row_04_single_quotes_are_kept() {
    check("a: 'it''s'\n", &[Set("/a", json!("don't"))], "a: 'don''t'\n");
    check("a: 'it''s'\n", &[Set("/a", json!(5))], "a: 5\n");
    check("a: 'x'# c\n", &[Set("/a", json!(5))], "a: 5 # c\n");
}

#[test]
fn row_05_strings_that_a_parser_would_misread_are_quoted() {
    for text in [
        "yes",
        "on",
        "y",
        "n",
        "0777",
        "1e3",
        "~",
        "null",
        "12:30",
        "1_0",
        ".5",
        "<<",
        "=",
        "",
        "0o17",
        "2001-01-01",
    ] {
        let edited = try_edit("a: b\n", &[Set("/a", json!(text))]).unwrap();
        assert_eq!(edited, format!("a: \"{text}\"\n"));
        assert_eq!(second_opinion(&edited), json!({"a": text}));
        let key = try_edit("{}\n", &[Do::Set("", json!({text: "v"}))]).unwrap();
        assert_eq!(second_opinion(&key), json!({text: "v"}), "{key}");
    }
}

#[test]
fn row_06_strings_that_would_break_the_syntax_are_quoted() {
    for text in [
        "a: b",
        "# c",
        "*x",
        "- d",
        "{a}",
        "---",
        "k:",
        " lead",
        "trail ",
        "\t",
        "a\u{2028}b",
        "a #b",
        "'",
        "\"",
        "\\",
        "[",
        "%a",
        "@a",
        "!a",
        "&a",
        "|",
        ">",
        "?",
        "-",
        ":",
        ",a",
        "\u{85}",
        "\u{1}",
        "\u{feff}",
        "\u{10ffff}",
        "a\rb",
        "...",
    ] {
        for text in [
            text.to_owned(),
            format!("x{text}"),
            format!("{text}x"),
            format!("{text} y"),
        ] {
            for document in [
                "a: b\n",
                "a: [b]\n",
                "- b\n",
                "a: 'b'\n",
                "a: \"b\"\n",
                "a: {c: b}\n",
                "a: |\n  b\n",
            ] {
                let pointer = match document {
                    "a: [b]\n" => "/a/0",
                    "- b\n" => "/0",
                    "a: {c: b}\n" => "/a/c",
                    _ => "/a",
                };
                let wishes = [Set(pointer, json!(text))];
                let edited = try_edit(document, &wishes)
                    .unwrap_or_else(|error| panic!("{text:?} in {document:?}: {error}"));
                let expected = apply(&value_of(document), &changes(&wishes)).unwrap();
                assert_eq!(second_opinion(&edited), expected, "{edited}");
            }
        }
    }
}

#[test]
fn row_07_numbers_booleans_and_null_are_bare_with_all_digits() {
    for (value, written) in [
        (json!(9_007_199_254_740_993_i64), "9007199254740993"),
        (json!(u64::MAX), "18446744073709551615"),
        (json!(i64::MIN), "-9223372036854775808"),
        (json!(true), "true"),
        (json!(null), "null"),
        (json!(1.5), "1.5"),
        (json!(1e25), "1.0e+25"),
        (json!(1.5e-9), "1.5e-9"),
    ] {
        check(
            "a: \"b\" # c\n",
            &[Set("/a", value)],
            &format!("a: {written} # c\n"),
        );
    }
}

#[test]
fn row_08_one_scalar_of_a_flow_mapping() {
    let text = "limits: {cpu: 50m,  memory: 64Mi} # c\n";
    check(
        text,
        &[Set("/limits/memory", json!("128Mi"))],
        "limits: {cpu: 50m,  memory: 128Mi} # c\n",
    );
}

#[test]
fn row_09_removing_from_a_flow_mapping_keeps_the_commas_right() {
    let text = "m: {a: 1, b: 2, c: 3}\n";
    check(text, &[Remove("/m/a")], "m: {b: 2, c: 3}\n");
    check(text, &[Remove("/m/b")], "m: {a: 1, c: 3}\n");
    check(text, &[Remove("/m/c")], "m: {a: 1, b: 2}\n");
    check(text, &[Remove("/m/b"), Remove("/m/c")], "m: {a: 1}\n");
    check(text, &[Remove("/m/a"), Remove("/m/b")], "m: {c: 3}\n");
    check("m: {a: 1}\n", &[Remove("/m/a")], "m: {}\n");
    check(
        "m: [a, b, c]\n",
        &[Remove("/m/1"), Set("/m/-", json!("d"))],
        "m: [a, c, d]\n",
    );
    check(
        "m: [a, b]\n",
        &[Remove("/m/1"), Set("/m/-", json!("d"))],
        "m: [a, d]\n",
    );
}

#[test]
fn row_10_the_first_key_of_an_empty_flow_mapping() {
    check(
        "labels: {} # none\n",
        &[Set("/labels/app", json!("x"))],
        "labels: {app: x} # none\n",
    );
    check("args: []\n", &[Set("/args/-", json!("x"))], "args: [x]\n");
}

#[test]
fn row_11_a_flow_mapping_on_several_lines_gets_another_line() {
    let text = "m: {\n  a: 1, # one\n  b: 2 # two\n}\n";
    check(
        text,
        &[Set("/m/c", json!(3))],
        "m: {\n  a: 1, # one\n  b: 2, # two\n  c: 3\n}\n",
    );
    check(text, &[Remove("/m/b")], "m: {\n  a: 1 # one\n}\n");
    check(text, &[Remove("/m/a")], "m: {\n  b: 2 # two\n}\n");
    check(
        text,
        &[Remove("/m/b"), Set("/m/c", json!(3))],
        "m: {\n  a: 1, # one\n  c: 3\n}\n",
    );
    let trailing = "m: [\n  a,\n  b, # two\n]\n";
    check(
        trailing,
        &[Set("/m/-", json!("c"))],
        "m: [\n  a,\n  b, # two\n  c,\n]\n",
    );
    check(trailing, &[Remove("/m/1")], "m: [\n  a,\n]\n");
    check(
        "m: [\n  a,\n  b]\n",
        &[Set("/m/-", json!("c"))],
        "m: [\n  a,\n  b, c]\n",
    );
}

#[test]
fn row_12_a_trailing_comma_stays_one_comma() {
    check(
        "a: [a, \"b\",] # c\n",
        &[Set("/a/-", json!("x"))],
        "a: [a, \"b\", x,] # c\n",
    );
}

#[test]
fn row_13_a_key_below_null_becomes_a_nested_mapping() {
    check(
        "metadata:\n  annotations:\n  name: x\n",
        &[Set("/metadata/annotations/a", json!("b"))],
        "metadata:\n  annotations:\n    a: b\n  name: x\n",
    );
    check(
        "a:\n    b: 1\nc:\n",
        &[Set("/c/d", json!(1))],
        "a:\n    b: 1\nc:\n    d: 1\n",
    );
    check("- \n", &[Set("/0/a", json!(1))], "- a: 1\n");
    check(
        "-\n- b\n",
        &[Set("/0/a", json!(1)), Set("/0/c", json!(2))],
        "- a: 1\n  c: 2\n- b\n",
    );
}

#[test]
fn row_14_a_comment_stays_on_the_line_of_the_key() {
    let text = "nodeSelector: # none yet\nx: 1\n";
    check(
        text,
        &[Set("/nodeSelector", json!({"a": "b"}))],
        "nodeSelector: # none yet\n  a: b\nx: 1\n",
    );
    check("a: old # why\n", &[Set("/a", json!(["x"]))], "a: # why\n- x\n");
    check(
        "a: ~ # why\n",
        &[Set("/a/b", json!({"c": []}))],
        "a: # why\n  b:\n    c: []\n",
    );
}

#[test]
fn row_15_a_block_scalar_becomes_one_line() {
    check(
        "a: |\n  x\n  y\n\n# about b\nb: 1\n",
        &[Set("/a", json!("z"))],
        "a: z\n\n# about b\nb: 1\n",
    );
    check(
        "a: >- # why\n  x\n\n  y\nb: 1\n",
        &[Set("/a", json!("z"))],
        "a: z # why\nb: 1\n",
    );
}

#[test]
fn row_16_text_of_several_lines_gets_the_right_block_header() {
    check(
        "a: x\nb: 1\n",
        &[Set("/a", json!("p\nq"))],
        "a: |-\n  p\n  q\nb: 1\n",
    );
    check(
        "a: x # c\nb: 1\n",
        &[Set("/a", json!("p\nq\n"))],
        "a: | # c\n  p\n  q\nb: 1\n",
    );
    check(
        "a: x\n\nb: 1\n",
        &[Set("/a", json!("p\n\nq\n\n\n"))],
        "a: |+\n  p\n\n  q\n\n\nb: 1\n",
    );
    check("a: x\n", &[Set("/a", json!(" p\nq"))], "a: \" p\\nq\"\n");
    check(
        "a: {b: x}\n",
        &[Set("/a/b", json!("p\nq"))],
        "a: {b: \"p\\nq\"}\n",
    );
    check(
        "- x\n- y\n",
        &[Set("/0", json!("p\nq\n"))],
        "- |\n  p\n  q\n- y\n",
    );
    check(
        "a: |-\n    x\nb: 1\n",
        &[Set("/a", json!("p\nq\n"))],
        "a: |\n  p\n  q\nb: 1\n",
    );
}

#[test]
fn row_17_a_key_after_a_block_scalar_that_keeps_its_blank_lines() {
    check(
        "m:\n  a: |+\n    x\n\n\nn: 1\n",
        &[Set("/m/b", json!(1))],
        "m:\n  a: |+\n    x\n\n\n  b: 1\nn: 1\n",
    );
    check(
        "a: |+\n  x\n\nb: 1\n\nc: 2\n",
        &[Remove("/b")],
        "a: |+\n  x\n\nc: 2\n",
    );
}

#[test]
fn row_18_a_block_scalar_at_the_end_without_a_newline() {
    // Kubernetes' line reader ends every line, so the last line break is part of the value whether it is written or not.
    assert_eq!(value_of("a: |\n  x"), json!({"a": "x\n"}));
    check("a: |\n  x", &[Set("/b", json!(1))], "a: |\n  x\nb: 1");
    check("b: 1\na: |\n  x", &[Set("/b", json!(2))], "b: 2\na: |\n  x");
    check("a: |-\n  x", &[Set("/a", json!("p\nq\n"))], "a: |\n  p\n  q");
    check(
        "a: |+\n  x\n\n",
        &[Set("/b", json!("p\n\n"))],
        "a: |+\n  x\n\nb: |+\n  p\n\n",
    );
}

#[test]
fn row_19_no_newline_at_the_end() {
    check("a: 1", &[Set("/b", json!(2))], "a: 1\nb: 2");
    check(
        "- a",
        &[Set("/-", json!("b")), Set("/-", json!("c"))],
        "- a\n- b\n- c",
    );
    check("a: 1\nb: 2", &[Remove("/b")], "a: 1");
    check("a: 1\nb: 2", &[Remove("/b"), Set("/c", json!(3))], "a: 1\nc: 3");
}

#[test]
fn row_20_new_lines_are_crlf_in_a_crlf_document() {
    check(
        "a: 1\r\nb:\r\n  c: 2\r\n",
        &[
            Set("/a", json!("p\nq\n")),
            Set("/b/d", json!({"e": [1]})),
            Set("/f", json!(1)),
        ],
        "a: |\r\n  p\r\n  q\r\nb:\r\n  c: 2\r\n  d:\r\n    e:\r\n    - 1\r\nf: 1\r\n",
    );
    check("a: 1\r\nb: 2\r\n", &[Remove("/a")], "b: 2\r\n");
}

#[test]
fn row_21_a_byte_order_mark_and_a_comment_after_the_separator() {
    let stream = "\u{feff}--- # c\nkind: A # é\nb: 1\n";
    let documents = split(stream.as_bytes(), &Limits::default()).unwrap();
    let document = documents[0];
    // The line before belongs to the document only because a byte order mark is text to YAML there.
    let tree = document.read(&Limits::default()).unwrap();
    let edited = tree
        .edit(
            &[Change::Set {
                pointer: "/b",
                value: &json!(2),
            }],
            &Limits::default(),
        )
        .unwrap();
    let range = document.range();
    let result = format!(
        "{}{}{}",
        &stream[..range.start],
        edited.text(),
        &stream[range.end..]
    );
    assert_eq!(result, "\u{feff}--- # c\nkind: A # é\nb: 2\n");
    let position = tree.position("/b").unwrap();
    assert_eq!(
        (
            position.line,
            position.column,
            &stream[position.offset..=position.offset]
        ),
        (3, 4, "1")
    );
}

#[test]
fn row_22_bytes_are_right_after_characters_of_several_bytes() {
    check(
        "é: \"ß🎉\" # ü\nb: {ö: 1, c: x}\n",
        &[Set("/b/c", json!("ñ"))],
        "é: \"ß🎉\" # ü\nb: {ö: 1, c: ñ}\n",
    );
    check(
        "l:\n- |\n  ß\nz: 1\n",
        &[Set("/l/-", json!("x"))],
        "l:\n- |\n  ß\n- x\nz: 1\n",
    );
    check("- é: 1\n  b: 2\n", &[Remove("/0/é")], "- b: 2\n");
}

#[test]
fn row_23_a_list_in_the_column_of_its_key() {
    check(
        "args:\n- a\n# about b\nb: 1\n",
        &[Set("/args/-", json!("x"))],
        "args:\n- a\n- x\n# about b\nb: 1\n",
    );
}

#[test]
fn row_24_new_items_stand_like_their_siblings() {
    check("a:\n-   x\n", &[Set("/a/-", json!("z"))], "a:\n-   x\n-   z\n");
    check("- - a\n", &[Set("/0/-", json!("b"))], "- - a\n  - b\n");
    check(
        "a:\n    - x\n",
        &[Set("/a/-", json!({"k": 1, "l": 2}))],
        "a:\n    - x\n    - k: 1\n      l: 2\n",
    );
    check(
        "-   a: 1\n    b: 2\n",
        &[Set("/0/c", json!(3)), Set("/-", json!({"d": 1, "e": 2}))],
        "-   a: 1\n    b: 2\n    c: 3\n-   d: 1\n    e: 2\n",
    );
}

#[test]
fn row_25_removing_an_item_takes_its_comment_along() {
    check(
        "l:\n  - a: 1\n  # about b\n  - b: 2 # two\n    c: 3\n  # about d\n  - d: 4\n",
        &[Remove("/l/1")],
        "l:\n  - a: 1\n  # about d\n  - d: 4\n",
    );
}

#[test]
fn row_26_the_key_behind_the_dash() {
    check("- name: a\n  v: 1\n", &[Remove("/0/name")], "- v: 1\n");
    check(
        "- name: a\n  v: 1\n  w: 2\n",
        &[Remove("/0/name"), Remove("/0/v")],
        "- w: 2\n",
    );
    check(
        "- name: a\n  # about v\n  v: 1\n",
        &[Remove("/0/name")],
        "-\n  # about v\n  v: 1\n",
    );
    check("- - a\n  - b\n", &[Remove("/0/0")], "- - b\n");
    check(
        "- name: a\n  v: 1\n",
        &[Remove("/0/name"), Set("/0/x", json!(2))],
        "- v: 1\n  x: 2\n",
    );
}

#[test]
fn row_27_a_key_after_the_block_scalar_of_an_item() {
    check(
        "- name: a\n  v: |\n    x\n- b\n",
        &[Set("/0/w", json!(1))],
        "- name: a\n  v: |\n    x\n  w: 1\n- b\n",
    );
}

#[test]
fn row_28_removing_the_only_key_leaves_an_empty_mapping() {
    check("m:\n  a: 1\nn: 2\n", &[Remove("/m/a")], "m: {}\nn: 2\n");
    check("m: # why\n  a: 1\n", &[Remove("/m/a")], "m: {} # why\n");
    check("m:\n- a\n", &[Remove("/m/0")], "m: []\n");
    check("a: 1\n", &[Remove("/a")], "{}\n");
    check("- a: 1\n- b\n", &[Remove("/0/a")], "- {}\n- b\n");
    check(
        "m:\n  a: 1\n",
        &[Remove("/m/a"), Set("/m/b", json!(2))],
        "m:\n  b: 2\n",
    );
}

#[test]
fn row_29_comments_go_with_what_they_belong_to() {
    let text = "# head\na: 1\n\n# about b\nb: # tail\n  c: 1\n  # deeper\n# about d\nd: 2\n";
    check(text, &[Remove("/b")], "# head\na: 1\n\n# about d\nd: 2\n");
    check(
        text,
        &[Remove("/a")],
        "# head\n\n# about b\nb: # tail\n  c: 1\n  # deeper\n# about d\nd: 2\n",
    );
    check(
        text,
        &[Remove("/d")],
        "# head\na: 1\n\n# about b\nb: # tail\n  c: 1\n  # deeper\n",
    );
    check(
        text,
        &[Set("/b", json!("x"))],
        "# head\na: 1\n\n# about b\nb: x # tail\n# about d\nd: 2\n",
    );
    check(
        "a: \"x\n# no comment\"\nb: 1\n",
        &[Remove("/b")],
        "a: \"x\n# no comment\"\n",
    );
}

#[test]
fn row_30_a_scalar_on_several_lines_is_replaced_as_one() {
    check(
        "a: x\n  y\n  z # c\nb: 1\n",
        &[Set("/a", json!("w"))],
        "a: w # c\nb: 1\n",
    );
    check(
        "a: \"x\n  y\" # c\nb: 1\n",
        &[Set("/a", json!("w"))],
        "a: \"w\" # c\nb: 1\n",
    );
}

#[test]
fn row_31_the_text_of_a_key_is_not_touched() {
    check("\"key\": a\n", &[Set("/key", json!("b"))], "\"key\": b\n");
    check("'key' : a\n", &[Set("/key", json!("b"))], "'key' : b\n");
    check("? key\n: a\n", &[Set("/key", json!("b"))], "? key\n: b\n");
    check("? key\n: a\nb: 1\n", &[Remove("/key")], "b: 1\n");
    check("? key\nb: 1\n", &[Set("/key", json!("x"))], "? key\n: x\nb: 1\n");
    check("{a, b: 1}\n", &[Set("/a", json!("x"))], "{a: x, b: 1}\n");
}

#[test]
fn row_32_an_anchor_in_use_is_not_edited() {
    let error = refuse("a: &x one\nc: *x\n", &[Set("/a", json!("two"))]);
    assert_eq!(
        error.to_string(),
        "`/a` cannot be edited at line 1, column 4: it is anchored and an alias uses it, so it would change there too; write \
         the alias out first"
    );
    refuse("a: &x\n  b: [1]\nc: *x\n", &[Set("/a/b/-", json!(2))]);
    check(
        "a: &x one\nc: 1\n",
        &[Set("/a", json!("two"))],
        "a: &x two\nc: 1\n",
    );
    check("a: &x\n  b: 1\n", &[Set("/a", json!("two"))], "a: &x two\n");
}

#[test]
fn row_33_an_alias_is_replaced_and_the_anchor_stays() {
    check(
        "a: &x one\nb: *x # c\n",
        &[Set("/b", json!("two"))],
        "a: &x one\nb: two # c\n",
    );
    check(
        "a: &x {k: 1}\nb: *x\n",
        &[Set("/b", json!({"k": 2}))],
        "a: &x {k: 1}\nb:\n  k: 2\n",
    );
    check("a: &x {k: 1}\nb: *x\n", &[Remove("/b")], "a: &x {k: 1}\n");
    refuse("a: &x {k: 1}\nb: *x\n", &[Set("/b/k", json!(2))]);
}

#[test]
fn row_34_an_inherited_key_is_written_out_after_the_merge() {
    let text = "base: &b\n  k: 1\nm:\n  <<: *b\n  l: 2\n";
    check(
        text,
        &[Set("/m/k", json!(3))],
        "base: &b\n  k: 1\nm:\n  <<: *b\n  l: 2\n  k: 3\n",
    );
    check(text, &[Set("/m/k", json!(1))], text);
    refuse(text, &[Remove("/m/k")]);
    refuse(
        "base: &b\n  k: {a: 1}\nm:\n  <<: *b\n",
        &[Set("/m/k/a", json!(3))],
    );
    refuse("base: &b {k: 1}\nm:\n  <<: *b\n  k: 2\n", &[Remove("/m/k")]);
}

#[test]
fn row_35_a_merge_wins_over_what_is_before_it() {
    let text = "x: &x {a: 1}\nm: {a: 2, <<: *x}\n";
    assert_eq!(value_of(text)["m"], json!({"a": 1}));
    refuse(text, &[Set("/m/a", json!(3))]);
    assert_eq!(tree(text).position("/m/a").unwrap().line, 1);
}

#[test]
fn row_36_an_anchor_in_use_is_not_removed() {
    let error = refuse("a:\n  b: &x 1\nc: *x\n", &[Remove("/a")]);
    assert!(matches!(error, EditError::Shared { .. }), "{error}");
    check("a:\n  b: &x 1\n  c: *x\nd: 1\n", &[Remove("/a")], "d: 1\n");
}

#[test]
fn row_37_the_last_of_two_equal_keys_is_read_and_edited() {
    let text = "a: 1\nb: 2\na: 3\n";
    let tree = tree(text);
    assert_eq!(tree.value(), &json!({"a": 3, "b": 2}));
    let warning = &tree.warnings()[0];
    assert_eq!(
        (warning.kind, warning.pointer.as_str(), warning.position.line),
        (WarningKind::DuplicateKey, "/a", 3)
    );
    check(text, &[Set("/a", json!(4))], "a: 1\nb: 2\na: 4\n");
    check(text, &[Remove("/a")], "b: 2\n");
}

#[test]
fn row_38_keys_are_found_as_kubernetes_reads_them() {
    let text = "on: 1\n0777: 2\nn: 3\n1.5: 4\n";
    assert_eq!(value_of(text), json!({"true": 1, "511": 2, "false": 3, "1.5": 4}));
    check(
        text,
        &[Set("/true", json!(5)), Set("/511", json!(6)), Remove("/false")],
        "on: 5\n0777: 6\n1.5: 4\n",
    );
}

#[test]
fn row_39_a_tag_goes_with_the_value_that_it_was_for() {
    check(
        "a: !!str 123 # c\n",
        &[Set("/a", json!("456"))],
        "a: \"456\" # c\n",
    );
    check("a: !!binary aGk=\n", &[Set("/a", json!("x"))], "a: x\n");
    check("a: !x v\n", &[Set("/a", json!(1))], "a: 1\n");
    check("a: !!int &y 1\n", &[Set("/a", json!("x"))], "a: &y x\n");
    check(
        "a: !!str\nb: 1\n",
        &[Set("/a", json!({"c": 1}))],
        "a:\n  c: 1\nb: 1\n",
    );
}

#[test]
fn row_40_an_item_of_a_list_of_objects_is_edited_in_place() {
    let text =
        "apiVersion: v1\nkind: List\nitems:\n- kind: Service\n  metadata:\n    name: a\n- kind: Secret\n";
    let stream = split(text.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(stream[0].scan(), Scan::Unusual);
    check(
        text,
        &[Set("/items/0/metadata/labels", json!({"x": "z"}))],
        "apiVersion: v1\nkind: List\nitems:\n- kind: Service\n  metadata:\n    name: a\n    labels:\n      x: z\n- kind: Secret\n",
    );
}

#[test]
fn row_41_what_kubectl_refuses_is_refused_with_a_remedy() {
    for stream in ["--- {a: b}\n", "---foo\n", "a: 1\n----\n"] {
        let error = split(stream.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidSeparator);
    }
    let documents = split(b"%YAML 1.1\n---\na: 1\n", &Limits::default()).unwrap();
    let error = documents[0].read(&Limits::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "document 1, line 1, column 1: Kubernetes cuts the stream at `---`, so a `%` directive before it cannot be read; \
         remove the line"
    );
}

#[test]
fn row_42_text_that_kubernetes_ignores_is_warned_of() {
    for (text, line) in [("a: 1\n...\nb: 2\n", 3), ("a: 1\r---\rb: 2\r", 1)] {
        let documents = split(text.as_bytes(), &Limits::default()).unwrap();
        let tree = documents[0].read(&Limits::default()).unwrap();
        assert_eq!(tree.value(), &json!({"a": 1}));
        let warning = &tree.warnings()[0];
        assert_eq!(
            (warning.kind, warning.position.line),
            (WarningKind::IgnoredText, line),
            "{text:?}"
        );
    }
    assert!(tree("a: 1\n...\n# c\n").warnings().is_empty());
    check(
        "a: 1\n...\nb: 2\n",
        &[Set("/c", json!(3))],
        "a: 1\nc: 3\n...\nb: 2\n",
    );
}

#[test]
fn row_43_empty_documents_are_told_from_null() {
    for (text, empty) in [
        ("", true),
        ("# c\n", true),
        ("---\n", true),
        ("\n \n", true),
        ("null\n", false),
        ("~\n", false),
        ("''\n", false),
    ] {
        assert_eq!(tree(text).is_empty(), empty, "{text:?}");
    }
    let documents = split(b"---\n---\n# c\n---\nnull\n", &Limits::default()).unwrap();
    let empty: Vec<_> = documents
        .iter()
        .map(|d| d.read(&Limits::default()).unwrap().is_empty())
        .collect();
    assert_eq!(empty, [true, true, false]);
    check("# c\n", &[Set("/a", json!(1))], "# c\na: 1\n");
    check("", &[Set("/a/b", json!(1))], "a:\n  b: 1\n");
}

#[test]
fn row_44_a_stream_of_json_objects() {
    let stream = "{\"a\":1}{\"b\":\"\\ud83d\\ude00\\/\", \"c\": [1, 2]}\n";
    let documents = split(stream.as_bytes(), &Limits::default()).unwrap();
    let second = documents[1].read(&Limits::default()).unwrap();
    assert_eq!(second.value(), &json!({"b": "😀/", "c": [1, 2]}));
    let (yes, text) = (json!("yes"), json!("p\nq"));
    let changes = [
        Change::Set {
            pointer: "/d",
            value: &yes,
        },
        Change::Set {
            pointer: "/b",
            value: &text,
        },
        Change::Remove { pointer: "/c/0" },
    ];
    let edited = second.edit(&changes, &Limits::default()).unwrap();
    assert_eq!(edited.text(), "{\"b\":\"p\\nq\", \"c\": [2], \"d\": \"yes\"}");
    assert_eq!(
        &serde_json::from_str::<Value>(edited.text()).unwrap(),
        edited.value()
    );
}

#[test]
fn row_45_comments_and_annotations_of_helm_are_kept() {
    let text = "# Source: web/templates/a.yaml\nmetadata:\n  annotations:\n    helm.sh/hook: pre-install\n    \
                postrenderer.helm.sh/postrender-filename: 'a.yaml'\nkind: Job\n";
    check(text, &[Set("/kind", json!("Pod"))], &text.replace("Job", "Pod"));
    check(
        text,
        &[Set("/metadata/annotations/x", json!("z"))],
        &text.replace("kind:", "    x: z\nkind:"),
    );
    assert!(
        try_edit(text, &[Remove("/metadata")])
            .unwrap()
            .starts_with("# Source: web/templates/a.yaml\n")
    );
}

#[test]
fn row_46_changes_in_one_document_do_not_depend_on_their_order() {
    let text = "a: 1\nb: 2\nc: [1, 2, 3]\n";
    let wishes = || {
        vec![
            Remove("/a"),
            Set("/b", json!(5)),
            Remove("/c/0"),
            Set("/c/2", json!(9)),
            Set("/d", json!(1)),
        ]
    };
    check(text, &wishes(), "b: 5\nc: [2, 9]\nd: 1\n");
    let mut reversed = wishes();
    reversed.reverse();
    check(text, &reversed, "b: 5\nc: [2, 9]\nd: 1\n");
    check(
        text,
        &[Set("/b", json!(5)), Set("/b", json!(5))],
        "a: 1\nb: 5\nc: [1, 2, 3]\n",
    );
    for conflict in [
        [Set("/b", json!(5)), Set("/b", json!(6))],
        [Set("/c", json!(5)), Remove("/c/0")],
        [Set("/c/0", json!(5)), Remove("/c")],
        [Set("/n", json!({})), Set("/n/m", json!(1))],
    ] {
        assert!(matches!(refuse(text, &conflict), EditError::Conflict { .. }));
    }
}

#[test]
fn row_47_the_same_changes_again_change_nothing() {
    let text = "a: 'x' # c\nm:\n- 1\n";
    let wishes = [
        Set("/a", json!("on")),
        Set("/m", json!([1, {"b": "p\nq"}])),
        Set("/n/o", json!(null)),
    ];
    let once = try_edit(text, &wishes).unwrap();
    assert_eq!(try_edit(&once, &wishes).unwrap(), once);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the time is what is tested")]
fn row_48_hostile_input_ends_in_a_clear_error() {
    let started = std::time::Instant::now();
    let error = |text: &str| match read(text, &Limits::default()) {
        Ok(_) => panic!("{:?} was read", text.get(..20)),
        Err(error) => error,
    };
    for open in ["[", "{", "- ", "? ", "[\n", "{a: ", "- [", "? - "] {
        let kind = error(&open.repeat(20_000)).kind();
        assert!(
            matches!(
                kind,
                ErrorKind::TooDeep | ErrorKind::Truncated | ErrorKind::Syntax
            ),
            "{open:?}: {kind:?}"
        );
    }
    assert_eq!(error(&"[".repeat(20_000)).kind(), ErrorKind::TooDeep);
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let alias = format!("*a{}", level - 1);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![alias; 9].join(", ")));
    }
    assert_eq!(error(&bomb).kind(), ErrorKind::AliasExpansion);
    assert_eq!(
        error(&format!("{}: 1\n", "k".repeat(1025))).kind(),
        ErrorKind::KeyTooLong
    );
    assert_eq!(
        error(&format!("{{{}: 1}}\n", "k".repeat(1025))).kind(),
        ErrorKind::KeyTooLong
    );
    assert_eq!(error("a: \0\n").kind(), ErrorKind::ControlCharacter);
    assert_eq!(
        error(&"%TAG !a! tag:x\n".repeat(100_000)).kind(),
        ErrorKind::Directive
    );
    assert_eq!(
        split(b"a: \xff", &Limits::default())
            .unwrap_err()
            .position()
            .offset,
        3
    );
    assert!(started.elapsed().as_secs() < 20, "took {:?}", started.elapsed());
}

#[test]
fn row_50_infinity_null_keys_and_overflow() {
    let error = |text: &str| read(text, &Limits::default()).unwrap_err();
    assert_eq!(error("a: .inf\n").kind(), ErrorKind::InvalidNumber);
    assert_eq!(error("~: 1\n").kind(), ErrorKind::InvalidKey);
    assert_eq!(value_of("a: 1e400\n"), json!({"a": "1e400"}));
}
