//! When a step is done: a condition in the language of the policies, over parameters and what earlier steps gave.
//!
//! `parameters.region == "eu-west-1" && choose.is_usable`. A value that is not there, or is not what its action says it
//! is, makes the condition an error, never a no: a step that is skipped by mistake is not seen.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trackera_core::language::{self, ExpressionError, Value};
use trackera_core::schema::{Field, Record, Type};

use super::reference::Reference;
use super::{Plan, Step, Work};
use crate::action::Actions;

/// The name of the parameters in conditions and references.
const PARAMETERS: &str = "parameters";

/// A condition as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Condition(String);

/// Why it cannot be told whether a condition holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// It is wrongly written.
    #[error("its condition cannot be understood: {0}")]
    Written(#[from] ExpressionError),
    /// A value is not there.
    #[error("its condition cannot be told: `{0}` has no value")]
    Missing(String),
    /// A value is not what it is declared as.
    #[error("its condition cannot be told: `{0}` is no {1}")]
    Shape(String, String),
    /// It has no answer that is known.
    #[error("its condition cannot be told: {0}")]
    Unknown(String),
}

/// What the condition of a step may name: the parameters, and the steps before it.
#[derive(Clone, Debug)]
pub struct Names(Vec<(String, Arc<Record>)>);

/// A condition that passed the checker, with what it reads.
#[derive(Debug)]
pub struct Checked<'a> {
    names: &'a Names,
    condition: language::Condition,
}

impl From<&str> for Condition {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Condition {
    /// As it is written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Checks it.
    ///
    /// # Errors
    /// Names the bytes of the first mistake.
    pub fn check<'a>(&self, names: &'a Names) -> Result<Checked<'a>, ExpressionError> {
        let variables: Vec<(&str, Type)> =
            names.0.iter().map(|(name, record)| (name.as_str(), Type::Record(Arc::clone(record)))).collect();
        Ok(Checked { names, condition: language::Condition::check(&self.0, &variables)? })
    }

    /// Tells whether it holds; ages are counted from `at`.
    ///
    /// # Errors
    /// When a value is missing, or of the wrong shape, or the answer is not known. Everything that it reads is looked at,
    /// so that no order hides a mistake.
    pub fn holds(
        &self,
        names: &Names,
        find: &dyn Fn(&Reference) -> Option<Json>,
        at: Timestamp,
    ) -> Result<bool, ConditionError> {
        let checked = self.check(names)?;
        let mut known: BTreeMap<Reference, Value> = BTreeMap::new();
        for (reference, kind) in checked.reads() {
            let name = reference.text();
            let json = find(&reference).ok_or_else(|| ConditionError::Missing(name.clone()))?;
            let value = value(&json, &kind).ok_or_else(|| ConditionError::Shape(name, kind.to_string()))?;
            known.insert(reference, value);
        }
        let values: Vec<Value> = names.0.iter().map(|(name, record)| row(name, record, &known)).collect();
        match checked.condition.value(&values, at) {
            Value::Bool(holds) => Ok(holds),
            Value::Unknown(why) => Err(ConditionError::Unknown(why.to_string())),
            other => Err(ConditionError::Unknown(format!("it gives {other:?}"))),
        }
    }
}

/// A record with the values that are read; nobody reads the others.
fn row(name: &str, record: &Record, known: &BTreeMap<Reference, Value>) -> Value {
    let slot = |field: &Field| known.get(&reference(name, field)).cloned().unwrap_or(Value::Null);
    Value::Record(record.fields.iter().map(slot).collect())
}

fn reference(name: &str, field: &Field) -> Reference {
    Reference { of: name.to_owned(), path: vec![field.name.clone()] }
}

impl Checked<'_> {
    /// The values that it reads, with their types.
    #[must_use]
    pub fn reads(&self) -> Vec<(Reference, Type)> {
        let mut found = Vec::new();
        for read in self.condition.reads() {
            let Some((name, record)) = self.names.0.get(read.variable) else { continue };
            // Whoever reads a step as a whole reads all that it gave.
            let fields = record.fields.iter().enumerate().filter(|(slot, _)| read.slot.is_none_or(|it| it == *slot));
            found.extend(fields.map(|(_, field)| (reference(name, field), field.kind.clone())));
        }
        found
    }
}

impl Names {
    /// What the condition of a step of a plan may name. The types of parameters are those of their values, unless they
    /// are given.
    #[must_use]
    pub fn at(plan: &Plan, step: &str, (actions, types): (&Actions, &BTreeMap<String, Type>)) -> Self {
        let kind = |(name, value): (&String, &Json)| {
            Some((name.clone(), types.get(name).cloned().or_else(|| type_of(value))?))
        };
        let parameters = record(PARAMETERS, plan.parameters.iter().filter_map(kind).collect());
        let earlier = plan.steps.iter().take_while(|earlier| earlier.id != step);
        let steps = earlier.map(|earlier| (earlier.id.clone(), record(&earlier.id, outputs(earlier, actions))));
        Self(std::iter::once((PARAMETERS.to_owned(), parameters)).chain(steps).collect())
    }
}

