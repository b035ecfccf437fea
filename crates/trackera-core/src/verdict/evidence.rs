//! How old the evidence of a policy is.
//!
//! Evidence that is too old, dated in the future or without a date proves nothing; it must never look fresh.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::estate::Estate;
use crate::language::Unknown;
use crate::policy::Policy;
use crate::resource::{ErrorClass, Gap};
use crate::schema::operation;
use crate::time::{self, CLOCK_TOLERANCE};

/// What is wrong with the age of a policy's evidence, by account.
pub(super) struct Evidence {
    stale: BTreeMap<String, Unknown>,
    undated: BTreeMap<String, Unknown>,
}

impl Evidence {
    pub(super) fn new(policy: &Policy, estate: &Estate, now: Timestamp) -> Self {
        let mut evidence = Self { stale: BTreeMap::new(), undated: BTreeMap::new() };
        let prepared = || policy.demand.operations.iter().filter(|name| is_prepared_ahead(name));
        for account in accounts(policy, estate) {
            evidence.note(policy, "snapshot", account, now.duration_since(estate.collected_at));
            for name in prepared() {
                match estate.reports.get(&((*name).to_owned(), account.to_owned())) {
                    Some(generated_at) => evidence.note(policy, name, account, now.duration_since(*generated_at)),
                    None => {
                        let gap = gap(format!("date of {name}"), account, ErrorClass::NotCollected);
                        evidence.undated.insert(account.to_owned(), Unknown::from(gap));
                    }
                }
            }
        }
        evidence
    }

    /// Why no verdict about an account can be given: its evidence is older than the policy allows.
    pub(super) fn stale(&self, account: &str) -> Option<&Unknown> {
        self.stale.get(account)
    }

    /// Why nothing about an account can be called kept: nobody knows how old its evidence is.
    pub(super) fn undated(&self, account: &str) -> Option<&Unknown> {
        self.undated.get(account)
    }

    fn note(&mut self, policy: &Policy, what: &str, account: &str, age: SignedDuration) {
        let words = if age < -CLOCK_TOLERANCE {
            format!("{what} ({} ahead of the moment of judgement)", time::format(-age))
        } else if age > policy.freshness {
            format!("{what} ({} old, {} allowed)", time::format(age), time::format(policy.freshness))
        } else {
            return;
        };
        self.stale.insert(account.to_owned(), Unknown::from(gap(words, account, ErrorClass::Stale)));
    }
}

fn is_prepared_ahead(name: &str) -> bool {
    operation(name).is_some_and(|operation| operation.period.is_positive())
}

fn accounts<'a>(policy: &Policy, estate: &'a Estate) -> BTreeSet<&'a str> {
    let listed = estate.lists(&policy.kind.name).map(|((account, _), _)| account.as_str());
    listed.chain(estate.accounts().iter().map(|account| account.account.as_str())).collect()
}

fn gap(operation: String, account: &str, error_class: ErrorClass) -> Gap {
    Gap { operation, account: account.to_owned(), region: "*".to_owned(), resource: None, error_class }
}
