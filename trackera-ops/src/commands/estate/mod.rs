//! The verbs about the estate itself.

mod collect;
mod kinds;
mod list;
mod show;

use clap::Subcommand;
use trackera_core::schema::{Demand, KindSchema, Schema};
use trackera_core::source::suggest;

use super::Context;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;

/// Read the estate and look at it.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Collect(collect::Arguments),
    List(list::Arguments),
    Show(show::Arguments),
    Kinds(kinds::Arguments),
}

impl Command {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::Collect(arguments) => arguments.run(context),
            Self::List(arguments) => arguments.run(context),
            Self::Show(arguments) => arguments.run(context),
            Self::Kinds(arguments) => arguments.run(context),
        }
    }
}

/// Finds the kind that a person means.
fn find<'s>(schema: &'s Schema, kind: &str) -> Result<&'s KindSchema, Failure> {
    schema.kind(kind).ok_or_else(|| {
        let kinds: Vec<&str> = schema.kinds().iter().map(|kind| kind.name.as_ref()).collect();
        Failure::usage(anyhow::anyhow!("no resource kind is called `{kind}`")).hint(suggest(kind, kinds))
    })
}

/// What to read of some kinds, or of all: their lists, or every attribute as well.
fn demand(schema: &Schema, kinds: &[String], depth: Depth) -> Result<Demand, Failure> {
    let mut demand = Demand::default();
    let named: Vec<&KindSchema> = kinds.iter().map(|kind| find(schema, kind)).collect::<Result<_, _>>()?;
    let all: Vec<&KindSchema> = if named.is_empty() { schema.kinds().iter().collect() } else { named };
    for kind in all {
        demand.add_kind(schema, &kind.name);
        if depth == Depth::Attributes {
            kind.record.fields.iter().for_each(|field| demand.add_field(schema, &kind.name, &field.name));
        }
    }
    Ok(demand)
}

/// How much of each resource is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// What comes with the list.
    List,
    /// Every attribute.
    Attributes,
}
