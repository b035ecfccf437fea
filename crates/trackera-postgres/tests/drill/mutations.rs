//! Every damage is found, and named by the check that is there for it. The clean twin passes all of them.

use std::collections::BTreeMap;
use std::os::unix::fs::{FileExt, PermissionsExt as _};

use jiff::ToSpan;
use trackera_core::recovery::erasure::{Action, Entry, KeyValue, TableName, VERSION};
use trackera_core::recovery::manifest::Manifest;
use trackera_core::recovery::structure::Structure;
use trackera_core::recovery::verification::{
    Canary, Check, CheckState, Declared, ErasureRule, HeartbeatRule, Invariant, NegativeControl, RolesRule, RowsRule,
    StructureRule, Verdict, judge,
};
use trackera_postgres::connection::{Address, Limits, Secret};
use trackera_postgres::erasure::keyed_digest;
use trackera_postgres::heartbeat;
use trackera_postgres::scratch::Scratch;
use trackera_postgres::structure::read;
use trackera_postgres::verify::{Control, VerifyPlan, verify};

use crate::servers::{
    Against, Place, backup, complaints, declared, product, restored, sql, state, verified, verify_plan,
};

const CANARY: &str = "SELECT id, name FROM app.tenants ORDER BY id";

/// A restored copy and everything that it is held against.
struct Twin {
    _source: Scratch,
    target: Scratch,
    manifest: Manifest,
    structure: Structure,
    declared: Declared,
    number: std::cell::Cell<u32>,
    place: Place,
}

impl Twin {
    async fn new() -> Self {
        let place = Place::new();
        let server = place.server("source").await;
        let source = product(&server).await;
        let structure = read(&mut source.connect(&Limits::COPY).await.unwrap()).await.unwrap();
        let record = backup(&source, place.path("dump")).await;
        let target = place.server("target").await;
        restored(&target, place.path("dump"), Some(&record)).await.unwrap();
        let twin = Self {
            place,
            _source: server,
            target,
            manifest: record.manifest,
            structure,
            declared: everything(),
            number: 0.into(),
        };
        // The canary's digest is what the clean copy says it is.
        let results = twin.checked(&twin.copy().await).await;
        let (_, said) = state(&results, Check::Canary);
        let sha256 = said.rsplit(' ').next().unwrap().to_owned();
        let canary = Canary { sql: CANARY.to_owned(), sha256 };
        Self { declared: Declared { canary: Some(canary), ..twin.declared.clone() }, ..twin }
    }

    /// A fresh copy of the restored database.
    async fn copy(&self) -> Address {
        self.number.set(self.number.get() + 1);
        let name = format!("copy{}", self.number.get());
        sql(&self.target.address("postgres"), &format!("CREATE DATABASE {name} TEMPLATE copy")).await;
        let address = self.target.address(&name);
        sql(&address, "REFRESH MATERIALIZED VIEW app.totals").await;
        address
    }

    async fn checked(&self, copy: &Address) -> Vec<trackera_core::recovery::verification::CheckResult> {
        let previous = BTreeMap::from([("app.accounts".to_owned(), 500)]);
        let ledger: Vec<Entry> = Vec::new();
        let plan = VerifyPlan {
            structure: Some(&self.structure),
            grants: Some(&self.structure),
            ledger: Some(&ledger),
            scratch: Some(&self.target),
            control: Control::Due,
            ..verify_plan(copy, &Against { declared: &self.declared, manifest: Some(&self.manifest) }, &previous)
        };
        verify(&plan).await.unwrap()
    }
}

