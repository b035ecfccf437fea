//! What a recovery asks for and is measured by: what a backup held, what has to be true of a restored copy, who must not come
//! back, and the ports that adapters implement.
//!
//! Facts come in, a verdict goes out. Nothing here reads a database or a file; those who do live in adapters.

pub mod drill;
pub mod erasure;
pub mod manifest;
pub mod ports;
pub mod structure;
pub mod verification;
