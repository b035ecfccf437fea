//! From the JSON of a snapshot to typed slots.
//!
//! What the JSON lacks becomes unknown; what it holds in the wrong shape is an error: nothing is guessed.

use std::sync::Arc;

use serde_json::Value as Json;
use thiserror::Error;

use super::index::Relations;
use super::intern::Interner;
use crate::language::{List, Unknown, Value};
use crate::resource::{ErrorClass, Gap, Resource, UNKNOWN_KEY};
use crate::schema::{KindSchema, Record, Type};

/// An attribute that does not have the shape of its kind.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// A value does not have its field's type.
    #[error("attribute `{path}` should be {expected}, but is {found}")]
    Type {
        /// The attribute.
        path: String,
        /// The type of its field.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// The kind has no such attribute.
    #[error("there is no attribute `{0}`; was the snapshot collected by another version?")]
    Unknown(String),
}

/// Decodes the attributes of one resource.
pub(super) struct Decoder<'a> {
    relations: &'a Relations<'a>,
    interner: &'a mut Interner,
    account: &'a str,
    region: &'a str,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(
        relations: &'a Relations<'a>,
        interner: &'a mut Interner,
        account: &'a str,
        region: &'a str,
    ) -> Self {
        Self { relations, interner, account, region }
    }

    /// Fills the slots of a resource.
    pub(super) fn resource(&mut self, kind: &KindSchema, resource: &Resource) -> Result<Arc<[Value]>, DecodeError> {
        let attributes = resource.attributes.to_map();
        if let Some((name, _)) = attributes.iter().find(|(name, _)| kind.record.field(name).is_none()) {
            return Err(DecodeError::Unknown(name.clone()));
        }
        let fields = kind.record.fields.iter();
        fields
            .map(|field| match field.name.as_str() {
                "id" => Ok(Value::String(self.interner.text(&resource.id))),
                "name" => Ok(Value::String(self.interner.text(&resource.name))),
                "account" => Ok(Value::String(self.interner.text(&resource.account))),
                "region" => Ok(Value::String(self.interner.text(&resource.region))),
                name => match attributes.get(name) {
                    Some(json) => self.value(&field.kind, json, name),
                    None => Ok(self.missing(name)),
                },
            })
            .collect()
    }

    fn missing(&mut self, field: &str) -> Value {
        Value::Unknown(self.interner.gap(Gap {
            operation: format!("attribute {field}"),
            account: self.account.to_owned(),
            region: self.region.to_owned(),
            resource: None,
            error_class: ErrorClass::NotCollected,
        }))
    }

    fn value(&mut self, kind: &Type, json: &Json, path: &str) -> Result<Value, DecodeError> {
        if let Some(gap) = marked_gap(json) {
            return Ok(Value::Unknown(self.interner.gap(gap)));
        }
        match (kind, json) {
            (Type::Nullable(_), Json::Null) => Ok(Value::Null),
            (Type::Nullable(inner), json) => self.value(inner, json, path),
            (Type::Bool, Json::Bool(truth)) => Ok(Value::Bool(*truth)),
            (Type::Int, Json::Number(number)) => {
                number.as_i64().map(Value::Int).ok_or_else(|| mismatch(path, kind, json))
            }
            (Type::String(_), Json::String(text)) => Ok(Value::String(self.interner.text(text))),
            (Type::Timestamp, Json::String(text)) => {
                text.parse().map(Value::Timestamp).map_err(|_| mismatch(path, kind, json))
            }
            (Type::Duration, Json::String(text)) => {
                crate::time::parse(text).map(Value::Duration).map_err(|_| mismatch(path, kind, json))
            }
            (Type::Resource(target), Json::String(id)) => Ok(self
                .relations
                .find(target, self.account, self.region, id)
                .map_or_else(Value::Unknown, Value::Resource)),
            (Type::List(item), Json::Array(items)) => self.list(item, items, path),
            (Type::Map(value), Json::Object(entries)) => {
                let entries = entries.iter().map(|(key, json)| {
                    let value = self.value(value, json, &format!("{path}.{key}"))?;
                    Ok((self.interner.text(key), value))
                });
                entries.collect::<Result<_, _>>().map(|entries| Value::Map(Arc::new(entries)))
            }
            (Type::Record(record), Json::Object(_)) => self.record(record, json, path),
            _ => Err(mismatch(path, kind, json)),
        }
    }

    /// An item that is unknown makes the list incomplete, so that what is known of it still counts.
    fn list(&mut self, item: &Type, items: &[Json], path: &str) -> Result<Value, DecodeError> {
        if items.is_empty() {
            return Ok(Value::List(self.interner.empty_list()));
        }
        let mut list = List { items: Vec::with_capacity(items.len()), ..List::default() };
        for json in items {
            match self.value(item, json, path)? {
                Value::Unknown(unknown) => list.missing = Unknown::either(list.missing.take(), Some(unknown)),
                known => list.items.push(known),
            }
        }
        Ok(Value::List(Arc::new(list)))
    }

    fn record(&mut self, record: &Record, json: &Json, path: &str) -> Result<Value, DecodeError> {
        let slots = record.fields.iter().map(|field| match json.get(&field.name) {
            Some(json) => self.value(&field.kind, json, &format!("{path}.{}", field.name)),
            None => Ok(self.missing(&format!("{path}.{}", field.name))),
        });
        slots.collect::<Result<_, _>>().map(Value::Record)
    }
}

/// The gap that stands in a value's place: an object with the one key and a whole gap. Anybody may call a tag by that
/// key, but a tag's value is text.
fn marked_gap(json: &Json) -> Option<Gap> {
    let object = json.as_object().filter(|object| object.len() == 1)?;
    serde_json::from_value(object.get(UNKNOWN_KEY)?.clone()).ok()
}

fn mismatch(path: &str, expected: &Type, found: &Json) -> DecodeError {
    let found = match found {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "text of another form",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    };
    DecodeError::Type { path: path.to_owned(), expected: expected.with_article(), found: found.to_owned() }
}
