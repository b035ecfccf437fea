//! Which policies stand behind which items of control frameworks and which claims, and what stands behind none.

use std::sync::Arc;

use crate::controls::{Claim, Framework, Item, Unproved};
use crate::policy::{Policy, PolicySet};

/// What a set of policies covers.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// Every framework with its items.
    pub frameworks: Vec<FrameworkCoverage>,
    /// Every claim, in the order that they were written.
    pub claims: Vec<Covered>,
    /// The policies that no claim names.
    pub unclaimed: Vec<Arc<str>>,
}

/// What covers a framework.
#[derive(Clone, Debug)]
pub struct FrameworkCoverage {
    /// The name that policies use.
    pub id: String,
    /// What it is called in full.
    pub title: String,
    /// Whether it lists the checks of another tool, and is nothing to comply with.
    pub orientation: bool,
    /// Its items, in its own order.
    pub items: Vec<Covered>,
}

/// What covers one item or claim.
#[derive(Clone, Debug)]
pub struct Covered {
    /// Its id.
    pub id: String,
    /// What it says, as far as that is written.
    pub text: Option<String>,
    /// The policies behind it; for an item sorted, for a claim as written.
    pub policies: Vec<Arc<str>>,
    /// Why policies do not cover it, or not all of it.
    pub unproved: Option<Unproved>,
}

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Policies cover it.
    Covered,
    /// Policies cover a part of it.
    Partly,
    /// No policy covers it, and it is written why.
    Elsewhere,
    /// No policy covers it, and nobody says why.
    Open,
}

impl Standing {
    /// All of them, the best first.
    pub const ALL: [Self; 4] = [Self::Covered, Self::Partly, Self::Elsewhere, Self::Open];

    /// The word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Partly => "partly",
            Self::Elsewhere => "elsewhere",
            Self::Open => "open",
        }
    }
}

impl Covered {
    /// How it stands.
    pub fn standing(&self) -> Standing {
        match (self.policies.is_empty(), &self.unproved) {
            (false, None) => Standing::Covered,
            (false, Some(_)) => Standing::Partly,
            (true, Some(_)) => Standing::Elsewhere,
            (true, None) => Standing::Open,
        }
    }
}

/// Computes what a set of policies covers.
pub fn coverage(set: &PolicySet) -> Coverage {
    let claimed = |policy: &&Policy| set.claims.iter().any(|claim| claim.policies.contains(&policy.id));
    let unclaimed = set.policies.iter().filter(|policy| !claimed(policy));
    Coverage {
        frameworks: set.frameworks.all().map(|framework| framework_coverage(set, framework)).collect(),
        claims: set.claims.iter().map(claim_coverage).collect(),
        unclaimed: unclaimed.map(|policy| Arc::clone(&policy.id)).collect(),
    }
}

fn framework_coverage(set: &PolicySet, framework: &Framework) -> FrameworkCoverage {
    let names = |policy: &&Policy, item: &Item| {
        policy.controls.get(&framework.id).is_some_and(|items| items.contains(&item.id))
    };
    let covered = |item: &Item| Covered {
        id: item.id.clone(),
        text: item.title.clone(),
        policies: set.policies.iter().filter(|one| names(one, item)).map(|one| Arc::clone(&one.id)).collect(),
        unproved: item.unproved.clone(),
    };
    FrameworkCoverage {
        id: framework.id.clone(),
        title: framework.title.clone(),
        orientation: framework.orientation,
        items: framework.items.iter().map(covered).collect(),
    }
}

fn claim_coverage(claim: &Claim) -> Covered {
    Covered {
        id: claim.id.clone(),
        text: Some(claim.sentence.clone()),
        policies: claim.policies.clone(),
        unproved: claim.unproved.clone(),
    }
}
