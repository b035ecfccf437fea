//! Sets of addresses obey the laws of sets, and ports are open only where the sources together are the Internet.
//!
//! Each line is a rule: a range, then maybe a protocol, a first and a last port. Lines below an empty one are the other
//! set.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trackera_core::network::{AddressSet, Family, Rule, open_to_internet};

fuzz_target!(|text: &str| {
    let (one, other) = text.split_once("\n\n").unwrap_or((text, ""));
    let (one, other) = (rules(one), rules(other));
    for family in Family::ALL {
        laws(family, &union(&one, family), &union(&other, family));
    }
    let all: Vec<Rule> = one.into_iter().chain(other).collect();
    let internet = Family::ALL.into_iter().any(|family| union(&all, family).is_internet(family));
    let open = open_to_internet(&all);
    assert!(internet || open.is_empty(), "open to less than the Internet: {open:?}");
    assert!(open.iter().all(|open| !open.why.is_empty()), "open without a reason: {open:?}");
});

fn rules(text: &str) -> Vec<Rule> {
    text.lines().take(64).filter_map(rule).collect()
}

fn rule(line: &str) -> Option<Rule> {
    let mut words = line.split_whitespace();
    let (family, sources) = AddressSet::parse(words.next()?)?;
    let protocol = words.next().unwrap_or("-1").to_owned();
    let first: Option<u16> = words.next().and_then(|port| port.parse().ok());
    let last: Option<u16> = words.next().and_then(|port| port.parse().ok());
    Some(Rule { protocol, ports: first.zip(last), family, sources, words: line.to_owned() })
}

fn union(rules: &[Rule], family: Family) -> AddressSet {
    AddressSet::union(rules.iter().filter(|rule| rule.family == family).map(|rule| &rule.sources))
}

fn laws(family: Family, one: &AddressSet, other: &AddressSet) {
    let both = AddressSet::union([one, other]);
    let shared = one.intersection(other);
    let rest = one.without(other);
    assert_eq!(both, AddressSet::union([other, one]), "a union has no order");
    assert_eq!(shared, other.intersection(one), "an intersection has no order");
    assert_eq!(AddressSet::union([&rest, &shared]), *one, "a set is what it shares and the rest");
    assert_eq!(AddressSet::union([&rest, other]), both, "what is taken away can be put back");
    assert_eq!(rest.intersection(other), AddressSet::default(), "the rest shares nothing");
    assert_eq!(one.without(one), AddressSet::default(), "a set without itself is empty");
    assert!(shared.count() <= one.count() && one.count() <= both.count(), "a part is larger than the whole");
    let internet = one.is_internet(family) || other.is_internet(family);
    assert!(!internet || both.is_internet(family), "more than the Internet is less");
}
