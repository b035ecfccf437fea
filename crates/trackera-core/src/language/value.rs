//! Values of the policy language, unknown ones included.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::resource::Gap;
use crate::time;

/// Why a value is unknown: one gap or more, never none.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown(Arc<BTreeSet<Gap>>);

impl Unknown {
    /// The gaps, sorted.
    pub fn gaps(&self) -> &BTreeSet<Gap> {
        &self.0
    }

    /// Both reasons together.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        if Arc::ptr_eq(&self.0, &other.0) {
            return self.clone();
        }
        Self(Arc::new(self.0.union(&other.0).cloned().collect()))
    }

    /// The reasons of both sides, where either side may have none.
    pub fn either(left: Option<Self>, right: Option<Self>) -> Option<Self> {
        match (left, right) {
            (Some(left), Some(right)) => Some(left.and(&right)),
            (left, right) => left.or(right),
        }
    }

    /// Collects gaps into a reason, if there are any.
    pub fn because(gaps: impl IntoIterator<Item = Gap>) -> Option<Self> {
        let gaps: BTreeSet<Gap> = gaps.into_iter().collect();
        (!gaps.is_empty()).then(|| Self(Arc::new(gaps)))
    }
}

impl From<Gap> for Unknown {
    fn from(gap: Gap) -> Self {
        Self(Arc::new(BTreeSet::from([gap])))
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, gap) in self.0.iter().take(3).enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(formatter, "{separator}{gap}")?;
        }
        match self.0.len().saturating_sub(3) {
            0 => Ok(()),
            more => write!(formatter, "; and {more} more"),
        }
    }
}

/// A list; part of it may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// The items that are known to be in it.
    pub items: Vec<Value>,
    /// For each item, what put it there; empty for a list that simply was read.
    pub why: Vec<Arc<str>>,
    /// Why there may be more items; `None` for a list that is whole.
    pub missing: Option<Unknown>,
}

/// A value of the policy language.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The absent value.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    String(Arc<str>),
    /// A moment.
    Timestamp(Timestamp),
    /// A length of time.
    Duration(SignedDuration),
    /// A list.
    List(Arc<List>),
    /// A map from text to values.
    Map(Arc<BTreeMap<Arc<str>, Value>>),
    /// A record's slots, in the order of its type's fields.
    Record(Arc<[Value]>),
    /// A resource, by its place in the estate.
    Resource(usize),
    /// No value, and why.
    Unknown(Unknown),
}

impl Value {
    /// Makes text.
    pub fn text(text: &str) -> Self {
        Self::String(text.into())
    }

    /// Makes a whole list.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(List { items, ..List::default() }))
    }

    /// Turns constants written in YAML into a value; numbers that are not whole have no place in the language.
    pub fn from_constant(json: &serde_json::Value) -> Option<Self> {
        match json {
            serde_json::Value::Null => None,
            serde_json::Value::Bool(truth) => Some(Self::Bool(*truth)),
            serde_json::Value::Number(number) => number.as_i64().map(Self::Int),
            serde_json::Value::String(text) => Some(Self::text(text)),
            serde_json::Value::Array(items) => {
                items.iter().map(Self::from_constant).collect::<Option<_>>().map(Self::list)
            }
            serde_json::Value::Object(entries) => {
                let entries = entries.iter().map(|(key, value)| {
                    Self::from_constant(value).map(|value| (Arc::<str>::from(key.as_str()), value))
                });
                entries.collect::<Option<_>>().map(|entries| Self::Map(Arc::new(entries)))
            }
        }
    }

    /// The value as JSON, for reports; resources by the name that `name` gives them.
    pub fn to_json(&self, name: &dyn Fn(usize) -> String) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(truth) => json!(truth),
            Self::Int(number) => json!(number),
            Self::String(text) => json!(text.as_ref()),
            Self::Timestamp(moment) => json!(moment.to_string()),
            Self::Duration(length) => json!(time::format(*length)),
            Self::List(list) => {
                let mut items: Vec<_> = list.items.iter().map(|item| item.to_json(name)).collect();
                if let Some(missing) = &list.missing {
                    items.push(json!({ "unknown": missing.to_string() }));
                }
                items.into()
            }
            Self::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.to_string(), value.to_json(name)));
                serde_json::Value::Object(entries.collect())
            }
            Self::Record(slots) => slots.iter().map(|slot| slot.to_json(name)).collect(),
            Self::Resource(index) => json!(name(*index)),
            Self::Unknown(unknown) => json!({ "unknown": unknown.to_string() }),
        }
    }
}

impl From<Option<Unknown>> for Value {
    /// The unknown value if there is a reason for it, and `true` otherwise: the end of a conjunction.
    fn from(unknown: Option<Unknown>) -> Self {
        unknown.map_or(Self::Bool(true), Self::Unknown)
    }
}
