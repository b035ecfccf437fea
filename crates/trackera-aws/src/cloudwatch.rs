//! Alarms.

use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::types::{AlarmType, CompositeAlarm, MetricAlarm};
use trackera_core::resource::{Alarm, Kind as _};

use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{optional_moment, text};
use crate::lists::Page;
use crate::request::Request;
use crate::session::Session;

const LIST: &str = "cloudwatch:DescribeAlarms";
const PAGE_SIZE: i32 = 100;

/// Collects alarms on metrics, and those that are put together from other alarms: they are listed only when named.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let mut part = Part::default();
    if !request.demand.wants_kind(Alarm::NAME) {
        return part;
    }
    let client = &session.cloudwatch(&place.region);
    let fetch = |token| {
        let request =
            client.describe_alarms().alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm);
        request.max_records(PAGE_SIZE).set_next_token(token).send()
    };
    let listed = place.list(LIST, None, fetch, open).await;
    part.add(place, LIST, listed.gaps, listed.items);
    part
}

/// A page may have alarms of one type only; one without either list is no page.
fn open(page: DescribeAlarmsOutput) -> Page<Found<Alarm>> {
    let items = (page.metric_alarms.is_some() || page.composite_alarms.is_some()).then(|| {
        let metric = page.metric_alarms.into_iter().flatten();
        let composite = page.composite_alarms.into_iter().flatten();
        let metric = metric.map(|alarm| Found::new(alarm.alarm_name.clone(), on_metric(alarm)));
        metric.chain(composite.map(|alarm| Found::new(alarm.alarm_name.clone(), on_alarms(alarm)))).collect()
    });
    Page::by_token(items, page.next_token)
}

fn on_metric(alarm: MetricAlarm) -> Option<(String, Alarm)> {
    let attributes = Alarm {
        arn: alarm.alarm_arn?,
        metric_name: text(alarm.metric_name),
        namespace: text(alarm.namespace),
        state_value: alarm.state_value?.as_str().to_owned(),
        state_updated_timestamp: optional_moment(alarm.state_updated_timestamp.as_ref())?,
        actions_enabled: alarm.actions_enabled?,
        alarm_actions: alarm.alarm_actions.unwrap_or_default(),
        treat_missing_data: text(alarm.treat_missing_data),
        period: alarm.period.map(i64::from),
        evaluation_periods: alarm.evaluation_periods.map(i64::from),
    };
    Some((alarm.alarm_name?, attributes))
}

fn on_alarms(alarm: CompositeAlarm) -> Option<(String, Alarm)> {
    let attributes = Alarm {
        arn: alarm.alarm_arn?,
        metric_name: None,
        namespace: None,
        state_value: alarm.state_value?.as_str().to_owned(),
        state_updated_timestamp: optional_moment(alarm.state_updated_timestamp.as_ref())?,
        actions_enabled: alarm.actions_enabled?,
        alarm_actions: alarm.alarm_actions.unwrap_or_default(),
        treat_missing_data: None,
        period: None,
        evaluation_periods: None,
    };
    Some((alarm.alarm_name?, attributes))
}
