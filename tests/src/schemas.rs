//! Outputs held against the schemas that their owners publish.

use serde_json::Value;

/// A JSON schema that knows no network and no file but its own text.
#[derive(Debug)]
pub struct Schema(jsonschema::Validator);

impl Schema {
    /// Reads a schema.
    pub fn new(text: &str) -> Self {
        let schema: Value = serde_json::from_str(text).expect("a schema is JSON");
        Self(jsonschema::validator_for(&schema).expect("a schema follows its own rules"))
    }

    /// Reads a document and fails with the first five places where it does not follow the schema.
    pub fn check(&self, text: &str) -> Value {
        let document: Value = serde_json::from_str(text).expect("the document is JSON");
        let errors = self.0.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path()));
        let errors: Vec<String> = errors.take(5).collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
        document
    }
}
