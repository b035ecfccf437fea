//! The watching daemon: it looks at the estate all day, remembers what it saw, and tells whom it concerns.
//!
//! What it decides is decided in `trackera-watch`, as a pure step; here is the world around that step. It must never
//! change anything in the estate: it reads, and it delivers to its own queue, channels, metrics and journal.

pub mod channels;
mod cli;
mod clock;
mod commands;
mod drilling;
pub mod metrics;
pub mod page;
mod run;
mod world;

pub use cli::main;
pub use clock::Machine;
pub use world::ThisMachine;
