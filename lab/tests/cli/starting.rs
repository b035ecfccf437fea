//! `up`, `seed`, `reset`, `status`.

use serde_json::Value;

use crate::lab::{Labs, list_buckets, talk};

#[test]
fn up_prints_the_environment_and_keeps_it_in_a_file() {
    let labs = Labs::new();
    let printed = labs.succeed(&["up"]);
    let endpoint = labs.endpoint("default");
    assert!(printed.contains(&format!("export AWS_ENDPOINT_URL={endpoint}\n")));
    assert!(printed.contains("export AWS_REGION=eu-central-1\n"));
    assert!(printed.lines().all(|line| line.starts_with("export ") || line.starts_with("unset ")));
    assert_eq!(std::fs::read_to_string(labs.directory("default").join("env")).unwrap(), printed);
    assert_eq!(list_buckets(&endpoint, "eu-central-1"), Some(200));
}

#[test]
fn a_second_up_says_that_it_is_up_and_starts_nothing() {
    let labs = Labs::new();
    let first = labs.succeed(&["up"]);
    let pid = labs.announcement("default")["pid"].clone();
    let again = labs.run(&["up"]);
    assert!(talk(&again).contains("already up"));
    assert_eq!(String::from_utf8(again.stdout).unwrap(), first);
    assert_eq!(labs.announcement("default")["pid"], pid);
}

#[test]
fn two_labs_run_side_by_side() {
    let labs = Labs::new();
    labs.succeed(&["up", "--name", "one"]);
    labs.succeed(&["up", "--name", "two"]);
    labs.succeed(&["deny", "s3:ListBuckets", "--name", "one"]);
    assert_eq!(list_buckets(&labs.endpoint("one"), "eu-central-1"), Some(403));
    assert_eq!(list_buckets(&labs.endpoint("two"), "eu-central-1"), Some(200));
    labs.succeed(&["down", "--name", "one"]);
    assert_eq!(list_buckets(&labs.endpoint("two"), "eu-central-1"), Some(200));
}

#[test]
fn commands_on_a_lab_that_is_not_up_say_how_to_start_it() {
    let labs = Labs::new();
    for arguments in [vec!["status"], vec!["calls"], vec!["deny", "*"], vec!["seed", "clean"], vec!["reset"]] {
        assert!(labs.fail(1, &arguments).contains("trackera-lab up --name default"));
    }
}

#[test]
fn what_is_missing_is_named_with_the_command_that_brings_it() {
    let labs = Labs::new();
    let output = labs.command(&["up"]).env("TRACKERA_LAB_VENV", "/nonexistent").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(talk(&output).contains("run `make setup`"), "{}", talk(&output));
}

#[test]
fn a_missing_postgresql_is_named_with_the_command_that_brings_it() {
    let labs = Labs::new();
    let output = labs.command(&["up"]).env("TRACKERA_LAB_POSTGRES", "/nonexistent").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(talk(&output).contains("run `make setup`"), "{}", talk(&output));
}

#[test]
fn a_server_that_dies_at_its_start_shows_its_last_words() {
    let labs = Labs::new();
    let sources = tempfile::tempdir().unwrap();
    std::fs::create_dir(sources.path().join("trackera_lab")).unwrap();
    std::fs::write(sources.path().join("trackera_lab/__main__.py"), "raise SystemExit('no luck today')").unwrap();
    let output = labs.command(&["up"]).env("TRACKERA_LAB_SERVER", sources.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(talk(&output).contains("no luck today"), "{}", talk(&output));
}

#[test]
fn a_name_that_could_leave_its_directory_is_refused() {
    let labs = Labs::new();
    assert!(labs.fail(2, &["up", "--name", "../elsewhere"]).contains("cannot name a lab"));
}

#[test]
fn an_estate_is_filled_once_and_reset_empties_it() {
    let labs = Labs::new();
    labs.succeed(&["up", "--seed", "drifted"]);
    labs.succeed(&["seed", "drifted"]);
    assert!(labs.fail(2, &["seed", "clean"]).contains("reset the lab first"));
    let status: Value = serde_json::from_str(&labs.succeed(&["status", "--output", "json"])).unwrap();
    assert_eq!(status["variant"], "drifted");
    assert_eq!(status["account"], "000000000000");
    assert_eq!(status["databases"][0]["status"], "available");
    labs.succeed(&["reset"]);
    let status: Value = serde_json::from_str(&labs.succeed(&["status", "--output", "json"])).unwrap();
    assert_eq!(status["variant"], Value::Null);
    assert_eq!(status["databases"], serde_json::json!([]));
}

#[test]
fn a_random_estate_comes_with_the_truth_about_it() {
    let labs = Labs::new();
    labs.succeed(&["up", "--seed", "generated", "--scale", "100", "--draw", "3"]);
    let truth: Value = serde_json::from_str(&labs.succeed(&["truth"])).unwrap();
    assert_eq!((&truth["scale"], &truth["draw"]), (&Value::from(100), &Value::from(3)));
    let answers = truth["answers"]["volume-is-encrypted"].as_array().unwrap();
    assert!(answers.iter().any(|answer| answer["verdict"] == "fail"));
    let again = labs.run(&["seed", "generated", "--scale", "100", "--draw", "3"]);
    assert!(talk(&again).contains("already holds"));
    assert!(labs.fail(2, &["seed", "generated", "--scale", "100", "--draw", "4"]).contains("reset the lab first"));
}

#[test]
fn the_truth_is_known_of_a_random_estate_only() {
    let labs = Labs::new();
    labs.succeed(&["up"]);
    assert!(labs.fail(2, &["truth"]).contains("`generated`"));
}
