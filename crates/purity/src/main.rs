//! The core, called the way the surfaces call it, so that the linker keeps all that a call can reach.
//!
//! `make purity` builds this for WebAssembly and looks at the module: see `crates/xtask/src/purity/module.rs`.
//! Run as a program it refuses like any surface: a fault in the embedded rules is its exit code.

use boltrope::engine::world::NoWorld;
use boltrope::engine::{Operation, Program, Request, collisions};
use boltrope::rules::{Mistakes, RuleSet};
use boltrope::transforms::TRANSFORMS;
use serde_json::Value;
use std::hint::black_box;
use std::process::ExitCode;

fn main() -> ExitCode {
    match evaluate(
        black_box(include_str!("rules.json")),
        black_box(include_str!("object.json")),
    ) {
        Some(Ok(true)) if renders() && recovers() && plans() => ExitCode::SUCCESS,
        Some(Ok(_) | Err(_)) | None => ExitCode::FAILURE,
    }
}

/// Every entry point of the core on one object: `None` if the text is not JSON, else whether all stages accept it.
fn evaluate(rules: &str, object: &str) -> Option<Result<bool, Mistakes>> {
    let (rules, object): (Value, Value) = (
        serde_json::from_str(rules).ok()?,
        serde_json::from_str(object).ok()?,
    );
    let program = match RuleSet::decode(&rules, TRANSFORMS) {
        Ok(set) => Program::compile(set),
        Err(mistakes) => return Some(Err(mistakes)),
    };
    let mut accepted = program.is_interested("networking.k8s.io/v1", "Ingress");
    for mut request in [
        Request::render(&object),
        Request::admission(&object, Operation::Update),
    ] {
        request.namespace = Some("new-feature");
        request.old = Some(&object);
        let outcome = program.evaluate(&request, &NoWorld);
        accepted &= outcome.is_accepted() && collisions(&outcome.claims).is_empty();
        for edits in &outcome.edits {
            let edits: Vec<_> = edits.iter().map(|applied| applied.edit.clone()).collect();
            black_box(boltrope::edit::rfc6902(&object, &edits));
        }
    }
    Some(Ok(accepted))
}

/// Every entry point for text on the example's release: whether the rules load and accept it.
#[cfg(feature = "yaml")]
fn renders() -> bool {
    use boltrope::engine::world::snapshot::Snapshot;
    use boltrope::render::{Options, Stream, render};
    use boltrope::rules::load::{Source, load};

    let rules = black_box(include_bytes!("../../../examples/platform/rules.yaml"));
    let release = black_box(include_bytes!("../../../examples/platform/release.yaml"));
    let rules = Source {
        name: "rules.yaml",
        bytes: rules,
    };
    let stream = Stream {
        name: "release.yaml",
        bytes: release,
    };
    let options = Options {
        namespace: Some("new-feature"),
        ..Options::default()
    };
    load(&[rules], TRANSFORMS).is_ok_and(|rules| {
        let rendered = render(&[stream], &Program::compile(rules), Snapshot::new(), &options);
        rendered.is_accepted() && !black_box(rendered.text(0)).is_empty()
    })
}

#[cfg(not(feature = "yaml"))]
fn renders() -> bool {
    true
}

/// Every entry point of recovery on a release whose uninstall was cut off: whether its first write comes out and can be
/// taken back.
#[cfg(feature = "recovery")]
fn recovers() -> bool {
    use boltrope::lockstep::{Packed, Tree, estimate};
    use boltrope::recovery::episode::{Attempt, Next, undo};
    use boltrope::recovery::storage::Body;
    use boltrope::recovery::{Episode, Inventory, Timestamp, diagnose};
    use serde_json::json;

    let release = black_box(include_bytes!("release.json")).to_vec();
    let mut objects: Value = serde_json::from_str(black_box(include_str!("stuck.json"))).unwrap_or_default();
    if let (Some(data), Ok(packed)) = (
        objects.pointer_mut("/items/1/data/release"),
        Body::of_json(release).encode(),
    ) {
        *data = packed.into();
    }
    let mut inventory = Inventory::new();
    inventory.add(&objects);
    let mut tree = Tree::new();
    tree.add("Chart.yaml", 0, &json!({"name": "web", "version": "1.2.3"}));
    let packed = Packed {
        metadata: &objects,
        values: &objects,
        files: &[],
        config: &objects,
        manifest: "",
    };
    black_box((tree.drifts(), estimate(&packed)));
    inventory
        .states(Timestamp::parse("2026-05-18T10:00:00Z"))
        .all(|state| {
            let Some(mut episode) = Episode::begin(&diagnose(&state), &state, "token", true) else {
                return false;
            };
            let is_write = matches!(episode.next(&state), Next::Write(_));
            episode.record(Attempt::Conflict, state.now);
            is_write && undo(&episode, |_| None).is_empty()
        })
}

#[cfg(not(feature = "recovery"))]
fn recovers() -> bool {
    true
}

/// The planner of preview namespaces, on nothing: what it links is what matters.
#[cfg(feature = "preview")]
fn plans() -> bool {
    use boltrope::preview::{Rules, Snapshot, plan};

    let rules = Rules::of(&RuleSet::default());
    black_box(plan(&rules, black_box(&Snapshot::new()))).is_done()
}

#[cfg(not(feature = "preview"))]
fn plans() -> bool {
    true
}
