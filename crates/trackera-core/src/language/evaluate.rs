//! Three-valued evaluation: true, false, or unknown with the reasons.
//!
//! A gap flows through every operator and is absorbed only where the answer cannot depend on it: `false && x`,
//! `true || x`, `all` with a counter-example, `exists` with an example. Errors cannot happen here; what the checker
//! accepted either has a value or is unknown.

use std::sync::Arc;

use jiff::Timestamp;

use super::combine::{combine, compare, contains, overflow, unknown_among};
use super::expression::{Expression, Node, Operation, Quantifier};
use super::functions::Call;
use super::value::{List, Unknown, Value};
use crate::estate::Estate;

/// Everything that an expression is evaluated against.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// The resource that is judged, by its place in the estate.
    pub subject: usize,
    /// The moment of the judgement.
    pub now: Timestamp,
    /// What the company declares about itself, in the slots of [`Schema::company`](crate::schema::Schema::company).
    pub company: &'a Arc<[Value]>,
    /// The values of the environment's additional variables, in their order.
    pub variables: &'a [Value],
}

/// Evaluates an expression.
pub fn evaluate(expression: &Expression, moment: &Moment<'_>) -> Value {
    Evaluator { moment, trace: NoTrace, locals: Vec::new() }.node(&expression.root)
}

/// What a trace hears of an evaluation; the empty one costs nothing.
pub(super) trait Trace {
    /// Whether every part is evaluated even when the outcome is decided already.
    const EXHAUSTIVE: bool;
    /// A node begins.
    fn enter(&mut self, node: &Node);
    /// An item of a quantifier's list is next.
    fn item(&mut self, item: &Value, why: Option<&Arc<str>>);
    /// A node has its value.
    fn leave(&mut self, value: &Value);
}

struct NoTrace;

impl Trace for NoTrace {
    const EXHAUSTIVE: bool = false;
    fn enter(&mut self, _: &Node) {}
    fn item(&mut self, _: &Value, _: Option<&Arc<str>>) {}
    fn leave(&mut self, _: &Value) {}
}

pub(super) struct Evaluator<'a, T> {
    pub(super) moment: &'a Moment<'a>,
    pub(super) trace: T,
    pub(super) locals: Vec<Value>,
}

