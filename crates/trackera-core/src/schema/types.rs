//! The types of the policy language, and the shape of each resource kind.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::resource::Scope;

/// The type of a value in the policy language.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A whole number of 64 bits.
    Int,
    /// Text; with the values that AWS documents, where it documents a closed set.
    String(Option<Arc<[String]>>),
    /// A moment.
    Timestamp,
    /// A length of time.
    Duration,
    /// A list of values of one type.
    List(Arc<Type>),
    /// A map from text to values of one type.
    Map(Arc<Type>),
    /// A value with named fields.
    Record(Arc<Record>),
    /// Another resource, by its kind's name.
    Resource(Arc<str>),
    /// A value that may be absent; must be guarded before use.
    Nullable(Arc<Type>),
    /// The absent value.
    Null,
    /// The type of the items of an empty list: fits every other type.
    Any,
}

impl Type {
    /// Text of any content.
    pub const STRING: Self = Self::String(None);

    /// A list of `item`.
    pub fn list(item: Self) -> Self {
        Self::List(Arc::new(item))
    }

    /// Tells whether a value of one type may stand where the other is expected.
    pub fn fits(&self, expected: &Self) -> bool {
        match (self, expected) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::String(_), Self::String(_)) => true,
            (Self::Null, Self::Nullable(_)) => true,
            (Self::Nullable(own), Self::Nullable(other)) => own.fits(other),
            (own, Self::Nullable(other)) => own.fits(other),
            (Self::List(own), Self::List(other)) | (Self::Map(own), Self::Map(other)) => own.fits(other),
            (own, other) => own == other,
        }
    }

    /// The type in a sentence: `an int`, `a list(string)`.
    pub fn with_article(&self) -> String {
        let name = self.to_string();
        let vowel = name.starts_with(['a', 'e', 'i', 'o', 'u']);
        format!("{} {name}", if vowel { "an" } else { "a" })
    }

    /// The type without the possibility of absence.
    pub fn present(&self) -> Self {
        match self {
            Self::Nullable(inner) => inner.as_ref().clone(),
            other => other.clone(),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => formatter.write_str("bool"),
            Self::Int => formatter.write_str("int"),
            Self::String(_) => formatter.write_str("string"),
            Self::Timestamp => formatter.write_str("timestamp"),
            Self::Duration => formatter.write_str("duration"),
            Self::List(item) => write!(formatter, "list({item})"),
            Self::Map(value) => write!(formatter, "map(string, {value})"),
            Self::Record(record) => formatter.write_str(&record.name),
            Self::Resource(kind) => formatter.write_str(kind),
            Self::Nullable(inner) => write!(formatter, "{inner} or null"),
            Self::Null => formatter.write_str("null"),
            Self::Any => formatter.write_str("any"),
        }
    }
}

/// A set of named fields in a fixed order; a value of it is a row of slots in that order.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The name that people read: a kind's name, or the name of a struct within one.
    pub name: Arc<str>,
    /// The fields, in slot order.
    pub fields: Vec<Field>,
}

impl Record {
    /// Finds a field and its slot.
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        self.fields.iter().enumerate().find(|(_, field)| field.name == name)
    }
}

/// One field of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name, in snake case.
    pub name: String,
    /// The type of its values.
    pub kind: Type,
    /// What it means, from the struct's documentation.
    pub description: String,
    /// The API operations that it comes from; empty for a field that comes with its kind's list.
    pub operations: Vec<&'static str>,
}

/// A kind of resource as policies see it.
#[derive(Clone, Debug)]
pub struct KindSchema {
    /// The kind's name.
    pub name: Arc<str>,
    /// Whether it is listed per account or per region.
    pub scope: Scope,
    /// What it stands for.
    pub description: String,
    /// The operations that list it.
    pub operations: Vec<&'static str>,
    /// Its attributes, led by `id`, `name`, `account` and `region`.
    pub record: Arc<Record>,
}

impl KindSchema {
    /// Every operation that the kind can come from, its list's and its fields'.
    pub fn all_operations(&self) -> BTreeSet<&'static str> {
        let fields = self.record.fields.iter().flat_map(|field| field.operations.iter().copied());
        self.operations.iter().copied().chain(fields).collect()
    }
}
