//! `boltrope post-render`: a stream on stdin, the same stream with the rules applied on stdout.

use std::path::{Path, PathBuf};

use boltrope::render::{Rendered, Stream, render};

use super::exit::{Exit, Failure};
use super::flags::RunFlags;
use super::output::report::{self, Report};
use super::output::{diff, stdout, text};
use super::{environment, input};

const NAMES: [&str; 1] = ["stdin"];

const HELP: &str = "\
Nothing is written to stdout unless everything was read and no finding is an error. A document that no rule
changes leaves byte for byte as it came.

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
    let program = arguments.run.program()?;
    let world = arguments.run.snapshot()?;
    let namespace = arguments.run.namespace()?;
    let mut options = arguments.run.options(namespace.as_deref());
    options.scan = !arguments.no_scan;
    options.log = arguments.diff || report.is_some();
    let input = input::stdin()?;
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
        write(&rendered, &input, arguments.diff)?;
    }
    Ok(exit)
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
