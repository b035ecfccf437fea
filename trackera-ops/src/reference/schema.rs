//! The JSON Schema of policy files, with the words of this estate filled in.

use schemars::generate::SchemaSettings;
use serde_json::{Value as Json, json};
use trackera_core::policy::PolicyFile;
use trackera_core::schema::{OPERATIONS, Schema};

/// The schema of policy files, with the resource kinds and operations that exist.
pub(crate) fn policy_schema(schema: &Schema) -> Json {
    let generator = SchemaSettings::draft07().into_generator();
    let mut root = generator.into_root_schema_for::<PolicyFile>().to_value();
    let kinds = schema.kinds().iter();
    let described: serde_json::Map<String, Json> =
        kinds.clone().map(|kind| (kind.name.to_string(), json!(kind.description))).collect();
    let kinds: Vec<&str> = kinds.map(|kind| kind.name.as_ref()).collect();
    let operations: Vec<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
    set(&mut root, "/definitions/PolicyText/properties/resource/enum", json!(kinds));
    set(&mut root, "/definitions/PolicyText/properties/resource/x-descriptions", Json::Object(described));
    set(&mut root, "/definitions/Case/properties/refused/items/enum", json!(operations));
    set(&mut root, "/definitions/Case/properties/estate/propertyNames", json!({ "enum": kinds }));
    set(&mut root, "/title", json!("Trackera Ops policy file"));
    root
}

/// Sets a member of an object that is there already; its own name is the last part of the path.
fn set(root: &mut Json, path: &str, value: Json) {
    if let Some((parent, name)) = path.rsplit_once('/')
        && let Some(object) = root.pointer_mut(parent).and_then(Json::as_object_mut)
    {
        object.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_learn_the_kinds_and_operations() {
        let schema = policy_schema(&Schema::new().unwrap());
        let kinds = schema.pointer("/definitions/PolicyText/properties/resource/enum").unwrap();
        assert!(kinds.as_array().unwrap().contains(&json!("aws.ec2.security_group")), "{kinds}");
        let refused = schema.pointer("/definitions/Case/properties/refused/items/enum").unwrap();
        assert!(refused.as_array().unwrap().contains(&json!("kms:ListKeys")), "{refused}");
        assert!(schema.pointer("/definitions/Case/properties/estate/propertyNames/enum").is_some());
        assert_eq!(schema.pointer("/additionalProperties"), Some(&json!(false)));
    }
}
