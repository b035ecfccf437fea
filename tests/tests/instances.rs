//! Drills of database instances as admins run them, against a lab with real servers: of a snapshot, of its copy in the other
//! region, of a recovery point of AWS Backup, killed in the middle, and without a right that they need.
#![cfg(test)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tempfile::TempDir;
use trackera_tests::{Lab, ops, root};

const PATIENCE: Duration = Duration::from_secs(120);

/// A drill of a source into an instance of a region whose groups the source has not, where they are named.
const DRILL: &str = r#"  - id: NAME
    title: The product database comes back
    owner: amelie
    objectives: {rto: 2h, rpo: 26h}
    source: SOURCE
    target:
      instance:
        class: db.t4g.medium
        subnet_group: trackera-database
        security_groups: [GROUP]
        euros_an_hour: 0.08
        user: trackera_owner
        password: {environment: TRACKERA_DRILL_PASSWORD}
        database: trackera
        authorities: ca.pem
        # NAMED
    verify:
      rows: [{table: app.accounts, min: 1}]
      integrity: {indexes: false, page_checksums: false}
"#;

const NEAR: &str = "{snapshot: {instance: trackera-production, region: eu-central-1}}";
const FAR: &str = "{snapshot: {instance: trackera-production, region: eu-west-1}}";
const VAULTED: &str = "{recovery_point: {vault: trackera-dr, region: eu-west-1, \
    resource: \"arn:aws:rds:eu-central-1:000000000000:db:trackera-production\", \
    role: \"arn:aws:iam::000000000000:role/trackera-backup\"}}";
const NAMED: &str = "parameter_group: trackera-postgres\n        option_group: default:postgres-15";

/// The drills: of the newest snapshot near, of its copy far, and of the newest recovery point in the vault far.
fn drills(near: &str, far: &str) -> String {
    let drill = |name: &str, source: &str, (group, named): (&str, &str)| {
        let text = DRILL.replace("NAME\n", &format!("{name}\n")).replace("SOURCE", source);
        text.replace("[GROUP]", &format!("[{group}]")).replace("# NAMED", named)
    };
    let all =
        [drill("near", NEAR, (near, "")), drill("far", FAR, (far, NAMED)), drill("vaulted", VAULTED, (far, NAMED))];
    format!("drills:\n{}", all.concat())
}

/// Takes a snapshot of the product's database and copies it into the other region; then makes a security group in each that
/// lets nobody in but whoever verifies. Gives the two groups.
const PREPARE: &str = r#"import boto3, time
near, far = (boto3.client('rds', region_name=region) for region in ('eu-central-1', 'eu-west-1'))
def available(client, name):
    while True:
        snapshot = client.describe_db_snapshots(DBSnapshotIdentifier=name)['DBSnapshots'][0]
        if snapshot['Status'] == 'available':
            return snapshot
        time.sleep(0.1)
near.create_db_snapshot(DBSnapshotIdentifier='fresh', DBInstanceIdentifier='trackera-production')
arn = available(near, 'fresh')['DBSnapshotArn']
key = far.describe_db_snapshots()['DBSnapshots'][0]['KmsKeyId']
far.copy_db_snapshot(SourceDBSnapshotIdentifier=arn, TargetDBSnapshotIdentifier='fresh', KmsKeyId=key,
    SourceRegion='eu-central-1')
available(far, 'fresh')
for region in ('eu-central-1', 'eu-west-1'):
    rds, ec2 = (boto3.client(service, region_name=region) for service in ('rds', 'ec2'))
    vpc = rds.describe_db_subnet_groups(DBSubnetGroupName='trackera-database')['DBSubnetGroups'][0]['VpcId']
    group = ec2.create_security_group(GroupName='drill', Description='drills', VpcId=vpc)['GroupId']
    verifier = {'IpProtocol': 'tcp', 'FromPort': 5432, 'ToPort': 5432, 'IpRanges': [{'CidrIp': '10.0.0.10/32'}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[verifier])
    print(group)
"#;

/// An admin's machine, with a configuration and a journal of its own.
struct Admin<'a> {
    lab: &'a Lab,
    home: TempDir,
}

impl<'a> Admin<'a> {
    fn new(lab: &'a Lab) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::copy(lab.authorities(), home.path().join("ca.pem")).unwrap();
        let groups = python(lab, PREPARE);
        let (near, far) = groups.trim().split_once('\n').unwrap();
        let drills = home.path().join("runbooks/drills");
        std::fs::create_dir_all(&drills).unwrap();
        std::fs::write(drills.join("instances.yaml"), self::drills(near, far)).unwrap();
        let company = "company: {name: Test, regions: {primary: eu-central-1, recovery: eu-west-1}}\n";
        std::fs::write(home.path().join("trackera.yaml"), company).unwrap();
        Self { lab, home }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = ops();
        command.envs(self.lab.environment()).env("TRACKERA_DRILL_PASSWORD", "only-in-the-lab-7f3a");
        command.env("TRACKERA_STATE", self.home.path().join("state"));
        command.arg("--config").arg(self.home.path().join("trackera.yaml")).args(arguments);
        command
    }

