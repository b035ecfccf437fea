//! The generated reference is what the code says, and the other documents can be made.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::place::Place;

#[test]
fn the_generated_reference_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let committed = root.join("docs/generated");
    let fresh = tempfile::tempdir().unwrap();
    let update = std::env::vars_os().any(|(name, value)| name == "UPDATE_DOCS" && value == "1");
    let target = if update { committed.as_path() } else { fresh.path() };
    let mut command = Command::new(env!("CARGO_BIN_EXE_trackera-ops"));
    let output = command.arg("docs").arg(target).current_dir(root).env_clear().output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = |directory: &Path| -> BTreeSet<OsString> {
        fs::read_dir(directory).into_iter().flatten().map(|entry| entry.unwrap().file_name()).collect()
    };
    assert_eq!(names(target), names(&committed), "run this test with UPDATE_DOCS=1");
    for name in names(target) {
        let made = fs::read_to_string(target.join(&name)).unwrap();
        let kept = fs::read_to_string(committed.join(&name)).unwrap_or_default();
        assert!(made == kept, "docs/generated/{} is out of date: run this test with UPDATE_DOCS=1", name.display());
    }
}

#[test]
fn there_is_a_manual_page_for_every_verb_and_completions_for_every_shell() {
    let place = Place::new();
    let outcome = place.run(&["man", "pages"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    for page in ["trackera-ops.1", "trackera-ops-check.1", "trackera-ops-policy-explain.1"] {
        assert!(fs::read_to_string(place.path("pages").join(page)).unwrap().contains(".TH"), "{page}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let outcome = place.run(&["completions", shell]);
        assert!(outcome.code == 0 && outcome.out.contains("explain"), "{shell}");
    }
}
