//! Policies: declared rules over resource kinds, loaded whole or not at all.

mod cases;
mod compile;
mod events;
mod example;
mod schedule;
mod text;
mod waiver;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use cases::{CaseOutcome, run_cases};
pub use compile::{Fix, Policy};
pub use schedule::{Cron, CronText, EveryText, Schedule, checked_zone, zone};
pub use text::{Case, Controls, Expectation, FixText, PolicyFile, PolicyText, Severity, WaiverText};
pub use waiver::{Signed, WAIVER_NAMESPACE, Waiver};

use crate::company::Configuration;
use crate::controls::{Claim, ClaimText, FrameworkText, Frameworks};
use crate::language::Value;
use crate::schema::{Demand, Schema};
use crate::source::{Problem, suggest};
use crate::spread::spread;
use crate::yaml::{File, Located};

/// What becomes of parameters for a policy that is not among the loaded ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// They are a mistake: the policies are all that there are, so the id is misspelt.
    Mistake,
    /// They are for another time: somebody chose a part of the policies.
    Skipped,
}

/// The configuration that parameters come from.
#[derive(Clone, Copy, Debug)]
pub struct Parameters<'a> {
    /// The file, for the places of mistakes.
    pub file: &'a File,
    /// What stands in it.
    pub configuration: &'a Configuration,
    /// What becomes of parameters for a policy that is not loaded.
    pub absent: Absent,
}

/// A set of policies that all passed the checks, with the exceptions to them.
#[derive(Clone, Debug)]
pub struct PolicySet {
    /// The schema that they were checked against.
    pub schema: Arc<Schema>,
    /// The policies, sorted by id.
    pub policies: Vec<Policy>,
    /// How they are written, with their examples, by policy id and with the file that they are in.
    pub texts: BTreeMap<Arc<str>, (Arc<File>, PolicyText)>,
    /// The exceptions.
    pub waivers: Vec<Waiver>,
    /// The frameworks whose items policies say that they cover.
    pub frameworks: Frameworks,
    /// What the company claims.
    pub claims: Vec<Claim>,
}

