//! The one door for YAML that people write: strict, bounded, and with a place for every mistake.
//!
//! Duplicate keys, aliases, merge keys and unknown tags are refused, because each of them has made a rule say something
//! else than its author meant.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
pub use serde_saphyr::Location;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{Error, MergeKeyPolicy, Options, Spanned};

use crate::source::{Problem, suggest};

/// The largest file, in bytes.
pub const MAX_FILE: usize = 1 << 20;

/// A file as it was read: its name for messages, and its bytes as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name that readers know it by.
    pub name: String,
    /// What it holds.
    pub text: String,
}

impl File {
    /// Takes the bytes of a file.
    ///
    /// # Errors
    /// Fails when the file is too large or is not UTF-8, and says where.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, Problem> {
        let name = name.into();
        if bytes.len() > MAX_FILE {
            let message = format!("the file is {} bytes long; at most {MAX_FILE} are read", bytes.len());
            return Err(Problem { file: name, line: 1, column: 1, message, hint: None, excerpt: None });
        }
        String::from_utf8(bytes).map(|text| Self { name: name.clone(), text }).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let before = String::from_utf8_lossy(error.as_bytes().get(..valid).unwrap_or_default()).into_owned();
            let (line, column) = end_of(&before);
            let message = "the file is not UTF-8 from here on".to_owned();
            let hint = Some("save it as UTF-8 text".to_owned());
            Problem { file: name, line, column, message, hint, excerpt: None }
        })
    }

    /// Reads the file into a type.
    ///
    /// # Errors
    /// Gives the first mistake with its place and the nearest valid word.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_saphyr::from_str_with_options(&self.text, options()).map_err(|error| self.yaml_problem(&error))
    }

    /// A mistake at a place in the file.
    pub fn problem(&self, location: &Location, message: impl Into<String>, hint: Option<String>) -> Problem {
        self.problem_at(location.line(), location.column(), message.into(), hint)
    }

    /// A mistake inside a text of the file, at an offset into that text.
    pub fn problem_within(
        &self,
        text: &Located<String>,
        offset: usize,
        message: String,
        hint: Option<String>,
    ) -> Problem {
        let (line, column) = self.place_within(text, offset);
        self.problem_at(line, column, message, hint)
    }

    fn problem_at(&self, line: u64, column: u64, message: String, hint: Option<String>) -> Problem {
        let index = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        let excerpt = self.text.lines().nth(index).map(str::to_owned);
        Problem { file: self.name.clone(), line: line.max(1), column: column.max(1), message, hint, excerpt }
    }

    fn yaml_problem(&self, error: &Error) -> Problem {
        let error = error.without_snippet();
        let location = error.location();
        let (message, hint) = words(error);
        match location {
            Some(location) => self.problem(&location, message, hint),
            None => self.problem_at(1, 1, message, hint),
        }
    }

    /// Walks through the text as it is written (quotes, folds, indentation) beside the text as it is meant.
    fn place_within(&self, text: &Located<String>, offset: usize) -> (u64, u64) {
        let location = text.location();
        let start = location.span().byte_offset().and_then(|offset| usize::try_from(offset).ok()).unwrap_or_default();
        let written = self.text.get(start..).unwrap_or_default();
        let quote = written.chars().next().filter(|first| matches!(first, '"' | '\''));
        let mut written = written.char_indices().peekable();
        if quote.is_some() {
            written.next();
        }
        let mut last = 0;
        for (at, meant) in text.value().char_indices() {
            while let Some(&(position, found)) = written.peek() {
                last = position;
                let same = found == meant || meant.is_whitespace() && found.is_whitespace();
                if same && at >= offset {
                    return self.place_at(start + position);
                }
                written.next();
                if same || !(found.is_whitespace() || Some(found) == quote || found == '\\') {
                    break;
                }
            }
        }
        self.place_at(start + last)
    }

    fn place_at(&self, offset: usize) -> (u64, u64) {
        end_of(self.text.get(..offset).unwrap_or_default())
    }
}

/// The line and column behind the end of a text.
fn end_of(text: &str) -> (u64, u64) {
    let line = text.matches('\n').count() + 1;
    let column = text.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u64::try_from(line).unwrap_or(u64::MAX), u64::try_from(column).unwrap_or(u64::MAX))
}

fn options() -> Options {
    serde_saphyr::options! {
        strict_booleans: true,
        no_schema: true,
        reject_unsupported_tags: true,
        merge_keys: MergeKeyPolicy::Error,
        with_snippet: false,
        budget: serde_saphyr::budget! { max_nodes: 50_000, max_depth: 64, max_anchors: 0, max_aliases: 0, max_documents: 1 },
    }
}

fn words(error: &Error) -> (String, Option<String>) {
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            (format!("unknown field `{}`", field.escape_debug()), suggest(field, expected.iter().copied()))
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            (format!("unknown value `{}`", variant.escape_debug()), suggest(variant, expected.iter().copied()))
        }
        Error::SerdeMissingField { field, .. } => (format!("the field `{field}` is missing"), None),
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or("a key").escape_debug().to_string();
            (format!("`{key}` stands here twice"), Some("keep one of the two".to_owned()))
        }
        Error::MultipleDocuments { .. } | Error::Budget { breach: BudgetBreach::Documents { .. }, .. } => (
            "a second document begins here".to_owned(),
            Some("write one document per file: put what stands below `---` into a file of its own".to_owned()),
        ),
        other => {
            let text = other.to_string();
            let text = text.lines().next().unwrap_or_default();
            let text =
                text.split_once(": ").map_or(text, |(place, rest)| if place.contains("line") { rest } else { text });
            (text.trim_start_matches("error: ").escape_debug().to_string(), None)
        }
    }
}

/// A value and the place it was written at.
#[derive(Clone, Debug)]
pub struct Located<T>(Spanned<T>);

impl<T> Located<T> {
    /// The value.
    pub fn value(&self) -> &T {
        &self.0.value
    }

    /// The place.
    pub fn location(&self) -> &Location {
        &self.0.referenced
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(Self)
    }
}

impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// A map in the order it was written, with the place of each key and value.
#[derive(Clone, Debug)]
pub struct Pairs<T>(pub Vec<(Located<String>, Located<T>)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<T> {
            type Value = Pairs<T>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor(std::marker::PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Pairs<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Map_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<std::collections::BTreeMap<String, T>>()
    }
}
