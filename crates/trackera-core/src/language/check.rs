//! The typed checker: from CEL's syntax tree to an [`Expression`] in which nothing can go wrong except not knowing.
//!
//! Every field, function, type and documented value is checked here, when a policy is loaded. Nothing that this module
//! accepts may fail later for any other reason than missing evidence.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use cel::common::ast::{ComprehensionExpr, Expr, IdedExpr, LiteralValue};

use super::calls;
use super::expression::{Expression, Node, Operation, Quantifier};
use super::narrow::Facts;
use super::operators;
use super::parse::{ExpressionError, MAX_DEPTH, MAX_REPETITIONS, Parsed, Spans, parse};
use super::value::Value;
use crate::schema::{Demand, KindSchema, Schema, Type};
use crate::source::suggest;

/// The names that every expression knows.
const RESERVED: [&str; 4] = ["resource", "params", "now", "company"];

/// What an expression may refer to.
#[derive(Clone, Copy, Debug)]
pub struct Environment<'a> {
    /// What `resource` is; none where there is no estate, and the variables are all there is.
    pub subject: Option<Subject<'a>>,
    /// The policy's parameters.
    pub params: &'a BTreeMap<String, Value>,
    /// Variables besides `resource`, `params` and `now`, with their types; the evaluator gets their values by place.
    pub variables: &'a [(&'a str, Type)],
}

/// The kind of resource that an expression is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// All kinds.
    pub schema: &'a Schema,
    /// The kind that `resource` has.
    pub kind: &'a KindSchema,
}

/// What an expression reads.
#[derive(Clone, Debug, Default)]
pub struct Reads {
    /// The kinds and fields.
    pub demand: Demand,
    /// The parameters.
    pub params: BTreeSet<String>,
}

/// Checks an expression and proves that it gives the expected type.
///
/// # Errors
/// Names the place of the first mistake and, where there is one, the nearest valid word.
pub fn check(
    source: &str,
    environment: &Environment<'_>,
    expected: Option<&Type>,
) -> Result<(Expression, Reads), ExpressionError> {
    let Parsed { tree, spans } = parse(source)?;
    let mut checker =
        Checker { environment, spans, locals: Vec::new(), reads: Reads::default(), depth: 0, repetitions: 1 };
    if let Some(Subject { schema, kind }) = environment.subject {
        checker.reads.demand.add_kind(schema, &kind.name);
    }
    let root = checker.node(&tree, &Facts::new())?;
    if let Some(expected) = expected
        && !root.kind.fits(expected)
    {
        let message =
            format!("the expression is {}, but {} is needed here", root.kind.with_article(), expected.with_article());
        return Err(ExpressionError::new(root.span, message));
    }
    Ok((Expression { source: source.into(), root }, checker.reads))
}

/// The state of one check.
pub(super) struct Checker<'a, 's> {
    pub(super) environment: &'a Environment<'a>,
    pub(super) spans: Spans<'s>,
    pub(super) reads: Reads,
    locals: Vec<(String, Type)>,
    depth: usize,
    repetitions: usize,
}

/// The result of checking one node.
pub(super) type Checked = Result<Node, ExpressionError>;

impl Checker<'_, '_> {
    /// Checks a node where the given paths are known to be present.
    pub(super) fn node(&mut self, tree: &IdedExpr, facts: &Facts) -> Checked {
        self.depth += 1;
        let node = match self.depth > MAX_DEPTH {
            true => Err(ExpressionError::new(
                self.spans.token(tree),
                format!("the expression nests deeper than {MAX_DEPTH}"),
            )),
            false => self.dispatch(tree, facts),
        };
        self.depth -= 1;
        node
    }

