//! Trails: the record of who called which API.

mod selectors;

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::operation::get_trail_status::GetTrailStatusOutput;
use aws_sdk_cloudtrail::types::Trail as Source;
use futures_util::future::join_all;
use trackera_core::resource::{ErrorClass, Gap, Kind as _, Trail};

use self::selectors::Recorded;
use crate::answer::Answer;
use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{self, optional_moment, text};
use crate::request::Request;
use crate::session::Session;

const LIST: &str = "cloudtrail:DescribeTrails";
const STATUS: &str = "cloudtrail:GetTrailStatus";
const SELECTORS: &str = "cloudtrail:GetEventSelectors";

/// Collects the trails whose home is this region.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let mut part = Part::default();
    if !request.demand.wants_kind(Trail::NAME) {
        return part;
    }
    let client = &session.cloudtrail(&place.region);
    match list(place, client).await {
        Ok(trails) => {
            let at_home = trails.into_iter().filter(|trail| is_at_home(trail, &place.region));
            part.add(place, LIST, Vec::new(), join_all(at_home.map(|trail| look(place, client, trail))).await);
        }
        Err(gap) => part.add::<Trail>(place, LIST, vec![gap], []),
    }
    part
}

/// Lists the shadows as well that trails of other regions cast here: in the account of a member, the trail of its
/// organisation counts as one even in the region that is its home.
async fn list(place: &Place<'_>, client: &Client) -> Result<Vec<Source>, Gap> {
    let answer = place.call(LIST, None, || client.describe_trails().include_shadow_trails(true).send()).await?;
    answer.trail_list.ok_or_else(|| place.gap(LIST, None, ErrorClass::MalformedAnswer))
}

/// Each trail stands in one region; one that does not say which stays in the list, where it cannot be used.
fn is_at_home(trail: &Source, region: &str) -> bool {
    trail.home_region().is_none_or(|home| home == region)
}

async fn look(place: &Place<'_>, client: &Client, trail: Source) -> Found<Trail> {
    // The trail of an organisation is found by its ARN only.
    let Some(arn) = trail.trail_arn.clone() else { return Found::new(None, None) };
    let (status, selectors) = tokio::join!(
        place.ask(STATUS, Some(&arn), || client.get_trail_status().name(&arn).send()),
        place.ask(SELECTORS, Some(&arn), || client.get_event_selectors().trail_name(&arn).send()),
    );
    Found::new(Some(arn), body(trail, &status, &selectors))
}

fn body(
    trail: Source,
    status: &Answer<GetTrailStatusOutput>,
    selectors: &Answer<GetEventSelectorsOutput>,
) -> Option<(String, Trail)> {
    let delivered_to_logs = |status: &GetTrailStatusOutput| status.latest_cloud_watch_logs_delivery_time;
    let attributes = Trail {
        home_region: trail.home_region?,
        is_multi_region_trail: trail.is_multi_region_trail?,
        is_organization_trail: trail.is_organization_trail?,
        include_global_service_events: trail.include_global_service_events?,
        log_file_validation_enabled: trail.log_file_validation_enabled?,
        kms_key_id: text(trail.kms_key_id),
        s3_bucket_name: trail.s3_bucket_name?,
        cloud_watch_logs_log_group_arn: text(trail.cloud_watch_logs_log_group_arn).map(convert::log_group_arn),
        is_logging: status.field(|status| status.is_logging),
        latest_delivery_time: status.field(|status| optional_moment(status.latest_delivery_time.as_ref())),
        latest_delivery_error: status.field(|status| Some(text(status.latest_delivery_error.clone()))),
        latest_cloud_watch_logs_delivery_time: status
            .field(|status| optional_moment(delivered_to_logs(status).as_ref())),
        latest_cloud_watch_logs_delivery_error: status
            .field(|status| Some(text(status.latest_cloud_watch_logs_delivery_error.clone()))),
        management_events: selectors.field(|selectors| Recorded::of(selectors).map(Recorded::management_events)),
        data_event_types: selectors.field(|selectors| Recorded::of(selectors).map(Recorded::data_event_types)),
    };
    Some((trail.name?, attributes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_stands_in_its_home_and_one_without_a_home_is_not_left_out() {
        let of = |home: Option<&str>| Source::builder().set_home_region(home.map(str::to_owned)).build();
        assert!(is_at_home(&of(Some("eu-central-1")), "eu-central-1"));
        assert!(!is_at_home(&of(Some("eu-central-1")), "eu-west-1"));
        assert!(is_at_home(&of(None), "eu-west-1"));
    }
}
