//! The findings as agents wrote them down: their logs are read, and folded as the agents themselves fold them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use trackera_core::verdict::Verdict;
use trackera_journal::entry::Entry;
use trackera_journal::fold::{Told, fold};
use trackera_watch::findings::{Finding, Stage};
use trackera_watch::record::{Announced, FindingKey, Record};
use trackera_watch::state::{self, State};

use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::world;

/// Where the agent keeps its log unless it is told otherwise.
const USUAL_JOURNAL: &str = "/var/lib/trackera/journal";
/// The shortest beginning of a digest that names a finding.
const SHORTEST: usize = 6;

/// Which logs.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Logs {
    /// The directory of an agent's log, usually `/var/lib/trackera/journal`; may be given more than once.
    #[arg(long, value_name = "DIRECTORY", env = "TRACKERA_JOURNAL")]
    journal: Vec<PathBuf>,
}

/// A record with the place that it stands in.
pub(crate) struct Recorded {
    /// The directory of the log.
    pub(crate) log: String,
    /// Its place there.
    pub(crate) sequence: u64,
    /// The epoch that it was written under.
    pub(crate) epoch: u64,
    /// When it was written.
    pub(crate) at: Timestamp,
    /// What it says.
    pub(crate) record: Record,
}

/// One finding as it stands now.
#[derive(Debug)]
pub(crate) struct Standing {
    /// Whose it is.
    pub(crate) share: String,
    /// What makes it the same finding.
    pub(crate) key: FindingKey,
    /// Where it stands.
    pub(crate) finding: Finding,
}

impl Logs {
    /// Reads the logs, in the order of their leases.
    ///
    /// # Errors
    /// Fails when none is named. What is damaged, or not understood to its end, proves nothing about what is open.
    pub(crate) fn read(&self) -> Result<Vec<Recorded>, Failure> {
        if self.journal.is_empty() {
            let hint = format!("the agent keeps its log in `{USUAL_JOURNAL}`: name it with --journal");
            return Err(Failure::usage(anyhow!("no journal is named")).hint(hint));
        }
        let mut logs = Vec::new();
        for directory in &self.journal {
            logs.push((directory.display().to_string(), entries(directory)?));
        }
        let told = fold(logs).into_iter();
        told.filter_map(|Told { origin, entry }| recorded(&origin, entry).transpose()).collect()
    }
}

fn entries(directory: &Path) -> Result<Vec<Entry>, Failure> {
    let reader = world::journal(directory).ok_or_else(|| {
        let error = anyhow!("there is no journal in `{}`", directory.display());
        Failure::usage(error).hint(format!("the agent keeps its log in `{USUAL_JOURNAL}`"))
    })?;
    let mut entries = Vec::new();
    reader.entries(|entry| entries.push(entry)).map_err(|error| {
        let hint = "`trackera-ops journal verify` names everything that is wrong with it".to_owned();
        let error = anyhow::Error::new(error).context(format!("cannot rely on the journal `{}`", directory.display()));
        Failure::new(ExitCode::Unverified, error).hint(hint)
    })?;
    Ok(entries)
}

/// The record in an entry of a log; other kinds of entries say nothing of findings.
///
/// # Errors
/// Fails for a record that this program does not understand.
pub(crate) fn recorded(log: &str, entry: Entry) -> Result<Option<Recorded>, Failure> {
    if !Record::KINDS.contains(&entry.kind.name()) {
        return Ok(None);
    }
    let Entry { sequence, epoch, at, .. } = entry;
    let record = Record::from_body(entry.body.get()).with_context(|| format!("entry {sequence} of `{log}`"));
    let record = record.map_err(|error| Failure::new(ExitCode::Unverified, error))?;
    Ok(Some(Recorded { log: log.to_owned(), sequence, epoch, at, record }))
}

/// The state of every share.
pub(crate) fn shares(recorded: &[Recorded]) -> std::collections::BTreeMap<String, State> {
    let entry = |one: &Recorded| state::Entry {
        epoch: one.epoch,
        agent: one.log.clone(),
        sequence: one.sequence,
        record: one.record.clone(),
    };
    state::shares(recorded.iter().map(entry).collect())
}

