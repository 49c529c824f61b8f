//! The playground and the npm package in the system's Chromium.
//!
//! The tests are TypeScript, beside the page that they are about (`docs/playground/e2e`), and run in Node's test runner.
//! Pictures of every state are kept in `target/e2e/browser/pictures`.

mod chromium;

use std::path::Path;

use anyhow::ensure;

use crate::program::Program;
use crate::{js, playground};

pub(super) const CHECKS: &[super::Check] = &[
    ("the page is built", |root, _| {
        js::run(&[])?;
        playground::build(root)?;
        ensure!(
            root.join(playground::BUILT).join("index.html").exists(),
            "no page in {}",
            playground::BUILT
        );
        playground::build_tests(root).map(|_| ())
    }),
    ("the diff is one", |root, _| test(root, "difference")),
    ("a person on the page", |root, _| test(root, "page")),
    ("keyboard, screen reader, dark, phone", |root, _| {
        test(root, "access")
    }),
    ("a megabyte (told, not judged)", |root, _| test(root, "speed")),
    ("every case gives the library's answer", |root, _| {
        conformance(root)
    }),
];

/// Runs one file of tests.
fn test(root: &Path, name: &str) -> anyhow::Result<()> {
    let file = root.join("target/e2e/browser").join(format!("{name}.test.cjs"));
    node(root)?
        .args(["--test", "--test-reporter", "spec"])
        .args([file])
        .run()
}

/// Asks the package in the browser what the comparison of surfaces asks, and lets it judge the answers.
fn conformance(root: &Path) -> anyhow::Result<()> {
    let work = root.join("target/e2e/browser");
    let (questions, answers) = (work.join("questions.jsonl"), work.join("answers.jsonl"));
    let asked = surfaces(root).args(["questions"]).stdout()?;
    ensure!(
        asked.lines().count() > 100,
        "only {} questions",
        asked.lines().count()
    );
    std::fs::write(&questions, asked)?;
    node(root)?
        .args([work.join("conformance.main.cjs"), questions, answers.clone()])
        .run()?;
    surfaces(root).args(["judge"]).args([answers]).run()
}

/// The program of `make conformance`, built as that verb builds it.
fn surfaces(root: &Path) -> Program {
    Program::cargo()
        .args([
            "run",
            "--quiet",
            "--locked",
            "--all-features",
            "--package",
            "conformance",
            "--",
        ])
        .in_folder(root)
}

/// Node in the checkout's root, where the bundled tests find what they import and the browser.
fn node(root: &Path) -> anyhow::Result<Program> {
    let modules = root.join(playground::FOLDER).join("node_modules");
    Ok(Program::new("node")
        .env("NODE_PATH", modules)
        .env("CHROMIUM", chromium::find()?)
        .in_folder(root))
}
