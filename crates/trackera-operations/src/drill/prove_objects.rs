//! Reads the chosen objects to their end, in both places, and holds all of them against the list of their replica.
//!
//! It only reads: a run that was killed does it again, and nothing of an object stays on this machine.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trackera_core::company::database::BucketPlace;
use trackera_core::recovery::drill::Rotation;
use trackera_core::recovery::ports::{ObjectVersion, Objects, Stored};
use trackera_core::recovery::verification::CheckResult;
use trackera_journal::digest::Digest;

use super::choose_objects::ChosenObjects;
use super::memory::{Memory, MemoryError};
use super::objects::{Cannot, Copy, Limits, Pair, Pairs, Record, Seen, Tally, identity, part_of, read};
use super::proof::Durations;
use super::{arguments, output, read_trouble};
use crate::action::{Action, ActionError, Call, Looked, Nature, Permit};

/// How many objects are read at once.
const AT_ONCE: usize = 8;

/// The action `drill.prove_objects`.
pub(super) struct ProveObjects {
    pub(super) objects: Arc<dyn Objects>,
    pub(super) memory: Arc<dyn Memory>,
}

impl std::fmt::Debug for ProveObjects {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ProveObjects")
    }
}

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Prove {
    pub(super) place: BucketPlace,
    pub(super) replica: BucketPlace,
    pub(super) parts: u32,
    pub(super) chosen: ChosenObjects,
    pub(super) may_shrink: u32,
    pub(super) may_delete: u32,
    pub(super) rpo_seconds: i64,
    pub(super) damage: bool,
    pub(super) lost_at: Timestamp,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ObjectsProof {
    /// Every check.
    pub(super) checks: Vec<CheckResult>,
    /// Objects are of many moments.
    pub(super) taken_at: Option<Timestamp>,
    /// How long it took.
    pub(super) milliseconds: Durations,
    /// Where the next run goes on.
    pub(super) rotation: Rotation,
}

#[async_trait]
impl Action for ProveObjects {
    fn name(&self) -> &'static str {
        "drill.prove_objects"
    }

    fn nature(&self) -> Nature {
        Nature::read()
    }

    fn describe(&self, told: &Json) -> String {
        let bucket = |name: &str| told.pointer(&format!("/{name}/bucket")).and_then(Json::as_str).unwrap_or("?");
        format!(
            "read the chosen objects of `{}`, and hold all of them against `{}`",
            bucket("place"),
            bucket("replica")
        )
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["checks", "taken_at", "milliseconds", "rotation"]
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["place", "replica", "parts", "chosen", "may_shrink", "may_delete", "rpo_seconds", "damage", "lost_at"]
    }

    fn regions(&self, told: &Json) -> Vec<String> {
        let region = |name: &str| told.pointer(&format!("/{name}/region")).and_then(Json::as_str).map(str::to_owned);
        ["place", "replica"].into_iter().filter_map(region).collect()
    }

    async fn look(&self, _: &Call<'_>) -> Looked {
        Looked::Absent
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let prove: Prove = arguments(call.arguments)?;
        let begun = call.clock.monotonic();
        let (tally, record) = self.see(call, &prove).await?;
        let kept = record.text().map(|text| self.memory.keep(text.as_bytes())).transpose().map_err(forgotten)?;
        let took = call.clock.monotonic().saturating_sub(begun).as_millis();
        let verify = u64::try_from(took).unwrap_or(u64::MAX);
        output(&ObjectsProof {
            checks: tally.results(prove.parts).into_iter().chain(prove.damage.then(|| tally.control())).collect(),
            taken_at: None,
            milliseconds: Durations { verify, ..Durations::default() },
            rotation: prove.chosen.rotation(prove.parts, kept.map(|digest| digest.to_string())),
        })
    }
}

impl ProveObjects {
    /// Goes through both lists, and reads what was chosen.
    async fn see(&self, call: &Call<'_>, prove: &Prove) -> Result<(Tally, Record), ActionError> {
        let (before, mut record) = (self.recall(prove)?, Record::default());
        let mut tally = Tally::new(prove.limits());
        let mut pairs = Pairs::new(&*self.objects, &prove.place, &prove.replica);
        let mut reading = FuturesUnordered::new();
        while let Some(pair) = pairs.next().await? {
            let Some(original) = tally.listed(&pair) else { continue };
            let identity = identity(&prove.place, original);
            let recorded = before.content(&identity);
            if let Some(recorded) = recorded {
                record.take(identity, recorded);
            }
            if prove.is_chosen(original) {
                let is_due = tally.is_due(original);
                reading.push(self.both((prove, call), pair, (recorded, is_due)));
            }
            if reading.len() >= AT_ONCE {
                finish(reading.next().await, prove, (&mut tally, &mut record))?;
                call.say(&tally.progress());
            }
        }
        while let Some(read) = reading.next().await {
            finish(Some(read), prove, (&mut tally, &mut record))?;
            call.say(&tally.progress());
        }
        drop(reading);
        Ok((tally, record))
    }

    fn recall(&self, prove: &Prove) -> Result<Record, ActionError> {
        let Some(digest) = &prove.chosen.record else { return Ok(Record::default()) };
        let unknown = |_| ActionError::Refused(format!("`{digest}` is no digest"));
        let digest: Digest = digest.parse().map_err(unknown)?;
        Record::read(&self.memory.recall(digest).map_err(forgotten)?)
    }

    /// Reads an object and its replica.
    async fn both(
        &self,
        (prove, call): (&Prove, &Call<'_>),
        pair: Pair,
        (recorded, is_due): (Option<Digest>, bool),
    ) -> Result<Option<(ObjectVersion, Seen)>, Cannot> {
        let Some(original) = pair.original else { return Ok(None) };
        let size = original.size.unwrap_or_default();
        let read_original = read(&*self.objects, (&prove.place, &original), call.clock).await?;
        let replica = match pair.replica.filter(|replica| replica.size.is_some()) {
            Some(replica) => Some(read(&*self.objects, (&prove.replica, &replica), call.clock).await?),
            None => None,
        };
        let recorded = recorded.map(|digest| digest.to_string());
        Ok(Some((original, Seen { size, original: read_original, replica, recorded, is_due })))
    }
}

type Read = Result<Option<(ObjectVersion, Seen)>, Cannot>;

/// Takes down what was read of one object.
fn finish(read: Option<Read>, prove: &Prove, (tally, record): (&mut Tally, &mut Record)) -> Result<(), ActionError> {
    let Some((original, seen)) = read.transpose().map_err(|Cannot(error)| read_trouble(&error))?.flatten() else {
        return Ok(());
    };
    if let (Copy::Whole(reading), None) = (&seen.original, &seen.recorded)
        && reading.stored == Stored::Absent
        && let Ok(content) = reading.sha256.parse()
    {
        record.take(identity(&prove.place, &original), content);
    }
    tally.read(&original, seen);
    Ok(())
}

impl Prove {
    /// Whether an object is read in this run.
    fn is_chosen(&self, original: &ObjectVersion) -> bool {
        let is_new = self.chosen.since.is_some_and(|since| original.modified_at >= since);
        is_new || part_of(&original.key, self.parts) == self.chosen.part
    }

    fn limits(&self) -> Limits {
        Limits {
            lost_at: self.lost_at,
            rpo: SignedDuration::from_secs(self.rpo_seconds),
            before: self.chosen.objects_before,
            may_shrink: self.may_shrink,
            may_delete: self.may_delete,
        }
    }
}

fn forgotten(error: MemoryError) -> ActionError {
    ActionError::Refused(error.to_string())
}