/// What a step gives, with its types.
fn outputs(step: &Step, actions: &Actions) -> Vec<(String, Type)> {
    match &step.work {
        Work::Manual(_) => {
            vec![("by".to_owned(), Type::STRING), ("evidence".to_owned(), Type::Nullable(Arc::new(Type::STRING)))]
        }
        Work::Action(act) => {
            let action = actions.get(&act.action);
            let typed = |action: &dyn crate::action::Action, field: &str| {
                (field.to_owned(), action.output_type(field).unwrap_or_else(undeclared))
            };
            action.map(|action| action.outputs().iter().map(|field| typed(action, field)).collect()).unwrap_or_default()
        }
    }
}

/// The type of a value that an action gives and whose type it does not declare: it can be compared with nothing.
fn undeclared() -> Type {
    Type::Record(Arc::new(Record { name: "value of no declared type".into(), fields: Vec::new() }))
}

fn record(name: &str, fields: Vec<(String, Type)>) -> Arc<Record> {
    let field = |(name, kind): (String, Type)| Field { name, kind, description: String::new(), operations: Vec::new() };
    Arc::new(Record { name: name.into(), fields: fields.into_iter().map(field).collect() })
}

/// The type of a parameter's value; one that has no value yet has no type.
fn type_of(value: &Json) -> Option<Type> {
    match value {
        Json::Bool(_) => Some(Type::Bool),
        Json::Number(number) if number.is_i64() => Some(Type::Int),
        Json::String(_) => Some(Type::STRING),
        Json::Null | Json::Number(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// A value of a type, if it is one.
fn value(json: &Json, kind: &Type) -> Option<Value> {
    match (kind, json) {
        (Type::Bool, Json::Bool(truth)) => Some(Value::Bool(*truth)),
        (Type::Int, Json::Number(number)) => number.as_i64().map(Value::Int),
        (Type::String(_), Json::String(text)) => Some(Value::text(text)),
        (Type::Timestamp, Json::String(text)) => text.parse().ok().map(Value::Timestamp),
        (Type::List(item), Json::Array(items)) => {
            items.iter().map(|json| value(json, item)).collect::<Option<_>>().map(Value::list)
        }
        (Type::Nullable(_), Json::Null) => Some(Value::Null),
        (Type::Nullable(inner), json) => value(json, inner),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::trials::World as _;
    use crate::trials::estate::Estate;
    use crate::trials::tests::switch;

    const FIND: &str = "find.value == \"old\"";

    fn told(source: &str, known: &[(&str, Json)]) -> Result<bool, ConditionError> {
        let (plan, actions) = (switch(), Actions::new(Estate::default().actions()));
        let names = Names::at(&plan, "promote", (&actions, &BTreeMap::new()));
        let find = |reference: &Reference| {
            let text = reference.text();
            known.iter().find(|(name, _)| *name == text).map(|(_, value)| value.clone())
        };
        Condition::from(source).holds(&names, &find, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_condition_reads_parameters_and_what_earlier_steps_gave() {
        let known = [("find.value", json!("old")), ("parameters.role", json!("standby"))];
        assert_eq!(told(FIND, &known), Ok(true));
        assert_eq!(told("find.value == \"old\" && parameters.role != \"standby\"", &known), Ok(false));
        assert_eq!(told("find.value.matches(\"o.*\") || parameters.role in [\"a\", \"b\"]", &known), Ok(true));
    }

    #[test]
    fn what_cannot_be_told_is_an_error_wherever_it_stands() {
        let missing = Err(ConditionError::Missing("find.value".to_owned()));
        let role = [("parameters.role", json!("standby"))];
        for source in [FIND, "!(find.value == \"old\")", "parameters.role == \"standby\" || find.value == \"old\""] {
            assert_eq!(told(source, &role), missing, "{source}");
        }
        for wrong in [json!(1), json!(null), json!(["old"])] {
            assert!(matches!(told(FIND, &[("find.value", wrong)]), Err(ConditionError::Shape(..))));
        }
        for source in ["point.name == \"a\"", "find.sice == 1", "parameters.role", "find.value ==", "1 == 1 ? 2 : 3"] {
            assert!(matches!(told(source, &role), Err(ConditionError::Written(_))), "{source}");
        }
        let overflow = "size(parameters.role) + 9223372036854775807 > 0";
        assert!(matches!(told(overflow, &role), Err(ConditionError::Unknown(_))));
    }
}
