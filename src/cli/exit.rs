//! How the program ends: the codes that scripts rely on, and what stops a command before it has a result.

use std::process::ExitCode;

use boltrope::rules::load::LoadError;

/// The exit codes, the same for every subcommand, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Nothing to complain about.
    Clean,
    /// Findings of severity error.
    Findings,
    /// Bad rules or arguments.
    Usage,
    /// Input that cannot be read.
    Unreadable,
    /// A mistake of this program, or a result that could not be written.
    Internal,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Unreadable => 3,
            Self::Internal => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What stops a command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An argument that cannot be used: what is wrong with it, and what to write instead.
    Arguments(String),
    /// Rules that cannot be used.
    Rules(LoadError),
    /// Input that cannot be had at all.
    Unreadable(String),
    /// A mistake of this program.
    Internal(String),
    /// Stdout or a file to fix takes no more, for a reason worth telling.
    Output(String),
    /// Whoever read stdout has gone; there is nobody to tell.
    Closed,
}

impl Failure {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Arguments(_) | Self::Rules(_) => Exit::Usage,
            Self::Unreadable(_) => Exit::Unreadable,
            Self::Internal(_) | Self::Output(_) | Self::Closed => Exit::Internal,
        }
    }
}
