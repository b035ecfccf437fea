//! Frameworks and claims as they are written in files.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::yaml::{Located, Pairs};

/// A control framework: a standard, a benchmark, or what a customer's contract asks for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameworkText {
    /// The name that policies use under `controls`.
    pub id: Located<String>,
    /// What it is called in full.
    pub title: String,
    /// Whether it lists the checks of another tool, to find one's way by, and is nothing to comply with.
    #[serde(default)]
    pub orientation: bool,
    /// Its items by their ids.
    #[serde(default)]
    pub items: Pairs<ItemText>,
    /// The ids of items that are not described.
    #[serde(default)]
    pub ids: Vec<Located<String>>,
}

/// An item of a framework.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemText {
    /// What it asks for, in short.
    pub title: String,
    /// Where the proof comes from when nothing in AWS can give it.
    #[serde(default)]
    pub not_from_aws: Option<String>,
    /// What AWS is not asked for yet, so that no policy can cover the item.
    #[serde(default)]
    pub not_read: Option<String>,
}

/// A sentence of a public page, and what would prove it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimText {
    /// A stable name: a topic and words, such as `network.strict-security-groups`.
    pub id: Located<String>,
    /// What is claimed, in short.
    pub sentence: Located<String>,
    /// The numbers that the claim has in the company's register.
    #[serde(default)]
    pub register: Vec<String>,
    /// The policies that prove it together.
    #[serde(default)]
    pub policies: Vec<Located<String>>,
    /// What else has to prove it, because nothing in AWS can: a drill, an attestation, the data base of the product.
    #[serde(default)]
    pub not_from_aws: Option<String>,
    /// What AWS is not asked for yet, but would be needed to prove all of it.
    #[serde(default)]
    pub not_read: Option<String>,
}
