//! The policies that are shipped load, and every example in them goes as it says.

#![cfg(test)]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use trackera_core::policy::{PolicySet, run_cases};
use trackera_core::schema::Schema;
use trackera_core::yaml::File;

fn shipped() -> PolicySet {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut paths: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
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
