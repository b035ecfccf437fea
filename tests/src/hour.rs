//! A stretch of watching in a fraction of its time: what the agent takes, and what it asks, while nothing changes.
//!
//! The lab draws an estate and answers each question once; a stand-in repeats the answers. The agent is a process of its
//! own under a clock that is moved on whenever no look is being made, so that every moment that something is due at comes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::agent::{Agent, Company, MOVE};
use crate::process::{Memory, processor};
use crate::stage::{Mode, Stage};
use crate::{Lab, root};

/// How long the stand-in takes for an answer.
const ANSWER: Duration = Duration::from_millis(2);
/// How long the agent may take for a look.
const PATIENCE: Duration = Duration::from_secs(1_200);
/// Between looks at a process that tells nobody when it is ready.
const PAUSE: Duration = Duration::from_millis(10);
const NAME: &str = "watcher";

/// How much is watched, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Watching {
    /// What the lab draws at least.
    pub scale: u32,
    /// The topics whose policies are in force; all that are shipped, if there are none.
    pub topics: &'static [&'static str],
    /// How long it is watched, by the agent's clock.
    pub length: Duration,
    /// How often memory is told, by the agent's clock.
    pub every: Duration,
    /// How long an idle agent is watched, by every clock.
    pub idle: Duration,
}

/// What was seen of the agent.
#[derive(Debug, Default)]
pub struct Figures {
    /// How many resources the estate has.
    pub resources: usize,
    /// How many policies are in force.
    pub policies: usize,
    /// The agent's memory between looks, by how long it had watched; the first is that after the first look.
    pub memory: Vec<(Duration, Memory)>,
    /// The same after the second look.
    pub settled: Memory,
    /// The part of a processor that it took while nothing was due.
    pub idle: f64,
    /// How many looks it made.
    pub looks: usize,
    /// The calls that these looks made.
    pub made: BTreeMap<String, usize>,
    /// The calls that the poll plan promises for them.
    pub planned: BTreeMap<String, usize>,
    /// Requests that nobody had recorded.
    pub strangers: usize,
    /// The findings that are open at the end.
    pub findings: usize,
    /// The size of the journal after the first look and at the end, in bytes.
    pub journal: [u64; 2],
}

impl Figures {
    /// The operations that were called more often than planned.
    pub fn excess(&self) -> Vec<String> {
        let more = self.made.iter().map(|(operation, made)| {
            let planned = self.planned.get(operation).copied().unwrap_or(0);
            (operation, *made, planned)
        });
        let more = more.filter(|(_, made, planned)| made > planned);
        more.map(|(operation, made, planned)| format!("{operation}: {made} made, {planned} planned")).collect()
    }

    /// By which factor memory grew after the second look: what is resident between looks, and the most that ever was.
    pub fn growth(&self) -> [f64; 2] {
        let most = |part: fn(&Memory) -> u64| self.memory.iter().map(|(_, memory)| part(memory)).max().unwrap_or(0);
        let factor = |most: u64, settled: u64| most as f64 / settled.max(1) as f64;
        [
            factor(most(|memory| memory.resident), self.settled.resident),
            factor(most(|memory| memory.highest), self.settled.highest),
        ]
    }
}

/// Watches an estate.
pub fn watch(watching: Watching) -> Figures {
    let lab = Lab::generated(watching.scale, 1);
    let service = endpoint(&lab);
    let stage = Stage::open(Mode::Record(service)).expect("a port is free");
    let mut company = Company::new(&lab, &topics(watching.topics));
    hear_nothing(&company);
    let snapshot = company.home.path().join("estate.json").display().to_string();
    // Whatever is prepared on demand is ready after this.
    run(&company, &["estate", "collect", "--to", &snapshot]);
    company.lead_to(stage.address);
    stage.set(Mode::Record(service));
    run(&company, &["check", "--output", "json"]);
    stage.set(Mode::Replay(ANSWER));

    let mut figures = Figures { resources: resources(&snapshot), ..Figures::default() };
    let mut agent = company.timed_agent(NAME, &[]);
    observe(&company, &mut agent, watching, &mut figures);
    assert!(agent.end().1, "the agent ends well: {}", company.log(NAME));
    (figures.made, figures.strangers) = (stage.taken(), stage.strangers());
    let looks = looks(&company.directory(NAME));
    figures.looks = looks.len();
    figures.planned = planned(&company, &looks, &snapshot);
    figures
}

/// Moves the agent's clock on until it has watched for long enough, and takes note of what it takes.
fn observe(company: &Company<'_>, agent: &mut Agent, watching: Watching, figures: &mut Figures) {
    let journal = company.directory(NAME).join("journal");
    let ended = |count: usize| move |page: &Page| page.ended >= count && page.running == 0;
    until(company, ended(1));
    let mut memory = |at: Duration, agent: &Agent| {
        let memory = Memory::of(agent.id()).expect("the agent is alive");
        figures.memory.push((at, memory));
        memory
    };
    memory(Duration::ZERO, agent);
    figures.journal = [size(&journal); 2];
    let (begun, mut moved, mut told) = (Instant::now(), Duration::ZERO, Duration::ZERO);
    while begun.elapsed() + moved < watching.length {
        let page = until(company, |page| page.running == 0);
        if page.ended >= 2 && figures.settled.highest == 0 {
            figures.settled = Memory::of(agent.id()).expect("the agent is alive");
        }
        agent.pass(MOVE);
        moved += MOVE;
        pause(PAUSE);
        if begun.elapsed() + moved >= told + watching.every {
            told += watching.every;
            until(company, |page| page.running == 0);
            memory(told, agent);
        }
    }
    figures.idle = idle(company, agent, watching.idle);
    figures.findings = until(company, |page| page.running == 0).findings;
    figures.policies = company.figure("trackera_policies").unwrap_or(0);
    figures.journal[1] = size(&journal);
}

