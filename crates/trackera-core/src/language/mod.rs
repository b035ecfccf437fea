//! The policy language: a strict subset of CEL with a meaning of our own.
//!
//! A compliance verdict needs what general engines lack: a checker that knows every field, evaluation in which missing
//! evidence flows through as unknown, and witnesses that say what decided. The parser is the `cel` crate's.

mod calls;
mod check;
mod combine;
mod condition;
mod evaluate;
mod expression;
mod functions;
mod members;
mod narrow;
mod operators;
mod parse;
mod template;
mod trace;
mod value;

pub use check::{Environment, Reads, Subject, check};
pub use condition::{Condition, Read};
pub use evaluate::{Moment, evaluate};
pub use expression::{Arithmetic, Comparison, Expression, Node, Operation, Quantifier};
pub use functions::{FUNCTIONS, Function, Style};
pub use parse::{ExpressionError, MAX_LENGTH, MAX_NESTING};
pub use template::Template;
pub(crate) use template::display as words;
pub use trace::{Traced, Witness, trace};
pub use value::{List, Unknown, Value};
