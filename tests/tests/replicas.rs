//! Drills of objects as admins run them, against a lab: a sound bucket passes, every damage to an object is found and named by
//! a digest, and what cannot be read is never a pass.
#![cfg(test)]

use std::process::Command;

use serde_json::Value as Json;
use tempfile::TempDir;
use trackera_tests::{Lab, ops, root};

const DRILLS: &str = r#"drills:
  - id: files
    title: Customers' files can be read, and lie in the other region as they lie here
    owner: amelie
    objectives: {rto: 2h, rpo: 26h}
    source:
      objects:
        in: {bucket: drilled-files, region: eu-central-1, prefix: tenants/}
        replica: {bucket: drilled-files-dr, region: eu-west-1}
        everything_within: 1
  - id: sampled
    title: The same, a part at a time
    owner: amelie
    objectives: {rto: 2h, rpo: 26h}
    source:
      objects:
        in: {bucket: drilled-files, region: eu-central-1, prefix: tenants/}
        replica: {bucket: drilled-files-dr, region: eu-west-1}
        everything_within: 3
"#;

/// Every script begins with this: two buckets that keep versions, and a way to write into them a week ago.
const BUCKETS: &str = r#"import boto3
places = (('drilled-files', 'eu-central-1'), ('drilled-files-dr', 'eu-west-1'))
def bucket(at):
    name, region = places[at]
    s3 = boto3.client('s3', region_name=region)
    s3.meta.events.register('before-sign.s3', lambda request, **_: request.headers.add_header('x-lab-date', '-7d'))
    return s3, name
def put(at, key, body):
    s3, name = bucket(at)
    s3.put_object(Bucket=name, Key=key, Body=body)
def delete(at, key):
    s3, name = bucket(at)
    s3.delete_object(Bucket=name, Key=key)
KEY = 'tenants/anna-7.pdf'
"#;

const PREPARE: &str = "
for at in (0, 1):
    s3, name = bucket(at)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={'LocationConstraint': places[at][1]})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={'Status': 'Enabled'})
    for number in range(30):
        put(at, f'tenants/anna-{number}.pdf', f'file {number}'.encode() * 1000)
";

/// What `printf %s tenants/anna-7.pdf | sha256sum` begins with.
fn digest() -> String {
    let output = Command::new("sh").args(["-c", "printf %s tenants/anna-7.pdf | sha256sum"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()[..16].to_owned()
}

struct Admin<'a> {
    lab: &'a Lab,
    home: TempDir,
}

impl<'a> Admin<'a> {
    fn new(lab: &'a Lab) -> Self {
        let home = tempfile::tempdir().unwrap();
        let drills = home.path().join("runbooks/drills");
        std::fs::create_dir_all(&drills).unwrap();
        std::fs::write(drills.join("files.yaml"), DRILLS).unwrap();
        let company = "company: {name: Test, regions: {primary: eu-central-1, recovery: eu-west-1}}\n";
        std::fs::write(home.path().join("trackera.yaml"), company).unwrap();
        let admin = Self { lab, home };
        admin.administers(PREPARE);
        admin
    }

    /// Does what an administrator would, with the client of another language.
    fn administers(&self, script: &str) {
        let python = root().join(".lab/venv/bin/python");
        let script = format!("{BUCKETS}{script}");
        let output = Command::new(python).args(["-c", &script]).envs(self.lab.environment()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Does a drill, and gives how it ended and what it reports.
    fn drills(&self, more: &[&str]) -> (i32, Json) {
        let mut command = ops();
        command.envs(self.lab.environment()).env("TRACKERA_STATE", self.home.path().join("state"));
        command.arg("--config").arg(self.home.path().join("trackera.yaml")).args(["drill", "run"]).args(more);
        let output = command.args(["--yes", "--output", "json"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{more:?}: {said}"));
        (output.status.code().unwrap(), report)
    }

    /// Does the drill of everything, in which one check fails.
    fn finds(&self, check: &str, said: &str) {
        let (code, report) = self.drills(&["files"]);
        assert_eq!((code, &report["is_gone"]), (1, &Json::Bool(true)), "{report:#}");
        let checks = report["checks"].as_array().unwrap();
        let failed: Vec<&Json> = checks.iter().filter(|one| one["state"] == "fail").map(|one| &one["check"]).collect();
        assert_eq!(failed, [check], "{report:#}");
        let named = format!("object {} {said}", digest());
        assert!(report["said"].as_str().unwrap().contains(&named), "{named}: {report:#}");
        assert!(!report.to_string().contains("anna"), "a key stands in the report: {report:#}");
    }
}

#[test]
fn objects_are_held_against_their_replica_and_what_is_wrong_with_one_is_named() {
    let lab = Lab::start("clean");
    let admin = Admin::new(&lab);
    let (code, report) = admin.drills(&["files"]);
    assert_eq!((code, &report["verdict"], &report["rpa_seconds"]), (0, &"pass".into(), &0.into()), "{report:#}");
    let (code, report) = admin.drills(&["files", "--damage"]);
    assert_eq!((code, &report["negative_control"]), (0, &Json::Bool(true)), "{report:#}");
    in_parts(&admin);

    admin.administers("put(1, KEY, b'file X' * 1000)");
    admin.finds("replica", "is not what its replica is");
    admin.administers("delete(1, KEY)");
    admin.finds("replica", "is marked as deleted in the replica");
    admin.administers("put(1, KEY, b'file 7' * 1000)");
    assert_eq!(admin.drills(&["files"]).0, 0);
    admin.administers("delete(0, KEY)");
    let (code, report) = admin.drills(&["files"]);
    assert_eq!(code, 1, "{report:#}");
    let named = format!("the newest version of object {} is the marker of a deletion", digest());
    assert!(report["said"].as_str().unwrap().contains(&named), "{report:#}");
    admin.administers("put(0, KEY, b'file 7' * 1000)");
    refused(&admin);
}

/// Three runs read everything, each another part.
fn in_parts(admin: &Admin<'_>) {
    let mut parts = Vec::new();
    for _ in 0..3 {
        let (code, report) = admin.drills(&["sampled"]);
        assert_eq!((code, &report["verdict"]), (0, &serde_json::json!({"partial": "sampled"})), "{report:#}");
        parts.push(report["rotation"]["part"].as_u64().unwrap());
    }
    assert_eq!(parts, [0, 1, 2]);
}

/// What cannot be read is no pass, whatever keeps it from being read.
fn refused(admin: &Admin<'_>) {
    for operation in ["s3:GetObject", "s3:ListObjectVersions"] {
        admin.lab.command(&["deny", operation]);
        let (code, report) = admin.drills(&["files"]);
        assert_eq!((code, &report["verdict"]), (3, &"could_not_verify".into()), "{operation}: {report:#}");
        admin.lab.command(&["clear"]);
    }
    assert_eq!(admin.drills(&["files"]).0, 0);
}
