//! `boltrope check`: a tree of files judged.
//!
//! Every document is read. What is not a Kubernetes object (values files, kustomize patches without a kind) is left
//! alone; what cannot be read is named, because a report that is silent about it would be taken for a clean one.

mod changes;
mod fix;
mod outputs;
mod repository;

use std::path::PathBuf;

use boltrope::engine::Program;
use boltrope::engine::world::snapshot::Snapshot;
use boltrope::render::{Changed, Options, Rendered, Stream, render};
use boltrope::repository::Routes;

use self::changes::Changes;
use self::fix::Fixes;
use self::outputs::{Output, Outputs};
use self::repository::{Asked, LaidOut};
use super::exit::{Exit, Failure};
use super::files::{self, File, Refused};
use super::flags::RunFlags;
use super::output::judgement::Judgement;
use super::output::{diff, stdout, text};

const HELP: &str = "\
Reads every .yaml, .yml and .json file below the paths; hidden directories and links out of them are skipped.
CRDs and XRDs in the tree say which kinds live in namespaces; kustomizations and Flux Kustomizations say which
namespace an object will live in. What a rule would change is an error here, unless --fix changes it: then only the
edited places of a file differ, and the findings are those of the fixed tree.

Examples:
  boltrope check --rules rules.yaml clusters/ apps/
  boltrope check --rules rules/ --world crds/ -o json . > report.json
  boltrope check --rules rules.yaml -o github -o sarif=boltrope.sarif -o junit=boltrope.xml .
  boltrope check --rules rules.yaml --changed-since origin/main .
  boltrope check --rules rules.yaml --layout layout.yaml .
  boltrope check --rules rules.yaml --diff .
  boltrope check --rules rules.yaml --fix .";

/// Check every manifest of a directory against rules; with --fix, apply them
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    run: RunFlags,
    /// Files and directories
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to print the result: text, json, github, sarif, junit; with =FILE into a file; repeat for several
    #[arg(long = "output", short, value_name = "FORMAT[=FILE]", value_parser = Output::parse)]
    outputs: Vec<Output>,
    /// Settings of the catalog layout <cluster>/<namespace>/<Kind>/<name>.yaml, to hold the tree against
    #[arg(long, value_name = "FILE")]
    layout: Option<PathBuf>,
    /// Tell and fix only what is in files that changed since this Git revision; the whole tree is read all the same
    #[arg(long, value_name = "REV")]
    changed_since: Option<String>,
    /// Write what the rules change into the files
    #[arg(long)]
    fix: bool,
    /// Print what --fix would change, and write nothing
    #[arg(long)]
    diff: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let outputs = Outputs::new(&arguments.outputs, arguments.diff)?;
    let program = arguments.run.program()?;
    let world = arguments.run.snapshot()?;
    let namespace = arguments.run.namespace()?;
    let layout = arguments.layout.as_deref().map(LaidOut::read).transpose()?;
    let changes = arguments.changed_since.as_deref();
    let changes = changes
        .map(|revision| Changes::since(revision, &arguments.paths))
        .transpose()?;
    let (files, refused) = files::manifests(&arguments.paths);
    let is_shown = |index: &usize| {
        let file = files.get(*index);
        changes
            .as_ref()
            .is_none_or(|changes| file.is_some_and(|file| changes.contain(file)))
    };
    let paths = repository::paths(&files);
    let known = repository::tree(&files, &paths, &[]);
    let found = repository::routes(&known);
    let routes = found.of(&known);
    let options = Options {
        judge: true,
        scan: false,
        bases: true,
        routes: &routes,
        ..arguments.run.options(namespace.as_deref())
    };
    let tree = Tree {
        arguments,
        names: files.iter().map(|file| file.name.as_str()).collect(),
        shown: (0..files.len()).filter(is_shown).collect(),
        files: &files,
        paths: &paths,
        refused: &refused,
        program: &program,
        world: &world,
        routes: &found,
        layout: layout.as_ref(),
        options,
    };
    if arguments.fix || arguments.diff {
        tree.fix(&outputs, arguments.diff)
    } else {
        tree.tell(&tree.judge(&[]), &[], &outputs, Exit::Clean)
    }
}

