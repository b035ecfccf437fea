//! What a recovery is measured by: what a backup held, what has to be true of a restored copy, who must not come back.
//!
//! Facts come in, a verdict goes out. Nothing here reads a database or a file; those who do live in adapters.

pub mod erasure;
pub mod manifest;
pub mod structure;
pub mod verification;
