//! How the program ends: the codes that scripts and CronJobs rely on, and what stops a command before it has a result.
//!
//! One table for all commands. 1 wants somebody to do something, in the cluster, in a rule or in a Role; 3 says that nobody
//! knows, because the cluster was not heard, and may be another code a minute later.

use std::process::ExitCode;

use crate::cluster::CallError;

/// The exit codes as a command's help says them: what 0 and 1 mean there, and what the others mean everywhere.
macro_rules! exit_codes {
    ($clean:literal, $remains:literal) => {
        concat!(
            "Exit codes:\n  0  ",
            $clean,
            "\n  1  ",
            $remains,
            ", or a right is missing\n",
            "  2  bad arguments\n",
            "  3  the cluster could not be asked: no answer, no login, or it does not serve what is needed\n",
            "  4  internal error"
        )
    };
}

pub(crate) use exit_codes;

/// The exit codes, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Nothing is stuck, or all of it was healed.
    Clean,
    /// Something remains, a guardrail held, or a right is missing.
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
    /// A guardrail, or a right that is missing: what holds, and what would help.
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

/// A right that is missing is a guardrail, whether it is found out before (SelfSubjectAccessReview) or by the request itself:
/// the cluster has answered, and asking again does not help.
impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Forbidden { .. } => Self::Held(error.to_string()),
            error => Self::Unreadable(error.to_string()),
        }
    }
}
