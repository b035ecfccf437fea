//! When a step is done: a comparison of one value, and their `all`, `any` and `not`.
//!
//! A value that is not there makes the condition an error, never a no: a step that is skipped by mistake is not seen.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::reference::{Reference, ReferenceError, references, resolve};

/// A condition over parameters and outputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// The two are the same, after references are resolved.
    Same(Json, Json),
    /// The first is an item of the list that the second is.
    OneOf(Json, Json),
    /// All of these hold.
    All(Vec<Condition>),
    /// At least one of these holds.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
}

/// Why it cannot be told whether a condition holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// A value is not there.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// What should be a list is none.
    #[error("`one_of` compares with a list, and `{0}` is none")]
    NoList(String),
}

impl Condition {
    /// Tells whether it holds.
    ///
    /// # Errors
    /// When a value is missing, or of the wrong shape. All parts are looked at, so that no order hides a mistake.
    pub fn holds(&self, find: &dyn Fn(&Reference) -> Option<Json>) -> Result<bool, ConditionError> {
        let each = |parts: &[Self]| parts.iter().map(|part| part.holds(find)).collect::<Result<Vec<bool>, _>>();
        Ok(match self {
            Self::Same(left, right) => resolve(left, find)? == resolve(right, find)?,
            Self::OneOf(item, list) => match resolve(list, find)? {
                Json::Array(items) => items.contains(&resolve(item, find)?),
                other => return Err(ConditionError::NoList(other.to_string())),
            },
            Self::All(parts) => each(parts)?.into_iter().all(|part| part),
            Self::Any(parts) => each(parts)?.into_iter().any(|part| part),
            Self::Not(part) => !part.holds(find)?,
        })
    }

    /// Every reference in it.
    ///
    /// # Errors
    /// The first text that has `${` and no reference behind it.
    pub fn references(&self) -> Result<Vec<Reference>, ReferenceError> {
        let each = |parts: &[Self]| {
            let found = parts.iter().map(Self::references).collect::<Result<Vec<_>, _>>()?;
            Ok(found.into_iter().flatten().collect())
        };
        match self {
            Self::Same(left, right) | Self::OneOf(left, right) => {
                Ok([references(left)?, references(right)?].into_iter().flatten().collect())
            }
            Self::All(parts) | Self::Any(parts) => each(parts),
            Self::Not(part) => part.references(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(condition: Json) -> Result<bool, ConditionError> {
        let condition: Condition = serde_json::from_value(condition).unwrap();
        condition.holds(&|reference| (reference.text() == "parameters.mode").then(|| json!("failover")))
    }

    #[test]
    fn a_condition_compares_what_references_stand_for() {
        let mode = "${parameters.mode}";
        assert_eq!(holds(json!({"same": [mode, "failover"]})), Ok(true));
        assert_eq!(holds(json!({"one_of": [mode, ["a", "b"]]})), Ok(false));
        assert_eq!(holds(json!({"all": [{"not": {"same": [mode, "a"]}}, {"any": []}]})), Ok(false));
        assert_eq!(holds(json!({"any": [{"same": [1, 2]}, {"one_of": [mode, [mode]]}]})), Ok(true));
    }

    #[test]
    fn a_missing_value_is_an_error_wherever_it_stands() {
        let missing = json!({"same": ["${pick.it}", 1]});
        for condition in [missing.clone(), json!({"not": missing}), json!({"any": [{"all": []}, missing]})] {
            assert!(matches!(holds(condition), Err(ConditionError::Reference(_))));
        }
        assert!(matches!(holds(json!({"one_of": [1, "text"]})), Err(ConditionError::NoList(_))));
    }
}
