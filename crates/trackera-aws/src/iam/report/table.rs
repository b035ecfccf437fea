//! The report's table: comma-separated values whose columns are found by name.
//!
//! Cells that have no value carry a word instead: `N/A`, `no_information`, `not_supported`. Each means something in
//! one column and nothing in another; a word that means nothing is no answer.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::Timestamp;

/// The rows that have as many cells as there are columns, by user.
#[derive(Debug)]
pub(super) struct Table {
    /// `None` for a user with more than one row: which of them is right cannot be told.
    rows: BTreeMap<String, Option<Row>>,
    broken: bool,
}

/// The cells that are used of one row.
#[derive(Debug)]
pub(super) struct Row {
    password_enabled: String,
    password_last_used: String,
    password_last_changed: String,
}

impl Table {
    /// Reads the table; `None` when it is not text or lacks a column.
    pub(super) fn parse(content: &[u8]) -> Option<Self> {
        let mut records = records(std::str::from_utf8(content).ok()?).into_iter();
        let header = records.next()?;
        let column = |name: &str| header.iter().position(|column| column == name);
        let (user, enabled) = (column("user")?, column("password_enabled")?);
        let (last_used, last_changed) = (column("password_last_used")?, column("password_last_changed")?);
        let mut table = Self { rows: BTreeMap::new(), broken: false };
        for record in records {
            if record.len() != header.len() {
                table.broken = true;
                continue;
            }
            let row = Row {
                password_enabled: record.get(enabled)?.clone(),
                password_last_used: record.get(last_used)?.clone(),
                password_last_changed: record.get(last_changed)?.clone(),
            };
            match table.rows.entry(record.get(user)?.clone()) {
                Entry::Vacant(vacant) => {
                    vacant.insert(Some(row));
                }
                Entry::Occupied(mut occupied) => {
                    occupied.insert(None);
                    table.broken = true;
                }
            }
        }
        Some(table)
    }

    /// The row of a user.
    pub(super) fn row(&self, user: &str) -> Option<&Row> {
        self.rows.get(user)?.as_ref()
    }

    /// Tells whether some rows could not be told apart or read.
    pub(super) fn has_broken_rows(&self) -> bool {
        self.broken
    }
}

impl Row {
    /// Whether there is a password; the root user's own word for it, `not_supported`, is no answer.
    pub(super) fn password_enabled(&self) -> Option<bool> {
        match self.password_enabled.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// When the password was last used: never, if there is none or nothing is recorded.
    pub(super) fn password_last_used(&self) -> Option<Option<Timestamp>> {
        match self.password_last_used.as_str() {
            "N/A" | "no_information" => Some(None),
            text => text.parse().ok().map(Some),
        }
    }

    /// When the password was last changed; there may be none.
    pub(super) fn password_last_changed(&self) -> Option<Option<Timestamp>> {
        match self.password_last_changed.as_str() {
            "N/A" => Some(None),
            text => text.parse().ok().map(Some),
        }
    }
}

/// Splits comma-separated values as RFC 4180 has them: quotes protect commas, line ends and doubled quotes.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\r' if !quoted && letters.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            other => cell.push(other),
        }
    }
    if !cell.is_empty() || !record.is_empty() {
        record.push(cell);
        records.push(record);
    }
    records.retain(|record| record.iter().any(|cell| !cell.is_empty()));
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed";

    fn table(rows: &[&str]) -> Table {
        Table::parse(format!("{HEADER}\n{}\n", rows.join("\n")).as_bytes()).unwrap()
    }

    fn last_used(cell: &str) -> Option<Option<Timestamp>> {
        let table = table(&[&format!("ada,arn,2024-01-01T00:00:00+00:00,true,{cell},N/A")]);
        table.row("ada").unwrap().password_last_used()
    }

    #[test]
    fn words_that_mean_never_are_told_from_words_that_mean_nothing() {
        assert_eq!(last_used("N/A"), Some(None));
        assert_eq!(last_used("no_information"), Some(None));
        assert_eq!(last_used("not_supported"), None);
        assert_eq!(last_used(""), None);
        assert_eq!(last_used("yesterday"), None);
        let moment = "2026-08-01T10:00:00Z".parse().unwrap();
        assert_eq!(last_used("2026-08-01T10:00:00+00:00"), Some(Some(moment)));
    }

    #[test]
    fn a_password_that_there_is_none_of_was_never_changed() {
        let changed =
            |cell: &str| table(&[&format!("ada,arn,t,true,N/A,{cell}")]).row("ada").unwrap().password_last_changed();
        assert_eq!(changed("N/A"), Some(None));
        assert_eq!(changed("not_supported"), None);
        assert_eq!(changed("2026-08-01T10:00:00+00:00"), Some(Some("2026-08-01T10:00:00Z".parse().unwrap())));
    }

    #[test]
    fn a_password_is_enabled_or_not_or_untold() {
        let enabled =
            |cell: &str| table(&[&format!("ada,arn,t,{cell},N/A,N/A")]).row("ada").unwrap().password_enabled();
        assert_eq!(enabled("true"), Some(true));
        assert_eq!(enabled("FALSE"), Some(false));
        assert_eq!(enabled("not_supported"), None);
        assert_eq!(enabled(""), None);
    }

    #[test]
    fn the_root_row_is_a_row_like_any_other() {
        let table = table(&["<root_account>,arn,t,not_supported,no_information,not_supported"]);
        assert_eq!(table.row("<root_account>").unwrap().password_last_used(), Some(None));
    }

    #[test]
    fn a_comma_in_a_name_breaks_its_row_and_no_other() {
        let quoted = table(&["\"a,b\",arn,t,true,N/A,N/A"]);
        assert!(quoted.row("a,b").is_some() && !quoted.has_broken_rows());
        let unquoted = table(&["a,b,arn,t,true,N/A,N/A", "ada,arn,t,true,N/A,N/A"]);
        assert!(unquoted.row("ada").is_some() && unquoted.has_broken_rows());
    }

    #[test]
    fn two_rows_of_one_user_are_not_to_be_trusted() {
        let table = table(&["ada,arn,t,true,N/A,N/A", "ada,arn,t,false,N/A,N/A", "ada,arn,t,true,N/A,N/A"]);
        assert!(table.row("ada").is_none() && table.has_broken_rows());
    }

    #[test]
    fn columns_are_found_by_name_and_a_missing_one_spoils_the_table() {
        let other_order = "password_last_changed,password_last_used,password_enabled,user\r\nN/A,N/A,true,ada\r\n";
        assert_eq!(Table::parse(other_order.as_bytes()).unwrap().row("ada").unwrap().password_enabled(), Some(true));
        assert!(Table::parse(b"user,password_enabled\nada,true\n").is_none());
        assert!(Table::parse(b"").is_none());
        assert!(Table::parse(b"\xff\xfe").is_none());
    }

    #[test]
    fn quotes_protect_quotes_and_line_ends() {
        assert_eq!(records("\"a\"\"b\nc\",d"), [["a\"b\nc", "d"]]);
    }
}
