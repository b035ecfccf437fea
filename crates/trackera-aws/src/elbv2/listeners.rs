//! Listeners: the ports of a load balancer, and what they do with what comes in.

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::operation::describe_listeners::DescribeListenersOutput;
use aws_sdk_elasticloadbalancingv2::operation::describe_rules::DescribeRulesOutput;
use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, Listener as Source, LoadBalancerTypeEnum, ProtocolEnum, Rule,
};
use trackera_core::resource::{ErrorClass, Gap, Listener, ListenerAction, ListenerRule, Observed};

use super::tls::{self, Policies};
use crate::assemble::Found;
use crate::beside::beside;
use crate::call::Place;
use crate::convert::text;
use crate::lists::{Listed, Page};

pub(super) const LIST: &str = "elbv2:DescribeListeners";
const RULES: &str = "elbv2:DescribeRules";
const PAGE_SIZE: i32 = 400;

/// A listener with its rules.
pub(super) struct Heard {
    listener: Source,
    rules: Result<Vec<ListenerRule>, Gap>,
}

/// Lists the listeners of a load balancer.
pub(super) async fn read(place: &Place<'_>, client: &Client, balancer: &str) -> Listed<Heard> {
    let fetch = |marker| {
        let request = client.describe_listeners().load_balancer_arn(balancer);
        request.page_size(PAGE_SIZE).set_marker(marker).send()
    };
    let open = |page: DescribeListenersOutput| Page::by_token(page.listeners, page.next_marker);
    let listed = place.list(LIST, Some(balancer), fetch, open).await;
    let heard = listed.items.into_iter().map(async |listener| {
        let rules = rules(place, client, &listener).await;
        Heard { listener, rules }
    });
    Listed { items: beside(heard).await, gaps: listed.gaps }
}

/// The rules of a listener that speaks plain HTTP: for any other, nobody needs to know where requests are led.
async fn rules(place: &Place<'_>, client: &Client, listener: &Source) -> Result<Vec<ListenerRule>, Gap> {
    if place.wants(RULES) && listener.protocol() != Some(&ProtocolEnum::Http) {
        return Ok(Vec::new());
    }
    let arn = listener.listener_arn().unwrap_or_default();
    let fetch = |marker| client.describe_rules().listener_arn(arn).page_size(PAGE_SIZE).set_marker(marker).send();
    let open = |page: DescribeRulesOutput| Page::by_token(page.rules, page.next_marker);
    let listed = place.list(RULES, Some(arn), fetch, open).await;
    in_order(listed.whole()?).ok_or_else(|| place.gap(RULES, Some(arn), ErrorClass::MalformedAnswer))
}

/// All rules but the default one, whose actions the listener itself tells.
fn in_order(rules: &[Rule]) -> Option<Vec<ListenerRule>> {
    let mut ordered = Vec::new();
    for rule in rules {
        if !rule.is_default? {
            let priority = rule.priority()?;
            let actions = rule.actions.as_ref()?.iter().map(action).collect::<Option<_>>()?;
            ordered.push((priority.parse::<u32>().ok()?, ListenerRule { priority: priority.to_owned(), actions }));
        }
    }
    ordered.sort_by_key(|(place, _)| *place);
    Some(ordered.into_iter().map(|(_, rule)| rule).collect())
}

fn action(action: &Action) -> Option<ListenerAction> {
    let kind = action.r#type()?;
    let redirect_protocol = match kind {
        ActionTypeEnum::Redirect => Some(text(action.redirect_config.as_ref()?.protocol.clone())?),
        _ => None,
    };
    Some(ListenerAction { action_type: kind.as_str().to_owned(), redirect_protocol })
}

/// The ARNs of the listeners, if all are known.
pub(super) fn arns(place: &Place<'_>, heard: &Listed<Heard>) -> Result<Vec<String>, Gap> {
    let arns: Option<_> = heard.whole()?.iter().map(|one| one.listener.listener_arn.clone()).collect();
    arns.ok_or_else(|| place.gap(LIST, None, ErrorClass::MalformedAnswer))
}

/// A listener of a load balancer of some type.
pub(super) fn found(
    place: &Place<'_>,
    heard: Heard,
    balancer: Option<&LoadBalancerTypeEnum>,
    policies: &Policies,
) -> Found<Listener> {
    Found::new(heard.listener.listener_arn.clone(), body(place, heard, balancer, policies))
}

fn body(
    place: &Place<'_>,
    heard: Heard,
    balancer: Option<&LoadBalancerTypeEnum>,
    policies: &Policies,
) -> Option<(String, Listener)> {
    let Heard { listener, rules } = heard;
    let is_gateway = balancer == Some(&LoadBalancerTypeEnum::Gateway);
    let lacks_port = listener.protocol.is_none() || listener.port.is_none();
    let lacks_policy = tls::is_spoken(&listener) && listener.ssl_policy().is_none();
    if lacks_port && !is_gateway || lacks_policy {
        return None;
    }
    let certificates = listener.certificates.clone().unwrap_or_default().into_iter();
    let attributes = Listener {
        tls_protocols: policies.protocols(place, &listener),
        tls_ciphers: policies.ciphers(place, &listener),
        load_balancer: listener.load_balancer_arn?,
        protocol: listener.protocol.map(|protocol| protocol.as_str().to_owned()),
        port: listener.port.map(i64::from),
        ssl_policy: text(listener.ssl_policy),
        certificates: certificates.map(|certificate| certificate.certificate_arn).collect::<Option<_>>()?,
        default_actions: listener.default_actions?.iter().map(action).collect::<Option<_>>()?,
        rules: Observed::from(rules),
    };
    Some((listener.listener_arn?, attributes))
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancingv2::types::RedirectActionConfig;

    use super::*;

    fn redirect(protocol: Option<&str>) -> Action {
        let config = RedirectActionConfig::builder().set_protocol(protocol.map(str::to_owned)).build();
        Action::builder().r#type(ActionTypeEnum::Redirect).redirect_config(config).build()
    }

    fn rule(priority: &str, default: bool) -> Rule {
        Rule::builder().priority(priority).is_default(default).actions(redirect(Some("HTTPS"))).build()
    }

    #[test]
    fn rules_stand_in_their_order_without_the_default_one() {
        let ordered = in_order(&[rule("10", false), rule("default", true), rule("9", false)]).unwrap();
        assert_eq!(ordered.iter().map(|rule| rule.priority.as_str()).collect::<Vec<_>>(), ["9", "10"]);
        assert_eq!(in_order(&[rule("first", false)]), None);
    }

    #[test]
    fn a_redirection_that_does_not_say_where_to_is_not_guessed() {
        assert_eq!(action(&redirect(Some("#{protocol}"))).unwrap().redirect_protocol.as_deref(), Some("#{protocol}"));
        assert_eq!(action(&redirect(None)), None);
        let forward = Action::builder().r#type(ActionTypeEnum::Forward).build();
        assert_eq!(action(&forward).unwrap().redirect_protocol, None);
    }
}
