//! Checked expressions: every field is a slot, every literal is parsed, every type is known.

use std::ops::Range;
use std::sync::Arc;

use super::functions::Function;
use super::value::Value;
use crate::schema::Type;

/// An expression that passed the checker.
#[derive(Clone, Debug)]
pub struct Expression {
    /// The text that it was written as.
    pub source: Arc<str>,
    /// Its tree.
    pub root: Node,
}

/// One node of the tree.
#[derive(Clone, Debug)]
pub struct Node {
    /// The bytes of the text that it was written as.
    pub span: Range<usize>,
    /// The type of its values.
    pub kind: Type,
    /// What it does.
    pub operation: Operation,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// How two values are combined; the types decide what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+` of numbers, text, lists, durations, or a moment and a duration.
    Add,
    /// `-` of numbers, durations, two moments, or a moment and a duration.
    Subtract,
    /// `*` of numbers.
    Multiply,
}

/// Whether every item must satisfy the body, or one is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// `list.all(x, ...)`
    All,
    /// `list.exists(x, ...)`
    Exists,
}

/// What a node does.
#[derive(Clone, Debug)]
pub enum Operation {
    /// A constant, or something that was computed from constants when the policy was loaded.
    Literal(Value),
    /// The resource that is being judged.
    Subject,
    /// The moment of the judgement.
    Now,
    /// What the company declares about itself.
    Company,
    /// The variable of an enclosing quantifier, by its depth.
    Local(usize),
    /// A variable that the message template has besides the policy's own.
    Message(usize),
    /// A field of a record.
    Field(Box<Node>, usize),
    /// An attribute of a resource.
    Attribute(Box<Node>, usize),
    /// The value of a key of a map, or null.
    Entry(Box<Node>, Box<Node>),
    /// `has(...)`: whether a value is present.
    Present(Box<Node>),
    /// `!`
    Not(Box<Node>),
    /// `-` of a number or a duration.
    Negate(Box<Node>),
    /// `&&`
    And(Box<Node>, Box<Node>),
    /// `||`
    Or(Box<Node>, Box<Node>),
    /// `condition ? then : otherwise`
    Choose(Box<Node>, Box<Node>, Box<Node>),
    /// A comparison.
    Compare(Comparison, Box<Node>, Box<Node>),
    /// Arithmetic.
    Arithmetic(Arithmetic, Box<Node>, Box<Node>),
    /// `item in collection`
    Contains(Box<Node>, Box<Node>),
    /// A list written out.
    List(Vec<Node>),
    /// A quantifier over a list: range, depth of its variable, body.
    Quantify(Quantifier, Box<Node>, usize, Box<Node>),
    /// A call of a function.
    Call(&'static Function, Vec<Node>),
}

impl Expression {
    /// The text of a node.
    pub fn text(&self, node: &Node) -> &str {
        self.source.get(node.span.clone()).unwrap_or_default()
    }
}

impl Node {
    /// The nodes directly below, in the order they were written.
    pub fn children(&self) -> Vec<&Self> {
        match &self.operation {
            Operation::Literal(_)
            | Operation::Subject
            | Operation::Now
            | Operation::Company
            | Operation::Local(_)
            | Operation::Message(_) => Vec::new(),
            Operation::Field(of, _)
            | Operation::Attribute(of, _)
            | Operation::Present(of)
            | Operation::Not(of)
            | Operation::Negate(of) => vec![of],
            Operation::Entry(left, right)
            | Operation::And(left, right)
            | Operation::Or(left, right)
            | Operation::Compare(_, left, right)
            | Operation::Arithmetic(_, left, right)
            | Operation::Contains(left, right)
            | Operation::Quantify(_, left, _, right) => vec![left, right],
            Operation::Choose(condition, then, otherwise) => vec![condition, then, otherwise],
            Operation::List(nodes) | Operation::Call(_, nodes) => nodes.iter().collect(),
        }
    }

    /// The value of a node that does not depend on any fact.
    pub fn constant(&self) -> Option<&Value> {
        match &self.operation {
            Operation::Literal(value) => Some(value),
            _ => None,
        }
    }
}
