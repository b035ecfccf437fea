//! Backups for people.

use super::escape::name;
use super::look::{Look, Tone, moment};
use crate::commands::Taken;

/// A backup that was taken.
pub(crate) fn taken(look: Look, taken: &Taken) -> String {
    let head = look.paint(Tone::Good, &format!("backed up as {}", name(&taken.name)));
    let rows = [
        [
            "content".to_owned(),
            format!("{} tables, {} rows, current {}", taken.tables, taken.rows, moment(taken.taken_at)),
        ],
        ["files".to_owned(), format!("{} ({} bytes)", name(&taken.files), taken.bytes)],
        ["manifest".to_owned(), name(&taken.manifest)],
    ];
    format!("{head}\n{}", look.columns(2, rows))
}
