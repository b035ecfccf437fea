//! Locked structures for people.

use super::escape::{name, sentence};
use super::look::{Look, Tone};
use crate::commands::Locked;

/// A shape that was locked, and what changed by it.
pub(crate) fn locked(look: Look, locked: &Locked) -> String {
    let did = if locked.is_written { "locked" } else { "would lock" };
    let head = format!("{did} the structure of {}", name(&locked.database));
    let rows = [
        ["file".to_owned(), name(&locked.file)],
        ["server".to_owned(), format!("PostgreSQL {}", locked.server_major)],
        ["holds".to_owned(), format!("{} objects, {} grants", locked.objects, locked.grants)],
        ["changed".to_owned(), locked.changes.len().to_string()],
    ];
    let changes: String = locked.changes.iter().map(|change| format!("  {}\n", sentence(change))).collect();
    format!("{}\n{}{changes}", look.paint(Tone::Good, &head), look.columns(2, rows))
}
