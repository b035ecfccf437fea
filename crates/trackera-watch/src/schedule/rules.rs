//! What the agent needs to know of each policy to watch it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use trackera_core::policy::{Policy, PolicySet, Schedule, Severity, Waiver};
use trackera_core::resource::Scope;

/// One policy, as far as watching needs it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// What holds when it is kept.
    pub title: String,
    /// The name of its file without `.yaml`.
    pub topic: String,
    /// How bad a breach is.
    pub severity: Severity,
    /// What to do about a breach, in words.
    pub fix: String,
    /// When it is judged.
    pub schedule: Schedule,
    /// How old its evidence may be.
    pub freshness: SignedDuration,
    /// The events after which it is judged at once.
    pub on: BTreeSet<String>,
    /// Whether its kind is listed once per account or once per region.
    pub scope: Scope,
}

impl Rule {
    fn of(policy: &Policy) -> Self {
        let file = policy.place.0.rsplit('/').next().unwrap_or_default();
        Self {
            id: policy.id.to_string(),
            title: policy.title.clone(),
            topic: file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_owned(),
            severity: policy.severity,
            fix: policy.fix.text.clone(),
            schedule: policy.schedule.clone(),
            freshness: policy.freshness,
            on: policy.on.iter().cloned().collect(),
            scope: policy.kind.scope,
        }
    }
}

/// A set of policies in force.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The policies, by id.
    pub rules: BTreeMap<String, Rule>,
    /// The exceptions to them.
    pub waivers: Vec<Waiver>,
    /// The digest of the files.
    pub digest: String,
}

impl Rules {
    /// What a set of policies tells; the digest is that of its files.
    pub fn of(set: &PolicySet, digest: String) -> Self {
        let rules = set.policies.iter().map(|policy| (policy.id.to_string(), Rule::of(policy))).collect();
        Self { rules, waivers: set.waivers.clone(), digest }
    }
}
