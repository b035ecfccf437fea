//! Fields, attributes, parameters and map entries: what they are called, and whether they may be absent.

use std::ops::Range;

use cel::common::ast::{Expr, IdedExpr, SelectExpr};

use super::check::{Checked, Checker, constant_type};
use super::expression::{Node, Operation};
use super::narrow::{self, Facts};
use super::parse::ExpressionError;
use super::value::Value;
use crate::schema::{Record, Type};
use crate::source::suggest;

impl Checker<'_, '_> {
    /// Checks a field access, with what is known here about its presence.
    pub(super) fn select(&mut self, tree: &IdedExpr, select: &SelectExpr, facts: &Facts) -> Checked {
        let mut node = self.select_raw(tree, select, facts)?;
        if narrow::path(tree).is_some_and(|path| facts.contains(&path)) {
            node.kind = node.kind.present();
        }
        Ok(node)
    }

    /// A field access before anything is known about its presence.
    fn select_raw(&mut self, tree: &IdedExpr, select: &SelectExpr, facts: &Facts) -> Checked {
        if self.environment.subject.is_some() && matches!(&select.operand.expr, Expr::Ident(name) if name == "params") {
            return self.param(tree, &select.field);
        }
        let operand = self.node(&select.operand, facts)?;
        let span = self.spans.whole(tree);
        let field_span = self.spans.field(tree, &select.field);
        self.member(operand, span, field_span, &select.field)
    }

    fn member(&mut self, operand: Node, span: Range<usize>, field_span: Range<usize>, field: &str) -> Checked {
        let kind = self.require_present(&operand)?;
        match kind {
            Type::Resource(name) => self.attribute(operand, (span, field_span), &name, field),
            Type::Record(record) => match record.field(field) {
                Some((slot, found)) => {
                    self.note_relation(&found.kind);
                    let kind = found.kind.clone();
                    Ok(Node { span, kind, operation: Operation::Field(Box::new(operand), slot) })
                }
                None => Err(unknown_field(field_span, field, &record.name, &record)),
            },
            Type::Map(value) => {
                let key =
                    Node { span: field_span, kind: Type::STRING, operation: Operation::Literal(Value::text(field)) };
                Ok(Node {
                    span,
                    kind: Type::Nullable(value),
                    operation: Operation::Entry(Box::new(operand), Box::new(key)),
                })
            }
            other => Err(ExpressionError::new(
                field_span,
                format!("{} has no field `{}`", other.with_article(), field.escape_debug()),
            )),
        }
    }

    fn attribute(
        &mut self,
        operand: Node,
        (span, field_span): (Range<usize>, Range<usize>),
        kind: &str,
        field: &str,
    ) -> Checked {
        let found = self.environment.subject.and_then(|subject| Some((subject.schema, subject.schema.kind(kind)?)));
        let Some((schema, kind)) = found else {
            return Err(ExpressionError::new(span, format!("no resource kind is called `{kind}`")));
        };
        let Some((slot, found)) = kind.record.field(field) else {
            return Err(unknown_field(field_span, field, &kind.name, &kind.record));
        };
        self.reads.demand.add_field(schema, &kind.name, field);
        self.note_relation(&found.kind);
        Ok(Node { span, kind: found.kind.clone(), operation: Operation::Attribute(Box::new(operand), slot) })
    }

    /// Following a relation needs the list of the related kind.
    fn note_relation(&mut self, kind: &Type) {
        match kind {
            Type::Resource(name) => {
                if let Some(subject) = self.environment.subject {
                    self.reads.demand.add_related(subject.schema, name);
                }
            }
            Type::List(inner) | Type::Nullable(inner) | Type::Map(inner) => self.note_relation(inner),
            Type::Record(record) => record.fields.iter().for_each(|field| self.note_relation(&field.kind)),
            Type::Bool | Type::Int | Type::String(_) | Type::Timestamp | Type::Duration | Type::Null | Type::Any => {}
        }
    }

    fn param(&mut self, tree: &IdedExpr, name: &str) -> Checked {
        let span = self.spans.whole(tree);
        let Some(value) = self.environment.params.get(name) else {
            let known = self.environment.params.keys().map(String::as_str);
            let error = ExpressionError::new(
                self.spans.field(tree, name),
                format!("the policy has no parameter `{}`", name.escape_debug()),
            );
            return Err(suggest(name, known).map_or(error.clone(), |hint| error.hint(hint)));
        };
        self.reads.params.insert(name.to_owned());
        let kind = constant_type(value)
            .ok_or_else(|| ExpressionError::new(span.clone(), format!("parameter `{name}` mixes types in a list")))?;
        Ok(Node { span, kind, operation: Operation::Literal(value.clone()) })
    }

    /// Checks `has(...)`.
    pub(super) fn presence(&mut self, tree: &IdedExpr, select: &SelectExpr, facts: &Facts) -> Checked {
        let field = IdedExpr { id: tree.id, expr: Expr::Select(SelectExpr { test: false, ..select.clone() }) };
        let operand = self.node(&select.operand, facts)?;
        let span = self.spans.whole(tree);
        let at = self.spans.whole(&field);
        let node = self.member(operand, at.clone(), at, &select.field)?;
        match node.kind {
            Type::Nullable(_) => Ok(Node { span, kind: Type::Bool, operation: Operation::Present(Box::new(node)) }),
            _ => Err(ExpressionError::new(span, format!("`{}` is always present", select.field.escape_debug()))
                .hint("`has` is for values that may be absent; compare the value itself")),
        }
    }
}

fn unknown_field(span: Range<usize>, field: &str, owner: &str, record: &Record) -> ExpressionError {
    let known = record.fields.iter().map(|field| field.name.as_str());
    let error = ExpressionError::new(span, format!("`{owner}` has no field `{}`", field.escape_debug()));
    suggest(field, known).map_or(error.clone(), |hint| error.hint(hint))
}
