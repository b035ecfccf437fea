//! One go of the runner: its locks, what it knows, and the doors to the world that every step goes through.

use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::{Pause, Ports, RunError};
use crate::action::{Action, Call, Looked, Permit};
use crate::approval::{NotApproved, Request};
use crate::clock::Patience;
use crate::id::RunId;
use crate::locks::Held;
use crate::plan::reference::Reference;
use crate::plan::{Act, Plan};
use crate::progress::Happening;
use crate::record::{Event, Record, shortened};
use crate::recorder::{Durability, RecorderError, runs};
use crate::state::RunState;

/// Why one go of the runner ends before the run does.
pub(super) enum Stop {
    Error(RunError),
    Paused(Pause),
    /// The question is recorded.
    NeedsOperator,
}

impl<E: Into<RunError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

pub(super) struct Session<'a> {
    pub(super) plan: &'a Plan,
    pub(super) ports: &'a Ports<'a>,
    pub(super) state: RunState,
    pub(super) held: Vec<Box<dyn Held>>,
}

/// One step as it is called: its name, how the plan uses the action, and the arguments.
#[derive(Clone, Copy)]
pub(super) struct Subject<'s> {
    pub(super) step: &'s str,
    pub(super) act: &'s Act,
    pub(super) arguments: &'s Json,
    pub(super) before: Option<&'s Json>,
}

impl<'a> Session<'a> {
    pub(super) const fn new(plan: &'a Plan, ports: &'a Ports<'a>, state: RunState, held: Vec<Box<dyn Held>>) -> Self {
        Self { plan, ports, state, held }
    }

    pub(super) async fn begin(
        plan: &'a Plan,
        ports: &'a Ports<'a>,
        (run, started): (&RunId, Event),
        held: Vec<Box<dyn Held>>,
    ) -> Result<Self, RunError> {
        let record = Record { run: run.clone(), index: 0, at: ports.clock.now(), event: started };
        let epoch = held.first().map_or(0, |lock| lock.epoch());
        ports.recorder.append(std::slice::from_ref(&record), Durability::Here, epoch).await?;
        ports.progress.tell(Happening::Recorded(&record));
        let state = RunState::begin(&record).map_err(RecorderError::from)?;
        Ok(Self::new(plan, ports, state, held))
    }

    /// Writes down what happened.
    pub(super) async fn write(&mut self, events: Vec<Event>) -> Result<(), Stop> {
        self.append(events, Durability::Here).await
    }

    pub(super) async fn note(&mut self, by: &str, text: &str) -> Result<(), Stop> {
        self.write(vec![Event::Noted { by: by.to_owned(), text: shortened(text) }]).await
    }

    /// Writes down what is about to happen, and waits until a store outside has it too.
    pub(super) async fn intend(&mut self, events: Vec<Event>) -> Result<(), Stop> {
        // Whoever lost the lock since the last step learns of it here.
        for lock in &mut self.held {
            lock.renew().await?;
        }
        self.append(events, Durability::Outside).await
    }

    async fn append(&mut self, events: Vec<Event>, durability: Durability) -> Result<(), Stop> {
        let at = self.ports.clock.now();
        let number = |(index, event)| Record { run: self.state.run.clone(), index, at, event };
        let records: Vec<Record> = (self.state.next..).zip(events).map(number).collect();
        let epoch = self.held.first().map_or(0, |lock| lock.epoch());
        self.ports.recorder.append(&records, durability, epoch).await?;
        for record in &records {
            self.state.apply(record).map_err(RecorderError::from)?;
            self.ports.progress.tell(Happening::Recorded(record));
        }
        Ok(())
    }

    /// Leaves the run to a person.
    pub(super) async fn ask<T>(&mut self, step: &str, why: &str) -> Result<T, Stop> {
        self.write(vec![Event::NeedsOperator { step: step.to_owned(), why: shortened(why) }]).await?;
        Err(Stop::NeedsOperator)
    }

    /// What a reference stands for.
    pub(super) fn find(&self, reference: &Reference) -> Option<Json> {
        let root = match reference.of.as_str() {
            "parameters" => json!(self.plan.parameters),
            "run" => json!({"id": self.state.run, "started_at": self.state.started_at}),
            step => self.state.step(step)?.output.clone()?,
        };
        reference.path.iter().try_fold(root, |value, field| value.get(field).cloned())
    }

