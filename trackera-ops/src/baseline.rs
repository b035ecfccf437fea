//! What changed since an earlier report.
//!
//! A baseline takes away what was known before, and nothing else: what is new or worse stays, and so does what cannot
//! be looked for any more. The only verdict that is given here is `unknown`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value as Json;
use trackera_core::estate::Estate;
use trackera_core::policy::{Controls, PolicySet, Severity};
use trackera_core::resource::Gap;
use trackera_core::verdict::{REPORT_VERSION, Report, ResourceRef, Row, Summary, Verdict};

use crate::failure::Failure;
use crate::world;

/// The largest report that is read, in bytes.
const MAX_REPORT: u64 = 1 << 30;
/// Stands for a whole list, and for every account or region.
const WHOLE: &str = "*";

/// What became of a row since the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The baseline does not have it.
    New,
    /// Its verdict was another one.
    Changed {
        /// The verdict in the baseline.
        was: Verdict,
    },
    /// It failed before, and items break the rule now that did not then.
    Worse,
    /// It is as it was.
    Unchanged,
    /// Only the baseline has it.
    Gone,
}

/// An earlier report.
#[derive(Debug)]
pub(crate) struct Baseline {
    checked_at: Timestamp,
    rows: BTreeMap<String, Row>,
    gaps: BTreeSet<Gap>,
}

/// What changed, and how much did not.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// The moment of the earlier report.
    pub(crate) checked_at: Timestamp,
    /// Rows that only the baseline has and that were no good news there, as they were.
    pub(crate) gone: Vec<Row>,
    /// How many rows have the verdict that they had, and how many gaps are not new.
    pub(crate) unchanged: Summary,
    /// How many rows are new and kept, or were kept and are gone.
    pub(crate) kept: usize,
    /// Policies of the baseline that are not loaded any more.
    pub(crate) lost_policies: BTreeSet<String>,
    before: BTreeMap<String, Row>,
    gaps: BTreeSet<Gap>,
}

/// The name that a row has in every report: the resource's id comes last, because it may hold anything.
pub(crate) fn identity(row: &Row) -> String {
    let ResourceRef { kind, id, account, region, .. } = &row.resource;
    format!("{}/{account}/{region}/{kind}/{id}", row.policy)
}

/// Tells whether a verdict is worth a word when its row comes or goes.
fn matters(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Unknown | Verdict::Waived)
}

/// What broke the rule; an item with an id is known by it, because its other fields may change from day to day.
fn items(row: &Row) -> BTreeSet<String> {
    row.offending.iter().map(|item| item.get("id").unwrap_or(item).to_string()).collect()
}

impl Baseline {
    /// Reads a report that `check --output json` printed.
    ///
    /// # Errors
    /// Fails when the file is no whole report of the version that this build writes.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = world::read(path, MAX_REPORT).map_err(anyhow::Error::new);
        let parsed = bytes.and_then(|bytes| parse(&bytes));
        parsed.with_context(|| format!("cannot use the baseline `{}`", path.display())).map_err(|error| {
            let hint = "make one with `trackera-ops check --output json > FILE`";
            Failure::usage(error).hint(hint.to_owned())
        })
    }

    /// Holds a report against the baseline. What the baseline has, and what nobody could look for now, is added to the
    /// report as unknown.
    ///
    /// `wanted` tells whether a row belongs to what was asked for.
    pub(crate) fn compare(
        mut self,
        report: &mut Report,
        (set, estate): (&PolicySet, &Estate),
        wanted: impl Fn(&Row) -> bool,
    ) -> Comparison {
        self.rows.retain(|_, row| wanted(row));
        let present: BTreeSet<String> = report.verdicts.iter().map(identity).collect();
        let absent = self.rows.iter().filter(|(identity, _)| !present.contains(*identity)).map(|(_, row)| row);
        let (mut gone, mut kept, mut lost_policies) = (Vec::new(), 0, BTreeSet::new());
        let mut unseen = BTreeMap::new();
        for row in absent {
            let is_loaded = set.policy(&row.policy).is_some();
            if is_loaded && !was_looked_for(row, estate) {
                let row = Self::unseen(row, report);
                unseen.extend(row.map(|row| (identity(&row), row)));
                continue;
            }
            if !is_loaded {
                lost_policies.insert(row.policy.to_string());
            }
            if matters(row.verdict) { gone.push(row.clone()) } else { kept += 1 }
        }
        report.verdicts.extend(unseen.into_values());
        report.retain(|_| true);
        let mut comparison = Comparison {
            checked_at: self.checked_at,
            gone,
            unchanged: Summary::default(),
            kept,
            lost_policies,
            before: self.rows,
            gaps: self.gaps,
        };
        comparison.count(report);
        comparison
    }

    /// What to say of a row that nobody could look for: by itself when it was no good news, and otherwise once for the
    /// place, unless the report says so already.
    fn unseen(row: &Row, report: &Report) -> Option<Row> {
        let mut row = row.clone();
        let place = format!("{} in {}", row.resource.kind, row.resource.region);
        let reason = if matters(row.verdict) {
            format!("it was not seen, and {place} could not be listed whole")
        } else {
            row.resource.id = WHOLE.to_owned();
            row.resource.name = String::new();
            format!("{place} was looked at for the baseline, and not now")
        };
        let tells = |other: &Row| {
            let covers = |place: &str, own: &str| place == WHOLE || place == own;
            (other.verdict, &other.policy, other.resource.id.as_str()) == (Verdict::Unknown, &row.policy, WHOLE)
                && covers(&other.resource.account, &row.resource.account)
                && covers(&other.resource.region, &row.resource.region)
        };
        if row.resource.id == WHOLE && report.verdicts.iter().any(tells) {
            return None;
        }
        let reason = format!("could not verify: {reason}");
        Some(Row { verdict: Verdict::Unknown, reason, observed: BTreeMap::new(), offending: Vec::new(), ..row })
    }
}

