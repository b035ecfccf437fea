//! What backups, their restores and the proof of both have in common: plain facts, and the ports to the outside.

pub mod ports;
