//! `permissions`: the least that the agent's role must be allowed.

use std::collections::BTreeSet;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use trackera_core::company::alerts::{Alerts, Channel};
use trackera_core::company::record::{Agent, Journal, Store};
use trackera_files::InForce;

use super::{Configuration, Usage, refused};
use crate::world::{self, Declared, DrillPermissions, Needs, Operator, Permissions, Request};

const AFTER_HELP: &str = "\
The process that carries scheduled drills out has a role of its own, which may
make, change and delete what bears the name and the tags of a drill and nothing
else. It is no person and has no multi-factor device: let its role be taken on
by the machine that it runs on alone, by an instance profile or a certificate,
and by no user. A person who does a drill by hand has another role, with a
device (`trackera-ops runbook permissions DRILL`).

Examples:
  trackera-agent permissions --config trackera.yaml > agent.json
  aws iam put-role-policy --role-name trackera-agent --policy-name watch \\
    --policy-document file://agent.json
  trackera-agent permissions --drill --config trackera.yaml > drill.json";

/// Print the smallest IAM policy that lets the agent read what the policies ask for, and deliver.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    configuration: Configuration,
    /// For the process that carries scheduled drills out, `trackera-agent drill`.
    #[arg(long)]
    drill: bool,
    /// The account that drills run in, where the configuration does not declare exactly one.
    #[arg(long, value_name = "ID", requires = "drill")]
    account: Option<String>,
    /// The ARN of a key that backups are encrypted with; may be given more than once.
    #[arg(long = "kms-key", value_name = "ARN", requires = "drill")]
    kms_keys: Vec<String>,
}

impl Arguments {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        if self.drill {
            return shown(&self.drilling()?);
        }
        let (in_force, set) = self.configuration.load()?;
        let request = Request::declared(&in_force.company(), set.demand(), &[], Timestamp::UNIX_EPOCH);
        let request = request.map_err(|error| Usage(error.to_string()))?;
        shown(&document(&in_force, &request))
    }

    /// What every scheduled drill needs, and the log and the locks of the process.
    fn drilling(&self) -> anyhow::Result<Json> {
        let in_force = InForce::read(self.configuration.config.as_deref(), &[]).map_err(refused)?;
        let declared = Declared::all(&in_force).map_err(refused)?;
        let scheduled = declared.iter().map(|one| &one.drill).filter(|drill| drill.every.is_some());
        let Needs { databases, backup_roles, reads } = world::needs_of_all(scheduled);
        if databases.is_none() && reads.is_empty() {
            return Err(Usage("no drill has a schedule: give one an `every`".to_owned()).into());
        }
        let permissions = DrillPermissions {
            operator: Operator::Process,
            account: self.account(&in_force)?,
            databases,
            backup_roles,
            reads,
            puts: Vec::new(),
            kms_keys: self.kms_keys.clone(),
        };
        let mut document = permissions.document();
        if let Some(statements) = document.get_mut("Statement").and_then(Json::as_array_mut) {
            statements.extend(recording(&in_force.journal()));
        }
        Ok(document)
    }

    fn account(&self, in_force: &InForce) -> anyhow::Result<String> {
        let company = in_force.company();
        match (&self.account, company.accounts.as_slice()) {
            (Some(account), _) if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) => {
                Ok(account.clone())
            }
            (Some(account), _) => {
                Err(Usage(format!("`{}` is no account: its id has twelve digits", account.escape_debug())).into())
            }
            (None, [only]) => Ok(only.id.value().clone()),
            (None, _) => Err(Usage("name the account that drills run in with --account".to_owned()).into()),
        }
    }
}

fn shown(document: &Json) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(document)?;
    world::print(format!("{text}\n").as_bytes())
}

fn document(in_force: &InForce, request: &Request) -> Json {
    let mut statements = Permissions::new(request).statements();
    let roles: BTreeSet<&str> = request.accounts.iter().map(|account| account.role_arn.as_str()).collect();
    if !roles.is_empty() {
        statements.push(allow("AssumeTheReadingRoles", &["sts:AssumeRole"], json!(roles)));
    }
    statements.extend(listening(&in_force.agent()));
    statements.extend(in_force.alerts().iter().flat_map(telling));
    statements.extend(recording(&in_force.journal()));
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn allow(sid: &str, actions: &[&str], resources: Json) -> Json {
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources })
}

