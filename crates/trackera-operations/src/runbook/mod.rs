//! Runbooks: procedures that people write in YAML, checked as a whole before anybody can ask for one.
//!
//! A runbook that is loaded has nothing left that its linter would refuse; a plan is a runbook with its parameters.

mod parameter;
mod text;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use schemars::{Schema, schema_for};
use serde_json::{Map, Value as Json};
use thiserror::Error;
use trackera_core::source::{Problem, suggest};
use trackera_core::time;
use trackera_core::yaml::{File, Located, Pairs};
use trackera_journal::digest::Digest;

pub use self::parameter::{NotAllowed, Parameter, Shape};
pub use self::text::{
    ApprovalText, BreakGlassText, EvidenceText, NeedsText, ParameterText, RunbookFile, RunbookText, StepText, TypeText,
    UndoText,
};
use crate::action::{Action, Actions};
use crate::plan::condition::Condition;
use crate::plan::lint::{Contradiction, Part, lint, lint_typed};
use crate::plan::{Act, BreakGlass, Manual, Plan, Requirement, Sources, Step, Undo, VERSION, Work};

const USUAL_TIMEOUT: SignedDuration = SignedDuration::from_mins(1);
const USUAL_CREDENTIALS: SignedDuration = SignedDuration::from_mins(5);
const USUAL_EXPIRY: SignedDuration = SignedDuration::from_mins(30);

/// A runbook whose every part was checked.
#[derive(Clone, Debug)]
pub struct Runbook {
    /// Its name.
    pub id: String,
    /// What it is for, in a sentence.
    pub title: String,
    /// What it must be told.
    pub parameters: BTreeMap<String, Parameter>,
    /// The digest of the file that declares it.
    pub digest: Digest,
    /// The plan without values.
    template: Plan,
}

/// What a plan is asked for with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The parameters, as people type them.
    pub parameters: BTreeMap<String, String>,
    /// How it is meant.
    pub mode: String,
    /// The digest of the configuration.
    pub configuration: Digest,
    /// The digest of `allowed_signers`.
    pub allowed_signers: Digest,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoPlan {
    /// A parameter is missing, unknown, or not allowed.
    #[error("the parameter `{0}` {1}")]
    Parameter(String, NotAllowed),
    /// With these values the plan contradicts itself.
    #[error("the plan contradicts itself: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Contradictions(Vec<Contradiction>),
}

impl Runbook {
    /// The schema of the file, for editors and references.
    #[must_use]
    pub fn schema() -> Schema {
        schema_for!(RunbookFile)
    }

    /// Reads a runbook, and holds it against the actions that there are.
    ///
    /// # Errors
    /// Every mistake with its place; the file is taken as a whole or not at all.
    pub fn load(file: &File, actions: &Actions) -> Result<Self, Vec<Problem>> {
        let RunbookFile { runbook } = file.parse().map_err(|problem| vec![problem])?;
        let mut loading = Loading { file, problems: Vec::new() };
        let parameters = loading.parameters(&runbook.parameters);
        let template = loading.template(&runbook, actions, &parameters);
        if loading.problems.is_empty() {
            let types = parameters.iter().map(|(name, parameter)| (name.clone(), parameter.kind())).collect();
            loading.contradictions(&runbook, lint_typed(&template, actions, &types));
        }
        if !loading.problems.is_empty() {
            return Err(loading.problems);
        }
        let digest = Digest::of(file.text.as_bytes());
        Ok(Self { id: template.name.clone(), title: runbook.title, parameters, digest, template })
    }

    /// The plan without the values of its parameters.
    #[must_use]
    pub const fn template(&self) -> &Plan {
        &self.template
    }

    /// The plan for these values.
    ///
    /// # Errors
    /// What is wrong with the values, or with the plan that they make.
    pub fn plan(&self, asking: &Asking, actions: &Actions) -> Result<Plan, NoPlan> {
        let mut plan = self.template.clone();
        if let Some(name) = asking.parameters.keys().find(|name| !self.parameters.contains_key(*name)) {
            return Err(NoPlan::Parameter(name.clone(), NotAllowed::Unknown));
        }
        plan.parameters.clear();
        for (name, parameter) in &self.parameters {
            let value = parameter.value(asking.parameters.get(name).map(String::as_str));
            plan.parameters.insert(name.clone(), value.map_err(|why| NoPlan::Parameter(name.clone(), why))?);
        }
        plan.mode.clone_from(&asking.mode);
        plan.sources.runbook_digest = self.digest;
        plan.sources.configuration = asking.configuration;
        plan.sources.allowed_signers = asking.allowed_signers;
        match lint(&plan, actions) {
            found if found.is_empty() => Ok(plan),
            found => Err(NoPlan::Contradictions(found)),
        }
    }
}

struct Loading<'a> {
    file: &'a File,
    problems: Vec<Problem>,
}

