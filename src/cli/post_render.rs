//! `boltrope post-render`: a stream on stdin, the same stream with the rules applied on stdout.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use boltrope::engine::Program;
use boltrope::krm::ResourceList;
use boltrope::render::{Rendered, Stream, render};
use boltrope::rules::RuleSet;
use boltrope::rules::load::LoadError;
use boltrope::transforms::TRANSFORMS;
use sha2::{Digest as _, Sha256};

use super::exit::{Exit, Failure};
use super::files::File;
use super::flags::{self, RunFlags};
use super::output::report::{self, Report};
use super::output::{diff, stdout, text};
use super::{environment, input};

const NAMES: [&str; 1] = ["stdin"];

const HELP: &str = "\
Nothing is written to stdout unless everything was read and no finding is an error. A document that no rule
changes leaves byte for byte as it came. A stream that is one ResourceList (a KRM function's input) comes back with
`results`; its functionConfig may be the RuleSet.

Examples:
  helm template web ./chart | boltrope post-render --rules rules.yaml --namespace shop
  helm template web ./chart | boltrope post-render --rules rules.yaml --namespace shop --diff
  helm upgrade web ./chart --post-renderer boltrope --post-renderer-args post-render \\
    --post-renderer-args --rules=rules.yaml --post-renderer-args --namespace=shop";

/// Apply rules to a YAML stream, stdin to stdout (Helm post-renderer, filter)
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    run: RunFlags,
    /// Write what was found and changed to this file, as JSON, also on failure [env: BOLTROPE_REPORT]
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print a diff of each changed object and the rules that changed it, instead of the stream
    #[arg(long)]
    diff: bool,
    /// Write into the annotations of each changed object which rules changed it, and the digest of all rules
    #[arg(long)]
    annotate: bool,
    /// Read every document, also those that no rule is about
    #[arg(long)]
    no_scan: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let path = environment::report(arguments.report.as_ref());
    let result = render_stdin(arguments, path.as_deref());
    if let (Err(failure), Some(path)) = (&result, &path)
        && !matches!(failure, Failure::Closed)
    {
        report::write(path, &Report::of_failure(failure))?;
    }
    result
}

fn render_stdin(arguments: &Arguments, report: Option<&Path>) -> Result<Exit, Failure> {
    let files = flags::rules_files_if_any(&arguments.run.rules)?;
    let rules = match files.as_slice() {
        [] => None,
        files => Some(flags::load_files(files)?.rules),
    };
    let world = arguments.run.snapshot()?;
    let namespace = arguments.run.namespace()?;
    if rules.is_none() && io::stdin().is_terminal() {
        return Err(flags::no_rules());
    }
    let input = input::stdin()?;
    let mut options = arguments.run.options(namespace.as_deref());
    let list = ResourceList::find(&input, &options.limits);
    let program = program(rules, list.as_ref())?;
    let digest = arguments.annotate.then(|| digest(&files, list.as_ref()));
    options.annotate = digest.as_deref();
    options.scan = !arguments.no_scan;
    options.log = arguments.diff || report.is_some() || list.is_some();
    let stream = Stream {
        name: NAMES[0],
        bytes: &input,
    };
    let rendered = render(&[stream], &program, world, &options);
    let exit = text::exit(&rendered);
    if let Some(path) = report {
        report::write(path, &Report::new(&rendered, &NAMES))?;
    }
    text::rendered(&rendered, &NAMES, exit != Exit::Clean);
    if exit == Exit::Clean {
        match list {
            Some(list) if !arguments.diff => {
                let answer = list.respond(&rendered, &options.limits);
                let answer = answer.map_err(|error| Failure::Internal(error.to_string()))?;
                stdout::pieces([answer.as_slice()].into_iter())?;
            }
            _ => write(&rendered, &input, arguments.diff)?,
        }
    }
    Ok(exit)
}

/// What `cat FILES | sha256sum` prints for the rules files; a function's own rules come last, as JSON.
fn digest(files: &[File], list: Option<&ResourceList<'_>>) -> String {
    let mut hasher = Sha256::new();
    for file in files {
        hasher.update(&file.bytes);
    }
    if let Some(rules) = list.and_then(ResourceList::rules_as_json) {
        hasher.update(rules);
    }
    format!("sha256:{:x}", hasher.finalize())
}

/// The rules of the command and those that a function is given, as one set.
fn program(rules: Option<RuleSet>, list: Option<&ResourceList<'_>>) -> Result<Program, Failure> {
    let Some(list) = list else {
        return rules.map(Program::compile).ok_or_else(flags::no_rules);
    };
    let given = list.rules(NAMES[0], TRANSFORMS).map_err(Failure::Rules)?;
    let sets: Vec<RuleSet> = rules.into_iter().chain(given).collect();
    if sets.is_empty() {
        let message = "no rules: make the RuleSet the function's configuration (`functionConfig`), or pass --rules FILE";
        return Err(Failure::Arguments(message.to_owned()));
    }
    // Files that contradict each other were refused before: what is wrong together is placed in the list.
    RuleSet::concat(sets).map(Program::compile).map_err(|mistakes| {
        let place = |(_, mistake)| list.place(NAMES[0], mistake);
        Failure::Rules(LoadError {
            mistakes: mistakes.into_iter().map(place).collect(),
        })
    })
}

fn write(rendered: &Rendered<'_>, input: &[u8], as_diff: bool) -> Result<(), Failure> {
    if as_diff {
        text::tally(rendered);
        return stdout::styled(&diff::render(rendered));
    }
    // Helm 4 fails on empty output, even when there is nothing to render; a comment is nothing to everyone else.
    let is_blank = input.iter().all(u8::is_ascii_whitespace);
    let filler: &[u8] = if is_blank && environment::is_helm_plugin() {
        b"# no resources\n"
    } else {
        b""
    };
    stdout::pieces(rendered.spans(0).chain([filler]))
}
