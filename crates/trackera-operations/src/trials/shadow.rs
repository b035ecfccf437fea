//! A fake behind the actions of any plan: each is named, and behaves, as the nature of the real one says, and has one
//! effect that is counted. So a plan is tried whatever its actions would do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Value as Json, json};
use trackera_core::schema::Type;

use super::World;
use crate::action::{Action, ActionError, Actions, Call, Kind, Looked, Nature, Permit};
use crate::plan::{Plan, Step, Undo};

/// The fake behind one plan.
#[derive(Debug)]
pub struct Shadow {
    actions: Vec<Arc<dyn Action>>,
    effects: Effects,
    /// The steps whose effects are only for the run.
    passing: Vec<String>,
}

/// How often each step had its effect, and whether that stands.
type Effects = Arc<Mutex<BTreeMap<String, (u32, bool)>>>;

/// The fake of one action.
#[derive(Debug)]
struct Like {
    name: &'static str,
    nature: Nature,
    outputs: &'static [&'static str],
    types: Vec<Option<Type>>,
    effects: Effects,
}

impl Shadow {
    /// A fake for a plan, of the actions that would carry it out.
    #[must_use]
    pub fn of(plan: &Plan, actions: &Actions) -> Self {
        let effects = Effects::default();
        let like = |action: &dyn Action| -> Arc<dyn Action> {
            let (outputs, effects) = (action.outputs(), Arc::clone(&effects));
            let types = outputs.iter().map(|field| action.output_type(field)).collect();
            Arc::new(Like { name: action.name(), nature: action.nature(), outputs, types, effects })
        };
        let is_passing = |step: &&Step| step.act().is_some_and(|act| act.undo == Undo::AtEnd);
        let passing = plan.steps.iter().filter(is_passing).map(|step| step.id.clone()).collect();
        Self { actions: actions.all().map(like).collect(), effects, passing }
    }

    fn standing(&self) -> Vec<String> {
        let effects = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
        effects.iter().filter(|(_, (_, stands))| *stands).map(|(step, _)| step.clone()).collect()
    }
}

impl World for Shadow {
    fn actions(&self) -> Vec<Arc<dyn Action>> {
        self.actions.clone()
    }

    fn estate(&self) -> Json {
        json!(self.standing())
    }

    fn doubled(&self) -> Vec<String> {
        let effects = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
        effects.iter().filter(|(_, (count, _))| *count > 1).map(|(step, _)| step.clone()).collect()
    }

    fn left_over(&self) -> Vec<String> {
        self.standing().into_iter().filter(|step| self.passing.contains(step)).collect()
    }
}

impl Like {
    fn effects(&self) -> MutexGuard<'_, BTreeMap<String, (u32, bool)>> {
        self.effects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn output(&self) -> Json {
        let value = |kind: &Option<Type>| match kind {
            Some(Type::Bool) => json!(true),
            Some(Type::Int) => json!(1),
            Some(Type::Timestamp) => json!("2026-01-01T00:00:00Z"),
            Some(Type::List(_)) => json!([]),
            Some(_) | None => json!("shadow"),
        };
        self.outputs.iter().zip(&self.types).map(|(field, kind)| ((*field).to_owned(), value(kind))).collect()
    }
}

#[async_trait]
impl Action for Like {
    fn name(&self) -> &'static str {
        self.name
    }

    fn nature(&self) -> Nature {
        self.nature.clone()
    }

    fn describe(&self, _: &Json) -> String {
        format!("the shadow of {}", self.name)
    }

    fn outputs(&self) -> &'static [&'static str] {
        self.outputs
    }

    fn output_type(&self, field: &str) -> Option<Type> {
        let place = self.outputs.iter().position(|output| *output == field)?;
        self.types.get(place).cloned().flatten()
    }

    async fn look(&self, call: &Call<'_>) -> Looked {
        match (self.nature.kind, self.effects().get(call.step)) {
            (Kind::Unsafe, _) => Looked::Unknown("it cannot be seen".to_owned()),
            (Kind::Read, _) | (_, None | Some((_, false))) => Looked::Absent,
            (_, Some((_, true))) => Looked::Done(self.output()),
        }
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let mut effects = self.effects();
        let (count, stands) = effects.entry(call.step.to_owned()).or_default();
        match self.nature.kind {
            Kind::Read => {}
            // The second time finds the first, or makes the same of it.
            Kind::Keyed | Kind::Idempotent if *stands => {}
            Kind::Keyed | Kind::Idempotent | Kind::Reconcilable | Kind::Unsafe => {
                *count += 1;
                *stands = true;
            }
        }
        drop(effects);
        Ok(self.output())
    }

    async fn undo(&self, call: &Call<'_>, _: &Permit) -> Result<(), ActionError> {
        if let Some((_, stands)) = self.effects().get_mut(call.step) {
            *stands = false;
        }
        Ok(())
    }
}
