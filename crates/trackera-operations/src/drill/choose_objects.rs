//! Chooses the objects that a run reads: one part of all of them, and everything that is new.
//!
//! Objects are dealt into parts by the digests of their keys, so that an object stays in its part whatever else comes and
//! goes. The journal tells which part is next: the one behind that of the last run that passed. So everything is read within
//! as many runs that pass as there are parts, and what a run found to be wrong is read again until it is right.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trackera_core::company::database::BucketPlace;
use trackera_core::recovery::drill::{Report, Rotation};
use trackera_core::recovery::ports::Objects;

use super::memory::Memory;
use super::objects::{Listing, part_of};
use super::{arguments, output};
use crate::action::{Action, ActionError, Call, Looked, Nature, Permit};

/// How far the clocks of this machine and of the service may be apart: what is that new is read once more.
const SLACK: SignedDuration = SignedDuration::from_mins(15);

/// The action `drill.choose_objects`.
pub(super) struct ChooseObjects {
    pub(super) objects: Arc<dyn Objects>,
    pub(super) memory: Arc<dyn Memory>,
}

impl std::fmt::Debug for ChooseObjects {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ChooseObjects")
    }
}

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Choose {
    pub(super) drill: String,
    pub(super) place: BucketPlace,
    pub(super) parts: u32,
}

/// What it chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChosenObjects {
    /// Whether there is something to read.
    pub(super) is_usable: bool,
    /// What was chosen, or why nothing was, in one sentence.
    pub(super) said: String,
    /// The part, counted from 0.
    pub(super) part: u32,
    /// What was put since is read besides; none where no earlier run passed.
    pub(super) since: Option<Timestamp>,
    /// How many objects there are in all parts.
    pub(super) objects: u64,
    /// How many bytes they have.
    pub(super) bytes: u64,
    /// How many there were when a run passed the last time.
    pub(super) objects_before: Option<u64>,
    /// What earlier runs saw of objects that carry no checksum, by its digest.
    pub(super) record: Option<String>,
}

#[async_trait]
impl Action for ChooseObjects {
    fn name(&self) -> &'static str {
        "drill.choose_objects"
    }

    fn nature(&self) -> Nature {
        Nature::read()
    }

    fn describe(&self, told: &Json) -> String {
        match arguments::<Choose>(told) {
            Ok(Choose { place, parts, .. }) => {
                format!("choose one of {parts} parts of `{}/{}`, and what is new", place.bucket, place.prefix)
            }
            Err(error) => error.to_string(),
        }
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["is_usable", "said", "part", "since", "objects", "bytes", "objects_before", "record"]
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["drill", "place", "parts"]
    }

    fn regions(&self, told: &Json) -> Vec<String> {
        arguments::<Choose>(told).map_or_else(|_| Vec::new(), |choose| vec![choose.place.region])
    }

    async fn look(&self, _: &Call<'_>) -> Looked {
        Looked::Absent
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let choose: Choose = arguments(call.arguments)?;
        let last = self.memory.last_passed(&choose.drill).map_err(|error| ActionError::Refused(error.to_string()))?;
        let mut listing = Listing::new(&*self.objects, &choose.place);
        let (mut filled, mut bytes) = (BTreeMap::<u32, u64>::new(), 0_u64);
        while let Some(found) = listing.next().await? {
            let Some(size) = found.size else { continue };
            *filled.entry(part_of(&found.key, choose.parts)).or_default() += 1;
            bytes = bytes.saturating_add(size);
        }
        output(&chosen(&choose, (&filled, bytes), last.as_ref()))
    }
}

fn chosen(choose: &Choose, (filled, bytes): (&BTreeMap<u32, u64>, u64), last: Option<&Report>) -> ChosenObjects {
    let rotation = last.and_then(|last| last.rotation.as_ref());
    let begin = rotation.filter(|rotation| rotation.parts == choose.parts).map_or(0, |rotation| rotation.part + 1);
    // An empty part would prove nothing: the next that holds something is as good as it.
    let part = filled.range(begin..).chain(filled).next().map(|(part, _)| *part);
    let objects = filled.values().sum();
    let said = match part {
        Some(part) => format!("part {} of {}, and what is new, of {objects} objects", part + 1, choose.parts),
        None => format!("no object lies below `{}/{}`", choose.place.bucket, choose.place.prefix),
    };
    ChosenObjects {
        is_usable: part.is_some(),
        said,
        part: part.unwrap_or_default(),
        since: last.and_then(|last| last.began_at.checked_sub(SLACK).ok()),
        objects,
        bytes,
        objects_before: rotation.map(|rotation| rotation.objects),
        record: rotation.and_then(|rotation| rotation.record.clone()),
    }
}

impl ChosenObjects {
    /// What the report tells of it.
    pub(super) fn rotation(&self, parts: u32, record: Option<String>) -> Rotation {
        Rotation { part: self.part, parts, objects: self.objects, record }
    }
}
