//! The policies that are shipped load, and every example in them goes as it says.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trackera_core::coverage::{Standing, coverage};
use trackera_core::policy::{PolicySet, run_cases};
use trackera_core::schema::Schema;
use trackera_core::yaml::File;

fn yaml_files(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let found = paths.into_iter().flat_map(|path| if path.is_dir() { yaml_files(&path) } else { vec![path] });
    found.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect()
}

fn shipped() -> PolicySet {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let paths = yaml_files(&directory);
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let files: Vec<File> = paths.iter().map(|path| File::new(name(path), fs::read(path).unwrap()).unwrap()).collect();
    let schema = Arc::new(Schema::new().unwrap());
    PolicySet::load(&schema, &files, None).unwrap_or_else(|problems| {
        let lines: Vec<String> = problems.iter().map(|problem| format!("{problem} {:?}", problem.hint)).collect();
        panic!("{}", lines.join("\n"))
    })
}

#[test]
fn every_example_goes_as_it_says() {
    let outcomes = run_cases(&shipped());
    let wrong: Vec<String> = outcomes
        .iter()
        .filter(|outcome| !outcome.passed())
        .map(|outcome| format!("{} `{}` wants {:?}, got {:?}", outcome.policy, outcome.name, outcome.want, outcome.got))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(outcomes.len() > 100, "only {} examples", outcomes.len());
}

#[test]
fn every_policy_stands_behind_a_claim_and_every_claim_behind_something() {
    let coverage = coverage(&shipped());
    assert!(coverage.unclaimed.is_empty(), "no claim names {:?}", coverage.unclaimed);
    let open: Vec<&str> =
        coverage.claims.iter().filter(|one| one.standing() == Standing::Open).map(|one| one.id.as_str()).collect();
    assert!(open.is_empty(), "nothing stands behind {open:?}");
    assert!(coverage.claims.len() > 40, "only {} claims", coverage.claims.len());
}

#[test]
fn every_item_of_a_framework_is_covered_or_says_why_not() {
    let coverage = coverage(&shipped());
    let held_to = coverage.frameworks.iter().filter(|framework| !framework.orientation);
    let items = held_to.flat_map(|framework| framework.items.iter().map(move |item| (framework, item)));
    let open: Vec<String> = items
        .filter(|(_, item)| item.standing() == Standing::Open)
        .map(|(framework, item)| format!("{} {}", framework.id, item.id))
        .collect();
    assert!(open.is_empty(), "{open:?} have neither a policy nor a reason");
}

#[test]
fn a_reason_is_not_given_for_what_policies_cover_whole() {
    let coverage = coverage(&shipped());
    let items = coverage.frameworks.iter().flat_map(|framework| &framework.items);
    let both: Vec<&str> =
        items.filter(|item| item.standing() == Standing::Partly).map(|item| item.id.as_str()).collect();
    assert!(both.is_empty(), "{both:?} are covered, but say why they are not");
}
