//! From a written policy to a checked one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::SignedDuration;
use serde::Serialize;
use serde_saphyr::Location;

use super::events;
use super::schedule::Schedule;
use super::text::{Controls, Expectation, FixText, PolicyText, Severity};
use crate::language::{Environment, Expression, ExpressionError, Reads, Subject, Template, Value, check};
use crate::schema::{Demand, KindSchema, Schema, Type, operation};
use crate::source::{Problem, suggest};
use crate::time;
use crate::verdict::Verdict;
use crate::yaml::{File, Located};

/// What to do about a breach.
#[derive(Clone, Debug, Serialize)]
pub struct Fix {
    /// In words.
    pub text: String,
    /// The name of the runbook that does it, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
}

/// A policy whose every part was checked.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The stable name.
    pub id: Arc<str>,
    /// What holds when it is kept.
    pub title: String,
    /// The kind that it judges.
    pub kind: KindSchema,
    /// How bad a breach is.
    pub severity: Severity,
    /// The constants in force.
    pub params: BTreeMap<String, Value>,
    /// Which resources it is about.
    pub scope: Option<Expression>,
    /// What must hold.
    pub assertion: Expression,
    /// What to say when it does not.
    pub message: Template,
    /// How many resources there must be.
    pub min_resources: usize,
    /// When it is judged.
    pub schedule: Schedule,
    /// The longest time between two judgements by its schedule.
    pub every: SignedDuration,
    /// The API calls after which it is judged at once.
    pub on: Vec<String>,
    /// How old the evidence may be.
    pub freshness: SignedDuration,
    /// The items of standards that it covers.
    pub controls: Controls,
    /// What to do about a breach.
    pub fix: Fix,
    /// What it needs to know.
    pub demand: Demand,
    /// The file that it is in, and the line of its id.
    pub place: (String, u64),
}

/// The parameters that a policy gets from elsewhere, by name.
pub(super) type Overrides = BTreeMap<String, Value>;

/// Checks one policy.
pub(super) fn compile(
    schema: &Schema,
    file: &File,
    text: &PolicyText,
    overrides: &Overrides,
) -> Result<Policy, Problem> {
    check_id(file, &text.id)?;
    let kind = find_kind(schema, file, &text.resource)?;
    let params = params(file, text, overrides)?;
    let environment = Environment { subject: Some(Subject { schema, kind }), params: &params, variables: &[] };
    let mut compiler = Compiler { file, environment, reads: Reads::default() };
    let scope = text.scope.as_ref().map(|scope| compiler.condition(scope)).transpose()?;
    let assertion = compiler.condition(&text.assert)?;
    let message = compiler.message(&text.message)?;
    let Reads { demand, params: used } = compiler.reads;
    check_unused(file, text, &used)?;
    let schedule = Schedule::check(file, &text.every)?;
    let every = schedule.longest();
    let freshness = positive(file, text.freshness.location(), text.freshness.value())?;
    check_freshness(file, &text.freshness, freshness, &demand)?;
    check_rhythm(file, &text.freshness, freshness, every)?;
    events::check(file, &text.on)?;
    check_words(file, text)?;
    Ok(Policy {
        id: text.id.value().as_str().into(),
        title: text.title.clone(),
        kind: kind.clone(),
        severity: text.severity,
        scope,
        assertion,
        message,
        min_resources: text.expect.as_ref().map_or(Ok(0), |expect| min_resources(file, expect))?,
        schedule,
        every,
        on: text.on.iter().map(|event| event.value().clone()).collect(),
        freshness,
        controls: controls(text),
        fix: fix(file, &text.fix)?,
        demand,
        place: (file.name.clone(), text.id.location().line()),
        params,
    })
}

struct Compiler<'a> {
    file: &'a File,
    environment: Environment<'a>,
    reads: Reads,
}

impl Compiler<'_> {
    fn condition(&mut self, source: &Located<String>) -> Result<Expression, Problem> {
        let (expression, reads) = check(source.value(), &self.environment, Some(&Type::Bool))
            .map_err(|error| located(self.file, source, error))?;
        self.note(reads);
        Ok(expression)
    }

    fn message(&mut self, source: &Located<String>) -> Result<Template, Problem> {
        let (template, reads) =
            Template::check(source.value(), &self.environment).map_err(|error| located(self.file, source, error))?;
        self.note(reads);
        Ok(template)
    }

    fn note(&mut self, reads: Reads) {
        self.reads.demand.add(&reads.demand);
        self.reads.params.extend(reads.params);
    }
}

fn located(file: &File, source: &Located<String>, error: ExpressionError) -> Problem {
    file.problem_within(source, error.span.start, error.message, error.hint)
}

fn check_id(file: &File, id: &Located<String>) -> Result<(), Problem> {
    let text = id.value();
    if is_name(text) {
        return Ok(());
    }
    let message = format!("`{}` is not a policy id", text.escape_debug());
    let hint = "use lower-case words joined by hyphens, 64 letters at most, such as `keys-are-rotated`";
    Err(file.problem(id.location(), message, Some(hint.to_owned())))
}

/// Lower-case words joined by hyphens.
fn is_name(text: &str) -> bool {
    let letters = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let shape = text.split('-').all(|part| !part.is_empty()) && text.len() <= 64;
    letters && shape && text.starts_with(|first: char| first.is_ascii_lowercase())
}

