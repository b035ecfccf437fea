//! What is in force, for people and programs.

use std::path::Path;

use serde::Serialize;
use serde_json::Value as Json;
use trackera_core::policy::PolicySet;

use super::escape::sentence;
use super::look::{Look, Tone, counted};
use crate::first_configuration::First;
use crate::settings::InForce;

/// What is in force.
#[derive(Debug, Serialize)]
pub(crate) struct View {
    configuration: Option<String>,
    company: Option<String>,
    accounts: Vec<String>,
    regions: Vec<String>,
    admins: Vec<String>,
    people: Vec<String>,
    services: Vec<String>,
    backups: Vec<String>,
    policies: Vec<String>,
    policy_count: usize,
    waiver_count: usize,
    parameters: std::collections::BTreeMap<String, Json>,
}

/// Collects what is in force.
pub(crate) fn view(in_force: &InForce, set: &PolicySet) -> View {
    let company = in_force.company();
    let people = company.people.unwrap_or_default();
    let roles = company.admin_roles.iter().map(|role| format!("role/{role}"));
    let parameters = company.parameters.0.iter().map(|(id, params)| {
        let params = params.value().0.iter().map(|(name, value)| (name.value().clone(), value.value().clone()));
        (id.value().clone(), Json::Object(params.collect()))
    });
    let account = |account: &trackera_core::company::AccountAccess| {
        let way = account.role_arn.clone().unwrap_or_else(|| "the credentials at hand".to_owned());
        format!("{} through {way}", account.id.value())
    };
    View {
        configuration: in_force.configuration.as_ref().map(|(file, _)| file.name.clone()),
        company: company.name,
        accounts: company.accounts.iter().map(account).collect(),
        regions: company.regions.map(|regions| regions.all()).unwrap_or_default(),
        admins: people
            .iter()
            .filter(|person| person.admin)
            .map(|person| person.iam_user.clone())
            .chain(roles)
            .collect(),
        people: people.iter().map(|person| person.iam_user.clone()).collect(),
        services: company.services.unwrap_or_default(),
        backups: company.backups.iter().map(|place| format!("{}/{}", place.bucket, place.prefix)).collect(),
        policies: in_force.policies.iter().map(|path| path.display().to_string()).collect(),
        policy_count: set.policies.len(),
        waiver_count: set.waivers.len(),
        parameters: parameters.collect(),
    }
}

/// The same for people; what is not declared is said to be so.
pub(crate) fn shown(look: Look, view: &View) -> String {
    let list = |words: &[String], none: &str| if words.is_empty() { none.to_owned() } else { words.join(", ") };
    let mut rows = vec![
        ("configuration", view.configuration.clone().unwrap_or_else(|| "none".to_owned())),
        ("company", view.company.clone().unwrap_or_else(|| "not declared".to_owned())),
        ("accounts", list(&view.accounts, "the account of the credentials at hand")),
        ("regions", list(&view.regions, "not declared; every enabled region is looked at")),
        ("admins", list(&view.admins, "not declared")),
        ("people", list(&view.people, "not declared")),
        ("services", list(&view.services, "not declared")),
        ("backups", list(&view.backups, "not declared")),
        ("policies", format!("{} in {}", view.policy_count, view.policies.join(", "))),
        ("waivers", view.waiver_count.to_string()),
    ];
    rows.extend(view.parameters.iter().map(|(policy, params)| ("parameter", format!("{policy} {params}"))));
    let rows = rows.into_iter().map(|(key, value)| (Some(Tone::Quiet), [key.to_owned(), sentence(&value)]));
    look.painted_columns(0, rows.collect())
}

/// What became of a first configuration, and what to do next.
pub(crate) fn written(look: Look, path: &Path, first: &First) -> String {
    let told = format!(
        "wrote {}: {}, {}, users: {} of people, {} of programs",
        sentence(&path.display().to_string()),
        counted(first.accounts.len(), "account"),
        counted(first.regions.len(), "region"),
        first.people.len(),
        first.services.len(),
    );
    let mut text = format!("{}\n", look.paint(Tone::Good, &told));
    if !first.gaps.is_empty() {
        let gaps: Vec<&str> = first.gaps.iter().map(String::as_str).collect();
        text.push_str(&format!("{}\n", look.paint(Tone::Doubtful, &format!("not read: {}", gaps.join(", ")))));
    }
    text.push_str("next: fill in what stands there as a comment, then `trackera-ops config check`\n");
    text
}

/// What there is to say when nothing is wrong.
pub(crate) fn valid(look: Look, in_force: &InForce, set: &PolicySet) -> String {
    let file = in_force.configuration.as_ref().map(|(file, _)| sentence(&file.name));
    let file = file.map_or_else(|| "there is no configuration; ".to_owned(), |file| format!("{file} is valid, "));
    let text = format!(
        "{file}{} and {} are valid",
        counted(set.policies.len(), "policy"),
        counted(set.waivers.len(), "waiver")
    );
    format!("{}\n", look.paint(Tone::Good, &text))
}
