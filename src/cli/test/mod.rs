//! `boltrope test`: the user's own cases, in the layout of ours.

mod folders;
mod report;

use std::path::PathBuf;

use boltrope::cases::Case;
use boltrope::rules::load::Source;
use serde_json::Value;

use self::report::{Report, Verdict};
use super::exit::{Exit, Failure};
use super::files::{self, File};
use super::flags;
use super::output::{Format, stdout};

const HELP: &str = "\
A case is a folder with input.yaml or expected.yaml in it:

  rules.yaml     a rules file; without it the case uses --rules
  input.yaml     one object, judged while rendering and at admission, or a stream of several, which is rendered;
                 absent when the case is about mistakes in its rules
  request.yaml   optional: namespace, release, operation (CREATE, UPDATE), user, old (the object before an UPDATE)
  world.yaml     optional: manifests that describe the cluster
  expected.yaml  what must come out; --bless writes it, and you read it

Exit code 1 when a case gives something else, 3 when one cannot be read.

Examples:
  boltrope test tests/
  boltrope test --rules rules.yaml cases/ --bless
  boltrope test --rules rules.yaml -o json cases/ | jq '.cases[] | select(.verdict != \"passed\")'";

/// Run test cases: folders with an object, a request and what must come out
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// Directories, searched for cases at every depth
    #[arg(required = true, value_name = "DIR")]
    directories: Vec<PathBuf>,
    /// Rules of the cases that have no rules.yaml: a file, or a directory of them; repeat for several
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// Write what was found into expected.yaml
    #[arg(long)]
    bless: bool,
    /// How to print the result
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    output: Format,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let rules = if arguments.rules.is_empty() {
        Vec::new()
    } else {
        // Mistakes in them are told once, not by every case.
        flags::load(&arguments.rules)?;
        files::rules(&arguments.rules)?
    };
    let shared: Vec<Source<'_>> = rules.iter().map(File::source).collect();
    let folders = folders::find(&arguments.directories)?;
    let mut report = Report::default();
    for folder in &folders {
        let verdict = match folder.case() {
            Ok(case) => judge(&case, &shared, |text| {
                arguments.bless.then(|| folder.write_expected(text))
            })?,
            Err(why) => Verdict::Unreadable(why),
        };
        report.add(&folder.name, verdict);
    }
    match arguments.output {
        Format::Text => stdout::styled(report.text().as_bytes())?,
        Format::Json => stdout::json(&report.json())?,
    }
    Ok(report.exit())
}

/// What the rules make of a case, against what it expects. `bless` is given the text of a new `expected.yaml`.
fn judge(
    case: &Case,
    shared: &[Source<'_>],
    bless: impl Fn(&str) -> Option<Result<(), Failure>>,
) -> Result<Verdict, Failure> {
    let found = match case.answer(shared) {
        Ok(found) => found,
        Err(error) => return Ok(Verdict::Unreadable(error.to_string())),
    };
    let expected = case.expectation();
    if found == expected {
        return Ok(Verdict::Passed);
    }
    if let Some(written) = bless(&case.blessed(&found)) {
        return written.map(|()| Verdict::Blessed);
    }
    let expected = Some(expected).filter(|_| case.expected != Value::Null);
    Ok(Verdict::Failed { expected, found })
}
