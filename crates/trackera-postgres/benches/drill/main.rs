//! What a drill costs beside the bare programs: `cargo bench -p trackera-postgres -- MEGABYTES`.
//!
//! A floor and a drill follow each other several times on the same machine, and the medians are compared. The floor is
//! `pg_restore -j2` of the same dump, into a server with the very settings of a drill's own that runs already. A drill
//! begins with the download and ends with the server and its files gone.

mod product;
mod world;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use trackera_core::recovery::verification::{Verdict, judge};
use trackera_postgres::connection::{Address, Limits};
use trackera_postgres::restore::{RestorePlan, start_and_restore};
use trackera_postgres::scratch::Scratch;
use trackera_postgres::verify::{Control, VerifyPlan, verify};

use crate::product::Reference;
use crate::world::World;

const DEFAULT_MEGABYTES: u64 = 60;
/// Below this, starting a server takes longer than restoring into it, and the ratios say nothing.
const JUDGED_FROM: u64 = 1_000;
const PAIRS: usize = 3;
const WITHIN: Duration = Duration::from_secs(3600);
/// What is demanded: of the manifest to the bare dump, of a drill to the floor, of all checks to the floor.
const MANIFEST: f64 = 0.10;
const DRILL: f64 = 1.15;
const CHECKS: f64 = 0.40;
const MEMORY_MEGABYTES: u64 = 150;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let megabytes = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(DEFAULT_MEGABYTES);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(megabytes))
}

async fn measure(megabytes: u64) -> Outcome<()> {
    let world = World::new()?;
    let reference = product::make(&world, megabytes).await?;
    let (mut bare, mut drills, mut checks) = (Vec::new(), Vec::new(), Vec::new());
    for pair in 1..=PAIRS {
        let floor = restore_bare(&world, &reference.dump).await?;
        let drill = drill(&world, &reference).await?;
        line(&format!("pair {pair}: pg_restore -j2 {}; drill {drill}", seconds(floor)))?;
        bare.push(floor);
        drills.push(drill.whole());
        checks.push(drill.verifying);
    }
    let (floor, drill, checks) = (median(bare), median(drills), median(checks));
    let ratios = [
        told("manifest", reference.manifest_took, ("bare pg_dump", reference.dump_took), MANIFEST)?,
        told("drill without its checks", drill, ("bare pg_restore -j2", floor), DRILL)?,
        told("all checks", checks, ("bare pg_restore -j2", floor), CHECKS)?,
    ];
    let memory = peak_memory()?;
    line(&format!("peak memory of this process: {memory} MB; at most {MEMORY_MEGABYTES} MB"))?;
    assert!(memory < MEMORY_MEGABYTES, "this process took {memory} MB");
    assert!(megabytes < JUDGED_FROM || ratios.iter().all(|is_held| *is_held), "a ratio is above its limit");
    Ok(())
}

/// A bare restore into a server that runs already.
async fn restore_bare(world: &World, dump: &Path) -> Outcome<Duration> {
    let target = Scratch::start(&world.plan("bare")).await?;
    let client = target.connect("postgres").await?;
    client.batch_execute("CREATE ROLE ops_heartbeat NOLOGIN").await?;
    client.batch_execute("CREATE DATABASE bare").await?;
    world.settle();
    let began = Instant::now();
    let mut command = Command::new("/usr/lib/postgresql/15/bin/pg_restore");
    command.args(["--exit-on-error", "--jobs=2", "--username=postgres", "--dbname=bare", "--host"]);
    let status = command.arg(target.place()).arg(dump).status()?;
    let took = began.elapsed();
    target.destroy().await?;
    if status.success() { Ok(took) } else { Err("the bare restore failed".into()) }
}

/// How long the parts of a drill took.
struct Drill {
    downloading: Duration,
    starting: Duration,
    unpacking: Duration,
    restoring: Duration,
    verifying: Duration,
    destroying: Duration,
}

impl Drill {
    /// Everything but the checks.
    fn whole(&self) -> Duration {
        self.downloading + self.starting + self.unpacking + self.restoring + self.destroying
    }
}

impl std::fmt::Display for Drill {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [
            ("download", self.downloading),
            ("start", self.starting),
            ("unpack", self.unpacking),
            ("restore", self.restoring),
            ("destroy", self.destroying),
        ];
        let parts: Vec<_> = parts.iter().map(|(name, took)| format!("{name} {}", seconds(*took))).collect();
        write!(out, "{} ({}), checks {}", seconds(self.whole()), parts.join(", "), seconds(self.verifying))
    }
}

async fn drill(world: &World, reference: &Reference) -> Outcome<Drill> {
    world.settle();
    let began = Instant::now();
    let dump = world.download(&reference.dump)?;
    let downloading = began.elapsed();
    let plan = RestorePlan {
        dump: &dump,
        record: Some(&reference.record),
        keys: &[],
        database: "copy",
        roles: &[],
        jobs: 2,
        within: WITHIN,
    };
    let (target, copy) = start_and_restore(&world.plan("drill"), &plan).await?;
    let began = Instant::now();
    check(&target, &copy.address, reference).await?;
    let verifying = began.elapsed();
    let began = Instant::now();
    target.destroy().await?;
    std::fs::remove_dir_all(world.path("download"))?;
    let destroying = began.elapsed();
    let (starting, unpacking, restoring) = (copy.starting, copy.unpacking, copy.restoring);
    Ok(Drill { downloading, starting, unpacking, restoring, verifying, destroying })
}

/// Every check that a drill of a dump can declare, but for the replay of erasures and the negative control.
async fn check(target: &Scratch, copy: &Address, reference: &Reference) -> Outcome<()> {
    let Reference { record, structure, .. } = reference;
    let (declared, none) = (product::declared(record), BTreeMap::new());
    let plan = VerifyPlan {
        copy,
        limits: Limits::COPY,
        declared: &declared,
        manifest: Some(&record.manifest),
        structure: Some(structure),
        grants: Some(structure),
        previous_rows: &none,
        ledger: None,
        ledger_key: None,
        lost_at: record.manifest.taken_at,
        scratch: Some(target),
        control: Control::NotDue,
    };
    let results = verify(&plan).await?;
    match judge(&results) {
        Verdict::Pass => Ok(()),
        other => Err(format!("the verdict is {other}: {results:?}").into()),
    }
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// Tells a figure beside its floor, and whether it is within its limit.
fn told(what: &str, took: Duration, (floor_name, floor): (&str, Duration), limit: f64) -> Outcome<bool> {
    let ratio = took.as_secs_f64() / floor.as_secs_f64();
    let (took, floor) = (seconds(took), seconds(floor));
    line(&format!("{what}: {took}; {floor_name}: {floor}; ratio {ratio:.2}, at most {limit:.2}"))?;
    Ok(ratio <= limit)
}

fn seconds(took: Duration) -> String {
    format!("{:.2} s", took.as_secs_f64())
}

/// The most memory that this process ever had, in megabytes; the servers and programs are others.
fn peak_memory() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("this system does not tell")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1_000)
}

pub(crate) fn line(text: &str) -> Outcome<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
