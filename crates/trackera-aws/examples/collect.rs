//! Collects everything that the schema knows and prints the snapshot as JSON.
//!
//! Credentials, regions and the endpoint come from AWS's standard environment:
//! `AWS_ENDPOINT_URL=http://127.0.0.1:4566 cargo run --example collect -- eu-central-1 eu-west-1`. Without arguments all
//! enabled regions are looked at; `--backup BUCKET/PREFIX` names a place where dumps are expected, `--role ARN` an
//! account to look at through a role.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "an example is a whole program: it prints, and it reads the clock for the library"
)]

use std::io::IsTerminal as _;

use jiff::Timestamp;
use trackera_aws::{AccountAccess, BackupPlace, Progress, Regions, Request, Settings, Step, collect};
use trackera_core::schema::{Demand, Schema};

struct Counter;

impl Progress for Counter {
    fn advanced(&self, step: &Step<'_>) {
        if std::io::stderr().is_terminal() {
            eprint!("\r{}/{} calls, {} retries\u{1b}[K", step.done, step.expected, step.retries);
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut regions = Vec::new();
    let mut backups = Vec::new();
    let mut accounts = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--backup" => {
                let place = arguments.next().unwrap_or_default();
                let (bucket, prefix) = place.split_once('/').unwrap_or((&place, ""));
                backups.push(BackupPlace { bucket: bucket.to_owned(), prefix: prefix.to_owned() });
            }
            "--role" => {
                let role_arn = arguments.next().unwrap_or_default();
                accounts.push(AccountAccess { role_arn, external_id: None, mfa_serial: None });
            }
            region => regions.push(region.to_owned()),
        }
    }
    let request = Request {
        demand: Demand::everything(&Schema::new()?),
        regions: if regions.is_empty() { Regions::Enabled } else { Regions::Named(regions) },
        expected_regions: Vec::new(),
        backups,
        accounts,
        token_code: None,
        collected_at: Timestamp::now(),
    };
    let snapshot = collect(&Settings::default(), &request, &Counter).await;
    eprintln!("\n{:#?}\n{} gaps", snapshot.counts(), snapshot.gaps.len());
    println!("{}", serde_json::to_string_pretty(&snapshot)?);
    Ok(())
}
