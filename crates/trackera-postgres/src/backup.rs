//! Takes a backup: a dump and the manifest of the very same snapshot.
//!
//! One transaction exports its snapshot, holds every table against changes of its shape, and describes the content,
//! while `pg_dump` reads the same snapshot. The source is only read. Where anything fails, no part of the dump is left.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio_postgres::{Client, GenericClient};
use trackera_core::recovery::manifest::{Algorithm, Backup, Compression, Dump, DumpFile, Encryption, Format, Manifest};

use crate::connection::{Address, Limits};
use crate::layers::{Counted, Layers};
use crate::manifest::{describe, quoted_table, sequences, table_names};
use crate::program::{Account, Call, Ended, Network, Programs, first_error};
use crate::trouble::{Trouble, file, statement};

/// What to back up, and how.
#[derive(Clone, Debug)]
pub struct BackupPlan {
    /// The database.
    pub source: Address,
    /// How long anything may take there.
    pub limits: Limits,
    /// The programs to dump with: of the server's major version or a newer one.
    pub programs: Programs,
    /// A directory that does not exist yet, on an encrypted disk.
    pub directory: PathBuf,
    /// The form of the dump.
    pub format: Format,
    /// What makes it smaller.
    pub compression: Compression,
    /// Whom it is encrypted to, as `age1...`; nobody means that the store has to encrypt it.
    pub recipients: Vec<String>,
    /// How many tables of a directory's dump are read at once.
    pub jobs: u32,
    /// How rows are hashed.
    pub algorithm: Algorithm,
    /// How long the dump may take.
    pub within: Duration,
}

/// Takes a backup into a new directory. The record that comes back belongs into another store than the files.
///
/// # Errors
/// Fails when the source cannot be read wholly, a program fails, or the disk is full. The directory is removed then.
pub async fn take(plan: &BackupPlan) -> Result<Backup, Trouble> {
    let layers = Layers::new(plan.compression == Compression::Zstd, &plan.recipients)?;
    make_private(&plan.directory)?;
    let taken = dump_and_describe(plan, layers).await;
    if taken.is_err() {
        std::fs::remove_dir_all(&plan.directory).map_err(file(&plan.directory))?;
    }
    taken
}

fn make_private(directory: &Path) -> Result<(), Trouble> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(directory).map_err(file(directory))
}

async fn dump_and_describe(plan: &BackupPlan, layers: Layers) -> Result<Backup, Trouble> {
    let mut client = plan.source.connect(&plan.limits).await?;
    let transaction = client.build_transaction().isolation_level(tokio_postgres::IsolationLevel::RepeatableRead);
    let transaction = transaction.read_only(true).start().await.map_err(statement("opening a snapshot"))?;
    let snapshot = export(&transaction).await?;
    hold(&transaction).await?;
    let sequences = sequences(&transaction).await?;
    let (described, files) = tokio::try_join!(describe(&transaction, plan.algorithm), dump(plan, &layers, &snapshot))?;
    let manifest = Manifest { sequences, ..described };
    transaction.commit().await.map_err(statement("closing the snapshot"))?;
    let encryption = if plan.recipients.is_empty() { Encryption::None } else { Encryption::Age };
    let dump = Dump {
        format: plan.format,
        compression: plan.compression,
        encryption,
        program: version(&plan.programs).await?,
        files,
    };
    Ok(Backup { manifest, dump })
}

/// Describes a database in a snapshot of its own, without a dump.
///
/// # Errors
/// Fails when a statement fails.
pub async fn describe_alone(client: &mut Client, algorithm: Algorithm) -> Result<Manifest, Trouble> {
    let transaction = client.build_transaction().isolation_level(tokio_postgres::IsolationLevel::RepeatableRead);
    let transaction = transaction.read_only(true).start().await.map_err(statement("opening a snapshot"))?;
    let manifest = describe(&transaction, algorithm).await?;
    transaction.commit().await.map_err(statement("closing the snapshot"))?;
    Ok(manifest)
}

async fn export(client: &impl GenericClient) -> Result<String, Trouble> {
    // The transaction is idle while the dump goes on after the manifest is done.
    let idle = "SET LOCAL idle_in_transaction_session_timeout = 0";
    client.batch_execute(idle).await.map_err(statement("waiting for the dump"))?;
    let row = client.query_one("SELECT pg_catalog.pg_export_snapshot()", &[]).await;
    Ok(row.map_err(statement("exporting a snapshot"))?.get(0))
}

/// Holds every table: what changes shape or is truncated while it is read would be described and dumped differently.
async fn hold(client: &impl GenericClient) -> Result<(), Trouble> {
    let tables = table_names(client).await?;
    for some in tables.chunks(200) {
        let names: Vec<_> = some.iter().map(quoted_table).collect();
        let lock = format!("LOCK TABLE ONLY {} IN ACCESS SHARE MODE", names.join(", ONLY "));
        client.batch_execute(&lock).await.map_err(statement("holding the tables"))?;
    }
    Ok(())
}

