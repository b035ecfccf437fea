//! What restore drills change in AWS, tried in a lab: each change is seen for what it is, also when it is repeated and when
//! its answer is lost, and nothing is deleted that the run did not make.
#![cfg(test)]

mod databases;
mod deletions;
mod objects;
mod points;
mod proxy;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use trackera_aws::{Changes, Settings};
use trackera_core::recovery::ports::{
    Databases as _, DrillName, Instance, InstanceState, Isolation, Mark, Restore, Source,
};
use trackera_tests::Lab;

const PRIMARY: &str = "eu-central-1";
const RECOVERY: &str = "eu-west-1";
const PRODUCTION: &str = "trackera-production";
const RUN: &str = "run-1";
const PATIENCE: Duration = Duration::from_secs(120);

/// The SDK reads its environment itself, so the trials run in processes that have the lab's.
#[test]
fn changes_are_seen_for_what_they_are_and_nothing_foreign_is_deleted() {
    let lab = Lab::start("clean");
    for trials in ["databases::trials", "deletions::trials", "points::trials", "objects::trials"] {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.envs(lab.environment()).args(["--ignored", "--exact", trials, "--nocapture"]);
        let output = command.output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && out.contains("1 passed"), "{trials}: {out}{err}");
    }
}

fn settings() -> Settings {
    Settings { call_timeout: Duration::from_secs(60), attempt_timeout: Duration::from_secs(30), ..Settings::default() }
}

async fn changes() -> Changes {
    Changes::open(&settings()).await
}

#[expect(clippy::disallowed_methods, reason = "a trial finds its lab in its environment")]
fn endpoint() -> String {
    std::env::var("AWS_ENDPOINT_URL").unwrap()
}

/// One control request to the lab.
fn control(method: &str, path: &str, body: &Json) -> Json {
    let mut stream = TcpStream::connect(endpoint().strip_prefix("http://").unwrap()).unwrap();
    let body = body.to_string();
    write!(
        stream,
        "{method} /_lab/{path} HTTP/1.0\r\nx-lab-control: 1\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(" 200 "), "{answer}");
    serde_json::from_str(body).unwrap()
}

/// Lets the next call of an operation meet a fault.
fn next(kind: &str, operation: &str) {
    control("POST", "faults", &json!({ "kind": kind, "operation": operation, "times": 1 }));
}

/// How often an operation was asked for since the calls were last forgotten.
fn asked(operation: &str) -> usize {
    let calls = control("GET", "calls", &json!({}));
    calls.as_array().unwrap().iter().filter(|call| call["operation"] == operation).count()
}

/// Runs what only a stranger would do, with the lab's own client, and gives what it prints.
fn stranger(script: &str, arguments: &[&str]) -> String {
    let python = trackera_tests::root().join(".lab/venv/bin/python");
    let output = Command::new(python).args(["-c", script]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A security group beside the product's database, which lets nobody in but the lab's administrator.
fn isolated_group(region: &str) -> String {
    let script = "import boto3, sys
rds, ec2 = (boto3.client(service, region_name=sys.argv[1]) for service in ('rds', 'ec2'))
vpc = rds.describe_db_subnet_groups(DBSubnetGroupName='trackera-database')['DBSubnetGroups'][0]['VpcId']
named = [{'Name': 'group-name', 'Values': ['drill']}, {'Name': 'vpc-id', 'Values': [vpc]}]
found = ec2.describe_security_groups(Filters=named)['SecurityGroups']
group = found[0]['GroupId'] if found else ec2.create_security_group(GroupName='drill', Description='x', VpcId=vpc)['GroupId']
if not found:
    allowed = {'IpProtocol': 'tcp', 'FromPort': 5432, 'ToPort': 5432, 'IpRanges': [{'CidrIp': '10.0.0.10/32'}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[allowed])
print(group)";
    stranger(script, &[region])
}

fn name(name: &str) -> DrillName {
    DrillName::parse(name).unwrap()
}

fn mark(run: &str) -> Mark {
    Mark::new(run, "production-weekly", "2026-03-01T06:00:00Z".parse::<Timestamp>().unwrap()).unwrap()
}

fn isolation(region: &str) -> Isolation {
    Isolation {
        subnet_group: "trackera-database".to_owned(),
        security_groups: vec![isolated_group(region)],
        parameter_group: "trackera-postgres".to_owned(),
        option_group: "default:postgres-15".to_owned(),
    }
}

fn restore(region: &str, called: &str, source: Source) -> Restore {
    Restore {
        source,
        region: region.to_owned(),
        name: name(called),
        class: "db.t4g.medium".to_owned(),
        isolation: isolation(region),
        mark: mark(RUN),
    }
}

/// Looks again and again until there is what is looked for.
async fn seen<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let looking = async {
        loop {
            match look().await {
                Some(found) => return found,
                None => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(found) => found,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

async fn available(changes: &Changes, region: &str, called: &str) -> Instance {
    seen("an available instance", async || {
        let found = changes.instance(region, called).await.unwrap();
        assert!(!matches!(found.as_ref().unwrap().state, InstanceState::Broken(_)), "{found:?}");
        found.filter(|found| found.state == InstanceState::Available)
    })
    .await
}

async fn gone(changes: &Changes, region: &str, called: &str) {
    seen("an instance to be gone", async || match changes.instance(region, called).await.unwrap() {
        None => Some(()),
        Some(found) => {
            assert_eq!(found.state, InstanceState::Deleting);
            None
        }
    })
    .await;
}
