//! Text and sizes, with CEL's own meaning.

use std::cell::RefCell;
use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};

use super::{Call, Function, Parameter, Returns, Style, anything};
use crate::language::value::Value;

/// The largest compiled pattern; a pattern that explodes is refused when the policy is loaded.
const PATTERN_LIMIT: usize = 1 << 20;

pub(super) const SIZE: Function = Function {
    name: "size",
    style: Style::Global,
    parameters: &[Parameter::Sized],
    returns: Returns::Int,
    reads: &[],
    description: "The number of characters of a text, items of a list, or keys of a map.",
    validate: anything,
    call: |call| {
        let size = match call.argument(0) {
            Value::String(text) => text.chars().count(),
            Value::Map(entries) => entries.len(),
            Value::List(list) => match &list.missing {
                Some(missing) => return Value::Unknown(missing.clone()),
                None => list.items.len(),
            },
            _ => 0,
        };
        Value::Int(i64::try_from(size).unwrap_or(i64::MAX))
    },
};

const fn comparison(
    name: &'static str,
    parameters: &'static [Parameter],
    description: &'static str,
    validate: fn(&str) -> Result<(), String>,
    call: fn(&Call<'_>) -> Value,
) -> Function {
    Function { name, style: Style::Method, parameters, returns: Returns::Bool, reads: &[], description, validate, call }
}

const TWO_TEXTS: &[Parameter] = &[Parameter::Text, Parameter::Text];

pub(super) const STARTS_WITH: Function =
    comparison("startsWith", TWO_TEXTS, "Whether a text begins with another.", anything, |call| {
        Value::Bool(call.text(0).starts_with(call.text(1)))
    });

pub(super) const ENDS_WITH: Function =
    comparison("endsWith", TWO_TEXTS, "Whether a text ends with another.", anything, |call| {
        Value::Bool(call.text(0).ends_with(call.text(1)))
    });

pub(super) const CONTAINS: Function =
    comparison("contains", TWO_TEXTS, "Whether a text contains another.", anything, |call| {
        Value::Bool(call.text(0).contains(call.text(1)))
    });

pub(super) const MATCHES: Function = comparison(
    "matches",
    &[Parameter::Text, Parameter::Constant],
    "Whether a regular expression (RE2 syntax) matches somewhere in a text.",
    |pattern| match compile(pattern) {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("`{pattern}` is not a regular expression that can be used here")),
    },
    |call| {
        thread_local! {
            // Patterns are constants of loaded policies, so there are few; compiling one costs more than a thousand matches.
            static COMPILED: RefCell<BTreeMap<String, Regex>> = const { RefCell::new(BTreeMap::new()) };
        }
        COMPILED.with_borrow_mut(|compiled| {
            let pattern = call.text(1);
            if !compiled.contains_key(pattern)
                && let Ok(regex) = compile(pattern)
            {
                compiled.insert(pattern.to_owned(), regex);
            }
            Value::Bool(compiled.get(pattern).is_some_and(|regex| regex.is_match(call.text(0))))
        })
    },
);

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(PATTERN_LIMIT).build()
}
