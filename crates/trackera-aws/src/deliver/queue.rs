//! The agent's own queue: what happened in the accounts, as EventBridge passes it on.

use std::time::Duration;

use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message as SdkMessage, MessageSystemAttributeName as System, QueueAttributeName,
};

use super::{Delivery, DeliveryError, failed, region_of, seconds};
use trackera_core::resource::ErrorClass;

const RECEIVE: &str = "sqs:ReceiveMessage";
const DELETE: &str = "sqs:DeleteMessageBatch";
const BACKLOG: &str = "sqs:GetQueueAttributes";
/// SQS hands out, and deletes, at most ten messages at once.
const BATCH: usize = 10;
/// SQS waits for messages at most twenty seconds.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// More than the longest wait, so that no wait is taken for silence.
const PATIENCE: Duration = Duration::from_secs(30);

/// A queue by its address and region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// The address that SQS gave it.
    pub url: String,
    /// The region that it is in.
    pub region: String,
}

impl Queue {
    /// A queue by its address `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`; `None` where the region cannot be told.
    pub fn at(url: &str) -> Option<Self> {
        let host = url.split("://").nth(1)?.split('/').next()?;
        let mut labels = host.split('.').skip_while(|label| *label != "sqs");
        let region = labels.nth(1).filter(|region| region.contains('-'))?;
        Some(Self { url: url.to_owned(), region: region.to_owned() })
    }

    /// A queue by its ARN and address, which need not name the region.
    pub fn with_arn(arn: &str, url: &str) -> Option<Self> {
        region_of(arn).map(|region| Self { url: url.to_owned(), region: region.to_owned() })
    }
}

/// What was taken from a queue. It comes again unless it is deleted, so nothing is lost where somebody dies meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The id that SQS gave it, the same whenever it comes again.
    pub id: String,
    /// The text: somebody else's, and not to be believed.
    pub body: String,
    /// How often it was handed out so far.
    pub received: u32,
    receipt: String,
}

/// How much waits in a queue, about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Messages that nobody has taken.
    pub waiting: u64,
    /// Messages that were taken and not deleted yet.
    pub taken: u64,
}

impl Delivery {
    /// Waits for messages and takes what there is, at most ten.
    ///
    /// # Errors
    /// Fails when the queue cannot be reached or may not be read.
    pub async fn receive(&self, queue: &Queue, wait: Duration) -> Result<Vec<Message>, DeliveryError> {
        let client = self.session.sqs(&queue.region);
        let receive = client
            .receive_message()
            .queue_url(&queue.url)
            .max_number_of_messages(BATCH.try_into().unwrap_or(1))
            .wait_time_seconds(seconds(wait.min(LONGEST_WAIT)))
            .message_system_attribute_names(System::ApproximateReceiveCount)
            .customize()
            .config_override(patient());
        let answer = receive.send().await.map_err(failed(RECEIVE))?;
        Ok(answer.messages.unwrap_or_default().into_iter().filter_map(message).collect())
    }

    /// Deletes messages that are dealt with.
    ///
    /// # Errors
    /// Fails when one of them could not be deleted; it will come again.
    pub async fn delete(&self, queue: &Queue, messages: &[Message]) -> Result<(), DeliveryError> {
        for batch in messages.chunks(BATCH) {
            let entry = |(place, message): (usize, &Message)| {
                let entry = DeleteMessageBatchRequestEntry::builder().id(place.to_string());
                entry.receipt_handle(&message.receipt).build().ok()
            };
            let entries: Vec<_> = batch.iter().enumerate().filter_map(entry).collect();
            let request = self.session.sqs(&queue.region).delete_message_batch().queue_url(&queue.url);
            let answer = request.set_entries(Some(entries)).send().await.map_err(failed(DELETE))?;
            if let Some(refused) = answer.failed.first() {
                let code = Some(refused.code.clone());
                return Err(DeliveryError { operation: DELETE, class: ErrorClass::Refused, code });
            }
        }
        Ok(())
    }

    /// Asks how much waits.
    ///
    /// # Errors
    /// Fails when the queue cannot be asked, or does not say.
    pub async fn backlog(&self, queue: &Queue) -> Result<Backlog, DeliveryError> {
        use QueueAttributeName::{
            ApproximateNumberOfMessages as Waiting, ApproximateNumberOfMessagesNotVisible as Taken,
        };
        let request = self.session.sqs(&queue.region).get_queue_attributes().queue_url(&queue.url);
        let request = request.attribute_names(Waiting).attribute_names(Taken);
        let attributes = request.send().await.map_err(failed(BACKLOG))?.attributes.unwrap_or_default();
        let count = |name| attributes.get(&name).and_then(|count| count.parse().ok());
        match (count(Waiting), count(Taken)) {
            (Some(waiting), Some(taken)) => Ok(Backlog { waiting, taken }),
            _ => Err(DeliveryError { operation: BACKLOG, class: ErrorClass::MalformedAnswer, code: None }),
        }
    }
}

fn patient() -> aws_sdk_sqs::config::Builder {
    let timeouts = aws_sdk_sqs::config::timeout::TimeoutConfig::builder();
    let timeouts = timeouts.operation_attempt_timeout(PATIENCE).operation_timeout(PATIENCE);
    aws_sdk_sqs::config::Builder::new().timeout_config(timeouts.build())
}

/// A message without a receipt could never be deleted, and one without an id never be known again.
fn message(message: SdkMessage) -> Option<Message> {
    let attributes = message.attributes.unwrap_or_default();
    let received = attributes.get(&System::ApproximateReceiveCount).and_then(|count| count.parse().ok()).unwrap_or(1);
    let (id, receipt) = (message.message_id?, message.receipt_handle?);
    Some(Message { id, body: message.body.unwrap_or_default(), received, receipt })
}

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn the_address_of_a_queue_names_its_region() {
        let region = |url: &str| Queue::at(url).map(|queue| queue.region);
        assert_eq!(region("https://sqs.eu-central-1.amazonaws.com/1/q").as_deref(), Some("eu-central-1"));
        assert_eq!(region("https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com/1/q").as_deref(), Some("eu-west-1"));
        assert_eq!(region("http://127.0.0.1:4566/1/q"), None);
        assert_eq!(region("sqs"), None);
    }
}
