//! Network access control lists: ordered entries of which the first that matches decides, in each direction by itself.
//!
//! They are stateless, so a connection needs both its requests to be let in and its answers to be let out again.

use std::collections::BTreeSet;

use super::addresses::{AddressSet, Family};
use super::ports::{ALL_PORTS, Protocol, Rule};

/// The ports that clients choose for themselves, to which answers go. Which ones depends on the client, so an answer
/// counts as let out when it is for any of them (VPC User Guide, "Ephemeral ports").
const EPHEMERAL: (u16, u16) = (1024, u16::MAX);

/// An entry of a list, of one direction.
#[derive(Clone, Debug)]
pub struct AclEntry {
    /// The lowest number is looked at first.
    pub number: i64,
    /// Whether it lets through what it matches.
    pub allows: bool,
    /// The protocol as AWS writes it.
    pub protocol: String,
    /// First and last port; `None` for all.
    pub ports: Option<(u16, u16)>,
    /// The family of the other side.
    pub family: Family,
    /// The other side.
    pub peers: AddressSet,
}

/// Both directions of a list.
#[derive(Clone, Debug, Default)]
pub struct Acl {
    ingress: Vec<Entry>,
    egress: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    protocol: Protocol,
    entry: AclEntry,
}

impl Acl {
    /// Brings the entries of both directions in order.
    pub fn new(ingress: Vec<AclEntry>, egress: Vec<AclEntry>) -> Self {
        Self { ingress: ordered(ingress), egress: ordered(egress) }
    }

    /// What is left of rules behind this list: each rule with fewer sources, or in parts where ports differ.
    pub fn restrict(&self, rules: &[Rule]) -> Vec<Rule> {
        rules.iter().flat_map(|rule| self.restrict_one(rule)).collect()
    }

    fn restrict_one(&self, rule: &Rule) -> Vec<Rule> {
        let own = Protocol::parse(&rule.protocol);
        let protocols = if own == Protocol::All { self.protocols() } else { vec![own] };
        let mut parts = Vec::new();
        let mut whole = true;
        for protocol in protocols {
            for range in self.ranges(protocol, rule.ports.unwrap_or(ALL_PORTS)) {
                let sources = rule.sources.intersection(&self.admitted(protocol, range, rule.family));
                whole &= sources == rule.sources;
                if sources.count() > 0 {
                    let ports = protocol.has_ports().then_some(range);
                    parts.push(Rule { protocol: protocol.written(), ports, sources, ..rule.clone() });
                }
            }
        }
        // A list that takes nothing away leaves the rule as its author wrote it.
        if whole { vec![rule.clone()] } else { parts }
    }

    /// The protocols that the list may treat differently, and one that stands for all others.
    fn protocols(&self) -> Vec<Protocol> {
        let named = self.ingress.iter().chain(&self.egress).map(|one| one.protocol).filter(|one| *one != Protocol::All);
        let mut protocols: BTreeSet<Protocol> = named.collect();
        protocols.extend([Protocol::Tcp, Protocol::Udp, Protocol::Icmp, Protocol::IcmpV6, Protocol::Rest]);
        protocols.into_iter().collect()
    }

    /// The parts of a range of ports within which the inbound entries do not change.
    fn ranges(&self, protocol: Protocol, (first, last): (u16, u16)) -> Vec<(u16, u16)> {
        if !protocol.has_ports() {
            return vec![ALL_PORTS];
        }
        pieces(&self.ingress, protocol, (first, last))
    }

    fn admitted(&self, protocol: Protocol, range: (u16, u16), family: Family) -> AddressSet {
        let in_first = passed(&self.ingress, protocol, range, family);
        let answers = if protocol.has_ports() { pieces(&self.egress, protocol, EPHEMERAL) } else { vec![ALL_PORTS] };
        let out: Vec<AddressSet> =
            answers.into_iter().map(|range| passed(&self.egress, protocol, range, family)).collect();
        in_first.intersection(&AddressSet::union(&out))
    }
}

fn ordered(entries: Vec<AclEntry>) -> Vec<Entry> {
    let parsed = entries.into_iter().map(|entry| Entry { protocol: Protocol::parse(&entry.protocol), entry });
    let mut parsed: Vec<Entry> = parsed.collect();
    parsed.sort_by_key(|one| one.entry.number);
    parsed
}