/// What the agent says of itself.
#[derive(Clone, Copy, Debug)]
struct Page {
    ended: usize,
    running: usize,
    findings: usize,
}

impl Page {
    fn read(company: &Company<'_>) -> Option<Self> {
        Some(Self {
            ended: company.figure("trackera_looks_total")?,
            running: company.figure("trackera_looks_running")?,
            findings: company.figure("trackera_findings_open")?,
        })
    }
}

/// Waits until the agent says so.
fn until(company: &Company<'_>, is_so: impl Fn(&Page) -> bool) -> Page {
    let limit = Instant::now() + PATIENCE;
    loop {
        if let Some(page) = Page::read(company).filter(&is_so) {
            return page;
        }
        assert!(Instant::now() < limit, "the agent does not get there: {}", company.log(NAME));
        pause(PAUSE);
    }
}

/// The part of a processor that the agent takes while it makes no look; where one comes up, it is tried again.
fn idle(company: &Company<'_>, agent: &Agent, length: Duration) -> f64 {
    let taken = || processor(agent.id()).expect("the agent is alive");
    loop {
        let before = until(company, |page| page.running == 0);
        let (begun, processor) = (Instant::now(), taken());
        while begun.elapsed() < length {
            pause(PAUSE);
        }
        let part = taken().saturating_sub(processor).as_secs_f64() / begun.elapsed().as_secs_f64();
        let after = until(company, |_| true);
        if after.running == 0 && after.ended == before.ended {
            return part;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "another process is watched, and what is measured keeps its processor")]
fn pause(length: Duration) {
    std::thread::sleep(length);
}

fn endpoint(lab: &Lab) -> SocketAddr {
    let url = lab.environment().get("AWS_ENDPOINT_URL").expect("the lab says where it is");
    url.trim_start_matches("http://").trim_end_matches('/').parse().expect("the lab listens on an address")
}

/// These topics, or all shipped ones.
fn topics(wanted: &[&str]) -> Vec<String> {
    if !wanted.is_empty() {
        return wanted.iter().copied().map(str::to_owned).collect();
    }
    let files = fs::read_dir(root().join("policies")).expect("the policies are there").map_while(Result::ok);
    let names = files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|form| form == "yaml"));
    names.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect()
}

/// Nothing changes, so there is no queue to hear of it, and its calls would be nobody's plan.
fn hear_nothing(company: &Company<'_>) {
    let text = fs::read_to_string(company.configuration()).expect("the configuration is there");
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("queues:")).collect();
    fs::write(company.configuration(), lines.join("\n")).expect("the configuration can be written");
}

fn run(company: &Company<'_>, arguments: &[&str]) -> Vec<u8> {
    let output = company.ops(arguments);
    let is_good = matches!(output.status.code(), Some(0 | 1 | 3));
    assert!(is_good, "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn resources(snapshot: &str) -> usize {
    let text = fs::read(snapshot).expect("the snapshot is there");
    let snapshot: Value = serde_json::from_slice(&text).expect("a snapshot is JSON");
    snapshot.get("resources").and_then(Value::as_array).map_or(0, Vec::len)
}

fn size(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).into_iter().flatten().map_while(Result::ok);
    let sizes = entries.map(|entry| {
        let path = entry.path();
        if path.is_dir() { size(&path) } else { entry.metadata().map_or(0, |found| found.len()) }
    });
    sizes.sum()
}

/// The policies of each look that the journal tells of, by the moment at which it began.
fn looks(directory: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut looks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for segment in fs::read_dir(directory.join("journal/segments")).expect("there is a journal").map_while(Result::ok) {
        let text = fs::read_to_string(segment.path()).expect("a segment is text");
        let bodies = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()?.get("body").cloned());
        for body in bodies {
            let Some(observation) = body.pointer("/record/observation") else { continue };
            let looked = observation.get("looked").and_then(Value::as_object).expect("a look says at what");
            let begun_at = observation.get("begun_at").and_then(Value::as_str).unwrap_or_default();
            looks.entry(begun_at.to_owned()).or_default().extend(looked.keys().cloned());
        }
    }
    looks
}

/// What the poll plan promises for these looks at this estate. A look at a part of it takes no more than one at the whole.
fn planned(
    company: &Company<'_>,
    looks: &BTreeMap<String, BTreeSet<String>>,
    snapshot: &str,
) -> BTreeMap<String, usize> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for policies in looks.values() {
        let policies: Vec<&str> = policies.iter().map(String::as_str).collect();
        *times.entry(policies.join(",")).or_default() += 1;
    }
    let mut planned = BTreeMap::new();
    for (policies, times) in times {
        let plan = ["policy", "calls", "--from", snapshot, "--policy", &policies, "--output", "json"];
        let plan: Value = serde_json::from_slice(&run(company, &plan)).expect("a plan is JSON");
        for line in plan.get("operations").and_then(Value::as_array).into_iter().flatten() {
            let (operation, calls) = (line.get("operation"), line.get("calls").and_then(Value::as_u64));
            let calls = calls.and_then(|calls| usize::try_from(calls).ok()).unwrap_or(0);
            let operation = operation.and_then(Value::as_str).unwrap_or_default().to_owned();
            *planned.entry(operation).or_default() += calls * times;
        }
    }
    planned
}
