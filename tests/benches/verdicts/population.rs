//! Estates of any size, with the shapes that cost: rules that add up, documents, chains, and whatever is refused.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use trackera_core::estate::{CollectedAccount, List, PreparedReport, SNAPSHOT_VERSION, Snapshot};
use trackera_core::resource::{Attributes, GLOBAL, Resource, Scope};
use trackera_core::schema::Schema;
use trackera_core::yaml::File;

const ACCOUNT: &str = "000000000000";
const REGIONS: [&str; 2] = ["eu-central-1", "eu-west-1"];

/// The policies that are shipped.
pub(crate) fn policy_files() -> Vec<File> {
    let mut paths: Vec<_> = fs::read_dir(trackera_tests::root().join("policies"))
        .expect("the policies are there")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    paths.sort();
    let file = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        File::new(name, fs::read(path).expect("a policy file can be read")).expect("a policy file is text")
    };
    paths.iter().map(file).collect()
}

/// An estate of `size` resources in two regions.
pub(crate) fn snapshot(size: usize) -> Snapshot {
    let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 56);
    let schema = Schema::new().expect("the schema derives");
    let lists = schema.kinds().iter().flat_map(|kind| {
        let places = match kind.scope {
            Scope::Account => vec![GLOBAL],
            Scope::Region => REGIONS.to_vec(),
        };
        let kind = kind.name.to_string();
        places.into_iter().map(move |region| List {
            kind: kind.clone(),
            account: ACCOUNT.to_owned(),
            region: region.to_owned(),
            gaps: Vec::new(),
        })
    });
    let reports = ["iam:GenerateCredentialReport", "iam:GetCredentialReport"].map(|operation| PreparedReport {
        operation: operation.to_owned(),
        account: ACCOUNT.to_owned(),
        generated_at: now,
    });
    let regions = REGIONS.map(str::to_owned).to_vec();
    Snapshot {
        version: SNAPSHOT_VERSION,
        collected_at: now,
        accounts: vec![CollectedAccount { account: ACCOUNT.to_owned(), regions }],
        lists: lists.collect(),
        resources: (0..size).map(|number| resource(number, now)).collect(),
        gaps: Vec::new(),
        reports: reports.to_vec(),
    }
    .sorted()
}

