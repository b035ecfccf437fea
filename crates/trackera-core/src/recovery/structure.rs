//! The shape of a database without its rows: every object with its definition, every grant.
//!
//! A reference is locked once from production and kept beside the drills. A copy has the same shape, or each difference
//! is accepted by name, with a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// The form of references that this program writes.
pub const VERSION: u32 = 1;

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
