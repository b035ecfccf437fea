//! The watching daemon's parts around the pure step of `trackera-watch`.

pub mod channels;
