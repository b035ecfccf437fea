//! Calls of functions: finding the function, checking its arguments, computing what is constant.

use cel::common::ast::{CallExpr, IdedExpr};

use super::check::{Checked, Checker, Subject};
use super::expression::{Node, Operation};
use super::functions::{DOCUMENT, FUNCTIONS, Function, Parameter, Style};
use super::narrow::Facts;
use super::parse::ExpressionError;
use super::value::Value;
use crate::schema::Type;
use crate::source::suggest;

/// Checks a call.
pub(super) fn check(checker: &mut Checker<'_, '_>, tree: &IdedExpr, call: &CallExpr, facts: &Facts) -> Checked {
    let name_span = checker.spans.function(tree, &call.func_name);
    let style = if call.target.is_some() { Style::Method } else { Style::Global };
    let function = find(&call.func_name, style).ok_or_else(|| unknown(name_span.clone(), &call.func_name, style))?;
    let trees: Vec<&IdedExpr> = call.target.as_deref().into_iter().chain(&call.args).collect();
    if trees.len() != function.parameters.len() {
        let message = format!(
            "`{}` takes {}, but {} given",
            function.name,
            count(function.parameters.len(), "argument"),
            if trees.len() == 1 { "1 is".to_owned() } else { format!("{} are", trees.len()) },
        );
        return Err(ExpressionError::new(name_span, message));
    }
    let mut arguments = Vec::new();
    for (tree, parameter) in trees.into_iter().zip(function.parameters) {
        let node = checker.node(tree, facts)?;
        argument(checker, function, *parameter, &node)?;
        arguments.push(node);
    }
    if let Some(Subject { schema, .. }) = checker.environment.subject {
        for (kind, field) in function.reads {
            match *field {
                "*" => checker.reads.demand.add_kind(schema, kind),
                field => checker.reads.demand.add_field(schema, kind, field),
            }
        }
    }
    let span = checker.spans.whole(tree);
    Ok(Node { span, kind: function.returns.kind(), operation: Operation::Call(function, arguments) })
}

/// `size` is written both ways in CEL; every other function has one style.
fn find(name: &str, style: Style) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name && (function.style == style || name == "size"))
}

fn unknown(span: std::ops::Range<usize>, name: &str, style: Style) -> ExpressionError {
    let written = |style| match style {
        Style::Global => format!("{name}(...)"),
        Style::Method => format!("value.{name}(...)"),
    };
    let error = ExpressionError::new(span, format!("unknown function `{}`", name.escape_debug()));
    if let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) {
        return error.hint(format!("write it `{}`", written(function.style)));
    }
    let known = FUNCTIONS.iter().filter(|function| function.style == style).map(|function| function.name);
    suggest(name, known).map_or(error.clone(), |hint| error.hint(hint))
}

fn argument(
    checker: &Checker<'_, '_>,
    function: &Function,
    parameter: Parameter,
    node: &Node,
) -> Result<(), ExpressionError> {
    let found = checker.require_present(node)?;
    let fits = match parameter {
        Parameter::Text | Parameter::Constant => matches!(found, Type::String(_)),
        Parameter::Timestamp => found == Type::Timestamp,
        Parameter::Sized => matches!(found, Type::String(_) | Type::List(_) | Type::Map(_)),
        Parameter::Resource(kind) => matches!(&found, Type::Resource(name) if name.as_ref() == kind),
        Parameter::Document => matches!(&found, Type::Record(record) if record.name.as_ref() == DOCUMENT),
    };
    if !fits {
        let message = format!("`{}` takes {}, but this is {}", function.name, wanted(parameter), found.with_article());
        return Err(ExpressionError::new(node.span.clone(), message));
    }
    match (parameter, node.constant()) {
        (Parameter::Constant, Some(Value::String(text))) => {
            (function.validate)(text).map_err(|message| ExpressionError::new(node.span.clone(), message))
        }
        (Parameter::Constant, _) => {
            let message = format!("`{}` needs text that is known when the policy is loaded", function.name);
            Err(ExpressionError::new(node.span.clone(), message)
                .hint("write it out, or name a parameter: `params.name`"))
        }
        _ => Ok(()),
    }
}

fn wanted(parameter: Parameter) -> String {
    match parameter {
        Parameter::Text | Parameter::Constant => "text".to_owned(),
        Parameter::Timestamp => "a timestamp".to_owned(),
        Parameter::Sized => "text, a list or a map".to_owned(),
        Parameter::Resource(kind) => format!("a resource of kind `{kind}`"),
        Parameter::Document => "a policy document".to_owned(),
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
