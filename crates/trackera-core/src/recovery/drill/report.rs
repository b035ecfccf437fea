//! What came of a drill, as it stands in the journal: figures and names, never what the database holds.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Drill;
use crate::recovery::verification::{Check, CheckResult, CheckState, Verdict, judge};
use crate::time;

/// The version of the form.
pub const REPORT_VERSION: u32 = 1;

/// What came of a drill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The version of the form.
    pub version: u32,
    /// The drill.
    pub drill: String,
    /// The run.
    pub run: String,
    /// The hash of the plan that was run.
    pub plan: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// What was restored; none when no backup was found.
    pub backup: Option<Backup>,
    /// How long each step took, in their order.
    pub phases: Vec<Phase>,
    /// The recovery time, from the beginning to verified content, in seconds; none when that was never reached.
    pub rta_seconds: Option<i64>,
    /// The age of the newest content at the beginning, in seconds; none when it could not be told.
    pub rpa_seconds: Option<i64>,
    /// The objectives, in seconds: recovery time and recovery point.
    pub objectives: [i64; 2],
    /// Every check with its figures.
    pub checks: Vec<CheckResult>,
    /// What all of it means.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub said: String,
    /// Whether the copy was damaged on purpose besides, for the checks to find it.
    pub negative_control: bool,
    /// Whether everything that the drill made was seen to be gone.
    pub is_gone: bool,
    /// What it cost, in euros, as far as that can be estimated.
    pub euros: Option<f64>,
    /// Which part of the objects was looked at; none where a drill always looks at everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
}

/// Which part of all objects a run looked at, besides everything that was new. The next run takes the next part when this
/// one has passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// The part, counted from 0.
    pub part: u32,
    /// How many parts there are.
    pub parts: u32,
    /// How many objects there were in all parts.
    pub objects: u64,
    /// The digest of what was seen of objects that carry no checksum of their own; the content is evidence of the journal.
    pub record: Option<String>,
}

/// A backup, by what identifies it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// Its address: an object with its version, or an ARN.
    pub name: String,
    /// The region that it was taken from.
    pub region: String,
    /// When its content was current.
    pub taken_at: Option<Timestamp>,
    /// How many bytes it has, where that is known.
    pub bytes: Option<u64>,
    /// The SHA-256 of what was read, where bytes were read.
    pub sha256: Option<String>,
}

/// One step of a drill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// The step.
    pub name: String,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}

/// A report as it stands in an entry of a journal.
#[derive(Debug, Serialize, Deserialize)]
struct Body<R> {
    drill: R,
}

impl Report {
    /// The body of its entry.
    ///
    /// # Errors
    /// Never for what this program makes; the signature is that of the JSON writer.
    pub fn to_body(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(Body { drill: self })
    }

    /// Reads the body of an entry; none where the entry tells of no drill.
    ///
    /// # Errors
    /// Fails for a report of no form that this program knows.
    pub fn from_body(body: &str) -> Result<Option<Self>, serde_json::Error> {
        let value: serde_json::Value = serde_json::from_str(body)?;
        let Some(drill) = value.get("drill") else { return Ok(None) };
        Self::deserialize(drill).map(Some)
    }

    /// Judges what was seen: the checks, the objectives, and what is left. `failure` is why the run did not come to its end.
    pub fn judge(&mut self, drill: &Drill, failure: Option<&str>) {
        let judged = judge(&self.checks);
        let late = self.missed(drill);
        (self.verdict, self.said) = match (failure, judged) {
            (Some(failure), _) => (Verdict::CouldNotVerify, failure.to_owned()),
            (None, Verdict::Fail) => (Verdict::Fail, self.failed()),
            (None, _) if !late.is_empty() => (Verdict::Fail, late.join("; ")),
            (None, Verdict::Pass | Verdict::Partial(_)) if let Some(name) = self.unmeasured() => {
                (Verdict::CouldNotVerify, format!("{}, but the {name} could not be measured", self.proven()))
            }
            (None, other) => (other, self.proven()),
        };
        if !self.is_gone {
            self.said.push_str("; something that the drill made is still there");
        }
    }

    /// Whether damage that was done on purpose was found.
    pub fn found_damage(&self) -> bool {
        self.checks.iter().any(|check| check.check == Check::NegativeControl && check.state == CheckState::Pass)
    }

    /// The first objective that nothing could be held against.
    fn unmeasured(&self) -> Option<&'static str> {
        let figures = [("recovery time", self.rta_seconds), ("recovery point", self.rpa_seconds)];
        figures.into_iter().find_map(|(name, actual)| actual.is_none().then_some(name))
    }

    /// The objectives that were missed.
    fn missed(&self, drill: &Drill) -> Vec<String> {
        let figures = [("recovery time", self.rta_seconds, drill.rto), ("recovery point", self.rpa_seconds, drill.rpo)];
        let over = figures.into_iter().filter_map(|(name, actual, objective)| {
            let actual = SignedDuration::from_secs(actual?);
            let is_over = actual > objective;
            is_over
                .then(|| format!("the {name} was {}, and {} is allowed", time::format(actual), time::format(objective)))
        });
        over.collect()
    }

    fn failed(&self) -> String {
        let failed = self.checks.iter().filter(|check| check.state == CheckState::Fail);
        failed.map(|check| check.said.as_str()).collect::<Vec<_>>().join("; ")
    }

    fn proven(&self) -> String {
        let passed = self.checks.iter().filter(|check| check.state == CheckState::Pass).count();
        let open = self.checks.iter().filter(|check| check.state == CheckState::NotRun).count();
        match open {
            0 => format!("{passed} checks passed"),
            open => format!("{passed} checks passed, {open} could not be made"),
        }
    }
}