async fn dump(plan: &BackupPlan, layers: &Layers, snapshot: &str) -> Result<Vec<DumpFile>, Trouble> {
    match plan.format {
        Format::Custom => dump_file(plan, layers, snapshot, "dump.pgdump").await,
        Format::Plain if plan.compression == Compression::Gzip => {
            dump_file(plan, layers, snapshot, "dump.sql.gz").await
        }
        Format::Plain => dump_file(plan, layers, snapshot, "dump.sql").await,
        Format::Directory => dump_directory(plan, layers, snapshot).await,
    }
}

fn arguments(plan: &BackupPlan, snapshot: &str) -> Vec<OsString> {
    let format = match plan.format {
        Format::Custom => "--format=custom",
        Format::Directory => "--format=directory",
        Format::Plain => "--format=plain",
    };
    let level = match plan.compression {
        Compression::Gzip => "--compress=6",
        Compression::None | Compression::Zstd => "--compress=0",
    };
    let wait = format!("--lock-wait-timeout={}", plan.limits.lock.as_millis());
    let snapshot = format!("--snapshot={snapshot}");
    [format, level, &wait, &snapshot, "--no-password"].map(OsString::from).to_vec()
}

async fn dump_file(plan: &BackupPlan, layers: &Layers, snapshot: &str, name: &str) -> Result<Vec<DumpFile>, Trouble> {
    let environment = plan.source.environment(plan.limits.connect);
    let call = pg_dump(plan, arguments(plan, snapshot), &environment);
    let mut running = call.start()?;
    let Some(mut written) = running.stdout.take() else { return Ok(Vec::new()) };
    let name = format!("{name}{}", layers.suffix());
    let (path, layers) = (plan.directory.join(&name), layers.clone());
    let sealing = spawn_blocking(move || layers.seal(&mut written, &path));
    let ended = running.finish(plan.within).await?;
    // What could not be written explains why the program could not go on.
    let counted = sealing.await.map_err(|_| lost())??;
    succeeded(&ended)?;
    Ok(vec![recorded(name, counted)])
}

fn pg_dump<'a>(plan: &BackupPlan, arguments: Vec<OsString>, environment: &'a [(String, String)]) -> Call<'a> {
    let program = plan.programs.path("pg_dump");
    Call { program, arguments, environment, account: Account::own(), network: Network::Shared }
}

fn lost() -> Trouble {
    Trouble::Usage("writing the dump was given up".to_owned())
}

fn recorded(name: String, counted: Counted) -> DumpFile {
    DumpFile { name, bytes: counted.bytes, sha256: counted.sha256 }
}

async fn dump_directory(plan: &BackupPlan, layers: &Layers, snapshot: &str) -> Result<Vec<DumpFile>, Trouble> {
    // `pg_dump` wants to make the directory; its files are moved up through the layers, one after the other.
    let inner = plan.directory.join("unsealed");
    let environment = plan.source.environment(plan.limits.connect);
    let mut arguments = arguments(plan, snapshot);
    arguments.extend([format!("--jobs={}", plan.jobs.max(1)).into(), "--file".into(), inner.clone().into()]);
    succeeded(&pg_dump(plan, arguments, &environment).run(plan.within).await?)?;
    let (layers, directory) = (layers.clone(), plan.directory.clone());
    spawn_blocking(move || seal_files(&layers, &inner, &directory)).await.map_err(|_| lost())?
}

fn seal_files(layers: &Layers, from: &Path, to: &Path) -> Result<Vec<DumpFile>, Trouble> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(from).map_err(file(from))? {
        let path = entry.map_err(file(from))?.path();
        let name = format!("{}{}", path.file_name().unwrap_or_default().to_string_lossy(), layers.suffix());
        let mut written = std::fs::File::open(&path).map_err(file(&path))?;
        files.push(recorded(name.clone(), layers.seal(&mut written, &to.join(name))?));
        std::fs::remove_file(&path).map_err(file(&path))?;
    }
    std::fs::remove_dir(from).map_err(file(from))?;
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

fn succeeded(ended: &Ended) -> Result<(), Trouble> {
    match ended.status.success() {
        true => Ok(()),
        false if first_error(&ended.said).contains("No space left on device") => Err(Trouble::DiskFull),
        false => Err(ended.failure()),
    }
}

async fn version(programs: &Programs) -> Result<String, Trouble> {
    let call = Call {
        program: programs.path("pg_dump"),
        arguments: vec!["--version".into()],
        environment: &[],
        account: Account::own(),
        network: Network::Shared,
    };
    Ok(call.run(Duration::from_secs(30)).await?.printed.trim().to_owned())
}
