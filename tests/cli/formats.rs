//! The formats of `check` for machines, each held against the schema of those who read it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::folder::{Folder, LABEL, Run, SERVICE};
use crate::xsd;

/// Needs escapes in every format: in its path, in its name.
const AWKWARD: &str = "tree/50%, a:b & <c>.yaml";

fn schema(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/schemas")
        .join(name);
    std::fs::read_to_string(path).expect("a schema of the checkout")
}

/// A tree with an error in each of two documents, a warning, a clean file, a broken one and one that is not there.
fn check(test: &str, arguments: &str) -> (Folder, Run) {
    let duplicate = format!("# ü\n{SERVICE}  labels:\n    team: a\n    team: b\n");
    let odd = SERVICE.replace("name: web", "name: \"web<&%>\"");
    let folder = Folder::new(test)
        .with("rules.yaml", LABEL)
        .with("tree/web.yaml", format!("---\n{SERVICE}---\n{odd}"))
        .with(AWKWARD, SERVICE)
        .with("tree/clean.yaml", format!("{SERVICE}  labels: {{team: shop}}\n"))
        .with("tree/warned.yaml", duplicate)
        .with("tree/broken.yaml", "a: [\nb: }\n");
    let run = folder.run(
        &format!("check --rules rules.yaml {arguments} ./tree gone.yaml"),
        "",
    );
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    (folder, run)
}

/// The line of a file, from 1.
fn line(folder: &Folder, file: &str, line: u64) -> String {
    let text = folder.read(file);
    let index = usize::try_from(line).expect("a small number") - 1;
    text.lines().nth(index).unwrap_or_default().to_owned()
}

#[test]
fn sarif_is_valid_and_leads_to_the_lines() {
    let (folder, run) = check("formats-sarif", "-o sarif");
    let log: Value = serde_json::from_str(&run.stdout).expect("JSON");
    // Its pattern of languages is no regular expression: a bracket too many.
    let text = schema("sarif-2.1.0.json").replace("{2}]?$", "{2}$");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let mistakes: Vec<String> = validator
        .iter_errors(&log)
        .map(|error| error.to_string())
        .collect();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    let mut broken = log.clone();
    broken["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0.into();
    assert!(!validator.is_valid(&broken), "the schema is not looked at");

    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["exitCode"], 3);
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let results = run["results"].as_array().expect("results");
    let mut seen = BTreeSet::new();
    for result in results {
        let id = result["ruleId"].as_str().expect("an id");
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], id);
        let physical = &result["locations"][0]["physicalLocation"];
        assert_eq!(physical["artifactLocation"]["uriBaseId"], "%SRCROOT%");
        let uri = physical["artifactLocation"]["uri"].as_str().expect("a path");
        assert!(!uri.starts_with(['/', '.']), "{uri}");
        let file = uri.replace("%20", " ").replace("%25", "%").replace("%2C", ",");
        let file = file
            .replace("%3A", ":")
            .replace("%26", "&")
            .replace("%3C", "<")
            .replace("%3E", ">");
        let text = physical["region"]["startLine"]
            .as_u64()
            .map(|number| line(&folder, &file, number));
        seen.insert((id.to_owned(), file, text.unwrap_or_default()));
    }
    let expected = [
        ("engine/duplicate-key", "tree/warned.yaml", "    team: b"),
        ("metadata/would-change", AWKWARD, "metadata:"),
        ("metadata/would-change", "tree/web.yaml", "metadata:"),
        ("unreadable", "gone.yaml", ""),
        ("unreadable", "tree/broken.yaml", "b: }"),
    ];
    let expected = expected.map(|(id, file, text)| (id.to_owned(), file.to_owned(), text.to_owned()));
    assert_eq!(seen, BTreeSet::from(expected));
    assert_eq!(results.len(), 6);
}

#[test]
fn fingerprints_survive_lines_that_are_added_above() {
    let prints = |head: &str| {
        let folder = Folder::new("formats-fingerprints")
            .with("rules.yaml", LABEL)
            .with("a.yaml", format!("{head}{SERVICE}"));
        let run = folder.run("check --rules rules.yaml -o sarif a.yaml", "");
        let log: Value = serde_json::from_str(&run.stdout).expect("JSON");
        log["runs"][0]["results"][0]["partialFingerprints"].clone()
    };
    assert!(prints("").is_object());
    assert_eq!(prints(""), prints("# one\n# two\n"));
}

