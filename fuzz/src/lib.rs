//! What the fuzz targets share: the schema, the shipped policies, a company, and a small estate of every kind.
//!
//! The estate follows the schema by itself, so that a new kind or attribute is fuzzed from its first day. Nothing here
//! may depend on the input: a crash must be repeatable from its bytes alone.

use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use trackera_core::company::{Company, Configuration};
use trackera_core::estate::{CollectedAccount, Estate, List, SNAPSHOT_VERSION, Snapshot};
use trackera_core::policy::PolicySet;
use trackera_core::resource::{GLOBAL, Resource, Scope, UNKNOWN_KEY};
use trackera_core::schema::{KindSchema, Record, Schema, Type};
use trackera_core::yaml::File;

/// The moment at which everything is judged.
pub const NOW: Timestamp = Timestamp::constant(1_767_225_600, 0);

const ACCOUNT: &str = "000000000000";
const REGION: &str = "eu-central-1";
/// How deep records are filled; deeper ones would only repeat themselves.
const DEPTH: usize = 4;

/// The schema of the product.
pub static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| Arc::new(Schema::new().expect("the schema is whole")));

/// The policies that are shipped.
pub static SHIPPED: LazyLock<PolicySet> = LazyLock::new(|| {
    let mut paths: Vec<_> = fs::read_dir(root().join("policies"))
        .expect("the policies lie beside the fuzz crate")
        .map(|entry| entry.expect("the directory can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    paths.sort();
    let files: Vec<File> = paths.iter().map(|path| file(path)).collect();
    PolicySet::load(&SCHEMA, &files, None).unwrap_or_else(|problems| panic!("a shipped policy is wrong: {problems:?}"))
});

/// The example company.
pub static COMPANY: LazyLock<Company> = LazyLock::new(|| {
    let configuration = Configuration::load(&file(&root().join("trackera.yaml")));
    configuration.unwrap_or_else(|problem| panic!("the example configuration is wrong: {problem}")).company
});

/// One estate with two resources of every kind: all is known of the one, nothing of the other.
pub static ESTATE: LazyLock<Estate> =
    LazyLock::new(|| Estate::new(&SCHEMA, &snapshot()).expect("the estate follows the schema"));

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn file(path: &Path) -> File {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
    File::new(path.to_string_lossy(), bytes).unwrap_or_else(|problem| panic!("{problem}"))
}

/// The facts of [`ESTATE`], as a file would hold them.
pub fn snapshot() -> Snapshot {
    let kinds = SCHEMA.kinds();
    let list = |kind: &KindSchema| List {
        kind: kind.name.to_string(),
        account: ACCOUNT.to_owned(),
        region: region(kind).to_owned(),
        gaps: Vec::new(),
    };
    Snapshot {
        version: SNAPSHOT_VERSION,
        collected_at: NOW,
        accounts: vec![CollectedAccount { account: ACCOUNT.to_owned(), regions: vec![REGION.to_owned()] }],
        lists: kinds.iter().map(list).collect(),
        resources: kinds.iter().flat_map(|kind| [known(kind), unknown(kind)]).collect(),
        gaps: Vec::new(),
        reports: Vec::new(),
    }
    .sorted()
}

fn region(kind: &KindSchema) -> &'static str {
    match kind.scope {
        Scope::Account => GLOBAL,
        Scope::Region => REGION,
    }
}

/// A resource whose every attribute has a value; relations lead to the other resources that are called the same.
fn known(kind: &KindSchema) -> Resource {
    resource(kind, "known", fields(&kind.record, DEPTH))
}

/// A resource of which no attribute could be read.
fn unknown(kind: &KindSchema) -> Resource {
    let gap = json!({ UNKNOWN_KEY: {
        "operation": "service:Operation", "account": ACCOUNT, "region": region(kind), "resource": "unknown",
        "error_class": "access_denied",
    }});
    let attributes = attributes(&kind.record).map(|name| (name.to_owned(), gap.clone()));
    resource(kind, "unknown", attributes.collect())
}

fn resource(kind: &KindSchema, id: &str, attributes: Map<String, Json>) -> Resource {
    Resource {
        kind: kind.name.to_string(),
        account: ACCOUNT.to_owned(),
        region: region(kind).to_owned(),
        id: id.to_owned(),
        name: id.to_owned(),
        attributes: attributes.into(),
    }
}

fn attributes(record: &Record) -> impl Iterator<Item = &str> {
    let envelope = ["id", "name", "account", "region"];
    record.fields.iter().map(|field| field.name.as_str()).filter(move |name| !envelope.contains(name))
}

fn fields(record: &Record, depth: usize) -> Map<String, Json> {
    record.fields.iter().map(|field| (field.name.clone(), value(&field.name, &field.kind, depth))).collect()
}

/// A value of a type; text takes its cue from its field's name where the content matters.
fn value(name: &str, kind: &Type, depth: usize) -> Json {
    match kind {
        Type::Bool => json!(true),
        Type::Int => json!(7),
        Type::String(Some(documented)) => json!(documented.first()),
        Type::String(None) if name.contains("cidr") || name.contains("source") => json!("0.0.0.0/0"),
        Type::String(None) if name.contains("action") || name.contains("resource") => json!("*"),
        Type::String(None) if name.contains("effect") => json!("Allow"),
        Type::String(None) if name.contains("protocol") => json!("tcp"),
        Type::String(None) => json!("known"),
        Type::Timestamp => json!("2025-06-01T00:00:00Z"),
        Type::Duration => json!("1h"),
        Type::List(_) | Type::Map(_) | Type::Record(_) | Type::Nullable(_) if depth == 0 => nothing(kind),
        Type::List(item) => json!([value(name, item, depth - 1)]),
        Type::Map(item) => json!({ "known": value(name, item, depth - 1) }),
        Type::Record(inner) => Json::Object(fields(inner, depth - 1)),
        Type::Nullable(inner) => value(name, inner, depth - 1),
        Type::Resource(_) => json!("known"),
        Type::Null | Type::Any => Json::Null,
    }
}

fn nothing(kind: &Type) -> Json {
    match kind {
        Type::List(_) => json!([]),
        Type::Map(_) | Type::Record(_) => json!({}),
        _ => Json::Null,
    }
}
