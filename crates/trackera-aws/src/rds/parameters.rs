//! The values of parameter groups that policies ask for.
//!
//! A group has hundreds of parameters and often serves many databases, so each group is asked once and for a few names.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_db_cluster_parameters::DescribeDbClusterParametersOutput;
use aws_sdk_rds::operation::describe_db_parameters::DescribeDbParametersOutput;
use aws_sdk_rds::types::{Filter, Parameter};
use futures_util::future::join_all;
use trackera_core::resource::{ErrorClass, Gap, Observed};

use super::PAGE_SIZE;
use crate::call::Place;
use crate::lists::{Listed, Page};

pub(super) const OF_INSTANCES: &str = "rds:DescribeDBParameters";
pub(super) const OF_CLUSTERS: &str = "rds:DescribeDBClusterParameters";

/// What policies ask for: whether connections are encrypted and what is logged, by the names of PostgreSQL and MySQL.
const NAMES: &[&str] = &[
    "log_connections",
    "log_disconnections",
    "log_statement",
    "pgaudit.log",
    "rds.force_ssl",
    "rds.log_retention_period",
    "require_secure_transport",
    "ssl_min_protocol_version",
];

type Values = BTreeMap<String, String>;

/// The values of groups, by the group's name.
pub(super) struct Parameters {
    operation: &'static str,
    groups: BTreeMap<String, Result<Values, Gap>>,
}

impl Parameters {
    /// Reads groups of instances.
    pub(super) async fn of_instances(place: &Place<'_>, client: &Client, groups: BTreeSet<String>) -> Self {
        let read = async |group: String| {
            let request = |marker| {
                let request = client.describe_db_parameters().db_parameter_group_name(&group).filters(names());
                request.max_records(PAGE_SIZE).set_marker(marker).send()
            };
            let open = |page: DescribeDbParametersOutput| Page::by_token(page.parameters, page.marker);
            let listed = place.list(OF_INSTANCES, Some(&group), request, open).await;
            let values = values(listed, || place.gap(OF_INSTANCES, Some(&group), ErrorClass::MalformedAnswer));
            (group, values)
        };
        let groups = join_all(groups.into_iter().map(read)).await.into_iter().collect();
        Self { operation: OF_INSTANCES, groups }
    }

    /// Reads groups of clusters.
    pub(super) async fn of_clusters(place: &Place<'_>, client: &Client, groups: BTreeSet<String>) -> Self {
        let read = async |group: String| {
            let request = |marker| {
                let request = client.describe_db_cluster_parameters().db_cluster_parameter_group_name(&group);
                request.filters(names()).max_records(PAGE_SIZE).set_marker(marker).send()
            };
            let open = |page: DescribeDbClusterParametersOutput| Page::by_token(page.parameters, page.marker);
            let listed = place.list(OF_CLUSTERS, Some(&group), request, open).await;
            let values = values(listed, || place.gap(OF_CLUSTERS, Some(&group), ErrorClass::MalformedAnswer));
            (group, values)
        };
        let groups = join_all(groups.into_iter().map(read)).await.into_iter().collect();
        Self { operation: OF_CLUSTERS, groups }
    }

    /// The values of a group; every database has one, so one that names none is not understood.
    pub(super) fn of(&self, place: &Place<'_>, group: Option<&str>) -> Observed<Values> {
        let values = group.and_then(|group| self.groups.get(group)).cloned();
        let class = if place.wants(self.operation) { ErrorClass::MalformedAnswer } else { ErrorClass::NotCollected };
        values.unwrap_or_else(|| Err(place.gap(self.operation, group, class))).into()
    }
}

fn names() -> Filter {
    Filter::builder().name("parameter-name").set_values(Some(NAMES.iter().map(ToString::to_string).collect())).build()
}

/// The values of the names that policies ask for; a parameter without a value is not set.
fn values(listed: Listed<Parameter>, malformed: impl FnOnce() -> Gap) -> Result<Values, Gap> {
    listed.whole()?;
    let mut values = BTreeMap::new();
    for parameter in listed.items {
        let Some(name) = parameter.parameter_name else { return Err(malformed()) };
        if let (true, Some(value)) = (NAMES.contains(&name.as_str()), parameter.parameter_value) {
            values.insert(name, value);
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, value: Option<&str>) -> Parameter {
        Parameter::builder().parameter_name(name).set_parameter_value(value.map(str::to_owned)).build()
    }

    fn read(items: Vec<Parameter>) -> Result<Values, Gap> {
        let malformed = || Gap {
            operation: OF_INSTANCES.to_owned(),
            account: "000000000000".to_owned(),
            region: "eu-central-1".to_owned(),
            resource: None,
            error_class: ErrorClass::MalformedAnswer,
        };
        values(Listed { items, gaps: Vec::new() }, malformed)
    }

    #[test]
    fn only_parameters_that_are_asked_for_and_set_have_a_value() {
        let items = [("rds.force_ssl", Some("1")), ("log_statement", None), ("work_mem", Some("4096"))];
        let values = read(items.map(|(name, value)| parameter(name, value)).into()).unwrap();
        assert_eq!(values, BTreeMap::from([("rds.force_ssl".to_owned(), "1".to_owned())]));
    }

    #[test]
    fn a_value_without_its_name_is_not_guessed() {
        assert!(read(vec![Parameter::builder().parameter_value("1").build()]).is_err());
    }
}
