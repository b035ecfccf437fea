//! `estate kinds`: what policies can speak about.

use clap::Args;
use trackera_core::schema::{KindSchema, Schema};

use super::{Context, find};
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;

/// List the kinds of resources, or the fields of one kind with their types and API operations.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  trackera-ops estate kinds\n  trackera-ops estate kinds aws.iam.user")]
pub(crate) struct Arguments {
    /// The kind.
    kind: Option<String>,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let schema = Schema::new()?;
        let kinds: Vec<&KindSchema> = match &self.kind {
            Some(kind) => vec![find(&schema, kind)?],
            None => schema.kinds().iter().collect(),
        };
        context.print(self.output, &render::estate::kinds_json(&kinds), |look| match (&self.kind, kinds.as_slice()) {
            (Some(_), [kind]) => render::estate::kind(look, kind),
            (_, kinds) => render::estate::kinds(look, kinds),
        })
    }
}