fn find_kind<'s>(schema: &'s Schema, file: &File, kind: &Located<String>) -> Result<&'s KindSchema, Problem> {
    schema.kind(kind.value()).ok_or_else(|| {
        let message = format!("no resource kind is called `{}`", kind.value().escape_debug());
        let known: Vec<&str> = schema.kinds().iter().map(|kind| kind.name.as_ref()).collect();
        file.problem(kind.location(), message, suggest(kind.value(), known))
    })
}

fn params(file: &File, text: &PolicyText, overrides: &Overrides) -> Result<BTreeMap<String, Value>, Problem> {
    let mut params = BTreeMap::new();
    for (name, json) in &text.params.0 {
        let value = Value::from_constant(json.value()).ok_or_else(|| {
            let message = format!("the parameter `{}` has no value that policies can use", name.value().escape_debug());
            file.problem(
                json.location(),
                message,
                Some("use text, whole numbers, true, false, or lists of them".to_owned()),
            )
        })?;
        params.insert(name.value().clone(), value);
    }
    params.extend(overrides.iter().map(|(name, value)| (name.clone(), value.clone())));
    Ok(params)
}

fn check_unused(file: &File, text: &PolicyText, used: &BTreeSet<String>) -> Result<(), Problem> {
    match text.params.0.iter().find(|(name, _)| !used.contains(name.value())) {
        Some((name, _)) => {
            let message = format!("no expression uses the parameter `{}`", name.value().escape_debug());
            Err(file.problem(name.location(), message, Some("use it as `params.name`, or take it away".to_owned())))
        }
        None => Ok(()),
    }
}

/// A length of time that is longer than nothing.
pub(super) fn positive(file: &File, at: &Location, text: &str) -> Result<SignedDuration, Problem> {
    match time::parse(text) {
        Ok(length) if length.is_positive() => Ok(length),
        Ok(_) => Err(file.problem(at, "this length of time must be longer than nothing", None)),
        Err(message) => Err(file.problem(at, message, None)),
    }
}

/// Evidence that a service renews every few hours can never be fresher than that.
fn check_freshness(
    file: &File,
    text: &Located<String>,
    freshness: SignedDuration,
    demand: &Demand,
) -> Result<(), Problem> {
    let slowest = demand.operations.iter().filter_map(|name| operation(name)).max_by_key(|operation| operation.period);
    match slowest {
        Some(slowest) if slowest.period > freshness => {
            let message = format!(
                "the freshness is shorter than the {} that {} takes to renew",
                time::format(slowest.period),
                slowest.name
            );
            let hint = format!("allow at least `{}`", time::format(slowest.period));
            Err(file.problem(text.location(), message, Some(hint)))
        }
        _ => Ok(()),
    }
}

/// Evidence that ends before the next judgement would leave the rule unknown in between.
fn check_rhythm(
    file: &File,
    text: &Located<String>,
    freshness: SignedDuration,
    every: SignedDuration,
) -> Result<(), Problem> {
    if freshness >= every {
        return Ok(());
    }
    let message = format!("the evidence would be too old before it is renewed after {}", time::format(every));
    Err(file.problem(text.location(), message, Some(format!("allow at least `{}`", time::format(every)))))
}

fn min_resources(file: &File, expect: &Expectation) -> Result<usize, Problem> {
    match *expect.min_resources.value() {
        0 => {
            let hint = "expect at least 1, or take `expect` away".to_owned();
            Err(file.problem(expect.min_resources.location(), "this expects nothing", Some(hint)))
        }
        least => Ok(usize::try_from(least).unwrap_or(usize::MAX)),
    }
}

fn controls(text: &PolicyText) -> Controls {
    let ids = |items: &[Located<String>]| items.iter().map(|item| item.value().clone()).collect();
    text.controls.0.iter().map(|(framework, items)| (framework.value().clone(), ids(items.value()))).collect()
}

fn fix(file: &File, text: &FixText) -> Result<Fix, Problem> {
    if let Some(runbook) = text.runbook.as_ref().filter(|runbook| !is_name(runbook.value())) {
        let message = format!("`{}` is not the name of a runbook", runbook.value().escape_debug());
        let hint = "use lower-case words joined by hyphens, such as `close-port`".to_owned();
        return Err(file.problem(runbook.location(), message, Some(hint)));
    }
    Ok(Fix { text: text.text.clone(), runbook: text.runbook.as_ref().map(|runbook| runbook.value().clone()) })
}

/// A policy that says nothing, or is not shown to pass, fail and be unknown, is not finished.
fn check_words(file: &File, text: &PolicyText) -> Result<(), Problem> {
    let at = text.id.location();
    if text.title.trim().is_empty() || text.fix.text.trim().is_empty() || text.message.value().trim().is_empty() {
        return Err(file.problem(at, "a policy needs a title, a message and a fix in words", None));
    }
    for want in [Verdict::Pass, Verdict::Fail, Verdict::Unknown] {
        if text.tests.iter().all(|case| case.want != want) {
            let message = format!("the policy has no test that wants `{}`", want.word());
            let hint = "show at least one example each that passes, fails and is unknown";
            return Err(file.problem(at, message, Some(hint.to_owned())));
        }
    }
    Ok(())
}
