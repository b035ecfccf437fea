//! The loop. What the step decides is written down first, all of it, and only then done.
//!
//! Where it cannot be written down, everything in memory is forgotten: the agent says so, tries to open its journal
//! again, and goes on from what is on the disk. What it meant to do is then asked for again.

mod upkeep;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use object_store::path::Path;
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinHandle, block_in_place};
use trackera_journal::digest::Digest;
use trackera_journal::keys::VerifierKey;
use trackera_journal::mailbox::Mailbox;
use trackera_journal::target::Target;
use trackera_watch::acknowledgement::Acknowledgement;
use trackera_watch::findings::Finding;
use trackera_watch::watch::{Declared, Effect, Input, Outputs, Refused, Settings, Watch};

use super::files::Loaded;
use super::looker::{self, Look, Rulebook};
use super::portrait::Portrait;
use super::queues::Queues;
use super::recorder::{Home, Recorder};
use super::replication::Lags;
use super::teller::Teller;
use super::{Event, Inputs};
use crate::clock::Clock;
use crate::page::View;
use crate::world::Reading;

/// The loop steps at least this often, so that the service manager and whoever looks can tell that it lives.
const STEP: Duration = Duration::from_secs(5);
/// Waiting is never shorter: a moment that has come is stepped at once, and not a thousand times.
const SHORTEST: Duration = Duration::from_millis(10);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A machine's clock may be this far behind before anybody is told.
const BEHIND: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);

/// What the loop needs of the world.
#[derive(Debug)]
pub(crate) struct Means {
    pub(crate) home: Home,
    pub(crate) clock: Arc<Clock>,
    pub(crate) reading: Arc<Reading>,
    pub(crate) queues: Option<Arc<Queues>>,
    pub(crate) teller: Teller,
    /// Replicas of this log.
    pub(crate) targets: Vec<Target>,
    /// The keys of the other agents' logs, and where their replicas are.
    pub(crate) peers: Vec<(VerifierKey, Vec<Target>)>,
    /// Where acknowledgements arrive.
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) leads: watch::Sender<bool>,
    /// Whether anything can be written down.
    pub(crate) writes: watch::Sender<bool>,
    pub(crate) views: watch::Sender<Arc<View>>,
    pub(crate) inputs: Inputs,
}

/// The agent.
#[derive(Debug)]
pub(crate) struct Agent {
    means: Means,
    settings: Settings,
    open: Option<Open>,
    reopen_at: Duration,
    pause: Duration,
    files: Option<(Declared, Arc<Rulebook>)>,
    refused: Option<Refused>,
    /// The epoch under which this agent leads.
    epoch: Option<u64>,
    /// The epoch that entries carry: the last one that this agent led under, so that what ends later stays behind it.
    stamp: u64,
    /// The accounts of the credentials, for a company that declares none.
    accounts: BTreeSet<String>,
    /// The looks that are being made.
    looking: Vec<AbortHandle>,
    wake_at: Option<Timestamp>,
    evidence: BTreeMap<String, Vec<Digest>>,
    lags: Lags,
    portrait: Portrait,
    /// How often the journal was let go of: looks that began before are not heard, because their numbers are used again.
    generation: u64,
}

/// The journal, and what follows from it.
#[derive(Debug)]
struct Open {
    recorder: Recorder,
    watch: Watch,
    copying: JoinHandle<()>,
}

impl Agent {
    pub(crate) fn new(means: Means, settings: Settings, portrait: Portrait) -> Self {
        Self {
            means,
            settings,
            open: None,
            reopen_at: Duration::ZERO,
            pause: FIRST_PAUSE,
            files: None,
            refused: None,
            epoch: None,
            stamp: 0,
            accounts: BTreeSet::new(),
            looking: Vec::new(),
            wake_at: None,
            evidence: BTreeMap::new(),
            lags: Lags::default(),
            portrait,
            generation: 0,
        }
    }

    /// Runs until somebody asks it to end; `stepped` is called after every step.
    pub(crate) async fn run(
        mut self,
        mut events: mpsc::Receiver<Event>,
        (ending, stepped): (impl Future<Output = ()>, impl Fn(Option<&str>)),
    ) {
        tokio::pin!(ending);
        loop {
            tokio::select! {
                biased;
                () = &mut ending => break,
                () = self.reopen() => {}
            }
            self.publish();
            stepped(self.portrait.trouble());
            let event = tokio::select! {
                biased;
                () = &mut ending => break,
                event = events.recv() => event,
                () = self.means.clock.sleep(self.wait()) => Some(Event::Step(Input::Tick)),
            };
            let Some(event) = event else { break };
            self.take(event).await;
            // What came together is shown together.
            while let Some(Some(event)) = events.recv().now_or_never() {
                self.take(event).await;
            }
        }
        events.close();
        // What was told already must be on record, or it would be told again.
        while let Ok(event) = events.try_recv() {
            if matches!(event, Event::Step(Input::Delivery { .. })) {
                self.take(event).await;
            }
        }
        self.end().await;
    }

