//! A rehearsal: every look and every read for real, every change told with resolved values, and nothing performed.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde_json::{Value as Json, json};

use crate::action::{Actions, Call, Kind, Looked, Permit};
use crate::clock::Clock;
use crate::id::RunId;
use crate::plan::condition::Names;
use crate::plan::reference::{Reference, resolve};
use crate::plan::{Act, Plan, Step, Work};
use crate::progress::Progress;

/// What a rehearsal needs of the world: it writes nothing down, and nobody is asked or kept out.
#[derive(Clone, Copy, Debug)]
pub struct Ports<'a> {
    /// What steps can name.
    pub actions: &'a Actions,
    /// The clocks.
    pub clock: &'a dyn Clock,
    /// Who watches.
    pub progress: &'a dyn Progress,
}

/// What a step would do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsed {
    /// The step.
    pub step: String,
    /// What it does, in one line, with the values that are known.
    pub what: String,
    /// What would become of it.
    pub would: Would,
}

/// What would become of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Would {
    /// It was read, and gave this.
    Read(Json),
    /// It would be changed from this state; none where there is nothing.
    Change(Option<Json>),
    /// It is so already.
    Nothing(Json),
    /// It would be skipped.
    Skip,
    /// A person would be asked.
    Ask,
    /// It stands on what an earlier step makes, and cannot be looked at before.
    Later,
    /// It would fail, or cannot be told, and why.
    Fail(String),
}

/// Rehearses a plan as the run with this name would carry it out. Steps whose outcome is not known give what they refer
/// to in its place.
pub async fn rehearse(plan: &Plan, run: &RunId, ports: &Ports<'_>) -> Vec<Rehearsed> {
    let mut known: BTreeMap<String, Json> = BTreeMap::new();
    let mut rehearsed = Vec::new();
    for step in &plan.steps {
        let one = rehearse_step((plan, step), (run, &known), ports).await;
        if let Would::Read(output) | Would::Nothing(output) = &one.would {
            known.insert(step.id.clone(), output.clone());
        }
        rehearsed.push(one);
    }
    rehearsed
}

async fn rehearse_step(
    (plan, step): (&Plan, &Step),
    (run, known): (&RunId, &BTreeMap<String, Json>),
    ports: &Ports<'_>,
) -> Rehearsed {
    let find = |reference: &Reference| {
        let root = match reference.of.as_str() {
            "parameters" => json!(plan.parameters),
            "run" => json!({"id": run, "started_at": ports.clock.now()}),
            step => known.get(step)?.clone(),
        };
        reference.path.iter().try_fold(root, |value, field| value.get(field).cloned())
    };
    // What is not known yet stands there as it was written.
    let shown = |reference: &Reference| find(reference).or_else(|| Some(json!(format!("${{{}}}", reference.text()))));
    let told = |what: String, would: Would| Rehearsed { step: step.id.clone(), what, would };
    let holds = step.when.as_ref().map_or(Ok(true), |when| {
        let names = Names::at(plan, &step.id, (ports.actions, &BTreeMap::new()));
        when.holds(&names, &find, ports.clock.now())
    });
    match &step.work {
        Work::Manual(manual) => {
            let ask = resolve(&json!(manual.ask), &shown).ok();
            told(ask.as_ref().and_then(Json::as_str).unwrap_or(&manual.ask).to_owned(), Would::Ask)
        }
        Work::Action(act) => {
            let Some(action) = ports.actions.get(&act.action) else {
                return told(act.action.clone(), Would::Fail("there is no such action".to_owned()));
            };
            let what = resolve(&act.arguments, &shown).map(|arguments| action.describe(&arguments));
            let what = what.unwrap_or_else(|error| error.to_string());
            let would = match (holds, resolve(&act.arguments, &find)) {
                (Ok(false), _) => Would::Skip,
                (Err(_), _) | (_, Err(_)) => Would::Later,
                (Ok(true), Ok(arguments)) => seen((&step.id, act), (run, &arguments), ports).await,
            };
            told(what, would)
        }
    }
}

async fn seen((step, act): (&str, &Act), (run, arguments): (&RunId, &Json), ports: &Ports<'_>) -> Would {
    let Some(action) = ports.actions.get(&act.action) else {
        return Would::Fail("there is no such action".to_owned());
    };
    let call = Call { run, step, arguments, before: None, clock: ports.clock, progress: ports.progress };
    let limit = Duration::try_from(act.timeout).unwrap_or_default();
    let late = || "looking took longer than it may".to_owned();
    if act.nature.kind == Kind::Read {
        let read = within(ports.clock, limit, action.perform(&call, &Permit::plain())).await;
        return match read {
            Some(Ok(output)) => Would::Read(output),
            Some(Err(error)) => Would::Fail(error.to_string()),
            None => Would::Fail(late()),
        };
    }
    match within(ports.clock, limit, action.look(&call)).await.unwrap_or_else(|| Looked::Unknown(late())) {
        Looked::Absent => Would::Change(None),
        Looked::Present(state) => Would::Change(Some(state)),
        Looked::Done(output) => Would::Nothing(output),
        Looked::Unknown(_) if act.nature.kind == Kind::Unsafe => Would::Change(None),
        Looked::Underway(why) | Looked::Unknown(why) => Would::Fail(why),
    }
}

/// What a call gave, unless it took longer than it may.
async fn within<T>(clock: &dyn Clock, limit: Duration, call: impl Future<Output = T>) -> Option<T> {
    let (call, over) = (std::pin::pin!(call), clock.sleep(limit));
    match select(call, over).await {
        Either::Left((answer, _)) => Some(answer),
        Either::Right(_) => None,
    }
}
