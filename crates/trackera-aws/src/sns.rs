//! Topics, and who gets their messages. The addresses of people are never kept.

use std::collections::BTreeMap;

use aws_sdk_sns::Client;
use aws_sdk_sns::operation::get_topic_attributes::GetTopicAttributesOutput;
use aws_sdk_sns::operation::list_subscriptions::ListSubscriptionsOutput;
use aws_sdk_sns::types::{Subscription as Source, Topic as SourceTopic};
use trackera_core::identity::parse_document;
use trackera_core::resource::{ErrorClass, Gap, Kind as _, Subscription, Topic};

use crate::answer::Answer;
use crate::assemble::{Found, Part, under};
use crate::beside::beside;
use crate::call::Place;
use crate::convert::text;
use crate::lists::{Listed, Page};
use crate::request::Request;
use crate::session::Session;

const LIST: &str = "sns:ListTopics";
const ATTRIBUTES: &str = "sns:GetTopicAttributes";
const SUBSCRIPTIONS: &str = "sns:ListSubscriptions";
/// What stands in the place of the ARN of a subscription that its owner has not confirmed.
const PENDING: &str = "PendingConfirmation";
/// What stands there for a while after a subscription has ended.
const DELETED: &str = "Deleted";
/// Protocols whose endpoints are ARNs of the company's own, and not addresses.
const MACHINES: &[&str] = &["lambda", "sqs"];

type ByTopic = Result<BTreeMap<String, Vec<Subscription>>, Gap>;

/// Collects topics.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let mut part = Part::default();
    if !request.demand.wants_kind(Topic::NAME) {
        return part;
    }
    let client = &session.sns(&place.region);
    let fetch = |token| client.list_topics().set_next_token(token).send();
    let Listed { items: topics, gaps } =
        place.list(LIST, None, fetch, |page| Page::by_token(page.topics, page.next_token)).await;
    let mut found = Vec::new();
    if !topics.is_empty() {
        let topics = beside(topics.into_iter().map(|topic| look(place, client, topic)));
        let (topics, subscriptions) = tokio::join!(topics, subscriptions(place, client));
        found.extend(topics.into_iter().map(|topic| match topic {
            Some((arn, attributes)) => Found::new(Some(arn.clone()), Some(body(&arn, &attributes, &subscriptions))),
            None => Found::new(None, None),
        }));
    }
    part.add(place, LIST, gaps, found);
    part
}

async fn look(
    place: &Place<'_>,
    client: &Client,
    topic: SourceTopic,
) -> Option<(String, Answer<GetTopicAttributesOutput>)> {
    let arn = topic.topic_arn?;
    let attributes = place.ask(ATTRIBUTES, Some(&arn), || client.get_topic_attributes().topic_arn(&arn).send()).await;
    Some((arn, attributes))
}

/// The subscriptions of a region by their topics. Those that another account made are not among them.
async fn subscriptions(place: &Place<'_>, client: &Client) -> ByTopic {
    let fetch = |token| client.list_subscriptions().set_next_token(token).send();
    let open = |page: ListSubscriptionsOutput| Page::by_token(page.subscriptions, page.next_token);
    let listed = place.list(SUBSCRIPTIONS, None, fetch, open).await;
    by_topic(listed.whole()?).ok_or_else(|| place.gap(SUBSCRIPTIONS, None, ErrorClass::MalformedAnswer))
}

fn by_topic(subscriptions: &[Source]) -> Option<BTreeMap<String, Vec<Subscription>>> {
    let mut by_topic = BTreeMap::<_, Vec<_>>::new();
    for one in subscriptions.iter().filter(|one| one.subscription_arn() != Some(DELETED)) {
        by_topic.entry(one.topic_arn.clone()?).or_default().push(subscription(one)?);
    }
    Some(by_topic)
}

fn subscription(subscription: &Source) -> Option<Subscription> {
    let protocol = subscription.protocol.clone()?;
    let confirmed = match subscription.subscription_arn()? {
        PENDING => false,
        arn if arn.starts_with("arn:") => true,
        _ => return None,
    };
    let endpoint = subscription.endpoint.clone().filter(|_| MACHINES.contains(&protocol.as_str()));
    Some(Subscription { protocol, confirmed, endpoint })
}

fn body(arn: &str, answer: &Answer<GetTopicAttributesOutput>, subscriptions: &ByTopic) -> (String, Topic) {
    let attribute = |answer: &GetTopicAttributesOutput, name: &str| Some(answer.attributes()?.get(name).cloned());
    let topic = Topic {
        kms_master_key_id: answer.field(|answer| attribute(answer, "KmsMasterKeyId").map(text)),
        // Every topic has a policy: one that is made without gets that of its owner.
        policy: answer.field(|answer| Some(Some(parse_document(&attribute(answer, "Policy")??).ok()?))),
        subscriptions: under(subscriptions, arn),
    };
    (arn.rsplit(':').next().unwrap_or(arn).to_owned(), topic)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "arn:aws:sns:eu-central-1:000000000000:alarms";

    fn source(arn: &str, protocol: &str, endpoint: &str) -> Source {
        let source = Source::builder().topic_arn(TOPIC).subscription_arn(arn);
        source.protocol(protocol).endpoint(endpoint).build()
    }

    #[test]
    fn a_subscription_that_waits_for_its_owner_is_not_confirmed_and_one_that_ended_is_none() {
        let all = [
            source("arn:aws:sns:eu-central-1:000000000000:alarms:1", "email", "ada@app.example"),
            source(PENDING, "email", "eve@app.example"),
            source(DELETED, "email", "old@app.example"),
        ];
        let confirmed: Vec<_> = by_topic(&all).unwrap()[TOPIC].iter().map(|one| one.confirmed).collect();
        assert_eq!(confirmed, [true, false]);
        assert!(by_topic(&[source("soon", "email", "ada@app.example")]).is_none());
    }

    #[test]
    fn the_addresses_of_people_are_not_kept() {
        for (protocol, address) in [
            ("email", "ada@app.example"),
            ("email-json", "ada@app.example"),
            ("sms", "+15550100"),
            ("https", "https://x"),
        ] {
            let kept = subscription(&source(PENDING, protocol, address)).unwrap();
            assert_eq!(kept.endpoint, None, "{protocol}");
        }
        let queue = "arn:aws:sqs:eu-central-1:000000000000:orders";
        assert_eq!(subscription(&source(PENDING, "sqs", queue)).unwrap().endpoint.as_deref(), Some(queue));
    }
}
