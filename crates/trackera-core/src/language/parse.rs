//! From text to CEL's syntax tree, within limits that keep hostile input harmless.

use std::ops::Range;

use cel::common::ast::{Expr, IdedExpr, SourceInfo};
use cel::parser::Parser;
use thiserror::Error;

/// The longest expression, in bytes.
pub const MAX_LENGTH: usize = 4_096;
/// How deep brackets may nest; checked before parsing, because the parser descends by recursion.
pub const MAX_NESTING: usize = 24;
/// How often the body of nested quantifiers over written lists may be evaluated for one resource.
pub(super) const MAX_REPETITIONS: usize = 10_000;
/// How deep the syntax tree may be.
pub(super) const MAX_DEPTH: usize = 64;

/// A mistake in an expression.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// The bytes of the expression that are wrong.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
}

impl ExpressionError {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A parsed expression: the tree and where each node was written.
pub(super) struct Parsed<'s> {
    pub(super) tree: IdedExpr,
    pub(super) spans: Spans<'s>,
}

/// Parses an expression.
pub(super) fn parse(source: &str) -> Result<Parsed<'_>, ExpressionError> {
    check_limits(source)?;
    let (tree, info) = Parser::new().parse_with_source_info(source).map_err(|errors| {
        let first = errors.errors.into_iter().next();
        first.map_or_else(
            || ExpressionError::new(0..source.len(), "the expression cannot be parsed"),
            |error| syntax_error(source, error.pos, &error.msg),
        )
    })?;
    Ok(Parsed { tree, spans: Spans { source, info } })
}

fn check_limits(source: &str) -> Result<(), ExpressionError> {
    if source.len() > MAX_LENGTH {
        let message = format!("the expression is {} bytes long; at most {MAX_LENGTH} are allowed", source.len());
        return Err(ExpressionError::new(0..0, message));
    }
    if source.trim().is_empty() {
        return Err(ExpressionError::new(0..0, "the expression is empty"));
    }
    let mut depth = 0_usize;
    for (offset, byte) in source.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            let message = format!("brackets nest deeper than {MAX_NESTING}");
            return Err(ExpressionError::new(offset..offset + 1, message));
        }
    }
    Ok(())
}

/// The parser's own words name token sets and rules; readers need the place and the offending text.
fn syntax_error(source: &str, (line, column): (isize, isize), message: &str) -> ExpressionError {
    let offset = byte_offset(source, line, column);
    let width = source.get(offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let span = offset..offset + width;
    let message = message.trim_start_matches("Syntax error: ");
    if message.contains("'<EOF>'") && !message.contains("expecting <EOF>") {
        return ExpressionError::new(source.trim_end().len()..source.len(), "the expression ends too early");
    }
    let quoted = message.split_once(": '").or_else(|| message.split_once("input '")).map(|(_, rest)| rest);
    let offending = quoted.and_then(|rest| rest.split("' expecting").next()).map(|text| text.trim_end_matches('\''));
    match offending.map(str::trim) {
        Some("=") => ExpressionError::new(span, "unexpected `=`").hint("compare with `==`"),
        Some(text) if !text.is_empty() => ExpressionError::new(span, format!("unexpected `{}`", text.escape_debug())),
        _ if message.contains("Recursion") || message.contains("recursion") => {
            ExpressionError::new(span, "the expression nests too deep")
        }
        _ => ExpressionError::new(span, message.escape_debug().to_string()),
    }
}

fn byte_offset(source: &str, line: isize, column: isize) -> usize {
    let line = usize::try_from(line.saturating_sub(1)).unwrap_or_default();
    let column = usize::try_from(column.saturating_sub(1)).unwrap_or_default();
    let start: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = source.get(start..).unwrap_or_default();
    start + rest.char_indices().nth(column).map_or(rest.len(), |(offset, _)| offset)
}

/// Where each node of a syntax tree was written.
pub(super) struct Spans<'s> {
    source: &'s str,
    info: SourceInfo,
}

