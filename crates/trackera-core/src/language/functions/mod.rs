//! The functions of the policy language: the hard semantics that policies combine but never spell out.
//!
//! One line in [`FUNCTIONS`] and one function in a file of this folder make a function. A function gives a value or an
//! unknown with its gaps; it must never turn missing evidence into an answer.

mod admins;
mod buckets;
mod documents;
mod exposure;
mod firewall;
mod keys;
mod names;
mod regions;
mod roles;
mod text;
mod time;
mod transport;
mod view;
mod watching;

use super::evaluate::Moment;
use super::value::{Unknown, Value};
use crate::schema::Type;

pub(super) use view::View;

/// How a function is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `name(argument)`
    Global,
    /// `value.name(argument)`; the value is the first parameter.
    Method,
}

/// The type that a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// Text.
    Text,
    /// Text that is known when the policy is loaded.
    Constant,
    /// A moment.
    Timestamp,
    /// Text, a list or a map.
    Sized,
    /// A resource of a kind.
    Resource(&'static str),
    /// A policy document.
    Document,
}

impl std::fmt::Display for Parameter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Text => "text",
            Self::Constant => "constant",
            Self::Timestamp => "timestamp",
            Self::Sized => "text|list|map",
            Self::Resource(kind) => kind,
            Self::Document => DOCUMENT,
        })
    }
}

/// The name of the records that policy documents are.
pub(super) const DOCUMENT: &str = "PolicyDocument";

/// The type that a function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// A moment.
    Timestamp,
    /// A length of time.
    Duration,
    /// A list of text.
    Texts,
    /// A list of moments.
    Timestamps,
}

impl Returns {
    /// The type in the language.
    pub fn kind(self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Int => Type::Int,
            Self::Timestamp => Type::Timestamp,
            Self::Duration => Type::Duration,
            Self::Texts => Type::list(Type::STRING),
            Self::Timestamps => Type::list(Type::Timestamp),
        }
    }
}

/// One call: the arguments, none of them unknown, and what surrounds them.
pub struct Call<'a> {
    /// The estate and the moment.
    pub moment: &'a Moment<'a>,
    /// The arguments, of the types that the parameters take.
    pub arguments: &'a [Value],
}

impl<'a> Call<'a> {
    /// An argument; null where there is none, which the checker rules out.
    fn argument(&self, place: usize) -> &'a Value {
        self.arguments.get(place).unwrap_or(&Value::Null)
    }

    fn text(&self, place: usize) -> &'a str {
        match self.argument(place) {
            Value::String(text) => text,
            _ => "",
        }
    }
}

/// A function of the policy language.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// How it is written.
    pub style: Style,
    /// What it takes.
    pub parameters: &'static [Parameter],
    /// What it gives.
    pub returns: Returns,
    /// The kinds and fields that it reads besides its arguments; a field `*` stands for the list alone.
    pub reads: &'static [(&'static str, &'static str)],
    /// What it means, for the reference.
    pub description: &'static str,
    /// Checks constants when a policy is loaded; gives a sentence for the author when they are wrong.
    pub validate: fn(&str) -> Result<(), String>,
    /// Computes it.
    pub call: fn(&Call<'_>) -> Value,
}

impl Function {
    /// How it is written, with types: `age(timestamp) -> duration`, `text.startsWith(text) -> bool`.
    pub fn signature(&self) -> String {
        let mut parameters: Vec<String> = self.parameters.iter().map(Parameter::to_string).collect();
        let receiver = match self.style {
            Style::Method => format!("{}.", parameters.remove(0)),
            Style::Global => String::new(),
        };
        format!("{receiver}{}({}) -> {}", self.name, parameters.join(", "), self.returns.kind())
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

fn anything(_: &str) -> Result<(), String> {
    Ok(())
}

/// Turns the outcome of a function that needs evidence into a value.
fn known(outcome: Result<Value, Unknown>) -> Value {
    outcome.unwrap_or_else(Value::Unknown)
}

/// Every function, by topic.
pub const FUNCTIONS: &[Function] = &[
    time::AGE,
    time::DURATION,
    time::TIMESTAMP,
    text::SIZE,
    text::STARTS_WITH,
    text::ENDS_WITH,
    text::CONTAINS,
    text::MATCHES,
    exposure::INTERNET_PORTS,
    exposure::EXPOSED_PORTS,
    admins::ADMINS,
    admins::IS_ADMIN,
    roles::OUTSIDE_PRINCIPALS,
    roles::ASSUMABLE_WITHOUT_MFA,
    buckets::DENIES_PLAIN_TRANSPORT,
    buckets::PUBLIC_ACCESS,
    documents::PUBLIC_GRANTS,
    documents::GRANTEES,
    keys::CAN_ROTATE,
    regions::RESOURCES_IN,
    regions::RECOVERABLE_TO,
    transport::WEAK_CIPHERS,
    transport::REQUIRES_TLS,
    names::STRAY_RECORDS,
    watching::RECORDING_TRAILS,
    watching::ALERTS_ON,
    watching::UNHEARD_EVENTS,
];
