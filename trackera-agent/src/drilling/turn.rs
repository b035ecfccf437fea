//! One turn: what was interrupted comes to its end, what was left is removed, what is due is begun.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::{Either, select};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use trackera_core::recovery::drill::Record as History;
use trackera_files::InForce;
use trackera_journal::entry::Draft;
use trackera_journal::kind::Kind;
use trackera_journal::reader::Reader;
use trackera_operations::clock::Clock as _;
use trackera_operations::drill::history;
use trackera_operations::drill::schedule::{SCHEDULED, due};
use trackera_operations::locks::{Held, LockError};
use trackera_operations::record::Record;
use trackera_operations::recorder::{JournalRecorder, Recorder as _, RecorderError};
use trackera_operations::state::{RunState, fold};

use super::{Came, Drilling};
use crate::commands::{refused, words};
use crate::world::{self, Coordination, Declared};

/// What a process holds while it has its turn: two of them never carry out what is due at the same time.
const TURN: &str = "drills";

/// What the log tells.
pub(super) struct States {
    pub(super) runs: Vec<RunState>,
    pub(super) history: History,
    first: Option<Timestamp>,
}

impl States {
    pub(super) fn of(log: &Reader) -> anyhow::Result<Self> {
        let (mut records, mut first, mut wrong) = (Vec::new(), None, None);
        log.entries(|entry| {
            first.get_or_insert(entry.at);
            match Record::from_body(entry.body.get()) {
                Ok(record) => records.extend(record),
                Err(error) => drop(wrong.get_or_insert(error)),
            }
        })?;
        wrong.map_or(Ok(()), Err).context("an entry of the log is no record that this program understands")?;
        Ok(Self { runs: fold(&records)?, history: history(log)?, first })
    }

    /// When a drill began last by its schedule.
    pub(super) fn last(&self, drill: &str) -> Option<Timestamp> {
        let own = self.runs.iter().filter(|run| run.started.name == drill && run.started.mode == SCHEDULED);
        own.map(|run| run.started_at).max()
    }

    /// Since when schedules count for which nothing was ever begun.
    pub(super) fn known_since(&self, now: Timestamp) -> Timestamp {
        self.first.unwrap_or(now)
    }
}

/// Everything that a turn stands on.
pub(super) struct Turn<'a> {
    pub(super) in_force: &'a InForce,
    pub(super) coordination: &'a Coordination,
    pub(super) recorder: &'a JournalRecorder,
    pub(super) declared: &'a [Declared],
}

impl Drilling {
    /// Writes down that schedules count from now on, the first time.
    pub(super) fn begin(&self) -> anyhow::Result<()> {
        match self.journal.size() {
            0 => self.write(Kind::Outcome, &json!({"drilling": {"version": 1, "began": true}})),
            _ => Ok(()),
        }
    }

    /// Has a turn, unless another process has its own.
    pub(super) async fn turn(&self, in_force: &InForce) -> anyhow::Result<Came> {
        let coordination = Coordination::of(in_force, &self.options.aws).await?;
        let mut held = match coordination.locks(world::writer(&self.key)).take(TURN).await {
            Ok(held) => held,
            Err(LockError::Held { by, .. }) => {
                tracing::info!("`{by}` has its turn");
                return Ok(Came::Good);
            }
            Err(doubt) => return Err(doubt.into()),
        };
        let recorder = JournalRecorder::new(Arc::clone(&self.journal), coordination.outside());
        let declared = Declared::all(in_force).map_err(refused)?;
        let turn = Turn { in_force, coordination: &coordination, recorder: &recorder, declared: &declared };
        let came = self.keeping(&mut *held, self.has_turn(&turn)).await;
        held.release().await;
        self.copy(in_force).await;
        came
    }

    async fn has_turn(&self, turn: &Turn<'_>) -> anyhow::Result<Came> {
        self.learn(turn).await?;
        let mut came = self.attend(turn).await?;
        for declared in turn.declared {
            let Some(schedule) = &declared.drill.every else { continue };
            let (now, states) = (self.clock.now(), self.states()?);
            let at = due(schedule, states.last(&declared.drill.id), states.known_since(now));
            if at.is_some_and(|at| at <= now) {
                came = came.max(self.carry_out(turn, declared, &states).await?);
            }
        }
        Ok(came)
    }

    /// Learns what other processes did of the scheduled drills, so that nothing is done twice and nothing of theirs stays.
    async fn learn(&self, turn: &Turn<'_>) -> anyhow::Result<()> {
        let Some(shared) = turn.coordination.as_shared() else { return Ok(()) };
        let over: Vec<_> = self.states()?.runs.into_iter().filter(RunState::is_over).map(|state| state.run).collect();
        for run in shared.copies().runs().await?.into_iter().filter(|run| !over.contains(run)) {
            let is_of = |one: &Declared| run.as_str().strip_prefix(&one.drill.id).is_some_and(|it| it.starts_with('-'));
            if turn.declared.iter().any(is_of) {
                match turn.recorder.catch_up(&run).await {
                    // Two went on with it, which is for a person to look at.
                    Err(error @ RecorderError::Overtaken(..)) => tracing::error!("{}", words(&error)),
                    caught_up => caught_up?,
                }
            }
        }
        Ok(())
    }

    /// Waits for work while a lock is kept alive. A lock that is lost stops nothing: the runs have their own.
    async fn keeping<T>(&self, held: &mut dyn Held, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let every = held.every().min(Duration::from_secs(3_600));
        loop {
            match select(work.as_mut(), std::pin::pin!(tokio::time::sleep(every))).await {
                Either::Left((done, _)) => return done,
                Either::Right(_) => {
                    if let Err(error) = held.renew().await {
                        tracing::warn!("{}", words(&error));
                    }
                }
            }
        }
    }

    /// Writes one entry of its own.
    pub(super) fn write(&self, kind: Kind, body: &impl Serialize) -> anyhow::Result<()> {
        self.journal.append(vec![Draft::new(self.clock.now(), kind, body)?])?;
        Ok(())
    }

    /// Signs the log, and brings it to its replicas; one that is away delays nothing.
    pub(super) async fn copy(&self, in_force: &InForce) {
        if let Err(error) = self.journal.checkpoint(&self.key) {
            tracing::error!("the log cannot be signed: {}", words(&error));
            return;
        }
        match crate::run::targets(in_force, &self.options.aws, self.key.name()).await {
            Ok(targets) => crate::run::last_pass(&self.journal, targets).await,
            Err(error) => tracing::warn!("the log is not copied: {error:#}"),
        }
    }
}
