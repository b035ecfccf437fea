//! What a drill costs beside the bare programs, measured in the same run: `cargo bench -p trackera-postgres --
//! MEGABYTES`.
//!
//! Each line ends with a ratio to a floor: the manifest to the dump, our restore to a bare `pg_restore -j2` of the same
//! dump, all checks to the restore.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use trackera_core::recovery::manifest::{Algorithm, Backup, Compression, Format};
use trackera_core::recovery::verification::{Declared, ManifestRule, judge};
use trackera_postgres::backup::{BackupPlan, describe_alone, take};
use trackera_postgres::connection::{Address, Limits};
use trackera_postgres::program::Programs;
use trackera_postgres::restore::{RestorePlan, restore};
use trackera_postgres::scratch::{Scratch, ScratchPlan};
use trackera_postgres::verify::{Control, VerifyPlan, verify};

const DEFAULT_MEGABYTES: u64 = 60;
const ROWS_PER_MEGABYTE: u64 = 4_000;
const WITHIN: Duration = Duration::from_secs(3600);

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let megabytes = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(DEFAULT_MEGABYTES);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(megabytes))
}

async fn measure(megabytes: u64) -> Outcome<()> {
    let place = tempfile::Builder::new().prefix("pg").tempdir()?;
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o711))?;
    let programs = Programs::find(15, &[])?;
    let plan = |name: &str| ScratchPlan {
        directory: place.path().to_owned(),
        name: name.to_owned(),
        programs: programs.clone(),
        account: "postgres".to_owned(),
    };
    let server = Scratch::start(&plan("source")).await?;
    let source = fill(&server, megabytes).await?;
    let record = dump(&source, &programs, &place.path().join("dump")).await?;
    server.destroy().await?;
    let target = Scratch::start(&plan("target")).await?;
    let file = record.dump.files.first().ok_or("no dump")?;
    let dump = place.path().join("dump").join(&file.name);
    // The floor goes first, so that the files are in memory for both.
    let bare = bare_restore(&target, &dump).await?;
    let began = Instant::now();
    let plan = RestorePlan {
        scratch: &target,
        dump: &dump,
        record: Some(&record),
        keys: &[],
        database: "copy",
        roles: &[],
        jobs: 2,
        within: WITHIN,
    };
    let copy = restore(&plan).await?;
    let ours = began.elapsed();
    told("restore", ours, "bare pg_restore -j2", bare)?;
    check(&copy.address, &record, ours).await?;
    told_memory()?;
    target.destroy().await?;
    Ok(())
}

async fn fill(server: &Scratch, megabytes: u64) -> Outcome<Address> {
    server.connect("postgres").await?.batch_execute("CREATE DATABASE product").await?;
    let client = server.connect("product").await?;
    let rows = (megabytes * ROWS_PER_MEGABYTE).to_string();
    client.batch_execute(&include_str!("product.sql").replace("{rows}", &rows)).await?;
    client.batch_execute("VACUUM ANALYZE").await?;
    client.batch_execute("CHECKPOINT").await?;
    let size: String = client.query_one("SELECT pg_size_pretty(pg_database_size('product'))", &[]).await?.get(0);
    line(&format!("database: {size}, {rows} entries"))?;
    Ok(server.address("product"))
}

async fn dump(source: &Address, programs: &Programs, directory: &Path) -> Outcome<Backup> {
    let mut client = source.connect(&Limits::COPY).await?;
    let began = Instant::now();
    describe_alone(&mut client, Algorithm::RowHash64).await?;
    let manifest = began.elapsed();
    let began = Instant::now();
    let plan = BackupPlan {
        source: source.clone(),
        limits: Limits::COPY,
        programs: programs.clone(),
        directory: directory.to_owned(),
        format: Format::Custom,
        compression: Compression::Gzip,
        recipients: Vec::new(),
        jobs: 2,
        algorithm: Algorithm::RowHash64,
        within: WITHIN,
    };
    let record = take(&plan).await?;
    let dumping = began.elapsed();
    told("manifest alone", manifest, "dump with manifest", dumping)?;
    Ok(record)
}

async fn bare_restore(target: &Scratch, dump: &Path) -> Outcome<Duration> {
    target.connect("postgres").await?.batch_execute("CREATE DATABASE bare").await?;
    let began = Instant::now();
    let mut command = Command::new("/usr/lib/postgresql/15/bin/pg_restore");
    command.args(["--exit-on-error", "--jobs=2", "--username=postgres", "--dbname=bare", "--host"]);
    let status = command.arg(target.place()).arg(dump).status()?;
    let took = began.elapsed();
    if !status.success() {
        return Err("the bare restore failed".into());
    }
    target.connect("postgres").await?.batch_execute("DROP DATABASE bare").await?;
    Ok(took)
}

async fn check(copy: &Address, record: &Backup, restoring: Duration) -> Outcome<()> {
    let declared = Declared { manifest: Some(ManifestRule { exclude: Vec::new() }), ..Declared::default() };
    let none = BTreeMap::new();
    let plan = VerifyPlan {
        copy,
        limits: Limits::COPY,
        declared: &declared,
        manifest: Some(&record.manifest),
        structure: None,
        grants: None,
        previous_rows: &none,
        ledger: None,
        ledger_key: None,
        lost_at: record.manifest.taken_at,
        scratch: None,
        control: Control::NotDue,
    };
    let began = Instant::now();
    let results = verify(&plan).await?;
    told("all checks", began.elapsed(), "restore", restoring)?;
    line(&format!("verdict: {}", judge(&results)))
}

fn told(what: &str, took: Duration, floor_name: &str, floor: Duration) -> Outcome<()> {
    let ratio = took.as_secs_f64() / floor.as_secs_f64();
    line(&format!("{what}: {:.2} s; {floor_name}: {:.2} s; ratio {ratio:.2}", took.as_secs_f64(), floor.as_secs_f64()))
}

/// The most memory that this process ever had; the servers are others.
fn told_memory() -> Outcome<()> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim();
    line(&format!("peak memory of this process: {peak}"))
}

fn line(text: &str) -> Outcome<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
