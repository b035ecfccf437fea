//! What the watching agent does besides reading: it takes messages from its own queue and delivers alerts, mail and
//! metrics.
//!
//! It must never do more: its clients carry a guard that knows these operations and no others. What is delivered is the
//! caller's to decide; nothing of it appears in an error.

mod publish;
mod queue;

use std::error::Error;
use std::time::Duration;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use thiserror::Error as ThisError;
use trackera_core::resource::ErrorClass;

use crate::errors::{About, SdkError, classify};
use crate::guard::Guard;
use crate::request::Settings;
use crate::session::Session;

pub use publish::{Mail, Metric, Unit};
pub use queue::{Backlog, Message, Queue};

/// Every operation that delivering may call, with the permission that it needs; the two agree in all of them.
pub const DELIVERING: [&str; 6] = [
    "cloudwatch:PutMetricData",
    "sesv2:SendEmail",
    "sns:Publish",
    "sqs:DeleteMessageBatch",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
];

/// Something that was not delivered, or not taken.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("{operation}: {class}{}", code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
pub struct DeliveryError {
    /// The operation.
    pub operation: &'static str,
    /// What kind of trouble it was, which tells whether another try can help.
    pub class: ErrorClass,
    /// The service's own code, if it gave one.
    pub code: Option<String>,
}

/// The way to the services that deliver.
#[derive(Clone, Debug)]
pub struct Delivery {
    session: Session,
}

impl Delivery {
    /// Reads AWS's standard configuration; credentials are asked for when they are needed, and renewed before they end.
    pub async fn open(settings: &Settings) -> Self {
        Self { session: Session::lasting(settings, Guard::delivering()).await }
    }
}

/// The region in an ARN; nothing where there is none.
fn region_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(3).filter(|region| !region.is_empty())
}

fn failed<E>(operation: &'static str) -> impl Fn(SdkError<E>) -> DeliveryError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    move |error| {
        let classified = classify(&error, About::OneResource);
        DeliveryError { operation, class: classified.class, code: classified.code }
    }
}

/// Whole seconds, as the services count; never less than was asked for.
fn seconds(time: Duration) -> i32 {
    i32::try_from(time.as_secs() + u64::from(time.subsec_nanos() > 0)).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests;
