//! What a step can name: an action looks, performs and undoes, and says what may be repeated.
//!
//! Promises that the trials hold every action to: `look` changes nothing; `undo` is safe to repeat, and where there is
//! nothing to undo; none of them tries by itself more than once to change something, because tries belong to the runner.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trackera_core::schema::Type;
use trackera_journal::digest::Digest;

use crate::approval::Approved;
use crate::clock::Clock;
use crate::id::RunId;
use crate::progress::{Happening, Progress};

/// What resuming may do with an action whose outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Changes nothing; it may be asked again at any time.
    Read,
    /// Performing it twice is as good as once.
    Idempotent,
    /// A natural key or a token makes a second performance find the first; it takes that for its own success.
    Keyed,
    /// It must not be performed twice, and looking tells whether it was.
    Reconcilable,
    /// It must not be performed twice, and only a person can tell whether it was.
    Unsafe,
}

/// What is always true of an action; plans pin it, and a plan that pins something else is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nature {
    /// What may be repeated.
    pub kind: Kind,
    /// Whether it takes something away that the product may need: somebody else approves.
    pub destructive: bool,
    /// Whether `undo` does something.
    pub undoable: bool,
    /// Whether what it makes costs money until it is undone.
    pub costs: bool,
    /// How long after a change looking may still show what was before it.
    pub settles_within: SignedDuration,
}

impl Nature {
    /// An action that only reads.
    #[must_use]
    pub const fn read() -> Self {
        Self::of(Kind::Read)
    }

    /// An action of this kind that harms nothing, has no undo, costs nothing and is seen within half a minute.
    #[must_use]
    pub const fn of(kind: Kind) -> Self {
        let settles_within = SignedDuration::from_secs(30);
        Self { kind, destructive: false, undoable: false, costs: false, settles_within }
    }
}

/// What is so now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// There is nothing; performing would make it.
    Absent,
    /// This is there, and the effect is not: the state to which `undo` returns.
    Present(Json),
    /// The effect is on its way, begun by this run or not to be told apart from that.
    Underway(String),
    /// The effect stands, with the output that performing gives.
    Done(Json),
    /// It cannot be told, and why.
    Unknown(String),
}

/// What became of a call that did not succeed. Its text is short and holds no secret and no personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// It is refused, or cannot be: nothing was changed, and another try gives the same.
    #[error("refused: {0}")]
    Refused(String),
    /// Nothing was changed, and another try may succeed: throttled, or not in the right state yet.
    #[error("not now: {0}")]
    NotNow(String),
    /// Nobody can tell whether something was changed: no answer, or an end in the middle.
    #[error("unanswered: {0}")]
    Unanswered(String),
    /// The credentials ended, and nothing was changed.
    #[error("the credentials ended: {0}")]
    Credentials(String),
}

/// One call of an action.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The run.
    pub run: &'a RunId,
    /// The step.
    pub step: &'a str,
    /// The arguments, resolved; they are journaled, so they hold no secret.
    pub arguments: &'a Json,
    /// What was there before the first intent; none where there was nothing. For a look, it is not known yet.
    pub before: Option<&'a Json>,
    /// The clocks.
    pub clock: &'a dyn Clock,
    /// Who watches.
    pub progress: &'a dyn Progress,
}

impl Call<'_> {
    /// The moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A token for services that recognise a repeated request: the same for every try of this step of this run.
    #[must_use]
    pub fn token(&self) -> String {
        let digest = Digest::of(format!("{}\n{}", self.run, self.step).as_bytes()).to_string();
        digest.chars().take(32).collect()
    }

    /// Tells how far the action is.
    pub fn say(&self, text: &str) {
        self.progress.tell(Happening::Said { step: self.step, text });
    }
}

/// Leave to change something. Only the runner makes it: for a destructive step out of an approval, and for every step
/// after its intent is durable.
#[derive(Debug)]
#[must_use]
pub struct Permit {
    _made_by_the_runner: (),
}

impl Permit {
    /// For a step that the plan says needs nobody's approval.
    pub(crate) const fn plain() -> Self {
        Self { _made_by_the_runner: () }
    }

    /// For a step that was approved.
    pub(crate) const fn approved(_: &Approved) -> Self {
        Self { _made_by_the_runner: () }
    }

    /// For taking back what a run did: what undoes an approved plan was approved with it.
    pub(crate) const fn undoing() -> Self {
        Self { _made_by_the_runner: () }
    }

    /// For tests of actions themselves.
    #[cfg(any(test, feature = "trials"))]
    pub const fn for_trials() -> Self {
        Self { _made_by_the_runner: () }
    }
}

/// A typed operation that steps name.
#[async_trait]
pub trait Action: Send + Sync + Debug {
    /// Its name, `area.verb_object`; it is in evidence and never changes its meaning.
    fn name(&self) -> &'static str;

    /// What is always true of it.
    fn nature(&self) -> Nature;

    /// One line for people: what it would do, with these values.
    fn describe(&self, arguments: &Json) -> String;

    /// The fields of its output that later steps may refer to.
    fn outputs(&self) -> &'static [&'static str] {
        &[]
    }

    /// The type of a field of its output, for conditions; they can use no field that has none.
    fn output_type(&self, field: &str) -> Option<Type> {
        (field.starts_with("is_") || field.starts_with("has_")).then_some(Type::Bool)
    }

    /// The names of the arguments that it takes.
    fn arguments(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether it calls anything that lets nobody in without credentials that end.
    fn needs_credentials(&self) -> bool {
        true
    }

    /// The regions whose service it calls, with these arguments.
    fn regions(&self, _: &Json) -> Vec<String> {
        Vec::new()
    }

    /// Tells what is so now.
    async fn look(&self, call: &Call<'_>) -> Looked;

    /// Makes the effect, and gives its output: names, digests and numbers that are small enough to journal.
    ///
    /// # Errors
    /// What became of the call instead.
    async fn perform(&self, call: &Call<'_>, permit: &Permit) -> Result<Json, ActionError>;

    /// Takes the effect back to `call.before`, also one that is only half there.
    ///
    /// # Errors
    /// What became of the call instead.
    async fn undo(&self, call: &Call<'_>, _: &Permit) -> Result<(), ActionError> {
        Err(ActionError::Refused(format!("`{}` in step `{}` has no undo", self.name(), call.step)))
    }
}

/// The actions that a binary brings, by name.
#[derive(Clone, Debug, Default)]
pub struct Actions(BTreeMap<&'static str, Arc<dyn Action>>);

impl Actions {
    /// These actions; of two with one name the later counts.
    #[must_use]
    pub fn new(actions: impl IntoIterator<Item = Arc<dyn Action>>) -> Self {
        Self(actions.into_iter().map(|action| (action.name(), action)).collect())
    }

    /// These and more; of two with one name the later counts.
    #[must_use]
    pub fn and(mut self, more: impl IntoIterator<Item = Arc<dyn Action>>) -> Self {
        self.0.extend(more.into_iter().map(|action| (action.name(), action)));
        self
    }

    /// The action with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&dyn Action> {
        self.0.get(name).map(|action| &**action)
    }

    /// All of them, in the order of their names.
    pub fn all(&self) -> impl Iterator<Item = &dyn Action> {
        self.0.values().map(|action| &**action)
    }
}
