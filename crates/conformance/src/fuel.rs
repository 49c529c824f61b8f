//! What a call costs in executed WebAssembly instructions ("fuel"): the same number on every machine, unlike time.
//!
//! A fresh instance is measured from its start to its answer, beside the empty policy of the same build. `fuel.txt` holds
//! the ratios; one that rises by more than a tenth fails until `make bless-fuel` accepts it. Then the instance is called
//! again, as `kwctl bench` does: it must answer the same with the memory that it has.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, anyhow, ensure};
use wasmtime_provider::wasmtime::{Caller, Config, Engine, Extern, Linker, Module, Store};

use crate::scenario::{self, Scenario};

/// What a ratio may rise by.
const TOLERANCE: f64 = 1.10;
const TANK: u64 = u64::MAX / 2;
/// How often the instance is called again.
const AGAIN: usize = 20;
/// The most memory that a call may take, in bytes: so much, and so many times its payload. Nothing is freed during a call.
const MEMORY: (usize, usize) = (4 << 20, 100);
const HEADER: &str = "\
# Executed instructions of one call in a fresh instance, as a multiple of what the empty SDK policy of the same build takes.
# Written by make bless-fuel; make conformance fails when one rises by more than a tenth.
";

/// One measured call.
#[derive(Debug)]
struct Measured {
    label: String,
    instructions: u64,
    ratio: f64,
}

/// The host's side of one call.
#[derive(Debug, Default)]
struct Call {
    operation: Vec<u8>,
    payload: Vec<u8>,
    answer: Vec<u8>,
    error: Vec<u8>,
}

/// Measures all policies; compares with `fuel.txt`, or writes it. Gives the table to print and what rose too far.
///
/// # Errors
/// A module that cannot be run, a `fuel.txt` that cannot be read.
pub(crate) fn check(root: &Path, ids: &[&str], bless: bool) -> anyhow::Result<(String, Vec<String>)> {
    let path = root.join("crates/conformance/fuel.txt");
    let measured = measure(root, ids)?;
    let mut table = format!("{:<46} {:>12} {:>8}\n", "fuel", "instructions", "x empty");
    for one in &measured {
        let _infallible = writeln!(
            table,
            "{:<46} {:>12} {:>8.2}",
            one.label, one.instructions, one.ratio
        );
    }
    if bless {
        let mut text = HEADER.to_owned();
        for one in &measured {
            let _infallible = writeln!(text, "{:.2} {}", one.ratio, one.label);
        }
        std::fs::write(&path, text).with_context(|| format!("writing `{}`", path.display()))?;
        return Ok((table, Vec::new()));
    }
    let recorded = std::fs::read_to_string(&path)
        .with_context(|| format!("reading `{}`: `make bless-fuel` writes it", path.display()))?;
    let worse = measured.iter().filter_map(|one| rise(one, &recorded)).collect();
    Ok((table, worse))
}

/// What is to be said about a measurement that is not as recorded.
fn rise(one: &Measured, recorded: &str) -> Option<String> {
    let of = |line: &str| {
        let (ratio, label) = line.split_once(' ')?;
        (label == one.label).then(|| ratio.parse::<f64>().ok())?
    };
    let advice = "make it cheaper, or accept it with `make bless-fuel`";
    match recorded.lines().find_map(of) {
        None => Some(format!(
            "fuel of {} is not recorded: run `make bless-fuel`",
            one.label
        )),
        Some(ratio) if one.ratio > ratio * TOLERANCE => Some(format!(
            "fuel of {} rose from {ratio:.2} to {:.2} times the empty policy's: {advice}",
            one.label, one.ratio
        )),
        Some(_) => None,
    }
}

fn measure(root: &Path, ids: &[&str]) -> anyhow::Result<Vec<Measured>> {
    let mut config = Config::new();
    config.consume_fuel(true);
    let engine = Engine::new(&config).map_err(|error| anyhow!("{error}"))?;
    let module = |path: &Path| -> anyhow::Result<Module> {
        let bytes = std::fs::read(path)
            .with_context(|| format!("reading `{}`: run `make policies` first", path.display()))?;
        Module::new(&engine, bytes).map_err(|error| anyhow!("compiling `{}`: {error}", path.display()))
    };
    let empty = module(&root.join("target/empty-policy.wasm"))?;
    let mut measured = Vec::new();
    for id in ids {
        let policy = module(&root.join("policies").join(id).join("policy.wasm"))?;
        for scenario in scenario::all(root, &[*id])? {
            let Scenario {
                function,
                name,
                payload,
                baseline,
                ..
            } = &scenario;
            let label = format!("{id}: {name}");
            let shown = || format!("fuel of {label}");
            let instructions = burn(&engine, &policy, function, payload).with_context(shown)?;
            let least = burn(&engine, &empty, function, baseline).with_context(shown)?;
            #[expect(
                clippy::cast_precision_loss,
                reason = "counts of instructions are far below 2^52"
            )]
            let ratio = instructions as f64 / least as f64;
            measured.push(Measured {
                label,
                instructions,
                ratio,
            });
        }
    }
    Ok(measured)
}

