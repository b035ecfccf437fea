//! Ages, lengths of time and moments.

use jiff::{SignedDuration, Timestamp};

use super::{Function, Parameter, Returns, Style, anything};
use crate::language::value::{Unknown, Value};
use crate::resource::{ErrorClass, Gap};
use crate::time;

pub(super) const AGE: Function = Function {
    name: "age",
    style: Style::Global,
    parameters: &[Parameter::Timestamp],
    returns: Returns::Duration,
    reads: &[],
    description: "How long ago a moment was, at the moment of the judgement; unknown for a moment in the future.",
    validate: anything,
    call: |call| match call.argument(0) {
        Value::Timestamp(then) => age(call.moment.now.duration_since(*then)),
        _ => Value::Null,
    },
};

/// What is dated in the future has no age, so that a wrong date never looks fresh.
fn age(length: SignedDuration) -> Value {
    if length >= -time::CLOCK_TOLERANCE {
        return Value::Duration(length);
    }
    Value::Unknown(Unknown::from(Gap {
        operation: format!("a date that is {} ahead", time::format(-length)),
        account: "*".to_owned(),
        region: "*".to_owned(),
        resource: None,
        error_class: ErrorClass::MalformedAnswer,
    }))
}

pub(super) const DURATION: Function = Function {
    name: "duration",
    style: Style::Global,
    parameters: &[Parameter::Constant],
    returns: Returns::Duration,
    reads: &[],
    description: "A length of time such as `90d`, `26h` or `15m`; days are 24 hours.",
    validate: |text| time::parse(text).map(|_| ()),
    call: |call| time::parse(call.text(0)).map_or(Value::Null, Value::Duration),
};

pub(super) const TIMESTAMP: Function = Function {
    name: "timestamp",
    style: Style::Global,
    parameters: &[Parameter::Constant],
    returns: Returns::Timestamp,
    reads: &[],
    description: "A moment in RFC 3339 form, such as `2026-03-01T00:00:00Z`.",
    validate: |text| match text.parse::<Timestamp>() {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("`{text}` is not a moment; write it like `2026-03-01T00:00:00Z`")),
    },
    call: |call| call.text(0).parse().map_or(Value::Null, Value::Timestamp),
};
