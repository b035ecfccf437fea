//! Configuration sets: the rules for mail that is sent through them.

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::operation::get_account::GetAccountOutput;
use aws_sdk_sesv2::operation::get_configuration_set::GetConfigurationSetOutput;
use aws_sdk_sesv2::operation::list_configuration_sets::ListConfigurationSetsOutput;
use aws_sdk_sesv2::types::SuppressionListReason;
use trackera_core::resource::{ConfigurationSet, Observed};

use crate::answer::Answer;
use crate::assemble::{Found, Part};
use crate::beside::beside;
use crate::call::Place;
use crate::lists::{Listed, Page};

const LIST: &str = "sesv2:ListConfigurationSets";
const SET: &str = "sesv2:GetConfigurationSet";
const PAGE_SIZE: i32 = 1000;

/// A configuration set by its name.
type Seen = (String, Answer<GetConfigurationSetOutput>);

/// Lists the sets and looks at each.
pub(super) async fn read(place: &Place<'_>, client: &Client) -> Listed<Seen> {
    let fetch = |token| client.list_configuration_sets().page_size(PAGE_SIZE).set_next_token(token).send();
    let open = |page: ListConfigurationSetsOutput| Page::by_token(page.configuration_sets, page.next_token);
    let Listed { items, gaps } = place.list(LIST, None, fetch, open).await;
    let look = async |name: String| {
        let request = || client.get_configuration_set().configuration_set_name(&name).send();
        let set = place.ask(SET, Some(&name), request).await;
        (name, set)
    };
    Listed { items: beside(items.into_iter().map(look)).await, gaps }
}

pub(super) fn add(part: &mut Part, place: &Place<'_>, sets: Listed<Seen>, account: &Answer<GetAccountOutput>) {
    let found = sets.items.into_iter().map(|(name, set)| {
        let attributes = body(&set, account);
        Found::new(Some(name.clone()), Some((name, attributes)))
    });
    part.add(place, LIST, sets.gaps, found);
}

fn body(set: &Answer<GetConfigurationSetOutput>, account: &Answer<GetAccountOutput>) -> ConfigurationSet {
    let tls = |set: &GetConfigurationSetOutput| set.delivery_options()?.tls_policy().map(|tls| tls.as_str().to_owned());
    ConfigurationSet {
        tls_policy: set.field(tls),
        sending_enabled: set.field(|set| Some(set.sending_options()?.sending_enabled)),
        reputation_metrics_enabled: set.field(|set| Some(set.reputation_options()?.reputation_metrics_enabled)),
        suppressed_reasons: suppressed_reasons(set, account),
    }
}

/// The reasons of the set, be they none; those of the account if it has no list of its own.
fn suppressed_reasons(
    set: &Answer<GetConfigurationSetOutput>,
    account: &Answer<GetAccountOutput>,
) -> Observed<Vec<String>> {
    let own = |set: &GetConfigurationSetOutput| {
        let options = set.suppression_options.clone();
        Some(options.and_then(|options| options.suppressed_reasons).map(words))
    };
    match set.field(own) {
        Observed::Known(Some(own)) => Observed::Known(own),
        Observed::Known(None) => account.field(|account| {
            let options = account.suppression_attributes()?;
            Some(words(options.suppressed_reasons().to_vec()))
        }),
        Observed::Unknown(gap) => Observed::Unknown(gap),
    }
}

fn words(reasons: Vec<SuppressionListReason>) -> Vec<String> {
    reasons.iter().map(|reason| reason.as_str().to_owned()).collect()
}
