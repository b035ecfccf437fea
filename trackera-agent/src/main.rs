//! The watching daemon.

fn main() {}
