//! A plan: everything that a run will do, as data that is shown, hashed and approved.
//!
//! Arguments keep their references, so that the hash of a scheduled plan is the same from run to run; what they resolve
//! to is journaled with each intent. Nothing in a plan is a secret: it is printed and kept as evidence.

mod canonical;
pub mod condition;
pub mod lint;
pub mod reference;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trackera_journal::digest::Digest;

use self::condition::Condition;
use self::reference::{Reference, ReferenceError, resolve};
use crate::action::Nature;
use crate::record::Started;

/// The version of plans that this program makes, and the only one that it carries out.
pub const VERSION: u32 = 1;

/// What the steps of a plan are never called: references to something else begin so.
pub const RESERVED: [&str; 2] = ["parameters", "run"];

/// What a run will do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The version of this form: [`VERSION`].
    pub version: u32,
    /// What people call it.
    pub name: String,
    /// How it is meant: `switchover` or `failover`, `run` where there is one way only.
    pub mode: String,
    /// The files that it was made of: changing one of them makes it another plan.
    pub sources: Sources,
    /// The values that it was asked for with.
    pub parameters: BTreeMap<String, Json>,
    /// What no other run may hold at the same time, with references to parameters.
    pub locks: Vec<String>,
    /// Who must agree before the first step that asks for it.
    pub approval: Requirement,
    /// What is measured against: `rto`, `rpo` and their like.
    pub objectives: BTreeMap<String, SignedDuration>,
    /// Regions that no step may need, with references to parameters.
    pub evacuated: Vec<String>,
    /// What is done, in this order.
    pub steps: Vec<Step>,
}

/// The digests of what a plan was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// The runbook's or drill's id.
    pub runbook: String,
    /// The file that declares it.
    pub runbook_digest: Digest,
    /// The configuration.
    pub configuration: Digest,
    /// The people whose signatures count.
    pub allowed_signers: Digest,
}

/// Who must agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// How many people beside the one who asks.
    pub people: u8,
    /// How long an approval counts at most.
    pub expires: SignedDuration,
    /// How one person alone may go on when nobody else can be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<BreakGlass>,
}

/// Going on alone: with a typed reason, after a delay, told to everybody, and looked at afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// How long to wait, by the clock of the store.
    pub after: SignedDuration,
    /// When somebody else must have looked at it.
    pub review_within: SignedDuration,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name in the plan: small letters, digits and hyphens or underscores.
    pub id: String,
    /// What is done.
    pub work: Work,
    /// When it is skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// An action does it.
    Action(Act),
    /// A person does it, and says so.
    Manual(Manual),
}

/// How a step uses an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// The action's name.
    pub action: String,
    /// Its nature as it was when the plan was made.
    pub nature: Nature,
    /// Its arguments, with references.
    pub arguments: Json,
    /// How long each call of it may take.
    pub timeout: SignedDuration,
    /// How often it is tried at most, in one go of the runner.
    pub tries: u8,
    /// For how long credentials must still be good before each change, and at least for the whole time-out; zero is for what
    /// needs none.
    pub credentials: SignedDuration,
    /// When it is undone.
    pub undo: Undo,
    /// How long what it makes may stay: a promise to undo it by then outlives the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stays: Option<SignedDuration>,
    /// Whether it waits for an approval.
    pub needs_approval: bool,
}

/// When a step is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// Never: it cannot be, or must not be.
    Never,
    /// When a later step fails.
    OnFailure,
    /// When the run ends, well or not: it is only there for the run.
    AtEnd,
}

/// What a person is asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manual {
    /// What they are asked, with references.
    pub ask: String,
    /// Whether their answer must bring evidence.
    pub evidence: bool,
}

impl Plan {
    /// The plan of a run whose own plan this program cannot carry out: it has no steps.
    pub(crate) fn unknown(started: &Started) -> Self {
        let (name, mode, digest) = (started.name.clone(), started.mode.clone(), started.plan);
        let sources =
            Sources { runbook: String::new(), runbook_digest: digest, configuration: digest, allowed_signers: digest };
        let approval = Requirement { people: 1, expires: SignedDuration::ZERO, break_glass: None };
        Self {
            version: VERSION,
            name,
            mode,
            sources,
            parameters: BTreeMap::new(),
            locks: Vec::new(),
            approval,
            objectives: BTreeMap::new(),
            evacuated: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// The digest that an approval binds: of everything in the plan.
    #[must_use]
    pub fn hash(&self) -> Digest {
        hash(self)
    }

    /// The digest that a standing approval binds: of everything but the values of parameters, which it bounds.
    #[must_use]
    pub fn procedure(&self) -> Digest {
        hash(&Self { parameters: BTreeMap::new(), ..self.clone() })
    }

    /// The digest of the parameters.
    #[must_use]
    pub fn parameters_digest(&self) -> Digest {
        hash(&self.parameters)
    }

    /// The plan in its hashed form: one line of JSON.
    #[must_use]
    pub fn text(&self) -> String {
        canonical_text(self)
    }

    /// The names of its locks, with their references resolved.
    ///
    /// # Errors
    /// When a reference points at anything but a parameter.
    pub fn lock_names(&self) -> Result<Vec<String>, ReferenceError> {
        let name = |lock: &String| {
            let name = resolve(&Json::String(lock.clone()), &|reference| self.parameter(reference))?;
            Ok(name.as_str().map_or_else(|| name.to_string(), str::to_owned))
        };
        self.locks.iter().map(name).collect()
    }

    /// The value of a parameter that is referred to.
    #[must_use]
    pub fn parameter(&self, reference: &Reference) -> Option<Json> {
        match reference.path.as_slice() {
            [name, fields @ ..] if reference.of == "parameters" => {
                let value = self.parameters.get(name)?.clone();
                fields.iter().try_fold(value, |value, field| value.get(field).cloned())
            }
            _ => None,
        }
    }

    /// The step with this id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }
}

impl Step {
    /// The action that it uses, if it is not a person's work.
    #[must_use]
    pub fn act(&self) -> Option<&Act> {
        match &self.work {
            Work::Action(act) => Some(act),
            Work::Manual(_) => None,
        }
    }
}

/// A plan has no key but texts, so it always is JSON; should that change, everything has the digest of nothing and
/// matches no approval of something.
pub(crate) fn canonical_text(value: &impl Serialize) -> String {
    serde_json::to_value(value).map(|value| canonical::text(&value)).unwrap_or_default()
}

fn hash(value: &impl Serialize) -> Digest {
    Digest::of(canonical_text(value).as_bytes())
}
