//! The product's database in the size that is asked for: made, read, dumped.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use trackera_core::recovery::manifest::{Algorithm, Backup, Compression, Format};
use trackera_core::recovery::structure::Structure;
use trackera_core::recovery::verification::{
    Declared, HeartbeatRule, Invariant, ManifestRule, RolesRule, RowsRule, StructureRule,
};
use trackera_postgres::backup::{BackupPlan, describe_alone, take};
use trackera_postgres::connection::{Address, Limits};
use trackera_postgres::scratch::Scratch;
use trackera_postgres::{heartbeat, structure};

use crate::world::World;
use crate::{Outcome, WITHIN, line};

const ROWS_PER_MEGABYTE: u64 = 4_000;

/// A dump, and everything that its copy is held against.
pub(crate) struct Reference {
    pub(crate) dump: PathBuf,
    pub(crate) record: Backup,
    pub(crate) structure: Structure,
    pub(crate) manifest_took: Duration,
    pub(crate) dump_took: Duration,
}

/// Makes the database, dumps it, and destroys its server.
pub(crate) async fn make(world: &World, megabytes: u64) -> Outcome<Reference> {
    let server = Scratch::start(&world.plan("source")).await?;
    let source = fill(&server, megabytes).await?;
    let mut client = source.connect(&Limits::COPY).await?;
    let structure = structure::read(&mut client).await?;
    let dump_took = dump_bare(world, &server)?;
    let began = Instant::now();
    describe_alone(&mut client, Algorithm::RowHash64).await?;
    let manifest_took = began.elapsed();
    let plan = BackupPlan {
        source,
        limits: Limits::COPY,
        programs: world.programs.clone(),
        directory: world.path("dump"),
        format: Format::Custom,
        compression: Compression::Gzip,
        recipients: Vec::new(),
        jobs: 2,
        algorithm: Algorithm::RowHash64,
        within: WITHIN,
    };
    let began = Instant::now();
    let record = take(&plan).await?;
    line(&format!("backup with its manifest: {:.2} s", began.elapsed().as_secs_f64()))?;
    server.destroy().await?;
    let file = record.dump.files.first().ok_or("no dump")?;
    line(&format!("dump: {} MB", file.bytes / 1_000_000))?;
    Ok(Reference { dump: plan.directory.join(&file.name), record, structure, manifest_took, dump_took })
}

async fn fill(server: &Scratch, megabytes: u64) -> Outcome<Address> {
    server.connect("postgres").await?.batch_execute("CREATE DATABASE product").await?;
    let client = server.connect("product").await?;
    let rows = (megabytes * ROWS_PER_MEGABYTE).to_string();
    client.batch_execute(&include_str!("product.sql").replace("{rows}", &rows)).await?;
    client.batch_execute("CREATE ROLE ops_heartbeat NOLOGIN").await?;
    client.batch_execute(&heartbeat::setup("ops_heartbeat")).await?;
    heartbeat::beat(&client, "bench").await?;
    client.batch_execute("VACUUM ANALYZE").await?;
    client.batch_execute("CHECKPOINT").await?;
    let size: String = client.query_one("SELECT pg_size_pretty(pg_database_size('product'))", &[]).await?.get(0);
    line(&format!("database: {size}, {rows} entries"))?;
    Ok(server.address("product"))
}

/// A bare dump of the same form.
fn dump_bare(world: &World, server: &Scratch) -> Outcome<Duration> {
    let target = world.path("bare-dump");
    let began = Instant::now();
    let mut command = Command::new("/usr/lib/postgresql/15/bin/pg_dump");
    command.args(["--format=custom", "--username=postgres", "--dbname=product", "--host"]).arg(server.place());
    let status = command.arg("--file").arg(&target).status()?;
    let took = began.elapsed();
    std::fs::remove_file(&target)?;
    if status.success() { Ok(took) } else { Err("the bare dump failed".into()) }
}

/// Every check that a drill of a dump can declare without a file beside it.
pub(crate) fn declared(record: &Backup) -> Declared {
    let rows = record.manifest.tables.iter().filter(|table| table.content.rows > 1_000);
    Declared {
        manifest: Some(ManifestRule { exclude: Vec::new() }),
        heartbeat: Some(HeartbeatRule { rpa_under: "26h".to_owned() }),
        structure: Some(StructureRule { reference: "locked".to_owned(), ignore: Vec::new() }),
        rows: rows
            .map(|table| RowsRule { table: table.name.to_string(), min: 1_000, drop_under_percent: None })
            .collect(),
        invariants: vec![Invariant {
            name: "work takes time".to_owned(),
            sql: "SELECT count(*) FROM app.entries WHERE minutes <= 0".to_owned(),
            expect: 0,
        }],
        roles: Some(RolesRule { must_exist: vec!["ops_heartbeat".to_owned()], grants: Some("locked".to_owned()) }),
        isolation: true,
        ..Declared::default()
    }
}
