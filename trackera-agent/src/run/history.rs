//! What the journal tells of one finding, for the status page.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use trackera_journal::fs::Disk;
use trackera_journal::reader::Reader;
use trackera_watch::record::{Announced, FindingKey, Record};

use crate::page::{History, Past};

/// The agent's own log.
#[derive(Debug)]
pub(crate) struct OwnLog {
    pub(crate) directory: PathBuf,
    pub(crate) origin: String,
}

impl History for OwnLog {
    fn of(&self, finding: &FindingKey) -> io::Result<Vec<Past>> {
        let reader = Reader::new(Arc::new(Disk), &self.directory);
        let (mut pasts, mut keys) = (Vec::new(), Vec::new());
        reader
            .entries(|entry| {
                // Most entries are about something else; what cannot be read is told where the journal is verified.
                let Ok(record) = Record::from_body(entry.body.get()) else { return };
                let concerns = match &record {
                    Record::Finding(change) => change.finding == *finding,
                    Record::Announcement(Announced::Intended(announcement)) => {
                        let tells = announcement.items.iter().any(|item| item.finding == *finding);
                        keys.extend(tells.then(|| announcement.key.clone()));
                        tells
                    }
                    Record::Announcement(Announced::Delivered { key, .. } | Announced::Failed { key, .. }) => {
                        keys.contains(key)
                    }
                    Record::Observation(_) | Record::Life(_) => false,
                };
                if concerns {
                    let evidence = entry.evidence.iter().map(ToString::to_string).collect();
                    pasts.push(Past { origin: self.origin.clone(), sequence: entry.sequence, record, evidence });
                }
            })
            .map_err(io::Error::other)?;
        Ok(pasts)
    }
}
