//! The estate, for people and programs.

use std::path::Path;

use serde_json::{Value as Json, json};
use trackera_core::estate::Snapshot;
use trackera_core::resource::{Gap, Resource, Scope, UNKNOWN_KEY};
use trackera_core::schema::KindSchema;

use super::coverage::gaps as gaps_shown;
use super::escape::{name, sentence};
use super::look::{Look, Tone, counted, moment};

/// How many items of one list are spelled out.
const MOST_ITEMS: usize = 100;

/// What was collected, and what could not be.
pub(crate) fn collected(look: Look, snapshot: &Snapshot, path: &Path) -> String {
    let counts = snapshot.counts();
    let rows = counts.iter().map(|(kind, count)| [name(kind), count.to_string()]);
    let mut text = look.columns(0, rows);
    if !snapshot.gaps.is_empty() {
        text.push_str(&gaps_shown(look, &snapshot.gaps));
    }
    let accounts = counted(snapshot.accounts.len(), "account");
    let resources = counted(snapshot.resources.len(), "resource");
    let path = sentence(&path.display().to_string());
    let line = format!(
        "{resources} of {accounts} at {}, {}, written to {path}",
        moment(snapshot.collected_at),
        counted(snapshot.gaps.len(), "gap")
    );
    text.push_str(&look.paragraph(0, &line));
    text
}

/// Resources, one line each.
pub(crate) fn list(look: Look, resources: &[&Resource], gaps: &[Gap]) -> String {
    let rows = resources.iter().map(|one| {
        let shown = if one.name == one.id { String::new() } else { name(&one.name) };
        [name(&one.kind), name(&one.account), name(&one.region), name(&one.id), shown]
    });
    let mut text = look.columns(0, rows);
    if !gaps.is_empty() {
        text.push_str(&gaps_shown(look, gaps));
    }
    text.push_str(&format!("{}, {}\n", counted(resources.len(), "resource"), counted(gaps.len(), "gap")));
    text
}

/// The same for programs: what names each resource, without its attributes.
pub(crate) fn list_json(resources: &[&Resource], gaps: &[Gap]) -> Json {
    let one = |one: &&Resource| json!({"kind": one.kind, "id": one.id, "name": one.name, "account": one.account, "region": one.region});
    json!({ "resources": resources.iter().map(one).collect::<Vec<_>>(), "gaps": gaps })
}

/// Resources with all that was read of them.
pub(crate) fn resources(look: Look, resources: &[&Resource]) -> String {
    let one = |one: &&Resource| {
        let head = format!("{} {}", name(&one.kind), name(&one.id));
        let mut rows = vec![
            (Some(Tone::Quiet), ["name".to_owned(), name(&one.name)]),
            (Some(Tone::Quiet), ["account".to_owned(), name(&one.account)]),
            (Some(Tone::Quiet), ["region".to_owned(), name(&one.region)]),
        ];
        attributes("", &one.attributes.to_value(), &mut rows);
        format!("{}\n{}", look.paint(Tone::Strong, &head), look.painted_columns(2, rows))
    };
    resources.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// One row for each leaf; a gap says why there is nothing.
fn attributes(path: &str, json: &Json, rows: &mut Vec<(Option<Tone>, [String; 2])>) {
    let below = |key: &str| if path.is_empty() { name(key) } else { format!("{path}.{}", name(key)) };
    match json {
        Json::Object(object) => match object.get(UNKNOWN_KEY) {
            Some(gap) => rows.push((Some(Tone::Doubtful), [path.to_owned(), unknown(gap)])),
            None if object.is_empty() => rows.push((Some(Tone::Quiet), [path.to_owned(), "none".to_owned()])),
            None => object.iter().for_each(|(key, value)| attributes(&below(key), value, rows)),
        },
        Json::Array(items) if items.is_empty() => rows.push((Some(Tone::Quiet), [path.to_owned(), "none".to_owned()])),
        Json::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            let mut words: Vec<String> = items.iter().take(MOST_ITEMS).map(|item| name(&plain(item))).collect();
            if let Some(more) = items.len().checked_sub(MOST_ITEMS).filter(|more| *more > 0) {
                words.push(format!("and {more} more"));
            }
            rows.push((Some(Tone::Quiet), [path.to_owned(), words.join(", ")]));
        }
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| attributes(&format!("{path}[{index}]"), item, rows));
        }
        leaf => rows.push((Some(Tone::Quiet), [path.to_owned(), sentence(&plain(leaf))])),
    }
}

fn plain(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        Json::Null => "none".to_owned(),
        other => other.to_string(),
    }
}

fn unknown(gap: &Json) -> String {
    let gaps: Vec<Gap> = match gap {
        Json::Array(gaps) => gaps.iter().filter_map(|gap| serde_json::from_value(gap.clone()).ok()).collect(),
        gap => serde_json::from_value(gap.clone()).ok().into_iter().collect(),
    };
    let words: Vec<String> = gaps.iter().map(ToString::to_string).collect();
    sentence(&format!("unknown: {}", words.join("; ")))
}

/// All kinds, one line each.
pub(crate) fn kinds(look: Look, kinds: &[&KindSchema]) -> String {
    let rows = kinds.iter().map(|kind| (Some(Tone::Strong), [kind.name.to_string(), kind.description.clone()]));
    look.painted_columns(0, rows.collect())
}

/// One kind with its fields.
pub(crate) fn kind(look: Look, kind: &KindSchema) -> String {
    let rows = kind.record.fields.iter().map(|field| {
        let operations = field.operations.join(", ");
        (Some(Tone::Strong), [field.name.clone(), field.kind.to_string(), operations, field.description.clone()])
    });
    let listed = match kind.scope {
        Scope::Account => "once per account",
        Scope::Region => "once per account and region",
    };
    let listed = format!("Listed {listed} by {}.", kind.operations.join(", "));
    let head = look.paint(Tone::Strong, &kind.name);
    let about = format!("{}{}", look.paragraph(2, &kind.description), look.paragraph(2, &listed));
    format!("{head}\n{about}\n{}", look.painted_columns(2, rows.collect()))
}

/// Kinds for programs.
pub(crate) fn kinds_json(kinds: &[&KindSchema]) -> Json {
    let one = |kind: &&KindSchema| {
        let fields = kind.record.fields.iter().map(|field| {
            json!({
                "name": field.name,
                "type": field.kind.to_string(),
                "description": field.description,
                "operations": field.operations,
            })
        });
        json!({
            "kind": kind.name.as_ref(),
            "description": kind.description,
            "scope": match kind.scope { Scope::Account => "account", Scope::Region => "region" },
            "operations": kind.operations,
            "fields": fields.collect::<Vec<_>>(),
        })
    };
    kinds.iter().map(one).collect()
}
