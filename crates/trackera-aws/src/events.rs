//! Rules of the default event bus: the one that AWS's own services and the audit trail write to.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::operation::list_targets_by_rule::ListTargetsByRuleOutput;
use aws_sdk_eventbridge::types::{Rule, Target};
use trackera_core::resource::{ErrorClass, EventRule, Gap, Kind as _};

use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::text;
use crate::lists::Page;
use crate::request::Request;
use crate::session::Session;

const LIST: &str = "events:ListRules";
const TARGETS: &str = "events:ListTargetsByRule";
const PAGE_SIZE: i32 = 100;

/// Collects rules, each with its targets.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let mut part = Part::default();
    if !request.demand.wants_kind(EventRule::NAME) {
        return part;
    }
    let client = &session.events(&place.region);
    let fetch = |token| client.list_rules().limit(PAGE_SIZE).set_next_token(token).send();
    let found = |rule: Rule| Found::new(rule.name.clone(), body(place, rule));
    let mut listed = place.list(LIST, None, fetch, |page| Page::by_token(page.rules, page.next_token).map(found)).await;
    let targets = |name: String, _: &_| async move { targets(place, client, &name).await };
    listed.ask(targets, |rule, targets| rule.targets = targets).await;
    part.add(place, LIST, listed.gaps, listed.items);
    part
}

async fn targets(place: &Place<'_>, client: &Client, rule: &str) -> Result<Vec<String>, Gap> {
    let fetch = |token| client.list_targets_by_rule().rule(rule).limit(PAGE_SIZE).set_next_token(token).send();
    let open = |page: ListTargetsByRuleOutput| Page::by_token(page.targets, page.next_token);
    let listed = place.list(TARGETS, Some(rule), fetch, open).await;
    let arns = listed.whole()?.iter().map(|target: &Target| text(Some(target.arn.clone()))).collect::<Option<_>>();
    arns.ok_or_else(|| place.gap(TARGETS, Some(rule), ErrorClass::MalformedAnswer))
}

fn body(place: &Place<'_>, rule: Rule) -> Option<(String, EventRule)> {
    let attributes = EventRule {
        event_bus_name: rule.event_bus_name?,
        state: rule.state?.as_str().to_owned(),
        event_pattern: text(rule.event_pattern),
        schedule_expression: text(rule.schedule_expression),
        managed_by: text(rule.managed_by),
        targets: place.unread(TARGETS),
    };
    Some((rule.name?, attributes))
}