/// Tells whether the place of a row was listed whole, so that its absence means that it is gone.
fn was_looked_for(row: &Row, estate: &Estate) -> bool {
    let ResourceRef { kind, account, region, .. } = &row.resource;
    let covers = |place: &str, own: &str| place == WHOLE || place == own;
    let lists = estate.lists(kind).filter(|((at, within), _)| covers(account, at) && covers(region, within));
    let mut missing = lists.map(|(_, missing)| missing.is_some()).peekable();
    missing.peek().is_some() && (row.resource.id == WHOLE || !missing.any(|is_missing| is_missing))
}

impl Comparison {
    /// What became of a row of the report.
    pub(crate) fn change(&self, row: &Row) -> Change {
        match self.before.get(&identity(row)) {
            None => Change::New,
            Some(before) if before.verdict != row.verdict => Change::Changed { was: before.verdict },
            Some(before) if row.verdict == Verdict::Fail && !items(row).is_subset(&items(before)) => Change::Worse,
            Some(_) => Change::Unchanged,
        }
    }

    /// The part of a report that changed.
    pub(crate) fn changed(&self, report: &Report) -> Report {
        let mut changed = report.clone();
        changed.gaps.retain(|gap| !self.gaps.contains(gap));
        changed.retain(|row| match self.change(row) {
            Change::New => matters(row.verdict),
            Change::Changed { .. } | Change::Worse => true,
            Change::Unchanged | Change::Gone => false,
        });
        changed
    }

    fn count(&mut self, report: &Report) {
        let mut unchanged = report.clone();
        unchanged.gaps.retain(|gap| self.gaps.contains(gap));
        unchanged.retain(|row| self.change(row) == Change::Unchanged);
        self.unchanged = unchanged.summary;
        let is_new_and_kept = |row: &&Row| self.change(row) == Change::New && !matters(row.verdict);
        self.kept += report.verdicts.iter().filter(is_new_and_kept).count();
    }
}

/// A report as it was written; fields that later builds may add are no mistake.
#[derive(Deserialize)]
struct Written {
    checked_at: Timestamp,
    verdicts: Vec<WrittenRow>,
    gaps: Vec<Gap>,
    #[serde(default)]
    baseline: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct WrittenRow {
    policy: String,
    severity: Severity,
    verdict: Verdict,
    resource: WrittenResource,
    reason: String,
    observed: BTreeMap<String, Json>,
    offending: Vec<Json>,
    controls: Controls,
}

#[derive(Deserialize)]
struct WrittenResource {
    kind: String,
    id: String,
    name: String,
    account: String,
    region: String,
}

fn parse(bytes: &[u8]) -> anyhow::Result<Baseline> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let Versioned { version } = serde_json::from_slice(bytes)?;
    if version != REPORT_VERSION {
        return Err(anyhow!("it has version {version}, but this build reads version {REPORT_VERSION}"));
    }
    let written: Written = serde_json::from_slice(bytes)?;
    if written.baseline.is_some() {
        return Err(anyhow!(
            "it holds only what changed since another report; take one that was made without --baseline"
        ));
    }
    let mut rows = BTreeMap::new();
    for row in written.verdicts.into_iter().map(Row::from) {
        if let Some(twice) = rows.insert(identity(&row), row) {
            return Err(anyhow!("it has two verdicts of `{}` about `{}`", twice.policy, twice.resource.id));
        }
    }
    Ok(Baseline { checked_at: written.checked_at, rows, gaps: written.gaps.into_iter().collect() })
}

impl From<WrittenRow> for Row {
    fn from(row: WrittenRow) -> Self {
        let WrittenResource { kind, id, name, account, region } = row.resource;
        Self {
            policy: row.policy.into(),
            severity: row.severity,
            verdict: row.verdict,
            resource: ResourceRef { kind: kind.into(), id, name, account, region },
            reason: row.reason,
            observed: row.observed,
            offending: row.offending,
            controls: row.controls,
        }
    }
}
