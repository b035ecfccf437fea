//! Log groups, and the filters that make metrics of what is written to them.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::operation::describe_metric_filters::DescribeMetricFiltersOutput;
use aws_sdk_cloudwatchlogs::types::{
    LogGroup as SourceGroup, MetricFilter as SourceFilter, MetricTransformation as SourceTransformation,
};
use jiff::Timestamp;
use trackera_core::resource::{Kind as _, LogGroup, MetricFilter, MetricTransformation};

use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{self, text};
use crate::lists::{Listed, Page};
use crate::request::Request;
use crate::session::Session;

const GROUPS: &str = "logs:DescribeLogGroups";
const FILTERS: &str = "logs:DescribeMetricFilters";
const PAGE_SIZE: i32 = 50;

/// Collects log groups and metric filters: one list of each, the filters of all groups in one.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let mut part = Part::default();
    let demand = &request.demand;
    if !demand.wants_kind(LogGroup::NAME) && !demand.wants_kind(MetricFilter::NAME) {
        return part;
    }
    let client = &session.logs(&place.region);
    let (groups, filters) = tokio::join!(groups(place, client), filters(place, client));
    part.add_wanted(place, demand, GROUPS, groups);
    part.add_wanted(place, demand, FILTERS, filters);
    part
}

async fn groups(place: &Place<'_>, client: &Client) -> Listed<Found<LogGroup>> {
    let fetch = |token| client.describe_log_groups().limit(PAGE_SIZE).set_next_token(token).send();
    let found = |group: SourceGroup| Found::new(group.log_group_name.clone(), group_body(group));
    place.list(GROUPS, None, fetch, |page| Page::by_token(page.log_groups, page.next_token).map(found)).await
}

async fn filters(place: &Place<'_>, client: &Client) -> Listed<Found<MetricFilter>> {
    let fetch = |token| client.describe_metric_filters().limit(PAGE_SIZE).set_next_token(token).send();
    let found = |filter: SourceFilter| {
        let id = filter.log_group_name().zip(filter.filter_name()).map(|(group, filter)| format!("{group}:{filter}"));
        Found::new(id, filter_body(filter))
    };
    let open = |page: DescribeMetricFiltersOutput| Page::by_token(page.metric_filters, page.next_token).map(found);
    place.list(FILTERS, None, fetch, open).await
}

fn group_body(group: SourceGroup) -> Option<(String, LogGroup)> {
    let attributes = LogGroup {
        arn: convert::log_group_arn(group.arn?),
        retention_in_days: group.retention_in_days.map(i64::from),
        kms_key_id: text(group.kms_key_id),
        stored_bytes: group.stored_bytes?,
        creation_time: Timestamp::from_millisecond(group.creation_time?).ok()?,
    };
    Some((group.log_group_name?, attributes))
}

fn filter_body(filter: SourceFilter) -> Option<(String, MetricFilter)> {
    let attributes = MetricFilter {
        log_group_name: filter.log_group_name?,
        filter_pattern: filter.filter_pattern?,
        metric_transformations: filter
            .metric_transformations?
            .into_iter()
            .map(transformation)
            .collect::<Option<_>>()?,
    };
    Some((filter.filter_name?, attributes))
}

fn transformation(transformation: SourceTransformation) -> Option<MetricTransformation> {
    Some(MetricTransformation {
        metric_name: text(Some(transformation.metric_name))?,
        metric_namespace: text(Some(transformation.metric_namespace))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_has_its_own_arn_and_not_that_of_its_streams() {
        let group = SourceGroup::builder()
            .log_group_name("audit")
            .arn("arn:aws:logs:eu-central-1:000000000000:log-group:audit:*")
            .stored_bytes(0)
            .creation_time(1_700_000_000_250);
        let (_, group) = group_body(group.build()).unwrap();
        assert_eq!(group.arn, "arn:aws:logs:eu-central-1:000000000000:log-group:audit");
        assert_eq!(group.creation_time.to_string(), "2023-11-14T22:13:20.25Z");
    }
}
