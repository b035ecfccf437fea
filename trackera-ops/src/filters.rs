//! Looking at a part: which policies, which kinds, which rows.
//!
//! A filter that matches nothing is a mistake, because an empty report looks like good news.

use anyhow::anyhow;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use trackera_core::identity::matches;
use trackera_core::policy::{Drafts, Policy, PolicySet, PolicyText, Severity};
use trackera_core::source::suggest;
use trackera_core::verdict::{Assessment, Brief, Summary, Verdict};

use crate::failure::Failure;

/// Stands for a whole list, or for regions that could not be told.
const WHOLE: &str = "*";

/// How much was asked for, which decides how much a good report says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Every policy, and every resource that was seen.
    Everything,
    /// Less than that.
    Part {
        /// How many policies have no row in the part that was asked for.
        silent: usize,
    },
}

/// Which policies are wanted; `*` and `?` are patterns.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct PolicyFilters {
    /// Only these policies.
    #[arg(id = "policy", long, value_name = "ID", value_delimiter = ',')]
    policies: Vec<String>,
    /// Only policies about these kinds of resources.
    #[arg(id = "kind", long, value_name = "KIND", value_delimiter = ',')]
    kinds: Vec<String>,
    /// Only policies of these severities.
    #[arg(id = "severity", long, value_name = "SEVERITY", value_delimiter = ',', value_parser = severities())]
    severities: Vec<Severity>,
}

/// Which part of the report is wanted; `*` and `?` are patterns.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct Filters {
    #[command(flatten)]
    policies: PolicyFilters,
    /// Only resources in these regions; `global` for those that belong to none.
    #[arg(id = "region", long, value_name = "REGION", value_delimiter = ',')]
    regions: Vec<String>,
    /// Only resources whose id or name matches.
    #[arg(id = "resource", long, value_name = "PATTERN", value_delimiter = ',')]
    resources: Vec<String>,
}

impl PolicyFilters {
    fn wants(&self, policy: &str, kind: &str, severity: Severity) -> bool {
        any(&self.policies, policy)
            && any(&self.kinds, kind)
            && (self.severities.is_empty() || self.severities.contains(&severity))
    }

    fn is_empty(&self) -> bool {
        self.policies.is_empty() && self.kinds.is_empty() && self.severities.is_empty()
    }

    /// The kinds that wanted policies judge, before any of them was checked.
    fn kinds<'d>(&self, drafts: &'d Drafts<'_>) -> impl Iterator<Item = &'d str> {
        let wanted = |text: &&PolicyText| self.wants(text.id.value(), text.resource.value(), text.severity);
        drafts.policies().filter(wanted).map(|text| text.resource.value().as_str())
    }

    /// Keeps the policies that are wanted, and so saves the calls that only the others need.
    ///
    /// # Errors
    /// Fails when a filter matches no policy, and names the nearest.
    pub(crate) fn keep(&self, set: &mut PolicySet) -> Result<(), Failure> {
        let ids: Vec<&str> = set.policies.iter().map(|policy| policy.id.as_ref()).collect();
        self.policies.iter().try_for_each(|wanted| known("policy", wanted, &ids))?;
        let mut kinds: Vec<&str> = set.policies.iter().map(|policy| policy.kind.name.as_ref()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        self.kinds.iter().try_for_each(|wanted| known("kind with a policy", wanted, &kinds))?;
        set.retain(|policy: &Policy| self.wants(&policy.id, &policy.kind.name, policy.severity));
        if set.policies.is_empty() {
            return Err(Failure::usage(anyhow!("no policy matches all of the filters")));
        }
        Ok(())
    }
}

impl Filters {
    /// The kinds that wanted policies judge, before any of them was checked.
    pub(crate) fn kinds<'d>(&self, drafts: &'d Drafts<'_>) -> impl Iterator<Item = &'d str> {
        self.policies.kinds(drafts)
    }

