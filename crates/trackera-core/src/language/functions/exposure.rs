//! What can be reached from the Internet.

use std::sync::Arc;

use super::{Call, Function, Parameter, Returns, Style, View, anything, firewall, known};
use crate::language::value::{List, Unknown, Value};
use crate::network::{AddressSet, Family, Rule, open_to_internet};
use crate::resource::{ErrorClass, Gap};

pub(super) const INTERNET_PORTS: Function = Function {
    name: "internet_ports",
    style: Style::Global,
    parameters: &[Parameter::Resource("aws.ec2.security_group")],
    returns: Returns::Texts,
    reads: &[("aws.ec2.security_group", "ingress"), ("aws.ec2.managed_prefix_list", "entries")],
    description: "The ports that a security group opens to the Internet over all its rules together, as `tcp/443`, \
                  `udp/1024-2048`, `icmp`, `protocol/47` or `all`. Ranges of both families are added up exactly, prefix \
                  lists included; as much of the public Internet as an IPv4 `/12` or an IPv6 `/19` counts as the Internet.",
    validate: anything,
    call: |call| {
        let group = subject(call);
        known(
            group
                .map_or_else(|| Ok(Rules::default()), |group| Rules::of(&[group]))
                .map(|rules| rules.ports(&Family::ALL)),
        )
    },
};

pub(super) const EXPOSED_PORTS: Function = Function {
    name: "exposed_ports",
    style: Style::Global,
    parameters: &[Parameter::Resource("aws.ec2.network_interface")],
    returns: Returns::Texts,
    reads: &[
        ("aws.ec2.network_interface", "security_groups"),
        ("aws.ec2.network_interface", "public_ip_addresses"),
        ("aws.ec2.network_interface", "ipv6_addresses"),
        ("aws.ec2.network_interface", "subnet"),
        ("aws.ec2.subnet", "route_table"),
        ("aws.ec2.subnet", "network_acl"),
        ("aws.ec2.network_acl", "entries"),
        ("aws.ec2.route_table", "routes"),
        ("aws.ec2.security_group", "ingress"),
        ("aws.ec2.managed_prefix_list", "entries"),
    ],
    description: "The ports of a network interface that the Internet can reach in effect: it has a public address, its \
                  subnet routes to an Internet gateway, its security groups together let the Internet in, and the network \
                  access control list of the subnet lets the requests in and the answers out.",
    validate: anything,
    call: |call| known(subject(call).map_or_else(|| Ok(Value::list(Vec::new())), |interface| exposed(&interface))),
};

fn subject<'a>(call: &Call<'a>) -> Option<View<'a>> {
    match call.argument(0) {
        Value::Resource(index) => View::resource(call.moment.estate, *index),
        _ => None,
    }
}

fn exposed(interface: &View<'_>) -> Result<Value, Unknown> {
    let mut families = Vec::new();
    for (family, field) in [(Family::V4, "public_ip_addresses"), (Family::V6, "ipv6_addresses")] {
        let (addresses, missing) = interface.texts(field)?;
        if !addresses.is_empty() || missing.is_some() {
            families.push(family);
        }
    }
    if families.is_empty() {
        return Ok(Value::list(Vec::new()));
    }
    let Some(subnet) = interface.one("subnet")? else {
        return Ok(Value::list(Vec::new()));
    };
    let mut through_gateway = Vec::new();
    if let Some(table) = subnet.one("route_table")? {
        for family in families {
            if routed(&table, family)? {
                through_gateway.push(family);
            }
        }
    }
    if through_gateway.is_empty() {
        return Ok(Value::list(Vec::new()));
    }
    let (groups, missing) = interface.views("security_groups")?;
    let mut rules = Rules::of(&groups)?;
    rules.missing = Unknown::either(rules.missing.take(), missing);
    if rules.is_closed(&through_gateway) {
        return Ok(Value::list(Vec::new()));
    }
    if let Some(acl) = subnet.one("network_acl")? {
        rules.rules = firewall::read(&acl)?.restrict(&rules.rules);
    }
    Ok(rules.ports(&through_gateway))
}

/// Whether a route table sends the answers to the Internet back through an Internet gateway.
fn routed(table: &View<'_>, family: Family) -> Result<bool, Unknown> {
    let (routes, missing) = table.views("routes")?;
    let mut destinations = Vec::new();
    for route in routes {
        let through_gateway = route.text("target")?.is_some_and(|target| target.starts_with("igw-"));
        if through_gateway && route.text("state")? == Some("active") {
            let destination = route.text("destination")?.unwrap_or_default();
            match AddressSet::parse(destination) {
                Some((found, set)) if found == family => destinations.push(set),
                Some(_) => {}
                // A prefix list as a destination may hold anything; the careful reading is that it holds the Internet.
                None => return Ok(true),
            }
        }
    }
    match (AddressSet::union(&destinations).is_internet(family), missing) {
        (true, _) => Ok(true),
        (false, None) => Ok(false),
        (false, Some(missing)) => Err(missing),
    }
}

