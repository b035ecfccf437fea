//! A small world that the agent is let loose on, with its estate, its queue, its channels, and sudden death.
//!
//! The world dies at any boundary: before a record is on disk, before an effect, and after an effect of which the answer
//! is lost. Records that are on disk stay there, and everything else is forgotten.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use trackera_core::company::Configuration;
use trackera_core::company::alerts::Alerts;
use trackera_core::policy::{Schedule, Severity};
use trackera_core::resource::Scope;
use trackera_core::verdict::Verdict;
use trackera_core::yaml::File;

use super::*;
use crate::events::Want;
use crate::findings::Sighting;
use crate::places::{ALL, Places};
use crate::record::{FindingKey, Seen, What};
use crate::schedule::{Rule, Rules};
use crate::state::{Entry, merge};

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const POLICY: &str = "disks";
pub(super) const EVENT: &str = "CreateVolume";
const START: i64 = 1_767_225_600;

pub(super) const ALERTS: &str = r#"company: {name: Example}
alerts:
  zone: Europe/Berlin
  channels:
    first: {slack: {url: {environment: A}}}
    second: {slack: {url: {environment: B}}}
    other: {slack: {url: {environment: C}}}
  routes:
    - {name: urgent, severities: [critical, high], to: [first, second], repeat: 30m, escalate: {after: 20m, to: [other]}}
    - {name: rest, severities: [medium, low], to: [second]}
  quiet: {severities: [low], hours: {from: "22:00", to: "07:00"}}
"#;

/// Something changes in the world.
#[derive(Clone, Debug)]
pub(super) enum Turn {
    /// A resource has another verdict, or is gone; an event tells of it.
    Becomes(&'static str, &'static str, Option<Verdict>),
    /// Nobody may list a region any more, or they may again.
    Refuses(&'static str, bool),
    /// A channel is out of order, or well again.
    Breaks(&'static str, bool),
    /// No look ends with an answer any more, or they do again.
    Fails(bool),
    /// Somebody acknowledges everything that is open.
    Acknowledges,
    /// The machine sleeps for so many seconds.
    Sleeps(i64),
    /// Nothing.
    Waits,
}

pub(super) type Script = Vec<(i64, Turn)>;

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(START + seconds).unwrap()
}

pub(super) fn alerts(text: &str) -> Alerts {
    let file = File { name: "trackera.yaml".to_owned(), text: text.to_owned() };
    Configuration::load(&file).unwrap().alerts.unwrap().check(&file).unwrap()
}

pub(super) fn declared() -> Declared {
    let rule = Rule {
        id: POLICY.to_owned(),
        title: "Disks are encrypted".to_owned(),
        topic: "storage".to_owned(),
        severity: Severity::Critical,
        fix: "Encrypt it.".to_owned(),
        schedule: Schedule::Every(SignedDuration::from_mins(15)),
        freshness: SignedDuration::from_hours(1),
        on: [EVENT.to_owned()].into(),
        scope: Scope::Region,
    };
    let rules = Rules { rules: [(POLICY.to_owned(), rule)].into(), waivers: Vec::new(), digest: "d".to_owned() };
    Declared { rules, accounts: [ACCOUNT.to_owned()].into(), regions: [].into(), alerts: Some(alerts(ALERTS)) }
}

pub(super) fn key(region: &str, id: &str) -> FindingKey {
    let [policy, account, region, kind, id] = [POLICY, ACCOUNT, region, "aws.ec2.volume", id].map(str::to_owned);
    FindingKey { policy, account, region, kind, id }
}

pub(super) fn event(id: &str, region: &str, at: Timestamp) -> String {
    json!({
        "version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.ec2", "account": ACCOUNT,
        "region": region,
        "detail": {"eventID": id, "eventName": EVENT, "eventSource": "ec2.amazonaws.com",
                   "eventTime": at.to_string(), "awsRegion": region},
    })
    .to_string()
}

/// Kills after so many boundaries each; what is left over never happens.
pub(super) type Kills = VecDeque<u64>;

pub(super) struct World {
    now: i64,
    pub(super) truth: BTreeMap<(&'static str, &'static str), Verdict>,
    refused: BTreeSet<&'static str>,
    broken: BTreeSet<&'static str>,
    fails: bool,
    /// When looks were asked for, and whether they failed.
    pub(super) looks: Vec<(i64, bool)>,
    queue: BTreeMap<String, String>,
    events: u64,
    /// What channels took, by idempotency key.
    pub(super) taken: BTreeMap<String, u32>,
    /// What is on disk.
    pub(super) journal: Vec<Entry>,
    successor: Successor,
    agent: Option<Watch>,
    inputs: VecDeque<Input>,
    wake_at: Option<Timestamp>,
    kills: Kills,
    pub(super) boundaries: u64,
    pub(super) deaths: u32,
    leads: bool,
    checks_folds: bool,
}

/// The agent is dead.
struct Dead;

/// Who goes on after a death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Successor {
    /// The same agent, from its log.
    Itself,
    /// The other agent, from both logs.
    Other,
}

