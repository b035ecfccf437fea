//! Collectors and deliveries over the AWS SDK: the only crate that names it.
//!
//! [`collect`] turns a [`Request`] into a [`Snapshot`](trackera_core::estate::Snapshot). It never fails: whatever is
//! refused, slow, malformed or gone becomes a gap beside what was read. It must never change anything: every request
//! passes a guard that knows only the reading operations of
//! [`OPERATIONS`](trackera_core::schema::OPERATIONS), and only those that the request's demand names are made.
//! [`Delivery`] is for the watching agent's own queue, alerts and metrics, and [`Storage`] for the buckets that the journal
//! is copied to, each under a guard that knows nothing else. [`Changes`] is for restore drills and backups: it looks with one
//! guard and changes with another, and deletes nothing that its run did not make.
//!
//! Nothing here reads a clock or an environment variable; credentials, regions and endpoints come from AWS's standard
//! configuration chain, everything else from the caller.

mod account;
mod acm;
mod answer;
mod assemble;
mod autoscaling;
mod backup;
mod beside;
mod breaker;
mod call;
mod change;
mod cloudtrail;
mod cloudwatch;
mod collect;
mod convert;
mod deliver;
mod ec2;
mod elbv2;
mod errors;
mod events;
mod guard;
mod iam;
mod kms;
mod lists;
mod logs;
mod pace;
mod permissions;
mod progress;
mod rds;
mod regions;
mod request;
mod route53;
mod s3;
mod secretsmanager;
mod ses;
mod session;
mod sns;
mod sqs;
mod store;
mod topics;

/// The log filter that leaves out what the SDK says about itself: a failed credential chain is a gap, told as such.
pub const USUAL_LOG: &str = "warn,aws_config=error,aws_smithy_runtime=error";

/// The same for a program that runs for long and says what it does.
pub const LASTING_LOG: &str = "info,aws_config=error,aws_smithy_runtime=error,aws_smithy_runtime_api=error,hyper=warn";

pub use change::{CHANGING, Changes, DatabaseScope, DrillPermissions, LOOKING, Operator};
pub use collect::{Opened, collect, enter, open};
pub use deliver::{Backlog, DELIVERING, Delivery, DeliveryError, Mail, Message, Metric, Queue, Unit};
pub use permissions::Permissions;
pub use progress::{Progress, Step};
pub use request::{AccountAccess, BackupPlace, NoRole, Regions, Request, Settings, TokenCode, accounts};
pub use store::{STORING, Storage};
