//! What the Makefile's verbs do, in Rust instead of shell.
//!
//! `cargo xtask VERB` from anywhere in the checkout. Each verb is a module with one `run`; what several verbs
//! need (the checkout, child programs, Rust token streams, the WebAssembly toolchain) has a module of its own.

#![expect(
    clippy::disallowed_methods,
    reason = "this program's job is to read the checkout's files and to run the build tools"
)]

mod bench;
mod chart;
mod checkout;
mod demo;
mod deny;
mod e2e;
mod generate;
mod image;
mod js;
mod lint;
mod output;
mod playground;
mod policies;
mod program;
mod purity;
mod rustup;
mod tokens;
mod tools;
mod wasm;

use anyhow::bail;
use std::process::ExitCode;

/// A verb: its name, what it does, and the function that does it with the remaining arguments.
struct Verb {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> anyhow::Result<()>,
}

const VERBS: &[Verb] = &[
    Verb {
        name: "lint",
        about: "the house rules that no compiler lint knows",
        run: lint::run,
    },
    Verb {
        name: "purity",
        about: "the core reaches no file, clock, network or environment",
        run: purity::run,
    },
    Verb {
        name: "deny",
        about: "cargo-deny: licences, banned crates, sources",
        run: deny::run,
    },
    Verb {
        name: "advisories",
        about: "cargo-deny: known vulnerabilities (needs the network)",
        run: deny::advisories,
    },
    Verb {
        name: "generate",
        about: "write the files derived from the code",
        run: generate::run,
    },
    Verb {
        name: "check-generated",
        about: "fail if generate would change a file",
        run: generate::check,
    },
    Verb {
        name: "bless",
        about: "rewrite the cases' expected results",
        run: generate::bless,
    },
    Verb {
        name: "policies",
        about: "build the Kubewarden policies: policies/<id>/policy.wasm",
        run: policies::run,
    },
    Verb {
        name: "policies-reproduce",
        about: "build the policies twice and compare the bytes",
        run: policies::reproduce,
    },
    Verb {
        name: "js",
        about: "build the npm package: crates/js/pkg",
        run: js::run,
    },
    Verb {
        name: "playground",
        about: "build the page: target/playground",
        run: playground::run,
    },
    Verb {
        name: "bless-fuel",
        about: "record what the policies cost in instructions",
        run: policies::bless_fuel,
    },
    Verb {
        name: "bench-policy",
        about: "how long a request takes, beside an empty policy",
        run: policies::bench,
    },
    Verb {
        name: "conformance",
        about: "every case on every surface, the compiled policies included",
        run: policies::compare,
    },
    Verb {
        name: "policy-server",
        about: "the real policy-server beside boltrope eval: --binary PATH [--throughput]",
        run: policies::serve,
    },
    Verb {
        name: "image-context",
        about: "target/image: what the operator's image is made from",
        run: image::run,
    },
    Verb {
        name: "demo",
        about: "the main rules on a real release",
        run: demo::run,
    },
    Verb {
        name: "e2e",
        about: "in the real Helm 3 and 4, kube-apiserver, kustomize: e2e [SUITE...]",
        run: e2e::run,
    },
    Verb {
        name: "bench",
        about: "whole processes beside the real tools",
        run: bench::run,
    },
    Verb {
        name: "bench-operator",
        about: "one run of the operator over 5,000 HelmReleases",
        run: bench::run_operator,
    },
    Verb {
        name: "bench-preview",
        about: "25,000 copies planned",
        run: bench::run_preview,
    },
    Verb {
        name: "bench-preview-live",
        about: "copies in a real API server, beside a bare client: bench-preview-live [NAMESPACES]",
        run: e2e::bench_preview,
    },
    Verb {
        name: "corpus",
        about: "write target/corpus.yaml for cargo bench",
        run: bench::write_corpus,
    },
    Verb {
        name: "measure",
        about: "one run of one program, for bench",
        run: bench::measure_once,
    },
    Verb {
        name: "tools",
        about: "build the pinned real tools",
        run: bench::build_tools,
    },
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match dispatch(&name, &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::problem(&format!("xtask {name}: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(name: &str, rest: &[String]) -> anyhow::Result<()> {
    if let Some(verb) = VERBS.iter().find(|verb| verb.name == name) {
        return (verb.run)(rest);
    }
    for verb in VERBS {
        output::line(&format!("{:<16} {}", verb.name, verb.about));
    }
    if name.is_empty() {
        return Ok(());
    }
    bail!("no verb `{name}`; the verbs are listed above")
}
