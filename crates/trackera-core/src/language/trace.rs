//! What an evaluation saw: the tree for `explain`, and the witnesses that decided.
//!
//! A traced evaluation looks at every item of a list, so that all counter-examples are named, and gives the same value
//! as one that stops at the first.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::evaluate::{Evaluator, Moment, Trace};
use super::expression::{Expression, Node, Operation, Quantifier};
use super::template::display;
use super::value::Value;

/// A node with the value it had, and the nodes below it.
#[derive(Clone, Debug)]
pub struct Traced {
    /// The bytes of the expression that it was written as.
    pub span: Range<usize>,
    /// The value it had.
    pub value: Value,
    /// What it does, as far as witnesses need to know.
    role: Role,
    /// For each node below: the item of the quantifier that it was evaluated for, and the node.
    pub children: Vec<(Option<Item>, Traced)>,
}

/// An item of a quantifier's list.
#[derive(Clone, Debug)]
pub struct Item {
    /// The item.
    pub value: Value,
    /// What put it into the list.
    pub why: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Junction,
    Not,
    Quantifier(Quantifier),
    Path,
    Call,
    Constant,
    Other,
}

/// What decided a verdict.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Witness {
    /// What was read: the text of each path and call, and its value.
    pub observed: BTreeMap<String, Value>,
    /// The items that decided.
    pub offending: Vec<Value>,
    /// What put them into their lists.
    pub why: Vec<Arc<str>>,
}

/// Evaluates an expression and keeps what it saw.
pub fn trace(expression: &Expression, moment: &Moment<'_>) -> Traced {
    let recorder = Recorder { stack: vec![Open::default()], item: None };
    let mut evaluator = Evaluator { moment, trace: recorder, locals: Vec::new() };
    let value = evaluator.node(&expression.root);
    let root = evaluator.trace.stack.pop().and_then(|mut open| open.children.pop());
    root.map_or_else(
        || Traced { span: 0..expression.source.len(), value, role: Role::Other, children: Vec::new() },
        |(_, traced)| traced,
    )
}

#[derive(Default)]
struct Open {
    span: Range<usize>,
    role: Option<Role>,
    item: Option<Item>,
    children: Vec<(Option<Item>, Traced)>,
}

struct Recorder {
    stack: Vec<Open>,
    item: Option<Item>,
}

impl Trace for Recorder {
    const EXHAUSTIVE: bool = true;

    fn enter(&mut self, node: &Node) {
        let item = self.item.take();
        self.stack.push(Open { span: node.span.clone(), role: Some(role(node)), item, children: Vec::new() });
    }

    fn item(&mut self, item: &Value, why: Option<&Arc<str>>) {
        self.item = Some(Item { value: item.clone(), why: why.cloned() });
    }

    fn leave(&mut self, value: &Value) {
        let Some(open) = self.stack.pop() else { return };
        let role = open.role.unwrap_or(Role::Other);
        let traced = Traced { span: open.span, value: value.clone(), role, children: open.children };
        if let Some(parent) = self.stack.last_mut() {
            parent.children.push((open.item, traced));
        }
    }
}

fn role(node: &Node) -> Role {
    match &node.operation {
        Operation::And(..) | Operation::Or(..) => Role::Junction,
        Operation::Not(_) => Role::Not,
        Operation::Quantify(quantifier, ..) => Role::Quantifier(*quantifier),
        Operation::Attribute(..) | Operation::Field(..) | Operation::Entry(..) => Role::Path,
        Operation::Call(..) => Role::Call,
        Operation::Literal(_) => Role::Constant,
        Operation::Subject
        | Operation::Now
        | Operation::Company
        | Operation::Local(_)
        | Operation::Message(_)
        | Operation::Present(_)
        | Operation::Negate(_)
        | Operation::Choose(..)
        | Operation::Compare(..)
        | Operation::Arithmetic(..)
        | Operation::Contains(..)
        | Operation::List(_) => Role::Other,
    }
}

impl Traced {
    /// Finds what decided that the value is what it is.
    pub fn witness(&self, expression: &Expression) -> Witness {
        let mut witness = Witness::default();
        self.observe(expression, &mut witness, false);
        if let Value::Bool(outcome) = self.value {
            self.decide(outcome, &mut witness);
        }
        witness
    }

    /// Collects the paths and calls outside of quantifiers, and the parameters.
    fn observe(&self, expression: &Expression, witness: &mut Witness, inside: bool) {
        let text = expression.source.get(self.span.clone()).unwrap_or_default();
        let parameter = self.role == Role::Constant && text.starts_with("params.");
        if parameter || !inside && matches!(self.role, Role::Path | Role::Call) {
            let normal = text.split_whitespace().collect::<Vec<_>>().join(" ");
            witness.observed.insert(normal, self.value.clone());
        }
        if self.role == Role::Path {
            return;
        }
        for (item, child) in &self.children {
            child.observe(expression, witness, inside || item.is_some());
        }
    }

    /// Follows the parts that made the value what it is down to the items of lists.
    fn decide(&self, outcome: bool, witness: &mut Witness) {
        let decisive = |traced: &Self, outcome: bool| traced.value == Value::Bool(outcome);
        match self.role {
            Role::Junction => {
                for (_, child) in self.children.iter().filter(|(_, child)| decisive(child, outcome)) {
                    child.decide(outcome, witness);
                }
            }
            Role::Not => self.children.iter().for_each(|(_, child)| child.decide(!outcome, witness)),
            Role::Quantifier(quantifier) if outcome == (quantifier == Quantifier::Exists) => {
                for (item, child) in &self.children {
                    if let Some(item) = item
                        && decisive(child, outcome)
                        && !witness.offending.contains(&item.value)
                    {
                        witness.offending.push(item.value.clone());
                        witness.why.extend(item.why.clone());
                    }
                }
            }
            Role::Quantifier(_) | Role::Path | Role::Call | Role::Constant | Role::Other => {}
        }
    }

    /// The value in words, short.
    pub fn words(&self, moment: &Moment<'_>) -> String {
        display(&self.value, moment)
    }

    /// Whether showing the nodes below would say anything new.
    pub fn is_plain(&self) -> bool {
        matches!(self.role, Role::Path | Role::Constant) || self.children.is_empty()
    }
}
