//! What drills know of their own earlier runs: it stands in the journal and beside it, and nowhere else.

use std::fmt::Debug;
use std::sync::Arc;

use thiserror::Error;
use trackera_core::recovery::drill::Report;
use trackera_core::recovery::verification::Verdict;
use trackera_journal::commit::Journal;
use trackera_journal::digest::Digest;

use super::history;

/// Why nobody can tell what earlier runs saw.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct MemoryError(pub String);

/// What earlier runs of drills saw.
pub trait Memory: Send + Sync + Debug {
    /// What came of the last run of a drill that passed, in whole or in part; none where none did.
    ///
    /// # Errors
    /// Fails when nobody can tell.
    fn last_passed(&self, drill: &str) -> Result<Option<Report>, MemoryError>;

    /// What a run kept, by its digest.
    ///
    /// # Errors
    /// Fails when it is not there, or was changed.
    fn recall(&self, digest: Digest) -> Result<Vec<u8>, MemoryError>;

    /// Keeps something for later runs.
    ///
    /// # Errors
    /// Fails when it cannot be written down.
    fn keep(&self, content: &[u8]) -> Result<Digest, MemoryError>;
}

/// The journal that runs are written down in.
impl Memory for Arc<Journal> {
    fn last_passed(&self, drill: &str) -> Result<Option<Report>, MemoryError> {
        let told = history(&self.reader()).map_err(told)?;
        let passed =
            |report: &Report| report.drill == drill && matches!(report.verdict, Verdict::Pass | Verdict::Partial(_));
        Ok(told.reports.into_iter().rfind(passed))
    }

    fn recall(&self, digest: Digest) -> Result<Vec<u8>, MemoryError> {
        self.reader().evidence().content(digest).map_err(told)
    }

    fn keep(&self, content: &[u8]) -> Result<Digest, MemoryError> {
        self.reader().evidence().keep(content).map(|kept| kept.digest).map_err(told)
    }
}

fn told(error: impl std::error::Error) -> MemoryError {
    MemoryError(error.to_string())
}

/// No memory: every run is the first one. It is for those who only look, and write nothing down.
#[derive(Clone, Copy, Debug)]
pub struct Forgetful;

impl Memory for Forgetful {
    fn last_passed(&self, _: &str) -> Result<Option<Report>, MemoryError> {
        Ok(None)
    }

    fn recall(&self, digest: Digest) -> Result<Vec<u8>, MemoryError> {
        Err(MemoryError(format!("nothing is kept of `{digest}`")))
    }

    fn keep(&self, content: &[u8]) -> Result<Digest, MemoryError> {
        Ok(Digest::of(content))
    }
}
