//! The operators: which types they take, and what they give.

use cel::common::ast::operators::{
    ADD, CONDITIONAL, EQUALS, GREATER, GREATER_EQUALS, IN, INDEX, LESS, LESS_EQUALS, LOGICAL_AND, LOGICAL_NOT,
    LOGICAL_OR, MULTIPLY, NEGATE, NOT_EQUALS, SUBSTRACT,
};
use cel::common::ast::{CallExpr, IdedExpr};

use super::check::{Checked, Checker};
use super::expression::{Arithmetic, Comparison, Node, Operation};
use super::narrow::{self, Facts};
use super::parse::ExpressionError;
use super::value::Value;
use crate::schema::Type;
use crate::source::suggest;

/// Tells operators from functions: the parser gives operators names that nobody can write.
pub(super) fn is_operator(name: &str) -> bool {
    name.starts_with(['_', '!', '-', '@'])
}

/// Checks the use of an operator.
pub(super) fn check(checker: &mut Checker<'_, '_>, tree: &IdedExpr, call: &CallExpr, facts: &Facts) -> Checked {
    let span = checker.spans.whole(tree);
    let (kind, operation) = match (call.func_name.as_str(), call.args.as_slice()) {
        (LOGICAL_NOT, [inner]) => (Type::Bool, Operation::Not(truth(checker, inner, facts)?)),
        (NEGATE, [inner]) => negate(checker, inner, facts)?,
        (LOGICAL_AND, [left, right]) => {
            let held = with(facts, narrow::proven(left, true));
            (Type::Bool, Operation::And(truth(checker, left, facts)?, truth(checker, right, &held)?))
        }
        (LOGICAL_OR, [left, right]) => {
            let held = with(facts, narrow::proven(left, false));
            (Type::Bool, Operation::Or(truth(checker, left, facts)?, truth(checker, right, &held)?))
        }
        (CONDITIONAL, [condition, then, otherwise]) => choose(checker, [condition, then, otherwise], facts)?,
        (IN, [item, collection]) => contains(checker, item, collection, facts)?,
        (INDEX, [map, key]) => return entry(checker, tree, map, key, facts),
        (name, [left, right]) => {
            let (left, right) = (checker.node(left, facts)?, checker.node(right, facts)?);
            match (comparison(name), arithmetic(name)) {
                (Some(comparison), _) => compare(checker, comparison, left, right)?,
                (_, Some(operator)) => combine(checker, operator, left, right, tree)?,
                _ => return Err(unsupported(checker, tree)),
            }
        }
        _ => return Err(unsupported(checker, tree)),
    };
    Ok(Node { span, kind, operation })
}

fn unsupported(checker: &Checker<'_, '_>, tree: &IdedExpr) -> ExpressionError {
    ExpressionError::new(checker.spans.token(tree), "policies do not use this operator")
}

fn with(facts: &Facts, more: Facts) -> Facts {
    facts.union(&more).cloned().collect()
}

fn truth(checker: &mut Checker<'_, '_>, tree: &IdedExpr, facts: &Facts) -> Result<Box<Node>, ExpressionError> {
    let node = checker.node(tree, facts)?;
    match checker.require_present(&node)? {
        Type::Bool => Ok(Box::new(node)),
        other => {
            Err(ExpressionError::new(node.span, format!("a bool is needed here, but this is {}", other.with_article())))
        }
    }
}

fn negate(
    checker: &mut Checker<'_, '_>,
    inner: &IdedExpr,
    facts: &Facts,
) -> Result<(Type, Operation), ExpressionError> {
    let node = checker.node(inner, facts)?;
    match checker.require_present(&node)? {
        kind @ (Type::Int | Type::Duration) => Ok((kind, Operation::Negate(Box::new(node)))),
        other => Err(ExpressionError::new(node.span, format!("{} cannot be negative", other.with_article()))),
    }
}

fn choose(
    checker: &mut Checker<'_, '_>,
    [condition, then, otherwise]: [&IdedExpr; 3],
    facts: &Facts,
) -> Result<(Type, Operation), ExpressionError> {
    let decided = truth(checker, condition, facts)?;
    let then = checker.node(then, &with(facts, narrow::proven(condition, true)))?;
    let otherwise = checker.node(otherwise, &with(facts, narrow::proven(condition, false)))?;
    let kind = match (then.kind.fits(&otherwise.kind), otherwise.kind.fits(&then.kind)) {
        (true, _) => otherwise.kind.clone(),
        (_, true) => then.kind.clone(),
        _ => {
            let message =
                format!("one side is {}, the other {}", then.kind.with_article(), otherwise.kind.with_article());
            return Err(ExpressionError::new(otherwise.span, message));
        }
    };
    Ok((kind, Operation::Choose(decided, Box::new(then), Box::new(otherwise))))
}

fn contains(
    checker: &mut Checker<'_, '_>,
    item: &IdedExpr,
    collection: &IdedExpr,
    facts: &Facts,
) -> Result<(Type, Operation), ExpressionError> {
    let (item, collection) = (checker.node(item, facts)?, checker.node(collection, facts)?);
    let wanted = match checker.require_present(&collection)? {
        Type::List(item) => item.as_ref().clone(),
        Type::Map(_) => Type::STRING,
        other => {
            let message = format!("`in` needs a list or a map, but this is {}", other.with_article());
            return Err(ExpressionError::new(collection.span, message));
        }
    };
    if !item.kind.present().fits(&wanted) {
        let message = format!("{} is never in a list of {wanted}", item.kind.with_article());
        return Err(ExpressionError::new(item.span, message));
    }
    documented(&item, &collection)?;
    Ok((Type::Bool, Operation::Contains(Box::new(item), Box::new(collection))))
}

