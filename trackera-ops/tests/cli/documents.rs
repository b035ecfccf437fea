//! The generated reference is what the code says, and the other documents can be made.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

use super::place::{Place, mixed_estate, refuse_volumes};

#[test]
fn the_generated_reference_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let committed = root.join("docs/generated");
    let fresh = tempfile::tempdir().unwrap();
    let update = std::env::vars_os().any(|(name, value)| name == "UPDATE_DOCS" && value == "1");
    let target = if update { committed.as_path() } else { fresh.path() };
    write_reference(root, target);
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

/// Writes the reference of the policies under a root.
fn write_reference(root: &Path, target: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trackera-ops"));
    let output = command.arg("docs").arg(target).current_dir(root).env_clear().output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_key_of_a_real_report_is_described() {
    let place = Place::with_policies();
    write_reference(&place.path(""), &place.path("docs"));
    let page = fs::read_to_string(place.path("docs/report.md")).unwrap();
    let mut snapshot = mixed_estate();
    refuse_volumes(&mut snapshot, "eu-west-1");
    place.write_snapshot(&snapshot);
    let (_, report) = place.report(&[]);
    let mut paths = BTreeSet::new();
    keys(&report, "", &mut paths);
    assert!(paths.len() >= 25, "{paths:?}");
    for path in paths {
        assert!(page.contains(&format!("\n| `{path}` | ")), "report.md does not describe `{path}`");
    }
}

/// Every key but those of the maps whose keys policies and standards choose.
fn keys(json: &Json, path: &str, found: &mut BTreeSet<String>) {
    match json {
        Json::Object(_) if path.ends_with(".observed") || path.ends_with(".controls") => {}
        Json::Object(object) => object.iter().for_each(|(key, value)| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            keys(value, &path, found);
            found.insert(path);
        }),
        Json::Array(items) if !path.ends_with(".offending") => {
            items.iter().for_each(|item| keys(item, &format!("{path}[]"), found));
        }
        _ => {}
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
