#![expect(
    clippy::disallowed_methods,
    reason = "the corpora are files of the shared material"
)]

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::build::Builder;
use super::compare::says;
use super::reader::{Simple, read_libyaml};
use super::warning::Warning;
use crate::parser::simple;
use crate::position::Position;
use crate::split::Place;
use crate::{Error, Limits};

fn place() -> Place<'static> {
    let position = Position {
        offset: 0,
        line: 1,
        column: 1,
    };
    Place {
        number: 1,
        source: None,
        position,
    }
}

/// What a reader makes of a text: value, nodes with their spans, warnings.
fn read_with(
    text: &str,
    read: impl FnOnce(&mut Builder<'_>) -> Result<(), Error>,
) -> Result<(Option<Value>, String, Vec<Warning>), Error> {
    let limits = Limits::default();
    let mut builder = Builder::new(text, place(), &limits);
    read(&mut builder)?;
    let nodes = format!("{:?} {:?} {:?}", builder.nodes, builder.names, builder.merges);
    Ok((builder.root, nodes, builder.warnings))
}

/// `true` when the simple reader read the text; both readers must then agree on everything.
fn agrees(text: &str) -> bool {
    let mut declined = false;
    let simple = |builder: &mut Builder<'_>| {
        declined = !is_simple(builder);
        Ok(())
    };
    let fast = read_with(text, simple).expect("nothing is decided");
    if declined {
        return false;
    }
    let slow = read_with(text, read_libyaml).unwrap_or_else(|error| panic!("{error}\non:\n{text}"));
    assert_eq!(fast, slow, "the readers differ on:\n{text}");
    true
}

fn is_simple(builder: &mut Builder<'_>) -> bool {
    let text = builder.text;
    let literal = String::new();
    simple::read(&[text], Simple { builder, literal }).is_some()
}

fn declines(text: &str) -> bool {
    let limits = Limits::default();
    !is_simple(&mut Builder::new(text, place(), &limits))
}

fn yaml_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("the shared material beside the project");
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            yaml_files(&path, files);
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            files.push(path);
        }
    }
}

#[test]
fn both_readers_agree_on_every_document_of_the_corpora() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    yaml_files(&root.join("../shared/corpus"), &mut files);
    yaml_files(&root.join("src"), &mut files);
    let (mut simple, mut all, mut said) = (0, 0, 0);
    for path in files {
        let bytes = fs::read(&path).expect("readable");
        for document in crate::split(&bytes, &Limits::default()).unwrap_or_default() {
            all += 1;
            simple += usize::from(agrees(document.text()));
            if let Ok(tree) = document.read(&Limits::default()) {
                said += usize::from(says(&cut(document.text()), tree.value(), &Limits::default()));
            }
        }
    }
    println!("{simple} of {all} documents are simple, {said} are compared while they are read");
    assert!(said * 10 > all * 8, "only {said} of {all} documents are compared");
    assert!(
        simple * 10 > all * 4,
        "only {simple} of {all} documents are simple"
    );
}

/// The text in pieces of about a hundred bytes, which end anywhere.
fn cut(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, next) = rest.split_at(rest.floor_char_boundary(101.min(rest.len())).max(1));
        pieces.push(piece);
        rest = next;
    }
    pieces
}

