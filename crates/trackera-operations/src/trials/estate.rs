//! A small estate of things with a value, and one action of each kind on it.
//!
//! What was changed is seen only after some looks, as in a service that is consistent in the end; a creation under a
//! name that is taken finds the first; whatever must happen once is counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Value as Json, json};
use trackera_core::schema::Type;

use super::World;
use crate::action::{Action, ActionError, Call, Kind, Looked, Nature, Permit};

/// What everything that is only for a run is called.
pub const SCRATCH: &str = "drill-";

/// The estate; clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Estate(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    things: BTreeMap<String, Json>,
    /// What looks still show, and how many of them.
    stale: BTreeMap<String, (Option<Json>, u32)>,
    lag: u32,
    effects: BTreeMap<String, u32>,
}

impl Estate {
    /// An estate with these things, whose changes are seen after so many looks.
    #[must_use]
    pub fn new(things: BTreeMap<String, Json>, lag: u32) -> Self {
        Self(Arc::new(Mutex::new(Inner { things, lag, ..Inner::default() })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, name: &str) -> Option<Json> {
        let mut inner = self.inner();
        if let Some((shown, left)) = inner.stale.get_mut(name).filter(|(_, left)| *left > 0) {
            *left -= 1;
            return shown.clone();
        }
        inner.things.get(name).cloned()
    }

    fn set(&self, name: &str, value: Option<Json>) {
        let mut inner = self.inner();
        let (before, lag) = (inner.things.get(name).cloned(), inner.lag);
        inner.stale.insert(name.to_owned(), (before, lag));
        match value {
            Some(value) => drop(inner.things.insert(name.to_owned(), value)),
            None => drop(inner.things.remove(name)),
        }
    }

    fn count(&self, effect: String) {
        *self.inner().effects.entry(effect).or_default() += 1;
    }
}

impl World for Estate {
    fn actions(&self) -> Vec<Arc<dyn Action>> {
        let estate = || self.clone();
        vec![
            Arc::new(Find(estate())),
            Arc::new(Make(estate())),
            Arc::new(Set(estate())),
            Arc::new(Promote(estate())),
            Arc::new(Send(estate())),
        ]
    }

    fn estate(&self) -> Json {
        json!(self.inner().things)
    }

    fn doubled(&self) -> Vec<String> {
        self.inner().effects.iter().filter(|(_, count)| **count > 1).map(|(effect, _)| effect.clone()).collect()
    }

    fn left_over(&self) -> Vec<String> {
        self.inner().things.keys().filter(|name| name.starts_with(SCRATCH)).cloned().collect()
    }
}

fn text<'a>(arguments: &'a Json, field: &str) -> &'a str {
    arguments.get(field).and_then(Json::as_str).unwrap_or_default()
}

fn value(arguments: &Json) -> Json {
    arguments.get("value").cloned().unwrap_or(Json::Null)
}

/// Reads a thing.
#[derive(Debug)]
struct Find(Estate);

#[async_trait]
impl Action for Find {
    fn name(&self) -> &'static str {
        "trial.find"
    }

    fn nature(&self) -> Nature {
        Nature::read()
    }

    fn describe(&self, arguments: &Json) -> String {
        format!("find {}", text(arguments, "name"))
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["name"]
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["value"]
    }

    fn output_type(&self, field: &str) -> Option<Type> {
        (field == "value").then_some(Type::STRING)
    }

    async fn look(&self, _: &Call<'_>) -> Looked {
        Looked::Absent
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let found = self.0.inner().things.get(text(call.arguments, "name")).cloned();
        found.map(|value| json!({"value": value})).ok_or_else(|| ActionError::Refused("it is not there".to_owned()))
    }
}

/// Makes a thing under a name; a second time finds the first.
#[derive(Debug)]
struct Make(Estate);

