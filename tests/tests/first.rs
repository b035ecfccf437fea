//! From nothing to a configuration: what `config init` reads of an account, and that the file can be used as it is.

#![cfg(test)]

use std::fs;

use trackera_tests::{Lab, ops, root};

#[test]
fn a_first_configuration_says_what_could_be_read_and_can_be_used() {
    let lab = Lab::start("hostile");
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("trackera.yaml");
    let run =
        |arguments: &[&str]| ops().current_dir(home.path()).envs(lab.environment()).args(arguments).output().unwrap();
    let first = run(&["config", "init"]);
    assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("primary: eu-central-1") && text.contains("iam_user: \"amelie.brandt\""), "{text}");
    let again = run(&["config", "init"]);
    assert_eq!(again.status.code(), Some(2), "what is there is never overwritten");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    std::os::unix::fs::symlink(root().join("policies"), home.path().join("policies")).unwrap();
    let checked = run(&["config", "check"]);
    assert_eq!(checked.status.code(), Some(0), "{}", String::from_utf8_lossy(&checked.stderr));
    lab.command(&["deny", "iam:GenerateCredentialReport"]);
    let partly = run(&["config", "init", "--to", "other.yaml"]);
    assert_eq!(partly.status.code(), Some(3), "{}", String::from_utf8_lossy(&partly.stderr));
    assert!(fs::read_to_string(home.path().join("other.yaml")).unwrap().contains("iam:GenerateCredentialReport"));
}