impl Loading<'_> {
    fn say<T>(&mut self, at: &Located<T>, message: impl Into<String>, hint: Option<String>) {
        self.problems.push(self.file.problem(at.location(), message, hint));
    }

    fn parameters(&mut self, texts: &Pairs<ParameterText>) -> BTreeMap<String, Parameter> {
        let mut parameters = BTreeMap::new();
        for (name, text) in &texts.0 {
            let place = format!("{}:{}:{}", self.file.name, name.location().line(), name.location().column());
            match Parameter::of(text.value(), place) {
                Ok(parameter) => drop(parameters.insert(name.value().clone(), parameter)),
                Err(why) => self.say(name, format!("the parameter `{}` {why}", name.value().escape_debug()), None),
            }
        }
        parameters
    }

    fn template(&mut self, text: &RunbookText, actions: &Actions, parameters: &BTreeMap<String, Parameter>) -> Plan {
        let id = text.id.value().clone();
        if !is_kebab_case(&id) {
            self.say(&text.id, "a runbook's id is lower-case words with single hyphens between them", None);
        }
        let objective =
            |(name, length): &(Located<String>, Located<String>)| Some((name.value().clone(), self.length(length)?));
        let objectives = text.objectives.0.iter().filter_map(objective).collect();
        let approval = self.approval(text.approval.as_ref());
        let steps = text.steps.iter().filter_map(|step| self.step(step, actions)).collect();
        if text.steps.is_empty() {
            self.say(&text.id, "a runbook has at least one step", None);
        }
        Plan {
            version: VERSION,
            name: id.clone(),
            mode: "run".to_owned(),
            sources: Sources {
                runbook: id,
                runbook_digest: Digest::ZERO,
                configuration: Digest::ZERO,
                allowed_signers: Digest::ZERO,
            },
            parameters: parameters.keys().map(|name| (name.clone(), Json::Null)).collect(),
            locks: text.locks.iter().map(|lock| lock.value().clone()).collect(),
            approval,
            objectives,
            evacuated: text.leaves.iter().map(|region| region.value().clone()).collect(),
            steps,
        }
    }

    fn approval(&mut self, text: Option<&ApprovalText>) -> Requirement {
        let Some(text) = text else {
            return Requirement { people: 0, expires: USUAL_EXPIRY, break_glass: None };
        };
        let expires = text.expires.as_ref().map_or(Some(USUAL_EXPIRY), |expires| self.length(expires));
        let break_glass = text.break_glass.as_ref().and_then(|glass| {
            let (after, review_within) = (self.length(&glass.after)?, self.length(&glass.review_within)?);
            Some(BreakGlass { after, review_within })
        });
        Requirement { people: text.people, expires: expires.unwrap_or(USUAL_EXPIRY), break_glass }
    }

    fn step(&mut self, text: &StepText, actions: &Actions) -> Option<Step> {
        let work = match (&text.action, &text.ask) {
            (Some(name), None) => {
                let Some(action) = actions.get(name.value()) else {
                    let hint = suggest(name.value(), actions.all().map(Action::name).collect::<Vec<_>>());
                    self.say(name, format!("there is no action `{}`", name.value().escape_debug()), hint);
                    return None;
                };
                Work::Action(self.act(text, action)?)
            }
            (None, Some(ask)) => {
                if let Some(what) = text.only_for_actions() {
                    self.say(&text.id, format!("a step that asks a person has no `{what}`"), None);
                }
                Work::Manual(Manual {
                    ask: ask.value().clone(),
                    evidence: text.evidence == Some(EvidenceText::Required),
                })
            }
            _ => {
                let hint = Some("write `action: NAME`, or `ask: TEXT`".to_owned());
                self.say(&text.id, "a step either names an action or asks a person", hint);
                return None;
            }
        };
        let when = text.when.as_ref().map(|when| Condition::from(when.value().as_str()));
        Some(Step { id: text.id.value().clone(), work, when })
    }

    fn act(&mut self, text: &StepText, action: &dyn Action) -> Option<Act> {
        if text.evidence.is_some() {
            self.say(&text.id, "only a step that asks a person wants `evidence`", None);
        }
        let usual_credentials = if action.needs_credentials() { USUAL_CREDENTIALS } else { SignedDuration::ZERO };
        let nature = action.nature();
        let mut length =
            |text: &Option<Located<String>>, usual| text.as_ref().map_or(Some(usual), |it| self.length(it));
        let (timeout, credentials) =
            (length(&text.timeout, USUAL_TIMEOUT), length(&text.credentials, usual_credentials));
        let stays = match &text.stays {
            Some(stays) => Some(self.length(stays)?),
            None => None,
        };
        let pair = |(name, value): &(Located<String>, Located<Json>)| (name.value().clone(), value.value().clone());
        let needs_approval = nature.destructive || text.approval == Some(NeedsText::Required);
        Some(Act {
            action: action.name().to_owned(),
            nature,
            arguments: Json::Object(text.arguments.0.iter().map(pair).collect::<Map<_, _>>()),
            timeout: timeout?,
            tries: text.tries.as_ref().map_or(1, |tries| *tries.value()),
            credentials: credentials?,
            undo: match text.undo {
                None | Some(UndoText::Never) => Undo::Never,
                Some(UndoText::OnFailure) => Undo::OnFailure,
                Some(UndoText::AtEnd) => Undo::AtEnd,
            },
            stays,
            needs_approval,
        })
    }

    fn length(&mut self, text: &Located<String>) -> Option<SignedDuration> {
        match time::parse(text.value()) {
            Ok(length) if length.is_positive() => Some(length),
            Ok(_) => {
                self.say(text, "a length of time is longer than nothing", None);
                None
            }
            Err(message) => {
                self.say(text, message, None);
                None
            }
        }
    }

    /// What the linter finds, at the places that it is about.
    fn contradictions(&mut self, text: &RunbookText, found: Vec<Contradiction>) {
        for Contradiction { step, part, message, hint } in found {
            let written = text.steps.iter().rfind(|written| step.as_ref() == Some(written.id.value()));
            let problem = match (written, &part) {
                (Some(StepText { when: Some(when), .. }), Part::When(offset)) => {
                    self.file.problem_within(when, *offset, message, hint)
                }
                (Some(written), part) => self.file.problem(written.place(part), message, hint),
                (None, part) => self.file.problem(text.place(part), message, hint),
            };
            self.problems.push(problem);
        }
    }
}

fn is_kebab_case(id: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.bytes().all(is_letter)
        && !id.contains("--")
        && !id.ends_with('-')
}

#[cfg(test)]
mod tests;
