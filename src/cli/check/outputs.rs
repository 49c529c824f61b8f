//! Where results go and how: `-o FORMAT` to stdout, `-o FORMAT=FILE` to files, any number of them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::exit::Failure;
use crate::cli::files::reason;
use crate::cli::output::judgement::Judgement;
use crate::cli::output::report::Report;
use crate::cli::output::{github, junit, sarif, stdout, text};
use crate::cli::replace::replace;

const FORMATS: [(&str, Format); 5] = [
    ("text", Format::Text),
    ("json", Format::Json),
    ("github", Format::Github),
    ("sarif", Format::Sarif),
    ("junit", Format::Junit),
];

/// One `-o`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output {
    format: Format,
    /// Absent for stdout.
    file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Json,
    Github,
    Sarif,
    Junit,
}

impl Output {
    /// `sarif`, `sarif=report.sarif`.
    pub(super) fn parse(argument: &str) -> Result<Self, String> {
        let (name, file) = match argument.split_once('=') {
            Some((_, "")) => return Err("no file after `=`".to_owned()),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (argument, None),
        };
        let Some((_, format)) = FORMATS.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&str> = FORMATS.iter().map(|(name, _)| *name).collect();
            return Err(format!("`{name}` is none of {}", known.join(", ")));
        };
        Ok(Self {
            format: *format,
            file,
        })
    }
}

/// What becomes of the result. Stdout says something in every case: text, unless another format goes there.
#[derive(Debug)]
pub(super) struct Outputs<'a> {
    stdout: Option<Format>,
    files: Vec<(Format, &'a Path)>,
}

impl<'a> Outputs<'a> {
    /// `stdout_is_taken` by a diff, so that no format may go there.
    pub(super) fn new(outputs: &'a [Output], stdout_is_taken: bool) -> Result<Self, Failure> {
        let mut to_stdout = outputs.iter().filter(|output| output.file.is_none());
        let first = to_stdout.next().map(|output| output.format);
        if to_stdout.next().is_some() {
            let message = "-o: two formats cannot both go to stdout; give one a file, as in `-o sarif=FILE`";
            return Err(Failure::Arguments(message.to_owned()));
        }
        if stdout_is_taken && first.is_some() {
            let message = "--diff goes to stdout; give -o a file, as in `-o sarif=FILE`";
            return Err(Failure::Arguments(message.to_owned()));
        }
        let stdout = (!stdout_is_taken).then(|| first.unwrap_or(Format::Text));
        let files = outputs
            .iter()
            .filter_map(|output| Some((output.format, output.file.as_deref()?)))
            .collect();
        Ok(Self { stdout, files })
    }

    /// Whether stdout has a diff instead of a result.
    pub(super) fn is_diff(&self) -> bool {
        self.stdout.is_none()
    }

    /// Writes the result everywhere it goes, files first.
    pub(super) fn write(&self, judgement: &Judgement<'_>) -> Result<(), Failure> {
        let here = std::env::current_dir().unwrap_or_default();
        for (format, file) in &self.files {
            let bytes = format.render(judgement, &here)?;
            let plain = if *format == Format::Text {
                anstream::adapter::strip_bytes(&bytes).into_vec()
            } else {
                bytes
            };
            replace(file, &plain).map_err(|error| {
                let (file, reason) = (file.display(), reason(&error));
                Failure::Arguments(format!("-o: cannot write `{file}`: {reason}"))
            })?;
        }
        match self.stdout {
            // The diff is there already.
            None => {
                text::to_stderr(&findings(judgement));
                Ok(())
            }
            Some(Format::Text) => stdout::styled(&Format::Text.render(judgement, &here)?),
            Some(format) => stdout::pieces([format.render(judgement, &here)?.as_slice()].into_iter()),
        }
    }
}

impl Format {
    fn render(self, judgement: &Judgement<'_>, here: &Path) -> Result<Vec<u8>, Failure> {
        let text = match self {
            Self::Text => findings(judgement),
            Self::Json => {
                let report = Report::new(judgement.rendered, judgement.names)
                    .with_changes(judgement.fixed, judgement.names)
                    .with_refused(judgement.refused, judgement.exit);
                return report.to_json();
            }
            Self::Github => github::render(judgement, here),
            Self::Sarif => format!("{:#}\n", sarif::render(judgement, here)),
            Self::Junit => junit::render(judgement, here),
        };
        Ok(text.into_bytes())
    }
}

/// The findings and a summary, for people.
pub(super) fn findings(judgement: &Judgement<'_>) -> String {
    let findings = text::findings(judgement.rendered, judgement.names);
    format!("{findings}{}", summary(judgement))
}

/// `2 files, 2 documents: 1 error, 0 warnings`.
fn summary(judgement: &Judgement<'_>) -> String {
    let Judgement {
        rendered,
        names,
        shown,
        refused,
        fixed,
        written,
        ..
    } = judgement;
    let files = if shown.len() == names.len() {
        text::count(names.len(), "file")
    } else {
        format!("{} of {}", text::count(shown.len(), "changed file"), names.len())
    };
    let mut summary = format!(
        "{files}, {}: {}",
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
    if !fixed.is_empty() {
        let files = fixed.chunk_by(|a, b| a.place.stream == b.place.stream).count();
        let (documents, files) = (text::count(fixed.len(), "document"), text::count(files, "file"));
        let verb = if *written { "fixed" } else { "to fix" };
        let _ = write!(summary, "; {documents} {verb} in {files}");
    }
    summary.push('\n');
    summary
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(arguments: &[&str], diff: bool) -> Result<(bool, usize), ()> {
        let outputs: Vec<Output> = arguments
            .iter()
            .map(|argument| Output::parse(argument).map_err(|_| ()))
            .collect::<Result<_, ()>>()?;
        let outputs = Outputs::new(&outputs, diff).map_err(|_| ())?;
        Ok((outputs.stdout == Some(Format::Text), outputs.files.len()))
    }

    #[test]
    fn one_format_goes_to_stdout_and_any_number_to_files() {
        for (arguments, diff, expected) in [
            (vec![], false, Ok((true, 0))),
            (vec!["json"], false, Ok((false, 0))),
            (vec!["sarif=a", "junit=b=c"], false, Ok((true, 2))),
            (vec!["sarif=a", "github"], false, Ok((false, 1))),
            (vec!["json", "github"], false, Err(())),
            (vec!["yaml"], false, Err(())),
            (vec!["json="], false, Err(())),
            (vec!["json=a"], true, Ok((false, 1))),
            (vec!["text"], true, Err(())),
        ] {
            assert_eq!(outputs(&arguments, diff), expected, "{arguments:?}");
        }
    }
}