#[test]
fn a_comparison_ends_at_the_first_difference() {
    let limits = Limits::default();
    let says = |pieces: &[&str], value: Value| super::compare::says(pieces, &value, &limits);
    let text = "a: 1\nb: |\n  x\n\n  y\nc:\n- \"d\"\n- {}\n";
    let value = json!({"a": 1, "b": "x\n\ny\n", "c": ["d", {}]});
    for at in 0..text.len() {
        let (before, after) = text.split_at(at);
        assert!(says(&[before, after], value.clone()), "{at}");
    }
    assert!(says(&["a: 1.0\n"], json!({"a": 1})));
    for wrong in [
        json!({"a": "1", "b": "x\n\ny\n", "c": ["d", {}]}),
        json!({"a": 1, "b": "x\n\ny", "c": ["d", {}]}),
        json!({"a": 1, "b": "x\n\ny\n\n", "c": ["d", {}]}),
        json!({"a": 1, "b": "x\n\ny\n", "c": ["d", []]}),
        json!({"a": 1, "b": "x\n\ny\n", "c": ["d"]}),
        json!({"a": 1, "b": "x\n\ny\n", "c": ["d", {}, null]}),
        json!({"a": 1, "b": "x\n\ny\n", "c": ["d", {}], "e": null}),
        json!({"a": 1, "b": "x\n\ny\n"}),
        json!(null),
    ] {
        assert!(!says(&[text], wrong.clone()), "{wrong}");
    }
    // Doubts are left to the reader: order, duplicates, typed keys, anchors, tags, what is above the limits.
    for (text, value) in [
        ("a: 1\nb: 2\n", json!({"b": 2, "a": 1})),
        ("a: 1\na: 1\n", json!({"a": 1})),
        ("1: a\n", json!({"1": "a"})),
        ("a: &b c\n", json!({"a": "c"})),
        ("a: !!str c\n", json!({"a": "c"})),
        ("a: \"\\/\"\n", json!({"a": "/"})),
        ("{<<: {a: b}}\n", json!({"<<": {"a": "b"}})),
        ("a: .inf\n", json!({"a": null})),
        ("", json!(null)),
    ] {
        assert!(!says(&[text], value), "{text:?}");
    }
    let (depth, document_bytes) = (1, 9);
    let limits = Limits {
        depth,
        document_bytes,
        ..limits
    };
    for (text, value, expected) in [
        ("a: {}\n", json!({"a": {}}), false),
        ("a: bcdef\n", json!({"a": "bcdef"}), true),
        ("a: bcdefg\n", json!({"a": "bcdefg"}), false),
    ] {
        assert_eq!(
            super::compare::says(&[text], &value, &limits),
            expected,
            "{text:?}"
        );
    }
}

#[test]
fn an_edited_text_borrows_what_stayed() {
    let limits = Limits::default();
    let blob = "    x\n".repeat(1000);
    let text = format!("kind: ConfigMap\nmetadata:\n  name: web\ndata:\n  blob: |\n{blob}");
    let mut tree = crate::read(&text, &limits).unwrap();
    let label = json!("yes");
    let pointer = "/metadata/labels/team";
    let change = crate::Change::Set {
        pointer,
        value: &label,
    };
    let draft = tree.draft(&[change], &limits).unwrap();
    tree.value_mut()["metadata"]["labels"] = json!({"team": "yes"});
    let edited = tree.confirm(draft, tree.value(), &limits).unwrap();
    let owned = |piece: &Cow<'_, str>| matches!(piece, Cow::Owned(_));
    let new: Vec<_> = edited.pieces().filter(|piece| owned(piece)).collect();
    assert_eq!(new, ["  labels:\n    team: \"yes\"\n"]);
    assert_eq!(edited.to_text().len(), text.len() + new[0].len());
}

#[test]
fn what_could_be_read_otherwise_is_left_to_libyaml() {
    for text in [
        "",
        "# only\n",
        "a\n",
        "- a\n b: c\n",
        "a: b\n  c\n",
        "a: b\n  c: d\n",
        "a:\n  b\n",
        "a: b: c\n",
        "a: 'x''y'\n",
        "a: \"x\\n\"\n",
        "a:\n{}\n",
        "a:\n  {}\n  {}\n",
        "a:\n  {}\n  b: c\n",
        "a:\n  \"b\" c\n",
        "a:\n  \"b\": c\n",
        "a: b\n  {}\n",
        "a: &x b\n",
        "a: *x\n",
        "a: !!str b\n",
        "<<: {}\n",
        "a: {b: c}\n",
        "? a\n: b\n",
        "a: \tb\n",
        "a: b\r\n",
        "a: \u{e9}\n",
        "a: 'x'#c\n",
        "-\n  a: b\n",
        "- a\n- \n",
        "a: @b\n",
        "a: %b\n",
        "a: `b`\n",
        "  a: b\nc: d\n",
        "a:\n    b: c\n  d: e\n",
        "a: b\n- c\n",
        "- a\nb: c\n",
        "\"a\": b\n",
        "a : b\n",
        "a: - b\n",
        "{}\n",
        "a: [b]\n",
        "a: \"b\n",
        "a: \"b\" c\n",
        "a:b\n",
        "a: b:\n",
    ] {
        assert!(declines(text), "{text:?}");
    }
}

