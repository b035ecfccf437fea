//! What holds over all policy files together; each file by itself is held by `trackera-ops policy lint`.

use std::collections::BTreeMap;

use super::files::{self, none_breaks};

#[test]
fn policy_ids_are_kebab_case() {
    let broken: Vec<String> = ids()
        .into_iter()
        .filter(|(id, _)| !is_kebab_case(id))
        .map(|(id, places)| format!("{}: `{id}`", places.join(", ")))
        .collect();
    none_breaks("a policy id is lower-case words with single dashes between them", &broken);
}

#[test]
fn policy_ids_are_used_once() {
    let broken: Vec<String> = ids()
        .into_iter()
        .filter(|(_, places)| places.len() > 1)
        .map(|(id, places)| format!("`{id}`: {}", places.join(", ")))
        .collect();
    none_breaks("a policy id names one policy, in all files together", &broken);
}

#[test]
fn policy_files_are_named_after_their_topic() {
    let broken: Vec<String> = files::all()
        .into_iter()
        .filter(|file| file.is("policies/", &[".yaml", ".yml"]))
        .map(|file| file.path)
        .filter(|path| {
            !path.ends_with(".yaml") || !path.split('/').all(|part| is_kebab_case(part.trim_end_matches(".yaml")))
        })
        .collect();
    none_breaks("a policy file has a kebab-case name that ends in .yaml", &broken);
}

#[test]
fn kebab_case_knows_its_borders() {
    for good in ["sg-only-declared-ports", "mfa", "cis-5-3"] {
        assert!(is_kebab_case(good), "{good}");
    }
    for bad in ["", "-a", "a-", "a--b", "A-b", "a_b", "5-a", "ä"] {
        assert!(!is_kebab_case(bad), "{bad}");
    }
}

/// Every policy id with the places that declare it: the items of a list directly under `policies:`.
fn ids() -> BTreeMap<String, Vec<String>> {
    let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files::all().into_iter().filter(|file| file.is("policies/", &[".yaml"])) {
        let mut inside = false;
        for (place, line) in file.lines() {
            if line.starts_with(|first: char| first.is_ascii_alphabetic()) {
                inside = line.starts_with("policies:");
            } else if let Some(id) = line.trim_start().strip_prefix("- id:").filter(|_| inside) {
                let id = id.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
                ids.entry(id.to_owned()).or_default().push(place);
            }
        }
    }
    ids
}

fn is_kebab_case(id: &str) -> bool {
    id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.split('-').all(|word| {
            !word.is_empty()
                && word.chars().all(|character| character.is_ascii_lowercase() || character.is_ascii_digit())
        })
}