/// Calls a function of a fresh instance and counts.
fn burn(engine: &Engine, module: &Module, function: &str, payload: &[u8]) -> anyhow::Result<u64> {
    let call = Call {
        operation: function.as_bytes().to_vec(),
        payload: payload.to_vec(),
        ..Call::default()
    };
    let lengths = (i32::try_from(function.len())?, i32::try_from(payload.len())?);
    let failed = |error: wasmtime_provider::wasmtime::Error| anyhow!("{error}");
    let mut store = Store::new(engine, call);
    store.set_fuel(TANK).map_err(failed)?;
    let linker = linker(engine, module).map_err(failed)?;
    let instance = linker.instantiate(&mut store, module).map_err(failed)?;
    // The SDK's policies register their functions, ours know them.
    if let Ok(start) = instance.get_typed_func::<(), ()>(&mut store, "wapc_init") {
        start.call(&mut store, ()).map_err(failed)?;
    }
    let guest_call = instance
        .get_typed_func::<(i32, i32), i32>(&mut store, "__guest_call")
        .map_err(failed)?;
    let memory = instance.get_memory(&mut store, "memory").context("no memory")?;
    let ask = |store: &mut Store<Call>| -> anyhow::Result<(Vec<u8>, u64)> {
        let code = guest_call.call(&mut *store, lengths).map_err(failed)?;
        let error = String::from_utf8_lossy(&store.data().error).into_owned();
        ensure!(code == 1 && !store.data().answer.is_empty(), "no answer: {error}");
        Ok((store.data().answer.clone(), memory.size(&*store)))
    };
    let first = ask(&mut store)?;
    let left = store.get_fuel().map_err(failed)?;
    let (bytes, (least, times)) = (memory.data_size(&store), MEMORY);
    ensure!(
        bytes <= least + times * payload.len(),
        "it takes {bytes} bytes of memory for a payload of {}",
        payload.len()
    );
    for _ in 0..AGAIN {
        ensure!(
            ask(&mut store)? == first,
            "called again, the instance gives another answer or takes more memory"
        );
    }
    Ok(TANK - left)
}

/// The part of waPC that a call without lookups needs; anything else traps.
fn linker(engine: &Engine, module: &Module) -> Result<Linker<Call>, wasmtime_provider::wasmtime::Error> {
    let mut linker = Linker::new(engine);
    linker.func_wrap(
        "wapc",
        "__guest_request",
        |mut caller: Caller<'_, Call>, operation: u32, payload: u32| {
            let (name, bytes) = (caller.data().operation.clone(), caller.data().payload.clone());
            write(&mut caller, operation, &name)?;
            write(&mut caller, payload, &bytes)
        },
    )?;
    linker.func_wrap(
        "wapc",
        "__guest_response",
        |mut caller: Caller<'_, Call>, at: u32, length: u32| {
            caller.data_mut().answer = read(&mut caller, at, length)?;
            Ok(())
        },
    )?;
    linker.func_wrap(
        "wapc",
        "__guest_error",
        |mut caller: Caller<'_, Call>, at: u32, length: u32| {
            caller.data_mut().error = read(&mut caller, at, length)?;
            Ok(())
        },
    )?;
    linker.define_unknown_imports_as_traps(module)?;
    Ok(linker)
}

fn write(
    caller: &mut Caller<'_, Call>,
    at: u32,
    bytes: &[u8],
) -> Result<(), wasmtime_provider::wasmtime::Error> {
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    let memory = memory.ok_or_else(|| wasmtime_provider::wasmtime::Error::msg("no memory"))?;
    Ok(memory.write(caller, at as usize, bytes)?)
}

fn read(
    caller: &mut Caller<'_, Call>,
    at: u32,
    length: u32,
) -> Result<Vec<u8>, wasmtime_provider::wasmtime::Error> {
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    let memory = memory.ok_or_else(|| wasmtime_provider::wasmtime::Error::msg("no memory"))?;
    let mut bytes = vec![0; length as usize];
    memory.read(caller, at as usize, &mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rise_of_more_than_a_tenth_is_told() {
        let one = |ratio| Measured {
            label: "metadata: no rule matches".to_owned(),
            instructions: 1,
            ratio,
        };
        let recorded = format!("{HEADER}1.00 metadata: no rule matches\n");
        assert_eq!(rise(&one(1.09), &recorded), None);
        assert!(
            rise(&one(1.11), &recorded)
                .unwrap()
                .contains("rose from 1.00 to 1.11")
        );
        assert!(rise(&one(1.0), HEADER).unwrap().contains("is not recorded"));
    }
}
