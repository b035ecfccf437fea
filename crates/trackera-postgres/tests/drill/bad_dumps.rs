//! Dumps that cannot be restored: each has a name, and leaves nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use trackera_core::recovery::manifest::{Backup, Compression, Format};
use trackera_core::recovery::verification::{Check, CheckState};
use trackera_postgres::backup::take;
use trackera_postgres::connection::{Address, Limits, Secret};
use trackera_postgres::restore::{RestorePlan, restore, start_and_restore};
use trackera_postgres::scratch::Scratch;
use trackera_postgres::{BadDump, Trouble};

use crate::servers::{Against, Place, WITHIN, backup, backup_plan, declared, product, restored, sql, state, verified};

const FORMS: [(Format, Compression); 6] = [
    (Format::Custom, Compression::None),
    (Format::Custom, Compression::Gzip),
    (Format::Custom, Compression::Zstd),
    (Format::Plain, Compression::None),
    (Format::Plain, Compression::Gzip),
    (Format::Plain, Compression::Zstd),
];

fn bad(trouble: Trouble) -> BadDump {
    match trouble {
        Trouble::Dump(bad) => bad,
        other => panic!("{other:?}"),
    }
}

/// The product's dump in one file, and its record.
async fn dumped(place: &Place, source: &Address, form: (Format, Compression), name: &str) -> (PathBuf, Backup) {
    let mut plan = backup_plan(source, place.path(name));
    (plan.format, plan.compression) = form;
    let record = take(&plan).await.unwrap();
    (place.path(name).join(&record.dump.files[0].name), record)
}

