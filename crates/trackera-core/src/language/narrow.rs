//! What a condition proves about values that may be absent.
//!
//! `has(a.b) && a.b > 1` is safe because the right side is reached only when the left side holds. This module reads such
//! proofs off the syntax; it must never claim more than the text guarantees.

use std::collections::BTreeSet;

use cel::common::ast::operators::{CONDITIONAL, EQUALS, IN, INDEX, LOGICAL_AND, LOGICAL_NOT, LOGICAL_OR, NOT_EQUALS};
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};

/// The paths that are known to be present at some place in an expression.
pub(super) type Facts = BTreeSet<String>;

/// The path that an expression reads, such as `resource.tags.owner`; `None` for anything that is not a plain path.
pub(super) fn path(expression: &IdedExpr) -> Option<String> {
    match &expression.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => Some(format!("{}.{}", path(&select.operand)?, select.field)),
        Expr::Call(call) if call.func_name == INDEX => match call.args.as_slice() {
            [map, key] => Some(format!("{}.{}", path(map)?, literal_text(key)?)),
            _ => None,
        },
        _ => None,
    }
}

/// The paths that are present if the expression has the given outcome.
pub(super) fn proven(expression: &IdedExpr, outcome: bool) -> Facts {
    match &expression.expr {
        Expr::Select(select) if select.test && outcome => {
            let path = path(&select.operand).map(|operand| format!("{operand}.{}", select.field));
            path.into_iter().collect()
        }
        Expr::Call(call) => proven_by_call(call, outcome),
        _ => Facts::new(),
    }
}

fn proven_by_call(call: &CallExpr, outcome: bool) -> Facts {
    match (call.func_name.as_str(), call.args.as_slice()) {
        (LOGICAL_NOT, [inner]) => proven(inner, !outcome),
        (LOGICAL_AND, [left, right]) if outcome => union(proven(left, true), proven(right, true)),
        (LOGICAL_AND, [left, right]) => intersection(&proven(left, false), &proven(right, false)),
        (LOGICAL_OR, [left, right]) if !outcome => union(proven(left, false), proven(right, false)),
        (LOGICAL_OR, [left, right]) => intersection(&proven(left, true), &proven(right, true)),
        (CONDITIONAL, [_, then, otherwise]) => intersection(&proven(then, outcome), &proven(otherwise, outcome)),
        (NOT_EQUALS, [left, right]) if outcome => compared_with_null(left, right),
        (EQUALS, [left, right]) if !outcome => compared_with_null(left, right),
        (EQUALS, [left, right]) => compared_with_literal(left, right),
        (IN, [key, map]) if outcome => {
            let entry = literal_text(key).zip(path(map)).map(|(key, map)| format!("{map}.{key}"));
            entry.into_iter().collect()
        }
        _ => Facts::new(),
    }
}

fn compared_with_null(left: &IdedExpr, right: &IdedExpr) -> Facts {
    let paths = [(left, right), (right, left)].into_iter().filter(|(_, other)| is_null(other));
    paths.filter_map(|(one, _)| path(one)).collect()
}

/// A path that equals a literal other than null is present.
fn compared_with_literal(left: &IdedExpr, right: &IdedExpr) -> Facts {
    let is_value = |one: &IdedExpr| matches!(one.expr, Expr::Literal(_)) && !is_null(one);
    let paths = [(left, right), (right, left)].into_iter().filter(|(_, other)| is_value(other));
    paths.filter_map(|(one, _)| path(one)).collect()
}

fn is_null(expression: &IdedExpr) -> bool {
    matches!(expression.expr, Expr::Literal(LiteralValue::Null))
}

fn literal_text(expression: &IdedExpr) -> Option<&str> {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

fn union(mut left: Facts, right: Facts) -> Facts {
    left.extend(right);
    left
}

fn intersection(left: &Facts, right: &Facts) -> Facts {
    left.intersection(right).cloned().collect()
}
