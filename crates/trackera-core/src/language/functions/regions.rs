//! What lies in a region.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Call, Function, Parameter, Returns, Style, View, anything};
use crate::language::value::{List, Unknown, Value};

/// The kinds that hold or process something of the company's; a default network that AWS lays out is no sign of use.
const HOLDING: &[(&str, &str)] = &[
    ("aws.backup.recovery_point", "*"),
    ("aws.ec2.image", "*"),
    ("aws.ec2.network_interface", "*"),
    ("aws.ec2.snapshot", "*"),
    ("aws.ec2.volume", "*"),
    ("aws.logs.log_group", "*"),
    ("aws.rds.automated_backup", "*"),
    ("aws.rds.db_cluster", "*"),
    ("aws.rds.db_cluster_snapshot", "*"),
    ("aws.rds.db_instance", "*"),
    ("aws.rds.db_snapshot", "*"),
    ("aws.s3.bucket", "*"),
    ("aws.secretsmanager.secret", "*"),
    ("aws.sqs.queue", "*"),
];

pub(super) const RESOURCES_IN: Function = Function {
    name: "resources_in",
    style: Style::Global,
    parameters: &[Parameter::Resource("aws.region")],
    returns: Returns::Texts,
    reads: HOLDING,
    description: "What lies in a region and may hold data: network interfaces, volumes, images, databases and clusters, their \
                  snapshots and backups, buckets, queues, secrets and logs.",
    validate: anything,
    call: resources_in,
};

pub(super) const RECOVERABLE_TO: Function = Function {
    name: "recoverable_to",
    style: Style::Global,
    parameters: &[Parameter::Resource("aws.region")],
    returns: Returns::Timestamps,
    reads: &[
        ("aws.rds.db_snapshot", "status"),
        ("aws.rds.db_snapshot", "snapshot_create_time"),
        ("aws.rds.db_snapshot", "original_snapshot_create_time"),
    ],
    description: "The moments that the finished database snapshots in a region hold the data of, newest first; for a copy, \
                  when the original was taken.",
    validate: anything,
    call: recoverable_to,
};

fn recoverable_to(call: &Call<'_>) -> Value {
    const SNAPSHOT: &str = "aws.rds.db_snapshot";
    let Value::Resource(index) = call.argument(0) else {
        return Value::list(Vec::new());
    };
    let estate = call.moment.estate;
    let Some(region) = estate.entry(*index) else {
        return Value::list(Vec::new());
    };
    let here = |index: &&usize| {
        estate.entry(**index).is_some_and(|one| one.region == region.id && one.account == region.account)
    };
    let mut moments = Vec::new();
    let mut missing = missing(call, SNAPSHOT, &region.account, &region.id);
    for index in estate.of_kind(SNAPSHOT).iter().filter(here) {
        match View::resource(estate, *index).map_or(Ok(None), |snapshot| data_of(&snapshot)) {
            Ok(moment) => moments.extend(moment),
            Err(unknown) => missing = Unknown::either(missing, Some(unknown)),
        }
    }
    moments.sort_unstable_by(|left, right| right.cmp(left));
    let items = moments.into_iter().map(Value::Timestamp).collect();
    Value::List(Arc::new(List { items, why: Vec::new(), missing }))
}

fn data_of(snapshot: &View<'_>) -> Result<Option<Timestamp>, Unknown> {
    if snapshot.text("status")? != Some("available") {
        return Ok(None);
    }
    match snapshot.moment("original_snapshot_create_time")? {
        Some(original) => Ok(Some(original)),
        None => snapshot.moment("snapshot_create_time"),
    }
}

fn resources_in(call: &Call<'_>) -> Value {
    let Value::Resource(index) = call.argument(0) else {
        return Value::list(Vec::new());
    };
    let estate = call.moment.estate;
    let Some(region) = estate.entry(*index) else {
        return Value::list(Vec::new());
    };
    let mut list = List::default();
    for (kind, _) in HOLDING {
        let here = estate.of_kind(kind).iter().filter_map(|index| estate.entry(*index));
        for entry in here.filter(|entry| entry.region == region.id && entry.account == region.account) {
            list.items.push(Value::text(&format!("{} {}", short(kind), entry.id)));
        }
        let missing = missing(call, kind, &region.account, &region.id);
        list.missing = Unknown::either(list.missing.take(), missing);
    }
    Value::List(Arc::new(list))
}

fn missing(call: &Call<'_>, kind: &str, account: &str, region: &str) -> Option<Unknown> {
    let mut lists = call
        .moment
        .estate
        .lists(kind)
        .filter(|((listed, place), _)| listed == account && (place == region || place == crate::resource::GLOBAL));
    match lists.next() {
        None => Some(crate::estate::not_collected(kind, account, region)),
        Some((_, missing)) => missing.cloned(),
    }
}

/// `aws.rds.db_instance` is known to people as `rds.db_instance`.
fn short(kind: &str) -> &str {
    kind.strip_prefix("aws.").unwrap_or(kind)
}
