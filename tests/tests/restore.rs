//! A backup is taken from the lab's product database, and drills restore it: whole, damaged on purpose, cut, gone, and
//! killed in the middle. Whatever happens, nothing stays.

#![cfg(test)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use trackera_tests::{Lab, ops};

const PASSWORD: &str = "only-in-the-lab-7f3a";
const DRILL: &str = "product-dump";
/// How long a step of the drill may take to be seen.
const PATIENCE: Duration = Duration::from_secs(120);

/// A company with a product database and one drill.
struct Company<'a> {
    lab: &'a Lab,
    home: TempDir,
}

impl<'a> Company<'a> {
    fn new(lab: &'a Lab) -> Self {
        let home = tempfile::Builder::new().prefix("trk-").tempdir().unwrap();
        // Whoever the server of a drill runs as passes through; only it can enter what is below.
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o711)).unwrap();
        let company = Self { lab, home };
        let authority = lab.authorities();
        let configuration = format!(
            "company: {{name: Example, accounts: [{{id: \"000000000000\"}}]}}\n\
             database:\n  instance: trackera-production\n  region: eu-central-1\n  name: trackera\n  \
             user: trackera_owner\n  password: {{environment: TRACKERA_DATABASE_PASSWORD}}\n  \
             authorities: {}\n  dumps:\n    directory: scratch\n    \
             to: {{bucket: trackera-backups, region: eu-central-1, prefix: drilled/}}\n    \
             manifests: {{bucket: trackera-backups-dr, region: eu-west-1, prefix: manifests/}}\n",
            authority.display()
        );
        fs::write(company.path("trackera.yaml"), configuration).unwrap();
        fs::create_dir_all(company.path("runbooks/drills")).unwrap();
        let drill = "drills:\n  - id: product-dump\n    title: The product database comes back\n    owner: Amelie\n    \
                     objectives: {rto: 2h, rpo: 26h}\n    source:\n      dump:\n        \
                     in: {bucket: trackera-backups, region: eu-central-1, prefix: drilled/}\n        \
                     manifests: {bucket: trackera-backups-dr, region: eu-west-1, prefix: manifests/}\n    \
                     target: {scratch: {directory: scratch, jobs: 2}}\n    verify:\n      manifest: {}\n      \
                     rows: [{table: app.accounts, min: 10}]\n      \
                     roles: {must_exist: [app_rw, app_ro, ops_heartbeat]}\n      isolation: true\n";
        fs::write(company.path("runbooks/drills/product.yaml"), drill).unwrap();
        company
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = ops();
        command.envs(self.lab.environment()).env("TRACKERA_DATABASE_PASSWORD", PASSWORD);
        command.env("TRACKERA_STATE", self.path("state"));
        command.arg("--config").arg(self.path("trackera.yaml")).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Does the drill, and gives how it ended and what it reports.
    fn drill(&self, more: &[&str]) -> (i32, Value) {
        let arguments = [&["drill", "run", DRILL, "--yes", "--output", "json"], more].concat();
        let output = self.run(&arguments);
        self.assert_nothing_left(&output);
        (output.status.code().unwrap(), json(&output))
    }

    fn assert_nothing_left(&self, output: &Output) {
        let left: Vec<_> =
            fs::read_dir(self.path("scratch")).into_iter().flatten().map(|one| one.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?}\n{}", String::from_utf8_lossy(&output.stderr));
        let working = Command::new("pgrep").args(["-f", &self.path("scratch").display().to_string()]).output().unwrap();
        assert!(working.stdout.is_empty(), "a server is left");
    }
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Does what an administrator would, with the client of another language.
fn administer(lab: &Lab, script: &str) {
    let python = trackera_tests::root().join(".lab/venv/bin/python");
    let done = Command::new(python).envs(lab.environment()).args(["-c", script]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Lets the administrator's machine reach the database, which is where backups are taken.
const ADMIT: &str = "
import boto3
database = boto3.client('rds', 'eu-central-1').describe_db_instances(DBInstanceIdentifier='trackera-production')
group = database['DBInstances'][0]['VpcSecurityGroups'][0]['VpcSecurityGroupId']
boto3.client('ec2', 'eu-central-1').authorize_security_group_ingress(
    GroupId=group, IpProtocol='tcp', FromPort=5432, ToPort=5432, CidrIp='10.0.0.10/32')
";

/// Cuts every file of every dump in half, as whoever can write into the bucket could.
const CUT: &str = "
import boto3
s3 = boto3.client('s3', region_name='eu-central-1')
for found in s3.list_objects_v2(Bucket='trackera-backups', Prefix='drilled/')['Contents']:
    body = s3.get_object(Bucket='trackera-backups', Key=found['Key'])['Body'].read()
    s3.put_object(Bucket='trackera-backups', Key=found['Key'], Body=body[:len(body) // 2])
";

#[test]
fn a_backup_comes_back_whole_and_every_other_end_leaves_nothing() {
    let lab = Lab::start("clean");
    let company = Company::new(&lab);

    let nothing = company.drill(&[]);
    assert_eq!((nothing.0, text(&nothing.1, "/verdict")), (1, "fail"), "{}", nothing.1);
    assert!(text(&nothing.1, "/said").contains("no manifest lies below"), "{}", nothing.1);

    administer(&lab, ADMIT);
    let taken = company.run(&["backup", "take", "--output", "json"]);
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    assert!(json(&taken)["rows"].as_u64().unwrap() > 1_000, "{}", json(&taken));

    let (code, report) = company.drill(&[]);
    assert_eq!((code, text(&report, "/verdict")), (0, "pass"), "{report:#}");
    assert_eq!(report["is_gone"], true);
    assert!(report["rpa_seconds"].as_i64().unwrap() < 3_600 && report["rta_seconds"].as_i64().unwrap() < 600);

    let (code, report) = company.drill(&["--damage"]);
    let control =
        report["checks"].as_array().unwrap().iter().find(|check| check["check"] == "negative_control").unwrap();
    assert_eq!((code, text(control, "/state")), (0, "pass"), "{report:#}");

    let state = company.path("state");
    killed_in_the_middle_and_resumed(&company, &state);

    administer(&lab, CUT);
    let (code, report) = company.drill(&[]);
    assert_eq!((code, text(&report, "/verdict")), (1, "fail"), "{report:#}");

    let journal = state.join("journal").display().to_string();
    let key = fs::read_to_string(state.join("journal.key.pub")).unwrap();
    let verified = company.run(&["journal", "verify", "--journal", &journal, "--key", key.trim()]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let listed = json(&company.run(&["run", "list", "--output", "json"]));
    assert!(listed.as_array().unwrap().iter().all(|run| run["state"] == "done"), "{listed:#}");
}

fn killed_in_the_middle_and_resumed(company: &Company<'_>, state: &Path) {
    let mut child = company.command(&["drill", "run", DRILL, "--yes"]).stderr(Stdio::null()).spawn().unwrap();
    let until = Instant::now() + PATIENCE;
    let has_server = || {
        let places = fs::read_dir(company.path("scratch")).into_iter().flatten().map(|one| one.unwrap().path());
        places.into_iter().any(|place| place.join(".s.PGSQL.5432").exists())
    };
    while !has_server() {
        assert!(Instant::now() < until, "no server within {PATIENCE:?}, {}", state.display());
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let listed = company.run(&["run", "list", "--output", "json"]);
    assert_eq!(listed.status.code(), Some(5), "a run that was killed is shown");
    let listed = json(&listed);
    let open = listed.as_array().unwrap().iter().find(|run| run["state"] == "interrupted").unwrap();
    let resumed = company.run(&["run", "resume", text(open, "/run"), "--output", "json"]);
    assert_eq!(text(&json(&resumed), "/verdict"), "pass", "{}", String::from_utf8_lossy(&resumed.stderr));
    company.assert_nothing_left(&resumed);
}