    fn wait(&self) -> Duration {
        let now = self.means.clock.now();
        let until = self.wake_at.and_then(|at| Duration::try_from(at.duration_since(now)).ok());
        let due = self.wake_at.is_some_and(|at| at <= now);
        if due { SHORTEST } else { until.unwrap_or(STEP).clamp(SHORTEST, STEP) }
    }

    async fn take(&mut self, event: Event) {
        match event {
            Event::Step(input) => {
                self.portrait.heard(&input, self.means.clock.now());
                self.step(input);
            }
            Event::Files(loaded) => self.read(loaded),
            Event::Leads(epoch) => {
                (self.epoch, self.stamp) = (Some(epoch), epoch);
                self.lead().await;
            }
            Event::Follows => {
                self.epoch = None;
                self.means.leads.send_replace(false);
                self.step(Input::LeaseLost);
            }
            Event::Seen(generation, id, _) if generation != self.generation => {
                tracing::debug!(look = id, "a look ended that nobody waits for any more");
            }
            Event::Seen(_, id, Ok(seen)) => {
                self.portrait.saw(&seen, self.means.clock.now());
                self.evidence.insert(seen.looked.evidence.clone(), seen.evidence);
                let evidence = seen.looked.evidence.clone();
                self.step(Input::Condition { condition: "look-failed".to_owned(), reason: None });
                self.step(Input::Looked(seen.looked));
                self.evidence.remove(&evidence);
                self.learn(seen.accounts);
                tracing::debug!(look = id, "a look ended");
            }
            Event::Seen(_, id, Err(trouble)) => {
                tracing::error!(look = id, "a look failed: {trouble}");
                self.portrait.looked_in_vain(id);
                self.step(Input::LookFailed { id });
                self.step(Input::Condition { condition: "look-failed".to_owned(), reason: Some(trouble) });
            }
            Event::Acknowledged { acknowledgement, by, name } => self.acknowledge(&acknowledgement, by, name),
            Event::Pulsed(told) => self.portrait.pulsed(told, self.means.clock.now()),
        }
    }

    /// Takes in that somebody knows of a finding. The message goes when it is on record, or can never be again.
    fn acknowledge(&mut self, acknowledgement: &Acknowledgement, by: String, name: String) {
        let Some(open) = &self.open else { return };
        let findings = &open.watch.state().findings;
        let known = findings.iter().find(|(key, _)| key.digest() == acknowledgement.finding);
        let current = known
            .filter(|(_, finding)| finding.opening == acknowledgement.opening && finding.acknowledged_by.is_none());
        if let Some((finding, opening)) = current.map(|(key, finding)| (key.clone(), finding.opening)) {
            tracing::info!(finding = %finding, by, "acknowledged");
            self.step(Input::Acknowledged { finding, opening, by });
        }
        let is_known = self.open.as_ref().is_some_and(|open| {
            let findings = &open.watch.state().findings;
            let mut same = findings.iter().filter(|(key, _)| key.digest() == acknowledgement.finding);
            let waits = |finding: &Finding| {
                finding.opening == acknowledgement.opening
                    && finding.open_since().is_some()
                    && finding.acknowledged_by.is_none()
            };
            !same.any(|(_, finding)| waits(finding))
        });
        if self.epoch.is_some() && is_known {
            let mailbox = Arc::clone(&self.means.mailbox);
            tokio::spawn(async move {
                if let Err(error) = mailbox.remove(&name).await {
                    tracing::warn!("an acknowledgement cannot be taken away: {error}");
                }
            });
        }
    }

    /// Takes one step: what it decides is written down, then done.
    fn step(&mut self, input: Input) {
        let now = self.means.clock.now();
        let Some(open) = &mut self.open else { return };
        let outputs = open.watch.step(input, now);
        self.carry(outputs, now);
    }

    fn carry(&mut self, outputs: Outputs, now: Timestamp) {
        let Some(open) = &self.open else { return };
        let written = block_in_place(|| open.recorder.append(&outputs.records, now, (self.stamp, &self.evidence)));
        if let Err(trouble) = written {
            return self.suspend(&trouble);
        }
        self.portrait.changed(!outputs.records.is_empty());
        self.wake_at = outputs.wake_at;
        for effect in outputs.effects {
            self.act(effect, now);
        }
    }

