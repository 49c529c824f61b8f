//! What leaves the program: results on stdout, words for people on stderr, reports in files.

pub(crate) mod diff;
pub(crate) mod github;
pub(crate) mod judgement;
pub(crate) mod junit;
pub(crate) mod paths;
pub(crate) mod report;
pub(crate) mod sarif;
pub(crate) mod stdout;
pub(crate) mod text;

/// What a command prints that has one report.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Format {
    /// Lines for people
    Text,
    /// One report, for programs
    Json,
}
