//! The shape of a database without its rows: every object with its definition, every grant.
//!
//! A reference is locked once from production and kept beside the drills. A copy has the same shape, or each difference
//! is accepted by name, with a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The form of references that this program writes.
pub const VERSION: u32 = 1;
/// The purpose that the signature of a locked reference names.
pub const STRUCTURE_NAMESPACE: &str = "structure@trackera-ops";

/// The shape of one database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Structure {
    /// The form of this reference.
    pub version: u32,
    /// The major version of the server, whose way of writing definitions this is.
    pub server_major: u32,
    /// Objects by kind and name, each with its definition.
    pub objects: BTreeMap<String, String>,
    /// Who may do what on which object.
    pub grants: BTreeSet<String>,
}

/// One way in which a copy has another shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShapeDifference {
    /// An object is not there.
    Missing(String),
    /// An object is there that the reference does not know.
    Added(String),
    /// An object is defined in another way.
    Changed(String),
}

impl ShapeDifference {
    /// The object that it speaks of.
    pub fn object(&self) -> &str {
        match self {
            Self::Missing(object) | Self::Added(object) | Self::Changed(object) => object,
        }
    }
}

impl fmt::Display for ShapeDifference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(object) => write!(out, "{object} is missing"),
            Self::Added(object) => write!(out, "{object} is not in the reference"),
            Self::Changed(object) => write!(out, "{object} is defined in another way"),
        }
    }
}

impl Structure {
    /// Every object that a copy lacks, has besides or defines in another way.
    pub fn differences(&self, copy: &Self) -> Vec<ShapeDifference> {
        let expected = self.objects.iter().filter_map(|(name, definition)| match copy.objects.get(name) {
            None => Some(ShapeDifference::Missing(name.clone())),
            Some(found) => (found != definition).then(|| ShapeDifference::Changed(name.clone())),
        });
        let added = copy.objects.keys().filter(|name| !self.objects.contains_key(*name));
        expected.chain(added.map(|name| ShapeDifference::Added(name.clone()))).collect()
    }

    /// Every grant that a copy lacks or has besides.
    pub fn grant_differences(&self, copy: &Self) -> Vec<ShapeDifference> {
        let missing = self.grants.difference(&copy.grants).cloned().map(ShapeDifference::Missing);
        missing.chain(copy.grants.difference(&self.grants).cloned().map(ShapeDifference::Added)).collect()
    }
}

/// A locked reference: the shape of one database at one moment, and who answers for it.
///
/// Where the company names allowed signers, the signature of whoever locked it has to stand in it. It is verified where
/// files are read; here is what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The form of this file.
    pub version: u32,
    /// The database that it was read from.
    pub database: String,
    /// When it was read.
    pub locked_at: Timestamp,
    /// Who says that this is the shape that the database has to have.
    pub locked_by: String,
    /// The shape.
    pub structure: Structure,
    /// The signature of whoever locked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// Why a file is no locked reference.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// It has another form.
    #[error("it is no locked structure: {0}")]
    Form(#[from] serde_json::Error),
    /// A newer program wrote it.
    #[error("it is of version {0}, and this program knows version {VERSION}")]
    Version(u32),
}

impl Lock {
    /// A reference that nobody signed yet.
    pub fn new(structure: Structure, database: &str, (locked_by, locked_at): (&str, Timestamp)) -> Self {
        let (database, locked_by) = (database.to_owned(), locked_by.to_owned());
        Self { version: VERSION, database, locked_at, locked_by, structure, signature: None }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// Fails for a file of another form or version.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let lock: Self = serde_json::from_str(text)?;
        let unknown = [lock.version, lock.structure.version].into_iter().find(|version| *version != VERSION);
        unknown.map_or(Ok(lock), |version| Err(LockError::Version(version)))
    }

    /// The file: one line for each object, so that a change of it is read like one.
    ///
    /// # Errors
    /// Never for what this program makes; the signature is that of the JSON writer.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The text that whoever locks it signs: everything that it says, and nothing else.
    ///
    /// # Errors
    /// Never for what this program makes; the signature is that of the JSON writer.
    pub fn statement(&self) -> Result<String, serde_json::Error> {
        let unsigned = Self { signature: None, ..self.clone() };
        Ok(format!("trackera structure {VERSION}\n{}\n", serde_json::to_string(&unsigned)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn structure(objects: &[(&str, &str)], grants: &[&str]) -> Structure {
        Structure {
            version: VERSION,
            server_major: 15,
            objects: objects.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
            grants: grants.iter().map(|grant| (*grant).to_owned()).collect(),
        }
    }

    fn lock() -> Lock {
        let structure = structure(&[("table app.a", "owner o"), ("index app.a_key", "unique")], &["select on a to b"]);
        Lock::new(structure, "product", ("amelie", "2026-11-21T03:00:00Z".parse().unwrap()))
    }

    #[test]
    fn differences_name_every_object() {
        let reference = structure(&[("table app.a", "1"), ("table app.b", "1"), ("table app.c", "1")], &["x", "y"]);
        let copy = structure(&[("table app.a", "2"), ("table app.c", "1"), ("table app.d", "1")], &["y", "z"]);
        let told = |found: Vec<ShapeDifference>| found.iter().map(ToString::to_string).collect::<Vec<_>>();
        let wanted =
            ["table app.a is defined in another way", "table app.b is missing", "table app.d is not in the reference"];
        assert_eq!(told(reference.differences(&copy)), wanted);
        assert_eq!(told(reference.grant_differences(&copy)), ["x is missing", "z is not in the reference"]);
        assert_eq!(reference.differences(&reference), []);
    }

    #[test]
    fn a_lock_says_the_same_after_it_was_written_and_signed() {
        let lock = lock();
        let signed = Lock { signature: Some("a signature".to_owned()), ..lock.clone() };
        let read = Lock::parse(&signed.to_text().unwrap()).unwrap();
        assert_eq!(read, signed);
        assert_eq!(read.statement().unwrap(), lock.statement().unwrap());
    }

    #[test]
    fn whatever_a_lock_says_is_signed() {
        let said = lock().statement().unwrap();
        type Change = fn(&mut Lock);
        let changes: [Change; 6] = [
            |lock| lock.database.push('x'),
            |lock| lock.locked_by.push('x'),
            |lock| lock.locked_at = Timestamp::UNIX_EPOCH,
            |lock| lock.structure.server_major = 16,
            |lock| drop(lock.structure.objects.pop_first()),
            |lock| lock.structure.grants.clear(),
        ];
        for change in changes {
            let mut other = lock();
            change(&mut other);
            assert_ne!(other.statement().unwrap(), said);
        }
    }

    #[test]
    fn a_lock_of_another_form_is_refused() {
        let text = lock().to_text().unwrap();
        assert!(matches!(
            Lock::parse(&text.replacen("\"version\": 1", "\"version\": 2", 1)),
            Err(LockError::Version(2))
        ));
        assert!(matches!(Lock::parse(&text.replace("database", "databases")), Err(LockError::Form(_))));
        assert!(matches!(Lock::parse("{}"), Err(LockError::Form(_))));
    }
}
