//! Resources, the policy language and verdicts: pure functions over facts.
//!
//! Nothing in this crate reads a file, a clock, an environment variable or the network: facts come in, values go out,
//! so that every verdict can be replayed at any instant.

pub mod company;
pub mod controls;
pub mod coverage;
pub mod estate;
pub mod identity;
pub mod language;
pub mod network;
pub mod policy;
pub mod recovery;
pub mod resource;
pub mod schema;
pub mod source;
mod spread;
pub mod time;
pub mod verdict;
pub mod watching;
pub mod yaml;
