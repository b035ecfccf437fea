//! All trials of a plan, one after the other, each in a journal of its own.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use trackera_journal::commit::Journal;
use trackera_journal::fs::Disk;
use trackera_journal::keys::SignerKey;
use trackera_journal::log::{Location, SEGMENT_LENGTH};

use super::fault::{Answer, Fault, Faulty, Fuse};
use super::recorder::Mortal;
use super::{TrialClock, Willing, World};
use crate::action::{Action, Actions, Kind};
use crate::id::RunId;
use crate::locks::Unlocked;
use crate::plan::{Plan, Undo};
use crate::progress::Silent;
use crate::recorder::{JournalRecorder, Outside, runs};
use crate::runner::{Ending, Finished, Lasting, Ports, RunError, Start, answer, resume, run};

/// How often a run is resumed before it counts as never ending.
const RESUMED: usize = 8;

/// How many trials there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// One fault in each trial, and every second pair of a refusal and a death.
    Small,
    /// Every pair of an answer and a death too.
    Full,
}

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{trial}: {what}")]
pub struct Broken {
    /// The trial.
    pub trial: String,
    /// What went otherwise.
    pub what: String,
}

/// What the trials gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// How many trials there were.
    pub trials: usize,
    /// How many ended with a person being asked.
    pub asked: usize,
    /// What was broken.
    pub broken: Vec<Broken>,
}

/// Tries a plan in every way, each time with a fresh world and a journal of its own below `scratch`.
///
/// # Errors
/// When a journal cannot be made there, or the plan does not even run undisturbed.
pub async fn sweep(
    plan: &Plan,
    fresh: &dyn Fn() -> Box<dyn World>,
    (scratch, size): (&Path, Size),
) -> Result<Tried, Broken> {
    let mut sweep = Sweep { plan, fresh, scratch, tried: Tried::default(), twin: serde_json::Value::Null };
    let (boundaries, changes) = sweep.undisturbed().await?;
    for at in 0..boundaries {
        for torn in [false, true] {
            sweep.one([Fault::Kill { at, torn }, Fault::None]).await;
        }
    }
    for at in 0..changes {
        for answer in Answer::ALL {
            let counted = sweep.one([Fault::Call { at, answer }, Fault::None]).await;
            // What such an answer leads to has boundaries of its own: the way back, the second try.
            let (step, is_paired) = match size {
                Size::Full => (1, true),
                Size::Small => (2, answer == Answer::Refused),
            };
            for death in (0..counted.0).step_by(step).filter(|_| is_paired) {
                sweep.one([Fault::Call { at, answer }, Fault::Kill { at: death, torn: false }]).await;
            }
        }
    }
    Ok(sweep.tried)
}

struct Sweep<'a> {
    plan: &'a Plan,
    fresh: &'a dyn Fn() -> Box<dyn World>,
    scratch: &'a Path,
    tried: Tried,
    twin: serde_json::Value,
}

/// What one go of the runner came to; none when it died.
type Came = Option<Result<Finished, RunError>>;

