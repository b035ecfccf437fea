//! The product database: backups with manifests, restores into a server of our own, and the checks that prove them.
//!
//! This is the only crate with SQL. It never repeats what a server says in an error, because that can quote rows:
//! errors carry SQLSTATE codes, names of objects and numbers. It reads no clock and no environment variable.

pub mod backup;
pub mod connection;
pub mod damage;
pub mod erasure;
pub mod heartbeat;
mod layers;
pub mod manifest;
pub mod program;
pub mod restore;
pub mod scratch;
pub mod structure;
mod trouble;
pub mod vantage;
pub mod verify;

pub use tokio_postgres::Client;
pub use trouble::{BadDump, Trouble};
