//! How the program ends: the codes that scripts and CronJobs rely on, and what stops a command before it has a result.

use std::process::ExitCode;

use crate::cluster::CallError;

/// The exit codes, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Nothing is stuck, or all of it was healed.
    Clean,
    /// Something remains, or a guardrail held.
    Remains,
    /// Bad arguments.
    Usage,
    /// The cluster could not be asked.
    Unreadable,
    /// A mistake of this program, or a result that could not be written.
    Internal,
}

impl Exit {
    /// As the process gives it.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Remains => 1,
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
    /// A guardrail: nothing was written, and why.
    Held(String),
    /// The cluster cannot be asked.
    Unreadable(String),
    /// A mistake of this program.
    Internal(String),
    /// Stdout or a file takes no more, for a reason worth telling.
    Output(String),
    /// Whoever read stdout has gone; there is nobody to tell.
    Closed,
}

impl Failure {
    /// The exit code for it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Arguments(_) => Exit::Usage,
            Self::Held(_) => Exit::Remains,
            Self::Unreadable(_) => Exit::Unreadable,
            Self::Internal(_) | Self::Output(_) | Self::Closed => Exit::Internal,
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Unreadable(error.to_string())
    }
}
