//! `runbook permissions`: the least that whoever carries a procedure out must be allowed.

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};
use trackera_operations::plan::{Plan, Step};

use super::Context;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::procedures::{Procedure, actions};
use crate::render;
use crate::settings::InForce;
use crate::world::{self, BackupPlace, DrillPermissions, Needs, Operator, Settings};

const AFTER_HELP: &str = "\
For a person nothing is allowed without a multi-factor device, and the trust
policy lets nobody in without one. A process of its own has no device; who may
take its role on depends on where it runs, so it has no trust policy here.

Examples:
  trackera-ops runbook permissions product-dump
  trackera-ops runbook permissions product-dump --only permissions > drill.json
  aws iam put-role-policy --role-name drill --policy-name drill --policy-document file://drill.json";

/// Who takes the role on.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Holder {
    /// One of us, with a multi-factor device.
    #[default]
    Person,
    /// A process that does what is scheduled.
    Process,
}

/// One of the two documents.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Document {
    /// What is allowed.
    Permissions,
    /// Who may take the role on.
    Trust,
}

/// Print the IAM policies of the role that a runbook or a drill needs.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The runbook or drill.
    name: String,
    /// Who takes the role on.
    #[arg(long, value_enum, default_value_t)]
    operator: Holder,
    /// The account, where the configuration does not declare exactly one.
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// The ARN of a key that backups are encrypted with; may be given more than once.
    #[arg(long = "kms-key", value_name = "ARN")]
    kms_keys: Vec<String>,
    /// One document alone, as IAM takes it.
    #[arg(long, value_enum)]
    only: Option<Document>,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let (_runtime, actions) = actions(&in_force, &Settings::default())?;
        let procedure = Procedure::find(&in_force, &actions, &self.name)?;
        let Needs { databases, backup_roles, reads } = match &procedure {
            Procedure::Drill(declared) => world::needs(&declared.drill),
            Procedure::Runbook(runbook) => Needs { reads: of_plan(runbook.template())?, ..Needs::default() },
        };
        let permissions = DrillPermissions {
            operator: match self.operator {
                Holder::Person => Operator::Person,
                Holder::Process => Operator::Process,
            },
            account: self.account(&in_force)?,
            databases,
            backup_roles,
            reads,
            puts: Vec::new(),
            kms_keys: self.kms_keys.clone(),
        };
        let (allows, trust) = (permissions.document(), permissions.trust());
        let printed = match self.only {
            None => json!({"permissions": allows, "trust": trust}),
            Some(Document::Permissions) => allows,
            Some(Document::Trust) => trust.ok_or_else(|| {
                let error = anyhow!("who may take the role of a process on depends on where it runs");
                Failure::usage(error).hint("a person's role has a trust policy: --operator person".to_owned())
            })?,
        };
        context.screen.print(&render::json::pretty(&printed)?)?;
        Ok(ExitCode::Good)
    }

    fn account(&self, in_force: &InForce) -> Result<String, Failure> {
        let company = in_force.company();
        match (&self.account, company.accounts.as_slice()) {
            (Some(account), _) if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) => {
                Ok(account.clone())
            }
            (Some(account), _) => {
                Err(Failure::usage(anyhow!("`{}` is no account: its id has twelve digits", account.escape_debug())))
            }
            (None, [only]) => Ok(only.id.value().clone()),
            (None, _) => {
                let error = anyhow!("the configuration does not declare exactly one account");
                Err(Failure::usage(error).hint("name the account that drills run in with --account".to_owned()))
            }
        }
    }
}

/// What the steps of a runbook read. A value that is not known before it is asked for may be anything.
fn of_plan(plan: &Plan) -> Result<Vec<BackupPlace>, Failure> {
    let mut places = Vec::new();
    for act in plan.steps.iter().filter_map(Step::act) {
        match act.action.as_str() {
            "drill.choose_dump" | "drill.fetch_dump" | "drill.choose_objects" | "drill.prove_objects" => {
                let named = ["place", "manifests", "replica"].map(|name| act.arguments.get(name));
                places.extend(named.into_iter().flatten().filter_map(place));
            }
            "drill.prove_dump" | "team.notify" | "wait.until" => {}
            other => return Err(Failure::usage(anyhow!("nobody knows what `{other}` must be allowed"))),
        }
    }
    Ok(places)
}

fn place(written: &Json) -> Option<BackupPlace> {
    let text = |name: &str| written.get(name).and_then(Json::as_str).map(any);
    Some(BackupPlace { bucket: text("bucket")?, prefix: text("prefix").unwrap_or_default() })
}

/// A text with `*` in the place of each reference.
fn any(text: &str) -> String {
    let mut parts = text.split("${");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |known, part| format!("{known}*{}", part.split_once('}').map_or("", |(_, rest)| rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_not_known_yet_may_be_anything() {
        for (written, allowed) in
            [("backups", "backups"), ("${parameters.a}", "*"), ("a-${parameters.b}/c${d.e}", "a-*/c*"), ("a${", "a*")]
        {
            assert_eq!(any(written), allowed);
        }
    }
}