/// Splits a range of ports where an entry begins or ends.
fn pieces(entries: &[Entry], protocol: Protocol, (first, last): (u16, u16)) -> Vec<(u16, u16)> {
    let mut starts = BTreeSet::from([u32::from(first)]);
    for one in entries.iter().filter(|one| one.concerns(protocol)) {
        let (from, to) = one.entry.ports.unwrap_or(ALL_PORTS);
        starts.extend([u32::from(from), u32::from(to) + 1]);
    }
    let starts: Vec<u32> = starts.into_iter().filter(|at| (u32::from(first)..=u32::from(last)).contains(at)).collect();
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([u32::from(last)]);
    let ranges = starts.iter().copied().zip(ends);
    ranges.filter_map(|(first, last)| Some((u16::try_from(first).ok()?, u16::try_from(last).ok()?))).collect()
}

/// The peers that the entries of one direction let through, for ports among which they do not differ.
fn passed(entries: &[Entry], protocol: Protocol, range: (u16, u16), family: Family) -> AddressSet {
    let mut passed = AddressSet::default();
    let mut decided = AddressSet::default();
    for one in entries.iter().filter(|one| one.entry.family == family && one.matches(protocol, range)) {
        let new = one.entry.peers.without(&decided);
        if one.entry.allows {
            passed = AddressSet::union([&passed, &new]);
        }
        decided = AddressSet::union([&decided, &one.entry.peers]);
    }
    passed
}

impl Entry {
    fn concerns(&self, protocol: Protocol) -> bool {
        self.protocol == Protocol::All || self.protocol == protocol
    }