    /// Runs the product, and gives its exit code and what it printed.
    fn does(&self, arguments: &[&str]) -> (i32, Json) {
        let output = self.command(&[arguments, &["--output", "json"]].concat()).output().unwrap();
        let printed = serde_json::from_slice(&output.stdout);
        let printed = printed.unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)));
        (output.status.code().unwrap(), printed)
    }
}

fn python(lab: &Lab, script: &str) -> String {
    let python = root().join(".lab/venv/bin/python");
    let output = Command::new(python).args(["-c", script]).envs(lab.environment()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn instances_come_back_from_both_regions_and_leave_nothing_whatever_happens() {
    let lab = Lab::start("clean");
    let admin = Admin::new(&lab);
    for (drill, region) in [("near", "eu-central-1"), ("far", "eu-west-1")] {
        let (code, report) = admin.does(&["drill", "run", drill, "--yes"]);
        assert_eq!((code, &report["is_gone"]), (0, &Json::Bool(true)), "{report:#}");
        assert!(report["backup"]["name"].as_str().unwrap().ends_with(":snapshot:fresh"), "{report:#}");
        assert_eq!(report["backup"]["region"], region);
        assert!(report["rpa_seconds"].is_i64() && report["rta_seconds"].is_i64(), "{report:#}");
    }
    vaulted(&admin);
    killed(&admin);
    lab.command(&["deny", "rds:RestoreDBInstanceFromDBSnapshot"]);
    let (code, report) = admin.does(&["drill", "run", "near", "--yes"]);
    assert_eq!((code, &report["is_gone"]), (3, &Json::Bool(true)), "{report:#}");
    assert!(report["said"].as_str().unwrap().contains("not allowed"), "{report:#}");
    lab.command(&["clear"]);
    assert_eq!(admin.does(&["drill", "clean"]), (0, Json::Array(Vec::new())));
}

/// AWS Backup restores its newest recovery point, and hears that it was good; where it may not restore, nothing is left.
fn vaulted(admin: &Admin<'_>) {
    let (code, report) = admin.does(&["drill", "run", "vaulted", "--yes"]);
    assert_eq!((code, &report["is_gone"]), (0, &Json::Bool(true)), "{report:#}");
    assert!(report["backup"]["name"].as_str().unwrap().starts_with("arn:aws:"), "{report:#}");
    assert_eq!(report["backup"]["region"], "eu-west-1");
    let judged = "import boto3
for job in boto3.client('backup', region_name='eu-west-1').list_restore_jobs()['RestoreJobs']:
    if ':db:drill-vaulted-' in job.get('CreatedResourceArn', ''):
        print(job['Status'], job.get('ValidationStatus'))";
    assert_eq!(python(admin.lab, judged).trim(), "COMPLETED SUCCESSFUL");
    admin.lab.command(&["deny", "backup:StartRestoreJob"]);
    let (code, report) = admin.does(&["drill", "run", "vaulted", "--yes"]);
    assert_eq!((code, &report["is_gone"]), (3, &Json::Bool(true)), "{report:#}");
    admin.lab.command(&["clear"]);
}

/// A process that dies in the middle of a restore: what it promised is found, and whoever goes on with its run ends well.
fn killed(admin: &Admin<'_>) {
    let before = admin.does(&["run", "list"]).1.as_array().unwrap().len();
    let restores = || admin.lab.calls().iter().filter(|(name, _)| name.starts_with("rds:RestoreDBInstance")).count();
    let begun = restores();
    let mut running = admin.command(&["drill", "run", "near", "--yes"]);
    let mut running = running.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let since = Instant::now();
    while restores() == begun {
        assert!(since.elapsed() < PATIENCE && running.try_wait().unwrap().is_none(), "it never asked for a restore");
    }
    running.kill().unwrap();
    running.wait().unwrap();
    let (_, runs) = admin.does(&["run", "list"]);
    let killed = runs.as_array().unwrap().iter().find(|run| run["state"] == "interrupted").unwrap();
    assert_eq!(runs.as_array().unwrap().len(), before + 1);
    let (code, left) = admin.does(&["drill", "clean"]);
    let whats: Vec<&str> = left.as_array().unwrap().iter().map(|one| one["what"].as_str().unwrap()).collect();
    assert_eq!((code, whats), (5, vec!["promise", "instance"]), "{left:#}");
    let (code, report) = admin.does(&["run", "resume", killed["run"].as_str().unwrap()]);
    assert_eq!((code, &report["is_gone"]), (0, &Json::Bool(true)), "{report:#}");
    assert_eq!(restores(), begun + 1, "nothing was restored twice");
}
