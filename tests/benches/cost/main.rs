//! What a check costs, beside a bare program that makes the same calls, as many at once, and judges nothing.
//!
//! The lab draws an estate. A stand-in keeps its answers and gives each again after as long as AWS takes, so that the
//! product and the floor are measured and the lab is not. Fails when the calls are not those of the poll plan, and prints
//! wall time as a ratio.
//!
//! Arguments: the numbers of resources to draw; without any, a small estate and a large one. `--timeline` shows when each
//! call of a check was answered.

#![expect(clippy::expect_used, reason = "a bench that cannot be set up ends")]

mod child;
mod floor;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;
use trackera_core::schema::Schema;
use trackera_tests::stage::{Call, Mode, Stage};
use trackera_tests::{Lab, ops, root};

use self::child::{Cost, measure};

/// How long AWS takes to answer a call, about.
const ANSWER: Duration = Duration::from_millis(30);
/// How many calls the product makes at once.
const WIDTH: usize = 32;
/// How often everything is measured; the middle counts.
const ROUNDS: usize = 5;
/// What the lab draws at least, which makes 181 resources in the two regions, and a company that has grown.
const SIZES: [u32; 2] = [100, 10_000];
/// Where the estates lie.
const REGIONS: &str = "eu-central-1,eu-west-1";
/// What everybody asks first: open ports, the age of keys, second factors, encryption, public access, backups.
const COMMON: [&str; 19] = [
    "access-keys-are-rotated",
    "admins-have-mfa",
    "buckets-are-encrypted",
    "buckets-are-not-public",
    "buckets-demand-tls",
    "account-blocks-public-buckets",
    "console-users-have-mfa",
    "ebs-encrypts-by-default",
    "ebs-snapshots-are-encrypted",
    "ebs-snapshots-are-private",
    "ebs-volumes-are-encrypted",
    "kms-keys-rotate",
    "rds-backups-are-kept",
    "rds-not-reachable-from-internet",
    "rds-snapshots-are-encrypted",
    "rds-snapshots-are-private",
    "rds-storage-is-encrypted",
    "root-has-mfa",
    "sg-only-declared-ports",
];

#[expect(clippy::print_stdout, reason = "figures are what a bench is for")]
fn main() {
    let sizes: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if sizes.is_empty() { SIZES.to_vec() } else { sizes };
    let schema = Schema::new().expect("the schema derives");
    println!("{WIDTH} calls at once, each answered after {} ms; the middle of {ROUNDS} rounds", ANSWER.as_millis());
    println!(
        "{:>10} {:>12} {:>6} {:>6} {:>8} {:>8} {:>8} {:>7} {:>7} {:>8}",
        "resources", "questions", "calls", "plan", "check s", "floor s", "x floor", "CPU s", "MB", "rows"
    );
    for size in sizes {
        let lab = Lab::generated(size, 1);
        let service = endpoint(&lab);
        for (name, policies) in [("common", COMMON.join(",")), ("all", "*".to_owned())] {
            let bench = Bench::record(&lab, service, &policies);
            let planned = bench.planned(&policies);
            let rounds: Vec<(Cost, Duration)> =
                (0..ROUNDS).map(|_| (bench.check(&policies), bench.floor(&schema))).collect();
            let cost = middle(rounds.iter().map(|(cost, _)| *cost), |cost| cost.wall);
            let floor = middle(rounds.iter().map(|(_, floor)| *floor), |floor| *floor);
            println!(
                "{:>10} {name:>12} {:>6} {:>6} {:>8.3} {:>8.3} {:>8.2} {:>7.2} {:>7.1} {:>8}",
                bench.resources,
                bench.calls.len(),
                planned.values().sum::<usize>(),
                cost.wall.as_secs_f64(),
                floor.as_secs_f64(),
                cost.wall.as_secs_f64() / floor.as_secs_f64(),
                cost.cpu.as_secs_f64(),
                cost.peak as f64 / 1e6,
                bench.rows,
            );
            let differences = differences(&bench.calls, &planned);
            assert!(differences.is_empty(), "the calls are not those of the plan:\n{}", differences.join("\n"));
        }
    }
}

/// An estate whose answers were kept.
struct Bench<'a> {
    lab: &'a Lab,
    stage: Stage,
    calls: Vec<Call>,
    snapshot: tempfile::NamedTempFile,
    resources: usize,
    rows: usize,
}

