//! Scheduled drills against a lab: nothing without a standing approval, nothing twice, nothing left by a process that was
//! killed, and whatever is wrong is told by the watching agent. The heartbeat beats beside it.

#![cfg(test)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use trackera_tests::agent::{Company, wait};
use trackera_tests::{Lab, root};

const PASSWORD: &str = "only-in-the-lab-7f3a";
const HEARTBEAT: &str = "lab-ops-heartbeat-password";

/// A drill that is due once an hour.
const DRILL: &str = "drills:
  - id: product-dump
    title: The product database comes back
    owner: Amelie
    objectives: {rto: 2h, rpo: 26h}
    every: 1h
    source:
      dump:
        in: {bucket: trackera-backups, region: eu-central-1, prefix: scheduled/}
        manifests: {bucket: trackera-backups-dr, region: eu-west-1, prefix: manifests/}
    target: {scratch: {directory: scratch, jobs: 2}}
    verify:
      manifest: {}
      rows: [{table: app.accounts, min: 10}]
";

/// Lets machines of the company reach the database, and prints where it answers.
const ADMIT: &str = "
import boto3
database = boto3.client('rds', 'eu-central-1').describe_db_instances(DBInstanceIdentifier='trackera-production')
database = database['DBInstances'][0]
boto3.client('ec2', 'eu-central-1').authorize_security_group_ingress(
    GroupId=database['VpcSecurityGroups'][0]['VpcSecurityGroupId'], IpProtocol='tcp', FromPort=5432, ToPort=5432,
    CidrIp='10.0.0.10/32')
print('%s:%d' % (database['Endpoint']['Address'], database['Endpoint']['Port']))
";