#[async_trait]
impl Action for Make {
    fn name(&self) -> &'static str {
        "trial.make"
    }

    fn nature(&self) -> Nature {
        Nature { undoable: true, costs: true, ..Nature::of(Kind::Keyed) }
    }

    fn describe(&self, arguments: &Json) -> String {
        format!("make {} as {}", text(arguments, "name"), value(arguments))
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["name", "value"]
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["name"]
    }

    fn output_type(&self, field: &str) -> Option<Type> {
        (field == "name").then_some(Type::STRING)
    }

    async fn look(&self, call: &Call<'_>) -> Looked {
        let name = text(call.arguments, "name");
        self.0.look(name).map_or(Looked::Absent, |_| Looked::Done(json!({"name": name})))
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let name = text(call.arguments, "name");
        if !self.0.inner().things.contains_key(name) {
            self.0.set(name, Some(value(call.arguments)));
            self.0.count(format!("make {name}"));
        }
        Ok(json!({"name": name}))
    }

    async fn undo(&self, call: &Call<'_>, _: &Permit) -> Result<(), ActionError> {
        let name = text(call.arguments, "name");
        if self.0.inner().things.contains_key(name) {
            self.0.set(name, None);
            self.0.count(format!("remove {name}"));
        }
        Ok(())
    }
}

/// Sets a thing that is there.
#[derive(Debug)]
struct Set(Estate);

#[async_trait]
impl Action for Set {
    fn name(&self) -> &'static str {
        "trial.set"
    }

    fn nature(&self) -> Nature {
        Nature { destructive: true, undoable: true, ..Nature::of(Kind::Idempotent) }
    }

    fn describe(&self, arguments: &Json) -> String {
        format!("set {} to {}", text(arguments, "name"), value(arguments))
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["name", "value", "region"]
    }

    fn regions(&self, arguments: &Json) -> Vec<String> {
        arguments.get("region").and_then(Json::as_str).map(str::to_owned).into_iter().collect()
    }

    async fn look(&self, call: &Call<'_>) -> Looked {
        match self.0.look(text(call.arguments, "name")) {
            None => Looked::Absent,
            Some(found) if found == value(call.arguments) => Looked::Done(json!({})),
            Some(found) => Looked::Present(found),
        }
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        self.0.set(text(call.arguments, "name"), Some(value(call.arguments)));
        Ok(json!({}))
    }

    async fn undo(&self, call: &Call<'_>, _: &Permit) -> Result<(), ActionError> {
        self.0.set(text(call.arguments, "name"), call.before.cloned());
        Ok(())
    }
}

/// Promotes a thing; a second time would harm it.
#[derive(Debug)]
struct Promote(Estate);

#[async_trait]
impl Action for Promote {
    fn name(&self) -> &'static str {
        "trial.promote"
    }

    fn nature(&self) -> Nature {
        Nature { destructive: true, undoable: true, ..Nature::of(Kind::Reconcilable) }
    }

    fn describe(&self, arguments: &Json) -> String {
        format!("promote {}", text(arguments, "name"))
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["name"]
    }

    async fn look(&self, call: &Call<'_>) -> Looked {
        match self.0.look(text(call.arguments, "name")) {
            None => Looked::Absent,
            Some(role) if role == "primary" => Looked::Done(json!({"role": "primary"})),
            Some(role) => Looked::Present(role),
        }
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let name = text(call.arguments, "name");
        self.0.set(name, Some(json!("primary")));
        self.0.count(format!("promote {name}"));
        Ok(json!({"role": "primary"}))
    }

    async fn undo(&self, call: &Call<'_>, _: &Permit) -> Result<(), ActionError> {
        self.0.set(text(call.arguments, "name"), call.before.cloned());
        Ok(())
    }
}

/// Sends a letter that nobody can see again.
#[derive(Debug)]
struct Send(Estate);

#[async_trait]
impl Action for Send {
    fn name(&self) -> &'static str {
        "trial.send"
    }

    fn nature(&self) -> Nature {
        Nature::of(Kind::Unsafe)
    }

    fn describe(&self, arguments: &Json) -> String {
        format!("send a letter to {}", text(arguments, "name"))
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["name"]
    }

    async fn look(&self, _: &Call<'_>) -> Looked {
        Looked::Unknown("letters cannot be seen".to_owned())
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        self.0.count(format!("send {}", text(call.arguments, "name")));
        Ok(json!({}))
    }
}
