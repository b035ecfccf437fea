//! The small estate that an example of a policy describes.
//!
//! What an example does not mention is unknown. Related resources may be written out in place, and moments as ages.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::text::Case;
use crate::estate::{CollectedAccount, List, PreparedReport, SNAPSHOT_VERSION, Snapshot};
use crate::resource::{Attributes, ErrorClass, GLOBAL, Gap, Resource, Scope, UNKNOWN_KEY};
use crate::schema::{KindSchema, OPERATIONS, Operation, Record, Schema, Type, operation};
use crate::source::{Problem, suggest};
use crate::time;
use crate::yaml::{File, Located};

/// The account that examples are in.
pub(super) const ACCOUNT: &str = "000000000000";
const REGION: &str = "eu-central-1";

/// Builds the snapshot that an example describes.
pub(super) struct Builder<'a> {
    schema: &'a Schema,
    kind: &'a KindSchema,
    file: &'a File,
    case: &'a Case,
    now: Timestamp,
    pub(super) snapshot: Snapshot,
    pub(super) subject: String,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        schema: &'a Schema,
        kind: &'a KindSchema,
        file: &'a File,
        case: &'a Case,
        now: Timestamp,
    ) -> Self {
        let regions = vec![REGION.to_owned()];
        let snapshot = Snapshot {
            version: SNAPSHOT_VERSION,
            collected_at: now,
            accounts: vec![CollectedAccount { account: ACCOUNT.to_owned(), regions }],
            lists: Vec::new(),
            resources: Vec::new(),
            gaps: Vec::new(),
            reports: reports(now),
        };
        Self { schema, kind, file, case, now, snapshot, subject: "example".to_owned() }
    }

    /// Fills the snapshot.
    ///
    /// # Errors
    /// Names the first thing in the example that the schema does not know.
    pub(super) fn fill(&mut self) -> Result<(), Problem> {
        let case = self.case;
        for name in &case.refused {
            if operation(name.value()).is_none() {
                let known: Vec<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
                let message = format!("no collector calls `{}`", name.value().escape_debug());
                return Err(self.file.problem(name.location(), message, suggest(name.value(), known)));
            }
        }
        if let Some(given) = &case.given {
            self.subject = given.value().get("id").and_then(Json::as_str).unwrap_or("example").to_owned();
            self.resource(self.kind, given.value())?;
        }
        for (kind, resources) in &case.estate.0 {
            let Some(kind) = self.schema.kind(kind.value()) else {
                let known: Vec<&str> = self.schema.kinds().iter().map(|kind| kind.name.as_ref()).collect();
                let message = format!("no resource kind is called `{}`", kind.value().escape_debug());
                return Err(self.file.problem(kind.location(), message, suggest(kind.value(), known)));
            };
            for json in resources.value() {
                self.resource(kind, json)?;
            }
        }
        let regions = self.regions();
        if let Some(account) = self.snapshot.accounts.first_mut() {
            account.regions = regions.iter().cloned().collect();
        }
        for kind in self.schema.kinds() {
            match kind.scope {
                Scope::Account => self.list(kind, GLOBAL),
                Scope::Region => regions.iter().for_each(|region| self.list(kind, region)),
            }
        }
        self.snapshot = self.snapshot.clone().sorted();
        Ok(())
    }

    /// The regions that the example mentions, as places of resources or as regions themselves.
    fn regions(&self) -> BTreeSet<String> {
        let mentioned = self.snapshot.resources.iter().map(|resource| match resource.kind.as_str() {
            "aws.region" => resource.id.clone(),
            _ => resource.region.clone(),
        });
        mentioned.filter(|region| region != GLOBAL).chain([REGION.to_owned()]).collect()
    }

    fn list(&mut self, kind: &KindSchema, region: &str) {
        let refused: Vec<Gap> = kind.operations.iter().filter_map(|name| self.refusal(name, kind, None)).collect();
        if !refused.is_empty() {
            self.snapshot.resources.retain(|resource| resource.kind != kind.name.as_ref());
        }
        self.snapshot.lists.push(List {
            kind: kind.name.to_string(),
            account: ACCOUNT.to_owned(),
            region: region.to_owned(),
            gaps: refused,
        });
    }

    fn refusal(&self, operation: &str, kind: &KindSchema, resource: Option<&str>) -> Option<Gap> {
        let refused = self.case.refused.iter().any(|refused| refused.value() == operation);
        refused.then(|| Gap {
            operation: operation.to_owned(),
            account: ACCOUNT.to_owned(),
            region: region(kind).to_owned(),
            resource: resource.map(str::to_owned),
            error_class: ErrorClass::AccessDenied,
        })
    }

    /// Adds a resource and gives its id.
    fn resource(&mut self, kind: &KindSchema, json: &Json) -> Result<String, Problem> {
        let Some(given) = json.as_object() else {
            return Err(self.mistake(format!("a {} is written as a map of its attributes", kind.name), None));
        };
        let text = |field: &str| given.get(field).and_then(Json::as_str).map(str::to_owned);
        let default = match self.snapshot.resources.iter().filter(|one| one.kind == kind.name.as_ref()).count() {
            0 => "example".to_owned(),
            count => format!("example-{count}"),
        };
        let id = text("id").unwrap_or(default);
        let place = self.snapshot.resources.len();
        self.snapshot.resources.push(Resource {
            kind: kind.name.to_string(),
            account: text("account").unwrap_or_else(|| ACCOUNT.to_owned()),
            region: text("region").unwrap_or_else(|| region(kind).to_owned()),
            name: text("name").unwrap_or_else(|| id.clone()),
            id: id.clone(),
            attributes: Attributes::from(Map::new()),
        });
        let mut attributes = Map::new();
        for (name, value) in given.iter().filter(|(name, _)| !is_envelope(name)) {
            let Some((_, field)) = kind.record.field(name) else {
                let known = kind.record.fields.iter().map(|field| field.name.as_str());
                let message = format!("`{}` has no attribute `{}`", kind.name, name.escape_debug());
                return Err(self.mistake(message, suggest(name, known)));
            };
            let value = self.value(&field.kind, value)?;
            attributes.insert(name.clone(), value);
        }
        for field in &kind.record.fields {
            if let Some(gap) = field.operations.iter().find_map(|name| self.refusal(name, kind, Some(&id))) {
                attributes.insert(field.name.clone(), json!({ UNKNOWN_KEY: gap }));
            }
        }
        if let Some(resource) = self.snapshot.resources.get_mut(place) {
            resource.attributes = Attributes::from(attributes);
        }
        Ok(id)
    }

    /// Ages become moments, resources written in place become relations, and what a record lacks is absent.
    fn value(&mut self, kind: &Type, json: &Json) -> Result<Json, Problem> {
        match (kind, json) {
            (Type::Nullable(inner), json) if !json.is_null() => self.value(inner, json),
            (Type::Timestamp, Json::String(text)) => Ok(self.moment(text).map_or_else(|| json.clone(), |at| json!(at))),
            (Type::Resource(target), Json::Object(_)) => {
                let target = self.schema.kind(target).cloned();
                target.map_or(Ok(Json::Null), |target| self.resource(&target, json).map(Json::String))
            }
            (Type::List(item), Json::Array(items)) => {
                items.iter().map(|one| self.value(item, one)).collect::<Result<Vec<_>, _>>().map(Json::Array)
            }
            (Type::Record(record), Json::Object(given)) => self.record(record, given),
            _ => Ok(json.clone()),
        }
    }

    fn record(&mut self, record: &Record, given: &Map<String, Json>) -> Result<Json, Problem> {
        if let Some(name) = given.keys().find(|name| record.field(name).is_none()) {
            let known = record.fields.iter().map(|field| field.name.as_str());
            let message = format!("`{}` has no field `{}`", record.name, name.escape_debug());
            return Err(self.mistake(message, suggest(name, known)));
        }
        let mut object = Map::new();
        for field in &record.fields {
            let value = match (given.get(&field.name), &field.kind) {
                (Some(value), kind) => self.value(kind, value)?,
                (None, Type::Nullable(_)) => Json::Null,
                (None, Type::List(_)) => json!([]),
                (None, _) => continue,
            };
            object.insert(field.name.clone(), value);
        }
        Ok(Json::Object(object))
    }

    fn moment(&self, text: &str) -> Option<Timestamp> {
        let age = time::parse(text.strip_prefix('-')?).ok()?;
        self.now.checked_sub(age).ok()
    }

    fn mistake(&self, message: String, hint: Option<String>) -> Problem {
        let location = self.case.given.as_ref().map_or(self.case.name.location(), Located::location);
        self.file.problem(location, message, hint)
    }
}

/// Reports that services prepare ahead are fresh in examples.
fn reports(now: Timestamp) -> Vec<PreparedReport> {
    let prepared = OPERATIONS.iter().filter(|operation| operation.period.is_positive());
    let report = |operation: &Operation| PreparedReport {
        operation: operation.name.to_owned(),
        account: ACCOUNT.to_owned(),
        generated_at: now,
    };
    prepared.map(report).collect()
}

fn region(kind: &KindSchema) -> &'static str {
    match kind.scope {
        Scope::Account => GLOBAL,
        Scope::Region => REGION,
    }
}

fn is_envelope(name: &str) -> bool {
    ["id", "name", "account", "region"].contains(&name)
}
