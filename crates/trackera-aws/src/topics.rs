//! What is read in each account and in each of its regions: the topics, one collector for each.

use futures_util::future::{BoxFuture, FutureExt as _, join_all};

use crate::assemble::Part;
use crate::call::Place;
use crate::request::Request;
use crate::session::Session;
use crate::{ec2, kms, rds};

/// Collects what stands in one region.
pub(crate) async fn of_region(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    together(vec![
        ec2::collect(place, session, request).boxed(),
        kms::collect(place, session, request).boxed(),
        rds::collect(place, session, request).boxed(),
    ])
    .await
}

/// Waits for topics that are read beside each other.
pub(crate) async fn together(topics: Vec<BoxFuture<'_, Part>>) -> Part {
    let mut part = Part::default();
    join_all(topics).await.into_iter().for_each(|topic| part.merge(topic));
    part
}
