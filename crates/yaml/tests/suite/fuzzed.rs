//! The fuzz targets on the committed seeds and on mutations of them: what runs everywhere, without a nightly compiler.

use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::bodies;

/// Tokens that mean something to YAML.
const TOKENS: [&str; 40] = [
    "\n",
    "\n  ",
    "\n\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    ": ",
    ":",
    "- ",
    "-",
    "? ",
    "#",
    " # c",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "&a ",
    "*a",
    "!!str ",
    "|",
    "|+\n",
    ">-\n",
    "---\n",
    "...\n",
    "kind: Pod\n",
    "apiVersion: v1\n",
    "<<: ",
    "~",
    "on",
    "0777",
    "é",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\\",
];

#[expect(clippy::disallowed_methods, reason = "the seeds are files")]
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target);
    let entries =
        std::fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut seeds: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "no seed in {}", directory.display());
    seeds
}

/// One mutation: tokens are put in, parts are cut out or doubled.
fn mutate(mut bytes: Vec<u8>, steps: &[(u16, u16, u8, u8)]) -> Vec<u8> {
    for &(from, length, token, step) in steps {
        let at = usize::from(from) % (bytes.len() + 1);
        let end = (at + usize::from(length) % 12).min(bytes.len());
        let token = TOKENS[usize::from(token) % TOKENS.len()].as_bytes();
        match step % 5 {
            0 | 1 => drop(bytes.splice(at..at, token.iter().copied())),
            2 => drop(bytes.splice(at..end, token.iter().copied())),
            3 => drop(bytes.drain(at..end)),
            _ => {
                let part = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, part));
            }
        }
    }
    bytes
}

fn run(target: &str, body: fn(&[u8])) {
    let seeds = seeds(target);
    for (name, seed) in &seeds {
        let ran = std::panic::catch_unwind(|| body(seed));
        assert!(ran.is_ok(), "seed {name}");
    }
    let config = Config {
        cases: 6_000,
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::XorShift, &[7; 16]));
    let steps = prop::collection::vec(any::<(u16, u16, u8, u8)>(), 0..8);
    let strategy = (0..seeds.len(), steps).prop_map(|(seed, steps)| mutate(seeds[seed].1.clone(), &steps));
    let result = runner.run(&strategy, |input| {
        body(&input);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{target}: {error}");
    }
}

#[test]
fn split_and_read_survive_the_seeds_and_their_mutations() {
    run("split_read", bodies::split_read);
}

#[test]
fn the_scan_never_contradicts_the_reader() {
    run("scan", bodies::scan);
}

#[test]
fn edits_are_right_or_refused_on_the_seeds_and_their_mutations() {
    run("edit", bodies::edit);
}
