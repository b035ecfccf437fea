//! Every mistake of the drifted company is found, by the policy that is about it.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use trackera_tests::{Lab, report, root};

/// Each mistake, the policy that finds it, and a part of the failing row: of its resource, or of what decided.
const FOUND: [(&str, &str, &str); 43] = [
    ("open_ssh_in_two_halves", "sg-only-declared-ports", "app"),
    ("widen_a_prefix_list", "sg-only-declared-ports", "database"),
    ("use_the_default_group", "sg-default-has-no-rules", "eu-central-1"),
    ("keep_an_old_key", "access-keys-are-rotated", "deploy-bot"),
    ("make_a_spare_key", "one-active-access-key", "jonas.keller"),
    ("lose_a_second_factor", "console-users-have-mfa", "jonas.keller"),
    ("add_a_third_administrator", "admins-are-declared-people", "lena.fischer"),
    ("allow_all_but_the_bill", "admins-are-declared-people", "role/trackera-contractor"),
    ("sign_in_as_root", "root-is-not-used", "000000000000"),
    ("publish_a_reporting_database", "rds-not-reachable-from-internet", "trackera-reporting"),
    ("share_a_snapshot_with_everybody", "rds-snapshots-are-private", "trackera-reporting-for-vendor"),
    ("publish_a_plain_disk", "ebs-snapshots-are-private", "trackera-import-scratch"),
    ("stop_encrypting_disks", "ebs-encrypts-by-default", "eu-west-1"),
    ("open_an_export_bucket", "buckets-are-not-public", "trackera-exports-tmp"),
    ("make_a_key_that_stays", "kms-keys-rotate", "alias/trackera-exports"),
    ("miss_the_dumps", "dumps-are-daily", "trackera-backups/postgres/"),
    ("forget_a_server", "undeclared-regions-are-empty", "us-east-1"),
    ("open_an_access_list", "network-acls-guard-admin-ports", "3389"),
    ("answer_without_a_token", "instances-demand-metadata-tokens", "trackera-app-2"),
    ("leave_a_zone", "server-groups-span-two-zones", "trackera-app"),
    ("let_a_vendor_in", "roles-are-for-the-company", "trackera-vendor-metrics"),
    ("shorten_the_passwords", "passwords-are-long", "000000000000"),
    ("move_the_second_factor_of_root", "root-has-hardware-mfa", "000000000000"),
    ("publish_a_landing_page", "buckets-are-not-public-in-effect", "trackera-landing"),
    ("replace_a_bucket_policy", "buckets-demand-tls", "trackera-files"),
    ("stop_keeping_versions", "buckets-keep-versions", "trackera-files"),
    ("publish_an_image", "images-are-private", "trackera-app-image"),
    ("forget_a_secret", "secrets-are-rotated", "trackera/production/smtp"),
    ("lose_the_key_of_the_trail", "trails-deliver-now", "trackera-audit"),
    ("silence_an_alarm", "alarms-tell-somebody", "trackera-SignInWithoutMfa"),
    ("wake_nobody", "subscriptions-are-confirmed", "trackera-oncall"),
    ("lose_the_flow_records", "networks-record-their-traffic", "eu-central-1"),
    ("keep_logs_for_ever", "logs-are-kept-for-a-year", "/trackera/import"),
    ("let_a_certificate_run_out", "certificates-do-not-end-soon", "eu-central-1"),
    ("listen_without_encryption", "http-only-redirects", "forward"),
    ("wait_for_a_reboot", "rds-parameters-are-in-force", "trackera-production"),
    ("queue_in_the_clear", "queues-are-encrypted", "trackera-webhooks"),
    ("send_a_newsletter", "mail-demands-tls", "trackera-newsletter"),
    ("open_a_key_to_everybody", "kms-keys-are-not-public", "alias/trackera-exports"),
    ("hear_everybody", "topics-are-not-public", "trackera-oncall"),
    ("take_from_everybody", "queues-are-not-public", "trackera-webhooks"),
    ("let_an_agency_send", "mail-is-sent-by-the-company-alone", "news.trackera.example"),
    ("drill_without_a_second_factor", "people-assume-roles-with-mfa", "trackera-drill"),
];

#[test]
fn every_mistake_of_a_busy_year_is_found_and_nothing_is_unknown() {
    let lab = Lab::start("drifted");
    let output = lab.ops(&["check", "--output", "json"]);
    let report = report(&output);
    let rows = report["verdicts"].as_array().unwrap();
    let is_found = |policy: &str, part: &str| {
        rows.iter().filter(|row| row["verdict"] == "fail" && row["policy"] == policy).any(|row| {
            [&row["resource"], &row["offending"], &row["reason"]].map(Value::to_string).concat().contains(part)
        })
    };
    let missed: Vec<&str> =
        FOUND.iter().filter(|(_, policy, part)| !is_found(policy, part)).map(|(mistake, ..)| *mistake).collect();
    println!("trials: {} of {} seeded mistakes found", FOUND.len() - missed.len(), FOUND.len());
    assert!(missed.is_empty(), "{missed:#?}");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!((&report["summary"]["unknown"], &report["gaps"]), (&0.into(), &Value::Array(Vec::new())));
}

#[test]
fn every_mistake_that_the_guide_tells_is_looked_for() {
    let guide = fs::read_to_string(root().join("lab/README.md")).unwrap();
    let (_, list) = guide.split_once("## What the drifted company has got wrong").unwrap();
    let named = |line: &str| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned());
    let told: BTreeSet<String> = list.lines().filter_map(named).collect();
    let looked_for: BTreeSet<String> = FOUND.iter().map(|(mistake, ..)| (*mistake).to_owned()).collect();
    assert_eq!(told, looked_for);
}
