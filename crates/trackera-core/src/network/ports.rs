//! Which ports a set of rules opens to the Internet, over all rules together.

use std::collections::{BTreeMap, BTreeSet};

use super::addresses::{AddressSet, Family};

/// Every port.
pub(super) const ALL_PORTS: (u16, u16) = (0, u16::MAX);

/// A rule that lets sources reach ports of a protocol.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The protocol as AWS writes it: a name, a number, or `-1` for all.
    pub protocol: String,
    /// First and last port; `None` where the protocol has none or all are meant.
    pub ports: Option<(u16, u16)>,
    /// The family of the sources.
    pub family: Family,
    /// The sources.
    pub sources: AddressSet,
    /// The rule in words, as evidence.
    pub words: String,
}

/// Ports of one protocol that are open, and the rules that open them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPorts {
    /// In the words of policies: `tcp/443`, `udp/1024-2048`, `icmp`, `protocol/47`, `all`.
    pub ports: String,
    /// The rules, in words.
    pub why: Vec<String>,
}

/// A protocol, or all of them, or all that nobody named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Protocol {
    All,
    Tcp,
    Udp,
    Icmp,
    IcmpV6,
    Other(u16),
    Rest,
}

/// How the protocols that nobody named are written.
const REST: &str = "other protocols";

impl Protocol {
    /// AWS gives names or IANA numbers; what is neither counts as every protocol, the careful reading.
    pub(super) fn parse(text: &str) -> Self {
        match text {
            REST => Self::Rest,
            "tcp" | "6" => Self::Tcp,
            "udp" | "17" => Self::Udp,
            "icmp" | "1" => Self::Icmp,
            "icmpv6" | "58" => Self::IcmpV6,
            number => number.parse().map_or(Self::All, Self::Other),
        }
    }

    pub(super) fn has_ports(self) -> bool {
        matches!(self, Self::Tcp | Self::Udp)
    }

    /// The protocol as rules write it.
    pub(super) fn written(self) -> String {
        match self {
            Self::All => "-1".to_owned(),
            Self::Tcp => "tcp".to_owned(),
            Self::Udp => "udp".to_owned(),
            Self::Icmp => "icmp".to_owned(),
            Self::IcmpV6 => "icmpv6".to_owned(),
            Self::Other(number) => number.to_string(),
            Self::Rest => REST.to_owned(),
        }
    }

    fn words(self, (first, last): (u16, u16)) -> String {
        let name = match self {
            Self::All => return "all".to_owned(),
            Self::Icmp => return "icmp".to_owned(),
            Self::IcmpV6 => return "icmpv6".to_owned(),
            Self::Other(number) => return format!("protocol/{number}"),
            Self::Rest => return REST.to_owned(),
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        };
        if first == last { format!("{name}/{first}") } else { format!("{name}/{first}-{last}") }
    }
}

/// Finds the ports that the rules together open to the Internet, in the order of protocols and ports.
pub fn open_to_internet(rules: &[Rule]) -> Vec<OpenPorts> {
    let parsed: Vec<(Protocol, &Rule)> = rules.iter().map(|rule| (Protocol::parse(&rule.protocol), rule)).collect();
    if let Some(everything) = open_for(&parsed, Protocol::All, ALL_PORTS) {
        return vec![everything];
    }
    let protocols: BTreeSet<Protocol> = parsed.iter().map(|(protocol, _)| *protocol).collect();
    protocols
        .into_iter()
        .filter(|protocol| *protocol != Protocol::All)
        .flat_map(|one| open_ports(&parsed, one))
        .collect()
}

fn open_ports(rules: &[(Protocol, &Rule)], protocol: Protocol) -> Vec<OpenPorts> {
    let mut open: Vec<((u16, u16), Vec<String>)> = Vec::new();
    for range in elementary_ranges(rules, protocol) {
        let Some(found) = open_for(rules, protocol, range) else {
            continue;
        };
        match open.last_mut() {
            Some((previous, why)) if previous.1.checked_add(1) == Some(range.0) => {
                previous.1 = range.1;
                why.extend(found.why.into_iter().filter(|rule| !why.contains(rule)).collect::<Vec<_>>());
            }
            _ => open.push((range, found.why)),
        }
    }
    open.into_iter().map(|(range, why)| OpenPorts { ports: protocol.words(range), why }).collect()
}

/// The ranges of ports between which the set of applicable rules does not change.
fn elementary_ranges(rules: &[(Protocol, &Rule)], protocol: Protocol) -> Vec<(u16, u16)> {
    if !protocol.has_ports() {
        return vec![ALL_PORTS];
    }
    let applicable = rules.iter().filter(|(one, _)| *one == protocol || *one == Protocol::All);
    let mut starts = BTreeSet::from([0_u32]);
    for (_, rule) in applicable {
        let (first, last) = rule.ports.unwrap_or(ALL_PORTS);
        starts.extend([u32::from(first), u32::from(last) + 1]);
    }
    let starts: Vec<u32> = starts.into_iter().filter(|start| *start <= u32::from(u16::MAX)).collect();
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([u32::from(u16::MAX)]);
    let ranges = starts.iter().copied().zip(ends);
    ranges.filter_map(|(first, last)| Some((u16::try_from(first).ok()?, u16::try_from(last).ok()?))).collect()
}

