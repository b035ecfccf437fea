//! A mailbox: small objects that people leave for an agent in a store for coordination.
//!
//! An object is created once and never changed, so that nobody overwrites what another one left. What it says is believed
//! for its signature alone: whoever can write into the store can leave anything there.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};

/// The longest object, in bytes.
pub const LONGEST: u64 = 16 * 1024;

const LONGEST_NAME: usize = 120;

/// A place for what people leave.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// The store for coordination.
    pub store: Arc<dyn ObjectStore>,
    /// The mailbox's place in the store.
    pub prefix: Path,
    /// How long a call to the store may take.
    pub timeout: Duration,
}

/// Why an object was not left, or not taken.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    /// The store refuses or does not answer.
    #[error("the mailbox does not answer")]
    Store(#[source] object_store::Error),
    /// The store did not answer in time.
    #[error("the mailbox did not answer in time")]
    Timeout,
    /// The name is none.
    #[error("`{}` is no name in a mailbox: write small letters, digits, hyphens and dots", .0.escape_debug())]
    Name(String),
    /// The object is too long.
    #[error("`{name}` is {length} bytes long, and the longest that a mailbox takes has {LONGEST}")]
    Length {
        /// Its name.
        name: String,
        /// How long it is.
        length: u64,
    },
    /// Something else is there under this name.
    #[error("something else lies in the mailbox as `{0}`")]
    Taken(String),
}

impl Mailbox {
    /// A mailbox at a path in a store; empty parts of the path count for nothing.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, path: &str, timeout: Duration) -> Self {
        let parts = path.split('/').filter(|part| !part.is_empty());
        Self { store, prefix: parts.fold(Path::default(), Path::join), timeout }
    }

    /// Leaves an object; one that is there already with the same content is as good.
    ///
    /// # Errors
    /// When the name or the length is out of bounds, another object has the name, or the store does not answer.
    pub async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), MailboxError> {
        let path = self.path(name)?;
        bounded(name, bytes.len() as u64)?;
        let create = PutOptions::from(PutMode::Create);
        let put = self.store.put_opts(&path, PutPayload::from(bytes.clone()), create);
        match self.within(put).await {
            Ok(_) => Ok(()),
            Err(MailboxError::Store(
                object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. },
            )) => match self.get(name).await? {
                Some(found) if found == bytes => Ok(()),
                _ => Err(MailboxError::Taken(name.to_owned())),
            },
            Err(error) => Err(error),
        }
    }

    /// The names of what lies there, at most so many. What has no name that a mailbox gives is passed over.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn list(&self, limit: usize) -> Result<Vec<String>, MailboxError> {
        let named = self.store.list(Some(&self.prefix)).try_filter_map(|object| {
            let path = &object.location;
            let name = path.filename().filter(|name| self.path(name).is_ok_and(|own| own == *path));
            std::future::ready(Ok(name.map(str::to_owned)))
        });
        self.within(named.take(limit).try_collect()).await
    }

    /// What an object says; none where there is none by now.
    ///
    /// # Errors
    /// When it is too long, or the store does not answer.
    pub async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, MailboxError> {
        let path = self.path(name)?;
        let found = match self.within(self.store.get(&path)).await {
            Ok(found) => found,
            Err(MailboxError::Store(object_store::Error::NotFound { .. })) => return Ok(None),
            Err(error) => return Err(error),
        };
        bounded(name, found.meta.size)?;
        Ok(Some(self.within(found.bytes()).await?.to_vec()))
    }

    /// Takes an object away; one that is gone already is no matter.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn remove(&self, name: &str) -> Result<(), MailboxError> {
        match self.within(self.store.delete(&self.path(name)?)).await {
            Ok(()) | Err(MailboxError::Store(object_store::Error::NotFound { .. })) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn path(&self, name: &str) -> Result<Path, MailboxError> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
        let is_good = (1..=LONGEST_NAME).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(is_plain);
        if is_good { Ok(self.prefix.clone().join(name)) } else { Err(MailboxError::Name(name.to_owned())) }
    }

    async fn within<T>(&self, call: impl Future<Output = object_store::Result<T>>) -> Result<T, MailboxError> {
        let answer = tokio::time::timeout(self.timeout, call).await.map_err(|_| MailboxError::Timeout)?;
        answer.map_err(MailboxError::Store)
    }
}

fn bounded(name: &str, length: u64) -> Result<(), MailboxError> {
    if length <= LONGEST { Ok(()) } else { Err(MailboxError::Length { name: name.to_owned(), length }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::directory_store;

    fn mailbox(directory: &tempfile::TempDir) -> Mailbox {
        let store = directory_store(directory.path()).unwrap();
        Mailbox { store, prefix: Path::from("acknowledgements"), timeout: Duration::from_secs(5) }
    }

    #[tokio::test]
    async fn what_is_left_is_found_once_and_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let mailbox = mailbox(&directory);
        assert!(mailbox.list(9).await.unwrap().is_empty());
        mailbox.put("a.json", b"one".to_vec()).await.unwrap();
        mailbox.put("a.json", b"one".to_vec()).await.unwrap();
        assert!(matches!(mailbox.put("a.json", b"two".to_vec()).await, Err(MailboxError::Taken(_))));
        assert_eq!(mailbox.get("a.json").await.unwrap().unwrap(), b"one");
        mailbox.put("b.json", b"two".to_vec()).await.unwrap();
        assert_eq!(mailbox.list(1).await.unwrap().len(), 1);
        for _ in 0..2 {
            mailbox.remove("a.json").await.unwrap();
        }
        assert_eq!(mailbox.list(9).await.unwrap(), ["b.json"]);
        assert_eq!(mailbox.get("a.json").await.unwrap(), None);
    }

    #[tokio::test]
    async fn nothing_is_left_or_taken_outside_of_the_bounds() {
        let directory = tempfile::tempdir().unwrap();
        let mailbox = mailbox(&directory);
        for name in ["", ".", "..", "../a", "a/b", "A", "a b", "a\u{1b}", &"a".repeat(121)] {
            assert!(matches!(mailbox.put(name, Vec::new()).await, Err(MailboxError::Name(_))), "{name:?}");
            assert!(matches!(mailbox.get(name).await, Err(MailboxError::Name(_))), "{name:?}");
        }
        let long = vec![b' '; LONGEST as usize + 1];
        assert!(matches!(mailbox.put("a", long.clone()).await, Err(MailboxError::Length { .. })));
        let place = directory.path().join("acknowledgements");
        std::fs::create_dir_all(place.join("deep")).unwrap();
        for name in ["long", "Strange Name", "deep/a"] {
            std::fs::write(place.join(name), &long).unwrap();
        }
        assert_eq!(mailbox.list(9).await.unwrap(), ["long"], "what has no such name is passed over");
        assert!(matches!(mailbox.get("long").await, Err(MailboxError::Length { .. })));
    }
}