fn entry(checker: &mut Checker<'_, '_>, tree: &IdedExpr, map: &IdedExpr, key: &IdedExpr, facts: &Facts) -> Checked {
    let (map, key) = (checker.node(map, facts)?, checker.node(key, facts)?);
    let Type::Map(value) = checker.require_present(&map)? else {
        let message = format!("only maps have keys, but this is {}", map.kind.with_article());
        return Err(ExpressionError::new(map.span, message).hint("use `all` or `exists` for lists"));
    };
    if !key.kind.fits(&Type::STRING) {
        return Err(ExpressionError::new(key.span, format!("a key is text, but this is {}", key.kind.with_article())));
    }
    let known = narrow::path(tree).is_some_and(|path| facts.contains(&path));
    let kind = if known { value.as_ref().clone() } else { Type::Nullable(value) };
    Ok(Node { span: checker.spans.whole(tree), kind, operation: Operation::Entry(Box::new(map), Box::new(key)) })
}

fn comparison(name: &str) -> Option<Comparison> {
    match name {
        EQUALS => Some(Comparison::Equal),
        NOT_EQUALS => Some(Comparison::NotEqual),
        LESS => Some(Comparison::Less),
        LESS_EQUALS => Some(Comparison::LessOrEqual),
        GREATER => Some(Comparison::Greater),
        GREATER_EQUALS => Some(Comparison::GreaterOrEqual),
        _ => None,
    }
}

fn arithmetic(name: &str) -> Option<Arithmetic> {
    match name {
        ADD => Some(Arithmetic::Add),
        SUBSTRACT => Some(Arithmetic::Subtract),
        MULTIPLY => Some(Arithmetic::Multiply),
        _ => None,
    }
}

fn compare(
    checker: &Checker<'_, '_>,
    comparison: Comparison,
    left: Node,
    right: Node,
) -> Result<(Type, Operation), ExpressionError> {
    let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    let (one, other) = match equality {
        true => (left.kind.present(), right.kind.present()),
        false => (checker.require_present(&left)?, checker.require_present(&right)?),
    };
    let ordered = matches!(one, Type::Int | Type::Timestamp | Type::Duration | Type::String(_));
    let null = matches!((&left.kind, &right.kind), (Type::Nullable(_), Type::Null) | (Type::Null, Type::Nullable(_)));
    let same = one.fits(&other) && !matches!((&one, &other), (Type::Null, _) | (_, Type::Null));
    if !(null && equality || same && (equality || ordered)) {
        let message = format!("{} cannot be compared with {}", left.kind.with_article(), right.kind.with_article());
        return Err(ExpressionError::new(right.span, message));
    }
    if equality {
        documented(&left, &right)?;
        documented(&right, &left)?;
    }
    Ok((Type::Bool, Operation::Compare(comparison, Box::new(left), Box::new(right))))
}

/// Text that AWS documents a closed set of values for is compared with those values only.
fn documented(text: &Node, constant: &Node) -> Result<(), ExpressionError> {
    let (Type::String(Some(values)), Some(constant_value)) = (text.kind.present(), constant.constant()) else {
        return Ok(());
    };
    let written = match constant_value {
        Value::List(list) => list.items.as_slice(),
        single => std::slice::from_ref(single),
    };
    for value in written {
        if let Value::String(word) = value
            && values.iter().all(|value| value != word.as_ref())
        {
            let message = format!("`{}` is not among the values that are documented here", word.escape_debug());
            let error = ExpressionError::new(constant.span.clone(), message);
            return Err(suggest(word, values.iter().map(String::as_str)).map_or(error.clone(), |hint| error.hint(hint)));
        }
    }
    Ok(())
}

fn combine(
    checker: &Checker<'_, '_>,
    operator: Arithmetic,
    left: Node,
    right: Node,
    tree: &IdedExpr,
) -> Result<(Type, Operation), ExpressionError> {
    let (one, other) = (checker.require_present(&left)?, checker.require_present(&right)?);
    let kind = match (operator, &one, &other) {
        (_, Type::Int, Type::Int) => Type::Int,
        (Arithmetic::Add, Type::String(_), Type::String(_)) => Type::STRING,
        (Arithmetic::Add, Type::List(item), Type::List(more)) if more.fits(item) => one.clone(),
        (Arithmetic::Add | Arithmetic::Subtract, Type::Duration, Type::Duration)
        | (Arithmetic::Subtract, Type::Timestamp, Type::Timestamp) => Type::Duration,
        (Arithmetic::Add | Arithmetic::Subtract, Type::Timestamp, Type::Duration)
        | (Arithmetic::Add, Type::Duration, Type::Timestamp) => Type::Timestamp,
        _ => {
            let message = format!("{} and {} cannot be combined like this", one.with_article(), other.with_article());
            return Err(ExpressionError::new(checker.spans.token(tree), message));
        }
    };
    Ok((kind, Operation::Arithmetic(operator, Box::new(left), Box::new(right))))
}