impl<'a> Bench<'a> {
    /// Lets a check pass through to the lab, and keeps what it asked and what was answered.
    fn record(lab: &'a Lab, service: SocketAddr, policies: &str) -> Self {
        let stage = Stage::open(Mode::Record(service)).expect("a port is free");
        let snapshot = tempfile::NamedTempFile::new().expect("a file for the snapshot");
        let mut bench = Self { lab, stage, calls: Vec::new(), snapshot, resources: 0, rows: 0 };
        let path = bench.snapshot.path().display().to_string();
        bench.run(&["estate", "collect", "--regions", REGIONS, "--to", &path]);
        let seen: Value = bench.read_snapshot();
        bench.resources = seen.get("resources").and_then(Value::as_array).map_or(0, Vec::len);
        bench.stage.set(Mode::Record(service));
        let report = bench.run(&check(policies));
        let report: Value = serde_json::from_slice(&report).expect("a report is JSON");
        bench.rows = report.get("verdicts").and_then(Value::as_array).map_or(0, Vec::len);
        bench.calls = bench.stage.calls();
        bench
    }

    fn read_snapshot(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.snapshot.path()).expect("the snapshot is there"))
            .expect("a snapshot is JSON")
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = ops();
        let configuration = root().join("trackera.yaml");
        command.envs(self.lab.environment()).arg("--config").arg(configuration).args(arguments);
        for (name, host) in [("AWS_ENDPOINT_URL", "127.0.0.1"), ("AWS_ENDPOINT_URL_S3_CONTROL", "localhost")] {
            command.env(name, format!("http://{host}:{}", self.stage.address.port()));
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.command(arguments).output().expect("the product's binary starts");
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1 | 3)), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// What the poll plan of the policies says for this estate.
    fn planned(&self, policies: &str) -> BTreeMap<String, usize> {
        let path = self.snapshot.path().display().to_string();
        let plan = self.run(&["policy", "calls", "--from", &path, "--policy", policies, "--output", "json"]);
        let plan: Value = serde_json::from_slice(&plan).expect("a plan is JSON");
        let lines = plan.get("operations").and_then(Value::as_array).into_iter().flatten();
        let count = |line: &Value| {
            let operation = line.get("operation")?.as_str()?.to_owned();
            Some((operation, usize::try_from(line.get("calls")?.as_u64()?).ok()?))
        };
        lines.filter_map(count).collect()
    }

    /// A whole check, from the answers that were kept, with the whole report written to a file.
    fn check(&self, policies: &str) -> Cost {
        self.stage.set(Mode::Replay(ANSWER));
        let cost = measure(self.command(&check(policies)));
        if std::env::args().any(|argument| argument == "--timeline") {
            timeline(&self.stage.calls(), cost.wall);
        }
        assert_eq!(self.stage.strangers(), 0, "the check asked what it had not asked before");
        cost
    }

    fn floor(&self, schema: &Schema) -> Duration {
        self.stage.set(Mode::Replay(ANSWER));
        let begun = Instant::now();
        floor::run(schema, &self.calls, self.stage.address, WIDTH);
        let took = begun.elapsed();
        assert_eq!(self.stage.calls().len(), self.calls.len(), "the floor makes every call");
        took
    }
}

#[expect(clippy::print_stdout, reason = "figures are what a bench is for")]
fn timeline(calls: &[Call], wall: Duration) {
    calls.iter().for_each(|call| println!("{:>8} ms {}", call.at.as_millis(), call.operation));
    println!("{:>8} ms the end", wall.as_millis());
}

fn check(policies: &str) -> [&str; 7] {
    ["check", "--output", "json", "--regions", REGIONS, "--policy", policies]
}

/// Where the calls that were made are not those of the plan.
fn differences(calls: &[Call], planned: &BTreeMap<String, usize>) -> Vec<String> {
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    calls.iter().for_each(|call| *made.entry(&call.operation).or_default() += 1);
    let operations = made.keys().copied().chain(planned.keys().map(String::as_str));
    let operations: std::collections::BTreeSet<&str> = operations.collect();
    let count =
        |operation: &str| (made.get(operation).copied().unwrap_or(0), planned.get(operation).copied().unwrap_or(0));
    let differing = operations.into_iter().map(|operation| (operation, count(operation)));
    differing
        .filter(|(_, (made, planned))| made != planned)
        .map(|(operation, (made, planned))| format!("{operation}: {made} made, {planned} planned"))
        .collect()
}

fn endpoint(lab: &Lab) -> SocketAddr {
    let url = lab.environment().get("AWS_ENDPOINT_URL").expect("the lab says where it is");
    url.trim_start_matches("http://").trim_end_matches('/').parse().expect("the lab listens on an address")
}

fn middle<T: Clone, K: Ord>(values: impl Iterator<Item = T>, key: impl Fn(&T) -> K) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_by_key(&key);
    values.get(values.len() / 2).cloned().expect("there is a round")
}
