//! The journal: an append-only, signed record, one log per writer, that anybody can verify offline.
//!
//! Lines of JSON in segments are the truth; the hash tree, the checkpoints, the replicas and the projection are made
//! from them. Nothing in this crate reads a clock, randomness or an environment variable: they are arguments.

pub mod checkpoint;
pub mod commit;
pub mod cosign;
pub mod damage;
pub mod digest;
pub mod entry;
pub mod evidence;
pub mod fs;
pub mod keys;
pub mod kind;
pub mod lease;
pub mod log;
pub mod note;
pub mod reader;
pub mod replica;
pub mod replicate;
pub mod segment;
pub mod signers;
pub mod target;
pub mod tiles;
pub mod tree;
pub mod verify;