impl<T: Trace> Evaluator<'_, T> {
    pub(super) fn node(&mut self, node: &Node) -> Value {
        self.trace.enter(node);
        let value = self.operation(node);
        self.trace.leave(&value);
        value
    }

    fn operation(&mut self, node: &Node) -> Value {
        match &node.operation {
            Operation::Literal(value) => value.clone(),
            Operation::Subject => Value::Resource(self.moment.subject),
            Operation::Now => Value::Timestamp(self.moment.now),
            Operation::Company => Value::Record(Arc::clone(self.moment.company)),
            Operation::Local(depth) => self.locals.get(*depth).cloned().unwrap_or(Value::Null),
            Operation::Message(place) => self.moment.variables.get(*place).cloned().unwrap_or(Value::Null),
            Operation::Field(of, slot) => field(&self.node(of), *slot),
            Operation::Attribute(of, slot) => self.attribute(of, *slot),
            Operation::Entry(map, key) => entry(&self.node(map), &self.node(key)),
            Operation::Present(of) => match self.node(of) {
                unknown @ Value::Unknown(_) => unknown,
                value => Value::Bool(value != Value::Null),
            },
            Operation::Not(inner) => match self.node(inner) {
                Value::Bool(truth) => Value::Bool(!truth),
                other => other,
            },
            Operation::Negate(inner) => match self.node(inner) {
                Value::Int(number) => number.checked_neg().map_or_else(overflow, Value::Int),
                Value::Duration(length) => Value::Duration(-length),
                other => other,
            },
            Operation::And(left, right) => self.junction(left, right, false),
            Operation::Or(left, right) => self.junction(left, right, true),
            Operation::Choose(condition, then, otherwise) => self.choose(condition, then, otherwise),
            Operation::Compare(comparison, left, right) => {
                let (left, right) = (self.node(left), self.node(right));
                compare(*comparison, &left, &right)
            }
            Operation::Arithmetic(operator, left, right) => {
                let (left, right) = (self.node(left), self.node(right));
                combine(*operator, left, right)
            }
            Operation::Contains(item, collection) => {
                let (item, collection) = (self.node(item), self.node(collection));
                contains(&item, &collection)
            }
            Operation::List(nodes) => {
                let items = nodes.iter().map(|node| self.node(node)).collect();
                gather(items)
            }
            Operation::Quantify(quantifier, range, depth, body) => self.quantify(*quantifier, range, *depth, body),
            Operation::Call(function, nodes) => {
                let arguments: Vec<Value> = nodes.iter().map(|node| self.node(node)).collect();
                match unknown_among(&arguments) {
                    Some(unknown) => Value::Unknown(unknown),
                    None => (function.call)(&Call { moment: self.moment, arguments: &arguments }),
                }
            }
        }
    }

    fn attribute(&mut self, of: &Node, slot: usize) -> Value {
        match self.node(of) {
            Value::Resource(index) => {
                let slots = self.moment.estate.entry(index).map(|entry| &entry.slots);
                slots.and_then(|slots| slots.get(slot)).cloned().unwrap_or(Value::Null)
            }
            other => other,
        }
    }

    /// `&&` is decided by a false side, `||` by a true one; anything else that is unknown stays unknown.
    fn junction(&mut self, left: &Node, right: &Node, deciding: bool) -> Value {
        let left = self.node(left);
        // The right side may rely on what the left side proves, so it is not looked at where the left side decides.
        if left == Value::Bool(deciding) {
            return left;
        }
        let right = self.node(right);
        match (left, right) {
            (_, Value::Bool(truth)) if truth == deciding => Value::Bool(deciding),
            (Value::Unknown(left), Value::Unknown(right)) => Value::Unknown(left.and(&right)),
            (unknown @ Value::Unknown(_), _) | (_, unknown @ Value::Unknown(_)) => unknown,
            _ => Value::Bool(!deciding),
        }
    }

    /// An unknown condition leaves the answer known only where both sides agree.
    fn choose(&mut self, condition: &Node, then: &Node, otherwise: &Node) -> Value {
        match self.node(condition) {
            Value::Bool(true) => self.node(then),
            Value::Bool(false) => self.node(otherwise),
            Value::Unknown(unknown) => {
                let (then, otherwise) = (self.node(then), self.node(otherwise));
                if then == otherwise { then } else { Value::Unknown(unknown) }
            }
            other => other,
        }
    }

    fn quantify(&mut self, quantifier: Quantifier, range: &Node, depth: usize, body: &Node) -> Value {
        let list = match self.node(range) {
            Value::List(list) => list,
            other => return other,
        };
        let deciding = quantifier == Quantifier::Exists;
        let mut unknown = list.missing.clone();
        let mut decided = false;
        for (index, item) in list.items.iter().enumerate() {
            self.trace.item(item, list.why.get(index));
            self.locals.truncate(depth);
            self.locals.push(item.clone());
            match self.node(body) {
                Value::Bool(truth) if truth == deciding => decided = true,
                Value::Unknown(reason) => unknown = Unknown::either(unknown, Some(reason)),
                _ => {}
            }
            if decided && !T::EXHAUSTIVE {
                break;
            }
        }
        self.locals.truncate(depth);
        match (decided, unknown) {
            (true, _) => Value::Bool(deciding),
            (false, Some(unknown)) => Value::Unknown(unknown),
            (false, None) => Value::Bool(!deciding),
        }
    }
}

fn field(of: &Value, slot: usize) -> Value {
    match of {
        Value::Record(slots) => slots.get(slot).cloned().unwrap_or(Value::Null),
        other => other.clone(),
    }
}

fn entry(map: &Value, key: &Value) -> Value {
    match (map, key) {
        (unknown @ Value::Unknown(_), _) | (_, unknown @ Value::Unknown(_)) => unknown.clone(),
        (Value::Map(entries), Value::String(key)) => entries.get(key).cloned().unwrap_or(Value::Null),
        _ => Value::Null,
    }
}

fn gather(items: Vec<Value>) -> Value {
    let missing = unknown_among(&items);
    let items = items.into_iter().filter(|item| !matches!(item, Value::Unknown(_))).collect();
    Value::List(Arc::new(List { items, why: Vec::new(), missing }))
}
