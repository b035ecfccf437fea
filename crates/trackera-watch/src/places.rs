//! Where a look goes: the whole estate, or single accounts and regions of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What stands for all accounts or all regions in a row.
pub const ALL: &str = "*";

/// An account, or one region of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The account.
    pub account: String,
    /// The region; none means all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

impl Place {
    fn covers(&self, account: &str, region: &str) -> bool {
        self.account == account && self.region.as_deref().is_none_or(|own| own == region)
    }
}

/// Where a look goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Places {
    /// The whole estate.
    Everywhere,
    /// Parts of it.
    At(BTreeSet<Place>),
}

impl Places {
    /// Tells whether a look there sees what is in a region of an account.
    pub fn cover(&self, account: &str, region: &str) -> bool {
        match self {
            Self::Everywhere => true,
            Self::At(places) => places.iter().any(|place| place.covers(account, region)),
        }
    }

    /// Takes in other places.
    pub fn add(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::At(own), Self::At(more)) => own.extend(more.iter().cloned()),
            (Self::Everywhere, _) => {}
            (Self::At(_), Self::Everywhere) => *self = Self::Everywhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_at_a_region_sees_that_region_and_no_list_of_all() {
        let place = |region: Option<&str>| Place { account: "1".to_owned(), region: region.map(str::to_owned) };
        let one = Places::At([place(Some("eu-central-1"))].into());
        assert!(one.cover("1", "eu-central-1"));
        for (account, region) in [("1", "eu-west-1"), ("2", "eu-central-1"), ("1", ALL), (ALL, ALL)] {
            assert!(!one.cover(account, region), "{account} {region}");
        }
        let account = Places::At([place(None)].into());
        assert!(account.cover("1", ALL) && account.cover("1", "global") && !account.cover(ALL, ALL));
        let mut both = one;
        both.add(&account);
        assert!(both.cover("1", "eu-west-1"));
        both.add(&Places::Everywhere);
        assert!(both.cover(ALL, ALL));
    }
}