/// Every finding of every share that is open, or was and is not forgotten, the worst first and of those the oldest.
pub(crate) fn standings(recorded: &[Recorded]) -> Vec<Standing> {
    let mut standings: Vec<Standing> = Vec::new();
    for (share, state) in shares(recorded) {
        let ever = state.findings.iter().filter(|(_, finding)| finding.opening > 0);
        standings.extend(ever.map(|(key, finding)| Standing {
            share: share.clone(),
            key: key.clone(),
            finding: finding.clone(),
        }));
    }
    standings.sort_by_cached_key(|one| {
        let seen = one.finding.seen.as_ref();
        let verdict = seen.map(|seen| seen.verdict != Verdict::Fail);
        (!one.is_open(), seen.map(|seen| seen.severity), verdict, one.since(), one.key.clone())
    });
    standings
}

impl Standing {
    /// Tells whether it is open.
    pub(crate) fn is_open(&self) -> bool {
        self.finding.open_since().is_some()
    }

    /// Since when it is as it is.
    pub(crate) fn since(&self) -> Option<Timestamp> {
        match self.finding.stage {
            Stage::Open(since) | Stage::Closed(since, _) => Some(since),
            Stage::Doubtful => None,
        }
    }

    /// Whether it fails; otherwise it could not be verified.
    fn fails(&self) -> bool {
        self.finding.seen.as_ref().is_none_or(|seen| seen.verdict == Verdict::Fail)
    }
}

/// How a command ends that found these open: a broken rule outranks what could not be verified.
pub(crate) fn outcome<'a>(open: impl IntoIterator<Item = &'a Standing>) -> ExitCode {
    let worst = open.into_iter().filter(|one| one.is_open()).map(|one| match one.fails() {
        true => ExitCode::Failed,
        false => ExitCode::Unverified,
    });
    // The codes stand in the order of their numbers, and failed before unverified.
    worst.min().unwrap_or(ExitCode::Good)
}

/// Finds the one finding that is meant.
///
/// # Errors
/// Fails when there is none, or more than one.
pub(crate) fn find<'a>(standings: &'a [Standing], id: &str) -> Result<&'a Standing, Failure> {
    only(standings.iter(), |one| &one.key, id)
}

/// Finds the one finding that is meant among all that logs ever told of: what is long over is remembered there alone.
///
/// # Errors
/// Fails when there is none, or more than one.
pub(crate) fn ever<'a>(recorded: &'a [Recorded], id: &str) -> Result<&'a FindingKey, Failure> {
    let keys = recorded.iter().filter_map(|one| match &one.record {
        Record::Finding(change) => Some(&change.finding),
        Record::Announcement(_) | Record::Observation(_) | Record::Life(_) => None,
    });
    only(keys.collect::<BTreeSet<_>>().into_iter(), |key| key, id)
}

fn only<T: Copy>(all: impl Iterator<Item = T>, key: impl Fn(&T) -> &FindingKey, id: &str) -> Result<T, Failure> {
    let meant: Vec<T> = all.filter(|one| is_meant(key(one), id)).collect();
    match meant.as_slice() {
        [one] => Ok(*one),
        [] => {
            let hint = "write its id, or the first digits of it, or `POLICY/RESOURCE`; `finding list --all` shows them";
            Err(Failure::usage(anyhow!("there is no finding `{id}`")).hint(hint.to_owned()))
        }
        several => {
            let ids: Vec<String> = several.iter().map(|one| key(one).digest()).collect();
            Err(Failure::usage(anyhow!("several findings are meant by `{id}`"))
                .hint(format!("one of {}", ids.join(", "))))
        }
    }
}

/// Tells whether a finding is meant: by the beginning of its digest, or by its policy and its resource.
fn is_meant(key: &FindingKey, id: &str) -> bool {
    let is_digest = id.len() >= SHORTEST && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let names = id.strip_prefix(key.policy.as_str()).and_then(|rest| rest.strip_prefix('/'));
    names == Some(key.id.as_str()) || is_digest && key.digest().starts_with(&id.to_ascii_lowercase())
}

/// Everything that happened to a finding, in its order: its changes, and what was told of it to whom.
pub(crate) fn history<'a>(recorded: &'a [Recorded], key: &FindingKey) -> Vec<&'a Recorded> {
    let mut announcements: Vec<&str> = Vec::new();
    let mut history = Vec::new();
    for one in recorded {
        let is_about = match &one.record {
            Record::Finding(change) => change.finding == *key,
            Record::Announcement(Announced::Intended(announcement)) => {
                let is_told = announcement.items.iter().any(|item| item.finding == *key);
                announcements.extend(is_told.then_some(announcement.key.as_str()));
                is_told
            }
            Record::Announcement(Announced::Delivered { key, .. } | Announced::Failed { key, .. }) => {
                announcements.contains(&key.as_str())
            }
            Record::Observation(_) | Record::Life(_) => false,
        };
        history.extend(is_about.then_some(one));
    }
    history
}
