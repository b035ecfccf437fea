//! The erasure ledger: what was erased for whom, written so that it can be done again on a copy that forgot it.
//!
//! A restored backup holds everybody who was in it. The ledger lies outside of the database, one line per table and
//! key, and needs no other file to be replayed. It holds surrogate keys or keyed digests, never a name or an address.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The form of entries that this program writes.
pub const VERSION: u32 = 1;

/// A table, named with its schema.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableName {
    /// The schema.
    pub schema: String,
    /// The table.
    pub table: String,
}

impl fmt::Display for TableName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.schema, self.table)
    }
}

/// One thing that was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The form of this entry.
    pub version: u32,
    /// The subject request that it belongs to.
    pub request: String,
    /// Where.
    pub table: TableName,
    /// Which rows: those where every one of these columns has this value.
    pub key: BTreeMap<String, KeyValue>,
    /// What was done to them.
    pub action: Action,
    /// For [`Action::Overwrite`], what the columns hold since then: text, or nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, Option<String>>,
    /// The column that tells when a row was created. A row that is younger than the erasure belongs to somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_column: Option<String>,
    /// When it was committed.
    pub erased_at: Timestamp,
}

/// The value of a key's column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum KeyValue {
    /// A surrogate key as text: a number or a UUID that means nothing outside of the database.
    Value(String),
    /// The keyed digest of a value that would name a person: HMAC-SHA256 of its text, in hexadecimal digits.
    Digest(String),
}

/// What was done to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// They were deleted.
    Delete,
    /// Some of their columns were overwritten.
    Overwrite,
}

/// Why a ledger cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A line is no entry.
    #[error("line {line} of the erasure ledger is no entry")]
    Malformed {
        /// The number of the line.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A line is of a form that this program does not know.
    #[error("line {line} of the erasure ledger is of form {version}, and only form {VERSION} is known")]
    Version {
        /// The number of the line.
        line: usize,
        /// Its form.
        version: u32,
    },
    /// A line would do nothing, or do it to every row.
    #[error("line {line} of the erasure ledger {why}")]
    Pointless {
        /// The number of the line.
        line: usize,
        /// What is missing.
        why: &'static str,
    },
}

/// Reads a ledger. One line that is not understood refuses the whole: who was erased there would come back.
///
/// # Errors
/// Fails with the number of the first line that is no entry of a known form, or that says nothing.
pub fn parse(text: &str) -> Result<Vec<Entry>, LedgerError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(index, line)| entry(index + 1, line)).collect()
}

fn entry(line: usize, text: &str) -> Result<Entry, LedgerError> {
    let entry: Entry = serde_json::from_str(text).map_err(|source| LedgerError::Malformed { line, source })?;
    if entry.version != VERSION {
        return Err(LedgerError::Version { line, version: entry.version });
    }
    if entry.key.is_empty() {
        return Err(LedgerError::Pointless { line, why: "has no key, so that it would mean every row" });
    }
    match (entry.action, entry.columns.is_empty()) {
        (Action::Overwrite, true) => Err(LedgerError::Pointless { line, why: "overwrites no column" }),
        (Action::Delete, false) => Err(LedgerError::Pointless { line, why: "deletes rows and names columns" }),
        (Action::Overwrite, false) | (Action::Delete, true) => Ok(entry),
    }
}

/// Writes one entry as a line, with its end.
///
/// # Errors
/// Fails when the entry cannot be written as JSON, which no value of these types does.
pub fn line(entry: &Entry) -> Result<String, serde_json::Error> {
    serde_json::to_string(entry).map(|text| text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"version":1,"request":"r1","table":{"schema":"app","table":"accounts"},"key":{"id":{"value":"7"}},"action":"delete","erased_at":"2026-05-01T12:00:00Z"}"#;

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let entries = parse(&format!("{LINE}\n\n{LINE}\n")).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(line(&entries[0]).unwrap(), format!("{LINE}\n"));
    }

    #[test]
    fn a_line_that_is_not_understood_refuses_the_whole_ledger() {
        let refused = [
            "nonsense".to_owned(),
            LINE.replace("\"version\":1", "\"version\":2"),
            LINE.replace("\"id\":{\"value\":\"7\"}", ""),
            LINE.replace("\"action\":\"delete\"", "\"action\":\"overwrite\""),
            LINE.replace("\"action\":\"delete\"", "\"action\":\"delete\",\"columns\":{\"email\":null}"),
            LINE.replace("\"request\"", "\"surprise\":1,\"request\""),
        ];
        for bad in refused {
            let problem = parse(&format!("{LINE}\n{bad}\n")).unwrap_err().to_string();
            assert!(problem.contains("line 2"), "{problem}");
        }
    }
}