#[test]
fn blocks_that_could_be_read_otherwise_are_left_to_libyaml() {
    for text in [
        "a: |2\n  x\n",
        "a: | # c\n  x\n",
        "a: |\n",
        "a: |\nb: c\n",
        "a: |\n\n",
        "a: |\n  \n  x\n",
        "a: |\n    x\n \ty\n",
        "a: |\n  \tx\n",
        "a: |\n  x\u{85}\n",
        "a: |\n  x\u{2028}\n",
        "a: |\n  x\u{feff}\n",
        "a: |\n  x\n b: c\n",
        "- |\n- b\n",
        "a: >\n  x\n",
    ] {
        assert!(declines(text), "{text:?}");
    }
}

#[test]
fn simple_documents_in_all_their_forms_are_read_alike() {
    for text in [
        "a: b\n",
        "a: b",
        "a:\n",
        "a:",
        "a:\nb:\n",
        "a: # none\nb: 1 # one\n",
        "a:\n- b\n- c\nd: e\n",
        "a:\n  - b\n  - c: d\n    e: f\n",
        "- - a\n  - b\n- c\n",
        "-   a: b\n    c: d\n",
        "a:\n- b: c\n  d:\n  - e\n  - f: {}\n",
        "a: {}\nb: [] # none\n",
        "\n\n  # c\na: b\n\n# d\n  # e\nc: d\n",
        "a: \"\"\nb: ''\nc: 'x # y'\n",
        "on: yes\n0777: 0x1f\n",
        "a: 1\na: 2\n",
        "a: x#y\n",
        "a: b c  d   # e\n",
        "  a: b\n  c: d\n",
        "a: -1\nb: +1\nc: ~\nd: .5\n",
        "a:\n- --b=c\n- -d # e\n- -1\n",
        "a:\n  b:\n    c:\nd:\n",
        "a:\n  b:\n  - c:\n    d:\n  - e\n",
        "a:\n  {}\nb: # c\n  [] # d\nc:\n\n   \"e\"\n",
        "a:\n  b:\n     'c'\n  d:\n    {}\n",
        "a: |\n  x\n",
        "a: |\n  x",
        "a: |-\n  x\n\n\n",
        "a: |+\n  x\n\n  \n",
        "a: |+\n  x\n \nb: c",
        "a: |\n\n\n  x\n   y\n\n  z \n    \n# c\nb: |-\n   # no comment\n   ---\n  # comment\nc:\n",
        "a:\n- |\n  x\n- b: |\n    y\n  c: d\n- - |+\n    z\n",
        "a: |\n x\ty\n \t\u{e9}\u{1f600}\nb: c\n",
        "  a: |\n   x\n  b: c\n",
    ] {
        assert!(agrees(text), "{text:?} is not read as simple");
    }
}

/// Lines as Helm writes them, put together without care for what makes sense.
fn any_lines() -> impl Strategy<Value = String> {
    let indent = prop::sample::select(vec![
        "", "  ", "    ", " ", "      ", "- ", "  - ", "- - ", "    - ", "-   ",
    ]);
    let content = prop::sample::select(vec![
        "a: b",
        "b: 1",
        "c:",
        "d: {}",
        "e: []",
        "f: \"x\"",
        "g: 'y'",
        "h: on # c",
        "a.b/c: d",
        "",
        "# c",
        "x",
        "\"x\"",
        "k: a: b",
        "l: x #",
        "m: -",
        "n: --",
        "o: - a",
        "p: -1",
        "P: --a=b",
        "-a b",
        "--a",
        "q:r",
        "~: s",
        "t: \"a\"b",
        "- ",
        "-",
        "u: a:",
        "v: {a}",
        "'w': x",
        "---",
        "...",
        "--- a: b",
        ".: x",
        "/: y",
        "0: 1e3",
        "{}",
        "[]",
        "'x'",
        "A: |",
        "B: |-",
        "C: |+",
        "|",
        "|-",
        "\tx",
        "\u{e9}",
        "\u{2014}",
        "\u{2029}",
        "\u{a0}",
    ]);
    let ending = prop::sample::select(vec!["\n", " \n", "\n\n", ""]);
    let line =
        (indent, content, ending).prop_map(|(indent, content, ending)| format!("{indent}{content}{ending}"));
    prop::collection::vec(line, 1..9).prop_map(|lines| lines.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8192, ..ProptestConfig::default() })]

    #[test]
    fn both_readers_agree_on_lines_put_together_without_care(text in any_lines()) {
        agrees(&text);
    }

    #[test]
    fn both_readers_agree_on_any_ascii(text in "[ -~\n]{0,40}") {
        agrees(&text);
    }
}
