//! Verdicts: what each policy says about each resource, and why.

mod assess;
mod brief;
mod evidence;
mod explain;
mod judge;
mod report;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use assess::{Assessment, judge};
pub use brief::Brief;
pub use explain::{Explanation, Step, explain};
pub use judge::Circumstances;
pub use report::{REPORT_VERSION, Report, ResourceRef, Row, Summary};

/// The answer of a policy about a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The rule is broken.
    Fail,
    /// The evidence is missing or stale. Never a pass.
    Unknown,
    /// The rule is broken, and somebody answers for it until a certain day.
    Waived,
    /// The rule is kept.
    Pass,
    /// The rule is not about this resource.
    NotApplicable,
}

impl Verdict {
    /// The word that files and reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Waived => "waived",
            Self::Pass => "pass",
            Self::NotApplicable => "not_applicable",
        }
    }
}
