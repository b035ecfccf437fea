//! Queues.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::get_queue_attributes::GetQueueAttributesOutput;
use aws_sdk_sqs::operation::list_queues::ListQueuesOutput;
use aws_sdk_sqs::types::QueueAttributeName as Name;
use trackera_core::identity::parse_document;
use trackera_core::resource::{Kind as _, PolicyDocument, Queue};

use crate::answer::Answer;
use crate::assemble::{Found, Part};
use crate::beside::beside;
use crate::call::Place;
use crate::convert::text;
use crate::lists::{Listed, Page};
use crate::request::Request;
use crate::session::Session;

const LIST: &str = "sqs:ListQueues";
const ATTRIBUTES: &str = "sqs:GetQueueAttributes";
/// Without a size there are no further pages, and at most as many queues as this.
const PAGE_SIZE: i32 = 1000;

/// Collects queues.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let mut part = Part::default();
    if !request.demand.wants_kind(Queue::NAME) {
        return part;
    }
    let client = &session.sqs(&place.region);
    let fetch = |token| client.list_queues().max_results(PAGE_SIZE).set_next_token(token).send();
    // Where there are no queues, the service leaves the list out.
    let open = |page: ListQueuesOutput| Page::by_token(Some(page.queue_urls.unwrap_or_default()), page.next_token);
    let Listed { items, gaps } = place.list(LIST, None, fetch, open).await;
    let found = beside(items.into_iter().map(|url| look(place, client, url))).await;
    part.add(place, LIST, gaps, found);
    part
}

async fn look(place: &Place<'_>, client: &Client, url: String) -> Found<Queue> {
    let Some(name) = name(&url) else { return Found::new(Some(url), None) };
    let request = || client.get_queue_attributes().queue_url(&url).attribute_names(Name::All).send();
    let queue = body(&place.ask(ATTRIBUTES, Some(&name), request).await);
    Found::new(Some(name.clone()), Some((name, queue)))
}

/// A queue is named at the end of its address.
fn name(url: &str) -> Option<String> {
    let (_, name) = url.rsplit_once('/')?;
    text(Some(name.to_owned()))
}

fn body(answer: &Answer<GetQueueAttributesOutput>) -> Queue {
    Queue {
        arn: answer.field(|answer| attribute(answer, &Name::QueueArn)?),
        kms_master_key_id: answer.field(|answer| attribute(answer, &Name::KmsMasterKeyId)),
        sqs_managed_sse_enabled: answer.field(|answer| attribute(answer, &Name::SqsManagedSseEnabled)??.parse().ok()),
        message_retention_period: answer
            .field(|answer| attribute(answer, &Name::MessageRetentionPeriod)??.parse().ok()),
        policy: answer.field(policy),
    }
}

/// An attribute; those that a queue does not have are left out. The outer `None` is an answer without attributes.
fn attribute(answer: &GetQueueAttributesOutput, name: &Name) -> Option<Option<String>> {
    Some(text(answer.attributes()?.get(name).cloned()))
}

fn policy(answer: &GetQueueAttributesOutput) -> Option<Option<PolicyDocument>> {
    match attribute(answer, &Name::Policy)? {
        Some(policy) => parse_document(&policy).ok().map(Some),
        None => Some(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_named_at_the_end_of_its_address() {
        assert_eq!(name("https://sqs.eu-central-1.amazonaws.com/000000000000/orders").as_deref(), Some("orders"));
        assert_eq!(name("orders"), None);
        assert_eq!(name("https://sqs.eu-central-1.amazonaws.com/"), None);
    }

    #[test]
    fn a_queue_without_a_policy_has_none_and_one_that_cannot_be_read_is_not_taken_for_none() {
        let queue = GetQueueAttributesOutput::builder().attributes(Name::QueueArn, "arn");
        assert_eq!(policy(&queue.clone().build()), Some(None));
        assert_eq!(policy(&queue.attributes(Name::Policy, "{}").build()), None);
        assert_eq!(policy(&GetQueueAttributesOutput::builder().build()), None);
    }
}