/// What files hold, each part with the file that it stands in.
#[derive(Default)]
struct Written<'a> {
    policies: Vec<(&'a File, PolicyText)>,
    waivers: Vec<(&'a File, WaiverText)>,
    claims: Vec<(&'a File, ClaimText)>,
    frameworks: Vec<(&'a File, FrameworkText)>,
}

impl<'a> Written<'a> {
    fn read(files: &'a [File], problems: &mut Vec<Problem>) -> Self {
        let mut written = Self::default();
        for (file, parsed) in files.iter().zip(spread(files, |file| file.parse::<PolicyFile>())) {
            match parsed {
                Ok(parsed) => {
                    written.policies.extend(parsed.policies.into_iter().map(|text| (file, text)));
                    written.waivers.extend(parsed.waivers.into_iter().map(|text| (file, text)));
                    written.claims.extend(parsed.claims.into_iter().map(|text| (file, text)));
                    written.frameworks.extend(parsed.frameworks.into_iter().map(|text| (file, text)));
                }
                Err(problem) => problems.push(problem),
            }
        }
        written
    }
}

/// Policies as they are written: parsed, and not checked yet.
pub struct Drafts<'a> {
    written: Written<'a>,
    problems: Vec<Problem>,
}

impl<'a> Drafts<'a> {
    /// Parses files, and takes note of those that cannot be read.
    pub fn read(files: &'a [File]) -> Self {
        let mut problems = Vec::new();
        Self { written: Written::read(files, &mut problems), problems }
    }

    /// The policies, whether right or wrong.
    pub fn policies(&self) -> impl Iterator<Item = &PolicyText> {
        self.written.policies.iter().map(|(_, text)| text)
    }
}

impl PolicySet {
    /// A set without anything in it.
    pub(crate) fn empty(schema: &Arc<Schema>) -> Self {
        Self {
            schema: Arc::clone(schema),
            policies: Vec::new(),
            texts: BTreeMap::new(),
            waivers: Vec::new(),
            frameworks: Frameworks::default(),
            claims: Vec::new(),
        }
    }

    /// Loads a set of files, and the parameters that the configuration gives.
    ///
    /// # Errors
    /// Gives every mistake of every file, sorted by place; a set with a mistake is not loaded in part.
    pub fn load(
        schema: &Arc<Schema>,
        files: &[File],
        parameters: Option<Parameters<'_>>,
    ) -> Result<Self, Vec<Problem>> {
        Self::check(schema, Drafts::read(files), parameters)
    }

    /// Checks policies that were parsed, as [`PolicySet::load`] does.
    ///
    /// # Errors
    /// Gives every mistake of every file, sorted by place; a set with a mistake is not loaded in part.
    pub fn check(
        schema: &Arc<Schema>,
        drafts: Drafts<'_>,
        parameters: Option<Parameters<'_>>,
    ) -> Result<Self, Vec<Problem>> {
        let Drafts { written, mut problems } = drafts;
        // A file that cannot be read hides policies, so complaints about what refers to policies would be noise.
        let whole = problems.is_empty();
        problems.extend(duplicates(written.policies.iter().map(|(file, text)| (*file, &text.id)), "policy"));
        let overrides = overrides(&written.policies, parameters, whole, &mut problems);
        let mut set = Self::empty(schema);
        let none = BTreeMap::new();
        let compiled = spread(&written.policies, |(file, text)| {
            let overrides = overrides.get(text.id.value()).unwrap_or(&none);
            let compiled = compile::compile(schema, file, text, overrides);
            compiled.map_err(|problem| blame(schema, (file, text), parameters, overrides, problem))
        });
        for outcome in compiled {
            match outcome {
                Ok(policy) => set.policies.push(policy),
                Err(problem) => problems.push(problem),
            }
        }
        if whole {
            set.refer(&written, &mut problems);
        }
        // Whoever reads the files verifies signatures; until then, what has to be signed is not.
        if parameters.is_some_and(|given| given.configuration.journal.allowed_signers.is_some()) {
            set.waivers.iter_mut().for_each(|waiver| waiver.signed = Signed::Missing);
        }
        set.keep(written.policies);
        set.policies.sort_by(|left, right| left.id.cmp(&right.id));
        problems.sort();
        if problems.is_empty() { Ok(set) } else { Err(problems) }
    }

    /// Takes in what refers to policies, or is referred to by them.
    fn refer(&mut self, written: &Written<'_>, problems: &mut Vec<Problem>) {
        match Frameworks::shipped() {
            Ok(shipped) => self.frameworks = shipped,
            Err(mistakes) => problems.extend(mistakes),
        }
        for (file, text) in &written.frameworks {
            problems.extend(self.frameworks.add(file, text));
        }
        for (file, text) in &written.policies {
            problems.extend(self.frameworks.check(file, &text.controls));
        }
        let ids: Vec<&str> = written.policies.iter().map(|(_, text)| text.id.value().as_str()).collect();
        for (file, text) in &written.waivers {
            match Waiver::check(file, text, &ids) {
                Ok(waiver) => self.waivers.push(waiver),
                Err(problem) => problems.push(problem),
            }
        }
        problems.extend(duplicates(written.claims.iter().map(|(file, text)| (*file, &text.id)), "claim"));
        for (file, text) in &written.claims {
            match Claim::check(file, text, &ids) {
                Ok(claim) => self.claims.push(claim),
                Err(mistakes) => problems.extend(mistakes),
            }
        }
    }

    /// Keeps how policies are written; those of one file share it.
    fn keep(&mut self, texts: Vec<(&File, PolicyText)>) {
        let mut files: BTreeMap<&str, Arc<File>> = BTreeMap::new();
        for (file, text) in texts {
            let file = files.entry(&file.name).or_insert_with(|| Arc::new(file.clone()));
            self.texts.insert(text.id.value().as_str().into(), (Arc::clone(file), text));
        }
    }

    /// Finds a policy by id.
    pub fn policy(&self, id: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.id.as_ref() == id)
    }

    /// What all policies together need to know.
    pub fn demand(&self) -> Demand {
        let mut demand = Demand::default();
        self.policies.iter().for_each(|policy| demand.add(&policy.demand));
        demand
    }

    /// Keeps the policies that a filter wants.
    pub fn retain(&mut self, wanted: impl Fn(&Policy) -> bool) {
        self.policies.retain(wanted);
    }

    /// Some of the policies, ready to judge, without their texts.
    #[must_use]
    pub fn part(&self, wanted: impl Fn(&Policy) -> bool) -> Self {
        let policies = self.policies.iter().filter(|policy| wanted(policy)).cloned().collect();
        Self { policies, waivers: self.waivers.clone(), ..Self::empty(&self.schema) }
    }
}

/// What has the id of something earlier of its sort.
fn duplicates<'a>(ids: impl Iterator<Item = (&'a File, &'a Located<String>)>, sort: &str) -> Vec<Problem> {
    let mut first: BTreeMap<&str, (&File, &Located<String>)> = BTreeMap::new();
    let mut problems = Vec::new();
    for (file, id) in ids {
        match first.get(id.value().as_str()) {
            Some((other, earlier)) => {
                let place = format!("{}:{}", other.name, earlier.location().line());
                let message = format!("the {sort} id `{}` is used already, at {place}", id.value().escape_debug());
                problems.push(file.problem(id.location(), message, None));
            }
            None => {
                first.insert(id.value(), (file, id));
            }
        }
    }
    problems
}