fn listening(agent: &Agent) -> Vec<Json> {
    let queues: BTreeSet<String> =
        agent.queues.iter().filter_map(|queue| queue_arn(&queue.url, &queue.region)).collect();
    let mut statements = Vec::new();
    if !queues.is_empty() {
        let actions = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
        statements.push(allow("TakeMessagesFromItsQueues", &actions, json!(queues)));
    }
    if let Some(metrics) = &agent.metrics {
        // CloudWatch knows no resources here; the namespace is what can be named.
        let mut statement = allow("PutItsMetrics", &["cloudwatch:PutMetricData"], json!("*"));
        if let Some(fields) = statement.as_object_mut() {
            let condition = json!({ "StringEquals": { "cloudwatch:namespace": metrics.namespace } });
            fields.insert("Condition".to_owned(), condition);
        }
        statements.push(statement);
    }
    statements
}

fn telling(alerts: &Alerts) -> Vec<Json> {
    let (mut topics, mut senders) = (BTreeSet::new(), BTreeSet::new());
    for channel in alerts.channels.values() {
        match channel {
            Channel::Sns { topic } => drop(topics.insert(topic.clone())),
            Channel::Ses { from, .. } => drop(senders.insert(from.clone())),
            Channel::Slack { .. } | Channel::PagerDuty { .. } | Channel::Webhook { .. } | Channel::Smtp { .. } => {}
        }
    }
    let mut statements = Vec::new();
    if !topics.is_empty() {
        statements.push(allow("PublishAlerts", &["sns:Publish"], json!(topics)));
    }
    if !senders.is_empty() {
        let identities: BTreeSet<String> = senders
            .iter()
            .flat_map(|sender| [sender.as_str(), sender.rsplit('@').next().unwrap_or_default()])
            .map(|identity| format!("arn:aws:ses:*:*:identity/{identity}"))
            .collect();
        let mut statement = allow("MailAlerts", &["ses:SendEmail"], json!(identities));
        if let Some(fields) = statement.as_object_mut() {
            fields.insert("Condition".to_owned(), json!({ "StringEquals": { "ses:FromAddress": senders } }));
        }
        statements.push(statement);
    }
    statements
}

/// Evidence is created and read, never deleted; only what coordinates is.
fn recording(journal: &Journal) -> Vec<Json> {
    let place = |store: &Store| match store {
        Store::Bucket { name, prefix, .. } => Some((name.clone(), prefix.clone())),
        Store::Directory(_) => None,
    };
    let objects = |places: &[(String, String)]| -> BTreeSet<String> {
        places.iter().map(|(name, prefix)| format!("arn:aws:s3:::{name}/{prefix}*")).collect()
    };
    let buckets = |places: &[(String, String)]| -> BTreeSet<String> {
        places.iter().map(|(name, _)| format!("arn:aws:s3:::{name}")).collect()
    };
    let replicas: Vec<(String, String)> =
        journal.replicas.iter().filter_map(|replica| place(replica.store.value())).collect();
    let coordination: Vec<(String, String)> =
        journal.coordination.iter().filter_map(|store| place(store.value())).collect();
    let mut statements = Vec::new();
    if !replicas.is_empty() {
        statements.push(allow("CopyTheJournal", &["s3:GetObject", "s3:PutObject"], json!(objects(&replicas))));
    }
    if !coordination.is_empty() {
        let actions = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"];
        statements.push(allow("HoldTheLease", &actions, json!(objects(&coordination))));
    }
    let all: Vec<(String, String)> = replicas.into_iter().chain(coordination).collect();
    if !all.is_empty() {
        statements.push(allow("ListItsStores", &["s3:ListBucket"], json!(buckets(&all))));
    }
    statements
}

/// `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME` says all that an ARN does.
fn queue_arn(url: &str, region: &str) -> Option<String> {
    let mut parts = url.rsplit('/');
    let (name, account) = (parts.next()?, parts.next()?);
    account.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("arn:aws:sqs:{region}:{account}:{name}"))
}
