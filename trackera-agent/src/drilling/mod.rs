//! The process that carries scheduled drills out: under standing approvals, one at a time, and never twice.
//!
//! It is a process of its own, with a role and a log of its own, because the watching agent must not be able to change
//! anything. Whatever an earlier process left behind comes to its end before anything else is begun.

mod attend;
mod carry;
mod turn;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use trackera_core::policy::Schedule;
use trackera_files::InForce;
use trackera_journal::commit::Journal;
use trackera_journal::digest::Digest;
use trackera_journal::keys::SignerKey;
use trackera_operations::clock::Clock as _;
use trackera_operations::drill::schedule::due;

use self::turn::States;
use crate::commands::{refused, words};
use crate::world::{self, Changes, Clocks, Declared, Home, Settings};

/// How often what was left behind is looked for.
const ATTENDED_EVERY: SignedDuration = SignedDuration::from_mins(15);
/// How long after something that could not be done it is tried again.
const REST: SignedDuration = SignedDuration::from_mins(5);
/// How long after a turn there is none; another process may have had it.
const LEAST_REST: SignedDuration = SignedDuration::from_secs(15);
/// How often the files are read again.
const READ_EVERY: Duration = Duration::from_secs(30);
/// What a schedule without hours is spread by: a part of its length, and never more than this.
const SPREAD: (i32, SignedDuration) = (20, SignedDuration::from_mins(10));

/// What the command line says.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The configuration.
    pub(crate) configuration: Option<PathBuf>,
    /// Where this process keeps its log and its key.
    pub(crate) home: Home,
    /// How AWS is reached.
    pub(crate) aws: Settings,
    /// How long it goes on.
    pub(crate) rhythm: Rhythm,
}

/// How long the process goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rhythm {
    /// It does what is due now, and ends.
    Once,
    /// It goes on until somebody asks for the end.
    Always,
}

/// What came of a turn, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Came {
    /// What was due was done, and every backup came back.
    Good,
    /// Nobody can tell whether a backup comes back.
    Unverified,
    /// A backup did not come back.
    Failed,
    /// Something was due, and was not allowed.
    Refused,
    /// Something was left behind, or only a person can go on.
    Operator,
}

/// The process.
struct Drilling {
    options: Options,
    journal: Arc<Journal>,
    key: SignerKey,
    changes: Arc<Changes>,
    clock: Clocks,
}

/// Carries out what is due, once or until somebody asks for the end.
///
/// # Errors
/// Fails at the start alone, when what people wrote has mistakes or the log cannot be used; and with [`Rhythm::Once`], when
/// what is due cannot be told.
pub(crate) async fn run(options: Options) -> anyhow::Result<Came> {
    let in_force = load(&options)?;
    let (journal, key, repair) = options.home.open()?;
    if repair.is_some() {
        tracing::warn!("an interrupted write of the log was repaired");
    }
    let changes = Arc::new(Changes::open(&options.aws).await);
    let drilling = Drilling { journal: Arc::new(journal), key, changes, clock: Clocks::new(), options };
    drilling.begin()?;
    match drilling.options.rhythm {
        Rhythm::Once => drilling.turn(&in_force).await,
        Rhythm::Always => {
            world::notify(&[sd_notify::NotifyState::Ready]);
            tokio::select! {
                () = drilling.always(in_force) => {}
                ended = world::asked_to_end() => ended.context("signals cannot be heard")?,
            }
            // What is under way stays where it is: the next process takes it up before anything else.
            tracing::info!("ending");
            world::notify(&[sd_notify::NotifyState::Stopping]);
            drilling.copy(&load(&drilling.options)?).await;
            Ok(Came::Good)
        }
    }
}

fn load(options: &Options) -> anyhow::Result<InForce> {
    let in_force = InForce::read(options.configuration.as_deref(), &[]).map_err(refused)?;
    in_force.drills().map_err(refused)?;
    Ok(in_force)
}

impl Drilling {
    /// Goes on for ever. Files with mistakes change nothing: those before them stay in force.
    async fn always(&self, mut in_force: InForce) {
        let (mut attended, mut rested) = (None, self.clock.now());
        loop {
            let (now, next) = (self.clock.now(), self.next(&in_force, attended).max(rested));
            if now >= next {
                let came = self.turn(&in_force).await.unwrap_or_else(|error| {
                    tracing::error!("what is due cannot be done: {}", words(&*error));
                    Came::Unverified
                });
                let now = self.clock.now();
                let rest = if came == Came::Good { LEAST_REST } else { REST };
                (attended, rested) = (Some(now), now.saturating_add(rest).unwrap_or(now));
                continue;
            }
            let left = Duration::try_from(next.duration_since(now)).unwrap_or_default();
            self.clock.sleep(left.min(READ_EVERY)).await;
            match load(&self.options) {
                Ok(loaded) => in_force = loaded,
                Err(error) => tracing::error!("the files have mistakes, and those before stay in force: {error:#}"),
            }
        }
    }

    /// When there is something to do: a drill is due, or it is time to look for what was left behind.
    fn next(&self, in_force: &InForce, attended: Option<Timestamp>) -> Timestamp {
        let now = self.clock.now();
        let attend = attended.map_or(now, |at| at.saturating_add(ATTENDED_EVERY).unwrap_or(at));
        let Ok(states) = self.states() else { return attend };
        let declared = Declared::all(in_force).unwrap_or_default();
        let dues = declared.iter().filter_map(|one| {
            let schedule = one.drill.every.as_ref()?;
            let at = due(schedule, states.last(&one.drill.id), states.known_since(now))?;
            at.checked_add(spread(schedule, &one.drill.id, self.key.name())).ok()
        });
        dues.fold(attend, Timestamp::min)
    }

    fn states(&self) -> anyhow::Result<States> {
        States::of(&self.journal.reader())
    }
}

/// How much later than its time a drill begins that names no hour: always the same for one drill of one process, and
/// another for others, so that many do not begin at once.
fn spread(schedule: &Schedule, drill: &str, process: &str) -> SignedDuration {
    let Schedule::Every(length) = schedule else { return SignedDuration::ZERO };
    let widest = (*length / SPREAD.0).min(SPREAD.1);
    let digest = Digest::of(format!("{process}/{drill}").as_bytes()).to_string();
    let part = digest.get(..4).and_then(|part| i32::from_str_radix(part, 16).ok()).unwrap_or_default();
    widest / 0x1_0000 * part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drills_without_hours_are_spread_a_little_and_always_alike() {
        let daily = Schedule::Every(SignedDuration::from_hours(24));
        let quick = Schedule::Every(SignedDuration::from_secs(20));
        for drill in ["a", "b", "c", "d"] {
            let by = spread(&daily, drill, "one");
            assert!(by >= SignedDuration::ZERO && by <= SPREAD.1 && by == spread(&daily, drill, "one"), "{by}");
            assert!(spread(&quick, drill, "one") <= SignedDuration::from_secs(1));
        }
        assert_ne!(spread(&daily, "a", "one"), spread(&daily, "a", "two"));
    }

    #[test]
    fn the_worst_that_came_of_a_turn_is_what_is_told() {
        assert_eq!([Came::Failed, Came::Good, Came::Operator, Came::Refused].into_iter().max(), Some(Came::Operator));
    }
}
