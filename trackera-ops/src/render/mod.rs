//! What people and programs see. Logic hands values in; only this module decides how they look, and only its screen
//! writes them.

pub(crate) mod approve;
pub(crate) mod backup;
pub(crate) mod calls;
pub(crate) mod config;
pub(crate) mod controls;
mod coverage;
pub(crate) mod drill;
pub(crate) mod escape;
pub(crate) mod estate;
pub(crate) mod explain;
pub(crate) mod failure;
pub(crate) mod finding;
pub(crate) mod journal;
pub(crate) mod json;
pub(crate) mod look;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod runbook;
mod screen;
pub(crate) mod structure;
pub(crate) mod waivers;

pub(crate) use screen::Screen;
