//! The watching daemon: a doorway. What it does is decided in the library beside it, which is pure.

use clap::Parser as _;

/// Watches the estate and holds it against declared policies, all day.
#[derive(Debug, clap::Parser)]
#[command(name = "trackera-agent", version)]
struct Cli {}

fn main() {
    Cli::parse();
}
