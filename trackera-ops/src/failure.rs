//! Why a command could not be carried out, and what to do about it. Only `render` shows it.

use anyhow::Error;
use trackera_core::source::Problem;

use crate::exit_codes::ExitCode;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Files that people write have mistakes; all of them are named.
    Problems(Vec<Problem>),
    /// Anything else.
    Stopped {
        /// How the program ends.
        code: ExitCode,
        /// What failed, and below it why.
        error: Error,
        /// What to do next.
        hints: Vec<String>,
    },
}

impl Failure {
    /// The command line, or something that it names, is wrong.
    pub(crate) fn usage(error: impl Into<Error>) -> Self {
        Self::Stopped { code: ExitCode::Usage, error: error.into(), hints: Vec::new() }
    }

    /// A failure with a code of its own.
    pub(crate) fn new(code: ExitCode, error: impl Into<Error>) -> Self {
        Self::Stopped { code, error: error.into(), hints: Vec::new() }
    }

    /// Adds what to do next.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<Option<String>>) -> Self {
        if let Self::Stopped { hints, .. } = &mut self {
            hints.extend(hint.into());
        }
        self
    }

    /// How the program ends.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Problems(_) => ExitCode::Usage,
            Self::Stopped { code, .. } => *code,
        }
    }
}

impl<E: Into<Error>> From<E> for Failure {
    /// What nobody foresaw is the program's own fault.
    fn from(error: E) -> Self {
        Self::new(ExitCode::Internal, error)
    }
}