/// Restores into a database of its own and gives what is wrong.
async fn refusal(target: &Scratch, dump: &Path, record: Option<&Backup>) -> Trouble {
    sql(&target.address("postgres"), "DROP DATABASE IF EXISTS copy").await;
    let roles = ["app_owner", "app_rw", "app_ro", "ops_heartbeat"].map(str::to_owned);
    let plan = RestorePlan { dump, record, keys: &[], database: "copy", roles: &roles, jobs: 2, within: WITHIN };
    let refused = restore(target, &plan).await.unwrap_err();
    assert!(!target.place().join("dump").exists(), "what was unpacked is gone");
    refused
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_that_was_cut_or_is_empty_is_named() {
    let place = Place::new();
    let (server, target) = (place.server("source").await, place.server("target").await);
    let source = product(&server).await;
    for (number, form) in FORMS.into_iter().enumerate() {
        let (dump, record) = dumped(&place, &source, form, &format!("dump{number}")).await;
        let bytes = std::fs::read(&dump).unwrap();
        let mut half = bytes.len() / 2;
        if form == (Format::Plain, Compression::None) {
            // At the end of a line, psql would have no complaint.
            half = bytes[..half].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        }
        std::fs::write(&dump, &bytes[..half]).unwrap();
        for record in [None, Some(&record)] {
            let found = bad(refusal(&target, &dump, record).await);
            assert_eq!(found, BadDump::CutShort, "{form:?} with record: {}", record.is_some());
        }
        std::fs::write(&dump, "").unwrap();
        assert_eq!(bad(refusal(&target, &dump, None).await), BadDump::Empty, "{form:?}");
        std::fs::write(&dump, "not a dump at all, but long enough to have a head").unwrap();
        assert_eq!(bad(refusal(&target, &dump, None).await), BadDump::Unknown, "{form:?}");
    }
    let mut plan = backup_plan(&source, place.path("many"));
    plan.format = Format::Directory;
    let record = take(&plan).await.unwrap();
    let data = record.dump.files.iter().find(|file| file.name.ends_with(".dat.gz")).unwrap();
    std::fs::remove_file(place.path("many").join(&data.name)).unwrap();
    let found = bad(refusal(&target, &place.path("many"), Some(&record)).await);
    assert_eq!(found, BadDump::FileMissing(data.name.clone()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_started_for_a_bad_dump_is_gone_with_it() {
    let place = Place::new();
    let server = place.server("source").await;
    let source = product(&server).await;
    let (dump, record) = dumped(&place, &source, FORMS[1], "dump").await;
    let bytes = std::fs::read(&dump).unwrap();
    let plan = RestorePlan {
        dump: &dump,
        record: Some(&record),
        keys: &[],
        database: "copy",
        roles: &[],
        jobs: 2,
        within: WITHIN,
    };
    let (target, copy) = start_and_restore(&place.plan("target"), &plan).await.unwrap();
    let results = verified(&copy.address, &Against { declared: &declared(), manifest: Some(&record.manifest) }).await;
    assert_eq!(state(&results, Check::Manifest).0, CheckState::Pass);
    target.destroy().await.unwrap();
    for (bytes, wanted) in [(&bytes[..bytes.len() / 2], BadDump::CutShort), (&[], BadDump::Empty)] {
        std::fs::write(&dump, bytes).unwrap();
        assert_eq!(bad(start_and_restore(&place.plan("target"), &plan).await.unwrap_err()), wanted);
        assert_eq!(place.entries(), ["dump", "source"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_of_another_database_or_a_newer_server_is_named() {
    let place = Place::new();
    let (server, target) = (place.server("source").await, place.server("target").await);
    let source = product(&server).await;
    sql(&server.address("postgres"), "CREATE DATABASE other").await;
    sql(&server.address("other"), "CREATE TABLE t AS SELECT 1 AS a").await;
    let (_, record) = dumped(&place, &source, FORMS[1], "right").await;
    let (other, others) = dumped(&place, &server.address("other"), FORMS[1], "wrong").await;
    // Its digest alone tells; where the record was made to fit, its name does.
    assert!(matches!(bad(refusal(&target, &other, Some(&record)).await), BadDump::CutShort | BadDump::Altered(_)));
    let fitting = Backup { manifest: record.manifest.clone(), dump: others.dump.clone() };
    let found = bad(refusal(&target, &other, Some(&fitting)).await);
    assert_eq!(found, BadDump::WrongDatabase { expected: "product".to_owned(), found: "other".to_owned() });
    // A script does not name its database: its content does.
    let (other, _) = dumped(&place, &server.address("other"), FORMS[3], "script").await;
    let copy = restored(&target, other, None).await.unwrap();
    let results = verified(&copy.address, &Against { declared: &declared(), manifest: Some(&record.manifest) }).await;
    let (found, said) = state(&results, Check::Manifest);
    assert!(found == CheckState::Fail && said.contains("app.accounts is missing"), "{said}");

    let (dump, _) = dumped(&place, &source, FORMS[0], "newer").await;
    let mut bytes = std::fs::read(&dump).unwrap();
    // The minor version of the archive's form, as a later program writes it.
    bytes[6] = 99;
    std::fs::write(&dump, &bytes).unwrap();
    assert!(matches!(bad(refusal(&target, &dump, None).await), BadDump::Newer(_)));
    let (dump, _) = dumped(&place, &source, FORMS[3], "newer-script").await;
    let text = std::fs::read_to_string(&dump).unwrap().replace("database version 15.", "database version 19.");
    std::fs::write(&dump, text).unwrap();
    assert!(matches!(bad(refusal(&target, &dump, None).await), BadDump::Newer(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_role_or_key_is_named() {
    let place = Place::new();
    let (server, target) = (place.server("source").await, place.server("target").await);
    let source = product(&server).await;
    let (dump, _) = dumped(&place, &source, FORMS[1], "dump").await;
    let found = bad(restored(&target, dump, None).await.unwrap_err());
    assert!(
        matches!(&found, BadDump::RoleMissing(role) if role.starts_with("app_") || role == "ops_heartbeat"),
        "{found:?}"
    );
    let (script, _) = dumped(&place, &source, FORMS[3], "script").await;
    sql(&target.address("postgres"), "DROP DATABASE copy").await;
    assert!(matches!(bad(restored(&target, script, None).await.unwrap_err()), BadDump::RoleMissing(_)));

    let identity = age::x25519::Identity::generate();
    let mut plan = backup_plan(&source, place.path("sealed"));
    plan.recipients = vec![identity.to_public().to_string()];
    let record = take(&plan).await.unwrap();
    assert_eq!(bad(refusal(&target, &place.path("sealed"), Some(&record)).await), BadDump::NoKey);
    let other = age::x25519::Identity::generate();
    let keys = [Secret::new(age::secrecy::ExposeSecret::expose_secret(&other.to_string()).to_owned())];
    let plan = RestorePlan {
        dump: &place.path("sealed"),
        record: Some(&record),
        keys: &keys,
        database: "sealed",
        roles: &[],
        jobs: 1,
        within: WITHIN,
    };
    assert_eq!(bad(restore(&target, &plan).await.unwrap_err()), BadDump::NoKey);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_read_everything_makes_no_backup() {
    let place = Place::new();
    let server = place.server("source").await;
    let mut source = product(&server).await;
    source.user = "ops_heartbeat".to_owned();
    let refused = take(&backup_plan(&source, place.path("dump"))).await.unwrap_err();
    assert!(matches!(refused, Trouble::Statement { .. } | Trouble::Program { .. }), "{refused:?}");
    // A policy that hides rows makes half a backup; it must be none.
    sql(&server.address("product"), "GRANT USAGE ON SCHEMA app TO ops_heartbeat; GRANT SELECT ON ALL TABLES IN SCHEMA app TO ops_heartbeat; GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO ops_heartbeat").await;
    let refused = take(&backup_plan(&source, place.path("dump"))).await.unwrap_err();
    assert!(matches!(refused, Trouble::Statement { .. } | Trouble::Program { .. }), "{refused:?}");
    assert_eq!(place.entries(), ["source"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_and_nothing_is_left_on_it() {
    assert!(rustix::process::geteuid().is_root(), "a file system of its own needs root");
    let place = Place::new();
    let server = place.server("source").await;
    let source = product(&server).await;
    sql(&source, "CREATE TABLE app.ballast AS SELECT n, string_agg(md5(n::text || m), '') AS t FROM generate_series(1, 5000) n, generate_series(1, 250) m GROUP BY n").await;
    let record = backup(&source, place.path("dump")).await;
    let small = place.path("small");
    std::fs::create_dir(&small).unwrap();
    // The file system belongs to this test's own name space and goes with it.
    let mount = |size: u32| {
        let options = format!("size={size}m,mode=711");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&small).status().unwrap();
        assert!(done.success());
    };
    for size in [10, 30, 70] {
        mount(size);
        let mut plan = place.plan("tight");
        plan.directory = small.clone();
        let refused = match Scratch::start(&plan).await {
            Err(trouble) => trouble,
            Ok(target) => {
                let refused = restored(&target, place.path("dump"), Some(&record)).await.unwrap_err();
                target.destroy().await.unwrap();
                refused
            }
        };
        let left = std::fs::read_dir(&small).unwrap().count();
        assert!(Command::new("umount").arg(&small).status().unwrap().success());
        assert!(matches!(refused, Trouble::DiskFull), "{size}: {refused:?}");
        assert_eq!(left, 0);
    }
    // Nor does a backup leave half of itself.
    mount(1);
    let refused = take(&backup_plan(&source, small.join("dump"))).await;
    let left = std::fs::read_dir(&small).unwrap().count();
    assert!(Command::new("umount").arg(&small).status().unwrap().success());
    let refused = refused.map(|record| (record.dump.files[0].bytes, Limits::COPY)).unwrap_err();
    assert!(matches!(refused, Trouble::DiskFull), "{refused:?}");
    assert_eq!(left, 0);
}
