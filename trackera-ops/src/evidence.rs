//! What shows that a person did what a step asked for: a text, or a file.

use std::path::Path;

use anyhow::{Context as _, anyhow};

use crate::failure::Failure;
use crate::world;

/// The largest file that is taken, in bytes.
const LARGEST: u64 = 64 << 20;

/// The evidence that was typed: the file behind an `@`, and any other text itself.
///
/// # Errors
/// Fails when there is no such file, or it is too large, and when nothing was typed.
pub(crate) fn read(typed: &str) -> Result<Vec<u8>, Failure> {
    match typed.strip_prefix('@') {
        Some(path) => {
            let found = world::read(Path::new(path), LARGEST);
            found.with_context(|| format!("cannot read the evidence `{path}`")).map_err(Failure::usage)
        }
        None if typed.trim().is_empty() => Err(Failure::usage(anyhow!("the evidence is empty"))),
        None => Ok(typed.as_bytes().to_vec()),
    }
}
