//! Whatever lies in the policies' directory is loaded whole or refused with a place; its examples run without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trackera_core::company::Configuration;
use trackera_core::policy::{PolicySet, run_cases};
use trackera_core::yaml::File;
use trackera_fuzz::SCHEMA;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = File::new("policies/fuzzed.yaml", bytes.to_vec()) else { return };
    // Both kinds of file come through the same door.
    let _refused_or_not = Configuration::load(&file);
    match PolicySet::load(&SCHEMA, std::slice::from_ref(&file), None) {
        Ok(set) => examples(&set),
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a reason");
            for problem in problems {
                assert!(problem.line >= 1 && problem.column >= 1, "no place: {problem}");
            }
        }
    }
});

fn examples(set: &PolicySet) {
    let written: usize = set.texts.values().map(|(_, text)| text.tests.len()).sum();
    let outcomes = run_cases(set);
    assert_eq!(outcomes.len(), written, "every example has an outcome");
    for outcome in outcomes {
        assert!(!outcome.passed() || outcome.got.is_ok(), "an example that cannot be used passes");
    }
}
