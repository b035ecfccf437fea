//! What one exported snapshot of a database held, and the files that a dump of the same snapshot is made of.
//!
//! A manifest is kept apart from its dump. What was restored is described the same way and compared: equal manifests
//! mean equal content, whatever the dump's format. It holds names, counts and sums, never a value of a row.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::erasure::TableName;

/// The form of manifests and of the record around them that this program writes.
pub const VERSION: u32 = 1;

/// How the rows of a table become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// The sum of mixed 64-bit hashes of the rows. PostgreSQL promises these hashes within one major version only.
    RowHash64,
    /// The sum of the first 60 bits of SHA-256 of the rows as text: slower, the same on every version.
    TextSha256,
}

/// What one exported snapshot held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of this record.
    pub version: u32,
    /// How rows were hashed.
    pub algorithm: Algorithm,
    /// The name of the database.
    pub database: String,
    /// The whole version of the server, as it tells it.
    pub server: String,
    /// The major version of the server.
    pub server_major: u32,
    /// How the server encodes and sorts text.
    pub locale: Locale,
    /// The settings that the text of values depends on, as they were while rows were hashed.
    pub settings: BTreeMap<String, String>,
    /// The moment of the snapshot, by the database's clock.
    pub taken_at: Timestamp,
    /// Where the write-ahead log stood when the snapshot was taken.
    pub wal_position: String,
    /// Every table that holds rows itself, by its name.
    pub tables: Vec<Table>,
    /// Every sequence, by its name.
    pub sequences: Vec<Sequence>,
    /// Large objects, as one table.
    pub large_objects: Content,
    /// The roles that own or may do something here. A dump names them and does not make them.
    pub roles: Vec<String>,
}

/// How a database encodes and sorts text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locale {
    /// The encoding's name.
    pub encoding: String,
    /// `LC_COLLATE`.
    pub collate: String,
    /// `LC_CTYPE`.
    pub ctype: String,
}

/// How much there is, and the order-free sum of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// How many rows.
    pub rows: u64,
    /// The sum of the rows' hashes as a decimal number: equal rows add up, none cancel each other.
    pub sum: String,
}

/// The content of one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The table.
    pub name: TableName,
    /// Its columns in their order: name, space, type.
    pub columns: Vec<String>,
    /// Whether its rows outlive a crash of the server.
    pub persistence: Persistence,
    /// Its rows.
    pub content: Content,
}

/// Whether rows outlive a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Persistence {
    /// Written ahead: the rows outlive a crash and reach replicas.
    Logged,
    /// Not written ahead: empty after a crash, a promotion and every physical restore.
    Unlogged,
}

/// Where a sequence stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// The sequence.
    pub name: TableName,
    /// Its step; negative when it counts down.
    pub step: i64,
    /// The last value that it gave, absent when it gave none.
    pub last_value: Option<i64>,
}

/// A dump and the manifest of the same snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// What the snapshot held.
    pub manifest: Manifest,
    /// The files.
    pub dump: Dump,
}

/// The files of a dump.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dump {
    /// The form of the dump.
    pub format: Format,
    /// What makes it smaller.
    pub compression: Compression,
    /// What makes it unreadable for others.
    pub encryption: Encryption,
    /// The whole version of the program that wrote it.
    pub program: String,
    /// Its files, by their names below the dump's directory.
    pub files: Vec<DumpFile>,
}

/// One file of a dump.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DumpFile {
    /// Its name below the dump's directory.
    pub name: String,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of what was written, in hexadecimal digits.
    pub sha256: String,
}

/// The form of a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// One archive, restored in parallel.
    Custom,
    /// A directory with a file per table, written and restored in parallel.
    Directory,
    /// A script of SQL.
    Plain,
}

/// What makes a dump smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// Nothing.
    None,
    /// `pg_dump`'s own gzip.
    Gzip,
    /// An outer layer of zstd around an uncompressed dump: faster and smaller.
    Zstd,
}

/// What makes a dump unreadable for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// Nothing: the store has to encrypt it.
    None,
    /// age, to the recipients that were named.
    Age,
}

