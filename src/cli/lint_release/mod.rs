//! `boltrope lint-release`: versions that have to move together, and a release that has to fit into a Secret.

mod chart;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use boltrope::engine::Severity;
use boltrope::lockstep::{BUDGET_PERCENT, Counts, Drift, Estimate, NOTICE_PERCENT, Tree};
use boltrope::object::position::locate;
use boltrope::rules::API_VERSION;
use boltrope_yaml::Limits;
use serde_json::{Value, json};

use super::exit::{Exit, Failure};
use super::files::{self, File};
use super::output::{Format, stdout, text};

const HELP: &str = "\
Compares, for every chart below the paths: spec.version of its blueprint.yaml, the version that HelmReleases and
OCIRepositories pin, Chart.lock, and the upstream version that values.yaml records (catalystBlueprint.upstream), with
Chart.yaml. With --chart and --rendered it also estimates the Secret in which Helm will store the release; Kubernetes
refuses more than 1 MiB. From 90% on that is an error, from 75% on a warning.

Examples:
  boltrope lint-release platform/ clusters/
  helm template web ./chart -f prod.yaml > rendered.yaml
  boltrope lint-release --chart ./chart --values prod.yaml --rendered rendered.yaml
  boltrope lint-release -o json . > lint.json";

/// Check that versions of charts, pins and blueprints agree, and that a release fits into a Secret
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// Files and directories
    #[arg(value_name = "PATH", required_unless_present = "chart")]
    paths: Vec<PathBuf>,
    /// The folder of the chart whose release is to be measured
    #[arg(long, value_name = "DIR", requires = "rendered")]
    chart: Option<PathBuf>,
    /// What `helm template` printed for that chart
    #[arg(long, value_name = "FILE", requires = "chart")]
    rendered: Option<PathBuf>,
    /// The values files that it was rendered with
    #[arg(long, value_name = "FILE", requires = "chart")]
    values: Vec<PathBuf>,
    /// How to print the result
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    output: Format,
}

/// A drift, with its place in the text of its file.
#[derive(Debug)]
struct Located {
    drift: Drift,
    line: usize,
    column: usize,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let (files, refused) = files::manifests(&arguments.paths);
    let files = without_templates(files);
    let mut unreadable: Vec<String> = refused
        .iter()
        .map(|refused| {
            format!(
                "cannot read `{}`: {}",
                refused.name,
                files::reason(&refused.error)
            )
        })
        .collect();
    let (tree, broken) = collect(&files);
    unreadable.extend(broken);
    let mut found: Vec<Located> = tree
        .drifts()
        .into_iter()
        .map(|drift| place(drift, &files))
        .collect();
    let size = match (&arguments.chart, &arguments.rendered) {
        (Some(chart), Some(rendered)) => Some(chart::measure(chart, rendered, &arguments.values)?),
        _ => None,
    };
    if let (Some(size), Some(chart)) = (size, &arguments.chart) {
        found.extend(too_large(&size, chart));
    }
    let errors = found
        .iter()
        .filter(|found| found.drift.severity == Severity::Error)
        .count();
    let exit = if !unreadable.is_empty() {
        Exit::Unreadable
    } else if errors > 0 {
        Exit::Findings
    } else {
        Exit::Clean
    };
    let printed = match arguments.output {
        Format::Text => text(&found, tree.counts(), size),
        Format::Json => json(&found, tree.counts(), size, &unreadable, exit),
    };
    stdout::styled(printed.as_bytes())?;
    for message in unreadable {
        text::failure(&Failure::Unreadable(message));
    }
    Ok(exit)
}

/// Templates of charts are no YAML before they are rendered.
fn without_templates(files: Vec<File>) -> Vec<File> {
    let folder = |name: &str, end: &str| name.strip_suffix(end).map(|folder| format!("{folder}templates/"));
    let templates: Vec<String> = files
        .iter()
        .filter_map(|file| folder(&file.name, "Chart.yaml"))
        .collect();
    let is_template = |file: &File| {
        templates
            .iter()
            .any(|folder| file.name.starts_with(folder.as_str()))
    };
    files.into_iter().filter(|file| !is_template(file)).collect()
}

fn collect(files: &[File]) -> (Tree, Vec<String>) {
    let mut tree = Tree::new();
    let mut broken = Vec::new();
    for file in files {
        let name = file.name.strip_prefix("./").unwrap_or(&file.name);
        broken.extend(add(&mut tree, name, &file.bytes));
        if let Some(folder) = file.name.strip_suffix("Chart.yaml") {
            // It has a name of its own, and only charts have it.
            if let Ok(lock) = files::read(Path::new(&format!("{folder}Chart.lock"))) {
                broken.extend(add(
                    &mut tree,
                    lock.name.strip_prefix("./").unwrap_or(&lock.name),
                    &lock.bytes,
                ));
            }
        }
    }
    (tree, broken)
}