    fn matches(&self, protocol: Protocol, (first, last): (u16, u16)) -> bool {
        let (from, to) = self.entry.ports.unwrap_or(ALL_PORTS);
        let ports = !protocol.has_ports() || self.protocol == Protocol::All || (from <= first && last <= to);
        self.concerns(protocol) && ports
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::open_to_internet;

    type Written = (i64, bool, &'static str, Option<(u16, u16)>, &'static str);

    fn entries(written: &[Written]) -> Vec<AclEntry> {
        let entry = |&(number, allows, protocol, ports, peers): &Written| {
            let (family, peers) = AddressSet::parse(peers).unwrap();
            AclEntry { number, allows, protocol: protocol.to_owned(), ports, family, peers }
        };
        written.iter().map(entry).collect()
    }

    fn rule(protocol: &str, ports: Option<(u16, u16)>) -> Rule {
        let (family, sources) = AddressSet::parse("0.0.0.0/0").unwrap();
        Rule { protocol: protocol.to_owned(), ports, family, sources, words: "a rule".to_owned() }
    }

    const ALL_OUT: &[Written] = &[(100, true, "-1", None, "0.0.0.0/0")];

    fn open(rule: Rule, ingress: &[Written], egress: &[Written]) -> Vec<String> {
        let left = Acl::new(entries(ingress), entries(egress)).restrict(&[rule]);
        open_to_internet(&left).into_iter().map(|open| open.ports).collect()
    }

    #[test]
    fn the_default_list_changes_nothing() {
        assert_eq!(open(rule("-1", None), ALL_OUT, ALL_OUT), ["all"]);
        assert_eq!(open(rule("tcp", Some((20, 30))), ALL_OUT, ALL_OUT), ["tcp/20-30"]);
    }

    #[test]
    fn the_first_entry_that_matches_decides() {
        let deny_first = [(90, false, "6", Some((22, 22)), "0.0.0.0/0"), (100, true, "-1", None, "0.0.0.0/0")];
        assert_eq!(open(rule("tcp", Some((22, 22))), &deny_first, ALL_OUT), Vec::<String>::new());
        assert_eq!(open(rule("tcp", Some((21, 23))), &deny_first, ALL_OUT), ["tcp/21", "tcp/23"]);
        let too_late = [(110, false, "6", Some((22, 22)), "0.0.0.0/0"), (100, true, "-1", None, "0.0.0.0/0")];
        assert_eq!(open(rule("tcp", Some((22, 22))), &too_late, ALL_OUT), ["tcp/22"]);
    }

    #[test]
    fn a_list_without_entries_lets_nothing_through() {
        assert_eq!(open(rule("-1", None), &[], ALL_OUT), Vec::<String>::new());
        assert_eq!(open(rule("tcp", Some((22, 22))), &[], &[]), Vec::<String>::new());
    }

    #[test]
    fn answers_must_get_out_again() {
        let web_only = [(100, true, "6", Some((443, 443)), "0.0.0.0/0")];
        assert_eq!(open(rule("tcp", Some((443, 443))), ALL_OUT, &web_only), Vec::<String>::new());
        let ephemeral = [(100, true, "6", Some((32768, 60999)), "0.0.0.0/0")];
        assert_eq!(open(rule("tcp", Some((443, 443))), ALL_OUT, &ephemeral), ["tcp/443"]);
    }

    #[test]
    fn a_rule_for_everything_is_cut_into_what_passes() {
        let web = [(100, true, "6", Some((443, 443)), "0.0.0.0/0"), (110, true, "1", None, "0.0.0.0/0")];
        assert_eq!(open(rule("-1", None), &web, ALL_OUT), ["tcp/443", "icmp"]);
        let no_ssh = [(90, false, "6", Some((22, 22)), "0.0.0.0/0"), (100, true, "-1", None, "0.0.0.0/0")];
        let left = open(rule("-1", None), &no_ssh, ALL_OUT);
        assert_eq!(left, ["tcp/0-21", "tcp/23-65535", "udp/0-65535", "icmp", "icmpv6", "other protocols"]);
    }

    #[test]
    fn denied_parts_of_the_internet_are_taken_away() {
        let half = [(90, false, "-1", None, "0.0.0.0/1"), (100, true, "-1", None, "128.0.0.0/1")];
        assert_eq!(open(rule("tcp", Some((22, 22))), &half, ALL_OUT), ["tcp/22"], "half of the Internet is left");
        let office = [(90, true, "-1", None, "198.18.0.0/15"), (100, false, "-1", None, "0.0.0.0/0")];
        assert_eq!(open(rule("tcp", Some((22, 22))), &office, ALL_OUT), Vec::<String>::new());
    }

    const BLOCKS: [&str; 6] = ["0.0.0.0/0", "0.0.0.0/1", "64.0.0.0/2", "192.0.0.0/2", "8.0.0.0/8", "200.0.0.0/5"];
    const PROTOCOLS: [&str; 4] = ["-1", "6", "17", "1"];

    fn any_entry() -> impl Strategy<Value = AclEntry> {
        (0..9_i64, any::<bool>(), 0..PROTOCOLS.len(), 0..4_u16, 0..4_u16, 0..BLOCKS.len()).prop_map(
            |(number, allows, protocol, from, length, block)| {
                let (family, peers) = AddressSet::parse(BLOCKS[block]).unwrap();
                let protocol = PROTOCOLS[protocol].to_owned();
                let ports = (protocol == "6" || protocol == "17").then_some((from + 1022, from + 1022 + length));
                AclEntry { number, allows, protocol, ports, family, peers }
            },
        )
    }

    /// What AWS does with one packet: the entries in order, the first that matches.
    fn packet(entries: &[AclEntry], protocol: &str, port: u16, address: u128) -> bool {
        let mut sorted: Vec<&AclEntry> = entries.iter().collect();
        sorted.sort_by_key(|one| one.number);
        let matching = sorted.iter().find(|one| {
            let ports = one.ports.is_none_or(|(from, to)| (from..=to).contains(&port));
            (one.protocol == "-1" || (one.protocol == protocol && ports)) && one.peers.contains(address)
        });
        matching.is_some_and(|one| one.allows)
    }

    proptest! {
        #[test]
        fn restricted_rules_agree_with_single_packets(
            ingress in prop::collection::vec(any_entry(), 0..5),
            egress in prop::collection::vec(any_entry(), 0..4),
            protocol in 0..PROTOCOLS.len(),
            port in 1020..1030_u16,
            address in any::<u32>(),
        ) {
            let written = rule(PROTOCOLS[protocol], None);
            let left = Acl::new(ingress.clone(), egress.clone()).restrict(&[written]);
            let asked = if PROTOCOLS[protocol] == "-1" { "6" } else { PROTOCOLS[protocol] };
            let let_in = packet(&ingress, asked, port, address.into());
            let answered = match asked {
                "1" => packet(&egress, asked, 0, address.into()),
                _ => (1024..=1040).chain([u16::MAX]).any(|port| packet(&egress, asked, port, address.into())),
            };
            let reached = left.iter().any(|rule| {
                let own = Protocol::parse(&rule.protocol);
                (own == Protocol::All || own == Protocol::parse(asked))
                    && rule.ports.is_none_or(|(from, to)| asked == "1" || (from..=to).contains(&port))
                    && rule.sources.contains(address.into())
            });
            prop_assert_eq!(reached, let_in && answered);
        }
    }
}
