#![expect(
    clippy::disallowed_methods,
    reason = "the corpora are files of the shared material"
)]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::Value;

use super::build::Builder;
use super::reader::{read_libyaml, take};
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
    read: impl Fn(&mut Builder<'_>) -> Result<(), Error>,
) -> Result<(Option<Value>, String, Vec<Warning>), Error> {
    let limits = Limits::default();
    let mut builder = Builder::new(text, place(), &limits);
    read(&mut builder)?;
    let nodes = format!("{:?} {:?} {:?}", builder.nodes, builder.names, builder.merges);
    Ok((builder.root, nodes, builder.warnings))
}

/// `true` when the simple reader read the text; both readers must then agree on everything.
fn agrees(text: &str) -> bool {
    if simple::events(text).is_none() {
        return false;
    }
    let simple = |builder: &mut Builder<'_>| {
        let steps = simple::events(builder.text).unwrap_or_default();
        steps
            .into_iter()
            .try_for_each(|(event, span)| take(builder, event, span))
    };
    match (read_with(text, simple), read_with(text, read_libyaml)) {
        (Ok(fast), Ok(slow)) => assert_eq!(fast, slow, "the readers differ on:\n{text}"),
        (Err(fast), Err(slow)) => assert_eq!(fast.to_string(), slow.to_string(), "on:\n{text}"),
        (fast, slow) => panic!("simple: {fast:?}\nlibyaml: {slow:?}\non:\n{text}"),
    }
    true
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
    let (mut simple, mut all) = (0, 0);
    for path in files {
        let bytes = fs::read(&path).expect("readable");
        for document in crate::split(&bytes, &Limits::default()).unwrap_or_default() {
            all += 1;
            simple += usize::from(agrees(document.text()));
        }
    }
    println!("{simple} of {all} documents are simple");
    assert!(
        simple * 10 > all * 4,
        "only {simple} of {all} documents are simple"
    );
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
        "a: |\n  x\n",
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
        assert!(simple::events(text).is_none(), "{text:?}");
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
        "a:\n  b:\n    c:\nd:\n",
        "a:\n  b:\n  - c:\n    d:\n  - e\n",
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