    fn dispatch(&mut self, tree: &IdedExpr, facts: &Facts) -> Checked {
        match &tree.expr {
            Expr::Ident(name) => self.variable(tree, name),
            Expr::Literal(literal) => self.literal(tree, literal),
            Expr::Select(select) if select.test => self.presence(tree, select, facts),
            Expr::Select(select) => self.select(tree, select, facts),
            Expr::List(list) if list.optional_indices.is_empty() => self.list(tree, &list.elements, facts),
            Expr::Comprehension(quantifier) => self.quantifier(tree, quantifier, facts),
            Expr::Call(call) => match operators::is_operator(&call.func_name) {
                true => operators::check(self, tree, call, facts),
                false => calls::check(self, tree, call, facts),
            },
            Expr::List(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => Err(ExpressionError::new(
                self.spans.token(tree),
                "this part of CEL is not used in policies; write lists, comparisons, `all`, `exists` and functions",
            )),
        }
    }

    fn variable(&mut self, tree: &IdedExpr, name: &str) -> Checked {
        let span = self.spans.token(tree);
        if let Some((depth, (_, kind))) = self.locals.iter().enumerate().find(|(_, (local, _))| local == name) {
            return Ok(Node { span, kind: kind.clone(), operation: Operation::Local(depth) });
        }
        if let Some((place, (_, kind))) =
            self.environment.variables.iter().enumerate().find(|(_, (variable, _))| *variable == name)
        {
            return Ok(Node { span, kind: kind.clone(), operation: Operation::Message(place) });
        }
        match (name, self.environment.subject) {
            ("resource", Some(subject)) => {
                let kind = Type::Resource(Arc::clone(&subject.kind.name));
                Ok(Node { span, kind, operation: Operation::Subject })
            }
            ("now", Some(_)) => Ok(Node { span, kind: Type::Timestamp, operation: Operation::Now }),
            ("company", Some(subject)) => {
                let kind = Type::Record(Arc::clone(subject.schema.company()));
                Ok(Node { span, kind, operation: Operation::Company })
            }
            ("params", Some(_)) => {
                Err(ExpressionError::new(span, "`params` cannot stand alone").hint("name one of them: `params.name`"))
            }
            _ => {
                let error = ExpressionError::new(span, format!("unknown name `{}`", name.escape_debug()));
                Err(self.with_suggestion(error, name))
            }
        }
    }

    fn with_suggestion(&self, error: ExpressionError, name: &str) -> ExpressionError {
        let locals = self.locals.iter().map(|(local, _)| local.as_str());
        let variables = self.environment.variables.iter().map(|(variable, _)| *variable);
        let reserved = RESERVED.into_iter().filter(|_| self.environment.subject.is_some());
        let known: Vec<&str> = reserved.chain(locals).chain(variables).collect();
        match suggest(name, known) {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    fn literal(&self, tree: &IdedExpr, literal: &LiteralValue) -> Checked {
        let span = self.spans.token(tree);
        let (kind, value) = match literal {
            LiteralValue::Boolean(truth) => (Type::Bool, Value::Bool(*truth.inner())),
            LiteralValue::Int(number) => (Type::Int, Value::Int(*number.inner())),
            LiteralValue::String(text) => (Type::STRING, Value::text(text.inner())),
            LiteralValue::Null => (Type::Null, Value::Null),
            LiteralValue::UInt(_) | LiteralValue::Double(_) | LiteralValue::Bytes(_) => {
                return Err(ExpressionError::new(span, "policies know whole numbers, text, true, false and null only"));
            }
        };
        Ok(Node { span, kind, operation: Operation::Literal(value) })
    }

    fn list(&mut self, tree: &IdedExpr, elements: &[IdedExpr], facts: &Facts) -> Checked {
        let nodes = elements.iter().map(|element| self.node(element, facts)).collect::<Result<Vec<_>, _>>()?;
        let item = nodes.first().map_or(Type::Any, |node| node.kind.clone());
        if let Some(other) = nodes.iter().find(|node| !node.kind.fits(&item)) {
            let message = format!("a list of {item} cannot hold {}", other.kind.with_article());
            return Err(ExpressionError::new(other.span.clone(), message));
        }
        let span = self.spans.whole(tree);
        let constants: Option<Vec<Value>> = nodes.iter().map(|node| node.constant().cloned()).collect();
        let operation = constants.map_or(Operation::List(nodes), |items| Operation::Literal(Value::list(items)));
        Ok(Node { span, kind: Type::list(item), operation })
    }

    fn quantifier(&mut self, tree: &IdedExpr, written: &ComprehensionExpr, facts: &Facts) -> Checked {
        let (quantifier, body) = self.recognise(tree, written)?;
        let range = self.node(&written.iter_range, facts)?;
        let item = match self.require_present(&range)? {
            Type::List(item) => item.as_ref().clone(),
            other => {
                let message = format!("`all` and `exists` need a list, but this is {}", other.with_article());
                return Err(ExpressionError::new(range.span, message));
            }
        };
        let name = &written.iter_var;
        if RESERVED.contains(&name.as_str()) || self.locals.iter().any(|(local, _)| local == name) {
            let message = format!("the name `{name}` is taken");
            return Err(ExpressionError::new(self.spans.token(tree), message).hint("choose another variable"));
        }
        let depth = self.locals.len();
        let outer = self.repetitions;
        self.repetitions = outer.saturating_mul(written_length(&range));
        if self.repetitions > MAX_REPETITIONS {
            let message = format!("these lists together are gone through more than {MAX_REPETITIONS} times");
            return Err(ExpressionError::new(range.span, message));
        }
        self.locals.push((name.clone(), item));
        let body = self.node(body, facts);
        self.locals.pop();
        self.repetitions = outer;
        let body = body?;
        if !body.kind.fits(&Type::Bool) {
            let message = format!("the condition is {}, but a bool is needed here", body.kind.with_article());
            return Err(ExpressionError::new(body.span, message));
        }
        let operation = Operation::Quantify(quantifier, Box::new(range), depth, Box::new(body));
        Ok(Node { span: self.spans.whole(tree), kind: Type::Bool, operation })
    }

    /// The parser expands `all` and `exists` into loops; these are the two shapes that it gives them.
    fn recognise<'t>(
        &self,
        tree: &IdedExpr,
        written: &'t ComprehensionExpr,
    ) -> Result<(Quantifier, &'t IdedExpr), ExpressionError> {
        let start = match &written.accu_init.expr {
            Expr::Literal(LiteralValue::Boolean(start)) if written.iter_var2.is_none() => Some(*start.inner()),
            _ => None,
        };
        let body = match &written.loop_step.expr {
            Expr::Call(step) => step.args.last(),
            _ => None,
        };
        match (start, body) {
            (Some(true), Some(body)) => Ok((Quantifier::All, body)),
            (Some(false), Some(body)) => Ok((Quantifier::Exists, body)),
            _ => Err(ExpressionError::new(
                self.spans.token(tree),
                "policies know the list macros `all` and `exists` only",
            )),
        }
    }

    /// The type of a value that must be present here.
    pub(super) fn require_present(&self, node: &Node) -> Result<Type, ExpressionError> {
        match &node.kind {
            Type::Nullable(_) | Type::Null => {
                let text = self.text(&node.span);
                let message = format!("`{text}` may be absent here");
                Err(ExpressionError::new(node.span.clone(), message)
                    .hint(format!("guard it: `has({text}) && ...`, or `!has({text}) || ...`")))
            }
            present => Ok(present.clone()),
        }
    }

    /// The text of a span, for messages.
    pub(super) fn text(&self, span: &Range<usize>) -> String {
        self.spans.text(span).escape_debug().to_string()
    }
}

/// How many items a list has that is written out; lists of the estate are as long as the estate has them.
fn written_length(range: &Node) -> usize {
    match (range.constant(), &range.operation) {
        (Some(Value::List(list)), _) => list.items.len().max(1),
        (_, Operation::List(nodes)) => nodes.len().max(1),
        _ => 1,
    }
}

/// The type of a constant that was written in YAML; `None` for a list of several types.
pub(super) fn constant_type(value: &Value) -> Option<Type> {
    match value {
        Value::Null => Some(Type::Null),
        Value::Bool(_) => Some(Type::Bool),
        Value::Int(_) => Some(Type::Int),
        Value::String(_) => Some(Type::STRING),
        Value::Timestamp(_) => Some(Type::Timestamp),
        Value::Duration(_) => Some(Type::Duration),
        Value::List(list) => uniform(list.items.iter()).map(Type::list),
        Value::Map(entries) => uniform(entries.values()).map(|value| Type::Map(Arc::new(value))),
        Value::Record(_) | Value::Resource(_) | Value::Unknown(_) => None,
    }
}

fn uniform<'a>(mut values: impl Iterator<Item = &'a Value>) -> Option<Type> {
    let first = match values.next() {
        None => return Some(Type::Any),
        Some(first) => constant_type(first)?,
    };
    values.all(|value| constant_type(value).is_some_and(|kind| kind.fits(&first))).then_some(first)
}
