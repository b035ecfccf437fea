//! The attributes of a resource as the text that they are stored and exchanged as.
//!
//! Text is a fraction of the size of a parsed tree, which matters when an estate has ten thousand resources and each is
//! parsed once.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::observed::UNKNOWN_KEY;

/// How the class of a gap that nobody asked about is written.
const NOT_COLLECTED: &str = "not_collected";

/// Attributes in the shape of a kind's struct, as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(Box<RawValue>);

impl Attributes {
    /// Writes a kind's struct. Attributes that nobody asked for are left out: what is absent was not collected.
    ///
    /// # Errors
    /// Fails when the attributes cannot be written as JSON, which means a map with keys that are not strings.
    pub fn new(attributes: &impl Serialize) -> Result<Self, serde_json::Error> {
        let mut value = serde_json::to_value(attributes)?;
        if let Value::Object(fields) = &mut value {
            fields.retain(|_, field| !is_not_collected(field));
        }
        serde_json::value::to_raw_value(&value).map(Self)
    }

    /// The attributes as a tree; `Null` when the text is not JSON, which reading it rules out.
    pub fn to_value(&self) -> Value {
        serde_json::from_str(self.0.get()).unwrap_or_default()
    }

    /// The attributes by name; none when the text is not an object.
    pub fn to_map(&self) -> Map<String, Value> {
        match self.to_value() {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    /// Changes one attribute, or takes it away.
    pub fn set(&mut self, name: &str, value: Option<Value>) {
        let mut fields = self.to_map();
        match value {
            Some(value) => fields.insert(name.to_owned(), value),
            None => fields.shift_remove(name),
        };
        *self = Self::from(fields);
    }

    /// Tells whether a gap may stand among the attributes; for certain only when not.
    pub fn may_have_gaps(&self) -> bool {
        self.0.get().contains(UNKNOWN_KEY)
    }
}

fn is_not_collected(field: &Value) -> bool {
    let class = field.get(UNKNOWN_KEY).and_then(|gap| gap.get("error_class"));
    class.and_then(Value::as_str) == Some(NOT_COLLECTED)
}

impl From<Map<String, Value>> for Attributes {
    fn from(fields: Map<String, Value>) -> Self {
        Self(serde_json::value::to_raw_value(&fields).unwrap_or_default())
    }
}

impl PartialEq for Attributes {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resource::{ErrorClass, Gap};

    #[test]
    fn what_nobody_asked_for_is_left_out_and_what_was_refused_is_not() {
        let gap = |error_class| {
            let nothing = Gap {
                operation: "s3:GetBucketAcl".to_owned(),
                account: "000000000000".to_owned(),
                region: "eu-central-1".to_owned(),
                resource: None,
                error_class,
            };
            json!({ UNKNOWN_KEY: nothing })
        };
        let written = json!({ "a": 1, "b": gap(ErrorClass::NotCollected), "c": gap(ErrorClass::AccessDenied) });
        let attributes = Attributes::new(&written).unwrap();
        assert_eq!(attributes.to_map().keys().collect::<Vec<_>>(), ["a", "c"]);
        assert!(attributes.may_have_gaps());
    }
}
