//! A directory with files in it, and the program run there without any environment but its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;
use trackera_core::estate::{CollectedAccount, List, SNAPSHOT_VERSION, Snapshot};
use trackera_core::resource::{Attributes, ErrorClass, GLOBAL, Gap, Resource};

pub(crate) const ACCOUNT: &str = "000000000000";
pub(crate) const COLLECTED: &str = "2026-03-01T12:00:00Z";

/// Two rules: the volumes are encrypted, and no user is called after a service.
pub(crate) const POLICIES: &str = r#"
policies:
  - id: disks-are-encrypted
    title: Disks are encrypted
    resource: aws.ec2.volume
    severity: high
    scope: resource.size > 1
    assert: resource.encrypted
    message: "{{resource.name}} is not encrypted"
    every: 1h
    freshness: 1d
    controls: {soc2: [CC6.1]}
    fix: {text: Make an encrypted copy.}
    tests:
      - {name: encrypted, given: {size: 8, encrypted: true}, want: pass}
      - {name: plain, given: {size: 8, encrypted: false}, want: fail}
      - {name: refused, refused: [ec2:DescribeVolumes], want: unknown}
  - id: users-have-a-device
    title: Every user has a second factor
    resource: aws.iam.user
    severity: critical
    assert: size(resource.mfa_devices) > 0
    message: "{{resource.name}} has no second factor"
    every: 1h
    freshness: 1d
    fix: {text: Register a device.}
    tests:
      - {name: device, given: {mfa_devices: [a]}, want: pass}
      - {name: none, given: {mfa_devices: []}, want: fail}
      - {name: refused, refused: [iam:ListUsers], want: unknown}
"#;

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    /// What was printed, for programs.
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{self:?}"))
    }
}

/// A directory of its own.
pub(crate) struct Place {
    directory: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// A place with two policies and no configuration.
    pub(crate) fn with_policies() -> Self {
        let place = Self::new();
        place.write("policies/rules.yaml", POLICIES);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn write_snapshot(&self, snapshot: &Snapshot) {
        self.write("estate.json", serde_json::to_vec(snapshot).unwrap());
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        finish(program(self.directory.path(), arguments))
    }

    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Outcome {
        let mut command = program(self.directory.path(), arguments);
        command.envs(environment.iter().copied());
        finish(command)
    }

    /// Runs a check of the snapshot that lies here and reads its report.
    pub(crate) fn report(&self, arguments: &[&str]) -> (i32, Json) {
        let outcome = self.run(&[&["check", "--from", "estate.json", "--output", "json"], arguments].concat());
        (outcome.code, serde_json::from_str(&outcome.out).unwrap_or_else(|_| panic!("{outcome:?}")))
    }
}

pub(crate) fn program(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trackera-ops"));
    command.args(arguments).current_dir(directory).env_clear().env("COLUMNS", "100").stdin(Stdio::null());
    command
}

fn finish(mut command: Command) -> Outcome {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Outcome { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
}

/// An estate with whole lists of volumes and users, and nothing in them.
pub(crate) fn empty_estate() -> Snapshot {
    let list = |kind: &str, region: &str| List {
        kind: kind.to_owned(),
        account: ACCOUNT.to_owned(),
        region: region.to_owned(),
        gaps: Vec::new(),
    };
    Snapshot {
        version: SNAPSHOT_VERSION,
        collected_at: COLLECTED.parse().unwrap(),
        accounts: vec![CollectedAccount {
            account: ACCOUNT.to_owned(),
            regions: vec!["eu-central-1".to_owned(), "eu-west-1".to_owned()],
        }],
        lists: vec![
            list("aws.ec2.volume", "eu-central-1"),
            list("aws.ec2.volume", "eu-west-1"),
            list("aws.iam.user", GLOBAL),
        ],
        resources: Vec::new(),
        gaps: Vec::new(),
        reports: Vec::new(),
    }
}

pub(crate) fn volume(region: &str, id: &str, name: &str, encrypted: bool) -> Resource {
    Resource {
        kind: "aws.ec2.volume".to_owned(),
        account: ACCOUNT.to_owned(),
        region: region.to_owned(),
        id: id.to_owned(),
        name: name.to_owned(),
        attributes: Attributes::new(&serde_json::json!({ "size": 8, "encrypted": encrypted })).unwrap(),
    }
}

pub(crate) fn user(name: &str, devices: &[&str]) -> Resource {
    Resource {
        kind: "aws.iam.user".to_owned(),
        account: ACCOUNT.to_owned(),
        region: GLOBAL.to_owned(),
        id: name.to_owned(),
        name: name.to_owned(),
        attributes: Attributes::new(&serde_json::json!({ "mfa_devices": devices })).unwrap(),
    }
}

/// Two volumes and two users, of which one each breaks its rule.
pub(crate) fn mixed_estate() -> Snapshot {
    let mut snapshot = empty_estate();
    snapshot.resources = vec![
        volume("eu-central-1", "vol-1", "data", true),
        volume("eu-west-1", "vol-2", "scratch", false),
        user("alice", &["arn:aws:iam::000000000000:mfa/alice"]),
        user("bob", &[]),
    ];
    snapshot.sorted()
}

/// The same without what breaks a rule.
pub(crate) fn good_estate() -> Snapshot {
    let mut snapshot = mixed_estate();
    snapshot.resources.retain(|resource| !["vol-2", "bob"].contains(&resource.id.as_str()));
    snapshot
}

/// Refuses the list of volumes in one region.
pub(crate) fn refuse_volumes(snapshot: &mut Snapshot, region: &str) {
    let gap = Gap {
        operation: "ec2:DescribeVolumes".to_owned(),
        account: ACCOUNT.to_owned(),
        region: region.to_owned(),
        resource: None,
        error_class: ErrorClass::AccessDenied,
    };
    snapshot.resources.retain(|resource| resource.kind != "aws.ec2.volume" || resource.region != region);
    for list in &mut snapshot.lists {
        if list.kind == "aws.ec2.volume" && list.region == region {
            list.gaps.push(gap.clone());
        }
    }
    snapshot.gaps.push(gap);
}