impl Sweep<'_> {
    async fn undisturbed(&mut self) -> Result<(u64, u64), Broken> {
        let trial = "undisturbed".to_owned();
        let world = (self.fresh)();
        let fuse = Arc::new(Fuse::new([Fault::None; 2]));
        let ended = self.play(&*world, &fuse).await;
        self.tried.trials += 1;
        match ended {
            Ok(Ending::Good) if world.left_over().is_empty() && world.doubled().is_empty() => {
                self.twin = world.estate();
                Ok(fuse.counts())
            }
            Ok(ending) => Err(Broken { trial, what: format!("{ending:?}, left over {:?}", world.left_over()) }),
            Err(what) => Err(Broken { trial, what }),
        }
    }

    async fn one(&mut self, faults: [Fault; 2]) -> (u64, u64) {
        let trial = format!("{faults:?}");
        let world = (self.fresh)();
        let before = world.estate();
        let fuse = Arc::new(Fuse::new(faults));
        let ended = self.play(&*world, &fuse).await;
        let is_asked = matches!(ended, Ok(Ending::NeedsOperator { .. }));
        self.tried.trials += 1;
        if let doubled @ [_, ..] = world.doubled().as_slice() {
            self.tried.broken.push(Broken { trial: trial.clone(), what: format!("happened twice: {doubled:?}") });
        }
        match self.judged(&*world, (&before, ended), faults) {
            Some(what) => self.tried.broken.push(Broken { trial, what }),
            None if is_asked => self.tried.asked += 1,
            None => {}
        }
        fuse.counts()
    }

    /// What is wrong with how a trial ended.
    fn judged(
        &self,
        world: &dyn World,
        (before, ended): (&serde_json::Value, Result<Ending, String>),
        faults: [Fault; 2],
    ) -> Option<String> {
        match ended {
            Err(what) => Some(what),
            Ok(Ending::NeedsOperator { step, .. }) if self.may_ask(&step, faults) => None,
            Ok(ending @ (Ending::NeedsOperator { .. } | Ending::Kept | Ending::Paused(_))) => {
                Some(format!("{ending:?}"))
            }
            Ok(Ending::Good) if world.estate() != self.twin => Some(format!("it ends otherwise: {}", world.estate())),
            Ok(_) if !world.left_over().is_empty() => Some(format!("left over: {:?}", world.left_over())),
            Ok(Ending::Unwound { .. }) if self.all_undone() && world.estate() != *before => {
                Some(format!("not as it was before: {}", world.estate()))
            }
            Ok(Ending::Good | Ending::Unwound { .. }) => None,
        }
    }

    /// Whether a person may be asked: about what must not be repeated, or an undo that was refused again and again.
    fn may_ask(&self, step: &str, faults: [Fault; 2]) -> bool {
        let act = self.plan.step(step).and_then(|step| step.act());
        let is_tried_once = faults.iter().any(|fault| matches!(fault, Fault::Call { .. }));
        act.is_some_and(|act| act.nature.kind == Kind::Unsafe || act.undo == Undo::Never && is_tried_once)
    }

    fn all_undone(&self) -> bool {
        let acts = self.plan.steps.iter().filter_map(|step| step.act());
        acts.filter(|act| act.nature.kind != Kind::Read).all(|act| act.undo != Undo::Never)
    }

    /// Runs, and resumes until it ends or asks.
    async fn play(&self, world: &dyn World, fuse: &Arc<Fuse>) -> Result<Ending, String> {
        let directory = self.scratch.join(format!("trial-{}", self.tried.trials));
        let clock = TrialClock::default();
        let faulty = |inner: Arc<dyn Action>| -> Arc<dyn Action> { Arc::new(Faulty { inner, fuse: Arc::clone(fuse) }) };
        let actions = Actions::new(world.actions().into_iter().map(faulty));
        let id: RunId = "trial".parse().map_err(|error| format!("{error}"))?;
        let mut last = None;
        for _ in 0..RESUMED {
            let recorder = Mortal { inner: open(&directory)?, fuse: Arc::clone(fuse) };
            let (came, is_torn) = self.go((&id, &recorder), (&actions, &clock), fuse).await;
            drop(recorder);
            if is_torn {
                tear(&directory).map_err(|error| format!("no line can be torn: {error}"))?;
            }
            match came {
                None => continue,
                Some(Err(error)) => return Err(format!("the runner cannot go on: {error}")),
                Some(Ok(Finished { ending: Ending::Paused(_), .. })) => last = Some("paused".to_owned()),
                Some(Ok(finished)) => {
                    drop(fs::remove_dir_all(&directory));
                    return Ok(finished.ending);
                }
            }
        }
        Err(format!("it never ends: {last:?}"))
    }

    async fn go(
        &self,
        (id, recorder): (&RunId, &Mortal),
        (actions, clock): (&Actions, &TrialClock),
        fuse: &Fuse,
    ) -> (Came, bool) {
        let ports = Ports {
            actions,
            recorder,
            approvals: &Willing,
            locks: &Unlocked,
            credentials: &Lasting,
            clock,
            progress: &Silent,
        };
        let before = fuse.counts().0;
        let come = async {
            let begun = runs(recorder).await?.into_iter().any(|state| state.run == *id);
            let finished = if begun {
                resume(id, "trial", &ports).await
            } else {
                let (run_id, requester, program) = (id.clone(), "trial".to_owned(), "trials".to_owned());
                run(self.plan, &Start { run: run_id, requester, program }, &ports).await
            };
            let Ok(Finished { ending: Ending::Paused(crate::runner::Pause::Manual { step, .. }), .. }) = &finished
            else {
                return finished;
            };
            answer(id, step, ("trial", Some(self.plan.hash())), &ports).await?;
            finished
        };
        let come = std::pin::pin!(come);
        let died = std::pin::pin!(fuse.died.notified());
        let came = match futures_util::future::select(come, died).await {
            futures_util::future::Either::Left((finished, _)) => match finished {
                // It died after its very last word.
                Err(RunError::Over(run)) => Some(over(recorder, run).await),
                finished => Some(finished),
            },
            futures_util::future::Either::Right(_) => None,
        };
        let is_torn = came.is_none() && fuse.tears(before);
        (came, is_torn)
    }
}

async fn over(recorder: &Mortal, id: RunId) -> Result<Finished, RunError> {
    let state = runs(recorder).await?.into_iter().find(|state| state.run == id);
    let finished = state.and_then(|state| Some(Finished { ending: Ending::of(&state)?, state }));
    finished.ok_or(RunError::Over(id))
}

/// Runs in a journal with a key of the trials' own.
pub(crate) fn open(directory: &Path) -> Result<JournalRecorder, String> {
    Ok(JournalRecorder::new(Arc::new(journal(directory)?), Outside::Nowhere))
}

/// A journal with a key of the trials' own.
pub(crate) fn journal(directory: &Path) -> Result<Journal, String> {
    let words = |error: &dyn std::error::Error| format!("the journal of the trial: {error}");
    let key = SignerKey::from_seed("trial.example/runs", [7; 32]).map_err(|error| words(&error))?;
    let location = Location {
        files: Arc::new(Disk),
        directory: directory.to_owned(),
        key: key.verifier(),
        segment_length: SEGMENT_LENGTH,
    };
    Journal::open(location).map(|(journal, _)| journal).map_err(|error| words(&error))
}

/// Writes half a line, as a machine does that loses its power.
fn tear(directory: &Path) -> std::io::Result<()> {
    let mut segments: Vec<_> = fs::read_dir(directory.join("segments"))?.collect::<Result<_, _>>()?;
    segments.sort_by_key(fs::DirEntry::file_name);
    let Some(last) = segments.last() else { return Ok(()) };
    OpenOptions::new().append(true).open(last.path())?.write_all(b"{\"version\":1,\"sequence\":")
}
