//! The watching daemon: a doorway that parses, runs one command and turns its outcome into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    trackera_agent::main(Box::new(trackera_agent::ThisMachine::default()))
}
