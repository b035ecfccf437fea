//! Policy files as they are written; every field here is one that people may use.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::schedule::EveryText;
use crate::controls::{ClaimText, FrameworkText};
use crate::verdict::Verdict;
use crate::yaml::{Located, Pairs};

/// A policy file: rules, exceptions to rules, what the company claims and what it is held to, in any mixture.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// Rules.
    #[serde(default)]
    pub policies: Vec<PolicyText>,
    /// Exceptions.
    #[serde(default)]
    pub waivers: Vec<WaiverText>,
    /// Sentences of public pages.
    #[serde(default)]
    pub claims: Vec<ClaimText>,
    /// Control frameworks besides those that are shipped.
    #[serde(default)]
    pub frameworks: Vec<FrameworkText>,
}

/// How bad it is when a rule is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Mend it now.
    Critical,
    /// Mend it today.
    High,
    /// Mend it this week.
    Medium,
    /// Mend it when you are there.
    Low,
}

impl Severity {
    /// The word that files and reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// A rule over the resources of one kind.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyText {
    /// A stable name in kebab-case, never used again for another rule.
    pub id: Located<String>,
    /// What holds when the rule is kept, as a sentence without a full stop.
    pub title: String,
    /// The kind of the resources that it judges.
    pub resource: Located<String>,
    /// How bad it is when the rule is broken.
    pub severity: Severity,
    /// Constants that expressions name as `params.name`, and that `trackera.yaml` may set.
    #[serde(default)]
    pub params: Pairs<Json>,
    /// Which of the resources it is about; outside of it the verdict is `not_applicable`.
    #[serde(default)]
    pub scope: Option<Located<String>>,
    /// What must have been seen.
    #[serde(default)]
    pub expect: Option<Expectation>,
    /// What must hold.
    pub assert: Located<String>,
    /// What to say when it does not, with `{{expressions}}`.
    pub message: Located<String>,
    /// How often the agent judges it: a length of time such as `5m`, or a cron expression in a time zone.
    pub every: Located<EveryText>,
    /// The API calls after which the agent judges it at once.
    #[serde(default)]
    pub on: Vec<Located<String>>,
    /// How old the evidence may be; older evidence is unknown.
    pub freshness: Located<String>,
    /// The items of control frameworks that it covers, by framework.
    #[serde(default)]
    pub controls: Pairs<Vec<Located<String>>>,
    /// What to do about a broken rule.
    pub fix: FixText,
    /// Examples: at least one that passes, one that fails and one that cannot be known.
    #[serde(default)]
    pub tests: Vec<Case>,
}

/// The items of control frameworks, by framework.
pub type Controls = std::collections::BTreeMap<String, Vec<String>>;

/// What must have been seen for a rule to be kept.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// How many resources of the kind there must be at least; fewer is unknown.
    pub min_resources: Located<u32>,
}

/// What to do about a broken rule.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixText {
    /// In words.
    pub text: String,
    /// The name of the runbook that does it, if there is one.
    #[serde(default)]
    pub runbook: Option<Located<String>>,
}

/// An example that a policy must judge as it says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the example is about.
    pub name: Located<String>,
    /// The attributes of the judged resource; related resources may be written out in place. None: nothing was seen.
    #[serde(default)]
    pub given: Option<Located<Json>>,
    /// Other resources, by kind.
    #[serde(default)]
    pub estate: Pairs<Vec<Json>>,
    /// API operations that were refused.
    #[serde(default)]
    pub refused: Vec<Located<String>>,
    /// What the company declares, in place of the usual example; null takes a declaration away.
    #[serde(default)]
    pub company: Pairs<Json>,
    /// Parameters in place of the policy's own.
    #[serde(default)]
    pub params: Pairs<Json>,
    /// The moment of the judgement; moments in `given` may be written as ages, such as `-90d`.
    #[serde(default)]
    pub now: Option<Located<String>>,
    /// The verdict.
    pub want: Verdict,
}

/// An exception to a rule.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverText {
    /// The policy.
    pub policy: Located<String>,
    /// The resource's id; `*` and `?` are patterns.
    pub resource: Located<String>,
    /// The account, if the exception is for one only.
    #[serde(default)]
    pub account: Option<String>,
    /// The region, if the exception is for one only.
    #[serde(default)]
    pub region: Option<String>,
    /// Who answers for it.
    pub owner: Located<String>,
    /// Why it is acceptable.
    pub reason: Located<String>,
    /// Who agreed; never the owner.
    pub approver: Located<String>,
    /// The last day that it holds, such as `2026-12-31` (UTC).
    pub expires: Located<String>,
    /// Where it is discussed.
    #[serde(default)]
    pub ticket: Option<String>,
    /// The approver's SSH signature over everything above but the ticket, as `waiver sign` writes it. Where the company
    /// names allowed signers, the exception excuses nothing without it.
    #[serde(default)]
    pub signature: Option<String>,
}
