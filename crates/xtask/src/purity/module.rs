//! The core as a WebAssembly module without an operating system: what it imports, and what it can reach.
//!
//! `crates/purity` calls the library on real input. Its module must import nothing (so no JavaScript glue, no
//! WASI, no host function comes in through a dependency), and no function of std that reaches the machine may
//! survive linking: the linker drops what cannot be called, so what is left can be. What std's own panic message
//! reaches is measured with a program that does nothing but panic, and subtracted.

use super::Report;
use crate::checkout;
use crate::wasm::Toolchain;
use anyhow::{Context as _, ensure};
use std::path::Path;
use wasmparser::{KnownCustom, Name, Parser, Payload};

const BUILDS: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("yaml", &["--features", "yaml"]),
    ("preview", &["--features", "preview"]),
    ("recovery", &["--features", "recovery"]),
];

/// Std's ways out, as they start a demangled name. Dependencies are held to this too.
const WAYS_OUT: &[&str] = &[
    "std::env::args",
    "std::env::current_dir",
    "std::env::var",
    "std::env::vars",
    "std::fs::",
    "std::io::stdio::stdin",
    "std::net::",
    "std::process::Command",
    "std::thread::spawn",
    "std::time::Instant",
    "std::time::SystemTime",
];

pub(super) fn check() -> anyhow::Result<Report> {
    let toolchain = Toolchain::find()?;
    let mut report = Report::default();
    let mut looked_at = Vec::new();
    let root = checkout::root()?;
    let folder = root.join("target/wasm/purity");
    let compile = |program: &str, features: &[&str]| {
        toolchain
            .build(&root, &folder)?
            .args(["--package", "purity", "--bin", program])
            .args(features)
            .run()
            .with_context(|| format!("building `{program}` for {}", toolchain.target()))?;
        let name = format!("debug/{program}.wasm");
        Contents::read(&folder.join(toolchain.target()).join(name))
    };
    let baseline = compile("baseline", &[])?;
    for (build, features) in BUILDS {
        let contents = compile("purity", features)?;
        ensure!(
            contents.calls_the_engine(),
            "`purity` does not call the engine: the proof would prove nothing"
        );
        report.problems.extend(contents.imports.iter().map(|import| {
            format!("the `{build}` core as WebAssembly imports `{import}`: it must import nothing")
        }));
        report.problems.extend(contents.ways_out().filter(|name| !baseline.functions.contains(name)).map(|name| {
            format!("the `{build}` core as WebAssembly can reach `{name}`: pass what it reads as an argument")
        }));
        looked_at.push(format!("{build} {} functions", contents.functions.len()));
    }
    report.looked_at = format!("{}; no import, no way out ({toolchain})", looked_at.join(", "));
    Ok(report)
}

/// What a module says about itself.
#[derive(Debug, Default)]
struct Contents {
    imports: Vec<String>,
    functions: Vec<String>,
}

impl Contents {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("reading `{}`", path.display()))?;
        Self::parse(&bytes).with_context(|| format!("reading `{}`", path.display()))
    }

    fn parse(bytes: &[u8]) -> anyhow::Result<Self> {
        let mut contents = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        contents
                            .imports
                            .push(format!("{}.{}", import.module, import.name));
                    }
                }
                Payload::CustomSection(custom) => {
                    if let KnownCustom::Name(names) = custom.as_known() {
                        contents.read_names(names)?;
                    }
                }
                _ => {}
            }
        }
        Ok(contents)
    }

    fn read_names(&mut self, names: wasmparser::NameSectionReader<'_>) -> anyhow::Result<()> {
        for name in names {
            if let Name::Function(functions) = name? {
                for function in functions {
                    self.functions.push(demangled(function?.name));
                }
            }
        }
        Ok(())
    }

    fn calls_the_engine(&self) -> bool {
        self.functions
            .iter()
            .any(|name| name.starts_with("boltrope::engine::program::Program"))
    }

    fn ways_out(&self) -> impl Iterator<Item = &String> {
        self.functions
            .iter()
            .filter(|name| WAYS_OUT.iter().any(|way| name.starts_with(way)))
    }
}

/// `<std::fs::File as std::io::Read>::read` counts as `std::fs::`, so the leading bracket goes.
fn demangled(name: &str) -> String {
    let name = format!("{:#}", rustc_demangle::demangle(name));
    name.trim_start_matches(['<', '&']).to_owned()
}