/// One way in which a copy differs from what a manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The two were made in ways that cannot be compared.
    Incomparable(String),
    /// A table is not there.
    TableMissing(TableName),
    /// A table is there that was not in the snapshot.
    TableAdded(TableName),
    /// A table has other columns.
    Columns(TableName),
    /// A table has another number of rows.
    Rows {
        /// The table.
        table: TableName,
        /// How many there were.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// A table has as many rows, and other values in them.
    Values {
        /// The table.
        table: TableName,
        /// How many rows it has.
        rows: u64,
    },
    /// A sequence is not there.
    SequenceMissing(TableName),
    /// A sequence stands before the place where it stood: it would give numbers twice.
    SequenceBehind {
        /// The sequence.
        sequence: TableName,
        /// Where it stood.
        expected: i64,
        /// Where it stands, if it gave a value at all.
        found: Option<i64>,
    },
    /// Large objects differ.
    LargeObjects,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomparable(why) => write!(out, "{why}"),
            Self::TableMissing(table) => write!(out, "the table {table} is missing"),
            Self::TableAdded(table) => write!(out, "the table {table} was not in the backup"),
            Self::Columns(table) => write!(out, "the table {table} has other columns"),
            Self::Rows { table, expected, found } => {
                write!(out, "the table {table} has {found} rows instead of {expected}")
            }
            Self::Values { table, rows } => write!(out, "the table {table} has other values in its {rows} rows"),
            Self::SequenceMissing(sequence) => write!(out, "the sequence {sequence} is missing"),
            Self::SequenceBehind { sequence, expected, found: Some(found) } => {
                write!(out, "the sequence {sequence} stands at {found}, behind {expected}")
            }
            Self::SequenceBehind { sequence, expected, found: None } => {
                write!(out, "the sequence {sequence} gave no value yet, although it stood at {expected}")
            }
            Self::LargeObjects => write!(out, "the large objects differ"),
        }
    }
}

impl Manifest {
    /// How many rows the snapshot held.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.content.rows).sum()
    }

    /// Every way in which a copy differs from what this manifest says.
    pub fn differences(&self, copy: &Self) -> Vec<Difference> {
        if let Some(why) = self.incomparable(copy) {
            return vec![Difference::Incomparable(why)];
        }
        let mut found = self.table_differences(copy);
        found.extend(self.sequence_differences(copy));
        if self.large_objects != copy.large_objects {
            found.push(Difference::LargeObjects);
        }
        found
    }

    fn incomparable(&self, copy: &Self) -> Option<String> {
        if self.version != copy.version {
            return Some(format!("manifests of the forms {} and {} cannot be compared", self.version, copy.version));
        }
        if self.algorithm != copy.algorithm || self.settings != copy.settings {
            return Some("the rows were hashed in different ways".to_owned());
        }
        if self.algorithm == Algorithm::RowHash64 && self.server_major != copy.server_major {
            return Some(format!(
                "row hashes of PostgreSQL {} and {} cannot be compared",
                self.server_major, copy.server_major
            ));
        }
        (self.locale.encoding != copy.locale.encoding)
            .then(|| format!("text in {} and in {} cannot be compared", self.locale.encoding, copy.locale.encoding))
    }

    fn table_differences(&self, copy: &Self) -> Vec<Difference> {
        let there: BTreeMap<_, _> = copy.tables.iter().map(|table| (&table.name, table)).collect();
        let expected: BTreeMap<_, _> = self.tables.iter().map(|table| (&table.name, table)).collect();
        let added = there.keys().filter(|name| !expected.contains_key(*name));
        let added: Vec<_> = added.map(|name| Difference::TableAdded((*name).clone())).collect();
        let changed = expected.values().filter_map(|table| match there.get(&table.name) {
            None => Some(Difference::TableMissing(table.name.clone())),
            Some(copy) => table.difference(copy),
        });
        changed.chain(added).collect()
    }

    fn sequence_differences(&self, copy: &Self) -> Vec<Difference> {
        let there: BTreeMap<_, _> = copy.sequences.iter().map(|sequence| (&sequence.name, sequence)).collect();
        let difference = |sequence: &Sequence| match there.get(&sequence.name) {
            None => Some(Difference::SequenceMissing(sequence.name.clone())),
            Some(copy) => sequence.difference(copy),
        };
        self.sequences.iter().filter_map(difference).collect()
    }
}

impl Table {
    fn difference(&self, copy: &Self) -> Option<Difference> {
        let table = self.name.clone();
        if self.columns != copy.columns {
            return Some(Difference::Columns(table));
        }
        if self.content.rows != copy.content.rows {
            return Some(Difference::Rows { table, expected: self.content.rows, found: copy.content.rows });
        }
        (self.content.sum != copy.content.sum).then_some(Difference::Values { table, rows: self.content.rows })
    }
}

