//! The reference of what policies can speak about: resource kinds and functions.

use trackera_core::language::FUNCTIONS;
use trackera_core::resource::Scope;
use trackera_core::schema::{KindSchema, Record, Schema, Type};

use super::markdown::{code, codes, page, table};

/// Every kind with its fields.
pub(super) fn kinds(schema: &Schema) -> String {
    let about = "What policies can judge, as the collectors see it. A field that comes from an API operation of its own \
                 is unknown when that operation is refused; the others come with the list of their kind.";
    let mut text = page("Resource kinds", about);
    schema.kinds().iter().for_each(|kind| text.push_str(&one_kind(kind)));
    text.push_str(&format!(
        "\n## company\n\nWhat the company declares about itself in `trackera.yaml`; what it does not declare is unknown.\n{}",
        fields(schema.company())
    ));
    text
}

fn one_kind(kind: &KindSchema) -> String {
    let scope = match kind.scope {
        Scope::Account => "once per account",
        Scope::Region => "once per account and region",
    };
    let mut text = format!("\n## {}\n\n{}\n\n", kind.name, kind.description);
    let operations = if kind.operations.is_empty() {
        "by no call of its own".to_owned()
    } else {
        format!("by {}", codes(kind.operations.iter().copied()))
    };
    text.push_str(&format!("Listed {scope}, {operations}.\n"));
    text.push_str(&fields(&kind.record));
    let mut records = Vec::new();
    kind.record.fields.iter().for_each(|field| nested(&field.kind, &mut records));
    for record in records {
        text.push_str(&format!("\n### {} in {}\n{}", record.name, kind.name, fields(record)));
    }
    text
}

fn fields(record: &Record) -> String {
    let rows = record.fields.iter().map(|field| {
        let operations = codes(field.operations.iter().copied());
        [
            code(&field.name),
            code(&field.kind.to_string()),
            operations,
            format!("{}{}", field.description, values(&field.kind)),
        ]
    });
    table(["field", "type", "operations", "meaning"], rows)
}

/// The values of a closed set.
fn values(kind: &Type) -> String {
    match kind {
        Type::String(Some(values)) => format!(" One of {}.", codes(values.iter().map(String::as_str))),
        Type::Nullable(inner) | Type::List(inner) => values(inner),
        _ => String::new(),
    }
}

/// The records within a type, each once.
fn nested<'t>(kind: &'t Type, found: &mut Vec<&'t Record>) {
    match kind {
        Type::Nullable(inner) | Type::List(inner) | Type::Map(inner) => nested(inner, found),
        Type::Record(record) if found.iter().all(|known| known.name != record.name) => {
            found.push(record);
            record.fields.iter().for_each(|field| nested(&field.kind, found));
        }
        _ => {}
    }
}

/// Every function of the policy language.
pub(super) fn functions() -> String {
    let about = "What expressions can call besides the operators of CEL. A function that needs evidence which is missing \
                 is unknown, never a guess.";
    let mut text = page("Functions", about);
    for function in FUNCTIONS {
        text.push_str(&format!("\n## {}\n\n`{}`\n\n{}\n", function.name, function.signature(), function.description));
        if !function.reads.is_empty() {
            let reads = function.reads.iter().map(|(kind, field)| match *field {
                "*" => format!("the list of `{kind}`"),
                field => format!("`{kind}.{field}`"),
            });
            text.push_str(&format!("\nReads {}.\n", reads.collect::<Vec<_>>().join(", ")));
        }
    }
    text
}