impl World {
    pub(super) fn new(kills: Kills) -> Self {
        Self::with(Successor::Itself, kills)
    }

    pub(super) fn with(successor: Successor, kills: Kills) -> Self {
        let mut world = Self {
            now: 0,
            truth: BTreeMap::new(),
            refused: BTreeSet::new(),
            broken: BTreeSet::new(),
            fails: false,
            looks: Vec::new(),
            queue: BTreeMap::new(),
            events: 0,
            taken: BTreeMap::new(),
            journal: Vec::new(),
            successor,
            agent: None,
            inputs: VecDeque::new(),
            wake_at: None,
            kills,
            boundaries: 0,
            deaths: 0,
            leads: false,
            checks_folds: false,
        };
        world.work();
        world
    }

    /// Holds the state against the fold of the journal after every step.
    pub(super) fn checking_folds(mut self) -> Self {
        self.checks_folds = true;
        self
    }

    pub(super) fn state(&self) -> &State {
        self.agent.as_ref().unwrap().state()
    }

    pub(super) fn agent(&self) -> &Watch {
        self.agent.as_ref().unwrap()
    }

    /// Plays a script, then lets hours pass.
    pub(super) fn play(&mut self, script: &Script) {
        for (seconds, turn) in script {
            self.until(*seconds);
            self.turn(turn);
            self.work();
        }
        self.until(self.now + 3 * 3600);
    }

    /// Lets time pass.
    pub(super) fn until(&mut self, seconds: i64) {
        while let Some(wake_at) = self.wake_at.filter(|wake_at| *wake_at <= at(seconds)) {
            assert!(wake_at > at(self.now), "the agent wakes for nothing");
            self.now = wake_at.as_second() - START + i64::from(wake_at.subsec_nanosecond() > 0);
            self.inputs.push_back(Input::Tick);
            self.work();
        }
        self.now = self.now.max(seconds);
    }

    fn turn(&mut self, turn: &Turn) {
        match turn {
            Turn::Becomes(region, id, verdict) => {
                match verdict {
                    Some(verdict) => drop(self.truth.insert((region, id), *verdict)),
                    None => drop(self.truth.remove(&(*region, *id))),
                }
                self.events += 1;
                let (name, now) = (format!("e-{}", self.events), at(self.now));
                self.tell(&name, event(&name, region, now));
            }
            Turn::Refuses(region, true) => drop(self.refused.insert(region)),
            Turn::Refuses(region, false) => drop(self.refused.remove(region)),
            Turn::Breaks(channel, true) => drop(self.broken.insert(channel)),
            Turn::Breaks(channel, false) => drop(self.broken.remove(channel)),
            Turn::Fails(fails) => self.fails = *fails,
            Turn::Acknowledges => {
                let open: Vec<(FindingKey, u32)> =
                    self.state().findings.open().map(|(key, finding)| (key.clone(), finding.opening)).collect();
                for (finding, opening) in open {
                    self.inputs.push_back(Input::Acknowledged { finding, opening, by: "amelie".to_owned() });
                }
            }
            Turn::Sleeps(seconds) => {
                self.now += seconds;
                self.inputs.push_back(Input::Tick);
            }
            Turn::Waits => {}
        }
    }

    /// Puts a message into the queue.
    pub(super) fn tell(&mut self, receipt: &str, body: String) {
        self.queue.insert(receipt.to_owned(), body.clone());
        self.inputs.push_back(Input::Message { receipt: receipt.to_owned(), body: body.into_bytes() });
    }

    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Lets the agent work until nothing is left to do at this moment; if it dies, another one starts.
    pub(super) fn work(&mut self) {
        while self.try_to_work().is_err() {
            self.deaths += 1;
            (self.agent, self.inputs) = (None, VecDeque::new());
        }
    }

    fn try_to_work(&mut self) -> Result<(), Dead> {
        if self.agent.is_none() {
            self.begin()?;
        }
        while let Some(input) = self.inputs.pop_front() {
            let outputs = self.agent.as_mut().unwrap().step(input, at(self.now));
            self.carry_out(outputs)?;
        }
        Ok(())
    }

