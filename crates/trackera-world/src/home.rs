//! The directory of one log of this machine: its key, the public half beside it, and the log.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;
use trackera_journal::commit::Journal;
use trackera_journal::fs::Disk;
use trackera_journal::keys::{KeyError, SignerKey};
use trackera_journal::log::{Location, OpenError, Repair, SEGMENT_LENGTH};
use trackera_journal::reader::Reader;

const JOURNAL: &str = "journal";
const KEY: &str = "journal.key";
const PUBLIC_KEY: &str = "journal.key.pub";

/// Where a log is, and whose it is.
#[derive(Clone, Debug)]
pub struct Home {
    /// The directory.
    pub directory: PathBuf,
    /// The name that its key gets when it is made.
    pub name: String,
}

/// Why a log cannot be used.
#[derive(Debug, Error)]
pub enum HomeError {
    /// The key cannot be used.
    #[error("the key of the journal cannot be used")]
    Key(#[from] KeyError),
    /// The directory cannot be used.
    #[error("`{}` cannot be used", .0.display())]
    Directory(PathBuf, #[source] io::Error),
    /// The log cannot be opened.
    #[error("the journal cannot be opened")]
    Open(#[from] OpenError),
}

/// A name that nobody else has who writes at the same time: that of the key, which belongs to one log alone.
#[must_use]
pub fn writer(key: &SignerKey) -> String {
    let id: String = key.id().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}+{id}", key.name())
}

impl Home {
    /// The directory of the log.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.directory.join(JOURNAL)
    }

    /// The log, for reading; nothing where there is none.
    #[must_use]
    pub fn reader(&self) -> Option<Reader> {
        let journal = self.journal();
        journal.join("segments").is_dir().then(|| Reader::new(Arc::new(Disk), &journal))
    }

    /// Tells whether there ever was a log.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.directory.join(KEY).exists()
    }

    /// The key of the log, which is made at the first start, with the directory.
    ///
    /// # Errors
    /// Fails when the key cannot be made or read, or others can read it.
    pub fn key(&self) -> Result<SignerKey, HomeError> {
        let path = self.directory.join(KEY);
        let key = if path.exists() {
            SignerKey::load(&path)?
        } else {
            fs::create_dir_all(&self.directory).map_err(|error| HomeError::Directory(self.directory.clone(), error))?;
            let seed = super::seed().map_err(|error| HomeError::Directory(path.clone(), error))?;
            let key = SignerKey::from_seed(&self.name, seed)?;
            key.create(&path)?;
            key
        };
        self.publish(&key)?;
        Ok(key)
    }

    /// Writes down the public half, for whoever verifies the log.
    fn publish(&self, key: &SignerKey) -> Result<(), HomeError> {
        let path = self.directory.join(PUBLIC_KEY);
        let text = format!("{}\n", key.verifier());
        if fs::read_to_string(&path).is_ok_and(|known| known == text) {
            return Ok(());
        }
        fs::write(&path, text).map_err(|error| HomeError::Directory(path, error))
    }

    /// Where the log is, for those who open it.
    #[must_use]
    pub fn location(&self, key: &SignerKey) -> Location {
        Location {
            files: Arc::new(Disk),
            directory: self.journal(),
            key: key.verifier(),
            segment_length: SEGMENT_LENGTH,
        }
    }

    /// Opens the log for writing, and says whether an interrupted write was repaired. Nobody else writes while it is open.
    ///
    /// # Errors
    /// Fails when the key or the log cannot be used, or somebody else has it.
    pub fn open(&self) -> Result<(Journal, SignerKey, Option<Repair>), HomeError> {
        let key = self.key()?;
        let (journal, repair) = Journal::open(self.location(&key))?;
        Ok((journal, key, repair))
    }
}
