//! What is read in each account and in each of its regions: the topics, one collector for each.

use futures_util::future::{BoxFuture, FutureExt as _, join_all};

use crate::assemble::Part;
use crate::call::Place;
use crate::request::Request;
use crate::session::Session;
use crate::{
    acm, autoscaling, backup, cloudtrail, cloudwatch, ec2, elbv2, events, kms, logs, rds, secretsmanager, ses, sns, sqs,
};

/// Collects what stands in one region.
pub(crate) async fn of_region(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    together(vec![
        acm::collect(place, session, request).boxed(),
        autoscaling::collect(place, session, request).boxed(),
        backup::collect(place, session, request).boxed(),
        cloudtrail::collect(place, session, request).boxed(),
        cloudwatch::collect(place, session, request).boxed(),
        ec2::collect(place, session, request).boxed(),
        elbv2::collect(place, session, request).boxed(),
        events::collect(place, session, request).boxed(),
        kms::collect(place, session, request).boxed(),
        logs::collect(place, session, request).boxed(),
        rds::collect(place, session, request).boxed(),
        secretsmanager::collect(place, session, request).boxed(),
        ses::collect(place, session, request).boxed(),
        sns::collect(place, session, request).boxed(),
        sqs::collect(place, session, request).boxed(),
    ])
    .await
}

/// Waits for topics that are read beside each other.
pub(crate) async fn together(topics: Vec<BoxFuture<'_, Part>>) -> Part {
    let mut part = Part::default();
    join_all(topics).await.into_iter().for_each(|topic| part.merge(topic));
    part
}
