//! Looks at the estate: collects what policies demand, judges it, and keeps what it was judged by.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;
use trackera_core::company::Company;
use trackera_core::estate::{Estate, Snapshot};
use trackera_core::policy::PolicySet;
use trackera_core::recovery::drill::{Drill, with_drills};
use trackera_core::resource::{Drill as DrillResource, ErrorClass, Gap, Kind as _, Resource};
use trackera_core::verdict::{Assessment, Circumstances, Verdict};
use trackera_journal::digest::Digest;
use trackera_journal::evidence::Evidence;
use trackera_journal::fs::Disk;
use trackera_journal::reader::Reader;
use trackera_operations::drill::history;
use trackera_watch::events::Want;
use trackera_watch::findings::{Findings, sightings};
use trackera_watch::places::Places;
use trackera_watch::watch::Looked;

use crate::world::Reading;

/// So many gaps are told of one look.
const MOST_GAPS: usize = 100;

/// What is in force, as far as looking needs it.
#[derive(Debug)]
pub(crate) struct Rulebook {
    pub(crate) set: PolicySet,
    pub(crate) company: Company,
    /// The regions that this agent looks at; none means all that are enabled.
    pub(crate) regions: Vec<String>,
    pub(crate) drills: Drills,
}

/// The declared drills, and the journal that tells what they showed.
#[derive(Debug)]
pub(crate) struct Drills {
    pub(crate) declared: Vec<Drill>,
    /// The directory of the journal; none is declared where nobody says who does them.
    pub(crate) journal: Option<PathBuf>,
}

impl Drills {
    /// Adds them to what was read. What a journal tells that cannot be relied on is unknown.
    fn within(&self, snapshot: Snapshot) -> Result<Snapshot, serde_json::Error> {
        let written = self.journal.as_deref().filter(|directory| directory.join("segments").is_dir());
        let history = written.map(|directory| history(&Reader::new(Arc::new(Disk), directory))).transpose();
        let history = history.unwrap_or_else(|error| {
            tracing::warn!("what drills showed is unknown: {}", super::words(&error));
            None
        });
        with_drills(snapshot, &self.declared, history.as_ref())
    }
}

/// A look that is to be made.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) id: u64,
    pub(crate) want: Want,
    pub(crate) at: Timestamp,
    /// The findings when it began: rows that are in order matter only for these.
    pub(crate) findings: Findings,
}

/// What a look gave.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) looked: Looked,
    /// The digests of all evidence that was kept, the first of them that of the rest.
    pub(crate) evidence: Vec<Digest>,
    /// What each policy said: how many rows of each verdict. Only policies that were looked at everywhere are told.
    pub(crate) tally: BTreeMap<String, BTreeMap<Verdict, u64>>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) accounts: BTreeSet<String>,
    /// How many calls were made.
    pub(crate) calls: u64,
}

/// Makes a look, and gives what is to be told of it.
///
/// # Errors
/// Fails when the estate is a stranger's, and where the program itself is wrong; what cannot be read is no error.
pub(crate) async fn look(
    look: Look,
    (rulebook, reading): (Arc<Rulebook>, Arc<Reading>),
    evidence: Option<Evidence>,
) -> anyhow::Result<Seen> {
    let part = rulebook.set.part(|policy| look.want.contains_key(&*policy.id));
    let regions = regions(&look.want, &rulebook.regions);
    let (snapshot, calls) = reading.collect(&rulebook.company, part.demand(), (&regions, look.at)).await?;
    let judging = tokio::task::spawn_blocking(move || judge(look, &rulebook, (part, snapshot), evidence));
    Ok(Seen { calls, ..judging.await.context("a look could not be judged")?? })
}

/// The regions of a look: those of the places, if all of them have one.
fn regions(want: &Want, own: &[String]) -> Vec<String> {
    let mut regions = BTreeSet::new();
    for places in want.values() {
        let Places::At(places) = places else { return own.to_vec() };
        for place in places {
            match &place.region {
                Some(region) => regions.insert(region.clone()),
                None => return own.to_vec(),
            };
        }
    }
    regions.into_iter().collect()
}

