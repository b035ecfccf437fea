//! The first configuration of a company, as far as its accounts tell it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value as Json;
use trackera_core::estate::Snapshot;
use trackera_core::resource::{GLOBAL, Resource};

/// What could be read of a company.
#[derive(Debug, Default)]
pub(crate) struct First {
    /// The ids of the accounts.
    pub(crate) accounts: BTreeSet<String>,
    /// The regions with something in them, the one with most first.
    pub(crate) regions: Vec<String>,
    /// The users that can sign in with a password.
    pub(crate) people: BTreeSet<String>,
    /// The users that have nothing but keys.
    pub(crate) services: BTreeSet<String>,
    /// The users of which it could not be told what they are.
    pub(crate) unclear: BTreeSet<String>,
    /// The operations that were refused or failed.
    pub(crate) gaps: BTreeSet<String>,
}

impl First {
    /// Takes in what was read.
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let accounts = snapshot.accounts.iter().map(|account| account.account.clone());
        let mut first = Self {
            accounts: accounts.filter(|account| account != "*").collect(),
            gaps: snapshot.gaps.iter().map(|gap| gap.operation.clone()).collect(),
            ..Self::default()
        };
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for resource in &snapshot.resources {
            if resource.kind == "aws.iam.user" {
                first.user(resource);
            } else if resource.region != GLOBAL {
                *counts.entry(&resource.region).or_default() += 1;
            }
        }
        let mut regions: Vec<(&str, usize)> = counts.into_iter().collect();
        regions.sort_by_key(|(region, count)| (std::cmp::Reverse(*count), *region));
        first.regions = regions.into_iter().map(|(region, _)| region.to_owned()).collect();
        first
    }

    fn user(&mut self, user: &Resource) {
        let fields = user.attributes.to_map();
        let sort = match fields.get("password_enabled") {
            Some(Json::Bool(true)) => &mut self.people,
            Some(Json::Bool(false)) => &mut self.services,
            _ => &mut self.unclear,
        };
        sort.insert(user.name.clone());
    }

    /// The text of the file. What nobody could read stands there as a comment.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from(
            "# A first configuration, from what could be read. Whatever is not declared is unknown to the policies that\n\
             # ask for it, never taken as empty: fill in the comments, and check with `trackera-ops config check`.\n\n\
             company:\n  # name: Example\n\n  # The directory of the policies, relative to this file.\n  policies: policies\n\n",
        );
        self.refused(&mut text);
        let mut line = |written: std::fmt::Arguments<'_>| {
            // Writing into a string does not fail.
            let _ = writeln!(text, "{written}");
        };
        line(format_args!("  accounts:"));
        self.accounts.iter().for_each(|account| line(format_args!("    - {{id: {}}}", quoted(account))));
        line(format_args!("\n  # Where the product runs, and where it would be recovered."));
        match self.regions.split_first() {
            Some((primary, others)) => {
                line(format_args!("  regions:\n    primary: {primary}\n    # recovery: eu-west-1"));
                if !others.is_empty() {
                    line(format_args!("    others: [{}]", others.join(", ")));
                }
            }
            None => line(format_args!("  # regions: {{primary: eu-central-1, recovery: eu-west-1}}")),
        }
        line(format_args!("\n  # Who can sign in. Write `admin: true` behind the two who may change everything."));
        if self.people.is_empty() {
            line(format_args!("  # people: [{{name: Ana Example, iam_user: ana, admin: true}}]"));
        } else {
            line(format_args!("  people:"));
        }
        let person = |user: &String| format!("    - {{name: {0}, iam_user: {0}}}", quoted(user));
        self.people.iter().for_each(|user| line(format_args!("{}", person(user))));
        line(format_args!("\n  # Users of programs: they have keys and no password."));
        let services: Vec<String> = self.services.iter().map(|user| quoted(user)).collect();
        line(format_args!("  services: [{}]", services.join(", ")));
        for user in &self.unclear {
            line(format_args!("  # It could not be told whether this is a person or a program: {}", quoted(user)));
        }
        line(format_args!(
            "\n  # Where dumps of the product database arrive.\n  # backups: [{{bucket: NAME, prefix: postgres/}}]"
        ));
        text
    }

    fn refused(&self, text: &mut String) {
        if !self.gaps.is_empty() {
            let gaps: Vec<&str> = self.gaps.iter().map(String::as_str).collect();
            // Writing into a string does not fail.
            let _ = writeln!(text, "  # Not everything could be read; refused or failed: {}\n", gaps.join(", "));
        }
    }
}

/// A text as JSON writes it, which is YAML as well, whatever somebody called a user.
fn quoted(text: &str) -> String {
    Json::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use trackera_core::company::Configuration;
    use trackera_core::yaml::File;

    use super::*;

    fn load(first: &First) -> Configuration {
        Configuration::load(&File { name: "trackera.yaml".to_owned(), text: first.text() }).unwrap()
    }

    #[test]
    fn what_is_not_known_is_not_declared() {
        let first = First { accounts: ["123456789012".to_owned()].into(), ..First::default() };
        let company = load(&first).company;
        assert!(company.people.is_none() && company.regions.is_none() && company.backups.is_empty());
        let told = First { gaps: ["iam:ListUsers".to_owned()].into(), ..first }.text();
        assert!(told.contains("refused or failed: iam:ListUsers"), "{told}");
    }

    proptest! {
        #[test]
        fn whatever_users_are_called_the_file_says_so(people in prop::collection::btree_set("\\PC{1,12}", 1..4)) {
            let first = First {
                accounts: ["123456789012".to_owned()].into(),
                regions: vec!["eu-central-1".to_owned(), "eu-west-1".to_owned()],
                people: people.clone(),
                services: ["deploy: bot #1".to_owned()].into(),
                ..First::default()
            };
            let company = load(&first).company;
            let users: BTreeSet<String> =
                company.people.unwrap().into_iter().map(|person| person.iam_user).collect();
            prop_assert_eq!(users, people);
            prop_assert_eq!(company.services.unwrap(), ["deploy: bot #1"]);
            prop_assert_eq!(company.regions.unwrap().others, ["eu-west-1"]);
        }
    }
}