    fn act(&mut self, effect: Effect, at: Timestamp) {
        match effect {
            Effect::Look { id, policies } => self.look(Look { id, want: policies, at, findings: self.findings() }),
            Effect::Deliver { channel, notice } => {
                let declared = self.files.as_ref().and_then(|(declared, _)| declared.alerts.as_ref());
                let channels = declared.map(|alerts| alerts.channels.clone()).unwrap_or_default();
                self.means.teller.deliver(Arc::new(channels), channel, notice);
            }
            Effect::Forget(receipts) => {
                if let Some(queues) = self.means.queues.clone() {
                    tokio::spawn(async move { queues.forget(receipts).await });
                }
            }
            Effect::Pulse => {
                let declared = self.files.as_ref().and_then(|(declared, _)| declared.alerts.as_ref());
                if let Some(dead_man) = declared.and_then(|alerts| alerts.dead_man.as_ref()) {
                    self.means.teller.pulse(dead_man.url.clone());
                }
            }
        }
    }

    fn findings(&self) -> trackera_watch::findings::Findings {
        self.open.as_ref().map(|open| open.watch.state().findings.clone()).unwrap_or_default()
    }

    fn look(&mut self, look: Look) {
        let Some((_, rulebook)) = &self.files else { return };
        self.portrait.looks(look.id, look.at);
        let (generation, id, inputs) = (self.generation, look.id, self.means.inputs.clone());
        let evidence = self.open.as_ref().map(|open| open.recorder.evidence());
        let looking = looker::look(look, (Arc::clone(rulebook), Arc::clone(&self.means.reading)), evidence);
        let task = tokio::spawn(async move {
            let seen = looking.await.map(Box::new).map_err(|error| format!("{error:#}"));
            inputs.send(Event::Seen(generation, id, seen)).await;
        });
        self.looking.retain(|task| !task.is_finished());
        self.looking.push(task.abort_handle());
    }

    /// Ends the looks that nobody waits for any more.
    fn stop_looking(&mut self) {
        self.looking.drain(..).for_each(|task| task.abort());
        self.portrait.looks_no_more();
    }

    fn read(&mut self, loaded: Loaded) {
        match loaded {
            Loaded::Whole { mut declared, rulebook } => {
                tracing::info!(policies = declared.rules.rules.len(), "policies are in force");
                for (channel, problem) in self.means.teller.problems(declared.alerts.as_ref()) {
                    tracing::warn!(channel, "nobody can be told by this channel: {problem}");
                }
                self.portrait.read(&declared);
                if declared.accounts.is_empty() {
                    declared.accounts.clone_from(&self.accounts);
                }
                self.files = Some((*declared, rulebook));
                self.refused = None;
                self.stop_looking();
                self.tell_files();
            }
            Loaded::Bad { refused, told } => {
                tracing::error!("files have mistakes, and what was in force stays in force:\n{told}");
                self.portrait.refused(&told);
                self.refused = Some(refused.clone());
                self.step(Input::Files(Box::new(Err(refused))));
            }
        }
    }

    /// Tells the step what is in force, and what was refused since.
    fn tell_files(&mut self) {
        if let Some((declared, _)) = self.files.clone() {
            self.step(Input::Files(Box::new(Ok(declared))));
        }
        if let Some(refused) = self.refused.clone() {
            self.step(Input::Files(Box::new(Err(refused))));
        }
    }

    /// A company that declares no account watches the one of its credentials.
    fn learn(&mut self, seen: BTreeSet<String>) {
        let Some((declared, _)) = &mut self.files else { return };
        if declared.accounts.is_empty() && !seen.is_empty() {
            self.accounts.clone_from(&seen);
            declared.accounts = seen;
            if self.refused.is_none() {
                self.tell_files();
            }
        }
    }

    fn publish(&mut self) {
        let behind = self.means.clock.behind();
        let reason = (behind > BEHIND).then(|| {
            let behind = trackera_core::time::format(jiff::SignedDuration::from_secs(behind.as_secs()));
            format!("the clock of this machine is {behind} behind what the journal says already")
        });
        if self.portrait.behind(reason.is_some()) {
            self.step(Input::Condition { condition: "clock-behind".to_owned(), reason });
        }
        let open = self.open.as_ref().map(|open| (&open.watch, &*open.recorder.journal));
        if let Some(view) = self.portrait.view(open, self.epoch, (&self.lags, self.means.clock.now())) {
            self.means.views.send_replace(view);
        }
    }
}

/// The place of a log in a store.
pub(crate) fn place(prefix: &str, origin: &str) -> Path {
    Path::from(prefix).join("logs").join(origin)
}
