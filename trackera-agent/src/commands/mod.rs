//! The commands, one file each.

pub(crate) mod check_config;
pub(crate) mod completions;
pub(crate) mod drill;
pub(crate) mod man;
pub(crate) mod permissions;
pub(crate) mod run;

use std::path::PathBuf;

use clap::Args;
use thiserror::Error;
use trackera_core::policy::PolicySet;
use trackera_core::source::Problem;
use trackera_files::{InForce, Mistake};

pub(crate) use crate::run::words;

/// The command line, or a file that it names, is wrong.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// What was asked for was done, and what came of it is not good.
#[derive(Debug, Error)]
#[error("{why}")]
pub(crate) struct Ended {
    /// The exit code.
    pub(crate) code: u8,
    /// In one sentence.
    pub(crate) why: &'static str,
}

/// Where the configuration is.
#[derive(Clone, Debug, Args)]
pub(crate) struct Configuration {
    /// The configuration [default: ./trackera.yaml].
    #[arg(long, value_name = "FILE", env = "TRACKERA_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

impl Configuration {
    /// Everything that is in force, or every mistake.
    pub(crate) fn load(&self) -> anyhow::Result<(InForce, PolicySet)> {
        let loaded = InForce::read(self.config.as_deref(), &[]).and_then(|in_force| {
            let set = in_force.load_policies()?;
            in_force.drills()?;
            Ok((in_force, set))
        });
        loaded.map_err(refused)
    }
}

/// A name that can be part of a path and of a key.
pub(crate) fn plain_name<'a>(what: &str, name: &'a str) -> Result<&'a str, Usage> {
    let is_plain = |one: char| one.is_ascii_alphanumeric() || "-._".contains(one);
    match !name.is_empty() && name.chars().all(is_plain) {
        true => Ok(name),
        false => Err(Usage(format!("`{name}` is no name of an {what}: letters, digits, `-`, `.` and `_`"))),
    }
}

/// Every mistake with its place.
pub(crate) fn refused(mistake: Mistake) -> anyhow::Error {
    match mistake {
        Mistake::Problems(problems) => Usage(told(&problems)).into(),
        Mistake::Configuration(_, ref error) => Usage(format!("{mistake}: {error}")).into(),
        Mistake::NoPolicies(_) | Mistake::Schema(_) => Usage(mistake.to_string()).into(),
    }
}

/// Mistakes, a line each, with what helps.
pub(crate) fn told(problems: &[Problem]) -> String {
    let line = |problem: &Problem| {
        let Problem { file, line, column, message, hint, .. } = problem;
        let hint = hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{file}:{line}:{column}: {message}{hint}")
    };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}
