//! `boltrope rules schema`: the JSON Schema of rules files, and what rules say about objects of one kind as one.

use std::path::PathBuf;

use boltrope::export::form::fragment;
use boltrope::selector::KindPattern;
use boltrope::transforms::TRANSFORMS;
use serde_json::Value;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::stdout;
use crate::cli::{files, flags};

const HELP: &str = "\
An editor uses it through this first line of a rules file:
  # yaml-language-server: $schema=./ruleset.schema.json

With --for, the schema is that of an object: what the rules accept in it, as far as a schema can say that, for the form
that orders one. What it cannot say is named in `$comment`. Where objects of the kind live is looked up in --world, unless
the rules say it.

Examples:
  boltrope rules schema > ruleset.schema.json
  boltrope rules schema --rules rules.yaml --for openportal.dev/ManagedNamespace
  boltrope rules schema --rules rules.yaml --world crds/ --for openportal.dev/v1alpha1/WhoAmIService";

/// Print the JSON Schema of a rules file, or of the objects that rules are about
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// The schema of objects of this kind: `group/Kind` or `group/version/Kind`, `core` for the core group
    #[arg(long = "for", value_name = "KIND")]
    kind: Option<String>,
    /// Rules file, or a directory of them (*.yaml, *.yml); repeat for several [env: BOLTROPE_RULES]
    #[arg(long, value_name = "FILE", requires = "kind")]
    rules: Vec<PathBuf>,
    /// Manifests that define kinds, files or directories: CRDs, XRDs; repeat for several
    #[arg(long, value_name = "PATH", requires = "kind")]
    world: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.kind {
        None => print(&boltrope::rules::schema(TRANSFORMS)),
        Some(kind) => print(&of_kind(kind, arguments)?),
    }
}

fn of_kind(text: &str, arguments: &Arguments) -> Result<Value, Failure> {
    let kind = KindPattern::parse(text).map_err(Failure::Arguments)?;
    let (group, _, name) = kind.parts();
    if group == "*" || name == "*" {
        let message =
            format!("--for: `{text}` may be several kinds; write `group/Kind`, `core` for the core group");
        return Err(Failure::Arguments(message));
    }
    let rules = flags::load(&arguments.rules)?.rules;
    let world = files::world(&arguments.world)?;
    fragment(&rules, &kind, &world).ok_or_else(|| {
        let mut kinds: Vec<String> = rules
            .rules
            .iter()
            .flat_map(|rule| rule.matching.kinds())
            .map(|kind| format!("`{kind}`"))
            .collect();
        kinds.sort();
        kinds.dedup();
        let message = format!(
            "--for: no rule refuses anything of kind `{text}`; the rules are about {}",
            kinds.join(", ")
        );
        Failure::Arguments(message)
    })
}

fn print(schema: &Value) -> Result<Exit, Failure> {
    let broken =
        |error: serde_json::Error| Failure::Internal(format!("the schema cannot be written: {error}"));
    let mut json = serde_json::to_vec_pretty(schema).map_err(broken)?;
    json.push(b'\n');
    stdout::pieces([json.as_slice()].into_iter())?;
    Ok(Exit::Clean)
}
