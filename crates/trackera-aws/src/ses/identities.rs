//! Domains and addresses that mail is sent from.

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::operation::get_email_identity::GetEmailIdentityOutput;
use aws_sdk_sesv2::operation::get_email_identity_policies::GetEmailIdentityPoliciesOutput;
use aws_sdk_sesv2::operation::list_email_identities::ListEmailIdentitiesOutput;
use aws_sdk_sesv2::types::{DkimAttributes, IdentityInfo, MailFromAttributes};
use trackera_core::identity::parse_document;
use trackera_core::resource::{EmailIdentity, PolicyDocument};
use trackera_core::schema::Demand;

use crate::answer::Answer;
use crate::assemble::{Found, Part};
use crate::beside::beside;
use crate::call::Place;
use crate::convert::text;
use crate::lists::{Listed, Page};

const LIST: &str = "sesv2:ListEmailIdentities";
const IDENTITY: &str = "sesv2:GetEmailIdentity";
const POLICIES: &str = "sesv2:GetEmailIdentityPolicies";
const PAGE_SIZE: i32 = 1000;

/// Collects identities.
pub(super) async fn collect(place: &Place<'_>, client: &Client, demand: &Demand) -> Part {
    let fetch = |token| client.list_email_identities().page_size(PAGE_SIZE).set_next_token(token).send();
    let open = |page: ListEmailIdentitiesOutput| Page::by_token(page.email_identities, page.next_token);
    let Listed { items, gaps } = place.list(LIST, None, fetch, open).await;
    let items = beside(items.into_iter().map(|identity| look(place, client, identity))).await;
    let mut part = Part::default();
    part.add_wanted(place, demand, LIST, Listed { items, gaps });
    part
}

async fn look(place: &Place<'_>, client: &Client, listed: IdentityInfo) -> Found<EmailIdentity> {
    let Some(name) = listed.identity_name.clone() else { return Found::new(None, None) };
    let (identity, policies) = tokio::join!(
        place.ask(IDENTITY, Some(&name), || client.get_email_identity().email_identity(&name).send()),
        place.ask(POLICIES, Some(&name), || client.get_email_identity_policies().email_identity(&name).send()),
    );
    let body = body(&listed, &identity, &policies).map(|attributes| (name.clone(), attributes));
    Found::new(Some(name), body)
}

fn body(
    listed: &IdentityInfo,
    identity: &Answer<GetEmailIdentityOutput>,
    policies: &Answer<GetEmailIdentityPoliciesOutput>,
) -> Option<EmailIdentity> {
    let dkim = |identity: &GetEmailIdentityOutput| identity.dkim_attributes.clone();
    let status = |dkim: DkimAttributes| dkim.status.map(|status| status.as_str().to_owned());
    Some(EmailIdentity {
        identity_type: listed.identity_type.as_ref()?.as_str().to_owned(),
        sending_enabled: listed.sending_enabled,
        verified_for_sending: identity.field(|identity| Some(identity.verified_for_sending_status)),
        dkim_signing_enabled: identity.field(|identity| dkim(identity).map(|dkim| dkim.signing_enabled)),
        dkim_status: identity.field(|identity| dkim(identity).and_then(status)),
        mail_from_domain: identity.field(|identity| Some(mail_from(identity.mail_from_attributes()))),
        configuration_set_name: identity.field(|identity| Some(text(identity.configuration_set_name.clone()))),
        policies: policies.field(documents),
    })
}

fn mail_from(attributes: Option<&MailFromAttributes>) -> Option<String> {
    attributes.and_then(|attributes| text(Some(attributes.mail_from_domain.clone())))
}

/// The documents in the order of their names.
fn documents(answer: &GetEmailIdentityPoliciesOutput) -> Option<Vec<PolicyDocument>> {
    let mut policies: Vec<_> = answer.policies()?.iter().collect();
    policies.sort();
    policies.into_iter().map(|(_, policy)| parse_document(policy).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_stand_in_the_order_of_their_names_and_one_that_cannot_be_read_spoils_all() {
        let allow = |action: &str| format!(r#"{{"Statement":{{"Effect":"Allow","Action":"{action}"}}}}"#);
        let two =
            GetEmailIdentityPoliciesOutput::builder().policies("b", allow("second")).policies("a", allow("first"));
        let actions = |document: PolicyDocument| document.statements.into_iter().next().unwrap().actions.remove(0);
        let read = documents(&two.clone().build()).unwrap().into_iter().map(actions);
        assert_eq!(read.collect::<Vec<_>>(), ["first", "second"]);
        assert_eq!(documents(&two.policies("c", "{}").build()), None);
        assert_eq!(documents(&GetEmailIdentityPoliciesOutput::builder().build()), None);
    }
}
