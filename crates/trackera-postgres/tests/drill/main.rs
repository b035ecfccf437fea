//! Backups, restores and proofs with real servers: each test starts its own and leaves nothing.
#![cfg(test)]

mod bad_dumps;
mod mutations;
mod round_trip;
mod servers;
mod types;
mod vantage;