fn open_for(rules: &[(Protocol, &Rule)], protocol: Protocol, range: (u16, u16)) -> Option<OpenPorts> {
    let mut by_family: BTreeMap<Family, Vec<&Rule>> = BTreeMap::new();
    for (one, rule) in rules {
        if applies(*one, rule, protocol, range) {
            by_family.entry(rule.family).or_default().push(rule);
        }
    }
    let mut why: Vec<String> = Vec::new();
    for (family, rules) in by_family {
        if AddressSet::union(rules.iter().map(|rule| &rule.sources)).is_internet(family) {
            why.extend(sufficient(rules, family).into_iter().map(|rule| rule.words.clone()));
        }
    }
    why.dedup();
    (!why.is_empty()).then(|| OpenPorts { ports: protocol.words(range), why })
}

/// Every rule that lets the Internet in by itself, or else the widest that together do; the others are not to blame.
fn sufficient(mut rules: Vec<&Rule>, family: Family) -> Vec<&Rule> {
    let alone: Vec<&Rule> = rules.iter().copied().filter(|rule| rule.sources.is_internet(family)).collect();
    if !alone.is_empty() {
        return alone;
    }
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.sources.count()));
    let enough = |taken: &usize| {
        let widest = rules.iter().take(*taken);
        AddressSet::union(widest.map(|rule| &rule.sources)).is_internet(family)
    };
    let taken = (1..rules.len()).find(enough).unwrap_or(rules.len());
    rules.truncate(taken);
    rules
}

fn applies(own: Protocol, rule: &Rule, protocol: Protocol, (first, last): (u16, u16)) -> bool {
    match own {
        Protocol::All => true,
        same if same == protocol && protocol.has_ports() => {
            let (from, to) = rule.ports.unwrap_or(ALL_PORTS);
            from <= first && last <= to
        }
        same => same == protocol,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(protocol: &str, ports: Option<(u16, u16)>, source: &str) -> Rule {
        let (family, sources) = AddressSet::parse(source).unwrap();
        Rule { protocol: protocol.into(), ports, family, sources, words: format!("{protocol} from {source}") }
    }

    fn open(rules: &[Rule]) -> Vec<String> {
        open_to_internet(rules).into_iter().map(|open| open.ports).collect()
    }

    #[test]
    fn halves_of_the_internet_add_up_even_in_two_rules() {
        let halves = [rule("tcp", Some((22, 22)), "0.0.0.0/1"), rule("tcp", Some((20, 30)), "128.0.0.0/1")];
        assert_eq!(open(&halves), ["tcp/20-30"], "half of the Internet alone is already the Internet");
        let quarters = ["32.0.0.0/13", "64.0.0.0/13"].map(|source| rule("tcp", Some((22, 22)), source));
        assert_eq!(open(&quarters), ["tcp/22"]);
        assert_eq!(open(&quarters[..1]), Vec::<String>::new());
    }

    #[test]
    fn protocols_mean_what_they_mean() {
        assert_eq!(open(&[rule("-1", None, "0.0.0.0/0")]), ["all"]);
        assert_eq!(open(&[rule("tcp", Some((0, 65535)), "::/0")]), ["tcp/0-65535"]);
        assert_eq!(open(&[rule("6", Some((22, 22)), "::/0")]), ["tcp/22"]);
        assert_eq!(open(&[rule("udp", Some((22, 22)), "0.0.0.0/0")]), ["udp/22"]);
        assert_eq!(open(&[rule("47", None, "0.0.0.0/0")]), ["protocol/47"]);
        assert_eq!(open(&[rule("icmp", None, "0.0.0.0/0")]), ["icmp"]);
        assert_eq!(open(&[rule("tcp", Some((443, 443)), "10.0.0.0/8")]), Vec::<String>::new());
    }

    #[test]
    fn all_protocols_and_one_protocol_add_up() {
        let rules = [rule("-1", None, "32.0.0.0/13"), rule("tcp", Some((22, 23)), "64.0.0.0/13")];
        assert_eq!(open(&rules), ["tcp/22-23"]);
    }

    #[test]
    fn the_rules_that_open_a_port_are_named() {
        let quarter = |source| rule("tcp", Some((22, 22)), source);
        let needed = [quarter("10.0.0.0/8"), quarter("32.0.0.0/13"), quarter("64.0.0.0/13")];
        assert_eq!(
            open_to_internet(&needed)[0].why,
            ["tcp from 10.0.0.0/8", "tcp from 32.0.0.0/13", "tcp from 64.0.0.0/13"]
        );
        let one = [quarter("198.51.100.0/24"), quarter("0.0.0.0/0"), quarter("64.0.0.0/13")];
        assert_eq!(open_to_internet(&one)[0].why, ["tcp from 0.0.0.0/0"]);
    }
}
