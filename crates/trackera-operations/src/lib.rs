//! Durable operations: a plan is shown and approved, each intent is on disk before its effect, and whatever dies is
//! reconciled by looking, never by blindly trying again.
//!
//! ```text
//! runbook (YAML) ──▶ Plan ──lint, rehearse──▶ shown ──▶ approved (SSHSIG over its hash)
//!                                                          │
//!   look ──▶ intent, fsync ──▶ acknowledged outside ──▶ perform ──▶ done        one step
//!     ▲                                                    │
//!     └──────── killed, unanswered: look again ◀───────────┘
//!                                                          │ failed, or only for the run
//!                                         undo in reverse ──▶ seen as it was before ──▶ closed
//! ```
//!
//! [`runner::run`] and [`runner::resume`] carry a plan out, [`recorder::runs`] tells what became of each, and
//! [`action::Action`] is what the binaries bring. No adapter, SDK or SQL is named here, and nothing reads a clock,
//! randomness or the environment: they are arguments.

pub mod action;
pub mod approval;
pub mod clock;
pub mod drill;
pub mod general;
pub mod id;
pub mod locks;
pub mod obligation;
pub mod plan;
pub mod progress;
pub mod record;
pub mod recorder;
pub mod rehearsal;
pub mod runbook;
pub mod runner;
pub mod state;
#[cfg(any(test, feature = "trials"))]
pub mod trials;
