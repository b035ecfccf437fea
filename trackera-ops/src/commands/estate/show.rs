//! `estate show`: one resource with all that was read of it.

use anyhow::anyhow;
use clap::Args;
use trackera_core::resource::Resource;
use trackera_core::source::suggest;

use super::{Context, Depth, demand};
use crate::cli::Output;
use crate::exit_codes::ExitCode;
use crate::facts::Source;
use crate::failure::Failure;
use crate::render;
use crate::settings::InForce;

const AFTER_HELP: &str = "\
Examples:
  trackera-ops estate show sg-0a1b2c --kind aws.ec2.security_group
  trackera-ops estate show alice --from estate.json";

/// Show everything that was read of a resource.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The resource's id, or its name.
    resource: String,
    /// The resource's kind; the estate as it is now is read faster with it.
    #[arg(id = "kind", long, value_name = "KIND")]
    kinds: Vec<String>,
    #[command(flatten)]
    source: Source,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let demand = demand(&in_force.schema, &self.kinds, Depth::Attributes)?;
        let snapshot = self.source.snapshot(context, &in_force, demand)?;
        let of_kind = |one: &&Resource| self.kinds.is_empty() || self.kinds.contains(&one.kind);
        let all: Vec<&Resource> = snapshot.resources.iter().filter(of_kind).collect();
        let by =
            |is: &dyn Fn(&Resource) -> bool| -> Vec<&Resource> { all.iter().copied().filter(|one| is(one)).collect() };
        let mut found = by(&|one| one.id == self.resource);
        if found.is_empty() {
            found = by(&|one| one.name == self.resource);
        }
        if found.is_empty() {
            return Err(self.missing(&all, !snapshot.gaps.is_empty()));
        }
        context.print(self.output, &found, |look| render::estate::resources(look, &found))
    }

    fn missing(&self, all: &[&Resource], has_gaps: bool) -> Failure {
        let error = anyhow!("there is no resource `{}` in the estate", self.resource);
        if has_gaps {
            let error = anyhow!("could not verify whether there is: not everything could be read").context(error);
            return Failure::new(ExitCode::Unverified, error)
                .hint("`trackera-ops estate list` shows the gaps".to_owned());
        }
        let words = all.iter().flat_map(|one| [one.id.as_str(), one.name.as_str()]);
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        Failure::usage(error).hint(suggest(&self.resource, words))
    }
}
