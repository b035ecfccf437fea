//! Large evidence beside a log: addressed by the SHA-256 of its content, in chunks that are kept once.
//!
//! Chunk borders follow the content, so that a snapshot of which little changed shares nearly all of its chunks with
//! the one before. Nothing is ever overwritten with something else, and everything read is held against its digest.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fastcdc::v2020::FastCDC;
use serde::{Deserialize, Serialize};

use crate::damage::Damage;
use crate::digest::Digest;
use crate::fs::{Files, write_whole};

/// The directory of a log's evidence.
pub(crate) const DIRECTORY: &str = "evidence";

const VERSION: u32 = 1;
const SHORTEST_CHUNK: usize = 8 << 10;
const USUAL_CHUNK: usize = 32 << 10;
const LONGEST_CHUNK: usize = 128 << 10;
const LONGEST_MANIFEST: usize = 64 << 20;
const COMPRESSION: i32 = 3;

/// The evidence of one log.
#[derive(Debug, Clone)]
pub struct Evidence {
    files: Arc<dyn Files>,
    directory: PathBuf,
}

/// The chunks of one piece of evidence, in their order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    version: u32,
    length: u64,
    chunks: Vec<Digest>,
}

/// What was written for a piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The digest of the content, by which entries refer to it.
    pub digest: Digest,
    /// How many bytes were new on the disk.
    pub written: u64,
}

/// Why evidence cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The file system refuses.
    #[error("evidence {digest} cannot be read or written")]
    Io {
        /// The digest of what was asked for.
        digest: Digest,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is not there.
    #[error("evidence {0} is missing: bring it back from a replica")]
    Missing(Digest),
    /// It is not what its digest says.
    #[error("evidence {0} was changed: bring it back from a replica")]
    Changed(Digest),
    /// A newer version wrote it.
    #[error("evidence {0} has version {1}: read it with a newer version of this program")]
    Version(Digest, u32),
}

impl Evidence {
    /// The evidence beside the log in this directory.
    #[must_use]
    pub fn new(files: Arc<dyn Files>, log: &Path) -> Self {
        Self { files, directory: log.join(DIRECTORY) }
    }

