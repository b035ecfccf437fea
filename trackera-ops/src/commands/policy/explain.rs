//! `policy explain`: one verdict taken apart.

use anyhow::anyhow;
use clap::Args;
use trackera_core::estate::{Entry, Estate};
use trackera_core::source::suggest;
use trackera_core::verdict::{Verdict, explain};

use super::Context;
use crate::cli::Policies;
use crate::exit_codes::ExitCode;
use crate::facts::{At, Source};
use crate::failure::Failure;
use crate::render;

const AFTER_HELP: &str = "\
Exit codes: 0 the rule holds for the resource, 1 it is broken, 3 that could not be verified.

Examples:
  trackera-ops policy explain sg-only-declared-ports sg-0a1b2c
  trackera-ops policy explain sg-only-declared-ports web --region eu-west-1";

/// Explain one verdict: the expression as a tree, with the values that it saw.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The policy's id.
    policy: String,
    /// The resource's id, or its name.
    resource: String,
    /// The region of the resource, where its id alone is ambiguous.
    #[arg(long)]
    region: Option<String>,
    /// The account of the resource, where its id alone is ambiguous.
    #[arg(long)]
    account: Option<String>,
    #[command(flatten)]
    policies: Policies,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    at: At,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = context.in_force(&self.policies)?;
        let mut set = in_force.load_policies()?;
        super::find(&set, &self.policy)?;
        set.retain(|policy| policy.id.as_ref() == self.policy);
        let facts = self.source.facts(context, &in_force, set.demand(), self.at)?;
        let policy = super::find(&set, &self.policy)?;
        let subject = self.subject(&facts.estate, &policy.kind.name)?;
        let company = in_force.company();
        let explanation = explain(&set, &facts.circumstances(&company), policy, subject)
            .ok_or_else(|| anyhow!("the resource is gone from the estate"))?;
        context.screen.print(&render::explain::explanation(context.screen.look, policy, &explanation))?;
        Ok(match explanation.verdict {
            Verdict::Fail => ExitCode::Failed,
            Verdict::Unknown => ExitCode::Unverified,
            Verdict::Pass | Verdict::Waived | Verdict::NotApplicable => ExitCode::Good,
        })
    }

    /// Finds the one resource that is meant: by id, or else by name.
    fn subject(&self, estate: &Estate, kind: &str) -> Result<usize, Failure> {
        let all: Vec<(usize, &Entry)> =
            estate.of_kind(kind).iter().filter_map(|index| Some((*index, estate.entry(*index)?))).collect();
        let here = |entry: &Entry| {
            self.region.as_ref().is_none_or(|region| **region == *entry.region)
                && self.account.as_ref().is_none_or(|account| **account == *entry.account)
        };
        let by = |is: &dyn Fn(&Entry) -> bool| -> Vec<(usize, &Entry)> {
            all.iter().copied().filter(|(_, entry)| here(entry) && is(entry)).collect()
        };
        let mut found = by(&|entry| *entry.id == *self.resource);
        if found.is_empty() {
            found = by(&|entry| *entry.name == *self.resource);
        }
        match found.as_slice() {
            [(index, _)] => Ok(*index),
            [] => Err(self.missing(estate, kind, &all)),
            several => Err(self.ambiguous(several)),
        }
    }

    /// Where a list is not whole, the resource may well exist.
    fn missing(&self, estate: &Estate, kind: &str, all: &[(usize, &Entry)]) -> Failure {
        let gap = estate.lists(kind).find_map(|(_, missing)| missing.map(ToString::to_string));
        let error = anyhow!("there is no {kind} `{}` in the estate", self.resource);
        if estate.lists(kind).next().is_none() {
            let hint = "collect the snapshot again, with this policy loaded";
            let error = anyhow!("could not verify whether there is: the snapshot holds no list of them").context(error);
            return Failure::new(ExitCode::Unverified, error).hint(hint.to_owned());
        }
        if let Some(gap) = gap {
            let error = anyhow!("could not verify whether there is: {gap}").context(error);
            return Failure::new(ExitCode::Unverified, error);
        }
        let elsewhere: Vec<&str> = all
            .iter()
            .filter(|(_, entry)| *entry.id == *self.resource || *entry.name == *self.resource)
            .map(|(_, entry)| &*entry.region)
            .collect();
        if !elsewhere.is_empty() {
            return Failure::usage(error).hint(format!("it is in {}", elsewhere.join(", ")));
        }
        let words = all.iter().flat_map(|(_, entry)| [&*entry.id, &*entry.name]);
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        Failure::usage(error).hint(suggest(&self.resource, words))
    }

    fn ambiguous(&self, several: &[(usize, &Entry)]) -> Failure {
        let error = anyhow!("`{}` is the name of {} resources", self.resource, several.len());
        let one_account =
            several.iter().all(|(_, entry)| several.first().is_some_and(|(_, first)| first.account == entry.account));
        several.iter().take(10).fold(Failure::usage(error), |failure, (_, entry)| {
            let account = if one_account { String::new() } else { format!(" --account {}", entry.account) };
            failure.hint(format!("choose with `{} {} --region {}{account}`", self.policy, entry.id, entry.region))
        })
    }
}
