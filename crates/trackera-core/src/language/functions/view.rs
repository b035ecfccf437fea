//! Reading records by name inside functions, where an unknown attribute ends the computation with its reasons.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::estate::Estate;
use crate::language::value::{List, Unknown, Value};
use crate::schema::{Record, Type};

/// A record or a resource with its shape.
#[derive(Clone)]
pub(crate) struct View<'a> {
    estate: &'a Estate,
    shape: Arc<Record>,
    slots: Arc<[Value]>,
}

impl<'a> View<'a> {
    /// The resource at a place in the estate.
    pub(crate) fn resource(estate: &'a Estate, index: usize) -> Option<Self> {
        let entry = estate.entry(index)?;
        let shape = Arc::clone(&estate.schema().kind(&entry.kind)?.record);
        Some(Self { estate, shape, slots: Arc::clone(&entry.slots) })
    }

    /// A policy document, whichever attribute it is the value of: they all have one shape.
    pub(crate) fn document(estate: &'a Estate, value: &Value) -> Option<Self> {
        let policy = estate.schema().kind("aws.iam.policy")?;
        let (_, field) = policy.record.field("document")?;
        match (value, &field.kind) {
            (Value::Record(slots), Type::Record(shape)) => {
                Some(Self { estate, shape: Arc::clone(shape), slots: Arc::clone(slots) })
            }
            _ => None,
        }
    }

    /// The value of a field; `Null` for a field that the shape lacks.
    fn value(&self, name: &str) -> Result<(&Value, &Type), Unknown> {
        const ABSENT: (&Value, &Type) = (&Value::Null, &Type::Null);
        let found = self.shape.field(name).and_then(|(slot, field)| Some((self.slots.get(slot)?, &field.kind)));
        match found.unwrap_or(ABSENT) {
            (Value::Unknown(unknown), _) => Err(unknown.clone()),
            known => Ok(known),
        }
    }

    /// Text; `None` when absent.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Unknown> {
        Ok(match self.value(name)? {
            (Value::String(text), _) => Some(text),
            _ => None,
        })
    }

    /// A truth value; `None` when absent.
    pub(crate) fn truth(&self, name: &str) -> Result<Option<bool>, Unknown> {
        Ok(match self.value(name)? {
            (Value::Bool(truth), _) => Some(*truth),
            _ => None,
        })
    }

    /// A number; `None` when absent.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Unknown> {
        Ok(match self.value(name)? {
            (Value::Int(number), _) => Some(*number),
            _ => None,
        })
    }

    /// A moment; `None` when absent.
    pub(crate) fn moment(&self, name: &str) -> Result<Option<Timestamp>, Unknown> {
        Ok(match self.value(name)? {
            (Value::Timestamp(moment), _) => Some(*moment),
            _ => None,
        })
    }

    /// A list; empty when absent.
    pub(crate) fn list(&self, name: &str) -> Result<Arc<List>, Unknown> {
        Ok(match self.value(name)? {
            (Value::List(list), _) => Arc::clone(list),
            _ => Arc::default(),
        })
    }

    /// The texts of a list, and why there may be more.
    pub(crate) fn texts(&self, name: &str) -> Result<(Vec<String>, Option<Unknown>), Unknown> {
        let list = self.list(name)?;
        let texts = list.items.iter().filter_map(|item| match item {
            Value::String(text) => Some(text.to_string()),
            _ => None,
        });
        Ok((texts.collect(), list.missing.clone()))
    }

    /// The entries of a map from text to text; empty when absent. An entry that is unknown leaves all unknown.
    pub(crate) fn entries(&self, name: &str) -> Result<BTreeMap<String, String>, Unknown> {
        let mut entries = BTreeMap::new();
        if let (Value::Map(found), _) = self.value(name)? {
            for (key, value) in found.iter() {
                match value {
                    Value::String(text) => entries.insert(key.to_string(), text.to_string()),
                    Value::Unknown(unknown) => return Err(unknown.clone()),
                    _ => None,
                };
            }
        }
        Ok(entries)
    }

    /// The records or resources of a list, and why there may be more.
    pub(crate) fn views(&self, name: &str) -> Result<(Vec<Self>, Option<Unknown>), Unknown> {
        let list = self.list(name)?;
        let (_, kind) = self.value(name)?;
        let Type::List(item) = kind.present() else {
            return Ok((Vec::new(), None));
        };
        let views = list.items.iter().filter_map(|value| self.view(value, &item));
        Ok((views.collect(), list.missing.clone()))
    }

    /// The place of a related resource; `None` when absent.
    pub(crate) fn reference(&self, name: &str) -> Result<Option<usize>, Unknown> {
        Ok(match self.value(name)? {
            (Value::Resource(place), _) => Some(*place),
            _ => None,
        })
    }

    /// A record or a resource; `None` when absent.
    pub(crate) fn one(&self, name: &str) -> Result<Option<Self>, Unknown> {
        let (value, kind) = self.value(name)?;
        Ok(self.view(value, &kind.present()))
    }

    fn view(&self, value: &Value, kind: &Type) -> Option<Self> {
        match (value, kind) {
            (Value::Resource(index), _) => Self::resource(self.estate, *index),
            (Value::Record(slots), Type::Record(shape)) => {
                Some(Self { estate: self.estate, shape: Arc::clone(shape), slots: Arc::clone(slots) })
            }
            _ => None,
        }
    }
}
