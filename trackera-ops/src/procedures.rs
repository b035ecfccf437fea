//! What can be run by its name: declared drills, and runbooks that people wrote. Both become plans.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use anyhow::anyhow;
use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;
use trackera_core::source::{Problem, suggest};
use trackera_core::yaml::File;
use trackera_journal::digest::Digest;
use trackera_operations::action::{Actions, Kind};
use trackera_operations::general::general_actions;
use trackera_operations::plan::reference::{Reference, resolve};
use trackera_operations::plan::{Plan, Step, Undo, Work};
use trackera_operations::runbook::{Asking, NoPlan, NotAllowed, Runbook, RunbookFile};

use crate::drills;
use crate::failure::Failure;
use crate::settings::{InForce, read_policies};
use crate::world::{self, Declared, Settings};

/// Directories beside the runbooks that hold something else.
const OTHERS: [&str; 2] = ["drills", "failover"];
/// The mode of a procedure that has one way only.
const MODE: &str = "run";
/// The parameter of every drill.
const DAMAGE: &str = "damage";

/// Something that can be run.
#[derive(Debug)]
pub(crate) enum Procedure {
    /// A declared drill.
    Drill(Box<Declared>),
    /// A runbook.
    Runbook(Box<Runbook>),
}

/// What a step of a plan does, for people.
#[derive(Debug)]
pub(crate) struct Told {
    /// The step.
    pub(crate) step: String,
    /// What it does, with the values that are known.
    pub(crate) what: String,
    /// What becomes of it.
    pub(crate) after: &'static str,
    /// Whether it waits for an approval.
    pub(crate) needs_approval: bool,
}

/// What steps can name, and what waits for their answers. AWS is not asked anything yet.
///
/// # Errors
/// Fails when the system does not let the program wait for answers.
pub(crate) fn actions(in_force: &InForce, settings: &Settings) -> io::Result<(Runtime, Actions)> {
    let (runtime, changes) = world::changes(settings)?;
    let actions = world::actions(None, &changes, in_force).and(general_actions(None));
    Ok((runtime, actions))
}

/// Every runbook, held against the actions that there are.
///
/// # Errors
/// Gives every mistake of every file, and of the drills that share their names with them.
pub(crate) fn runbooks(in_force: &InForce, actions: &Actions) -> Result<Vec<Runbook>, Failure> {
    let root = in_force.runbooks();
    if !world::is_directory(&root) {
        return Ok(Vec::new());
    }
    let mut files = read_policies(std::slice::from_ref(&root))?;
    files.retain(|file| !is_other(&root, file));
    let (mut loaded, mut problems) = (Vec::new(), Vec::new());
    for file in &files {
        match Runbook::load(file, actions) {
            Ok(runbook) => loaded.push((runbook, file)),
            Err(found) => problems.extend(found),
        }
    }
    let mut ids = match in_force.drills() {
        Ok(drills) => drills.into_iter().map(|(drill, _)| drill.id).collect(),
        Err(Failure::Problems(of_drills)) => {
            problems.extend(of_drills);
            BTreeSet::new()
        }
        Err(other) => return Err(other),
    };
    problems.extend(loaded.iter().filter_map(|(runbook, file)| taken(runbook, file, &mut ids)));
    if problems.is_empty() {
        Ok(loaded.into_iter().map(|(runbook, _)| runbook).collect())
    } else {
        Err(Failure::Problems(problems))
    }
}

/// Tells whether a file is no runbook, by the directory that it lies in.
fn is_other(root: &Path, file: &File) -> bool {
    let below = Path::new(&file.name).strip_prefix(root).ok();
    below.and_then(|below| below.iter().next()).is_some_and(|first| OTHERS.iter().any(|other| first == *other))
}

/// What is wrong with an id that another procedure has.
fn taken(runbook: &Runbook, file: &File, ids: &mut BTreeSet<String>) -> Option<Problem> {
    if ids.insert(runbook.id.clone()) {
        return None;
    }
    let read: RunbookFile = file.parse().ok()?;
    let message = format!("`{}` is the name of another runbook or drill", runbook.id);
    Some(file.problem(read.runbook.id.location(), message, Some("give each a name of its own".to_owned())))
}

impl Procedure {
    /// The drill or runbook with this name.
    ///
    /// # Errors
    /// Gives every mistake of every file; fails when nothing has this name, and offers the nearest.
    pub(crate) fn find(in_force: &InForce, actions: &Actions, id: &str) -> Result<Self, Failure> {
        let runbooks = runbooks(in_force, actions)?.into_iter().map(|runbook| Self::Runbook(Box::new(runbook)));
        let drills = drills::all(in_force)?.into_iter().map(|drill| Self::Drill(Box::new(drill)));
        let all: Vec<Self> = runbooks.chain(drills).collect();
        let names: Vec<String> = all.iter().map(|one| one.id().to_owned()).collect();
        let hint = match names.is_empty() {
            true => Some(format!("write runbooks into `{}`", in_force.runbooks().display())),
            false => suggest(id, names.iter().map(String::as_str)),
        };
        let error = anyhow!("no runbook and no drill is called `{}`", id.escape_debug());
        all.into_iter().find(|one| one.id() == id).ok_or_else(|| Failure::usage(error).hint(hint))
    }

