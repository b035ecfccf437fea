//! The journal: an append-only, signed record, one log per writer, that anybody can verify offline.
//!
//! Lines of JSON in segments are the truth; the hash tree, the checkpoints, the replicas and the projection are made
//! from them. Nothing in this crate reads a clock, randomness or an environment variable: they are arguments.
//!
//! ```text
//! JOURNAL/lock                              one writer
//! JOURNAL/segments/00000000000000000000.jsonl   entries from this sequence on, one a line
//! JOURNAL/checkpoints/00000000000000000042.note the log at this size, signed (C2SP signed-note, tlog-checkpoint)
//! JOURNAL/cosignatures/SIZE-DIGEST.sig      people's signatures over that note (SSHSIG)
//! JOURNAL/evidence/ab/DIGEST[.manifest].zst what entries refer to, once
//! JOURNAL/torn/                             what an interrupted write left, cut and kept
//!
//! TARGET/checkpoint, TARGET/tile/           the same log as C2SP tlog-tiles, for outside tools
//! TARGET/claims/00000000000000000007.note   the checkpoints in the order in which they were claimed
//! TARGET/evidence/                          as above
//! ```
//!
//! [`commit::Journal`] writes, [`reader::Reader`] reads, verifies and proves, [`replicate::Replicator`] brings a log to
//! a [`target::Target`], [`fold`] and [`project`] answer questions over many logs.

pub mod checkpoint;
pub mod commit;
pub mod cosign;
pub mod damage;
pub mod digest;
pub mod entry;
pub mod evidence;
pub mod fold;
pub mod fs;
pub mod keys;
pub mod kind;
pub mod lease;
pub mod lines;
pub mod log;
pub mod mailbox;
pub mod note;
pub mod project;
pub mod proof;
pub mod reader;
pub mod replica;
pub mod replicate;
pub mod restore;
pub mod segment;
pub mod signers;
pub mod target;
pub mod tiles;
pub mod tree;
pub mod verify;