impl Sequence {
    /// A sequence moves on outside of snapshots, so that it may stand after the place that was seen, never before it.
    fn difference(&self, copy: &Self) -> Option<Difference> {
        let expected = self.last_value?;
        let behind = match copy.last_value {
            None => true,
            Some(found) if self.step < 0 => found > expected,
            Some(found) => found < expected,
        };
        behind.then(|| Difference::SequenceBehind { sequence: self.name.clone(), expected, found: copy.last_value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(table: &str) -> TableName {
        TableName { schema: "app".to_owned(), table: table.to_owned() }
    }

    fn table(table: &str, rows: u64, sum: &str) -> Table {
        Table {
            name: name(table),
            columns: vec!["id bigint".to_owned()],
            persistence: Persistence::Logged,
            content: Content { rows, sum: sum.to_owned() },
        }
    }

    fn manifest() -> Manifest {
        Manifest {
            version: VERSION,
            algorithm: Algorithm::RowHash64,
            database: "product".to_owned(),
            server: "15.18".to_owned(),
            server_major: 15,
            locale: Locale { encoding: "UTF8".to_owned(), collate: "C".to_owned(), ctype: "C".to_owned() },
            settings: BTreeMap::new(),
            taken_at: Timestamp::UNIX_EPOCH,
            wal_position: "0/1".to_owned(),
            tables: vec![table("a", 2, "-7"), table("b", 0, "0")],
            sequences: vec![Sequence { name: name("s"), step: 1, last_value: Some(5) }],
            large_objects: Content::default(),
            roles: Vec::new(),
        }
    }

    fn told(change: impl FnOnce(&mut Manifest)) -> Vec<String> {
        let mut copy = manifest();
        change(&mut copy);
        manifest().differences(&copy).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn equal_content_has_no_difference_wherever_and_whenever_it_is() {
        let elsewhere = |copy: &mut Manifest| {
            copy.database = "copy".to_owned();
            copy.taken_at = Timestamp::MAX;
            copy.tables.reverse();
        };
        assert_eq!(told(elsewhere), [""; 0]);
    }

    #[test]
    fn each_difference_names_what_differs() {
        assert_eq!(told(|copy| copy.tables[0].content.rows = 1), ["the table app.a has 1 rows instead of 2"]);
        assert_eq!(
            told(|copy| copy.tables[0].content.sum = "7".to_owned()),
            ["the table app.a has other values in its 2 rows"]
        );
        assert_eq!(told(|copy| copy.tables[1].columns.clear()), ["the table app.b has other columns"]);
        assert_eq!(
            told(|copy| copy.tables[1].name = name("c")),
            ["the table app.b is missing", "the table app.c was not in the backup"]
        );
        assert_eq!(told(|copy| copy.large_objects.rows = 1), ["the large objects differ"]);
    }

    #[test]
    fn a_sequence_may_stand_further_on_and_never_behind() {
        assert_eq!(told(|copy| copy.sequences[0].last_value = Some(6)), [""; 0]);
        assert_eq!(told(|copy| copy.sequences[0].last_value = Some(4)), ["the sequence app.s stands at 4, behind 5"]);
        assert_eq!(told(|copy| copy.sequences[0].last_value = None).len(), 1);
        assert_eq!(told(|copy| copy.sequences.clear()), ["the sequence app.s is missing"]);
        let down = |last_value| Sequence { name: name("s"), step: -1, last_value: Some(last_value) };
        assert!(down(5).difference(&down(4)).is_none() && down(5).difference(&down(6)).is_some());
    }

    #[test]
    fn hashes_of_two_major_versions_are_not_compared() {
        let newer = |copy: &mut Manifest| copy.server_major = 16;
        assert_eq!(told(newer), ["row hashes of PostgreSQL 15 and 16 cannot be compared"]);
        let mut text = Manifest { algorithm: Algorithm::TextSha256, ..manifest() };
        let copy = text.clone();
        text.server_major = 16;
        assert_eq!(text.differences(&copy), []);
    }

    #[test]
    fn a_record_with_a_word_that_is_not_known_is_refused() {
        let text = serde_json::to_string(&manifest()).unwrap();
        assert_eq!(serde_json::from_str::<Manifest>(&text).unwrap(), manifest());
        assert!(serde_json::from_str::<Manifest>(&text.replacen('{', "{\"surprise\":1,", 1)).is_err());
    }
}
