//! Conditions over named values alone: the language of the policies where there is no estate.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;

use super::check::{Environment, check};
use super::evaluate::{Moment, evaluate};
use super::expression::{Expression, Node, Operation};
use super::parse::ExpressionError;
use super::value::Value;
use crate::estate::Estate;
use crate::schema::Type;

/// A condition that passed the checker.
#[derive(Clone, Debug)]
pub struct Condition {
    expression: Expression,
}

/// A variable that a condition reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Its place among the variables.
    pub variable: usize,
    /// The slot of the field that is read; none where the variable is read as a whole.
    pub slot: Option<usize>,
    /// The bytes of the condition that read it.
    pub span: Range<usize>,
}

impl Condition {
    /// Checks a condition over variables with these types. It knows no `resource`, `company`, `params` or `now`.
    ///
    /// # Errors
    /// Names the place of the first mistake and, where there is one, the nearest valid word.
    pub fn check(source: &str, variables: &[(&str, Type)]) -> Result<Self, ExpressionError> {
        let environment = Environment { subject: None, params: &BTreeMap::new(), variables };
        let (expression, _) = check(source, &environment, Some(&Type::Bool))?;
        Ok(Self { expression })
    }

    /// Everything that it reads, in the order in which it is written.
    #[must_use]
    pub fn reads(&self) -> Vec<Read> {
        let mut reads = Vec::new();
        collect(&self.expression.root, &mut reads);
        reads
    }

    /// Its value with these values of the variables, in their order; ages are counted from `now`.
    #[must_use]
    pub fn value(&self, values: &[Value], now: Timestamp) -> Value {
        let (estate, company) = (Estate::nothing(), Arc::from(Vec::new()));
        evaluate(&self.expression, &Moment { estate: &estate, subject: 0, now, company: &company, variables: values })
    }
}

fn collect(node: &Node, reads: &mut Vec<Read>) {
    let of_field = match &node.operation {
        Operation::Field(of, slot) => match of.operation {
            Operation::Message(variable) => Some((variable, Some(*slot))),
            _ => None,
        },
        Operation::Message(variable) => Some((*variable, None)),
        _ => None,
    };
    match of_field {
        Some((variable, slot)) => reads.push(Read { variable, slot, span: node.span.clone() }),
        None => node.children().into_iter().for_each(|child| collect(child, reads)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Field, Record};

    fn variables() -> Vec<(&'static str, Type)> {
        let field = |(name, kind): (&str, Type)| Field {
            name: name.to_owned(),
            kind,
            description: String::new(),
            operations: Vec::new(),
        };
        let fields = [
            ("size", Type::Int),
            ("role", Type::String(Some(vec!["primary".to_owned(), "standby".to_owned()].into()))),
            ("evidence", Type::Nullable(Arc::new(Type::STRING))),
        ];
        let record = Record { name: "parameters".into(), fields: fields.map(field).into() };
        vec![("parameters", Type::Record(Arc::new(record))), ("quiet", Type::Bool)]
    }

    fn holds(source: &str, size: Value) -> Value {
        let record = Value::Record(Arc::from(vec![size, Value::text("standby"), Value::Null]));
        let condition = Condition::check(source, &variables()).unwrap_or_else(|error| panic!("{source}: {error}"));
        condition.value(&[record, Value::Bool(true)], Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_condition_is_told_from_its_variables_alone() {
        for source in [
            "parameters.size > 2 && quiet",
            "parameters.role == \"standby\"",
            "parameters.role in [\"standby\", \"primary\"]",
            "!has(parameters.evidence) || parameters.evidence.startsWith(\"sha256:\")",
            "[1, 2, 3].exists(it, it == parameters.size)",
        ] {
            assert_eq!(holds(source, Value::Int(3)), Value::Bool(true), "{source}");
        }
        assert_eq!(holds("parameters.size > 3", Value::Int(3)), Value::Bool(false));
        let beyond = holds("parameters.size + 1 > 0", Value::Int(i64::MAX));
        assert!(matches!(beyond, Value::Unknown(_)), "what overflows is not known: {beyond:?}");
    }

    #[test]
    fn what_a_condition_reads_is_told_with_its_place() {
        let condition = Condition::check("quiet && parameters.size > 2", &variables()).unwrap();
        let reads = condition.reads();
        assert_eq!(reads[0], Read { variable: 1, slot: None, span: 0..5 });
        assert_eq!(reads[1], Read { variable: 0, slot: Some(0), span: 9..24 });
    }

    #[test]
    fn there_is_no_estate_and_no_company_to_ask_about() {
        for (source, at, words) in [
            ("resource.id == \"a\"", 0, "unknown name `resource`"),
            ("quiet && company.name == \"a\"", 9, "unknown name `company`"),
            ("params.size > 2", 0, "unknown name `params`"),
            ("age(now) > duration(\"1d\")", 4, "unknown name `now`"),
            ("parameters.sice > 2", 11, "`parameters` has no field `sice`"),
            ("parameters.role == \"stanby\"", 19, "`stanby` is not among the values"),
            ("parameters.size", 0, "a bool is needed here"),
            ("parameters.evidence.startsWith(\"a\")", 0, "may be absent here"),
            ("admins(quiet) == []", 7, "takes a resource"),
        ] {
            let error = Condition::check(source, &variables()).unwrap_err();
            assert!(error.message.contains(words) && error.span.start == at, "{source}: {error:?}");
        }
    }
}