    /// Its name.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Drill(declared) => &declared.drill.id,
            Self::Runbook(runbook) => &runbook.id,
        }
    }

    /// What it is for.
    pub(crate) fn title(&self) -> &str {
        match self {
            Self::Drill(declared) => &declared.drill.title,
            Self::Runbook(runbook) => &runbook.title,
        }
    }

    /// The plan for these values, as they are typed.
    ///
    /// # Errors
    /// Fails when a value is missing, unknown or not allowed, and when the plan contradicts itself.
    pub(crate) fn plan(
        &self,
        (in_force, actions): (&InForce, &Actions),
        parameters: BTreeMap<String, String>,
    ) -> Result<Plan, Failure> {
        match self {
            Self::Drill(declared) => Ok(declared.plan(in_force, damage(&parameters)?)),
            Self::Runbook(runbook) => {
                let of = |file: Option<&File>| Digest::of(file.map_or("", |file| file.text.as_str()).as_bytes());
                let asking = Asking {
                    parameters,
                    mode: MODE.to_owned(),
                    configuration: of(in_force.configuration.as_ref().map(|(file, _)| file)),
                    allowed_signers: of(in_force.signers.as_ref().map(|signers| &signers.file)),
                };
                runbook.plan(&asking, actions).map_err(|error| {
                    let place = match &error {
                        NoPlan::Parameter(name, _) => runbook.parameters.get(name),
                        NoPlan::Contradictions(_) => None,
                    };
                    Failure::usage(error).hint(place.map(|parameter| format!("declared in {}", parameter.place)))
                })
            }
        }
    }
}

/// Whether a drill damages its copy on purpose.
fn damage(parameters: &BTreeMap<String, String>) -> Result<bool, Failure> {
    let refused = |name: &str, why: NotAllowed| Err(Failure::usage(anyhow!("the parameter `{name}` {why}")));
    match parameters.keys().find(|name| *name != DAMAGE) {
        Some(name) => refused(name, NotAllowed::Unknown),
        None => match parameters.get(DAMAGE).map(String::as_str) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => refused(DAMAGE, NotAllowed::Choice(vec!["true".to_owned(), "false".to_owned()])),
        },
    }
}

/// The parameters of a plan as somebody would type them.
pub(crate) fn typed(plan: &Plan) -> BTreeMap<String, String> {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    plan.parameters.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

/// What each step of a plan does; what is not known yet stands there as it was written.
pub(crate) fn told(plan: &Plan, actions: &Actions) -> Vec<Told> {
    let shown =
        |reference: &Reference| plan.parameter(reference).or_else(|| Some(json!(format!("${{{}}}", reference.text()))));
    let line = |step: &Step| match &step.work {
        Work::Manual(manual) => {
            let ask = resolve(&json!(manual.ask), &shown).ok();
            ask.as_ref().and_then(Json::as_str).unwrap_or(&manual.ask).to_owned()
        }
        Work::Action(act) => match (actions.get(&act.action), resolve(&act.arguments, &shown)) {
            // An action tells nothing of values that nobody gave yet.
            (Some(_), _) if plan.parameters.values().any(Json::is_null) => act.action.clone(),
            (Some(action), Ok(arguments)) => action.describe(&arguments),
            (None, _) => format!("`{}`, which this program does not know", act.action),
            (_, Err(error)) => error.to_string(),
        },
    };
    let told = |step: &Step| Told {
        step: step.id.clone(),
        what: line(step),
        after: after(step),
        needs_approval: step.act().is_some_and(|act| act.needs_approval),
    };
    plan.steps.iter().map(told).collect()
}

/// What becomes of what a step does.
fn after(step: &Step) -> &'static str {
    match step.act() {
        None => "a person does it",
        Some(act) if act.nature.kind == Kind::Read => "changes nothing",
        Some(act) => match act.undo {
            Undo::Never => "is not taken back",
            Undo::OnFailure => "stays, unless a later step fails",
            Undo::AtEnd => "removed at the end",
        },
    }
}

/// Whether a step of a plan waits for an approval.
pub(crate) fn needs_approval(plan: &Plan) -> bool {
    plan.steps.iter().filter_map(Step::act).any(|act| act.needs_approval)
}
