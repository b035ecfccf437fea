//! The unit that the package brings, without building the package.

#![cfg(test)]

use std::fs;
use std::path::Path;

fn packaging(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging").join(name)).unwrap()
}

#[test]
fn the_unit_is_left_with_nothing_that_the_agent_does_not_need() {
    let unit = packaging("systemd/trackera-agent.service");
    let demanded = packaging("hardening.txt");
    let missing: Vec<&str> = demanded.lines().filter(|line| !unit.lines().any(|found| found == *line)).collect();
    assert!(missing.is_empty(), "the unit lacks {missing:?}");
}

#[test]
fn the_unit_runs_what_the_package_installs() {
    let (unit, contents) = (packaging("systemd/trackera-agent.service"), packaging("contents.txt"));
    let started = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let program = started.split(' ').next().unwrap();
    assert!(contents.lines().any(|line| line == format!("-rwxr-xr-x root/root {program}")), "{program}");
}