    pub(super) fn action(&self, step: &str, act: &Act) -> Result<&'a dyn Action, Stop> {
        let unknown = || RunError::Action { step: step.to_owned(), action: act.action.clone(), is_known: false };
        Ok(self.ports.actions.get(&act.action).ok_or_else(unknown)?)
    }

    /// Waits for nobody: credentials that end within the step stop the run before it changes anything.
    pub(super) async fn check_credentials(&self, step: &str, act: &Act) -> Result<(), Stop> {
        if act.credentials.is_zero() {
            return Ok(());
        }
        let least = span(act.credentials).max(span(act.timeout));
        match self.ports.credentials.left().await {
            Some(left) if left < least => Err(Stop::Paused(Pause::Credentials { step: step.to_owned() })),
            _ => Ok(()),
        }
    }

    /// Leave to perform a step.
    pub(super) async fn permit(&mut self, step: &str, act: &Act) -> Result<Permit, Stop> {
        if !act.needs_approval && !act.nature.destructive {
            return Ok(Permit::plain());
        }
        let (run, requester) = (&self.state.run, self.state.started.requester.as_str());
        let (started_at, history) = (self.state.started_at, runs(self.ports.recorder).await?);
        let request = Request { run, plan: self.plan, requester, started_at, history: &history };
        let refused = |why: String| Stop::Paused(Pause::Approval { step: step.to_owned(), why });
        let approved = self.ports.approvals.approved(&request).await.map_err(|error| refused(missing(&error)))?;
        if !approved.covers(run, self.plan.hash(), self.ports.clock.now()) {
            return Err(refused("the approval is for another run or plan, or has expired".to_owned()));
        }
        if !self.state.approvals.contains(approved.agreed()) {
            let events = self.agreed(&approved);
            self.write(events).await?;
        }
        Ok(Permit::approved(&approved))
    }

    pub(super) async fn look(&mut self, subject: Subject<'_>) -> Result<Looked, Stop> {
        let action = self.action(subject.step, subject.act)?;
        self.ports.progress.tell(Happening::Looking { step: subject.step });
        let run = self.state.run.clone();
        let call = self.call(&run, subject);
        let looked = self.guarded(span(subject.act.timeout), action.look(&call)).await;
        Ok(looked.unwrap_or_else(|| Looked::Unknown("looking took longer than it may".to_owned())))
    }

    /// Looks again and again until something is seen, or the span is over. Gives what was seen last.
    pub(super) async fn look_until(
        &mut self,
        subject: Subject<'_>,
        limit: SignedDuration,
        (is_seen, why): (impl Fn(&Looked) -> bool, &str),
    ) -> Result<Looked, Stop> {
        let mut patience = Patience::new(self.ports.clock, span(limit));
        loop {
            let looked = self.look(subject).await?;
            if is_seen(&looked) {
                return Ok(looked);
            }
            self.ports.progress.tell(Happening::Waiting { step: subject.step, why });
            let waited = patience.wait();
            if !self.guarded(Duration::MAX, waited).await.unwrap_or_default() {
                return Ok(looked);
            }
        }
    }

    pub(super) fn call<'c>(&self, run: &'c RunId, subject: Subject<'c>) -> Call<'c>
    where
        'a: 'c,
    {
        let Subject { step, arguments, before, .. } = subject;
        Call { run, step, arguments, before, clock: self.ports.clock, progress: self.ports.progress }
    }

    /// Waits for a call while the locks are kept alive; none when it takes longer than it may.
    pub(super) async fn guarded<T>(&mut self, limit: Duration, call: impl Future<Output = T>) -> Option<T> {
        let clock = self.ports.clock;
        let every = self.held.iter().map(|lock| lock.every()).min().unwrap_or(Duration::MAX);
        let until = clock.monotonic().saturating_add(limit);
        let mut call = std::pin::pin!(call.fuse());
        loop {
            let left = until.saturating_sub(clock.monotonic());
            let tick = clock.sleep(left.min(every));
            futures_util::select_biased! {
                answer = call => return Some(answer),
                () = tick.fuse() => {}
            }
            if clock.monotonic() >= until {
                return None;
            }
            for lock in &mut self.held {
                // A lock that is lost stops the run before its next change; this call is under way already.
                drop(lock.renew().await);
            }
        }
    }
}

/// A length of time; one that is negative is none.
pub(super) fn span(length: SignedDuration) -> Duration {
    Duration::try_from(length).unwrap_or_default()
}

/// Why nobody approved, with what was there and counts for nothing.
fn missing(error: &NotApproved) -> String {
    match error {
        NotApproved::Missing { disregarded, .. } if !disregarded.is_empty() => {
            shortened(&format!("{error} ({})", disregarded.join("; ")))
        }
        NotApproved::Missing { .. } | NotApproved::Unread(_) => words(error),
    }
}

/// An error and its sources in one line.
pub(super) fn words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    shortened(&text)
}