fn judge(
    look: Look,
    rulebook: &Rulebook,
    (set, snapshot): (PolicySet, Snapshot),
    evidence: Option<Evidence>,
) -> anyhow::Result<Seen> {
    let company = &rulebook.company;
    let declared: Vec<&str> = company.accounts.iter().map(|account| account.id.value().as_str()).collect();
    let accounts: BTreeSet<String> =
        snapshot.accounts.iter().map(|seen| seen.account.clone()).filter(|account| account != "*").collect();
    if let Some(stranger) = accounts.iter().find(|seen| !declared.is_empty() && !declared.contains(&seen.as_str())) {
        anyhow::bail!("the estate is of account `{stranger}`, which the configuration does not declare");
    }
    let asks_for_drills = set.demand().wants_kind(DrillResource::NAME);
    let snapshot = if asks_for_drills { rulebook.drills.within(snapshot)? } else { snapshot };
    let kept = evidence.map(|evidence| keep(&evidence, &snapshot)).transpose().unwrap_or_else(|error| {
        tracing::warn!("evidence cannot be kept: {error:#}");
        None
    });
    let kept = kept.unwrap_or_default();
    let gaps = snapshot.gaps.clone();
    let estate = Estate::of(&set.schema, snapshot).context("the estate cannot be used")?;
    let circumstances = Circumstances { estate: &estate, company, now: look.at };
    let mut assessment = Assessment::new(&set, &circumstances);
    let everywhere = |policy: &str| matches!(look.want.get(policy), Some(Places::Everywhere));
    let mut tally: BTreeMap<String, BTreeMap<Verdict, u64>> = BTreeMap::new();
    let mut counts = [0_u64; 2];
    for brief in assessment.briefs() {
        counts[0] += u64::from(brief.verdict == Verdict::Fail);
        counts[1] += u64::from(brief.verdict == Verdict::Unknown);
        if everywhere(brief.policy) {
            *tally.entry(brief.policy.to_owned()).or_default().entry(brief.verdict).or_default() += 1;
        }
    }
    let throttled = gaps.iter().filter(|gap| gap.error_class == ErrorClass::Throttled).count();
    let looked = Looked {
        id: look.id,
        sightings: sightings(&mut assessment, &look.findings),
        evidence: kept.first().map(ToString::to_string).unwrap_or_default(),
        counts: [counts[0], counts[1], u64::try_from(gaps.len()).unwrap_or(u64::MAX)],
        throttled: u64::try_from(throttled).unwrap_or(u64::MAX),
    };
    Ok(Seen { looked, evidence: kept, tally, gaps: gaps.into_iter().take(MOST_GAPS).collect(), accounts, calls: 0 })
}

/// What a look was judged by: everything but the resources, and the digests of those by kind. What did not change is
/// kept once, whatever the rest did.
#[derive(Serialize)]
struct Manifest<'a> {
    version: u32,
    collected_at: Timestamp,
    accounts: &'a [trackera_core::estate::CollectedAccount],
    lists: &'a [trackera_core::estate::List],
    gaps: &'a [Gap],
    reports: &'a [trackera_core::estate::PreparedReport],
    resources: BTreeMap<&'a str, Digest>,
}

/// Keeps a snapshot by kinds, so that no more than one kind is in memory twice.
fn keep(evidence: &Evidence, snapshot: &Snapshot) -> anyhow::Result<Vec<Digest>> {
    let mut kinds: BTreeMap<&str, Vec<&Resource>> = BTreeMap::new();
    for resource in &snapshot.resources {
        kinds.entry(resource.kind.as_ref()).or_default().push(resource);
    }
    let mut resources = BTreeMap::new();
    for (kind, of_kind) in kinds {
        let mut lines = Vec::new();
        for resource in of_kind {
            serde_json::to_writer(&mut lines, resource)?;
            lines.push(b'\n');
        }
        resources.insert(kind, evidence.keep(&lines)?.digest);
    }
    let Snapshot { version, collected_at, accounts, lists, gaps, reports, .. } = snapshot;
    let digests: Vec<Digest> = resources.values().copied().collect();
    let manifest =
        Manifest { version: *version, collected_at: *collected_at, accounts, lists, gaps, reports, resources };
    let first = evidence.keep(&serde_json::to_vec(&manifest)?)?.digest;
    Ok(std::iter::once(first).chain(digests).collect())
}
