//! `boltrope eval`: what the Kubewarden policy answers to a request, without Kubewarden.

mod answer;
mod review;

use std::path::PathBuf;

use boltrope::admission::{Policy, recorded};
use boltrope::transforms::TRANSFORMS;
use clap::ValueEnum;
use serde_json::json;

use self::answer::AdmissionResponse;
use super::exit::{Exit, Failure};
use super::flags::AdmissionFlags;
use super::output::stdout;
use super::{files, input};

const HELP: &str = "\
The answer is the AdmissionResponse that a policy server sends to the API server for the policy `boltrope` with these
rules, and that `kwctl run` prints: base64 of the JSON patch in `patch`, exit code 0 for a refused request, too.
What the rules look up in the cluster is taken from --world.

Examples:
  boltrope request --operation CREATE service.yaml | boltrope eval --rules rules.yaml -
  boltrope eval --rules rules.yaml --world world/ request.json | jq -r .patch | base64 -d
  boltrope eval --rules rules.yaml --exit-code -o text request.json";

/// Print what the admission policy answers to a request
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    flags: AdmissionFlags,
    /// An AdmissionReview or its `request`; `-` is stdin
    #[arg(value_name = "REQUEST")]
    request: PathBuf,
    /// End with exit code 1 when the request is refused
    #[arg(long)]
    exit_code: bool,
    /// How to print the answer
    #[arg(long, short, value_name = "FORMAT", default_value = "json")]
    output: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// The AdmissionResponse on one line, as kwctl prints it
    Json,
    /// Verdict, message, warnings and the decoded patch, for people
    Text,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let spec = arguments.flags.loaded()?.spec();
    let world = files::world(&arguments.flags.world)?;
    let (name, document) = input::document(&arguments.request)?;
    let request =
        review::request(document).map_err(|message| Failure::Unreadable(format!("{name}: {message}")))?;
    let broken = |error: serde_json::Error| Failure::Internal(format!("JSON cannot be written: {error}"));
    let payload = serde_json::to_vec(&json!({"request": request, "settings": spec})).map_err(broken)?;
    let host = |question: &[u8]| recorded(&world, question);
    let response = Policy::of_rules(TRANSFORMS).validate(&payload, &host);
    let answer = AdmissionResponse::of(&request, response);
    let text = match arguments.output {
        Format::Json => serde_json::to_string(&answer.encoded().map_err(broken)?).map_err(broken)? + "\n",
        Format::Text => answer.text(),
    };
    stdout::pieces([text.as_bytes()].into_iter())?;
    Ok(if arguments.exit_code && !answer.allowed {
        Exit::Findings
    } else {
        Exit::Clean
    })
}