fn resource(number: usize, now: Timestamp) -> Resource {
    let (kind, global, attributes) = match number % 10 {
        0 => ("aws.ec2.security_group", false, security_group(number)),
        1 => ("aws.ec2.network_interface", false, network_interface(number)),
        2 | 3 => ("aws.ec2.volume", false, volume(number, now)),
        4 | 5 => ("aws.ec2.snapshot", false, disk_snapshot(number, now)),
        6 => ("aws.s3.bucket", true, bucket(number, now)),
        7 => ("aws.iam.user", true, user(number, now)),
        8 => ("aws.iam.access_key", true, access_key(number, now)),
        _ => ("aws.kms.key", false, key(number, now)),
    };
    let region = match (global, kind) {
        (true, "aws.s3.bucket") | (false, _) if (number / 10).is_multiple_of(2) => REGIONS[0],
        (true, "aws.s3.bucket") | (false, _) => REGIONS[1],
        (true, _) => GLOBAL,
    };
    let id = format!("{}-{number:08}", kind.rsplit('.').next().unwrap_or_default());
    Resource {
        kind: kind.to_owned(),
        account: ACCOUNT.to_owned(),
        region: region.to_owned(),
        name: id.clone(),
        id,
        attributes: Attributes::from(attributes),
    }
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn security_group(number: usize) -> Map<String, Value> {
    let rule = |protocol: &str, port: i64, range: &str| {
        json!({ "ip_protocol": protocol, "from_port": port, "to_port": port, "cidr_ipv4": range, "cidr_ipv6": null,
            "prefix_list": null, "referenced_group_id": null, "description": null })
    };
    let ingress = match number / 10 % 5 {
        0 => vec![rule("tcp", 443, "0.0.0.0/0")],
        1 => vec![rule("tcp", 22, "0.0.0.0/1"), rule("tcp", 22, "128.0.0.0/1")],
        2 => vec![rule("tcp", 5432, "10.0.0.0/8"), rule("udp", 53, "10.0.0.0/8"), rule("tcp", 443, "0.0.0.0/0")],
        3 => Vec::new(),
        _ => vec![rule("-1", -1, "192.168.0.0/16")],
    };
    fields(json!({ "description": "", "vpc_id": "vpc-1", "is_default": false, "ingress": ingress, "egress": [],
        "network_interfaces": [format!("network_interface-{:08}", number + 1)], "tags": { "Name": "group" } }))
}

fn network_interface(number: usize) -> Map<String, Value> {
    let group = format!("security_group-{:08}", number - 1);
    fields(json!({ "description": "", "interface_type": "interface", "requester_managed": false, "status": "in-use",
        "instance_id": null, "vpc_id": "vpc-1", "subnet": null, "security_groups": [group],
        "private_ip_addresses": ["10.0.0.1"], "public_ip_addresses": [], "ipv6_addresses": [], "tags": {} }))
}

fn volume(number: usize, now: Timestamp) -> Map<String, Value> {
    fields(
        json!({ "encrypted": !number.is_multiple_of(7), "kms_key_id": null, "state": "in-use", "size": 40, "create_time": now,
        "attached_to": [format!("i-{number:08}")], "tags": { "Name": "disk", "team": "product" } }),
    )
}

fn disk_snapshot(number: usize, now: Timestamp) -> Map<String, Value> {
    let holders = if number.is_multiple_of(11) { json!(["all"]) } else { json!([]) };
    fields(
        json!({ "encrypted": true, "kms_key_id": null, "state": "completed", "volume_id": format!("vol-{number:08}"),
        "volume_size": 40, "start_time": now, "create_volume_permissions": holders, "tags": { "Name": "nightly" } }),
    )
}

fn bucket(number: usize, now: Timestamp) -> Map<String, Value> {
    let arn = format!("arn:aws:s3:::bucket-{number:08}");
    let deny = json!({ "effect": "Deny", "principals": ["*"], "not_principals": [], "actions": ["s3:*"], "not_actions": [],
        "resources": [arn, format!("{arn}/*")], "not_resources": [],
        "conditions": [{ "operator": "Bool", "key": "aws:SecureTransport", "values": ["false"] }] });
    let block = json!({ "block_public_acls": true, "ignore_public_acls": true, "block_public_policy": true,
        "restrict_public_buckets": !number.is_multiple_of(3) });
    fields(json!({ "creation_date": now, "encryption": { "sse_algorithm": "AES256", "kms_master_key_id": null },
        "public_access_block": block, "policy": { "statements": [deny] }, "policy_is_public": false, "acl_grants": [],
        "object_ownership": "BucketOwnerEnforced", "versioning_status": "Enabled", "mfa_delete": false,
        "lifecycle_rules": [], "replication_rules": [], "object_lock": null, "logging_target_bucket": null, "tags": {} }))
}

fn user(number: usize, now: Timestamp) -> Map<String, Value> {
    let statement = json!({ "effect": "Allow", "principals": [], "not_principals": [], "not_actions": [], "not_resources": [],
        "actions": ["s3:Get*", "ec2:Describe*"], "resources": ["*"], "conditions": [] });
    fields(json!({ "arn": format!("arn:aws:iam::{ACCOUNT}:user/user-{number:08}"), "path": "/", "create_date": now,
        "password_enabled": true, "password_last_used": now, "password_last_changed": now, "mfa_devices": ["mfa"],
        "access_keys": [format!("access_key-{:08}", number + 1)], "groups": [], "attached_policies": [],
        "inline_policies": [{ "name": "reads", "document": { "statements": [statement] } }],
        "permissions_boundary": null, "tags": {} }))
}

fn access_key(number: usize, now: Timestamp) -> Map<String, Value> {
    let user = format!("user-{:08}", number - 1);
    fields(json!({ "user": user, "status": "Active", "create_date": now, "last_used_date": now }))
}

fn key(number: usize, now: Timestamp) -> Map<String, Value> {
    fields(json!({ "arn": format!("arn:aws:kms:eu-central-1:{ACCOUNT}:key/{number:08}"), "key_manager": "CUSTOMER",
        "key_state": "Enabled", "key_spec": "SYMMETRIC_DEFAULT", "key_usage": "ENCRYPT_DECRYPT", "origin": "AWS_KMS",
        "multi_region_key_type": null, "creation_date": now, "deletion_date": null, "aliases": ["alias/data"],
        "key_rotation_enabled": !number.is_multiple_of(4), "policy": { "statements": [] } }))
}
