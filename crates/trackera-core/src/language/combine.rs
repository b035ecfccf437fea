//! Comparing and combining values, unknown parts included.
//!
//! Two values are unequal as soon as one known part differs; they are equal only when every part is known and equal.

use std::cmp::Ordering;
use std::sync::Arc;

use super::expression::{Arithmetic, Comparison};
use super::value::{List, Unknown, Value};
use crate::resource::{ErrorClass, Gap};

/// The reasons of all values that are unknown.
pub(super) fn unknown_among(values: &[Value]) -> Option<Unknown> {
    values.iter().fold(None, |unknown, value| match value {
        Value::Unknown(reason) => Unknown::either(unknown, Some(reason.clone())),
        _ => unknown,
    })
}

/// Compares two values.
pub(super) fn compare(comparison: Comparison, left: &Value, right: &Value) -> Value {
    let equal = |negated: bool| match equality(left, right) {
        Ok(truth) => Value::Bool(truth != negated),
        Err(unknown) => Value::Unknown(unknown),
    };
    let ordered = |holds: fn(Ordering) -> bool| match unknown_among(&[left.clone(), right.clone()]) {
        Some(unknown) => Value::Unknown(unknown),
        None => order(left, right).map_or_else(overflow, |ordering| Value::Bool(holds(ordering))),
    };
    match comparison {
        Comparison::Equal => equal(false),
        Comparison::NotEqual => equal(true),
        Comparison::Less => ordered(Ordering::is_lt),
        Comparison::LessOrEqual => ordered(Ordering::is_le),
        Comparison::Greater => ordered(Ordering::is_gt),
        Comparison::GreaterOrEqual => ordered(Ordering::is_ge),
    }
}

/// Whether two values are equal; unknown where a part that could decide it is unknown.
fn equality(left: &Value, right: &Value) -> Result<bool, Unknown> {
    match (left, right) {
        (Value::Unknown(one), Value::Unknown(other)) => Err(one.and(other)),
        (Value::Unknown(unknown), _) | (_, Value::Unknown(unknown)) => Err(unknown.clone()),
        (Value::List(one), Value::List(other)) => list_equality(one, other),
        (Value::Record(one), Value::Record(other)) => parts_equal(one.iter().zip(other.iter())),
        (Value::Map(one), Value::Map(other)) => match one.keys().eq(other.keys()) {
            true => parts_equal(one.values().zip(other.values())),
            false => Ok(false),
        },
        _ => Ok(left == right),
    }
}

fn list_equality(one: &List, other: &List) -> Result<bool, Unknown> {
    match Unknown::either(one.missing.clone(), other.missing.clone()) {
        Some(unknown) => Err(unknown),
        None if one.items.len() != other.items.len() => Ok(false),
        None => parts_equal(one.items.iter().zip(&other.items)),
    }
}

fn parts_equal<'a>(parts: impl Iterator<Item = (&'a Value, &'a Value)>) -> Result<bool, Unknown> {
    let mut unknown = None;
    for (left, right) in parts {
        match equality(left, right) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(reason) => unknown = Unknown::either(unknown, Some(reason)),
        }
    }
    unknown.map_or(Ok(true), Err)
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Timestamp(left), Value::Timestamp(right)) => Some(left.cmp(right)),
        (Value::Duration(left), Value::Duration(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Combines two values.
pub(super) fn combine(operator: Arithmetic, left: Value, right: Value) -> Value {
    if let Some(unknown) = unknown_among(&[left.clone(), right.clone()]) {
        return Value::Unknown(unknown);
    }
    let result = match (operator, &left, &right) {
        (Arithmetic::Add, Value::Int(one), Value::Int(other)) => one.checked_add(*other).map(Value::Int),
        (Arithmetic::Subtract, Value::Int(one), Value::Int(other)) => one.checked_sub(*other).map(Value::Int),
        (Arithmetic::Multiply, Value::Int(one), Value::Int(other)) => one.checked_mul(*other).map(Value::Int),
        (Arithmetic::Add, Value::String(one), Value::String(other)) => Some(Value::text(&format!("{one}{other}"))),
        (Arithmetic::Add, Value::List(one), Value::List(other)) => Some(concatenate(one, other)),
        (Arithmetic::Add, Value::Duration(one), Value::Duration(other)) => one.checked_add(*other).map(Value::Duration),
        (Arithmetic::Subtract, Value::Duration(one), Value::Duration(other)) => {
            one.checked_sub(*other).map(Value::Duration)
        }
        (Arithmetic::Add, Value::Timestamp(moment), Value::Duration(length))
        | (Arithmetic::Add, Value::Duration(length), Value::Timestamp(moment)) => {
            moment.checked_add(*length).ok().map(Value::Timestamp)
        }
        (Arithmetic::Subtract, Value::Timestamp(moment), Value::Duration(length)) => {
            moment.checked_sub(*length).ok().map(Value::Timestamp)
        }
        (Arithmetic::Subtract, Value::Timestamp(one), Value::Timestamp(other)) => {
            Some(Value::Duration(one.duration_since(*other)))
        }
        _ => None,
    };
    result.unwrap_or_else(overflow)
}

fn concatenate(one: &List, other: &List) -> Value {
    Value::List(Arc::new(List {
        items: one.items.iter().chain(&other.items).cloned().collect(),
        why: Vec::new(),
        missing: Unknown::either(one.missing.clone(), other.missing.clone()),
    }))
}

/// A result beyond the range of its type is no fact.
pub(super) fn overflow() -> Value {
    Value::Unknown(Unknown::from(Gap {
        operation: "arithmetic".to_owned(),
        account: "*".to_owned(),
        region: "*".to_owned(),
        resource: None,
        error_class: ErrorClass::MalformedAnswer,
    }))
}

/// Tells whether an item is in a list, or a key in a map.
pub(super) fn contains(item: &Value, collection: &Value) -> Value {
    match collection {
        Value::Unknown(unknown) => Value::Unknown(unknown.clone()),
        Value::Map(entries) => match item {
            Value::String(key) => Value::Bool(entries.contains_key(key)),
            Value::Unknown(unknown) => Value::Unknown(unknown.clone()),
            _ => Value::Bool(false),
        },
        Value::List(list) => {
            let mut unknown = list.missing.clone();
            for candidate in &list.items {
                match equality(item, candidate) {
                    Ok(true) => return Value::Bool(true),
                    Ok(false) => {}
                    Err(reason) => unknown = Unknown::either(unknown, Some(reason)),
                }
            }
            // An unknown item is in no empty list that is whole.
            unknown.map_or(Value::Bool(false), Value::Unknown)
        }
        _ => Value::Bool(false),
    }
}