fn add(tree: &mut Tree, name: &str, bytes: &[u8]) -> Vec<String> {
    let limits = Limits::default();
    let documents = match boltrope_yaml::split(bytes, &limits) {
        Ok(documents) => documents,
        Err(_) if !may_matter(name, bytes) => return Vec::new(),
        Err(error) => return vec![format!("{name}: {error}")],
    };
    let mut broken = Vec::new();
    for (number, document) in documents.into_iter().enumerate() {
        match document.read(&limits) {
            Ok(read) => tree.add(name, number, read.value()),
            Err(_) if !may_matter(name, bytes) => {}
            Err(error) => broken.push(format!("{name}: {error}")),
        }
    }
    broken
}

/// Whether a file can carry a version that counts here. A repository also holds JSON with comments and templates of all
/// sorts; that nobody can read them is not this check's business.
fn may_matter(name: &str, bytes: &[u8]) -> bool {
    const NAMES: [&str; 4] = ["Chart.yaml", "Chart.lock", "values.yaml", "blueprint.yaml"];
    const KINDS: [&str; 3] = ["HelmRelease", "OCIRepository", "Blueprint"];
    let own = name.rsplit('/').next().unwrap_or(name);
    let text = String::from_utf8_lossy(bytes);
    NAMES.contains(&own) || KINDS.iter().any(|kind| text.contains(kind))
}

fn place(drift: Drift, files: &[File]) -> Located {
    let limits = Limits::default();
    let is_its = |file: &&File| file.name.strip_prefix("./").unwrap_or(&file.name) == drift.file;
    let position = files.iter().find(is_its).and_then(|file| {
        let documents = boltrope_yaml::split(&file.bytes, &limits).ok()?;
        let tree = documents.into_iter().nth(drift.document)?.read(&limits).ok()?;
        locate(&tree, &drift.pointer)
    });
    Located {
        line: position.map_or(1, |position| position.line),
        column: position.map_or(1, |position| position.column),
        drift,
    }
}

fn too_large(size: &Estimate, chart: &Path) -> Option<Located> {
    let severity = match size.percent() {
        BUDGET_PERCENT.. => Severity::Error,
        NOTICE_PERCENT.. => Severity::Warning,
        _ => return None,
    };
    let drift = Drift {
        code: "release-too-large",
        severity,
        file: chart.join("Chart.yaml").display().to_string(),
        document: 0,
        pointer: String::new(),
        message: format!(
            "the release needs about {} of the {} bytes that a Secret may hold ({}%)",
            size.bytes,
            size.limit,
            size.percent()
        ),
        remedy: "leave files out with .helmignore, write comments of templates as {{/* */}}, split the chart"
            .to_owned(),
    };
    Some(Located {
        drift,
        line: 1,
        column: 1,
    })
}

fn text(found: &[Located], counts: Counts, size: Option<Estimate>) -> String {
    let mut printed = String::new();
    for Located { drift, line, column } in found {
        let word = if drift.severity == Severity::Error {
            "error"
        } else {
            "warning"
        };
        let _ = writeln!(printed, "{word}[{}]: {}", drift.code, drift.message);
        let _ = writeln!(
            printed,
            "  --> {}:{line}:{column}\n   = help: {}",
            drift.file, drift.remedy
        );
    }
    let errors = found
        .iter()
        .filter(|found| found.drift.severity == Severity::Error)
        .count();
    let _ = writeln!(
        printed,
        "{}, {}, {}: {}, {}",
        text::count(counts.charts, "chart"),
        text::count(counts.blueprints, "blueprint"),
        text::count(counts.pins, "pin"),
        text::count(errors, "error"),
        text::count(found.len() - errors, "warning")
    );
    if let Some(size) = size {
        let _ = writeln!(
            printed,
            "release: about {} bytes, {}% of a Secret (templates {}, other files {}, rendered {})",
            size.bytes,
            size.percent(),
            size.templates,
            size.files,
            size.manifest
        );
    }
    printed
}

fn json(
    found: &[Located],
    counts: Counts,
    size: Option<Estimate>,
    unreadable: &[String],
    exit: Exit,
) -> String {
    let results: Vec<Value> = found
        .iter()
        .map(|found| {
            let drift = &found.drift;
            json!({
                "code": drift.code, "severity": drift.severity, "file": drift.file, "line": found.line,
                "column": found.column, "document": drift.document + 1, "pointer": drift.pointer,
                "message": drift.message, "remedy": drift.remedy,
            })
        })
        .collect();
    let report = json!({
        "apiVersion": API_VERSION,
        "kind": "ReleaseReport",
        "summary": {
            "exitCode": exit.code(), "charts": counts.charts, "blueprints": counts.blueprints, "pins": counts.pins,
        },
        "size": size,
        "results": results,
        "failures": unreadable,
    });
    format!("{report:#}\n")
}
