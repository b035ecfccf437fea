//! What the journal tells of one finding.

use std::fmt;
use std::io;

use trackera_watch::record::{FindingKey, Record};

/// An entry of the journal that is about a finding.
#[derive(Clone, Debug)]
pub struct Past {
    /// The name of the log.
    pub origin: String,
    /// The entry's place in it.
    pub sequence: u64,
    /// What it says.
    pub record: Record,
    /// The digests of the evidence that it refers to.
    pub evidence: Vec<String>,
}

/// Whoever reads the journal.
pub trait History: fmt::Debug + Send + Sync + 'static {
    /// The entries that are about a finding, oldest first: its changes, the announcements that tell of it, and what
    /// became of these. It is called on a thread that may wait for the disk.
    ///
    /// # Errors
    /// When the journal cannot be read.
    fn of(&self, finding: &FindingKey) -> io::Result<Vec<Past>>;
}
