//! Parameters: what people type becomes a value of the declared type, or is refused.

use regex::{Regex, RegexBuilder};
use serde_json::{Value as Json, json};
use thiserror::Error;
use trackera_core::schema::Type;

use super::text::{ParameterText, TypeText};

/// The longest text that a parameter takes, in bytes.
const LONGEST: usize = 1024;
/// How much memory a pattern may take.
const PATTERN_LIMIT: usize = 1 << 18;

/// A parameter whose declaration was checked.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// What it is.
    pub shape: Shape,
    /// What it is for.
    pub description: Option<String>,
    /// What it is when nobody says.
    pub default: Option<Json>,
    /// The place of its declaration, as file, line and column.
    pub place: String,
}

/// What a parameter is.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A text, the whole of which matches.
    Text(Regex),
    /// A whole number from the first to the last.
    Number(i64, i64),
    /// One of these words.
    Choice(Vec<String>),
}

/// Why a declaration or a value is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotAllowed {
    /// There is no such parameter.
    #[error("is not asked for")]
    Unknown,
    /// Nobody says what it is.
    #[error("is missing")]
    Missing,
    /// It is not a whole number.
    #[error("is a whole number")]
    NoNumber,
    /// It is too small or too large.
    #[error("lies from {0} to {1}")]
    Range(i64, i64),
    /// It is not one of the words.
    #[error("is one of {}", .0.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "))]
    Choice(Vec<String>),
    /// It does not match.
    #[error("matches `{0}` as a whole")]
    Pattern(String),
    /// The declaration has a mistake.
    #[error("is declared wrongly: {0}")]
    Declaration(String),
}

impl Parameter {
    pub(super) fn of(text: &ParameterText, place: String) -> Result<Self, NotAllowed> {
        let wrong = |why: &str| Err(NotAllowed::Declaration(why.to_owned()));
        let (is_bounded, is_chosen) = (text.min.is_some() || text.max.is_some(), text.one_of.is_some());
        let shape = match (text.shape, &text.pattern, &text.one_of) {
            (TypeText::Text, Some(pattern), None) if !is_bounded => Shape::Text(whole(pattern)?),
            (TypeText::Text, None, _) => return wrong("a text has a `pattern`"),
            (TypeText::Number, None, None) => {
                let (min, max) = (text.min.unwrap_or(i64::MIN), text.max.unwrap_or(i64::MAX));
                if min > max {
                    return wrong("`min` is larger than `max`");
                }
                Shape::Number(min, max)
            }
            (TypeText::Choice, None, Some(words)) if !is_bounded && !words.is_empty() => Shape::Choice(words.clone()),
            (TypeText::Choice, _, _) if !is_chosen => return wrong("a choice has `one_of`"),
            _ => return wrong("`pattern` is for texts, `one_of` for choices, `min` and `max` for numbers"),
        };
        let parameter = Self { shape, description: text.description.clone(), default: None, place };
        let default = text.default.as_deref().map(|default| parameter.typed(default)).transpose()?;
        Ok(Self { default, ..parameter })
    }

    /// The type of its values, for conditions.
    pub(super) fn kind(&self) -> Type {
        match &self.shape {
            Shape::Text(_) => Type::STRING,
            Shape::Number(..) => Type::Int,
            Shape::Choice(words) => Type::String(Some(words.clone().into())),
        }
    }

    /// What it may be, for people.
    #[must_use]
    pub fn allowed(&self) -> String {
        match &self.shape {
            Shape::Text(pattern) => format!("a text that matches `{}`", pattern.as_str()),
            Shape::Number(i64::MIN, i64::MAX) => "a whole number".to_owned(),
            Shape::Number(first, last) => format!("a whole number from {first} to {last}"),
            Shape::Choice(words) => format!("one of {}", words.join(", ")),
        }
    }

    /// The value that was typed, or the default.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn value(&self, typed: Option<&str>) -> Result<Json, NotAllowed> {
        match typed {
            Some(text) => self.typed(text),
            None => self.default.clone().ok_or(NotAllowed::Missing),
        }
    }

    fn typed(&self, text: &str) -> Result<Json, NotAllowed> {
        match &self.shape {
            Shape::Text(pattern) if text.len() <= LONGEST && pattern.is_match(text) => Ok(json!(text)),
            Shape::Text(pattern) => Err(NotAllowed::Pattern(pattern.as_str().to_owned())),
            Shape::Number(min, max) => {
                let number: i64 = text.parse().map_err(|_| NotAllowed::NoNumber)?;
                if (*min..=*max).contains(&number) { Ok(json!(number)) } else { Err(NotAllowed::Range(*min, *max)) }
            }
            Shape::Choice(words) if words.iter().any(|word| word == text) => Ok(json!(text)),
            Shape::Choice(words) => Err(NotAllowed::Choice(words.clone())),
        }
    }
}

/// A pattern that holds the whole text, its line ends too.
fn whole(pattern: &str) -> Result<Regex, NotAllowed> {
    // By itself first: a bracket that closes what was added around it would open the pattern.
    let build = |pattern: &str| RegexBuilder::new(pattern).size_limit(PATTERN_LIMIT).build();
    let anchored = build(pattern).and_then(|_| build(&format!(r"\A(?:{pattern})\z")));
    anchored.map_err(|_| NotAllowed::Declaration("`pattern` is no regular expression, or too large".to_owned()))
}