    /// The agent that is alive at this time of the world.
    fn name(&self) -> &'static str {
        if self.successor == Successor::Other && self.deaths % 2 == 1 { "two" } else { "one" }
    }

    fn epoch(&self) -> u64 {
        u64::from(self.deaths) + 1
    }

    fn folded(&self, wanted: impl Fn(&Entry) -> bool) -> State {
        merge(self.journal.iter().filter(|entry| wanted(entry)).cloned().collect())
    }

    fn begin(&mut self) -> Result<(), Dead> {
        self.leads = false;
        let name = self.name();
        let own = self.folded(|entry| entry.agent == name);
        let (agent, outputs) = Watch::start(Settings::usual(name), own, at(self.now));
        self.agent = Some(agent);
        self.carry_out(outputs)?;
        self.inputs.push_back(Input::Files(Box::new(Ok(declared()))));
        while let Some(input) = self.inputs.pop_front() {
            let outputs = self.agent.as_mut().unwrap().step(input, at(self.now));
            self.carry_out(outputs)?;
        }
        let state = Box::new(self.folded(|_| true));
        self.leads = true;
        self.inputs.push_back(Input::LeaseGained { epoch: self.epoch(), state });
        self.inputs.push_back(Input::Queue(Queue::Holds(0)));
        for (receipt, body) in &self.queue {
            self.inputs.push_back(Input::Message { receipt: receipt.clone(), body: body.clone().into_bytes() });
        }
        Ok(())
    }

    fn carry_out(&mut self, outputs: Outputs) -> Result<(), Dead> {
        for record in outputs.records {
            self.boundary()?;
            // What is on disk is what was written there.
            let record = Record::from_body(&record.to_body().unwrap()).unwrap();
            let agent = self.name().to_owned();
            let sequence = self.journal.iter().filter(|entry| entry.agent == agent).count();
            let epoch = if self.leads { self.epoch() } else { 0 };
            self.journal.push(Entry { epoch, agent, sequence: u64::try_from(sequence).unwrap(), record });
        }
        if self.checks_folds && self.leads {
            assert_eq!(&self.folded(|_| true), self.state());
        }
        for effect in outputs.effects {
            self.boundary()?;
            let answer = self.effect(effect);
            self.boundary()?;
            self.inputs.extend(answer);
        }
        self.wake_at = outputs.wake_at;
        Ok(())
    }

    fn boundary(&mut self) -> Result<(), Dead> {
        self.boundaries += 1;
        if self.kills.front() == Some(&self.boundaries) {
            self.kills.pop_front();
            return Err(Dead);
        }
        Ok(())
    }

    fn effect(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Look { id, policies } => {
                self.looks.push((self.now, self.fails));
                Some(if self.fails { Input::LookFailed { id } } else { Input::Looked(self.see(id, &policies)) })
            }
            Effect::Deliver { channel, notice } => {
                let broken = self.broken.contains(channel.as_str());
                if !broken {
                    *self.taken.entry(notice.key.clone()).or_default() += 1;
                }
                let outcome = if broken { Err("connection refused".to_owned()) } else { Ok(()) };
                Some(Input::Delivery { key: notice.key, channel, outcome })
            }
            Effect::Forget(receipts) => {
                receipts.iter().for_each(|receipt| drop(self.queue.remove(receipt)));
                None
            }
            Effect::Pulse => None,
        }
    }

    fn see(&self, id: u64, policies: &Want) -> Looked {
        let places = policies.get(POLICY).cloned().unwrap_or(Places::Everywhere);
        let row = |region: &str, id: &str, verdict| {
            let (severity, reason) = (Severity::Critical, format!("{id} is not encrypted"));
            let seen = Seen { severity, verdict, name: id.to_owned(), reason, evidence: String::new() };
            Sighting { key: key(region, id).into(), seen }
        };
        let seen = |region: &str| places.cover(ACCOUNT, region) && !self.refused.contains(region);
        let known = self.truth.iter().filter(|((region, _), _)| seen(region));
        let refused = self.refused.iter().filter(|region| places.cover(ACCOUNT, region));
        let sightings = known.map(|((region, id), verdict)| row(region, id, *verdict));
        let sightings = sightings.chain(refused.map(|region| row(region, ALL, Verdict::Unknown)));
        Looked { id, sightings: sightings.collect(), evidence: "e".to_owned(), counts: [0; 3], throttled: 0 }
    }

    /// Where findings stand: open or not, their verdict, and how often they were opened.
    pub(super) fn standing(&self) -> BTreeMap<FindingKey, (bool, Option<Verdict>, u32)> {
        let estate = self.state().findings.iter().filter(|(key, _)| !key.is_own());
        let stand = |finding: &crate::findings::Finding| {
            let verdict = finding.seen.as_ref().map(|seen| seen.verdict);
            (finding.open_since().is_some(), verdict, finding.opening)
        };
        estate.map(|(key, finding)| (key.clone(), stand(finding))).collect()
    }

    /// What each line was told of the estate's findings, reminders aside.
    pub(super) fn told(&self) -> BTreeSet<String> {
        let mut told = BTreeSet::new();
        for announcement in self.intended() {
            let news = announcement.items.iter().filter(|item| !item.finding.is_own());
            let news = news.filter(|item| !matches!(item.what, What::Repeated { .. }));
            told.extend(
                news.map(|item| format!("{} {} {} {:?}", announcement.line, item.finding, item.opening, item.what)),
            );
        }
        told
    }

    /// What was to be announced.
    pub(super) fn intended(&self) -> impl Iterator<Item = &crate::record::Announcement> {
        self.journal.iter().filter_map(|entry| match &entry.record {
            Record::Announcement(Announced::Intended(announcement)) => Some(announcement),
            _ => None,
        })
    }
}
