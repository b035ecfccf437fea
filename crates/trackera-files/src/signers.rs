//! Whose signatures count: the file of allowed signers that the configuration names, and what it makes of exceptions and
//! of locked structures.
//!
//! Moments in it that name no zone are in UTC, so that the same files give the same verdicts on every machine.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use trackera_core::policy::{Signed, WAIVER_NAMESPACE, Waiver};
use trackera_core::recovery::structure::{Lock, STRUCTURE_NAMESPACE};
use trackera_core::source::Problem;
use trackera_core::yaml::File;
use trackera_journal::cosign;
use trackera_journal::signers::AllowedSigners;

use crate::disk;

/// No file of allowed signers is longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// The file of allowed signers, as it was read.
#[derive(Clone, Debug)]
pub struct Signers {
    /// The file.
    pub file: File,
    /// What it says.
    pub allowed: AllowedSigners,
}

impl Signers {
    /// Reads the file.
    ///
    /// # Errors
    /// Fails when it cannot be read, or when a line of it cannot be relied on.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let name = path.display().to_string();
        let problem = |line: usize, message: String| {
            let line = u64::try_from(line).unwrap_or(u64::MAX);
            Problem { file: name.clone(), line, column: 1, message, hint: None, excerpt: None }
        };
        let bytes = disk::read(path, LONGEST).map_err(|error| problem(1, format!("cannot be read: {error}")))?;
        let file = File::new(name.clone(), bytes)?;
        let allowed = AllowedSigners::parse(&file.text, &TimeZone::UTC);
        let allowed = allowed.map_err(|error| problem(error.line, error.reason))?;
        Ok(Self { file, allowed })
    }

    /// What the signature of an exception is worth: it counts if its approver made it, over what it says now, with a key
    /// that is not its owner's as well.
    pub fn judge(&self, waiver: &Waiver) -> Signed {
        let Some(signature) = &waiver.signature else { return Signed::Missing };
        let (statement, people) = (waiver.statement(), (waiver.approver.as_str(), waiver.owner.as_str()));
        match self.allowed.approved(people, (WAIVER_NAMESPACE, statement.as_bytes()), signature) {
            Ok(spans) => Signed::Approved(spans),
            Err(error) => Signed::Refused(error.to_string()),
        }
    }

    /// Holds a locked structure to the signature that stands in it: of whoever locked it, over what it says now, with a
    /// key that may be used at this moment.
    ///
    /// # Errors
    /// Why the signature counts for nothing.
    pub fn check_lock(&self, lock: &Lock, at: Timestamp) -> Result<(), String> {
        let Some(signature) = &lock.signature else { return Err("nobody signed it".to_owned()) };
        let statement = lock.statement().map_err(|error| error.to_string())?;
        let signers = cosign::Signers { allowed: &self.allowed, suspended: &BTreeSet::new(), at };
        let verified = signers.verify(&lock.locked_by, (STRUCTURE_NAMESPACE, statement.as_bytes()), signature);
        verified.map(drop).map_err(|error| format!("its signature counts for nothing: {error}"))
    }
}
