//! The host functions, each with a table of cases in `functions/`: policies whose examples are the cases.

#![cfg(test)]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use trackera_core::policy::{PolicySet, run_cases};
use trackera_core::schema::Schema;
use trackera_core::yaml::File;

#[test]
fn every_case_goes_as_it_says() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/functions");
    let schema = Arc::new(Schema::new().unwrap());
    let mut tables = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let file = File::new(name, fs::read(&path).unwrap()).unwrap();
        let set = PolicySet::load(&schema, &[file], None).unwrap_or_else(|problems| {
            let lines: Vec<String> = problems.iter().map(|problem| format!("{problem} {:?}", problem.hint)).collect();
            panic!("{}", lines.join("\n"))
        });
        let wrong: Vec<String> = run_cases(&set)
            .iter()
            .filter(|outcome| !outcome.passed())
            .map(|outcome| {
                format!("{} `{}` wants {:?}, got {:?}", outcome.policy, outcome.name, outcome.want, outcome.got)
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        tables += 1;
    }
    assert!(tables >= 3, "only {tables} tables");
}