fn everything() -> Declared {
    Declared {
        heartbeat: Some(HeartbeatRule { rpa_under: "26h".to_owned() }),
        structure: Some(StructureRule { reference: "locked".to_owned(), ignore: Vec::new() }),
        rows: vec![RowsRule { table: "app.accounts".to_owned(), min: 100, drop_under_percent: Some(2) }],
        invariants: vec![Invariant {
            name: "entries end after they start".to_owned(),
            sql: "SELECT count(*) FROM app.entries WHERE isempty(spent)".to_owned(),
            expect: 0,
        }],
        roles: Some(RolesRule { must_exist: vec!["app_rw".to_owned()], grants: Some("locked".to_owned()) }),
        canary: Some(Canary { sql: CANARY.to_owned(), sha256: String::new() }),
        isolation: true,
        erasure: Some(ErasureRule { ledger: "ledger".to_owned() }),
        negative_control: Some(NegativeControl { every: 1, damage: Vec::new() }),
        ..declared()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_damage_is_named_by_its_own_check_and_the_clean_twin_passes() {
    let twin = Twin::new().await;
    let clean = twin.checked(&twin.copy().await).await;
    assert_eq!(complaints(&clean), []);
    assert!(clean.iter().all(|result| result.state == CheckState::Pass), "{clean:?}");
    assert_eq!(judge(&clean), Verdict::Pass);
    let damages: [(Check, &str, &str); 24] = [
        (Check::Content, "TRUNCATE app.tenants CASCADE; TRUNCATE app.history, app.counters, ops.heartbeat", "0 rows"),
        (Check::Manifest, "DELETE FROM app.history WHERE ctid IN (SELECT min(ctid) FROM app.history)", "app.history"),
        (
            Check::Manifest,
            "INSERT INTO app.history SELECT h.* FROM app.history h, generate_series(1, 2) LIMIT 2",
            "app.history",
        ),
        (Check::Manifest, "UPDATE app.accounts SET email = 'person1@company.example' WHERE id = 1", "app.accounts"),
        (
            Check::Manifest,
            "UPDATE app.accounts SET name = CASE id WHEN 3 THEN 'Person 4' ELSE 'Person 3' END WHERE id IN (3, 4)",
            "app.accounts",
        ),
        (Check::Manifest, "TRUNCATE app.counters", "app.counters"),
        (Check::Manifest, "ALTER TABLE app.history RENAME TO story", "missing"),
        (Check::Manifest, "SELECT setval('app.entries_id_seq', 4000, false)", "app.entries_id_seq"),
        (Check::Heartbeat, "UPDATE ops.heartbeat SET beat_at = beat_at - interval '26 hours'", "older than the loss"),
        (Check::Heartbeat, "TRUNCATE ops.heartbeat", "no heartbeat"),
        (Check::Structure, "DROP INDEX app.accounts_name_idx", "index app.accounts_name_idx is missing"),
        (Check::Structure, "ALTER TABLE app.accounts DISABLE TRIGGER remember", "trigger app.accounts.remember"),
        (Check::Structure, "ALTER TABLE app.accounts DISABLE ROW LEVEL SECURITY", "table app.accounts"),
        (Check::Structure, "CREATE TABLE app.surprise ()", "table app.surprise is not in the reference"),
        (Check::Rows, "DELETE FROM app.accounts WHERE id <= 10", "a drop of 2 %"),
        (Check::ForeignKeys, "DELETE FROM app.tenants WHERE name = 'Company 3'", "accounts_tenant_id_fkey"),
        (
            Check::ValidatedConstraints,
            "ALTER TABLE app.accounts DROP CONSTRAINT accounts_tenant_id_fkey,
             ADD CONSTRAINT late FOREIGN KEY (tenant_id) REFERENCES app.tenants NOT VALID",
            "app.accounts.late is NOT VALID",
        ),
        (
            Check::Indexes,
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.accounts_name_idx'::regclass",
            "accounts_name_idx",
        ),
        (Check::Sequences, "SELECT setval('app.accounts_id_seq', 17)", "app.accounts_id_seq stands at 17, and 500"),
        (
            Check::Collation,
            "UPDATE pg_database SET datcollversion = '1' WHERE datname = current_database()",
            "the database",
        ),
        (Check::MaterializedViews, "REFRESH MATERIALIZED VIEW app.totals WITH NO DATA", "app.totals was never filled"),
        (Check::Roles, "REVOKE SELECT ON app.tenants FROM app_ro", "select on table app.tenants to app_ro is missing"),
        (Check::Invariants, "UPDATE app.entries SET spent = 'empty' WHERE id = 1", "gives 1 instead of 0"),
        (Check::Canary, "UPDATE app.tenants SET name = 'Company x' WHERE name = 'Company 1'", "changed"),
    ];
    for (check, damage, named) in damages {
        let copy = twin.copy().await;
        sql(&copy, &format!("SET session_replication_role = replica; SET allow_system_table_mods = on; {damage}"))
            .await;
        let results = twin.checked(&copy).await;
        let (found, said) = state(&results, check);
        assert!(found == CheckState::Fail && said.contains(named), "{damage}: {found:?} {said}");
        assert_eq!(judge(&results), Verdict::Fail);
    }
    assert_eq!(twin.place.entries(), ["dump", "source", "target"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_listens_or_lets_others_in_is_not_isolated() {
    let place = Place::new();
    let server = place.server("server").await;
    let address = server.address("postgres");
    let declared = Declared { isolation: true, ..Declared::default() };
    let none = BTreeMap::new();
    let against = Against { declared: &declared, manifest: None };
    let plan = VerifyPlan { scratch: Some(&server), ..verify_plan(&address, &against, &none) };
    let isolation = async || state(&verify(&plan).await.unwrap(), Check::Isolation);
    let (found, said) = isolation().await;
    assert_eq!(found, CheckState::Pass, "{said}");

    let mode = |mode| std::fs::set_permissions(server.place(), std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o755);
    let (found, said) = isolation().await;
    assert!(found == CheckState::Fail && said.contains("other accounts"), "{said}");
    mode(0o700);

    // It ends with its server, in whose directory it works.
    let listen =
        "perl -MIO::Socket::INET -e \"\\$s = IO::Socket::INET->new(Listen => 1, LocalPort => 4444); sleep 300\"";
    sql(&address, &format!("COPY (SELECT 1) TO PROGRAM '{listen} > /dev/null 2>&1 &'")).await;
    let mut found = isolation().await;
    while found.0 == CheckState::Pass {
        found = isolation().await;
    }
    assert!(found.0 == CheckState::Fail && found.1.contains("listens"), "{}", found.1);
    server.destroy().await.unwrap();
    assert_eq!(place.entries(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_that_flipped_in_a_file_is_found_by_the_checksums_and_the_index_check() {
    let place = Place::new();
    let server = place.server("source").await;
    let source = product(&server).await;
    let mut client = source.connect(&Limits::COPY).await.unwrap();
    let manifest = trackera_postgres::backup::describe_alone(&mut client, manifest_algorithm()).await.unwrap();
    let path = "SELECT pg_relation_filepath('app.accounts_name_idx'), pg_relation_filepath('app.history')";
    let row = client.query_one(path, &[]).await.unwrap();
    let (index, heap): (String, String) = (row.get(0), row.get(1));
    client.batch_execute("CHECKPOINT").await.unwrap();
    drop(client);
    // The servers of this test end without a checkpoint; what they wrote before it is on disk.
    let cases: [(&str, String, Check); 2] = [("heap", heap, Check::PageChecksums), ("index", index, Check::Indexes)];
    for (name, relation, check) in cases {
        let data = place.path("source").join("data");
        let copy = place.path(&format!("data-{name}"));
        let copied = std::process::Command::new("cp").arg("-a").args([&data, &copy]).status().unwrap();
        assert!(copied.success());
        let file = std::fs::OpenOptions::new().write(true).open(copy.join(&relation)).unwrap();
        let at = if name == "heap" { 8100 } else { 8192 + 8000 };
        file.write_at(&[0xAA, 0x55, 0xAA], at).unwrap();
        let server = Scratch::start_on(&place.plan(name), &copy).await.unwrap();
        let results =
            verified(&server.address("product"), &Against { declared: &declared(), manifest: Some(&manifest) }).await;
        let (found, said) = state(&results, check);
        assert_eq!(found, CheckState::Fail, "{said}");
        assert_eq!(judge(&results), Verdict::Fail);
        server.destroy().await.unwrap();
    }
}

fn manifest_algorithm() -> trackera_core::recovery::manifest::Algorithm {
    trackera_core::recovery::manifest::Algorithm::RowHash64
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_erased_after_the_backup_is_erased_again_and_others_stay() {
    let twin = Twin::new().await;
    let copy = twin.copy().await;
    let key = Secret::new("the company's key");
    let later = twin.manifest.taken_at + 1.hour();
    let entry = |column: &str, value: KeyValue, action: Action| Entry {
        version: VERSION,
        request: "request-1".to_owned(),
        table: TableName { schema: "app".to_owned(), table: "accounts".to_owned() },
        key: BTreeMap::from([(column.to_owned(), value)]),
        action,
        columns: match action {
            Action::Delete => BTreeMap::new(),
            Action::Overwrite => BTreeMap::from([("name".to_owned(), Some("erased".to_owned()))]),
        },
        created_column: Some("created_at".to_owned()),
        erased_at: later,
    };
    let digest = keyed_digest(&key, "Person8@company.example");
    let mut ledger = vec![
        entry("id", KeyValue::Value("7".to_owned()), Action::Delete),
        entry("email", KeyValue::Digest(digest), Action::Delete),
        entry("id", KeyValue::Value("9".to_owned()), Action::Overwrite),
    ];
    // An account that is younger than the erasure belongs to somebody else.
    sql(&copy, "UPDATE app.accounts SET created_at = now() + interval '1 day' WHERE id = 10").await;
    ledger.push(entry("id", KeyValue::Value("10".to_owned()), Action::Delete));
    let none = BTreeMap::new();
    let declared = Declared { erasure: Some(ErasureRule { ledger: "ledger".to_owned() }), ..Declared::default() };
    let against = Against { declared: &declared, manifest: Some(&twin.manifest) };
    let plan = VerifyPlan { ledger: Some(&ledger), ledger_key: Some(&key), ..verify_plan(&copy, &against, &none) };
    let (found, said) = state(&verify(&plan).await.unwrap(), Check::Erasure);
    assert_eq!((found, said.as_str()), (CheckState::Pass, "4 entries replayed, 3 rows erased again, nobody is back"));
    let client = copy.connect(&Limits::COPY).await.unwrap();
    let left = "SELECT array_agg(id::int ORDER BY id), min(name) FILTER (WHERE id = 9) FROM app.accounts WHERE id BETWEEN 6 AND 10";
    let row = client.query_one(left, &[]).await.unwrap();
    assert_eq!((row.get::<_, Vec<i32>>(0), row.get::<_, &str>(1)), (vec![6, 9, 10], "erased"));

    // Who had been erased before the backup and is in it was never erased: that is no pass, replayed or not.
    let copy = twin.copy().await;
    ledger.truncate(1);
    ledger[0].erased_at = twin.manifest.taken_at - 1.hour();
    let base = VerifyPlan { ledger_key: Some(&key), ..verify_plan(&copy, &against, &none) };
    let plan = VerifyPlan { ledger: Some(&ledger), ..base };
    let (found, said) = state(&verify(&plan).await.unwrap(), Check::Erasure);
    assert_eq!(found, CheckState::Fail, "{said}");
    // A ledger that cannot be replayed proves nothing.
    ledger[0].table.table = "nowhere".to_owned();
    let plan = VerifyPlan { ledger: Some(&ledger), ..base };
    assert_eq!(state(&verify(&plan).await.unwrap(), Check::Erasure).0, CheckState::NotRun);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invariant_cannot_write_and_what_cannot_be_asked_is_no_pass() {
    let twin = Twin::new().await;
    let copy = twin.copy().await;
    let ask = |sql: &str| Declared {
        invariants: vec![Invariant { name: "asked".to_owned(), sql: sql.to_owned(), expect: 0 }],
        ..Declared::default()
    };
    let refused = [
        "DELETE FROM app.history RETURNING 0",
        "SELECT 0; SELECT 0",
        "SELECT 0) AS x (y)); DELETE FROM app.history; SELECT 0 FROM (SELECT 0",
        "SELECT 'many' FROM app.history",
        "SELECT name FROM app.tenants LIMIT 1",
        "SELECT 0 WHERE false",
    ];
    for sql in refused {
        let declared = ask(sql);
        let results = verified(&copy, &Against { declared: &declared, manifest: None }).await;
        let (found, said) = state(&results, Check::Invariants);
        assert_eq!(found, CheckState::NotRun, "{sql}: {said}");
        assert!(!said.contains("Company"), "{said}");
    }
    let results = verified(&copy, &Against { declared: &ask("SELECT 0 -- nothing;"), manifest: None }).await;
    assert_eq!(state(&results, Check::Invariants).0, CheckState::Pass);
    assert_eq!(judge(&results), Verdict::CouldNotVerify);
    let beat = heartbeat::newest(&copy.connect(&Limits::COPY).await.unwrap()).await.unwrap().unwrap();
    assert_eq!(beat.sequence, 1);
}
