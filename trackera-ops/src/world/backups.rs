//! Takes backups of the product database, and brings them to where they are kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use trackera_aws::Changes;
use trackera_core::company::database::{BucketPlace, Database, Dumps};
use trackera_core::recovery::manifest::{Algorithm, Backup, Compression, Format};
use trackera_core::recovery::ports::{Databases as _, Mark, ObjectName, Objects as _, Upload};
use trackera_core::recovery::structure::Structure;
use trackera_postgres::backup::{BackupPlan, take};
use trackera_postgres::connection::{Address, Host, Limits, Secret};
use trackera_world::{Secrets, newest_programs, processors};

use super::Settings;

/// How long a dump may take.
const LONGEST: Duration = Duration::from_hours(12);
/// How long reading the shape of a database may take.
const SHAPE: Duration = Duration::from_mins(5);
/// What a backup is put by, in the tags of its objects.
const PUT_BY: &str = "backup";

/// A backup to take.
#[derive(Debug)]
pub(crate) struct Taking<'a> {
    /// The database.
    pub(crate) database: &'a Database,
    /// Where it goes.
    pub(crate) dumps: &'a Dumps,
    /// The directory that paths of the configuration are relative to.
    pub(crate) beside: &'a Path,
    /// What it is called.
    pub(crate) name: &'a str,
    /// The form of the dump.
    pub(crate) format: Format,
    /// What makes it smaller.
    pub(crate) compression: Compression,
}

/// Takes a backup and puts it where it belongs: its files first, the manifest last. Nothing stays on this machine.
///
/// # Errors
/// Fails when the database cannot be read wholly, or its place does not take it.
pub(crate) fn take_backup(taking: &Taking<'_>, settings: &Settings, say: &dyn Fn(&str)) -> anyhow::Result<Backup> {
    let (runtime, changes) = super::changes(settings)?;
    let home = super::absolute(&taking.beside.join(&taking.dumps.directory))?;
    let directory = home.join(format!("backup-{}", taking.name));
    let taken = runtime.block_on(take_and_put(taking, (&changes, &directory), say));
    let removed = match fs::remove_dir_all(&directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    let taken = taken?;
    removed.with_context(|| format!("the dump in `{}` cannot be removed", directory.display()))?;
    Ok(taken)
}

/// Reads the shape of the product database.
///
/// # Errors
/// Fails when the database cannot be reached, or does not tell its shape.
pub(crate) fn read_structure(database: &Database, beside: &Path, settings: &Settings) -> anyhow::Result<Structure> {
    let (runtime, changes) = super::changes(settings)?;
    runtime.block_on(async {
        let source = address((database, beside), &changes).await?;
        let mut client = source.connect(&Limits { statement: SHAPE, ..Limits::COPY }).await?;
        Ok(trackera_postgres::structure::read(&mut client).await?)
    })
}

async fn take_and_put(
    taking: &Taking<'_>,
    (changes, directory): (&Changes, &Path),
    say: &dyn Fn(&str),
) -> anyhow::Result<Backup> {
    fs::create_dir(directory).with_context(|| format!("`{}` cannot be made", directory.display()))?;
    let source = address((taking.database, taking.beside), changes).await?;
    say(&format!("dumping {} at {}", taking.database.name, shown(&source)));
    let plan = BackupPlan {
        source,
        limits: Limits { statement: LONGEST, ..Limits::COPY },
        programs: newest_programs().context("there is no PostgreSQL on this machine")?,
        directory: directory.join("dump"),
        format: taking.format,
        compression: taking.compression,
        recipients: taking.dumps.recipients.iter().map(|recipient| recipient.value().clone()).collect(),
        jobs: processors().unwrap_or(1),
        algorithm: Algorithm::RowHash64,
        within: LONGEST,
    };
    let backup = take(&plan).await?;
    let mark = Mark::new(taking.name, PUT_BY, Timestamp::MAX)?;
    for file in &backup.dump.files {
        say(&format!("putting {} ({} bytes)", file.name, file.bytes));
        let key = format!("{}/{}", taking.name, file.name);
        let upload = upload((&taking.dumps.to, &key), (plan.directory.join(&file.name), file.sha256.clone()), &mark);
        changes.put(&upload).await?;
    }
    let path = directory.join("manifest.json");
    let text = serde_json::to_vec_pretty(&backup)?;
    fs::write(&path, &text)?;
    let sha256: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    let key = format!("{}.json", taking.name);
    changes.put(&upload((taking.dumps.manifests.value(), &key), (path, sha256), &mark)).await?;
    Ok(backup)
}

fn upload((place, key): (&BucketPlace, &str), (file, sha256): (PathBuf, String), mark: &Mark) -> Upload {
    let key = format!("{}{key}", place.prefix);
    let name = ObjectName { region: place.region.clone(), bucket: place.bucket.clone(), key };
    Upload { name, file, sha256, kms_key: None, mark: mark.clone() }
}

/// Where the database answers: as it is declared, or as RDS says.
async fn address((database, beside): (&Database, &Path), changes: &Changes) -> anyhow::Result<Address> {
    let Database { address, instance, region, name, user, password, authorities, .. } = database;
    let (host, port) = match address {
        Some(address) => {
            let split = address.value().rsplit_once(':');
            let (host, port) = split.ok_or_else(|| anyhow!("`{}` has no port", address.value()))?;
            (host.to_owned(), port.parse()?)
        }
        None => {
            let found = changes.instance(region, instance).await?;
            let Some(found) = found else { bail!("there is no instance `{instance}` in {region}") };
            let endpoint = found.endpoint.with_context(|| format!("`{instance}` does not answer anywhere yet"))?;
            (endpoint.host, endpoint.port)
        }
    };
    Ok(Address {
        host: Host::Network { name: host, authority: beside.join(authorities) },
        port,
        database: name.clone(),
        user: user.clone(),
        password: Some(Secret::new(Secrets::beside(beside).read(password)?.expose())),
    })
}

fn shown(address: &Address) -> String {
    match &address.host {
        Host::Network { name, .. } => format!("{name}:{}", address.port),
        Host::Socket(directory) => directory.display().to_string(),
    }
}
