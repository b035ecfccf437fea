//! Running the examples that a policy carries, offline.
//!
//! An example describes as much of an estate as it needs. What it does not mention is unknown, so that an example cannot
//! pass because something was forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::compile::{self, Policy};
use super::text::Case;
use super::{PolicySet, PolicyText};
use crate::company::Company;
use crate::estate::{CollectedAccount, Estate, List, SNAPSHOT_VERSION, Snapshot};
use crate::language::Value;
use crate::resource::{ErrorClass, GLOBAL, Gap, Resource, Scope, UNKNOWN_KEY};
use crate::schema::{KindSchema, Record, Schema, Type, operation};
use crate::source::{Problem, suggest};
use crate::time;
use crate::verdict::{Circumstances, Verdict, judge};
use crate::yaml::{File, Located};

const ACCOUNT: &str = "000000000000";
const REGION: &str = "eu-central-1";
const NOW: &str = "2026-01-01T00:00:00Z";

/// How an example went.
#[derive(Clone, Debug)]
pub struct CaseOutcome {
    /// The policy's id.
    pub policy: Arc<str>,
    /// The example's name.
    pub name: String,
    /// What it wants.
    pub want: Verdict,
    /// What came out, with the reason, or why the example cannot be used.
    pub got: Result<(Verdict, String), Problem>,
    /// The file and line of the example.
    pub place: (String, u64),
}

impl CaseOutcome {
    /// Tells whether the example went as it says.
    pub fn passed(&self) -> bool {
        matches!(&self.got, Ok((got, _)) if *got == self.want)
    }
}

/// Runs all examples of the policies in a set.
pub fn run_cases(set: &PolicySet) -> Vec<CaseOutcome> {
    let policies = set.policies.iter().filter_map(|policy| Some((policy, set.cases.get(&policy.id)?)));
    let cases = policies.flat_map(|(policy, (file, cases))| cases.iter().map(move |case| (policy, file, case)));
    cases
        .map(|(policy, file, case)| CaseOutcome {
            policy: Arc::clone(&policy.id),
            name: case.name.value().clone(),
            want: case.want,
            got: run(set, policy, file, case),
            place: (file.name.clone(), case.name.location().line()),
        })
        .collect()
}

fn run(set: &PolicySet, policy: &Policy, file: &File, case: &Case) -> Result<(Verdict, String), Problem> {
    let policy = with_params(set, policy, file, case)?;
    let now = now(file, case)?;
    let mut builder = Builder::new(&set.schema, &policy.kind, file, case, now);
    builder.fill()?;
    let (snapshot, subject_id) = (builder.snapshot, builder.subject);
    let at = case.name.location();
    let estate = Estate::new(&set.schema, &snapshot).map_err(|error| {
        let source = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
        file.problem(at, format!("{error}{source}"), None)
    })?;
    let company = company(file, case)?;
    let alone = PolicySet {
        schema: Arc::clone(&set.schema),
        policies: vec![policy],
        cases: BTreeMap::new(),
        waivers: Vec::new(),
    };
    let report = judge(&alone, &Circumstances { estate: &estate, company: &company, now });
    let subject = |id: &str| report.verdicts.iter().find(|row| row.resource.id == id);
    let row = subject(&subject_id).or_else(|| subject("*"));
    row.map(|row| (row.verdict, row.reason.clone()))
        .ok_or_else(|| file.problem(at, "the example gives no verdict", None))
}

/// Parameters in place of the policy's own are checked as the policy's own are.
fn with_params(set: &PolicySet, policy: &Policy, file: &File, case: &Case) -> Result<Policy, Problem> {
    if case.params.0.is_empty() {
        return Ok(policy.clone());
    }
    let mut overrides = policy.params.clone();
    for (name, json) in &case.params.0 {
        match (policy.params.contains_key(name.value()), Value::from_constant(json.value())) {
            (true, Some(value)) => overrides.insert(name.value().clone(), value),
            _ => {
                let message = format!("the policy has no parameter `{}` of this form", name.value().escape_debug());
                let known: Vec<&str> = policy.params.keys().map(String::as_str).collect();
                return Err(file.problem(name.location(), message, suggest(name.value(), known)));
            }
        };
    }
    let written: super::PolicyFile = file.parse()?;
    let text: Option<&PolicyText> = written.policies.iter().find(|text| text.id.value().as_str() == policy.id.as_ref());
    text.map_or_else(|| Ok(policy.clone()), |text| compile::compile(&set.schema, file, text, &overrides))
}

fn now(file: &File, case: &Case) -> Result<Timestamp, Problem> {
    let text = case.now.as_ref().map_or(NOW, |now| now.value().as_str());
    text.parse().map_err(|_| {
        let location = case.now.as_ref().map_or(case.name.location(), Located::location);
        let message = format!("`{}` is not a moment", text.escape_debug());
        file.problem(location, message, Some(format!("write it like `{NOW}`")))
    })
}

/// The example company, with the example's own declarations in place.
fn company(file: &File, case: &Case) -> Result<Company, Problem> {
    let mut company = json!({
        "accounts": [{"id": ACCOUNT}],
        "regions": {"primary": "eu-central-1", "recovery": "eu-west-1"},
        "people": [
            {"name": "Ada", "iam_user": "ada", "admin": true},
            {"name": "Bob", "iam_user": "bob", "admin": true},
            {"name": "Eve", "iam_user": "eve"},
        ],
        "services": ["deploy"],
    });
    for (field, value) in &case.company.0 {
        if let Some(object) = company.as_object_mut() {
            object.insert(field.value().clone(), value.value().clone());
        }
    }
    let text = json!({ "company": company }).to_string();
    let written = File { name: file.name.clone(), text };
    written.parse::<crate::company::Configuration>().map(|configuration| configuration.company).map_err(|problem| {
        let location = case.company.0.first().map_or(case.name.location(), |(field, _)| field.location());
        file.problem(location, problem.message, problem.hint)
    })
}

struct Builder<'a> {
    schema: &'a Schema,
    kind: &'a KindSchema,
    file: &'a File,
    case: &'a Case,
    now: Timestamp,
    snapshot: Snapshot,
    subject: String,
}

impl<'a> Builder<'a> {
    fn new(schema: &'a Schema, kind: &'a KindSchema, file: &'a File, case: &'a Case, now: Timestamp) -> Self {
        let regions = vec![REGION.to_owned()];
        let snapshot = Snapshot {
            version: SNAPSHOT_VERSION,
            collected_at: now,
            accounts: vec![CollectedAccount { account: ACCOUNT.to_owned(), regions }],
            lists: Vec::new(),
            resources: Vec::new(),
            gaps: Vec::new(),
            reports: Vec::new(),
        };
        Self { schema, kind, file, case, now, snapshot, subject: "example".to_owned() }
    }

    fn fill(&mut self) -> Result<(), Problem> {
        let case = self.case;
        for name in &case.refused {
            if operation(name.value()).is_none() {
                let known: Vec<&str> = crate::schema::OPERATIONS.iter().map(|operation| operation.name).collect();
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
            attributes: Json::Null,
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
            resource.attributes = Json::Object(attributes);
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

fn region(kind: &KindSchema) -> &'static str {
    match kind.scope {
        Scope::Account => GLOBAL,
        Scope::Region => REGION,
    }
}

fn is_envelope(name: &str) -> bool {
    ["id", "name", "account", "region"].contains(&name)
}
