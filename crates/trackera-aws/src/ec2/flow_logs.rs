//! Flow logs, and whether their records arrive.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::FlowLog as Source;
use trackera_core::resource::FlowLog;

use super::{PAGE_SIZE, tags};
use crate::assemble::Found;
use crate::call::Place;
use crate::convert::{self, moment, text};
use crate::lists::{Listed, Page};

pub(super) const LIST: &str = "ec2:DescribeFlowLogs";

pub(super) async fn list(place: &Place<'_>, client: &Client) -> Listed<Found<FlowLog>> {
    let request = |token| client.describe_flow_logs().max_results(PAGE_SIZE).set_next_token(token).send();
    let found = |log: Source| Found::new(log.flow_log_id.clone(), body(log));
    place.list(LIST, None, request, |page| Page::by_token(page.flow_logs, page.next_token).map(found)).await
}

fn body(log: Source) -> Option<(String, FlowLog)> {
    let attributes = FlowLog {
        resource_id: log.resource_id?,
        // Flow logs of transit gateways record all traffic and so name no type.
        traffic_type: log.traffic_type.map(|traffic| traffic.as_str().to_owned()),
        flow_log_status: log.flow_log_status?,
        deliver_logs_status: text(log.deliver_logs_status),
        deliver_logs_error_message: text(log.deliver_logs_error_message),
        log_destination_type: log.log_destination_type.map(|destination| destination.as_str().to_owned()),
        log_destination: text(log.log_destination),
        creation_time: moment(log.creation_time.as_ref()?)?,
        tags: tags(log.tags),
    };
    let name = convert::name(&attributes.tags, &log.flow_log_id?);
    Some((name, attributes))
}
