//! `policy coverage`: which controls and claims policies stand behind, and which nothing does.

use anyhow::anyhow;
use clap::Args;
use trackera_core::coverage::{Coverage, FrameworkCoverage, coverage};
use trackera_core::source::suggest;

use super::Context;
use crate::cli::{Output, Policies};
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render;

const AFTER_HELP: &str = "\
Standing: covered by policies, partly (something else has to prove the rest), elsewhere (no policy, and it is written
why), open (no policy, and nobody says why).

Examples:
  trackera-ops policy coverage
  trackera-ops policy coverage --framework cis-aws-7.0
  trackera-ops policy coverage --claims --output json";

/// Show which items of control frameworks and which claims the policies cover, and which they do not.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    policies: Policies,
    /// The items of this framework alone, one by one.
    #[arg(long, value_name = "NAME", conflicts_with = "claims")]
    framework: Option<String>,
    /// The claims alone, one by one.
    #[arg(long)]
    claims: bool,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let set = context.in_force(&self.policies)?.load_policies()?;
        let all = coverage(&set);
        let look = context.screen.look;
        let text = match (&self.framework, self.claims) {
            (None, false) => render::controls::summary(look, &all),
            (None, true) => render::controls::claims(look, &all.claims),
            (Some(name), _) => render::controls::framework(look, find(&all, name)?),
        };
        context.screen.print(&match self.output {
            Output::Json => render::json::pretty(&render::controls::json(&self.wanted(all)))?,
            Output::Table => text,
        })?;
        Ok(ExitCode::Good)
    }

    /// The part that was asked for.
    fn wanted(&self, mut all: Coverage) -> Coverage {
        if let Some(name) = &self.framework {
            all.frameworks.retain(|framework| framework.id == *name);
            all.claims.clear();
            all.unclaimed.clear();
        }
        if self.claims {
            all.frameworks.clear();
        }
        all
    }
}

fn find<'c>(all: &'c Coverage, name: &str) -> Result<&'c FrameworkCoverage, Failure> {
    all.frameworks.iter().find(|framework| framework.id == name).ok_or_else(|| {
        let known: Vec<&str> = all.frameworks.iter().map(|framework| framework.id.as_str()).collect();
        Failure::usage(anyhow!("no framework is called `{name}`")).hint(suggest(name, known))
    })
}
