//! Which exception a verb is about.

use anyhow::anyhow;
use trackera_core::source::suggest;

use super::{Loaded, Written};
use crate::failure::Failure;
use crate::world;

/// Which exception.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Which {
    /// The policy's id.
    policy: String,
    /// The resource, as the waiver has it: an id or a pattern.
    resource: String,
    /// The account that the waiver is for, where several are alike.
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// The region that the waiver is for, where several are alike.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

impl Which {
    /// Finds the one exception that is meant and still holds.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub(super) fn find<'w, 'a>(&self, loaded: &Loaded, written: &'w [Written<'a>]) -> Result<&'w Written<'a>, Failure> {
        super::super::policy::find(&loaded.set, &self.policy)?;
        let of_policy: Vec<&Written<'_>> = written.iter().filter(|one| one.waiver.policy == self.policy).collect();
        let is_meant = |one: &&Written<'_>| {
            let agrees = |asked: &Option<String>, own: &Option<String>| asked.is_none() || asked == own;
            one.waiver.resource == self.resource
                && agrees(&self.account, &one.waiver.account)
                && agrees(&self.region, &one.waiver.region)
        };
        let meant: Vec<&Written<'_>> = of_policy.iter().copied().filter(is_meant).collect();
        let now = world::now();
        let holding: Vec<&Written<'_>> = meant.iter().copied().filter(|one| one.waiver.holds_at(now)).collect();
        match (holding.as_slice(), meant.last()) {
            ([one], _) => Ok(one),
            ([], Some(ended)) => {
                let error = anyhow!("the waiver at {} ended with {} already", ended.place(), ended.waiver.expires);
                Err(Failure::usage(error))
            }
            ([], None) => {
                let known: Vec<&str> = of_policy.iter().map(|one| one.waiver.resource.as_str()).collect();
                let error = anyhow!("there is no waiver of `{}` for `{}`", self.policy, self.resource);
                Err(Failure::usage(error).hint(suggest(&self.resource, known)))
            }
            (several, _) => {
                let places: Vec<String> = several.iter().map(|one| one.place()).collect();
                let error = anyhow!("several waivers are meant: {}", places.join(", "));
                Err(Failure::usage(error).hint("choose with --account and --region".to_owned()))
            }
        }
    }
}
