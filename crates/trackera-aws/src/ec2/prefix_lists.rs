//! Managed prefix lists and their entries, without which a rule that names one says nothing.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::ManagedPrefixList as Source;
use futures_util::future::join_all;
use trackera_core::resource::{ErrorClass, Gap, Kind as _, ManagedPrefixList, Observed};

use super::tags;
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{self, text};
use crate::lists::Page;
use crate::request::Request;
use crate::session::Session;

const LIST: &str = "ec2:DescribeManagedPrefixLists";
const ENTRIES: &str = "ec2:GetManagedPrefixListEntries";
/// Both operations give at most so many in one page.
const PAGE_SIZE: i32 = 100;

/// Collects prefix lists, those of AWS included: rules name them too.
pub(crate) async fn prefix_lists(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let mut part = Part::default();
    if !request.demand.wants_kind(ManagedPrefixList::NAME) {
        return part;
    }
    let client = &session.ec2(&place.region);
    let request = |token| client.describe_managed_prefix_lists().max_results(PAGE_SIZE).set_next_token(token).send();
    let listed = place.list(LIST, None, request, |page| Page::by_token(page.prefix_lists, page.next_token)).await;
    let found = listed.items.into_iter().map(async |list| {
        let id = list.prefix_list_id.clone();
        let entries = entries(place, client, id.as_deref().unwrap_or_default()).await;
        Found::new(id, prefix_list(list, entries))
    });
    let found = join_all(found).await;
    part.add(place, LIST, listed.gaps, found);
    part
}

async fn entries(place: &Place<'_>, client: &Client, id: &str) -> Result<Vec<String>, Gap> {
    let request = |token| {
        let request = client.get_managed_prefix_list_entries().prefix_list_id(id);
        request.max_results(PAGE_SIZE).set_next_token(token).send()
    };
    let listed = place.list(ENTRIES, Some(id), request, |page| Page::by_token(page.entries, page.next_token)).await;
    let cidrs: Option<Vec<_>> = listed.whole()?.iter().map(|entry| entry.cidr.clone()).collect();
    cidrs.ok_or_else(|| place.gap(ENTRIES, Some(id), ErrorClass::MalformedAnswer))
}

fn prefix_list(list: Source, entries: Result<Vec<String>, Gap>) -> Option<(String, ManagedPrefixList)> {
    let attributes = ManagedPrefixList {
        owner_id: list.owner_id?,
        address_family: list.address_family?,
        entries: Observed::from(entries),
        tags: tags(list.tags),
    };
    let name = text(list.prefix_list_name);
    let id = list.prefix_list_id?;
    Some((name.unwrap_or_else(|| convert::name(&attributes.tags, &id)), attributes))
}
