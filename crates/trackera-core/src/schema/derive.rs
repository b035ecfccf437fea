//! From the JSON Schema that `schemars` derives of a resource struct to the types of the policy language.

use std::sync::Arc;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};
use thiserror::Error;

use super::operations::operation;
use super::types::{Field, KindSchema, Record, Type};
use crate::resource::Kind;

/// A resource struct that the policy language cannot express: a mistake in this crate, found by its tests.
#[derive(Debug, Error)]
#[error("resource kind `{kind}`: {problem}")]
pub struct SchemaError {
    kind: String,
    problem: String,
}

type Definitions = Map<String, Value>;

/// Derives one kind.
pub(super) fn kind<K: Kind>() -> Result<KindSchema, SchemaError> {
    let fail = |problem: String| SchemaError { kind: K::NAME.to_owned(), problem };
    let generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let root = generator.into_root_schema_for::<K>().to_value();
    let definitions = root.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut record = record(K::NAME, &root, &definitions).map_err(fail)?;
    record.fields.splice(0..0, envelope());
    Ok(KindSchema {
        name: K::NAME.into(),
        scope: K::SCOPE,
        description: description(&root),
        operations: operations(&root).map_err(fail)?,
        record: Arc::new(record),
    })
}

/// Derives a record that is not a resource.
pub(super) fn record_of<T: schemars::JsonSchema>(name: &str) -> Result<Record, SchemaError> {
    let root = SchemaGenerator::new(SchemaSettings::draft2020_12()).into_root_schema_for::<T>().to_value();
    let definitions = root.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
    record(name, &root, &definitions).map_err(|problem| SchemaError { kind: name.to_owned(), problem })
}

/// Relations may name any kind, so they can be checked only when all kinds are known.
pub(super) fn check_relations(kinds: &[KindSchema]) -> Result<(), SchemaError> {
    for kind in kinds {
        for field in &kind.record.fields {
            check_relation(kinds, kind, &field.kind)?;
        }
    }
    Ok(())
}

fn check_relation(kinds: &[KindSchema], owner: &KindSchema, found: &Type) -> Result<(), SchemaError> {
    match found {
        Type::Resource(name) if kinds.iter().all(|kind| kind.name != *name) => {
            Err(SchemaError { kind: owner.name.to_string(), problem: format!("relation to unknown kind `{name}`") })
        }
        Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) => check_relation(kinds, owner, inner),
        Type::Record(record) => record.fields.iter().try_for_each(|field| check_relation(kinds, owner, &field.kind)),
        Type::Resource(_)
        | Type::Bool
        | Type::Int
        | Type::String(_)
        | Type::Timestamp
        | Type::Duration
        | Type::Null
        | Type::Any => Ok(()),
    }
}

fn envelope() -> [Field; 4] {
    let field = |name: &str, description: &str| Field {
        name: name.to_owned(),
        kind: Type::STRING,
        description: description.to_owned(),
        operations: Vec::new(),
    };
    [
        field("id", "The natural id, unique within kind, account and region."),
        field("name", "The name that people know it by; the id where there is none."),
        field("account", "The account id, twelve digits."),
        field("region", "The region, or `global`."),
    ]
}

fn record(name: &str, schema: &Value, definitions: &Definitions) -> Result<Record, String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let fields = properties
        .into_iter()
        .flatten()
        .map(|(field, schema)| {
            Ok(Field {
                name: field.clone(),
                kind: value_type(schema, definitions).map_err(|problem| format!("field `{field}`: {problem}"))?,
                description: description(schema),
                operations: operations(schema)?,
            })
        })
        .collect::<Result<_, String>>()?;
    Ok(Record { name: name.into(), fields })
}

fn description(schema: &Value) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ")
}

fn operations(schema: &Value) -> Result<Vec<&'static str>, String> {
    let names = schema.get("x-operations").and_then(Value::as_array);
    names
        .into_iter()
        .flatten()
        .map(|name| {
            let name = name.as_str().unwrap_or_default();
            operation(name).map(|operation| operation.name).ok_or_else(|| format!("unknown operation `{name}`"))
        })
        .collect()
}

fn value_type(schema: &Value, definitions: &Definitions) -> Result<Type, String> {
    if let Some(nullable) = nullable(schema, definitions)? {
        return Ok(Type::Nullable(Arc::new(nullable)));
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.trim_start_matches("#/$defs/");
        let target = definitions.get(name).ok_or_else(|| format!("unknown definition `{name}`"))?;
        return record(name, target, definitions).map(|record| Type::Record(Arc::new(record)));
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("boolean") => Ok(Type::Bool),
        Some("integer") => Ok(Type::Int),
        Some("string") => Ok(text(schema)),
        Some("array") => list(schema, definitions),
        Some("object") => map(schema, definitions),
        other => Err(format!("no type of the policy language fits {other:?}")),
    }
}

/// `Option<T>` is derived as `["T", "null"]`, or as a choice between a definition and null.
fn nullable(schema: &Value, definitions: &Definitions) -> Result<Option<Type>, String> {
    if let Some(types) = schema.get("type").and_then(Value::as_array) {
        let mut inner = schema.clone();
        let kept = types.iter().find(|name| name.as_str() != Some("null")).cloned().unwrap_or_default();
        if let Some(object) = inner.as_object_mut() {
            object.insert("type".to_owned(), kept);
        }
        return value_type(&inner, definitions).map(Some);
    }
    let choices = schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_null = |choice: &&Value| choice.get("type").and_then(Value::as_str) == Some("null");
    match (choices.iter().any(|choice| is_null(&choice)), choices.iter().find(|choice| !is_null(choice))) {
        (true, Some(choice)) => value_type(choice, definitions).map(Some),
        _ => Ok(None),
    }
}

fn text(schema: &Value) -> Type {
    if let Some(kind) = schema.get("x-relation").and_then(Value::as_str) {
        return Type::Resource(kind.into());
    }
    if schema.get("format").and_then(Value::as_str) == Some("date-time") {
        return Type::Timestamp;
    }
    let values = schema.get("x-values").and_then(Value::as_array);
    Type::String(values.map(|values| values.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
}

fn list(schema: &Value, definitions: &Definitions) -> Result<Type, String> {
    if let Some(kind) = schema.get("x-relation").and_then(Value::as_str) {
        return Ok(Type::list(Type::Resource(kind.into())));
    }
    let items = schema.get("items").ok_or("a list without an item type")?;
    value_type(items, definitions).map(Type::list)
}

fn map(schema: &Value, definitions: &Definitions) -> Result<Type, String> {
    let values = schema.get("additionalProperties").ok_or("an object that is neither a map nor a definition")?;
    value_type(values, definitions).map(|inner| Type::Map(Arc::new(inner)))
}
