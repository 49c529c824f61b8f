//! Every code with the full text that a person reads at admission: `docs/messages.md`, made of the cases.
//!
//! A new code, a changed sentence and a code that no case reaches show up in the difference of that page. `BLESS=1`
//! rewrites it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use boltrope::admission::{HostWorld, recorded};
use boltrope::cases::Case;
use boltrope::engine::{ENGINE_CODES, Finding, Stage, collisions};
use boltrope::render::{Options, Stream, render};
use boltrope::transforms::{Phase, TRANSFORMS};

use crate::{folders, root};

const PAGE: &str = "docs/messages.md";
const HEAD: &str = "\
# Messages

<!-- generated from the cases: BLESS=1 cargo test --test admission -->

Every code of a finding with the full text of a message as an admission request gets it: the rule, what is wrong, what to
write. Codes that come up only while rendering are marked; `boltrope explain CODE` tells what a code means.

";

/// The closed set of codes.
fn codes() -> Vec<String> {
    let own = TRANSFORMS.iter().flat_map(|transform| {
        let meta = transform.meta();
        // A guard never changes anything, and what a planner acts on is no change of the object in hand.
        let change = Some("would-change").filter(|_| meta.phase != Phase::Guard && !meta.planned);
        let slugs = meta.codes.iter().map(|(slug, _)| *slug).chain(change);
        slugs
            .map(|slug| format!("{}/{slug}", meta.slug))
            .collect::<Vec<_>>()
    });
    let engine = ENGINE_CODES.iter().map(|(slug, _)| format!("engine/{slug}"));
    let mut codes: Vec<String> = own.chain(engine).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// What a case's one object is told at admission, in the words of a policy.
fn told(case: &Case) -> Vec<Finding> {
    let (Ok(program), Some(object)) = (case.program(&[]).expect("our cases have rules"), case.object())
    else {
        return Vec::new();
    };
    let world = case.world(Stage::Admission);
    let host = |question: &[u8]| recorded(&world, question);
    let outcome = program.evaluate(&case.request(object, Stage::Admission), &HostWorld::new(&host));
    let claims = collisions(&outcome.claims)
        .into_iter()
        .map(|(_, finding)| finding);
    outcome.findings.into_iter().chain(claims).collect()
}

/// What a case's whole stream is told.
fn told_of_stream(case: &Case) -> Vec<Finding> {
    let (Ok(program), Some(input)) = (case.program(&[]).expect("our cases have rules"), &case.input) else {
        return Vec::new();
    };
    let options = Options {
        namespace: case.request.namespace.as_deref(),
        release: case.request.release.as_deref(),
        ..Options::default()
    };
    let stream = Stream {
        name: "input.yaml",
        bytes: input.as_bytes(),
    };
    let rendered = render(&[stream], &program, case.world(Stage::Admission), &options);
    rendered
        .findings
        .into_iter()
        .map(|located| located.finding)
        .collect()
}

/// The first message of each code; cases come in order of their paths.
fn firsts(findings: impl Iterator<Item = Finding>) -> BTreeMap<String, String> {
    let mut firsts = BTreeMap::new();
    for finding in findings {
        let text = match finding.rule.as_str() {
            "" => format!("{} {}", finding.message, finding.remedy),
            _ => finding.to_string(),
        };
        firsts.entry(finding.code).or_insert(text);
    }
    firsts
}

#[test]
fn every_code_has_its_text_on_the_page() {
    let cases = folders::all(root());
    let admission = firsts(cases.iter().flat_map(told));
    let rendering = firsts(cases.iter().flat_map(told_of_stream));
    let mut page = HEAD.to_owned();
    let known = codes();
    for code in &known {
        let (text, mark) = match (admission.get(code), rendering.get(code)) {
            (Some(text), _) => (text.as_str(), ""),
            (None, Some(text)) => (text.as_str(), " (rendering)"),
            (None, None) => panic!("no case reaches `{code}`: add one"),
        };
        let _ = write!(page, "## `{code}`{mark}\n\n> {text}\n\n");
    }
    let page = format!("{}\n", page.trim_end());
    for found in admission.keys().chain(rendering.keys()) {
        assert!(known.contains(found), "`{found}` is no declared code");
    }
    let path = root().join(PAGE);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &page).expect("a writable page");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let difference = similar::TextDiff::from_lines(&written, &page);
    assert!(
        written == page,
        "{PAGE} is not what the cases give (`make bless` writes it):\n{}",
        difference.unified_diff().header(PAGE, "found")
    );
}
