//! Where the company's names lead.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use super::{Call, Function, Parameter, Returns, Style, View, anything};
use crate::language::value::{List, Unknown, Value};

pub(super) const STRAY_RECORDS: Function = Function {
    name: "stray_records",
    style: Style::Global,
    parameters: &[Parameter::Resource("aws.route53.hosted_zone")],
    returns: Returns::Texts,
    reads: &[
        ("aws.route53.hosted_zone", "private_zone"),
        ("aws.route53.hosted_zone", "records"),
        ("aws.ec2.address", "public_ip"),
        ("aws.ec2.network_interface", "public_ip_addresses"),
        ("aws.ec2.network_interface", "ipv6_addresses"),
        ("aws.elbv2.load_balancer", "dns_name"),
    ],
    description: "The records of a public zone that lead to nothing of the company's: addresses that it does not hold, load \
                  balancers that do not exist (any more), and names outside of AWS and of its own zones.",
    validate: anything,
    call: stray_records,
};

/// Where names may lead without anything of the estate being there to compare with: services of AWS that are not read.
const SERVICES: &[&str] = &[
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonses.com",
    ".cloudfront.net",
    ".awsglobalaccelerator.com",
    ".acm-validations.aws",
    ".awsapps.com",
];
const BALANCERS: &[&str] = &[".elb.amazonaws.com", ".elb.amazonaws.com.cn"];

fn stray_records(call: &Call<'_>) -> Value {
    let Value::Resource(index) = call.argument(0) else { return Value::list(Vec::new()) };
    let Some(zone) = View::resource(call.moment.estate, *index) else { return Value::list(Vec::new()) };
    match judge(call, &zone) {
        Ok(list) => Value::List(Arc::new(list)),
        Err(unknown) => Value::Unknown(unknown),
    }
}

fn judge(call: &Call<'_>, zone: &View<'_>) -> Result<List, Unknown> {
    let mut list = List::default();
    if zone.truth("private_zone")? == Some(true) {
        return Ok(list);
    }
    let (records, missing) = zone.views("records")?;
    list.missing = missing;
    let mut own = Own::of(call, zone.text("account")?.unwrap_or_default());
    for record in &records {
        match stray(record, &own) {
            Ok(Some(words)) => list.items.push(Value::text(&words)),
            Ok(None) => {}
            Err(unknown) => list.missing = Unknown::either(list.missing.take(), Some(unknown)),
        }
    }
    // What could not be listed may be just what a stray record leads to.
    match own.missing.take() {
        Some(missing) if !list.items.is_empty() => Err(missing),
        _ => Ok(list),
    }
}

/// What a record leads to that is not the company's, in words.
fn stray(record: &View<'_>, own: &Own) -> Result<Option<String>, Unknown> {
    let name = record.text("name")?.unwrap_or_default();
    let kind = record.text("record_type")?.unwrap_or_default();
    let (values, _) = record.texts("values")?;
    let targets = record.text("alias_target")?.map(str::to_owned).into_iter();
    let targets: Vec<String> = match kind {
        "A" | "AAAA" => targets.chain(values.into_iter().filter(|value| !own.holds(value))).collect(),
        "CNAME" => targets.chain(values).collect(),
        _ => Vec::new(),
    };
    let foreign = targets.iter().find(|target| target.parse::<IpAddr>().is_ok() || !own.names(target));
    Ok(foreign.map(|target| format!("{name} {kind} {target}")))
}

/// What the company holds that names can lead to.
struct Own {
    addresses: BTreeSet<IpAddr>,
    balancers: BTreeSet<String>,
    zones: Vec<String>,
    missing: Option<Unknown>,
}

impl Own {
    fn of(call: &Call<'_>, account: &str) -> Self {
        let mut own = Self { addresses: BTreeSet::new(), balancers: BTreeSet::new(), zones: Vec::new(), missing: None };
        for (kind, field) in [
            ("aws.ec2.address", "public_ip"),
            ("aws.ec2.network_interface", "public_ip_addresses"),
            ("aws.ec2.network_interface", "ipv6_addresses"),
        ] {
            let found = own.collect(call, account, kind, field);
            own.addresses.extend(found.iter().filter_map(|address| address.parse::<IpAddr>().ok()));
        }
        let balancers = own.collect(call, account, "aws.elbv2.load_balancer", "dns_name");
        own.balancers = balancers.iter().map(|name| name.to_ascii_lowercase()).collect();
        own.zones = own.collect(call, account, "aws.route53.hosted_zone", "name");
        own
    }

    fn collect(&mut self, call: &Call<'_>, account: &str, kind: &str, field: &str) -> Vec<String> {
        let estate = call.moment.estate;
        let (places, mut missing) = estate.account_wide(kind, account);
        let mut found = Vec::new();
        for view in places.into_iter().filter_map(|index| View::resource(estate, index)) {
            match (view.text(field), view.texts(field)) {
                (Ok(text), Ok((texts, more))) => {
                    found.extend(text.map(str::to_owned));
                    found.extend(texts);
                    missing = Unknown::either(missing, more);
                }
                (Err(unknown), _) | (_, Err(unknown)) => missing = Unknown::either(missing, Some(unknown)),
            }
        }
        self.missing = Unknown::either(self.missing.take(), missing);
        found
    }

    fn holds(&self, address: &str) -> bool {
        address.parse().is_ok_and(|address| self.addresses.contains(&address))
    }

    fn names(&self, target: &str) -> bool {
        let target = target.trim_end_matches('.').to_ascii_lowercase();
        let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| target.ends_with(suffix));
        if ends(BALANCERS) {
            let bare = target.strip_prefix("dualstack.").unwrap_or(&target);
            return self.balancers.contains(bare);
        }
        ends(SERVICES) || self.zones.iter().any(|zone| within(&target, zone.trim_end_matches('.')))
    }
}

fn within(name: &str, zone: &str) -> bool {
    name == zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
}