#[test]
fn junit_is_what_the_schema_allows() {
    let (folder, run) = check("formats-junit", "-o junit");
    let report = roxmltree::Document::parse(&run.stdout).expect("XML");
    let schema = schema("junit-10.xsd");
    xsd::validate(&schema, &report).expect("what the schema allows");
    let faults = run
        .stdout
        .replace("<failure", "<fault")
        .replace("</failure", "</fault");
    for broken in [
        faults,
        run.stdout.replace("classname=", "class="),
        run.stdout.replace("<testsuite name=", "<testsuite title="),
        run.stdout.replace("  <testsuite", "lost <testsuite"),
    ] {
        let broken = roxmltree::Document::parse(&broken).expect("XML");
        assert!(xsd::validate(&schema, &broken).is_err(), "{broken:?}");
    }

    let root = report.root_element();
    let number =
        |node: roxmltree::Node<'_, '_>, name| node.attribute(name).and_then(|text| text.parse().ok());
    let count = |name| root.descendants().filter(|node| node.has_tag_name(name)).count();
    assert_eq!(number(root, "tests"), Some(count("testcase")));
    assert_eq!(number(root, "failures"), Some(count("failure")));
    assert_eq!(number(root, "errors"), Some(count("error")));
    assert_eq!((count("testcase"), count("failure"), count("error")), (7, 3, 2));
    for failure in root.descendants().filter(|node| node.has_tag_name("failure")) {
        let place = failure
            .text()
            .and_then(|text| text.lines().next())
            .expect("a place");
        let (rest, _) = place.rsplit_once(':').expect("a column");
        let (file, number) = rest.rsplit_once(':').expect("a line");
        assert_eq!(
            line(&folder, file, number.parse().expect("a number")),
            "metadata:",
            "{place}"
        );
    }
}

#[test]
fn github_commands_are_escaped() {
    let (_, run) = check("formats-github", "-o github");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 6, "{}", run.stdout);
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with("::error file=") || line.starts_with("::warning file=")),
        "{}",
        run.stdout
    );
    let awkward = "::error file=tree/50%25%2C a%3Ab & <c>.yaml,line=4,col=1,title=metadata/would-change::";
    assert!(run.stdout.contains(awkward), "{}", run.stdout);
    assert!(
        run.stdout.contains("object: Service web<&%25> /metadata/labels"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("::error file=gone.yaml,title=unreadable::"),
        "{}",
        run.stdout
    );
}

#[test]
fn several_formats_come_from_one_run() {
    let (folder, run) = check(
        "formats-several",
        "-o sarif=out.sarif -o junit=out.xml -o json=out.json -o text=out.txt",
    );
    assert!(
        run.stdout
            .contains("\n5 files, 6 documents: 3 errors, 1 warning, "),
        "{}",
        run.stdout
    );
    assert_eq!(folder.read("out.txt"), run.stdout);
    let report: Value = serde_json::from_str(&folder.read("out.json")).expect("JSON");
    assert_eq!(report["summary"]["exitCode"], 3);
    assert!(folder.read("out.sarif").contains("\"version\": \"2.1.0\""));
    assert!(folder.read("out.xml").starts_with("<?xml"));
}

#[test]
fn outputs_that_cannot_be_are_refused_before_anything_is_read() {
    let folder = Folder::new("formats-refused")
        .with("rules.yaml", LABEL)
        .with("a.yaml", SERVICE);
    for (outputs, words) in [
        ("-o json -o text", "two formats cannot both go to stdout"),
        ("-o yaml", "`yaml` is none of text, json, github, sarif, junit"),
        (
            "-o json=no/such/folder/x",
            "cannot write `no/such/folder/x`: no such file or directory",
        ),
    ] {
        let run = folder.run(&format!("check --rules rules.yaml {outputs} a.yaml"), "");
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{outputs}");
        assert!(run.stderr.contains(words), "{outputs}: {}", run.stderr);
    }
}
