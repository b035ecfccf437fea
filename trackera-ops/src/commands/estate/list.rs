//! `estate list`: what there is.

use clap::Args;
use trackera_core::identity::matches;
use trackera_core::resource::Resource;

use super::{Context, Depth, demand};
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::facts::Source;
use crate::failure::Failure;
use crate::render;
use crate::settings::InForce;

const AFTER_HELP: &str = "\
Exit codes: 0 every list is whole, 3 something could not be read.

Examples:
  trackera-ops estate list --kind aws.ec2.security_group
  trackera-ops estate list --from estate.json --region eu-central-1";

/// List the resources of the estate.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Only resources of these kinds.
    #[arg(id = "kind", long, value_name = "KIND", value_delimiter = ',')]
    kinds: Vec<String>,
    /// Only resources in these regions; `global` for those that belong to none.
    #[arg(id = "region", long, value_name = "REGION", value_delimiter = ',')]
    regions: Vec<String>,
    #[command(flatten)]
    source: Source,
    /// How the list is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let demand = demand(&in_force.schema, &self.kinds, Depth::List)?;
        let snapshot = self.source.snapshot(context, &in_force, demand)?;
        let wanted = |resource: &&Resource| {
            (self.kinds.is_empty() || self.kinds.contains(&resource.kind))
                && (self.regions.is_empty() || self.regions.iter().any(|region| matches(region, &resource.region)))
        };
        let resources: Vec<&Resource> = snapshot.resources.iter().filter(wanted).collect();
        let json = render::estate::list_json(&resources, &snapshot.gaps);
        context.print(self.output, &json, |look| render::estate::list(look, &resources, &snapshot.gaps))?;
        Ok(if snapshot.gaps.is_empty() { ExitCode::Good } else { ExitCode::Unverified })
    }
}
