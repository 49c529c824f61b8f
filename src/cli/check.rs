//! `boltrope check`: a tree of files judged, nothing changed.
//!
//! Every document is read. What is not a Kubernetes object (values files, kustomize patches without a kind) is left
//! alone; what cannot be read is named, because a report that is silent about it would be taken for a clean one.

use std::fmt::Write as _;
use std::path::PathBuf;

use boltrope::render::{Rendered, Stream, render};
use clap::ValueEnum;

use super::exit::{Exit, Failure};
use super::files::{self, File, Refused};
use super::flags::RunFlags;
use super::output::report::Report;
use super::output::{stdout, text};

const HELP: &str = "\
Reads every .yaml, .yml and .json file below the paths; hidden directories and links out of them are skipped.
CRDs and XRDs in the tree say which kinds live in namespaces. What a rule would change is an error here.

Examples:
  boltrope check --rules rules.yaml clusters/ apps/
  boltrope check --rules rules/ --world crds/ -o json . > report.json";

/// Check every manifest of a directory against rules; change nothing
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    run: RunFlags,
    /// Files and directories
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to print the result
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    output: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Findings with their places, for people
    Text,
    /// One report, for programs
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let program = arguments.run.program()?;
    let world = arguments.run.snapshot()?;
    let namespace = arguments.run.namespace()?;
    let mut options = arguments.run.options(namespace.as_deref());
    options.judge = true;
    options.scan = false;
    let (files, refused) = files::manifests(&arguments.paths);
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let streams: Vec<Stream<'_>> = files
        .iter()
        .map(|file| Stream {
            name: &file.name,
            bytes: &file.bytes,
        })
        .collect();
    let rendered = render(&streams, &program, world, &options);
    let exit = match text::exit(&rendered) {
        Exit::Clean | Exit::Findings if !refused.is_empty() => Exit::Unreadable,
        exit => exit,
    };
    match arguments.output {
        Format::Json => {
            let report = Report::new(&rendered, &names).with_refused(&refused, exit);
            stdout::pieces([report.to_json()?.as_slice()].into_iter())?;
        }
        Format::Text => {
            let summary = summary(&rendered, &files, &refused);
            stdout::styled(format!("{}{summary}", text::findings(&rendered, &names)).as_bytes())?;
        }
    }
    hint_at_templates(&rendered, &files);
    for refused in &refused {
        let reason = files::reason(&refused.error);
        text::failure(&Failure::Unreadable(format!(
            "cannot read `{}`: {reason}",
            refused.name
        )));
    }
    Ok(exit)
}

fn summary(rendered: &Rendered<'_>, files: &[File], refused: &[Refused]) -> String {
    let mut summary = format!(
        "{}, {}: {}",
        text::count(files.len(), "file"),
        text::count(rendered.documents, "document"),
        text::counts(rendered)
    );
    if !refused.is_empty() {
        let _ = write!(
            summary,
            ", {} that cannot be read",
            text::count(refused.len(), "file")
        );
    }
    summary.push('\n');
    summary
}

/// The usual reason why a `.yaml` file is no YAML.
fn hint_at_templates(rendered: &Rendered<'_>, files: &[File]) {
    let is_template = |file: &&File| file.bytes.windows(2).any(|pair| pair == b"{{");
    let mut broken: Vec<usize> = rendered
        .unreadable
        .iter()
        .map(|unreadable| unreadable.place.stream)
        .collect();
    broken.dedup();
    for file in broken
        .into_iter()
        .filter_map(|stream| files.get(stream))
        .filter(is_template)
    {
        let name = &file.name;
        text::hint(&format!(
            "{name} looks like a template: check what it renders to, `helm template ... | boltrope post-render ...`"
        ));
    }
}
