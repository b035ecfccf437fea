//! A runbook as it is written; every field here is one that people may use.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use trackera_core::yaml::{Located, Location, Pairs};

use crate::plan::lint::Part;

/// A file with a runbook.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunbookFile {
    /// The runbook.
    pub runbook: RunbookText,
}

/// A procedure.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunbookText {
    /// A stable name in kebab-case.
    pub id: Located<String>,
    /// What it is for, in a sentence.
    pub title: String,
    /// What it must be told.
    #[serde(default)]
    pub parameters: Pairs<ParameterText>,
    /// What no other run may hold at the same time, like `database/${parameters.instance}`.
    #[serde(default)]
    pub locks: Vec<Located<String>>,
    /// Who must agree before the first step that takes something away, or asks for it.
    #[serde(default)]
    pub approval: Option<ApprovalText>,
    /// What is measured against, like `rto: 2h`.
    #[serde(default)]
    pub objectives: Pairs<String>,
    /// The regions that it leaves: no step may call into them.
    #[serde(default)]
    pub leaves: Vec<Located<String>>,
    /// What is done, in this order.
    pub steps: Vec<StepText>,
}

/// A value that is asked for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterText {
    /// What it is.
    #[serde(rename = "type")]
    pub shape: TypeText,
    /// What it is for, in a sentence.
    #[serde(default)]
    pub description: Option<String>,
    /// For texts: a regular expression that the whole of it matches.
    #[serde(default)]
    pub pattern: Option<String>,
    /// For choices: what there is to choose from.
    #[serde(default)]
    pub one_of: Option<Vec<String>>,
    /// For numbers: the smallest.
    #[serde(default)]
    pub min: Option<i64>,
    /// For numbers: the largest.
    #[serde(default)]
    pub max: Option<i64>,
    /// What it is when nobody says.
    #[serde(default)]
    pub default: Option<String>,
}

/// What a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TypeText {
    /// A text with a pattern.
    Text,
    /// A whole number.
    Number,
    /// One of some words.
    Choice,
}

/// Who must agree.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalText {
    /// How many people beside the one who asks.
    pub people: u8,
    /// How long an approval counts at most; `30m` unless something else stands here.
    #[serde(default)]
    pub expires: Option<Located<String>>,
    /// How one person alone may go on when nobody else can be reached.
    #[serde(default)]
    pub break_glass: Option<BreakGlassText>,
}

/// Going on alone.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakGlassText {
    /// How long to wait.
    pub after: Located<String>,
    /// When somebody else must have looked at it.
    pub review_within: Located<String>,
}

/// A step: an action, or something that a person is asked to do.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepText {
    /// Its name, by which later steps refer to what it gives.
    pub id: Located<String>,
    /// The action that does it.
    #[serde(default)]
    pub action: Option<Located<String>>,
    /// What a person is asked to do.
    #[serde(default)]
    pub ask: Option<Located<String>>,
    /// Whether their answer must bring evidence.
    #[serde(default)]
    pub evidence: Option<EvidenceText>,
    /// The action's arguments.
    #[serde(default)]
    pub arguments: Pairs<Json>,
    /// How long each call may take; `1m` unless something else stands here.
    #[serde(default)]
    pub timeout: Option<Located<String>>,
    /// How often it is tried at most; once unless something else stands here.
    #[serde(default)]
    pub tries: Option<Located<u8>>,
    /// For how long credentials must still be good before it begins; `5m` unless something else stands here,
    /// and nothing for actions that need none.
    #[serde(default)]
    pub credentials: Option<Located<String>>,
    /// When it is undone.
    #[serde(default)]
    pub undo: Option<UndoText>,
    /// How long what it makes may stay, whatever becomes of the run.
    #[serde(default)]
    pub stays: Option<Located<String>>,
    /// Whether it waits for an approval; a step that takes something away always does.
    #[serde(default)]
    pub approval: Option<NeedsText>,
    /// When it is done, over `parameters.NAME` and `STEP.FIELD` of earlier steps, in the language of policies; otherwise
    /// it is skipped.
    #[serde(default)]
    pub when: Option<Located<String>>,
}

impl RunbookText {
    /// Where a part of it stands.
    pub(super) fn place(&self, part: &Part) -> &Location {
        let found = match part {
            Part::Parameter(name) => {
                self.parameters.0.iter().map(|(written, _)| written).find(|written| written.value() == name)
            }
            Part::Lock(number) => self.locks.get(*number),
            Part::Region(number) => self.leaves.get(*number),
            Part::Whole | Part::Action | Part::Tries | Part::Argument(_) | Part::Ask | Part::When(_) => None,
        };
        found.unwrap_or(&self.id).location()
    }
}

impl StepText {
    /// Where a part of it stands.
    pub(super) fn place(&self, part: &Part) -> &Location {
        let argument = |name: &String| self.arguments.0.iter().find(|(written, _)| written.value() == name);
        let found = match part {
            Part::Action => self.action.as_ref().map(Located::location),
            Part::Tries => self.tries.as_ref().map(Located::location),
            Part::Ask => self.ask.as_ref().map(Located::location),
            Part::When(_) => self.when.as_ref().map(Located::location),
            Part::Argument(name) => argument(name).map(|(_, value)| value.location()),
            Part::Whole | Part::Parameter(_) | Part::Lock(_) | Part::Region(_) => None,
        };
        found.unwrap_or_else(|| self.id.location())
    }

    /// The first field that a step of a person cannot have.
    pub(super) fn only_for_actions(&self) -> Option<&'static str> {
        let given = [
            ("arguments", !self.arguments.0.is_empty()),
            ("timeout", self.timeout.is_some()),
            ("tries", self.tries.is_some()),
            ("credentials", self.credentials.is_some()),
            ("undo", self.undo.is_some()),
            ("stays", self.stays.is_some()),
            ("approval", self.approval.is_some()),
        ];
        given.iter().find(|(_, is_given)| *is_given).map(|(name, _)| *name)
    }
}

/// Whether evidence must be brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceText {
    /// It must.
    Required,
    /// It may.
    Optional,
}

/// Whether a step waits for an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NeedsText {
    /// It does.
    Required,
}

/// When a step is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UndoText {
    /// Never.
    Never,
    /// When a later step fails.
    OnFailure,
    /// When the run ends, well or not.
    AtEnd,
}