    /// Keeps content, durably, and writes only what is not there yet. Keep it before the entry that refers to it.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn keep(&self, content: &[u8]) -> Result<Kept, EvidenceError> {
        let digest = Digest::of(content);
        let mut kept = Kept { digest, written: 0 };
        if self.read(&manifest_name(digest)).is_ok_and(|bytes| manifest(digest, &bytes).is_ok()) {
            return Ok(kept);
        }
        let mut chunks = Vec::new();
        for chunk in FastCDC::new(content, SHORTEST_CHUNK, USUAL_CHUNK, LONGEST_CHUNK) {
            let bytes = content.get(chunk.offset..chunk.offset + chunk.length).unwrap_or_default();
            let chunk = Digest::of(bytes);
            kept.written += self.keep_chunk(chunk, bytes)?;
            chunks.push(chunk);
        }
        let manifest = Manifest { version: VERSION, length: content.len() as u64, chunks };
        let bytes = serde_json::to_vec(&manifest).map_err(|error| failed(digest)(error.into()))?;
        kept.written += self.write(digest, &manifest_name(digest), &bytes)?;
        Ok(kept)
    }

    /// The content of a piece of evidence.
    ///
    /// # Errors
    /// When it is missing, or not what its digest says.
    pub fn content(&self, digest: Digest) -> Result<Vec<u8>, EvidenceError> {
        let manifest = manifest(digest, &self.present(digest, &manifest_name(digest))?)?;
        let mut content = Vec::new();
        for chunk in manifest.chunks {
            let bytes = self.present(chunk, &chunk_name(chunk))?;
            let bytes = unpacked(&bytes, LONGEST_CHUNK).filter(|bytes| Digest::of(bytes) == chunk);
            content.extend(bytes.ok_or(EvidenceError::Changed(chunk))?);
        }
        if Digest::of(&content) == digest { Ok(content) } else { Err(EvidenceError::Changed(digest)) }
    }

    /// Keeps a file of evidence that a replica has, as it is. Reading it later holds it against its digest.
    pub(crate) fn bring_back(&self, name: &str, packed: &[u8]) -> io::Result<()> {
        let path = self.directory.join(name);
        path.parent().map_or(Ok(()), |directory| self.files.create_directory(directory))?;
        write_whole(&*self.files, &path, packed)
    }

    /// The files of a piece of evidence as they lie, by their names below the directory of evidence: chunks first.
    ///
    /// # Errors
    /// When one is missing or cannot be read.
    pub fn parts(&self, digest: Digest) -> Result<Vec<String>, EvidenceError> {
        let bytes = self.present(digest, &manifest_name(digest))?;
        let chunks = manifest(digest, &bytes)?.chunks;
        let mut names: Vec<String> = chunks.into_iter().map(chunk_name).collect();
        names.sort();
        names.dedup();
        names.push(manifest_name(digest));
        Ok(names)
    }

    /// Holds all evidence that entries refer to against its digests.
    pub(crate) fn damages(&self, referred: &BTreeMap<Digest, u64>) -> io::Result<Vec<Damage>> {
        let mut damages = Vec::new();
        for (reference, sequence) in referred {
            let sequence = *sequence;
            match self.content(*reference) {
                Ok(_) => {}
                Err(EvidenceError::Io { source, .. }) => return Err(source),
                Err(EvidenceError::Missing(digest)) => {
                    damages.push(Damage::MissingEvidence { digest: digest.to_string(), sequence });
                }
                Err(EvidenceError::Changed(digest) | EvidenceError::Version(digest, _)) => {
                    damages.push(Damage::ChangedEvidence { digest: digest.to_string(), sequence });
                }
            }
        }
        Ok(damages)
    }

    /// A file of evidence as it lies.
    pub(crate) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.files.read(&self.directory.join(name))
    }

    fn keep_chunk(&self, digest: Digest, bytes: &[u8]) -> Result<u64, EvidenceError> {
        let name = chunk_name(digest);
        let is_good = |packed: Vec<u8>| unpacked(&packed, LONGEST_CHUNK).is_some_and(|found| found == bytes);
        if self.read(&name).is_ok_and(is_good) {
            return Ok(0);
        }
        self.write(digest, &name, bytes)
    }

    fn write(&self, digest: Digest, name: &str, bytes: &[u8]) -> Result<u64, EvidenceError> {
        let write = || {
            let packed = packed(bytes)?;
            let path = self.directory.join(name);
            path.parent().map_or(Ok(()), |directory| self.files.create_directory(directory))?;
            write_whole(&*self.files, &path, &packed)?;
            Ok(packed.len() as u64)
        };
        write().map_err(failed(digest))
    }

    fn present(&self, digest: Digest, name: &str) -> Result<Vec<u8>, EvidenceError> {
        self.read(name).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => EvidenceError::Missing(digest),
            _ => failed(digest)(error),
        })
    }
}

fn manifest(digest: Digest, packed: &[u8]) -> Result<Manifest, EvidenceError> {
    let bytes = unpacked(packed, LONGEST_MANIFEST).ok_or(EvidenceError::Changed(digest))?;
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|_| EvidenceError::Changed(digest))?;
    match manifest.version {
        VERSION => Ok(manifest),
        version => Err(EvidenceError::Version(digest, version)),
    }
}

/// Compressed with a checksum, so that a changed manifest is not read as one of other chunks.
fn packed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressor = zstd::bulk::Compressor::new(COMPRESSION)?;
    compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true))?;
    compressor.compress(bytes)
}

/// What was packed, unless it is longer than anything of its kind, whatever its header claims.
fn unpacked(packed: &[u8], longest: usize) -> Option<Vec<u8>> {
    let claimed = zstd::zstd_safe::get_frame_content_size(packed).ok()??;
    let capacity = usize::try_from(claimed).ok().filter(|claimed| *claimed <= longest)?;
    zstd::bulk::decompress(packed, capacity).ok()
}

fn failed(digest: Digest) -> impl Fn(io::Error) -> EvidenceError {
    move |source| EvidenceError::Io { digest, source }
}

fn chunk_name(digest: Digest) -> String {
    let text = digest.to_string();
    format!("{}/{text}.zst", text.get(..2).unwrap_or_default())
}

pub(crate) fn manifest_name(digest: Digest) -> String {
    let text = digest.to_string();
    format!("{}/{text}.manifest.zst", text.get(..2).unwrap_or_default())
}

#[cfg(test)]
mod tests;
