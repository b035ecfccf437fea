//! Mail: how a region stands with SES, what mail is sent from, and by which rules.
//!
//! SES is not offered in every region. Where it is not, its name leads nowhere and the lists are unknown: an address
//! that cannot be reached does not prove that nothing is behind it.

mod identities;
mod sets;

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::operation::get_account::GetAccountOutput;
use futures_util::future::FutureExt as _;
use trackera_core::resource::{ConfigurationSet, EmailIdentity, Kind as _, MailAccount};
use trackera_core::schema::Demand;

use crate::answer::Answer;
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::request::Request;
use crate::session::Session;
use crate::topics;

const ACCOUNT: &str = "sesv2:GetAccount";

/// Collects everything of SES.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let demand = &request.demand;
    let kinds = [MailAccount::NAME, EmailIdentity::NAME, ConfigurationSet::NAME];
    if !kinds.iter().any(|kind| demand.wants_kind(kind)) {
        return Part::default();
    }
    let client = &session.sesv2(&place.region);
    topics::together(vec![
        account_and_sets(place, client, demand).boxed(),
        identities::collect(place, client, demand).boxed(),
    ])
    .await
}

/// Configuration sets take over what the account says and they do not.
async fn account_and_sets(place: &Place<'_>, client: &Client, demand: &Demand) -> Part {
    let account = place.ask(ACCOUNT, None, || client.get_account().send());
    let (account, sets) = tokio::join!(account, sets::read(place, client));
    let mut part = Part::default();
    if demand.wants_kind(ConfigurationSet::NAME) {
        sets::add(&mut part, place, sets, &account);
    }
    if demand.wants_kind(MailAccount::NAME) {
        add(&mut part, place, &account);
    }
    part
}

/// The region's one account; its list lacks it when it could not be read.
fn add(part: &mut Part, place: &Place<'_>, account: &Answer<GetAccountOutput>) {
    let region = place.region.clone();
    match account.told() {
        Ok(account) => {
            let body = body(account).map(|attributes| (region.clone(), attributes));
            part.add(place, ACCOUNT, Vec::new(), [Found::new(Some(region), body)]);
        }
        Err(gap) => part.add::<MailAccount>(place, ACCOUNT, vec![gap.clone()], []),
    }
}

fn body(account: &GetAccountOutput) -> Option<MailAccount> {
    Some(MailAccount {
        sending_enabled: account.sending_enabled,
        production_access_enabled: account.production_access_enabled,
        enforcement_status: account.enforcement_status.clone()?,
    })
}
