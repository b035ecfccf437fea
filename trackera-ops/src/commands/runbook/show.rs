//! `runbook show`: what a procedure would do, and by which hash that is known.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;
use trackera_journal::digest::Digest;
use trackera_operations::plan::Plan;
use trackera_operations::runbook::{Parameter, Runbook};

use super::{Context, Given};
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::procedures::{Procedure, actions, told};
use crate::render;
use crate::settings::InForce;
use crate::world::Settings;

const AFTER_HELP: &str = "\
With its parameters, the plan is shown with their values and with its hash: that
of everything in it, of the file, of the configuration and of the people whose
signatures count. Nothing is done.

Examples:
  trackera-ops runbook show rotate-keys
  trackera-ops runbook show rotate-keys --set user=backup-writer";

/// Show what a runbook or a drill would do.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The runbook or drill.
    name: String,
    #[command(flatten)]
    given: Given,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

/// A procedure with its plan.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    /// Its name.
    pub(crate) id: String,
    /// What it is for.
    pub(crate) title: String,
    /// What it must be told.
    pub(crate) parameters: BTreeMap<String, Asked>,
    /// The hash of the plan, when every parameter has a value.
    pub(crate) hash: Option<Digest>,
    /// The plan; without values, where they are missing.
    pub(crate) plan: Plan,
}

/// A parameter.
#[derive(Debug, Serialize)]
pub(crate) struct Asked {
    /// What it may be.
    pub(crate) allowed: String,
    /// What it is for.
    pub(crate) description: Option<String>,
    /// What it is when nobody says.
    pub(crate) default: Option<serde_json::Value>,
}

impl From<&Parameter> for Asked {
    fn from(parameter: &Parameter) -> Self {
        Self {
            allowed: parameter.allowed(),
            description: parameter.description.clone(),
            default: parameter.default.clone(),
        }
    }
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let (_runtime, actions) = actions(&in_force, &Settings::default())?;
        let procedure = Procedure::find(&in_force, &actions, &self.name)?;
        let values = self.given.values()?;
        let template = match &procedure {
            Procedure::Runbook(runbook) if values.is_empty() && asks(runbook) => Some(runbook.template().clone()),
            Procedure::Runbook(_) | Procedure::Drill(_) => None,
        };
        let is_whole = template.is_none();
        let plan = template.map_or_else(|| procedure.plan((&in_force, &actions), values), Ok)?;
        let parameters = match &procedure {
            Procedure::Drill(_) => BTreeMap::new(),
            Procedure::Runbook(runbook) => {
                runbook.parameters.iter().map(|(name, parameter)| (name.clone(), Asked::from(parameter))).collect()
            }
        };
        let (id, title) = (procedure.id().to_owned(), procedure.title().to_owned());
        let shown = Shown { id, title, parameters, hash: is_whole.then(|| plan.hash()), plan };
        let steps = told(&shown.plan, &actions);
        context.print(self.output, &shown, |look| render::runbook::show(look, &shown, &steps))
    }
}

/// Whether a runbook must be told something.
fn asks(runbook: &Runbook) -> bool {
    runbook.parameters.values().any(|parameter| parameter.default.is_none())
}
