//! `boltrope forecast`: what admission will do to a release, and whether Flux sees it as drift.

use std::fmt::Write as _;

use boltrope::engine::Program;
use boltrope::export::flux::{self, Assume, Field, Forecast, HELM_CONTROLLER, Options, Verdict};
use serde_json::{Value, json};

use super::exit::{Exit, Failure};
use super::flags::{self, RunFlags};
use super::input;
use super::output::{stdout, text};

const HELP: &str = "\
A field that admission changes on every apply is `rewritten`: Flux sees no drift, because its dry run meets the webhook
too, but Git, `helm get manifest` and the cluster disagree. When the policy does not answer that dry run, what the chart
says itself is `drift`, and what admission added is `kept`. Printed besides: the post-renderers that make the change
before anything is applied.

Examples:
  helm template web ./chart -n shop | boltrope forecast --rules rules.yaml --namespace shop
  helm template web ./chart -n shop | boltrope forecast --rules rules.yaml -n shop --assume webhook-absent
  helm template web ./chart -n shop | boltrope forecast --rules rules.yaml -n shop --assume create-only --remedy ignore";

/// Tell which fields of a release admission will change, and which of them Flux will see as drift
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    run: RunFlags,
    /// What became of the policy since it changed the objects
    #[arg(long, value_enum)]
    assume: Option<Assumption>,
    /// What to print against it
    #[arg(long, value_enum, default_value_t = Remedy::Patches)]
    remedy: Remedy,
    /// Who applies the release
    #[arg(long, value_name = "NAME", default_value = HELM_CONTROLLER)]
    user: String,
    /// How to print it
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    output: Format,
}

/// Why the policy does not answer Flux's dry run.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Assumption {
    /// Its webhook is gone
    WebhookAbsent,
    /// It answers CREATE alone
    CreateOnly,
}

/// What helps.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Remedy {
    /// Post-renderers that bake the change in
    Patches,
    /// `driftDetection.ignore` for the fields that drift
    Ignore,
}

/// How the forecast is printed.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// Lines for people, then YAML to paste
    Text,
    /// One object with all of it
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let rules = flags::rules_files(&arguments.run.rules)?;
    let program = Program::compile(flags::load_files(&rules)?.rules);
    let world = arguments.run.snapshot()?;
    let namespace = arguments.run.namespace()?;
    let input = input::stdin()?;
    let options = Options {
        namespace: namespace.as_deref(),
        release: arguments.run.release.as_deref(),
        user: &arguments.user,
        assume: match arguments.assume {
            None => Assume::Answers,
            Some(Assumption::WebhookAbsent) => Assume::WebhookAbsent,
            Some(Assumption::CreateOnly) => Assume::CreateOnly,
        },
    };
    let forecast = flux::forecast(&input, &program, &world, &options)
        .map_err(|error| Failure::Unreadable(format!("stdin: {error}")))?;
    let sources: Vec<&[u8]> = rules.iter().map(|file| file.bytes.as_slice()).collect();
    let digest = flux::digest(&sources, &input);
    let printed = match arguments.output {
        Format::Json => json(&forecast, &digest),
        Format::Text => people(&forecast, arguments.remedy, &digest)?,
    };
    stdout::pieces([printed.as_bytes()].into_iter())?;
    for refusal in &forecast.refusals {
        let object = text::object(&refusal.object);
        text::hint(&format!(
            "{object} will be refused: {} {}",
            refusal.message, refusal.remedy
        ));
    }
    Ok(if forecast.refusals.is_empty() {
        Exit::Clean
    } else {
        Exit::Findings
    })
}

fn json(forecast: &Forecast, digest: &str) -> String {
    let items = if forecast.baked.patches.is_empty() {
        json!([])
    } else {
        json!([forecast.baked.item()])
    };
    let all = json!({
        "fields": forecast.fields,
        "refusals": forecast.refusals,
        "postRenderers": items,
        "notExpressible": forecast.baked.not_expressible,
        "driftDetection": {"ignore": forecast.ignore},
        "digest": digest,
    });
    format!("{all:#}\n")
}

fn people(forecast: &Forecast, remedy: Remedy, digest: &str) -> Result<String, Failure> {
    let mut printed = String::new();
    for field in &forecast.fields {
        let _ = writeln!(printed, "# {}", line(field));
    }
    let broken = |error: boltrope_yaml::EditError| Failure::Internal(error.to_string());
    if forecast.fields.is_empty() {
        return Ok("# admission changes nothing of this release\n".to_owned());
    }
    printed += &match remedy {
        Remedy::Patches => flux::block(&forecast.baked, digest).map_err(broken)?,
        Remedy::Ignore if forecast.ignore.is_empty() => {
            "# no field drifts, so there is nothing to ignore\n".to_owned()
        }
        Remedy::Ignore => flux::drift_detection(&forecast.ignore).map_err(broken)?,
    };
    Ok(printed)
}

/// `rewritten  Ingress shop/web /spec/rules/0/host: "a" -> "b" (hosts)`
fn line(field: &Field) -> String {
    let verdict = match field.verdict {
        Verdict::Rewritten => "rewritten",
        Verdict::Drift => "drift",
        Verdict::Kept => "kept",
    };
    let say = |value: &Option<Value>| {
        value
            .as_ref()
            .map_or_else(|| "nothing".to_owned(), Value::to_string)
    };
    let change = if field.chart.is_none() && field.cluster.is_none() {
        String::new()
    } else {
        format!(": {} -> {}", say(&field.chart), say(&field.cluster))
    };
    let object = text::object(&field.object);
    format!(
        "{verdict} {object} {}{change} ({})",
        field.pointer,
        field.rules.join(", ")
    )
}
