//! The verbs about runbooks: what people wrote, what is wrong with it, what it would do, what it must be allowed, and
//! doing it.

mod lint;
mod list;
mod permissions;
mod rehearse;
mod run;
mod show;

use std::collections::BTreeMap;

use anyhow::anyhow;
use clap::Subcommand;

use super::Context;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;

pub(crate) use list::Line;
pub(crate) use rehearse::Line as RehearsedLine;
pub(crate) use show::Shown;

/// Look at written procedures, rehearse them, print what they must be allowed, and carry them out.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::Arguments),
    Show(show::Arguments),
    Lint(lint::Arguments),
    Rehearse(rehearse::Arguments),
    Run(run::Arguments),
    Permissions(permissions::Arguments),
}

impl Command {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::List(arguments) => arguments.run(context),
            Self::Show(arguments) => arguments.run(context),
            Self::Lint(arguments) => arguments.run(context),
            Self::Rehearse(arguments) => arguments.run(context),
            Self::Run(arguments) => arguments.run(context),
            Self::Permissions(arguments) => arguments.run(context),
        }
    }
}

/// What a procedure is told.
#[derive(Clone, Debug, clap::Args)]
struct Given {
    /// A value for one of its parameters; may be given more than once.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<(String, String)>,
}

impl Given {
    /// The values by their names.
    ///
    /// # Errors
    /// Fails when one is given twice.
    fn values(&self) -> Result<BTreeMap<String, String>, Failure> {
        let mut values = BTreeMap::new();
        for (name, value) in &self.parameters {
            if values.insert(name.clone(), value.clone()).is_some() {
                return Err(Failure::usage(anyhow!("the parameter `{}` is given twice", name.escape_debug())));
            }
        }
        Ok(values)
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
