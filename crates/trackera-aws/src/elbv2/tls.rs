//! What the TLS policies of listeners admit: judged by their content, because new ones get new names.

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::operation::describe_ssl_policies::DescribeSslPoliciesOutput;
use aws_sdk_elasticloadbalancingv2::types::{Listener, ProtocolEnum, SslPolicy};
use trackera_core::resource::{ErrorClass, Gap, Observed};

use crate::call::Place;
use crate::lists::{Listed, Page};

const LIST: &str = "elbv2:DescribeSSLPolicies";
const PAGE_SIZE: i32 = 400;

/// The TLS policies of a region.
pub(super) struct Policies {
    listed: Listed<SslPolicy>,
}

impl Policies {
    /// Lists the policies.
    pub(super) async fn read(place: &Place<'_>, client: &Client) -> Self {
        let fetch = |marker| client.describe_ssl_policies().page_size(PAGE_SIZE).set_marker(marker).send();
        let open = |page: DescribeSslPoliciesOutput| Page::by_token(page.ssl_policies, page.next_marker);
        Self { listed: place.list(LIST, None, fetch, open).await }
    }

    /// The versions of TLS that a listener speaks.
    pub(super) fn protocols(&self, place: &Place<'_>, listener: &Listener) -> Observed<Vec<String>> {
        self.admitted(place, listener, |policy| policy.ssl_protocols.clone())
    }

    /// The cipher suites that a listener speaks.
    pub(super) fn ciphers(&self, place: &Place<'_>, listener: &Listener) -> Observed<Vec<String>> {
        self.admitted(place, listener, |policy| policy.ciphers().iter().map(|cipher| cipher.name.clone()).collect())
    }

    fn admitted(
        &self,
        place: &Place<'_>,
        listener: &Listener,
        read: impl FnOnce(&SslPolicy) -> Option<Vec<String>>,
    ) -> Observed<Vec<String>> {
        if place.wants(LIST) && !is_spoken(listener) {
            return Observed::Known(Vec::new());
        }
        let policy = self.listed.items.iter().find(|policy| policy.name() == listener.ssl_policy());
        let why_not = || self.why_not(place, listener);
        policy.and_then(read).filter(|admitted| !admitted.is_empty()).ok_or_else(why_not).into()
    }

    /// Why a policy is not known: its list could not be read, or it does not have the policy that the listener names.
    fn why_not(&self, place: &Place<'_>, listener: &Listener) -> Gap {
        let malformed = || place.gap(LIST, listener.listener_arn(), ErrorClass::MalformedAnswer);
        self.listed.gaps.first().cloned().unwrap_or_else(malformed)
    }
}

/// Tells whether a listener speaks TLS itself.
pub(super) fn is_spoken(listener: &Listener) -> bool {
    matches!(listener.protocol(), Some(ProtocolEnum::Https | ProtocolEnum::Tls))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aws_sdk_elasticloadbalancingv2::types::Cipher;

    use super::*;
    use crate::call::{Door, Proven};

    fn listener(protocol: ProtocolEnum, policy: Option<&str>) -> Listener {
        let listener = Listener::builder().listener_arn("listener").protocol(protocol);
        listener.set_ssl_policy(policy.map(str::to_owned)).build()
    }

    fn protocols(listener: &Listener, gaps: Vec<ErrorClass>) -> Result<Vec<String>, ErrorClass> {
        let door = Door::new(BTreeSet::from([LIST]), 1, &());
        let place = Place::global(&door, "000000000000", Proven::default());
        let cipher = Cipher::builder().name("TLS_AES_128_GCM_SHA256").build();
        let policy = SslPolicy::builder().name("current").ssl_protocols("TLSv1.3").ciphers(cipher).build();
        let gaps = gaps.into_iter().map(|class| place.gap(LIST, None, class)).collect();
        let policies = Policies { listed: Listed { items: vec![policy], gaps } };
        match policies.protocols(&place, listener) {
            Observed::Known(protocols) => Ok(protocols),
            Observed::Unknown(gap) => Err(gap.error_class),
        }
    }

    #[test]
    fn a_listener_speaks_what_its_policy_admits() {
        let https = listener(ProtocolEnum::Https, Some("current"));
        assert_eq!(protocols(&https, Vec::new()).unwrap(), ["TLSv1.3"]);
        assert_eq!(protocols(&https, vec![ErrorClass::Timeout]).unwrap(), ["TLSv1.3"]);
    }

    #[test]
    fn a_policy_that_is_not_in_the_list_is_unknown() {
        let tls = listener(ProtocolEnum::Tls, Some("other"));
        assert_eq!(protocols(&tls, Vec::new()), Err(ErrorClass::MalformedAnswer));
        assert_eq!(protocols(&tls, vec![ErrorClass::AccessDenied]), Err(ErrorClass::AccessDenied));
    }

    #[test]
    fn a_listener_without_tls_admits_nothing_whether_or_not_the_policies_are_known() {
        let http = listener(ProtocolEnum::Http, None);
        assert_eq!(protocols(&http, vec![ErrorClass::AccessDenied]).unwrap(), Vec::<String>::new());
    }
}