/// What was read, and how to judge it.
struct Tree<'a> {
    arguments: &'a Arguments,
    files: &'a [File],
    /// From the root of the file system.
    paths: &'a [String],
    names: Vec<&'a str>,
    /// The files that findings are told of, sorted.
    shown: Vec<usize>,
    refused: &'a [Refused],
    program: &'a Program,
    world: &'a Snapshot,
    routes: &'a Routes,
    layout: Option<&'a LaidOut>,
    options: Options<'a>,
}

impl Tree<'_> {
    /// Judges the files, those of `contents` by their new content.
    fn judge<'c>(&'c self, contents: &'c [Option<Vec<u8>>]) -> Rendered<'c> {
        let mut rendered = self.render(contents, &self.options);
        let tree = repository::tree(self.files, self.paths, contents);
        let asked = Asked {
            program: self.program,
            namespace: self.options.namespace,
        };
        let paths = &self.arguments.paths;
        let more = repository::findings(&tree, self.routes, self.world, self.layout, paths, asked);
        rendered.add(more);
        self.hide(&mut rendered);
        rendered
    }

    /// Takes out what is about files that are not shown.
    fn hide(&self, rendered: &mut Rendered<'_>) {
        rendered
            .findings
            .retain(|located| self.is_shown(located.place.stream));
        rendered
            .unreadable
            .retain(|unreadable| self.is_shown(unreadable.place.stream));
    }

    fn is_shown(&self, stream: usize) -> bool {
        self.shown.binary_search(&stream).is_ok()
    }

    fn render<'c>(&'c self, contents: &'c [Option<Vec<u8>>], options: &Options<'_>) -> Rendered<'c> {
        let stream = |(index, file): (usize, &'c File)| Stream {
            name: &file.name,
            bytes: contents
                .get(index)
                .and_then(Option::as_deref)
                .unwrap_or(&file.bytes),
        };
        let streams: Vec<Stream<'c>> = self.files.iter().enumerate().map(stream).collect();
        render(&streams, self.program, self.world.clone(), options)
    }

    /// Applies the rules, or shows what they change, and judges the result.
    fn fix(&self, outputs: &Outputs<'_>, only_show: bool) -> Result<Exit, Failure> {
        let options = Options {
            judge: false,
            ..self.options
        };
        let mut fixes = Fixes::new(self.render(&[], &options), |stream| self.is_shown(stream));
        let mut contents = fixes.contents(self.files);
        let mut worst = Exit::Clean;
        if only_show {
            stdout::styled(&diff::files(fixes.rendered(), &self.names))?;
            if fixes.files() > 0 {
                worst = Exit::Findings;
            }
        } else {
            for failure in fixes.write(self.files, &mut contents) {
                text::failure(&failure);
                worst = failure.exit();
            }
        }
        for name in fixes
            .encrypted()
            .iter()
            .filter_map(|stream| self.names.get(*stream))
        {
            text::hint(&format!(
                "{name} is encrypted with SOPS and stays: an edit would break its checksum; make the change with `sops edit`"
            ));
        }
        let mut judged = self.judge(&contents);
        fixes.add_refusals(&mut judged);
        self.hide(&mut judged);
        self.tell(&judged, fixes.changed(), outputs, worst)
    }

    /// Gives the result out. The exit code is `worst` where the result alone is better.
    fn tell(
        &self,
        rendered: &Rendered<'_>,
        fixed: &[Changed<'_>],
        outputs: &Outputs<'_>,
        worst: Exit,
    ) -> Result<Exit, Failure> {
        let refused = if self.refused.is_empty() {
            Exit::Clean
        } else {
            Exit::Unreadable
        };
        let judgement = Judgement {
            rendered,
            names: &self.names,
            shown: &self.shown,
            refused: self.refused,
            fixed,
            written: !outputs.is_diff(),
            exit: text::exit(rendered).max(refused).max(worst),
        };
        outputs.write(&judgement)?;
        hint_at_templates(rendered, self.files);
        for refused in self.refused {
            let reason = files::reason(&refused.error);
            text::failure(&Failure::Unreadable(format!(
                "cannot read `{}`: {reason}",
                refused.name
            )));
        }
        Ok(judgement.exit)
    }
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