/// The inbound rules of security groups, with every source resolved to addresses.
#[derive(Default)]
struct Rules {
    rules: Vec<Rule>,
    missing: Option<Unknown>,
}

impl Rules {
    fn of(groups: &[View<'_>]) -> Result<Self, Unknown> {
        let mut all = Self::default();
        for group in groups {
            match group.views("ingress") {
                Ok((rules, missing)) => {
                    all.missing = Unknown::either(all.missing.take(), missing);
                    rules.iter().for_each(|rule| all.add(rule));
                }
                Err(unknown) => all.missing = Unknown::either(all.missing.take(), Some(unknown)),
            }
        }
        Ok(all)
    }

    /// A rule whose source cannot be read leaves the answer open, but the other rules still count.
    fn add(&mut self, rule: &View<'_>) {
        if let Err(unknown) = self.try_add(rule) {
            self.missing = Unknown::either(self.missing.take(), Some(unknown));
        }
    }

    fn try_add(&mut self, rule: &View<'_>) -> Result<(), Unknown> {
        let protocol = rule.text("ip_protocol")?.unwrap_or("-1").to_owned();
        let ports = ports(rule.number("from_port")?, rule.number("to_port")?);
        let mut sources = usize::from(rule.text("referenced_group_id")?.is_some());
        for field in ["cidr_ipv4", "cidr_ipv6"] {
            if let Some(range) = rule.text(field)? {
                sources += 1;
                self.push(&protocol, ports, range, range);
            }
        }
        if let Some(list) = rule.one("prefix_list")? {
            sources += 1;
            let id = list.text("id")?.unwrap_or_default().to_owned();
            let (entries, missing) = list.texts("entries")?;
            for range in entries {
                self.push(&protocol, ports, &range, &format!("{range} in prefix list {id}"));
            }
            self.missing = Unknown::either(self.missing.take(), missing);
        }
        if sources == 0 {
            self.unreadable("a rule without a source");
        }
        Ok(())
    }

    fn push(&mut self, protocol: &str, ports: Option<(u16, u16)>, range: &str, source: &str) {
        match AddressSet::parse(range) {
            Some((family, sources)) => {
                let words = format!("rule {} from {source}", words(protocol, ports));
                self.rules.push(Rule { protocol: protocol.to_owned(), ports, family, sources, words });
            }
            None => self.unreadable("a rule whose source is no address range"),
        }
    }

    /// A source that cannot be read may be the Internet.
    fn unreadable(&mut self, what: &str) {
        self.missing = Unknown::either(self.missing.take(), Some(malformed(what)));
    }

    /// Whether the groups by themselves let nobody in, for certain.
    fn is_closed(&self, families: &[Family]) -> bool {
        self.missing.is_none() && !self.rules.iter().any(|rule| families.contains(&rule.family))
    }

    fn ports(&self, families: &[Family]) -> Value {
        let rules: Vec<Rule> = self.rules.iter().filter(|rule| families.contains(&rule.family)).cloned().collect();
        let open = open_to_internet(&rules);
        Value::List(Arc::new(List {
            items: open.iter().map(|open| Value::text(&open.ports)).collect(),
            why: open.iter().map(|open| open.why.join(" + ").into()).collect(),
            missing: self.missing.clone(),
        }))
    }
}

/// Why something that was read says nothing.
pub(super) fn malformed(what: &str) -> Unknown {
    Unknown::from(Gap {
        operation: what.to_owned(),
        account: "*".to_owned(),
        region: "*".to_owned(),
        resource: None,
        error_class: ErrorClass::MalformedAnswer,
    })
}

/// A range of ports; `None` for all of them, which is also what AWS means by -1.
pub(super) fn ports(first: Option<i64>, last: Option<i64>) -> Option<(u16, u16)> {
    let first = u16::try_from(first?).ok()?;
    let last = u16::try_from(last?).ok()?;
    (first <= last).then_some((first, last))
}

fn words(protocol: &str, ports: Option<(u16, u16)>) -> String {
    match (protocol, ports) {
        ("-1", _) => "all traffic".to_owned(),
        (protocol, None) => protocol.to_owned(),
        (protocol, Some((first, last))) if first == last => format!("{protocol}/{first}"),
        (protocol, Some((first, last))) => format!("{protocol}/{first}-{last}"),
    }
}
