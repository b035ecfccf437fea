//! Whatever lies in the runbooks' directory is loaded whole or refused with a place; a plan of it never contradicts itself.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use trackera_core::yaml::File;
use trackera_journal::digest::Digest;
use trackera_operations::action::Actions;
use trackera_operations::plan::lint::lint;
use trackera_operations::runbook::{Asking, Runbook, Shape};
use trackera_operations::trials::World as _;
use trackera_operations::trials::estate::Estate;

static ACTIONS: LazyLock<Actions> = LazyLock::new(|| Actions::new(Estate::default().actions()));

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = File::new("runbooks/fuzzed.yaml", bytes.to_vec()) else { return };
    match Runbook::load(&file, &ACTIONS) {
        Ok(runbook) => plan(&runbook),
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a reason");
            for problem in problems {
                assert!(problem.line >= 1 && problem.column >= 1, "no place: {problem}");
            }
        }
    }
});

fn plan(runbook: &Runbook) {
    let typed = runbook.parameters.iter().map(|(name, parameter)| {
        let value = match &parameter.shape {
            Shape::Text(_) => "a".to_owned(),
            Shape::Number(first, _) => first.to_string(),
            Shape::Choice(words) => words.first().cloned().unwrap_or_default(),
        };
        (name.clone(), value)
    });
    let asking = Asking {
        parameters: typed.collect(),
        mode: "run".to_owned(),
        configuration: Digest::ZERO,
        allowed_signers: Digest::ZERO,
    };
    let Ok(plan) = runbook.plan(&asking, &ACTIONS) else { return };
    assert!(lint(&plan, &ACTIONS).is_empty(), "a plan that contradicts itself");
    let read = serde_json::from_str(&plan.text()).expect("a plan is read back");
    assert_eq!(plan, read, "a plan is read back as it was");
    assert_eq!(plan.hash(), Digest::of(plan.text().as_bytes()));
}