    /// Tells whether a row is wanted, also one of a policy that is not loaded.
    pub(crate) fn wants(&self, row: &Brief<'_>) -> bool {
        self.policies.wants(row.policy, row.kind, row.severity) && self.wants_row(row)
    }

    fn wants_row(&self, row: &Brief<'_>) -> bool {
        self.wants_region(row) && self.wants_resource(row)
    }

    /// Keeps the policies that are wanted, as [`PolicyFilters::keep`] does.
    ///
    /// # Errors
    /// Fails when a filter matches no policy, and names the nearest.
    pub(crate) fn keep_policies(&self, set: &mut PolicySet) -> Result<(), Failure> {
        self.policies.keep(set)
    }

    /// Keeps the rows that are wanted. A list that could not be read may hide any of them, so its row stays.
    ///
    /// # Errors
    /// Fails when a filter matches no row, and names the nearest.
    pub(crate) fn keep_rows(&self, assessment: &mut Assessment<'_>) -> Result<(), Failure> {
        for wanted in &self.regions {
            let regions: Vec<&str> = assessment.briefs().map(|row| row.region).collect();
            known_row("region", wanted, &regions, assessment)?;
        }
        for wanted in &self.resources {
            let names: Vec<&str> = assessment.briefs().flat_map(|row| [row.id, row.name]).collect();
            known_row("resource", wanted, &names, assessment)?;
        }
        if !self.regions.is_empty() || !self.resources.is_empty() {
            assessment.retain(|row| self.wants_row(row));
        }
        if assessment.is_empty() {
            return Err(Failure::usage(anyhow!("no resource matches all of the filters")));
        }
        Ok(())
    }

    /// Tells how much is left when the policies and rows have been kept.
    pub(crate) fn asked(&self, set: &PolicySet, summary: &Summary) -> Asked {
        if self.policies.is_empty() && self.regions.is_empty() && self.resources.is_empty() {
            return Asked::Everything;
        }
        Asked::Part { silent: set.policies.len().saturating_sub(summary.policies) }
    }

    fn wants_region(&self, row: &Brief<'_>) -> bool {
        let may_hide = row.verdict == Verdict::Unknown && row.region == WHOLE;
        self.regions.is_empty() || may_hide || self.regions.iter().any(|one| matches(one, row.region))
    }

    fn wants_resource(&self, row: &Brief<'_>) -> bool {
        let matches_row = |one: &String| matches(one, row.id) || matches(one, row.name);
        match (self.resources.is_empty(), row.id == WHOLE) {
            (true, _) => true,
            (false, true) => row.verdict == Verdict::Unknown,
            (false, false) => self.resources.iter().any(matches_row),
        }
    }
}

/// Tells whether one of the patterns matches, or there is none.
fn any(patterns: &[String], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, text))
}

/// A word that matches nothing is a mistake only where nothing can be hidden.
fn known_row(what: &str, wanted: &str, seen: &[&str], assessment: &Assessment<'_>) -> Result<(), Failure> {
    let may_hide = assessment.briefs().any(|row| row.verdict == Verdict::Unknown && row.id == WHOLE);
    if may_hide { Ok(()) } else { known(what, wanted, seen) }
}

/// Complains about a pattern that matches none of the words.
fn known(what: &str, wanted: &str, words: &[&str]) -> Result<(), Failure> {
    if words.iter().any(|word| matches(wanted, word)) {
        return Ok(());
    }
    let mut words: Vec<&str> = words.iter().copied().filter(|word| !word.is_empty() && *word != WHOLE).collect();
    words.sort_unstable();
    words.dedup();
    Err(Failure::usage(anyhow!("there is no {what} `{wanted}`")).hint(suggest(wanted, words)))
}

/// The words for severities; the parser offers the nearest for a misspelt one.
fn severities() -> impl TypedValueParser<Value = Severity> {
    let all = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    PossibleValuesParser::new(all.map(Severity::word))
        .try_map(move |text| all.into_iter().find(|severity| severity.word() == text).ok_or("no severity"))
}
