//! What was backed up is what is restored, in every form, while others write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use age::secrecy::ExposeSecret;
use trackera_core::recovery::manifest::{Algorithm, Compression, Format};
use trackera_core::recovery::verification::{Verdict, judge};
use trackera_postgres::backup::{describe_alone, take};
use trackera_postgres::connection::{Limits, Secret};
use trackera_postgres::heartbeat;
use trackera_postgres::restore::{RestorePlan, restore};
use trackera_postgres::scratch::{Scratch, sweep};
use trackera_postgres::{BadDump, Trouble};

use crate::servers::{
    Against, Place, WITHIN, backup, backup_plan, complaints, declared, product, restored, sql, verified,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_writers_is_restored_to_the_last_row() {
    let place = Place::new();
    let server = place.server("source").await;
    let source = product(&server).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn({
        let (source, stop) = (source.clone(), stop.clone());
        async move {
            while !stop.load(Ordering::Relaxed) {
                sql(&source, "INSERT INTO app.entries (day, account_id, spent, note) VALUES ('2026-02-02', 1, '[2026-02-02,2026-02-03)', 'call');
                              UPDATE app.accounts SET hours = hours + 1 WHERE id % 7 = 0;
                              DELETE FROM app.history WHERE ctid IN (SELECT min(ctid) FROM app.history)").await;
            }
        }
    });
    let forms = [
        (Format::Custom, Compression::Gzip),
        (Format::Custom, Compression::Zstd),
        (Format::Directory, Compression::Gzip),
        (Format::Directory, Compression::Zstd),
        (Format::Plain, Compression::None),
        (Format::Plain, Compression::Gzip),
    ];
    let identity = age::x25519::Identity::generate();
    let key = Secret::new(identity.to_string().expose_secret());
    let target = place.server("target").await;
    for (number, (format, compression)) in forms.into_iter().enumerate() {
        for encrypted in [false, true] {
            let name = format!("{number}-{encrypted}");
            let mut plan = backup_plan(&source, place.path(&name));
            (plan.format, plan.compression) = (format, compression);
            plan.recipients.extend(encrypted.then(|| identity.to_public().to_string()));
            let record = take(&plan).await.unwrap();
            let database = format!("copy{name}");
            let plan = RestorePlan {
                dump: &place.path(&name),
                record: Some(&record),
                keys: std::slice::from_ref(&key),
                database: &database,
                roles: &[],
                jobs: 2,
                within: WITHIN,
            };
            let copy = restore(&target, &plan)
                .await
                .unwrap_or_else(|trouble| panic!("{format:?} {compression:?}: {trouble:?}"));
            let results =
                verified(&copy.address, &Against { declared: &declared(), manifest: Some(&record.manifest) }).await;
            assert_eq!(complaints(&results), [], "{format:?} {compression:?} {encrypted}");
            assert_eq!(judge(&results), Verdict::Pass);
        }
    }
    stop.store(true, Ordering::Relaxed);
    writing.await.unwrap();
    target.destroy().await.unwrap();
    server.destroy().await.unwrap();
    assert!(place.entries().iter().all(|name| name.ends_with("true") || name.ends_with("false")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_in_the_source_changes_its_manifest() {
    let place = Place::new();
    let server = place.server("source").await;
    let source = product(&server).await;
    let mut client = source.connect(&Limits::COPY).await.unwrap();
    let changes = [
        "UPDATE app.accounts SET email = 'PERSON1@company.example' WHERE id = 1",
        "UPDATE app.accounts a SET name = b.name FROM app.accounts b WHERE a.id + b.id = 7 AND a.id IN (3, 4)",
        "INSERT INTO app.history SELECT * FROM app.history LIMIT 1",
        "INSERT INTO app.history SELECT * FROM app.history LIMIT 2",
        "UPDATE app.history SET what = '{\"b\": 1, \"a\": \"x\"}' WHERE ctid IN (SELECT min(ctid) FROM app.history)",
        "UPDATE app.tenants SET plan = 'trial' WHERE name = 'Company 3'",
        "UPDATE app.tenants SET settings = '{\"n\": 5.0}' WHERE name = 'Company 5'",
        "UPDATE app.accounts SET created_at = created_at + interval '1 microsecond' WHERE id = 9",
        "SELECT lo_from_bytea(0, 'abc')",
    ];
    for algorithm in [Algorithm::RowHash64, Algorithm::TextSha256] {
        let mut before = describe_alone(&mut client, algorithm).await.unwrap();
        assert_eq!(before.differences(&describe_alone(&mut client, algorithm).await.unwrap()), []);
        for change in changes {
            let script = format!("SET session_replication_role = replica; {change}");
            sql(
                &source,
                &script.replace("PERSON1", if algorithm == Algorithm::RowHash64 { "PERSON1" } else { "PErson1" }),
            )
            .await;
            let after = describe_alone(&mut client, algorithm).await.unwrap();
            let repeated = algorithm == Algorithm::TextSha256 && before.differences(&after).is_empty();
            assert!(repeated || before.differences(&after).len() == 1, "{change}: {:?}", before.differences(&after));
            before = after;
        }
    }
    server.destroy().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_maker_died_is_swept_away_and_a_living_one_is_not() {
    let place = Place::new();
    let living = place.server("living").await;
    let dead = place.server("dead").await;
    // The lock of a process that is no more.
    std::fs::write(place.path("dead/lock"), "1 1").unwrap();
    assert_eq!(sweep(place.0.path()).unwrap(), [place.path("dead")]);
    assert_eq!(place.entries(), ["living"]);
    assert!(dead.connect("postgres").await.is_err());
    assert!(living.connect("postgres").await.is_ok());
    living.destroy().await.unwrap();
    assert_eq!(place.entries(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_ends_also_where_its_files_are_gone() {
    let place = Place::new();
    let server = place.server("lost").await;
    let lines = std::fs::read_to_string(place.path("lost/data/postmaster.pid")).unwrap();
    let process = format!("/proc/{}", lines.lines().next().unwrap());
    assert!(std::path::Path::new(&process).exists());
    std::fs::remove_dir_all(place.path("lost")).unwrap();
    drop(server);
    assert!(!std::path::Path::new(&process).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_of_the_heartbeat_can_do_nothing_else() {
    let place = Place::new();
    let server = place.server("source").await;
    let mut writer = product(&server).await;
    writer.user = "ops_heartbeat".to_owned();
    let client = writer.connect(&Limits::COPY).await.unwrap();
    let first = heartbeat::beat(&client, "agent").await.unwrap();
    let second = heartbeat::beat(&client, "agent").await.unwrap();
    assert_eq!((first.sequence, second.sequence), (1, 2));
    assert!(second.beat_at > first.beat_at);
    assert_eq!(heartbeat::newest(&client).await.unwrap(), Some(second));
    for refused in
        ["SELECT FROM app.accounts", "DELETE FROM ops.heartbeat", "CREATE TABLE ops.more ()", "CREATE SCHEMA more"]
    {
        assert!(client.batch_execute(refused).await.is_err(), "{refused}");
    }
    server.destroy().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_the_one_that_was_written_is_not_restored() {
    let place = Place::new();
    let server = place.server("source").await;
    let source = product(&server).await;
    let record = backup(&source, place.path("dump")).await;
    let path = place.path("dump").join(&record.dump.files[0].name);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let target = place.server("target").await;
    let refused = restored(&target, path, Some(&record)).await.unwrap_err();
    assert!(matches!(refused, Trouble::Dump(BadDump::Altered(_))), "{refused:?}");
    drop((server, target));
    assert_eq!(place.entries(), ["dump"]);
}

#[tokio::test]
async fn a_place_that_cannot_be_used_leaves_nothing() {
    let place = Place::new();
    let mut plan = place.plan("server");
    plan.account = "nobody-of-this-name".to_owned();
    if rustix::process::geteuid().is_root() {
        assert!(matches!(Scratch::start(&plan).await, Err(Trouble::NoAccount(_))));
    }
    assert!(matches!(Scratch::start(&place.plan("../x")).await, Err(Trouble::Usage(_))));
    assert_eq!(place.entries(), [""; 0]);
}
