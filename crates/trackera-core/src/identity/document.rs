//! Reading policy documents as AWS accepts them: single values or lists, one statement or many.

use serde_json::{Map, Value};
use thiserror::Error;

use crate::resource::{Condition, PolicyDocument, Statement};

/// A document that does not follow the IAM policy grammar; it must count as unknown, never as empty.
#[derive(Debug, Error, PartialEq)]
pub enum DocumentError {
    /// The text is not JSON.
    #[error("policy document is not JSON: {0}")]
    Syntax(String),
    /// The JSON has a shape that the grammar does not allow.
    #[error("policy document has {0}")]
    Shape(&'static str),
}

/// Parses the text of a policy document.
///
/// Documented element names are matched exactly, as IAM does; unknown elements are refused, because an element that is
/// passed over could be the one that matters.
///
/// # Errors
/// Fails when the text is not JSON or does not follow the grammar.
pub fn parse_document(text: &str) -> Result<PolicyDocument, DocumentError> {
    let value: Value = serde_json::from_str(text).map_err(|error| DocumentError::Syntax(error.to_string()))?;
    let document = value.as_object().ok_or(DocumentError::Shape("no object at its top"))?;
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect(),
        Some(statement @ Value::Object(_)) => vec![statement],
        _ => return Err(DocumentError::Shape("no statements")),
    };
    let statements = statements.into_iter().map(statement).collect::<Result<_, _>>()?;
    Ok(PolicyDocument { statements })
}

fn statement(value: &Value) -> Result<Statement, DocumentError> {
    let object = value.as_object().ok_or(DocumentError::Shape("a statement that is not an object"))?;
    let mut statement = Statement::default();
    for (name, value) in object {
        match name.as_str() {
            "Sid" => {}
            "Effect" => statement.effect = effect(value)?,
            "Principal" => statement.principals = principals(value)?,
            "NotPrincipal" => statement.not_principals = principals(value)?,
            "Action" => statement.actions = texts(value)?,
            "NotAction" => statement.not_actions = texts(value)?,
            "Resource" => statement.resources = texts(value)?,
            "NotResource" => statement.not_resources = texts(value)?,
            "Condition" => statement.conditions = conditions(value)?,
            _ => return Err(DocumentError::Shape("an element that the grammar does not know")),
        }
    }
    match statement.effect.is_empty() {
        true => Err(DocumentError::Shape("a statement without an effect")),
        false => Ok(statement),
    }
}

fn effect(value: &Value) -> Result<String, DocumentError> {
    match value.as_str() {
        Some(effect @ ("Allow" | "Deny")) => Ok(effect.to_owned()),
        _ => Err(DocumentError::Shape("an effect that is neither Allow nor Deny")),
    }
}

fn principals(value: &Value) -> Result<Vec<String>, DocumentError> {
    match value {
        Value::String(everyone) if everyone == "*" => Ok(vec!["*".to_owned()]),
        Value::Object(by_type) => principals_by_type(by_type),
        _ => Err(DocumentError::Shape("a principal that is neither `*` nor an object")),
    }
}

fn principals_by_type(by_type: &Map<String, Value>) -> Result<Vec<String>, DocumentError> {
    let mut principals = Vec::new();
    for (kind, values) in by_type {
        principals.extend(texts(values)?.into_iter().map(|value| format!("{kind}:{value}")));
    }
    Ok(principals)
}

fn conditions(value: &Value) -> Result<Vec<Condition>, DocumentError> {
    let operators = value.as_object().ok_or(DocumentError::Shape("a condition that is not an object"))?;
    let mut conditions = Vec::new();
    for (operator, keys) in operators {
        let keys = keys.as_object().ok_or(DocumentError::Shape("a condition operator without keys"))?;
        for (key, values) in keys {
            conditions.push(Condition { operator: operator.clone(), key: key.clone(), values: texts(values)? });
        }
    }
    Ok(conditions)
}

/// One value or a list of them; numbers and booleans are written as text, as IAM treats them.
fn texts(value: &Value) -> Result<Vec<String>, DocumentError> {
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        single => text(single).map(|single| vec![single]),
    }
}

fn text(value: &Value) -> Result<String, DocumentError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(DocumentError::Shape("a value that is not text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_values_and_lists_are_the_same_document() {
        let single = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        let listed = r#"{"Statement":[{"Sid":"all","Effect":"Allow","Action":["*"],"Resource":["*"]}]}"#;
        assert_eq!(parse_document(single), parse_document(listed));
    }

    #[test]
    fn condition_values_are_text_whatever_they_were() {
        let text = r#"{"Statement":{"Effect":"Deny","Principal":{"AWS":["*"]},"Action":"s3:*","Resource":"*",
            "Condition":{"Bool":{"aws:SecureTransport":false},"NumericLessThan":{"s3:TlsVersion":["1.2",1.3]}}}}"#;
        let statement = parse_document(text).unwrap().statements.remove(0);
        assert_eq!(statement.principals, ["AWS:*"]);
        assert_eq!(statement.conditions[0].values, ["false"]);
        assert_eq!(statement.conditions[1].values, ["1.2", "1.3"]);
    }

    #[test]
    fn what_is_not_understood_is_refused_not_ignored() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"Statement":[{"Action":"*"}]}"#,
            r#"{"Statement":[{"Effect":"allow","Action":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","action":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":{"a":1}}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":"*","Principal":"me"}]}"#,
        ] {
            assert!(parse_document(text).is_err(), "{text}");
        }
    }
}
