//! Every plan in the repository, of every drill and every runbook, is tried in every way that the kit knows: killed at
//! every boundary, refused, unanswered, logged out. A new file is tried as soon as it is there.
#![cfg(test)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use trackera_aws::{Changes, Settings};
use trackera_core::yaml::File;
use trackera_files::InForce;
use trackera_journal::digest::Digest;
use trackera_operations::action::Actions;
use trackera_operations::general::general_actions;
use trackera_operations::plan::Plan;
use trackera_operations::plan::lint::lint;
use trackera_operations::runbook::{Asking, Parameter, Runbook, Shape};
use trackera_operations::trials::shadow::Shadow;
use trackera_operations::trials::{Size, sweep};
use trackera_world::Declared;

/// The directory whose files are drills.
const DRILLS: &str = "drills";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file of procedures, by its path below `runbooks/`.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path)),
            path => found.push(path),
        }
    }
    found.sort();
    found
}

/// A value that a parameter takes.
fn specimen(parameter: &Parameter) -> String {
    match &parameter.shape {
        Shape::Number(first, last) => 1.clamp(*first, *last).to_string(),
        Shape::Choice(words) => words[0].clone(),
        Shape::Text(pattern) => {
            let inner = pattern.as_str().trim_start_matches(r"\A(?:").trim_end_matches(r")\z");
            let texts = proptest::string::string_regex(inner).unwrap();
            texts.new_tree(&mut TestRunner::deterministic()).unwrap().current()
        }
    }
}

/// The plan of a runbook with a value for each of its parameters.
fn plan_of(path: &Path, actions: &Actions) -> Plan {
    let name = path.strip_prefix(root()).unwrap().display().to_string();
    let file = File::new(name, fs::read(path).unwrap()).unwrap();
    let runbook = Runbook::load(&file, actions).unwrap_or_else(|problems| panic!("{problems:?}"));
    let parameters: BTreeMap<String, String> =
        runbook.parameters.iter().map(|(name, parameter)| (name.clone(), specimen(parameter))).collect();
    let asking =
        Asking { parameters, mode: "run".to_owned(), configuration: Digest::ZERO, allowed_signers: Digest::ZERO };
    runbook.plan(&asking, actions).unwrap_or_else(|error| panic!("{}: {error}", file.name))
}

/// Every plan, with the file that declares it.
fn plans(in_force: &InForce, actions: &Actions) -> Vec<(PathBuf, Plan)> {
    let runbooks = root().join("runbooks");
    let mut plans = Vec::new();
    for declared in Declared::all(in_force).unwrap() {
        for damage in [false, true] {
            plans.push((PathBuf::from(&declared.file.name), declared.plan(in_force, damage)));
        }
    }
    for path in files(&runbooks).into_iter().filter(|path| !path.starts_with(runbooks.join(DRILLS))) {
        let plan = plan_of(&path, actions);
        plans.push((path, plan));
    }
    plans
}

#[expect(clippy::disallowed_methods, reason = "the size of a test run is the runner's to say")]
fn size() -> Size {
    if std::env::var_os("TRACKERA_TRIALS").is_some() { Size::Full } else { Size::Small }
}

#[tokio::test]
async fn every_plan_in_the_repository_survives_a_death_and_a_failure_at_every_boundary() {
    let in_force = InForce::read(Some(&root().join("trackera.yaml")), &[]).unwrap();
    let changes = Arc::new(Changes::open(&Settings::default()).await);
    let actions = trackera_world::actions(None, &changes, &in_force).and(general_actions(None));
    let plans = plans(&in_force, &actions);
    for file in files(&root().join("runbooks")) {
        let is_tried = plans.iter().any(|(path, _)| file.ends_with(path) || path.ends_with(&file));
        assert!(is_tried, "{} declares no plan that is tried here", file.display());
    }
    for (path, plan) in plans {
        assert_eq!(lint(&plan, &actions), [], "{}", path.display());
        let scratch = tempfile::tempdir().unwrap();
        let fresh = || -> Box<dyn trackera_operations::trials::World> { Box::new(Shadow::of(&plan, &actions)) };
        let tried = sweep(&plan, &fresh, (scratch.path(), size())).await;
        let tried = tried.unwrap_or_else(|broken| panic!("{} of {}: {broken}", plan.name, path.display()));
        assert_eq!(tried.broken, [], "{} of {}, {} trials", plan.name, path.display(), tried.trials);
        assert!(tried.trials > plan.steps.len(), "{}", path.display());
    }
}
