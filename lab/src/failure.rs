//! Why a verb did not do its work, and the exit code that says so.

use std::process::ExitCode;

/// Why a verb ended without success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something did not work.
    Failed(anyhow::Error),
    /// The request makes no sense: an unknown operation, a variant that does not exist.
    Usage(String),
}

impl Failure {
    /// The exit code: 1 for a failure, 2 for usage, as clap itself answers.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Failed(_) => ExitCode::from(1),
            Failure::Usage(_) => ExitCode::from(2),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Failure::Failed(error)
    }
}

/// What every verb returns.
pub(crate) type Outcome<T> = Result<T, Failure>;
