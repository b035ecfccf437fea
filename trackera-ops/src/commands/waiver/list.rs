//! `waiver list`: every exception, and which of them want attention.

use std::path::PathBuf;

use clap::Args;
use trackera_core::verdict::Assessment;

use super::{Context, Loaded};
use crate::cli::{Output, Policies};
use crate::exit_codes::ExitCode;
use crate::facts::{At, Source};
use crate::failure::Failure;
use crate::waivers::{concern, covers};
use crate::{render, world};

const AFTER_HELP: &str = "\
Examples:
  trackera-ops waiver list
  trackera-ops waiver list --from estate.json --output json";

/// List the exceptions to policies: those that hold, end soon, have ended, or cover nothing.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// A snapshot to look for what each exception covers.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    #[command(flatten)]
    policies: Policies,
    /// How the list is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let loaded = Loaded::read(context, &self.policies)?;
        let facts = match &self.from {
            Some(from) => {
                let source = Source { from: Some(from.clone()), ..Source::default() };
                Some(source.facts(context, &loaded.in_force, loaded.set.demand(), At { now: None })?)
            }
            None => None,
        };
        let company = loaded.in_force.company();
        let judged = facts.as_ref().map(|facts| Assessment::new(&loaded.set, &facts.circumstances(&company)));
        let (judged, now) = (judged.as_ref(), world::now());
        let written = loaded.written()?;
        let lines: Vec<render::waivers::Line> = written
            .iter()
            .map(|one| render::waivers::Line {
                concern: concern(one.waiver, judged, now),
                waiver: one.waiver,
                ticket: one.text.ticket.as_deref(),
                covers: judged.map(|judged| judged.briefs().filter(|row| covers(one.waiver, row)).count()),
                place: (&one.file.name, one.line()),
            })
            .collect();
        let json = render::waivers::list_json(&lines);
        context.print(self.output, &json, |look| render::waivers::list(look, &lines))
    }
}
