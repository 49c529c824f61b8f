//! `boltrope export flux`: rules as `spec.postRenderers` of a Flux HelmRelease.

use std::path::{Path, PathBuf};

use boltrope::engine::Program;
use boltrope::export::flux::{self, Compiled, Found, HelmRelease, NotExpressible};
use boltrope::render::{Stream, render};
use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::files;
use crate::cli::flags::{self, RunFlags};
use crate::cli::input;
use crate::cli::output::{stdout, text};
use crate::cli::replace::replace;

const NAMES: [&str; 1] = ["stdin"];

const HELP: &str = "\
Flux runs no external post-renderer, only Kustomize patches. This runs the rules on what the chart renders and writes
the result down as such patches, one for each changed object. Export again when rules or chart change; --check in CI
says when. A Secret's values are never put into a patch.

Examples:
  helm template web ./chart -n shop | boltrope export flux --rules rules.yaml --namespace shop
  helm template web ./chart -n shop | boltrope export flux --rules rules.yaml --helmrelease web.yaml --write
  helm template web ./chart -n shop | boltrope export flux --rules rules.yaml --helmrelease web.yaml --check";

/// Print rules as Flux post-renderers, or write them into a HelmRelease's file
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    run: RunFlags,
    /// The file of the HelmRelease; its release name and namespace are used unless given
    #[arg(long, value_name = "FILE")]
    helmrelease: Option<PathBuf>,
    /// Write the block into the file
    #[arg(long, requires = "helmrelease")]
    write: bool,
    /// Exit 1 if the file does not say what --write would
    #[arg(long, requires = "helmrelease", conflicts_with = "write")]
    check: bool,
    /// Export what patches can express and leave out the rest, instead of refusing
    #[arg(long)]
    allow_partial: bool,
    /// What to print
    #[arg(long, short, value_enum, default_value_t = Format::Yaml)]
    output: Format,
}

/// What the block is printed as.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// Text to paste under `spec`
    Yaml,
    /// One object with `postRenderers`, `notExpressible` and `digest`
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let rules = flags::rules_files(&arguments.run.rules)?;
    let program = Program::compile(flags::load_files(&rules)?.rules);
    let world = arguments.run.snapshot()?;
    let target = arguments
        .helmrelease
        .as_deref()
        .map(|path| Target::read(path, arguments))
        .transpose()?;
    let release = target.as_ref().map(|target| &target.release);
    let namespace = match arguments.run.namespace()? {
        Some(namespace) => Some(namespace),
        None => release.and_then(|release| release.namespace.clone()),
    };
    let mut options = arguments.run.options(namespace.as_deref());
    options.release = options
        .release
        .or(release.map(|release| release.release.as_str()));
    options.log = true;
    let input = input::stdin()?;
    let stream = Stream {
        name: NAMES[0],
        bytes: &input,
    };
    let rendered = render(&[stream], &program, world, &options);
    let exit = text::exit(&rendered);
    text::rendered(&rendered, &NAMES, exit != Exit::Clean);
    if exit != Exit::Clean {
        return Ok(exit);
    }
    let compiled =
        flux::compile(&input, &rendered).map_err(|error| Failure::Unreadable(format!("stdin: {error}")))?;
    tell(&compiled.not_expressible);
    if !compiled.not_expressible.is_empty() && !arguments.allow_partial {
        text::hint("nothing was exported; --allow-partial exports the rest");
        return Ok(Exit::Findings);
    }
    let sources: Vec<&[u8]> = rules.iter().map(|file| file.bytes.as_slice()).collect();
    let digest = flux::digest(&sources, &input);
    match target {
        Some(target) if arguments.write || arguments.check => target.put(arguments, &compiled, &digest),
        _ => print(arguments.output, &compiled, &digest),
    }
}

fn tell(missing: &[NotExpressible]) {
    for missing in missing {
        let object = &missing.object;
        text::hint(&format!(
            "not expressible: {} `{}`: {}",
            object.kind, object.name, missing.reason
        ));
    }
}

fn print(format: Format, compiled: &Compiled, digest: &str) -> Result<Exit, Failure> {
    let printed = match format {
        Format::Yaml => {
            flux::block(compiled, digest).map_err(|error| Failure::Internal(error.to_string()))?
        }
        Format::Json => {
            let items = if compiled.patches.is_empty() {
                json!([])
            } else {
                json!([compiled.item()])
            };
            let object = json!({
                "postRenderers": items, "notExpressible": compiled.not_expressible, "digest": digest,
            });
            format!("{object:#}\n")
        }
    };
    stdout::pieces([printed.as_bytes()].into_iter())?;
    Ok(Exit::Clean)
}

/// The HelmRelease that is written or checked.
struct Target<'a> {
    path: &'a Path,
    file: files::File,
    release: HelmRelease,
}

impl<'a> Target<'a> {
    fn read(path: &'a Path, arguments: &Arguments) -> Result<Self, Failure> {
        let refuse =
            |name: &str, message: String| Failure::Arguments(format!("--helmrelease {name}: {message}"));
        let file =
            files::read(path).map_err(|refused| refuse(&refused.name, files::reason(&refused.error)))?;
        let release = flux::find(&file.bytes, arguments.run.release.as_deref())
            .map_err(|error| refuse(&file.name, error.to_string()))?;
        Ok(Self { path, file, release })
    }

    fn put(&self, arguments: &Arguments, compiled: &Compiled, digest: &str) -> Result<Exit, Failure> {
        let item = compiled.item();
        let item = (!compiled.patches.is_empty()).then_some(&item);
        let written = flux::write(&self.file.bytes, &self.release, item, digest)
            .map_err(|error| Failure::Arguments(format!("{}: {error}", self.file.name)))?;
        let name = &self.file.name;
        if written.bytes == self.file.bytes {
            text::hint(&format!("{name}: up to date"));
            return Ok(Exit::Clean);
        }
        if arguments.check {
            let what = match written.found {
                Found::Nowhere => "has no post-renderer of these rules",
                _ => "its post-renderer is older than the rules or the chart",
            };
            text::hint(&format!("{name}: {what}; export it with --write"));
            return Ok(Exit::Findings);
        }
        replace(self.path, &written.bytes)
            .map_err(|error| Failure::Output(format!("cannot write `{name}`: {}", files::reason(&error))))?;
        let objects = text::count(compiled.patches.len(), "object");
        text::hint(&format!("{name}: written, it patches {objects}"));
        Ok(Exit::Clean)
    }
}
