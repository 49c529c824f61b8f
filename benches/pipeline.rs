//! What a stream costs, step by step: split, scan, read, evaluate, edit, and the whole pipeline.
//!
//! `make bench` writes the corpus to `target/corpus.yaml` first; without it the example's release stands in, many
//! times over. Throughput is per byte of the stream, so that the steps can be added up.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads its corpus from a file"
)]

use boltrope::engine::world::snapshot::Snapshot;
use boltrope::engine::{Program, Request};
use boltrope::render::{Options, Stream, render};
use boltrope::rules::load::{Source, load};
use boltrope::transforms::TRANSFORMS;
use boltrope_yaml::{Change, Document, Limits, Tree, split};
use criterion::{Criterion, Throughput};
use serde_json::Value;
use std::error::Error;
use std::hint::black_box;

const RULES: &str = include_str!("../examples/platform/rules.yaml");
const RELEASE: &str = include_str!("../examples/platform/release.yaml");

fn main() -> Result<(), Box<dyn Error>> {
    let source = Source {
        name: "rules.yaml",
        bytes: RULES.as_bytes(),
    };
    let program = Program::compile(load(&[source], TRANSFORMS)?);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/target/corpus.yaml");
    let text = std::fs::read_to_string(path).unwrap_or_else(|_| RELEASE.repeat(150));
    let mut criterion = Criterion::default().configure_from_args();
    steps(&mut criterion, &program, &text)?;
    pipeline(&mut criterion, &program, &text);
    criterion.final_summary();
    Ok(())
}

fn steps(criterion: &mut Criterion, program: &Program, text: &str) -> Result<(), Box<dyn Error>> {
    let limits = Limits::default();
    let documents = split(text.as_bytes(), &limits)?;
    let trees: Vec<Tree<'_>> = documents
        .iter()
        .map(|document| document.read(&limits))
        .collect::<Result<_, _>>()?;
    let world = Snapshot::new();
    let label = Value::from("yes");
    let change = [Change::Set {
        pointer: "/metadata/labels/bench",
        value: &label,
    }];

    let mut group = criterion.benchmark_group("steps");
    group
        .throughput(Throughput::Bytes(text.len() as u64))
        .sample_size(20);
    group.bench_function("split", |bencher| {
        bencher.iter(|| split(black_box(text.as_bytes()), &limits))
    });
    group.bench_function("scan", |bencher| {
        bencher.iter(|| documents.iter().map(Document::scan).for_each(drop_value))
    });
    group.bench_function("read", |bencher| {
        bencher.iter(|| {
            documents
                .iter()
                .map(|document| document.read(&limits))
                .for_each(drop_value)
        });
    });
    group.bench_function("evaluate", |bencher| {
        bencher.iter(|| {
            for tree in &trees {
                let mut request = Request::render(tree.value());
                request.namespace = Some("new-feature");
                drop_value(program.evaluate(&request, &world));
            }
        });
    });
    group.bench_function("edit", |bencher| {
        bencher.iter(|| {
            trees
                .iter()
                .map(|tree| tree.edit(&change, &limits))
                .for_each(drop_value)
        });
    });
    group.finish();
    Ok(())
}

fn pipeline(criterion: &mut Criterion, program: &Program, text: &str) {
    let stream = [Stream {
        name: "stdin",
        bytes: text.as_bytes(),
    }];
    let mut group = criterion.benchmark_group("pipeline");
    group
        .throughput(Throughput::Bytes(text.len() as u64))
        .sample_size(20);
    for (name, scan) in [("with the scan", true), ("without the scan", false)] {
        let options = Options {
            namespace: Some("new-feature"),
            scan,
            ..Options::default()
        };
        group.bench_function(name, |bencher| {
            bencher.iter(|| render(&stream, program, Snapshot::new(), &options))
        });
    }
    group.finish();
}

/// Keeps the optimizer from leaving out what made the value.
fn drop_value<T>(value: T) {
    drop(black_box(value));
}
