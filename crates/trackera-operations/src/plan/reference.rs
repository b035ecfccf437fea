//! `${parameters.NAME}`, `${run.id}`, `${run.started_at}` and `${STEP.FIELD}` in arguments: found by the linter, resolved when
//! a step begins.
//!
//! A text that is one reference takes the referred value as it is; within other text only texts, numbers and truths fit.

use serde_json::{Map, Value as Json};

/// Where a reference points to: its first word, and the fields below it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// `parameters`, `run`, or the id of a step.
    pub of: String,
    /// The field, and fields of that one.
    pub path: Vec<String>,
}

/// Why arguments cannot be resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// A text has `${` and no reference behind it.
    #[error("`{0}` is no reference: write `${{parameters.NAME}}`, `${{run.id}}` or `${{STEP.FIELD}}`")]
    Form(String),
    /// There is no such value.
    #[error("`${{{0}}}` has no value")]
    Missing(String),
    /// A list or a map stands within a text.
    #[error("`${{{0}}}` is no text and no number, and cannot stand within a text")]
    Shape(String),
}

impl Reference {
    fn parse(text: &str) -> Result<Self, ReferenceError> {
        let form = || ReferenceError::Form(format!("${{{text}}}"));
        let is_word = |word: &&str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        };
        let words: Vec<&str> = text.split('.').collect();
        match words.as_slice() {
            [of, path @ ..] if !path.is_empty() && words.iter().all(is_word) => {
                Ok(Self { of: (*of).to_owned(), path: path.iter().map(|word| (*word).to_owned()).collect() })
            }
            _ => Err(form()),
        }
    }

    /// As it is written, without its braces.
    #[must_use]
    pub fn text(&self) -> String {
        std::iter::once(&self.of).chain(&self.path).map(String::as_str).collect::<Vec<_>>().join(".")
    }
}

/// Every reference in a value.
///
/// # Errors
/// The first text that has `${` and no reference behind it.
pub fn references(value: &Json) -> Result<Vec<Reference>, ReferenceError> {
    match value {
        Json::String(text) => {
            let parts = parts(text)?;
            Ok(parts
                .into_iter()
                .filter_map(|part| if let Part::Reference(it) = part { Some(it) } else { None })
                .collect())
        }
        Json::Array(items) => collect(items.iter()),
        Json::Object(object) => collect(object.values()),
        Json::Null | Json::Bool(_) | Json::Number(_) => Ok(Vec::new()),
    }
}

fn collect<'a>(values: impl Iterator<Item = &'a Json>) -> Result<Vec<Reference>, ReferenceError> {
    let mut found = Vec::new();
    for value in values {
        found.extend(references(value)?);
    }
    Ok(found)
}

/// Puts values in the place of references, as `find` knows them.
///
/// # Errors
/// The first reference that has no value, or none that fits there.
pub fn resolve(value: &Json, find: &dyn Fn(&Reference) -> Option<Json>) -> Result<Json, ReferenceError> {
    Ok(match value {
        Json::String(text) => resolve_text(text, find)?,
        Json::Array(items) => Json::Array(items.iter().map(|item| resolve(item, find)).collect::<Result<_, _>>()?),
        Json::Object(object) => {
            let pair = |(key, value): (&String, &Json)| Ok((key.clone(), resolve(value, find)?));
            Json::Object(object.iter().map(pair).collect::<Result<Map<_, _>, _>>()?)
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => value.clone(),
    })
}

fn resolve_text(text: &str, find: &dyn Fn(&Reference) -> Option<Json>) -> Result<Json, ReferenceError> {
    let parts = parts(text)?;
    let value = |reference: &Reference| find(reference).ok_or_else(|| ReferenceError::Missing(reference.text()));
    if let [Part::Reference(reference)] = parts.as_slice() {
        return value(reference);
    }
    let mut resolved = String::new();
    for part in parts {
        match part {
            Part::Text(text) => resolved.push_str(text),
            Part::Reference(reference) => match value(&reference)? {
                Json::String(text) => resolved.push_str(&text),
                plain @ (Json::Number(_) | Json::Bool(_)) => resolved.push_str(&plain.to_string()),
                Json::Null | Json::Array(_) | Json::Object(_) => return Err(ReferenceError::Shape(reference.text())),
            },
        }
    }
    Ok(Json::String(resolved))
}

enum Part<'a> {
    Text(&'a str),
    Reference(Reference),
}

fn parts(text: &str) -> Result<Vec<Part<'_>>, ReferenceError> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((before, behind)) = rest.split_once("${") {
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        let (reference, after) = behind.split_once('}').ok_or_else(|| ReferenceError::Form(text.to_owned()))?;
        parts.push(Part::Reference(Reference::parse(reference)?));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn find(reference: &Reference) -> Option<Json> {
        match reference.text().as_str() {
            "parameters.days" => Some(json!(3)),
            "pick.point" => Some(json!({"id": "snap"})),
            "pick.point.id" => Some(json!("snap")),
            _ => None,
        }
    }

    #[test]
    fn a_reference_alone_keeps_its_shape_and_within_a_text_becomes_text() {
        let given = json!({"a": ["${pick.point}", "${parameters.days}"], "b": "x-${pick.point.id}-${parameters.days}"});
        let resolved = resolve(&given, &find).unwrap();
        assert_eq!(resolved, json!({"a": [{"id": "snap"}, 3], "b": "x-snap-3"}));
        assert_eq!(references(&given).unwrap().len(), 4);
    }

    #[test]
    fn what_refers_to_nothing_is_never_passed_on() {
        let refused = |text: &str| resolve(&json!(text), &find).unwrap_err();
        assert_eq!(refused("${pick.nothing}"), ReferenceError::Missing("pick.nothing".to_owned()));
        assert_eq!(refused("a ${pick.point}"), ReferenceError::Shape("pick.point".to_owned()));
        for text in ["${", "${}", "${pick}", "${pick.}", "${a b.c}", "a${pick.point"] {
            assert!(matches!(refused(text), ReferenceError::Form(_)), "{text}");
        }
    }
}
