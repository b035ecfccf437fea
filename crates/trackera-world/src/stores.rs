//! The stores that the configuration declares: directories, and buckets.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use object_store::ObjectStore;
use trackera_aws::{Settings, Storage};
use trackera_core::company::record::Store;
use trackera_files::InForce;
use trackera_journal::mailbox::Mailbox;
use trackera_journal::target::directory_store;

/// How long a store for coordination may take to answer.
pub const COORDINATION_TIMEOUT: Duration = Duration::from_secs(30);

/// A store as it is declared: a directory is relative to that of the configuration.
#[must_use]
pub fn declared_store(named: &Store, in_force: &InForce) -> Store {
    match named {
        Store::Directory(path) => Store::Directory(in_force.place(path).display().to_string()),
        bucket @ Store::Bucket { .. } => bucket.clone(),
    }
}

/// A store, and what the names in it begin with. A bucket is not asked for anything yet.
///
/// # Errors
/// Fails when there is no such directory.
pub async fn store(named: &Store, settings: &Settings) -> anyhow::Result<(Arc<dyn ObjectStore>, String)> {
    match named {
        Store::Directory(path) => {
            let store = directory_store(Path::new(path));
            Ok((store.with_context(|| format!("`{path}` is no directory to keep objects in"))?, String::new()))
        }
        Store::Bucket { name, region, prefix } => {
            Ok((Storage::open(settings).await.bucket(name, region), prefix.clone()))
        }
    }
}

/// A place in a store for coordination.
///
/// # Errors
/// Fails when there is no such directory.
pub async fn mailbox(named: &Store, settings: &Settings, below: &str) -> anyhow::Result<Mailbox> {
    let (store, prefix) = store(named, settings).await?;
    Ok(Mailbox::new(store, &format!("{prefix}/{below}"), COORDINATION_TIMEOUT))
}
