//! Servers, backups and copies for the tests.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;
use trackera_core::recovery::manifest::{Algorithm, Backup, Compression, Format, Manifest};
use trackera_core::recovery::verification::{Check, CheckResult, CheckState, Declared, ManifestRule};
use trackera_postgres::Trouble;
use trackera_postgres::backup::{BackupPlan, take};
use trackera_postgres::connection::{Address, Limits};
use trackera_postgres::heartbeat;
use trackera_postgres::program::Programs;
use trackera_postgres::restore::{RestorePlan, Restored, restore};
use trackera_postgres::scratch::{Scratch, ScratchPlan};
use trackera_postgres::verify::{Control, VerifyPlan, verify};

pub(crate) const WITHIN: Duration = Duration::from_secs(300);

/// A directory that the servers' account may pass through.
pub(crate) struct Place(pub(crate) TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        let place = tempfile::Builder::new().prefix("pg").tempdir().unwrap();
        std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
        Self(place)
    }

    pub(crate) fn plan(&self, name: &str) -> ScratchPlan {
        ScratchPlan {
            directory: self.0.path().to_owned(),
            name: name.to_owned(),
            programs: programs(),
            account: "postgres".to_owned(),
        }
    }

    pub(crate) async fn server(&self, name: &str) -> Scratch {
        Scratch::start(&self.plan(name)).await.unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What lies here besides the servers and files that a test names.
    pub(crate) fn entries(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

pub(crate) fn programs() -> Programs {
    Programs::find(15, &[]).unwrap()
}

pub(crate) async fn sql(address: &Address, script: &str) {
    let client = address.connect(&Limits::COPY).await.unwrap();
    client.batch_execute(script).await.unwrap_or_else(|error| panic!("{script}: {error:?}"));
}

/// The product's database with its heartbeat, on a server of its own.
pub(crate) async fn product(server: &Scratch) -> Address {
    sql(&server.address("postgres"), "CREATE DATABASE product").await;
    let address = server.address("product");
    sql(&address, include_str!("product.sql")).await;
    sql(&address, &heartbeat::setup("ops_heartbeat")).await;
    let client = address.connect(&Limits::COPY).await.unwrap();
    heartbeat::beat(&client, "test").await.unwrap();
    address
}

pub(crate) fn backup_plan(source: &Address, directory: PathBuf) -> BackupPlan {
    BackupPlan {
        source: source.clone(),
        limits: Limits::COPY,
        programs: programs(),
        directory,
        format: Format::Custom,
        compression: Compression::Gzip,
        recipients: Vec::new(),
        jobs: 2,
        algorithm: Algorithm::RowHash64,
        within: WITHIN,
    }
}

pub(crate) async fn backup(source: &Address, directory: PathBuf) -> Backup {
    take(&backup_plan(source, directory)).await.unwrap()
}

pub(crate) async fn restored(scratch: &Scratch, dump: PathBuf, record: Option<&Backup>) -> Result<Restored, Trouble> {
    let plan = RestorePlan { dump: &dump, record, keys: &[], database: "copy", roles: &[], jobs: 2, within: WITHIN };
    restore(scratch, &plan).await
}

/// Everything that can be checked without a file.
pub(crate) fn declared() -> Declared {
    Declared { manifest: Some(ManifestRule { exclude: Vec::new() }), ..Declared::default() }
}

pub(crate) struct Against<'a> {
    pub(crate) declared: &'a Declared,
    pub(crate) manifest: Option<&'a Manifest>,
}

pub(crate) fn verify_plan<'a>(
    copy: &'a Address,
    against: &Against<'a>,
    none: &'a BTreeMap<String, u64>,
) -> VerifyPlan<'a> {
    VerifyPlan {
        copy,
        limits: Limits::COPY,
        declared: against.declared,
        manifest: against.manifest,
        structure: None,
        grants: None,
        previous_rows: none,
        ledger: None,
        ledger_key: None,
        lost_at: against.manifest.map_or(Timestamp::UNIX_EPOCH, |manifest| manifest.taken_at),
        scratch: None,
        control: Control::NotDue,
    }
}

pub(crate) async fn verified(copy: &Address, against: &Against<'_>) -> Vec<CheckResult> {
    let none = BTreeMap::new();
    verify(&verify_plan(copy, against, &none)).await.unwrap()
}

pub(crate) fn state(results: &[CheckResult], check: Check) -> (CheckState, String) {
    let result = results.iter().find(|result| result.check == check).unwrap();
    (result.state, result.said.clone())
}

/// The checks that failed or could not run.
pub(crate) fn complaints(results: &[CheckResult]) -> Vec<(Check, String)> {
    let bad = results.iter().filter(|result| matches!(result.state, CheckState::Fail | CheckState::NotRun));
    bad.map(|result| (result.check, result.said.clone())).collect()
}