fn administer(lab: &Lab, script: &str) -> String {
    let python = root().join(".lab/venv/bin/python");
    let done = Command::new(python).envs(lab.environment()).args(["-c", script]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

/// A company with a database, a backup of it, a scheduled drill, and an admin who can sign.
struct Scheduled<'a> {
    lab: &'a Lab,
    company: Company<'a>,
    database: String,
}

impl<'a> Scheduled<'a> {
    fn new(lab: &'a Lab) -> Self {
        let company = Company::new(lab, &["drills"]);
        // Whoever the server of a drill runs as passes through; only it can enter what is below.
        fs::set_permissions(company.home.path(), fs::Permissions::from_mode(0o711)).unwrap();
        let address = administer(lab, ADMIT);
        let database = format!(
            "database:\n  address: {address}\n  instance: trackera-production\n  region: eu-central-1\n  \
             name: trackera\n  user: trackera_owner\n  password: {{environment: TRACKERA_DATABASE_PASSWORD}}\n  \
             authorities: {}\n  dumps:\n    directory: scratch\n    \
             to: {{bucket: trackera-backups, region: eu-central-1, prefix: scheduled/}}\n    \
             manifests: {{bucket: trackera-backups-dr, region: eu-west-1, prefix: manifests/}}\n",
            lab.authorities().display()
        );
        let scheduled = Self { lab, company, database };
        let key = scheduled.path("bob");
        let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
        assert!(made.unwrap().success());
        let public = fs::read_to_string(key.with_extension("pub")).unwrap();
        fs::write(scheduled.path("allowed_signers"), format!("bob {public}")).unwrap();
        fs::create_dir_all(scheduled.path("runbooks/drills")).unwrap();
        fs::write(scheduled.path("runbooks/drills/product.yaml"), DRILL).unwrap();
        scheduled.declare("");
        let taken = scheduled.ops(&["backup", "take"]);
        assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
        scheduled
    }

    fn declare(&self, more: &str) {
        self.company.declare(&format!("{}{more}", self.database));
        let path = self.company.configuration();
        let text = fs::read_to_string(&path).unwrap();
        let text = text.replace("agent:\n", "agent:\n  drills: first\n");
        let text = text.replace("journal:\n", "journal:\n  allowed_signers: allowed_signers\n");
        fs::write(path, text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.company.home.path().join(name)
    }

    fn ops(&self, arguments: &[&str]) -> Output {
        self.ops_of("admin", arguments)
    }

    /// What the admins' program says of the log of a process.
    fn ops_of(&self, name: &str, arguments: &[&str]) -> Output {
        let mut ops = Command::new(trackera_tests::binary("trackera-ops"));
        ops.envs(self.lab.environment())
            .env("TRACKERA_DATABASE_PASSWORD", PASSWORD)
            .env("TRACKERA_STATE", self.company.directory(name));
        ops.arg("--config").arg(self.company.configuration()).args(arguments).output().unwrap()
    }

    fn approve(&self) {
        let key = self.path("bob").display().to_string();
        let approved =
            self.ops(&["approve", "--standing", "product-dump", "--days", "9", "--sign-with", &key, "--yes"]);
        assert!(approved.status.success(), "{}", String::from_utf8_lossy(&approved.stderr));
    }

    fn once(&self, name: &str) -> Output {
        self.company.drill(name, &["--once"]).output().unwrap()
    }

    /// The runs that the log of a process tells of.
    fn runs(&self, name: &str) -> Vec<Value> {
        let listed = self.ops_of(name, &["run", "list", "--output", "json"]);
        serde_json::from_slice(&listed.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&listed.stderr)))
    }

    fn assert_nothing_left(&self) {
        let entries = fs::read_dir(self.path("scratch")).into_iter().flatten();
        let left: Vec<PathBuf> = entries.map(|one| one.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn scheduled_drills_run_once_under_an_approval_and_whatever_is_wrong_is_told() {
    let lab = Lab::start("clean");
    let scheduled = Scheduled::new(&lab);

    let refused = scheduled.once("first");
    assert_eq!(refused.status.code(), Some(4), "{}", said(&refused));
    assert!(said(&refused).contains("no standing approval is for it"), "{}", said(&refused));
    assert_eq!(scheduled.runs("first"), Vec::<Value>::new(), "nothing was begun");

    let agent = scheduled.company.agent("watcher");
    let told = scheduled.company.hearer.about("scheduled-drills-begin", |item| item["what"] == "opened");
    assert!(told.body.to_string().contains("no standing approval is for it"), "{}", told.body);
    agent.kill();

    scheduled.approve();
    two_processes_do_one_drill(&scheduled);
    killed_in_the_middle(&scheduled);
    assert_eq!(scheduled.company.damage("first"), None);
}

/// Two processes begin at the same moment: one does the drill, and the other knows of it.
fn two_processes_do_one_drill(scheduled: &Scheduled<'_>) {
    let begin = |name| scheduled.company.drill(name, &["--once"]).stderr(Stdio::piped()).spawn().unwrap();
    let both = ["first", "second"].map(begin).map(|child| child.wait_with_output().unwrap());
    for output in &both {
        assert_eq!(output.status.code(), Some(0), "{}", said(output));
    }
    let again = ["first", "second"].map(|name| scheduled.once(name));
    for output in &again {
        assert_eq!(output.status.code(), Some(0), "it is not due: {}", said(output));
    }
    for name in ["first", "second"] {
        let runs = scheduled.runs(name);
        assert!(runs.len() == 1 && runs[0]["state"] == "done", "{name}: {runs:#?}");
    }
    let begun = both.iter().filter(|output| said(output).contains("the drill begins")).count();
    assert_eq!(begun, 1, "{} {}", said(&both[0]), said(&both[1]));
    scheduled.assert_nothing_left();
}

/// A process that is killed in the middle leaves a server and a run; the next start leaves neither.
fn killed_in_the_middle(scheduled: &Scheduled<'_>) {
    // Another file is another plan, and nobody stands for that yet.
    fs::write(scheduled.path("runbooks/drills/product.yaml"), DRILL.replace("every: 1h", "every: 2s")).unwrap();
    let stale = scheduled.once("first");
    assert_eq!(stale.status.code(), Some(4), "{}", said(&stale));
    scheduled.approve();
    let mut child = scheduled.company.drill("first", &[]).stderr(Stdio::null()).spawn().unwrap();
    let scratch = scheduled.path("scratch");
    wait("a server of the drill", || {
        let mut places = fs::read_dir(&scratch).into_iter().flatten().map_while(Result::ok);
        places.any(|place| place.path().join(".s.PGSQL.5432").exists())
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(scheduled.runs("first").iter().any(|run| run["state"] == "interrupted"));
    let resumed = scheduled.once("first");
    assert_eq!(resumed.status.code(), Some(0), "{}", said(&resumed));
    assert!(said(&resumed).contains("was interrupted"), "{}", said(&resumed));
    let runs = scheduled.runs("first");
    assert!(runs.iter().all(|run| run["state"] == "done"), "{runs:#?}");
    scheduled.assert_nothing_left();
}

#[test]
fn the_heartbeat_beats_through_a_role_of_its_own_and_a_database_that_is_away_is_told() {
    let lab = Lab::start("clean");
    let scheduled = Scheduled::new(&lab);
    scheduled.declare("  heartbeat: {user: ops_heartbeat, password: {file: beat}, every: 1s}\n");
    let secret = scheduled.path("beat");
    fs::write(&secret, HEARTBEAT).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let agent = scheduled.company.agent("watcher");
    let sequence = || {
        let address = &scheduled.database;
        let address = address.lines().find_map(|line| line.trim().strip_prefix("address: ")).unwrap();
        let (host, port) = address.rsplit_once(':').unwrap();
        let asked = Command::new("psql")
            .env("PGPASSWORD", HEARTBEAT)
            .env("PGSSLMODE", "require")
            .args(["-h", host, "-p", port, "-U", "ops_heartbeat", "-d", "trackera", "-Atc"])
            .arg("SELECT sequence FROM ops.heartbeat WHERE writer = 'watcher'")
            .output()
            .unwrap();
        String::from_utf8_lossy(&asked.stdout).trim().parse::<u64>().unwrap_or_default()
    };
    wait("three beats", || sequence() >= 3);
    lab.command(&["outage", "eu-central-1"]);
    scheduled.company.hearer.about("agent/heartbeat-failing", |item| item["what"] == "opened");
    lab.command(&["outage", "eu-central-1", "--end"]);
    scheduled.company.hearer.about("agent/heartbeat-failing", |item| item["what"] == "closed");
    drop(agent);
}
