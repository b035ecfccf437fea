//! DNS zones and their records.

use aws_sdk_route53::Client;
use aws_sdk_route53::operation::list_hosted_zones::ListHostedZonesOutput;
use aws_sdk_route53::operation::list_resource_record_sets::ListResourceRecordSetsOutput;
use aws_sdk_route53::types::{HostedZone as Source, ResourceRecordSet, RrType};
use trackera_core::resource::{DnsRecord, ErrorClass, Gap, HostedZone, Kind as _};

use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{given, text};
use crate::lists::Page;
use crate::request::Request;
use crate::session::Session;

const ZONES: &str = "route53:ListHostedZones";
const RECORDS: &str = "route53:ListResourceRecordSets";
const ZONES_PER_PAGE: i32 = 100;
const RECORDS_PER_PAGE: i32 = 300;
const ID_PREFIX: &str = "/hostedzone/";

/// Collects zones, each with its records.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let mut part = Part::default();
    if !request.demand.wants_kind(HostedZone::NAME) {
        return part;
    }
    let client = &session.route53();
    let fetch = |marker| client.list_hosted_zones().max_items(ZONES_PER_PAGE).set_marker(marker).send();
    let found = |zone: Source| Found::new(id(&zone), body(place, &zone));
    let open = |page: ListHostedZonesOutput| {
        Page::by_flag(Some(page.hosted_zones), page.is_truncated, page.next_marker).map(found)
    };
    let mut listed = place.list(ZONES, None, fetch, open).await;
    let records = |id: String, _: &_| async move { records(place, client, &id).await };
    listed.ask(records, |zone, records| zone.records = records).await;
    part.add(place, ZONES, listed.gaps, listed.items);
    part
}

fn id(zone: &Source) -> Option<String> {
    text(Some(zone.id.strip_prefix(ID_PREFIX).unwrap_or(&zone.id).to_owned()))
}

fn body(place: &Place<'_>, zone: &Source) -> Option<(String, HostedZone)> {
    let attributes = HostedZone { private_zone: zone.config()?.private_zone, records: place.unread(RECORDS) };
    Some((text(Some(name(&zone.name)))?, attributes))
}

async fn records(place: &Place<'_>, client: &Client, zone: &str) -> Result<Vec<DnsRecord>, Gap> {
    let fetch = |marker: Option<String>| {
        let Start { name, kind, identifier } = marker.as_deref().map(Start::read).unwrap_or_default();
        let request = client.list_resource_record_sets().hosted_zone_id(zone).max_items(RECORDS_PER_PAGE);
        let request = request.set_start_record_name(name).set_start_record_type(kind.as_deref().map(RrType::from));
        request.set_start_record_identifier(identifier).send()
    };
    let open = |page: ListResourceRecordSetsOutput| {
        let next = Start {
            name: page.next_record_name,
            kind: page.next_record_type.map(|kind| kind.as_str().to_owned()),
            identifier: page.next_record_identifier,
        };
        Page::by_flag(Some(page.resource_record_sets), page.is_truncated, next.written())
    };
    let listed = place.list(RECORDS, Some(zone), fetch, open).await;
    let records = listed.whole()?.iter().map(record).collect::<Option<_>>();
    records.ok_or_else(|| place.gap(RECORDS, Some(zone), ErrorClass::MalformedAnswer))
}

/// Where a page of records begins: those of one name and type may be told apart by an identifier.
#[derive(Debug, Default, PartialEq, Eq)]
struct Start {
    name: Option<String>,
    kind: Option<String>,
    identifier: Option<String>,
}

impl Start {
    /// The parts in one marker; names and types have no line breaks.
    fn written(self) -> Option<String> {
        Some([self.name?, self.kind?, self.identifier.unwrap_or_default()].join("\n"))
    }

    fn read(marker: &str) -> Self {
        let mut parts = marker.splitn(3, '\n').map(|part| text(Some(part.to_owned())));
        let mut next = || parts.next().flatten();
        Self { name: next(), kind: next(), identifier: next() }
    }
}

/// A record with neither values nor an alias cannot be understood.
fn record(record: &ResourceRecordSet) -> Option<DnsRecord> {
    let values: Vec<_> = record.resource_records().iter().map(|one| one.value.clone()).collect();
    let alias_target = record.alias_target().map(|alias| name(&alias.dns_name));
    if values.is_empty() && alias_target.as_deref().is_none_or(str::is_empty) {
        return None;
    }
    let (name, record_type) = (text(Some(name(&record.name)))?, given(record.r#type.as_str())?);
    Some(DnsRecord { name, record_type, values, alias_target })
}

/// A name as people write it: without the dot at the end, and without escapes such as `\052` for a star.
fn name(written: &str) -> String {
    let name = written.strip_suffix('.').unwrap_or(written);
    unescaped(name).unwrap_or_else(|| name.to_owned())
}

/// Decodes escapes of three octal digits; `None` when the result is not text.
fn unescaped(name: &str) -> Option<String> {
    let mut bytes = name.bytes();
    let mut plain = Vec::with_capacity(name.len());
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                let octal = [bytes.next()?, bytes.next()?, bytes.next()?];
                plain.push(u8::from_str_radix(str::from_utf8(&octal).ok()?, 8).ok()?);
            }
            other => plain.push(other),
        }
    }
    String::from_utf8(plain).ok()
}

#[cfg(test)]
mod tests {
    use aws_sdk_route53::types::{AliasTarget, ResourceRecord};

    use super::*;

    #[test]
    fn names_are_as_people_write_them() {
        assert_eq!(name("\\052.app.example."), "*.app.example");
        assert_eq!(name("gr\\303\\274n.example."), "grün.example");
        for untouched in ["app.example", "\\37", "\\377.example", "\\999.example"] {
            assert_eq!(name(untouched), untouched);
        }
    }

    #[test]
    fn a_page_begins_at_a_name_a_type_and_an_identifier() {
        let start = |identifier: Option<&str>| Start {
            name: Some("www.app.example.".to_owned()),
            kind: Some("A".to_owned()),
            identifier: identifier.map(str::to_owned),
        };
        for identifier in [None, Some("blue\ngreen")] {
            assert_eq!(Start::read(&start(identifier).written().unwrap()), start(identifier));
        }
        assert_eq!(Start { name: None, ..start(None) }.written(), None);
    }

    #[test]
    fn a_record_is_values_or_an_alias() {
        let bare = ResourceRecordSet::builder().name("app.example.").r#type(RrType::A);
        let alias = AliasTarget::builder().hosted_zone_id("Z").dns_name("lb.example.").evaluate_target_health(false);
        let alias = record(&bare.clone().alias_target(alias.build().unwrap()).build().unwrap()).unwrap();
        assert_eq!((alias.values.len(), alias.alias_target.as_deref()), (0, Some("lb.example")));
        let value = ResourceRecord::builder().value("192.0.2.1").build().unwrap();
        assert_eq!(record(&bare.clone().resource_records(value).build().unwrap()).unwrap().values, ["192.0.2.1"]);
        assert_eq!(record(&bare.build().unwrap()), None);
    }

    #[test]
    fn a_zone_is_known_by_its_bare_id() {
        let zone = |id: &str| Source::builder().id(id).name("app.example.").caller_reference("1").build().unwrap();
        assert_eq!(id(&zone("/hostedzone/Z1")).as_deref(), Some("Z1"));
        assert_eq!(id(&zone("Z1")).as_deref(), Some("Z1"));
    }
}
