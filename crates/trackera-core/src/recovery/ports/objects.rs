//! Objects in buckets: listed, looked at, brought to a file and put there by a run.

use std::path::PathBuf;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Mark, PortError};

/// The objects of an account, in all regions.
#[async_trait]
pub trait Objects: Send + Sync {
    /// The next page of what lies below a prefix, with all versions: those of one key stand together, the newest first.
    async fn page(&self, below: &ObjectName, after: Option<&Cursor>) -> Result<ObjectPage, PortError>;

    /// What is known of an object without its content; `None` was seen not to be there.
    async fn look(&self, object: &Object) -> Result<Option<ObjectFacts>, PortError>;

    /// Brings an object into a file and hashes it on the way. Memory does not grow with the object; what an earlier try
    /// has brought already is not asked for again.
    async fn download(&self, download: &Download) -> Result<Downloaded, PortError>;

    /// Reads an object to its end and keeps nothing of it but its digest; `None` was seen not to be there. Memory does not
    /// grow with the object.
    async fn read(&self, object: &Object) -> Result<Option<Reading>, PortError>;

    /// Puts a file where no object is yet. It is there whole, under the checksum that was declared, or not at all.
    async fn put(&self, upload: &Upload) -> Result<ObjectFacts, PortError>;

    /// Deletes an object that a run put, and refuses every other. What is not there is deleted.
    async fn delete(&self, object: &Object, run: &str) -> Result<(), PortError>;
}

/// A place in a bucket: the key of an object, or how keys begin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectName {
    /// The bucket's region.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// The key, or its beginning.
    pub key: String,
}

/// An object, or one version of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// Where it is.
    pub name: ObjectName,
    /// The version; `None` for the newest.
    pub version: Option<String>,
}

/// Where a list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The last key of the page before.
    pub key: String,
    /// The last version of that key.
    pub version: Option<String>,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPage {
    /// The versions, by key, the newest first.
    pub versions: Vec<ObjectVersion>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<Cursor>,
}

/// One version of an object, or the marker that it was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectVersion {
    /// The key.
    pub key: String,
    /// The version; `null` is that of a bucket without versions.
    pub version: String,
    /// Whether it is the one that is read when no version is named.
    pub is_latest: bool,
    /// How large it is; `None` for the marker of a deletion, which has no content.
    pub size: Option<u64>,
    /// When it was put.
    pub modified_at: Timestamp,
}

/// What is known of an object without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectFacts {
    /// How large it is.
    pub size: u64,
    /// When it was put; `None` right after a put, which does not say it.
    pub modified_at: Option<Timestamp>,
    /// The tag that changes with its content; no checksum.
    pub e_tag: String,
    /// The version; `None` in a bucket without versions.
    pub version: Option<String>,
    /// The SHA-256 of the whole content that was stored with it, in hexadecimal digits; `None` where none was.
    pub sha256: Option<String>,
    /// How it is encrypted.
    pub encryption: Option<Encryption>,
    /// How far its replica is, in S3's word: `PENDING`, `COMPLETED`, `FAILED`, or `REPLICA` for a replica itself.
    pub replication: Option<String>,
    /// Whose it is, where a run put it.
    pub mark: Option<Mark>,
}

/// How an object is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// The method, in S3's word: `AES256`, `aws:kms`.
    pub method: String,
    /// The key, where it is one of KMS.
    pub kms_key: Option<String>,
}

/// An object to bring into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// The object.
    pub object: Object,
    /// What a look at it said: other content is not brought.
    pub facts: ObjectFacts,
    /// The file; it appears when it is whole. Its directory must be there.
    pub file: PathBuf,
}

/// An object that was brought into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downloaded {
    /// How many bytes the file has.
    pub size: u64,
    /// The SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
    /// How many of the bytes an earlier try had brought.
    pub resumed_at: u64,
}

/// What was read of an object whose content nobody kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// How many bytes came.
    pub size: u64,
    /// Their SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// How they compare with the checksum of the whole content that the service stored with the object.
    pub stored: Stored,
    /// How far its replica is, in S3's word: `PENDING`, `COMPLETED`, `FAILED`, or `REPLICA` for a replica itself.
    pub replication: Option<String>,
}

/// How content compares with the checksum that the service stored with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is what the checksum is of.
    Same,
    /// It is not.
    Other,
    /// There is no checksum of the whole content: the tag of an object that was put in parts is none.
    Absent,
}

/// A file to put into a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Where to.
    pub name: ObjectName,
    /// The file.
    pub file: PathBuf,
    /// The SHA-256 of the file, in hexadecimal digits; the bucket refuses other content.
    pub sha256: String,
    /// The key to encrypt it with; `None` for the bucket's default.
    pub kms_key: Option<String>,
    /// Whose it is.
    pub mark: Mark,
}
