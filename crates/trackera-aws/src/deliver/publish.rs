//! Alerts to topics and mailboxes, and metrics.

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageHeader};
use jiff::Timestamp;
use trackera_core::resource::ErrorClass;

use super::{Delivery, DeliveryError, failed, region_of};

const PUBLISH: &str = "sns:Publish";
const SEND: &str = "sesv2:SendEmail";
const PUT: &str = "cloudwatch:PutMetricData";
/// CloudWatch takes at most so many values in one call.
const METRICS: usize = 1000;
/// SNS cuts off no subject: it refuses those that are longer.
const SUBJECT: usize = 100;

/// A mail in plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The address that it comes from, which SES must know.
    pub from: String,
    /// Whom it is for.
    pub to: Vec<String>,
    /// Its subject, one line.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// What makes a repetition known: it goes into the header `X-Trackera-Key`.
    pub key: String,
}

/// One value of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// The name.
    pub name: String,
    /// The value.
    pub value: f64,
    /// What it counts.
    pub unit: Unit,
    /// The dimensions, name and value; at most thirty.
    pub dimensions: Vec<(String, String)>,
    /// When it was measured.
    pub at: Timestamp,
}

/// What a metric counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Time.
    Seconds,
    /// Memory.
    Bytes,
}

impl Delivery {
    /// Publishes to a topic. The text is JSON with a message for each sort of subscriber, one of them `default`. `key`
    /// goes into the attribute `trackera-key`, by which a repetition is known.
    ///
    /// # Errors
    /// Fails when the topic did not take it.
    pub async fn publish(&self, topic_arn: &str, subject: &str, text: &str, key: &str) -> Result<(), DeliveryError> {
        let region = region_of(topic_arn).unwrap_or_else(|| self.session.region());
        let value = aws_sdk_sns::types::MessageAttributeValue::builder().data_type("String").string_value(key);
        let value = value.build().map_err(|_| DeliveryError {
            operation: PUBLISH,
            class: ErrorClass::Refused,
            code: Some("InvalidKey".to_owned()),
        })?;
        let request = self.session.sns(region).publish().topic_arn(topic_arn).message(text);
        let request = request.message_structure("json").subject(plain(subject));
        let request = request.message_attributes("trackera-key", value);
        request.send().await.map(drop).map_err(failed(PUBLISH))
    }

    /// Sends a mail through SES in a region.
    ///
    /// # Errors
    /// Fails when SES did not take it.
    pub async fn send_mail(&self, region: &str, mail: &Mail) -> Result<(), DeliveryError> {
        let malformed =
            |_| DeliveryError { operation: SEND, class: ErrorClass::Refused, code: Some("InvalidMail".to_owned()) };
        let content = |text: &str| Content::builder().data(text).charset("UTF-8").build().map_err(malformed);
        let header = MessageHeader::builder().name("X-Trackera-Key").value(plain(&mail.key)).build();
        let message = Message::builder()
            .subject(content(&plain(&mail.subject))?)
            .body(Body::builder().text(content(&mail.text)?).build())
            .headers(header.map_err(malformed)?)
            .build();
        let request = self.session.sesv2(region).send_email().from_email_address(&mail.from);
        let request = request.destination(Destination::builder().set_to_addresses(Some(mail.to.clone())).build());
        let request = request.content(EmailContent::builder().simple(message).build());
        request.send().await.map(drop).map_err(failed(SEND))
    }

    /// Puts values of metrics, as few calls as they fit into.
    ///
    /// # Errors
    /// Fails with the first call that was not taken; those before it were.
    pub async fn put_metrics(&self, region: &str, namespace: &str, metrics: &[Metric]) -> Result<(), DeliveryError> {
        for batch in metrics.chunks(METRICS) {
            let request = self.session.cloudwatch(region).put_metric_data().namespace(namespace);
            let request = request.set_metric_data(Some(batch.iter().map(datum).collect()));
            request.send().await.map(drop).map_err(failed(PUT))?;
        }
        Ok(())
    }
}

fn datum(metric: &Metric) -> MetricDatum {
    let unit = match metric.unit {
        Unit::Count => StandardUnit::Count,
        Unit::Seconds => StandardUnit::Seconds,
        Unit::Bytes => StandardUnit::Bytes,
    };
    let dimensions = metric.dimensions.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build());
    MetricDatum::builder()
        .metric_name(&metric.name)
        .value(metric.value)
        .unit(unit)
        .timestamp(DateTime::from_millis(metric.at.as_millisecond()))
        .set_dimensions(Some(dimensions.collect()))
        .build()
}

/// One line of ASCII, as subjects and headers have to be, and no longer than SNS takes.
fn plain(text: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_graphic() || letter == ' ' { letter } else { '?' };
    text.chars().map(plain).take(SUBJECT).collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_subject_is_one_short_line_whatever_a_resource_calls_itself() {
        assert_eq!(plain("sg-1 \r\nBcc: eve@example.com é"), "sg-1 ??Bcc: eve@example.com ?");
        assert_eq!(plain(&"x".repeat(500)).len(), 100);
    }
}
