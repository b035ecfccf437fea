//! One object as it was seen in both places, and what is wrong with it.

use trackera_core::recovery::ports::{Reading, Stored};
use trackera_core::recovery::verification::Check;

/// What reading one copy of an object came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Copy {
    /// It was read to its end.
    Whole(Reading),
    /// It is listed, and not there.
    Gone,
    /// It is there, and its key cannot be used.
    Locked(String),
    /// Nobody can tell, and why.
    Unread(String),
}

/// One object in both places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Seen {
    /// How large the list says that it is.
    pub(in super::super) size: u64,
    /// The object.
    pub(in super::super) original: Copy,
    /// Its replica; none where none is listed.
    pub(in super::super) replica: Option<Copy>,
    /// The SHA-256 that an earlier run read from this version.
    pub(in super::super) recorded: Option<String>,
    /// Whether it is there for so long that its replica has to be as well.
    pub(in super::super) is_due: bool,
}

/// What a look at an object found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Finding {
    /// It is not as it should be.
    Wrong(&'static str),
    /// It could not be told, and why.
    Open(String),
}

/// How S3 says that it has given a replica up.
const GIVEN_UP: &str = "FAILED";

impl Seen {
    /// Everything that is wrong with it, or could not be told, by the check that finds it.
    pub(in super::super) fn findings(&self) -> Vec<(Check, Finding)> {
        let mut found = of_copy(&self.original, ["is listed and not there", "cannot be decrypted"]);
        if let Some(replica) = &self.replica {
            let said = ["is listed in the replica and not there", "cannot be decrypted in the replica"];
            let of_replica = of_copy(replica, said);
            found.extend(of_replica.into_iter().map(|(check, finding)| match check {
                // What is missing there is missing in the replica; the object itself is.
                Check::Existence => (Check::Replica, finding),
                check => (check, finding),
            }));
        }
        found.extend(self.of_content());
        found.extend(self.of_replica());
        found
    }

    /// Whether the replica holds what the object holds, as far as both could be read.
    pub(in super::super) fn is_replicated(&self) -> bool {
        match (&self.original, &self.replica) {
            (Copy::Whole(original), Some(Copy::Whole(replica))) => original.sha256 == replica.sha256,
            (_, replica) => replica.is_some(),
        }
    }

    fn of_content(&self) -> Vec<(Check, Finding)> {
        let Copy::Whole(original) = &self.original else { return Vec::new() };
        let mut found = Vec::new();
        if original.size != self.size {
            found.push((Check::Size, Finding::Wrong("has another size than its list says")));
        }
        match &self.recorded {
            Some(recorded) if *recorded != original.sha256 => {
                found.push((Check::Checksums, Finding::Wrong("is not what an earlier drill read")));
            }
            Some(_) => {}
            None if original.stored == Stored::Absent && !self.is_twin() => {
                let why = "nothing tells what it should hold before its replica is there";
                found.push((Check::Checksums, Finding::Open(why.to_owned())));
            }
            None => {}
        }
        found
    }

    fn of_replica(&self) -> Option<(Check, Finding)> {
        let wrong = |said| Some((Check::Replica, Finding::Wrong(said)));
        match &self.original {
            Copy::Whole(original) if original.replication.as_deref() == Some(GIVEN_UP) => {
                wrong("was given up on its way to the replica")
            }
            _ if self.replica.is_none() && self.is_due => wrong("is not in the replica"),
            _ if !self.is_replicated() && self.is_due => wrong("is not what its replica is"),
            _ => None,
        }
    }

    /// Whether the same content was read from both places.
    fn is_twin(&self) -> bool {
        matches!(self.replica, Some(Copy::Whole(_))) && self.is_replicated()
    }
}

/// What reading one copy found.
fn of_copy(copy: &Copy, [gone, locked]: [&'static str; 2]) -> Vec<(Check, Finding)> {
    match copy {
        Copy::Gone => vec![(Check::Existence, Finding::Wrong(gone))],
        Copy::Locked(_) => vec![(Check::Decryption, Finding::Wrong(locked))],
        Copy::Unread(why) => vec![(Check::Decryption, Finding::Open(why.clone()))],
        Copy::Whole(reading) if reading.stored == Stored::Other => {
            vec![(Check::Checksums, Finding::Wrong("is not what was stored"))]
        }
        Copy::Whole(_) => Vec::new(),
    }
}

/// Damages an object as nothing else does, and tells the checks that did not find it; none where all did.
pub(in super::super) fn control(sound: &Seen) -> Vec<Check> {
    let damage = |change: &dyn Fn(&mut Seen)| {
        let mut damaged = Seen { is_due: true, ..sound.clone() };
        change(&mut damaged);
        damaged.findings()
    };
    let changed = |change: fn(&mut Reading)| {
        damage(&move |seen| {
            if let Copy::Whole(reading) = &mut seen.original {
                change(reading);
            }
        })
    };
    let damages = [
        (Check::Existence, damage(&|seen| seen.original = Copy::Gone)),
        (Check::Size, changed(|reading| reading.size += 1)),
        (Check::Checksums, changed(|reading| reading.stored = Stored::Other)),
        (Check::Decryption, damage(&|seen| seen.original = Copy::Locked(String::new()))),
        (Check::Replica, damage(&|seen| seen.replica = None)),
        (Check::Replica, changed(|reading| reading.sha256 = reading.sha256.chars().rev().chain(['x']).collect())),
    ];
    let is_found = |check: Check, found: &[(Check, Finding)]| {
        found.iter().any(|(by, finding)| *by == check && matches!(finding, Finding::Wrong(_)))
    };
    damages.into_iter().filter(|(check, found)| !is_found(*check, found)).map(|(check, _)| check).collect()
}
