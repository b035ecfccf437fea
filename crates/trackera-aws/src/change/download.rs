//! An object into a file: in pieces as they come, hashed on the way, and taken up again where an earlier try was cut off.
//!
//! What has come lies under a name that belongs to just that content, until it is whole; so what is left of another
//! object, or of another version, is never taken up.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use sha2::{Digest as _, Sha256};
use tokio::fs::{self, File, OpenOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use trackera_core::recovery::ports::{Download, Downloaded, PortError, Trouble};

use super::facts::digits;
use super::failure::{failed, malformed};
use super::objects::GET;

/// How much of what is there already is read at once.
const PIECE: usize = 1 << 20;

/// Brings what `get` asks for; no piece of it may take longer than `limit`.
pub(super) async fn run(
    get: GetObjectFluentBuilder,
    wanted: &Download,
    limit: Duration,
) -> Result<Downloaded, PortError> {
    let size = wanted.facts.size;
    let path = partial(wanted);
    let mut part = Part::open(&path, size).await.map_err(unusable(GET))?;
    let resumed_at = part.size;
    if part.size < size {
        receive(get, &mut part, size, limit).await?;
    }
    part.file.sync_all().await.map_err(unusable(GET))?;
    fs::rename(&path, &wanted.file).await.map_err(unusable(GET))?;
    Ok(Downloaded { size, sha256: digits(&part.hash.finalize()), resumed_at })
}

/// Receives the rest. What has come stays, however this ends.
async fn receive(get: GetObjectFluentBuilder, part: &mut Part, size: u64, limit: Duration) -> Result<(), PortError> {
    let rest = (part.size > 0).then(|| format!("bytes={}-", part.size));
    let answer = get.set_range(rest).send().await.map_err(failed(GET))?;
    let expected = answer.content_length.and_then(|length| u64::try_from(length).ok());
    if expected != Some(size - part.size) {
        return Err(malformed(GET));
    }
    let mut body = answer.body;
    loop {
        let piece = tokio::time::timeout(limit, body.try_next()).await;
        let piece = piece.map_err(|_| malformed(GET))?.map_err(|_| malformed(GET));
        match piece {
            Ok(Some(piece)) if part.size + piece.len() as u64 <= size => {
                part.write(&piece).await.map_err(unusable(GET))?;
            }
            Ok(None) if part.size == size => return part.file.flush().await.map_err(unusable(GET)),
            Ok(_) => return Err(malformed(GET)),
            Err(error) => {
                part.file.flush().await.map_err(unusable(GET))?;
                return Err(error);
            }
        }
    }
}

/// Where the content lies until it is whole.
fn partial(wanted: &Download) -> PathBuf {
    let name = &wanted.object.name;
    let version = wanted.facts.version.as_deref().unwrap_or_default();
    let content = [&name.region, &name.bucket, &name.key, version, &wanted.facts.e_tag].join("\n");
    let mut file = wanted.file.file_name().unwrap_or_default().to_owned();
    file.push(format!(".{}.part", digits(&Sha256::digest(content)).get(..16).unwrap_or_default()));
    wanted.file.with_file_name(file)
}

/// A file that does not hold all yet.
struct Part {
    file: File,
    hash: Sha256,
    size: u64,
}

impl Part {
    /// Opens what an earlier try has left, or a new file.
    async fn open(path: &PathBuf, largest: u64) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        // A dump holds personal data.
        options.mode(0o600);
        let mut file = options.open(path).await?;
        if file.metadata().await?.len() > largest {
            file.set_len(0).await?;
        }
        let (mut hash, mut size, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
        loop {
            let count = file.read(&mut piece).await?;
            let Some(read) = piece.get(..count).filter(|read| !read.is_empty()) else { break };
            hash.update(read);
            size += count as u64;
        }
        Ok(Self { file, hash, size })
    }

    async fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece).await?;
        self.hash.update(piece);
        self.size += piece.len() as u64;
        Ok(())
    }
}

/// A file of this machine that cannot be used.
pub(super) fn unusable(operation: &'static str) -> impl Fn(io::Error) -> PortError {
    move |error| PortError { operation, trouble: Trouble::File(error.to_string()), code: None }
}