impl Spans<'_> {
    /// The text of a span.
    pub(super) fn text(&self, span: &Range<usize>) -> &str {
        self.source.get(span.clone()).unwrap_or_default()
    }

    /// The token that the parser anchors a node at.
    pub(super) fn token(&self, expression: &IdedExpr) -> Range<usize> {
        let (start, stop) = self.info.offset_for(expression.id).unwrap_or_default();
        let (start, stop) = (start as usize, (stop as usize).saturating_add(1));
        if self.source.get(start..stop).is_some() { start..stop } else { 0..self.source.len() }
    }

    /// The name of a field behind its dot.
    pub(super) fn field(&self, expression: &IdedExpr, field: &str) -> Range<usize> {
        let token = self.token(expression);
        let rest = self.source.get(token.end..).unwrap_or_default();
        match rest.find(field) {
            Some(skipped) => token.end + skipped..token.end + skipped + field.len(),
            None => token,
        }
    }

    /// The name of a function before its bracket.
    pub(super) fn function(&self, expression: &IdedExpr, name: &str) -> Range<usize> {
        let token = self.token(expression);
        let before = self.source.get(..token.start).unwrap_or_default();
        before.rfind(name).map_or(token.clone(), |start| start..start + name.len())
    }

    /// The whole text of a node: from its first to its last part, brackets included.
    pub(super) fn whole(&self, expression: &IdedExpr) -> Range<usize> {
        let own = self.token(expression);
        match &expression.expr {
            Expr::Call(call) => {
                let parts = call.target.as_deref().into_iter().chain(&call.args);
                let span =
                    parts.fold(self.call_token(expression, &call.func_name), |span, part| join(span, self.whole(part)));
                if is_operator(&call.func_name) { self.balanced(span) } else { self.closed(span) }
            }
            Expr::Comprehension(quantifier) => {
                let body = match &quantifier.loop_step.expr {
                    Expr::Call(step) => step.args.last().map_or(own.clone(), |body| self.whole(body)),
                    _ => own.clone(),
                };
                self.closed(join(join(self.whole(&quantifier.iter_range), own), body))
            }
            Expr::Select(select) if select.test => {
                let span = join(self.function(expression, "has"), self.whole(&select.operand));
                let end = self.after(span.end, &select.field);
                self.closed(span.start..end)
            }
            Expr::Select(select) => join(self.whole(&select.operand), self.field(expression, &select.field)),
            Expr::List(list) => self.closed(list.elements.iter().fold(own, |span, part| join(span, self.whole(part)))),
            Expr::Ident(_) | Expr::Literal(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => own,
        }
    }

    fn call_token(&self, expression: &IdedExpr, name: &str) -> Range<usize> {
        if is_operator(name) { self.token(expression) } else { self.function(expression, name) }
    }

    fn after(&self, from: usize, word: &str) -> usize {
        let rest = self.source.get(from..).unwrap_or_default();
        rest.find(word).map_or(from, |skipped| from + skipped + word.len())
    }

    /// Stretches a span to the closing bracket that follows it.
    fn closed(&self, span: Range<usize>) -> Range<usize> {
        let rest = self.source.get(span.end..).unwrap_or_default();
        let skipped = rest.len() - rest.trim_start().len();
        match rest.trim_start().starts_with([')', ']']) {
            true => span.start..span.end + skipped + 1,
            false => span,
        }
    }

    /// Stretches a span over brackets that were opened before it and are closed within or after it, and the reverse.
    fn balanced(&self, mut span: Range<usize>) -> Range<usize> {
        loop {
            let text = self.source.get(span.clone()).unwrap_or_default();
            let opened = text.matches('(').count();
            let closed = text.matches(')').count();
            let next = match opened.cmp(&closed) {
                std::cmp::Ordering::Equal => return span,
                std::cmp::Ordering::Greater => self.closed(span.clone()),
                std::cmp::Ordering::Less => self.opened(span.clone()),
            };
            if next == span {
                return span;
            }
            span = next;
        }
    }

    fn opened(&self, span: Range<usize>) -> Range<usize> {
        let before = self.source.get(..span.start).unwrap_or_default().trim_end();
        if before.ends_with('(') { before.len() - 1..span.end } else { span }
    }
}

fn is_operator(name: &str) -> bool {
    name.starts_with(['_', '!', '-', '@'])
}

fn join(left: Range<usize>, right: Range<usize>) -> Range<usize> {
    left.start.min(right.start)..left.end.max(right.end)
}
