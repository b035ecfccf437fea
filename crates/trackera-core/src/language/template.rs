//! Messages with `{{ }}`: the same language, checked alike, with two more variables.
//!
//! `offending` holds the items that decided the verdict, `why` what put them there. Values are shown in short; what a
//! resource calls itself can be anything, so whoever prints a message must make it harmless for the place it is shown.

use crate::language::check::{Environment, Reads, check};
use crate::language::evaluate::{Moment, evaluate};
use crate::language::expression::Expression;
use crate::language::parse::ExpressionError;
use crate::language::value::Value;
use crate::schema::Type;
use crate::time;

/// The longest text that one value contributes to a message, in characters.
const MAX_VALUE: usize = 200;
/// How many items of a list are spelled out.
const MAX_ITEMS: usize = 10;

/// The variables that only messages have, in the order that their values are given.
pub(super) const VARIABLES: [(&str, Type); 2] = [("offending", Type::STRING), ("why", Type::STRING)];

/// A checked message.
#[derive(Clone, Debug)]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Expression(Expression),
}

impl Template {
    /// Checks a message.
    ///
    /// # Errors
    /// Fails at the first mistake in one of its expressions, or at brackets that are not closed; the span counts from
    /// the beginning of the message.
    pub fn check(source: &str, environment: &Environment<'_>) -> Result<(Self, Reads), ExpressionError> {
        let environment = Environment { variables: &VARIABLES, ..*environment };
        let mut parts = Vec::new();
        let mut reads = Reads::default();
        let mut offset = 0;
        while let Some(rest) = source.get(offset..).filter(|rest| !rest.is_empty()) {
            let Some(opening) = rest.find("{{") else {
                parts.push(Part::Text(rest.to_owned()));
                break;
            };
            parts.push(Part::Text(rest.get(..opening).unwrap_or_default().to_owned()));
            let start = offset + opening + 2;
            let inner = source.get(start..).unwrap_or_default();
            let Some(length) = inner.find("}}") else {
                let message = "`{{` is never closed with `}}`";
                return Err(ExpressionError::new(start - 2..start, message));
            };
            let text = inner.get(..length).unwrap_or_default();
            let (expression, more) = check(text, &environment, None).map_err(|mut error| {
                error.span = error.span.start + start..error.span.end + start;
                error
            })?;
            reads.demand.add(&more.demand);
            reads.params.extend(more.params);
            parts.push(Part::Expression(expression));
            offset = start + length + 2;
        }
        Ok((Self { source: source.to_owned(), parts }, reads))
    }

    /// The message as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Fills the message in.
    pub fn render(&self, moment: &Moment<'_>) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Expression(expression) => display(&evaluate(expression, moment), moment),
        });
        parts.collect()
    }
}

/// A value in the words of a message.
pub(crate) fn display(value: &Value, moment: &Moment<'_>) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::String(text) => shorten(text),
        Value::Timestamp(at) => at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Value::Duration(length) => time::format(*length),
        Value::List(list) => {
            let mut items: Vec<String> = list.items.iter().take(MAX_ITEMS).map(|item| display(item, moment)).collect();
            if let Some(more) = list.items.len().checked_sub(MAX_ITEMS).filter(|more| *more > 0) {
                items.push(format!("and {more} more"));
            }
            if list.missing.is_some() {
                items.push("perhaps more".to_owned());
            }
            if items.is_empty() { "none".to_owned() } else { items.join(", ") }
        }
        Value::Map(entries) => {
            let entries =
                entries.iter().take(MAX_ITEMS).map(|(key, value)| format!("{key}={}", display(value, moment)));
            entries.collect::<Vec<_>>().join(", ")
        }
        Value::Record(slots) => {
            let slots = slots.iter().filter(|slot| **slot != Value::Null).map(|slot| display(slot, moment));
            slots.collect::<Vec<_>>().join(" ")
        }
        Value::Resource(index) => {
            let entry = moment.estate.entry(*index);
            entry.map_or_else(|| "unknown resource".to_owned(), |entry| shorten(&entry.id))
        }
        Value::Unknown(unknown) => format!("unknown ({unknown})"),
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
