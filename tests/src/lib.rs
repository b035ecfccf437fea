//! What the whole-system tests share: a lab of their own, and the product's binaries run against it.
//!
//! A test that needs the lab starts one, and says in one line what is missing if it cannot; none is passed over. The lab
//! lives no longer than the test, however the test ends.

#![expect(clippy::expect_used, clippy::panic, reason = "tests end with a panic that says what is missing")]

pub mod agent;
mod changes;
pub mod drilled;
mod hearer;
pub mod hour;
pub mod process;
pub mod schemas;
pub mod stage;
pub mod wire;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the checkout is a directory")
}

/// A binary of this workspace, built beside the running test.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let directory = test.ancestors().find(|path| path.join(name).is_file());
    match directory {
        Some(directory) => directory.join(name),
        None => panic!("the binary `{name}` is missing: run `cargo build --workspace --bins --examples` first"),
    }
}

/// A lab that belongs to one test.
pub struct Lab {
    holder: Child,
    home: TempDir,
    /// What the machine of the company's drills keeps.
    state: TempDir,
    environment: BTreeMap<String, String>,
}

impl Lab {
    /// Starts a lab and fills it with a variant of the example estate.
    pub fn start(variant: &str) -> Self {
        Self::filled(&["--seed", variant])
    }

    /// Starts a lab and fills it with about `scale` resources that are drawn at random.
    pub fn generated(scale: u32, draw: u32) -> Self {
        Self::filled(&["--seed", "generated", "--scale", &scale.to_string(), "--draw", &draw.to_string()])
    }

    fn filled(with: &[&str]) -> Self {
        let home = tempfile::Builder::new().prefix("trackera-test-").tempdir().expect("a directory for the lab");
        let state = tempfile::tempdir().expect("a directory for the journal");
        drilled::write(state.path());
        // The lab ends when `cat` does, and `cat` ends when this process closes its input or dies.
        let mut holder = Command::new(binary("trackera-lab"))
            .args(["run", "--name", "test", "--home"])
            .arg(home.path())
            .args(with)
            .args(["--", "sh", "-c", "env; echo ready; exec cat >/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the lab's binary starts");
        let mut environment = BTreeMap::new();
        let output = BufReader::new(holder.stdout.take().expect("the output is piped"));
        for line in output.lines().map_while(Result::ok) {
            match line.split_once('=') {
                None if line == "ready" => return Self { holder, home, state, environment },
                Some((name, value)) if name.starts_with("AWS_") || name.starts_with("TRACKERA_LAB") => {
                    environment.insert(name.to_owned(), value.to_owned());
                }
                _ => {}
            }
        }
        panic!("the lab did not start, see its message above; `make setup` installs what it needs")
    }

    /// Runs a command of the lab, such as `["deny", "iam:ListUsers"]`.
    pub fn command(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(binary("trackera-lab"));
        command.args(arguments).envs(&self.environment).arg("--home").arg(self.home.path());
        let output = command.output().expect("the lab's binary starts");
        assert!(output.status.success(), "trackera-lab {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// Fills the estate anew.
    pub fn reset(&self, variant: &str) {
        self.command(&["reset", "--seed", variant]);
    }

    /// Runs `trackera-ops` against the lab with the example company's configuration, on a machine whose drills passed.
    pub fn ops<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Output {
        let mut command = ops();
        command.envs(&self.environment).env("TRACKERA_STATE", self.state.path());
        command.arg("--config").arg(root().join("trackera.yaml")).args(arguments);
        command.output().expect("the product's binary starts")
    }

    /// The environment that leads to the lab.
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// The file with the certificates that clients of the lab's databases trust.
    pub fn authorities(&self) -> PathBuf {
        let name = self.environment.get("TRACKERA_LAB_NAME").expect("a lab has a name");
        let known = self.home.path().join(name).join("lab.json");
        let known = std::fs::read(known).expect("a lab says where everything of it is");
        let known: Value = serde_json::from_slice(&known).expect("what a lab says is JSON");
        PathBuf::from(known.get("ca").and_then(Value::as_str).unwrap_or_default())
    }

    /// What is known to be so of an estate that was drawn at random.
    pub fn truth(&self) -> Value {
        serde_json::from_slice(&self.command(&["truth"]).stdout).expect("the truth is JSON")
    }

    /// The calls that reached the lab since they were last forgotten: operation and region.
    pub fn calls(&self) -> Vec<(String, String)> {
        let output = self.command(&["calls", "--output", "json"]);
        let calls: Vec<Value> = serde_json::from_slice(&output.stdout).expect("the calls are JSON");
        let text = |call: &Value, field: &str| call.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        calls.iter().map(|call| (text(call, "operation"), text(call, "region"))).collect()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        drop(self.holder.wait());
    }
}

/// `trackera-ops` with an environment that knows no AWS account.
pub fn ops() -> Command {
    let mut command = Command::new(binary("trackera-ops"));
    let aws = std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("AWS_"));
    for name in aws.collect::<Vec<_>>() {
        command.env_remove(name);
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true").env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

/// One row of a report: what it is about, and the verdict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The policy.
    pub policy: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The resource's id.
    pub id: String,
    /// The verdict.
    pub verdict: String,
}

/// The report that `check --output json` printed.
pub fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("no report: {error}\n{}", String::from_utf8_lossy(&output.stderr)))
}

/// The rows of a report.
pub fn rows(report: &Value) -> Vec<Row> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let verdicts = report.get("verdicts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let row = |row: &Value| {
        let resource = row.get("resource");
        let field = |name| text(resource.and_then(|resource| resource.get(name)));
        Row {
            policy: text(row.get("policy")),
            account: field("account"),
            region: field("region"),
            id: field("id"),
            verdict: text(row.get("verdict")),
        }
    };
    verdicts.iter().map(row).collect()
}

/// Whether the long trials run, rather than the small seeded ones of every test run.
#[expect(clippy::disallowed_methods, reason = "the size of a test run is the runner's to say")]
pub fn full_trials() -> bool {
    std::env::var_os("TRACKERA_TRIALS").is_some()
}