/// Collects the parameters that the configuration sets, and complains about those that nobody asked for.
fn overrides(
    texts: &[(&File, PolicyText)],
    parameters: Option<Parameters<'_>>,
    whole: bool,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, compile::Overrides> {
    let mut all = BTreeMap::new();
    let Some(Parameters { file, configuration, absent }) = parameters else {
        return all;
    };
    for (id, params) in &configuration.company.parameters.0 {
        let Some((_, text)) = texts.iter().find(|(_, text)| text.id.value() == id.value()) else {
            if whole && absent == Absent::Mistake {
                let known: Vec<&str> = texts.iter().map(|(_, text)| text.id.value().as_str()).collect();
                let message = format!("no policy is called `{}`", id.value().escape_debug());
                problems.push(file.problem(id.location(), message, suggest(id.value(), known)));
            }
            continue;
        };
        let mut values = BTreeMap::new();
        for (name, json) in &params.value().0 {
            let declared = text.params.0.iter().find(|(declared, _)| declared.value() == name.value());
            match (declared, Value::from_constant(json.value())) {
                (Some((_, default)), Some(value)) if same_shape(default.value(), json.value()) => {
                    values.insert(name.value().clone(), value);
                }
                (Some(_), _) => {
                    let message =
                        format!("`{}` should have the form of the policy's own value", name.value().escape_debug());
                    problems.push(file.problem(json.location(), message, None));
                }
                (None, _) => {
                    let known: Vec<&str> = text.params.0.iter().map(|(known, _)| known.value().as_str()).collect();
                    let message = format!("the policy has no parameter `{}`", name.value().escape_debug());
                    problems.push(file.problem(name.location(), message, suggest(name.value(), known)));
                }
            }
        }
        all.insert(id.value().clone(), values);
    }
    all
}

/// A policy that is right with its own parameters is not to blame for a value that the configuration gives it.
fn blame(
    schema: &Schema,
    (file, text): (&File, &PolicyText),
    parameters: Option<Parameters<'_>>,
    overrides: &compile::Overrides,
    problem: Problem,
) -> Problem {
    let fails = |overrides: &compile::Overrides| compile::compile(schema, file, text, overrides).is_err();
    let Some(Parameters { file: source, configuration, .. }) = parameters else { return problem };
    if overrides.is_empty() || fails(&compile::Overrides::new()) {
        return problem;
    }
    let given = configuration.company.parameters.0.iter().find(|(id, _)| id.value() == text.id.value());
    let Some((id, params)) = given else { return problem };
    let alone = |name: &String| overrides.get(name).map(|value| (name.clone(), value.clone())).into_iter().collect();
    let culprit = params.value().0.iter().find(|(name, _)| fails(&alone(name.value())));
    let location = culprit.map_or(id.location(), |(_, json)| json.location());
    let used = format!("the value is used at {}:{}:{}", problem.file, problem.line, problem.column);
    let hint = problem.hint.map_or_else(|| used.clone(), |hint| format!("{hint}; {used}"));
    source.problem(location, problem.message, Some(hint))
}

fn same_shape(one: &serde_json::Value, other: &serde_json::Value) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}
