//! What the company declares about itself in `trackera.yaml`: accounts, people, regions, backups, parameters.
//!
//! Everything is optional, and what is not declared is unknown to policies, never empty.

pub mod alerts;
pub mod database;
pub mod record;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use self::alerts::AlertsText;
use self::database::Database;
use self::record::{Agent, Journal};
use crate::language::{Unknown, Value};
use crate::resource::{ErrorClass, Gap};
use crate::schema::Schema;
use crate::source::Problem;
use crate::yaml::{File, Located, Pairs};

/// What policies may read as `company.*`.
#[derive(Debug, JsonSchema)]
pub struct Declared {
    /// The principals that shall hold administrative rights: user names, and roles as `role/name`.
    pub admins: Vec<String>,
    /// The IAM users of people, administrators included.
    pub people: Vec<String>,
    /// The IAM users of programs.
    pub services: Vec<String>,
    /// The regions that the company uses.
    pub regions: Vec<String>,
    /// The region that the product runs in.
    pub primary_region: String,
    /// The region that it would be recovered in.
    pub recovery_region: String,
    /// The ids of the company's accounts.
    pub accounts: Vec<String>,
    /// The buckets that dumps arrive in.
    pub backup_buckets: Vec<String>,
}

/// `trackera.yaml`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// What the company is and has.
    pub company: Company,
    /// Who is told of findings, when, and by which way.
    #[serde(default)]
    pub alerts: Option<AlertsText>,
    /// Where the signed record is copied to, and whose signatures count.
    #[serde(default)]
    pub journal: Journal,
    /// What the agent listens to, and where it can be seen.
    #[serde(default)]
    pub agent: Agent,
    /// The product database, and where its dumps go.
    #[serde(default)]
    pub database: Option<Database>,
}

/// The company.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its accounts; none means the account of the credentials at hand.
    #[serde(default)]
    pub accounts: Vec<AccountAccess>,
    /// Its regions.
    #[serde(default)]
    pub regions: Option<Regions>,
    /// Who works with the accounts.
    #[serde(default)]
    pub people: Option<Vec<Person>>,
    /// The IAM users of programs.
    #[serde(default)]
    pub services: Option<Vec<String>>,
    /// The roles that shall hold administrative rights, by name.
    #[serde(default)]
    pub admin_roles: Vec<String>,
    /// Where dumps of the product database arrive.
    #[serde(default)]
    pub backups: Vec<BackupPlace>,
    /// The directory of the policies, relative to this file.
    #[serde(default)]
    pub policies: Option<String>,
    /// The directory of the runbooks, with drills below it, relative to this file.
    #[serde(default)]
    pub runbooks: Option<String>,
    /// Parameters of policies, by policy id.
    #[serde(default)]
    pub parameters: Pairs<Pairs<Json>>,
}

/// An account, and how to read it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountAccess {
    /// The id, twelve digits, in quotes.
    pub id: Located<String>,
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// The role to assume for reading; none means the credentials at hand.
    #[serde(default)]
    pub role_arn: Option<String>,
    /// The external id that the role asks for.
    #[serde(default)]
    pub external_id: Option<String>,
    /// The serial number or ARN of your multi-factor device, if the role asks for one.
    #[serde(default)]
    pub mfa_serial: Option<String>,
}

/// The company's regions.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Regions {
    /// Where the product runs.
    pub primary: String,
    /// Where it would be recovered.
    #[serde(default)]
    pub recovery: Option<String>,
    /// Other regions in use.
    #[serde(default)]
    pub others: Vec<String>,
}

impl Regions {
    /// All of them, primary first.
    pub fn all(&self) -> Vec<String> {
        std::iter::once(&self.primary).chain(&self.recovery).chain(&self.others).cloned().collect()
    }
}

/// A person who works with the accounts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The IAM user name.
    pub iam_user: String,
    /// Whether the person is one of the administrators.
    #[serde(default)]
    pub admin: bool,
}

impl BackupPlace {
    /// The id that the place has as a resource: `bucket/prefix`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.bucket, self.prefix)
    }
}

/// A place where dumps arrive.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupPlace {
    /// The bucket.
    pub bucket: String,
    /// The beginning of the keys; empty for the whole bucket.
    #[serde(default)]
    pub prefix: String,
}

impl Configuration {
    /// Reads `trackera.yaml`.
    ///
    /// # Errors
    /// Gives the first mistake with its place.
    pub fn load(file: &File) -> Result<Self, Problem> {
        let configuration: Self = file.parse()?;
        let accounts = &configuration.company.accounts;
        for (index, account) in accounts.iter().enumerate() {
            check_account(file, account)?;
            if accounts.iter().take(index).any(|earlier| earlier.id.value() == account.id.value()) {
                return Err(file.problem(account.id.location(), "this account stands here twice", None));
            }
        }
        configuration.alerts.as_ref().map(|alerts| alerts.check(file)).transpose()?;
        configuration.journal.check(file)?;
        configuration.database.as_ref().map(|database| database.check(file)).transpose()?;
        configuration.agent.listen(file)?;
        Ok(configuration)
    }
}

/// A role in another account would be read in the place of the account that was meant.
fn check_account(file: &File, account: &AccountAccess) -> Result<(), Problem> {
    let id = account.id.value();
    if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = format!("`{}` is not an account id", id.escape_debug());
        let hint = Some("write the twelve digits in quotes".to_owned());
        return Err(file.problem(account.id.location(), message, hint));
    }
    if account.mfa_serial.is_some() && account.role_arn.is_none() {
        let message = format!("account {id} has an `mfa_serial`, but no role to show the device to");
        return Err(file.problem(account.id.location(), message, Some("add its `role_arn`".to_owned())));
    }
    match account.role_arn.as_deref().map(|role| role.split(':').nth(4).unwrap_or_default()) {
        Some(owner) if owner != id => {
            let message = format!("the role of account {id} is in another account");
            Err(file.problem(account.id.location(), message, None))
        }
        _ => Ok(()),
    }
}

impl Company {
    /// The slots of `company`, with unknowns for what is not declared.
    pub fn declared(&self, schema: &Schema) -> Arc<[Value]> {
        let fields = schema.company().fields.iter();
        fields.map(|field| self.value(&field.name).unwrap_or_else(|| undeclared(&field.name))).collect()
    }

    fn value(&self, field: &str) -> Option<Value> {
        let people = self.people.as_ref();
        match field {
            "admins" => people.map(|people| {
                let admins = people.iter().filter(|person| person.admin).map(|person| person.iam_user.clone());
                texts(admins.chain(self.admin_roles.iter().map(|role| format!("role/{role}"))))
            }),
            "people" => people.map(|people| texts(people.iter().map(|person| person.iam_user.clone()))),
            "services" => self.services.as_ref().map(|services| texts(services.iter().cloned())),
            "regions" => self.regions.as_ref().map(|regions| texts(regions.all().into_iter())),
            "primary_region" => self.regions.as_ref().map(|regions| Value::text(&regions.primary)),
            "recovery_region" => self.regions.as_ref()?.recovery.as_deref().map(Value::text),
            "accounts" if !self.accounts.is_empty() => {
                Some(texts(self.accounts.iter().map(|account| account.id.value().clone())))
            }
            "backup_buckets" if !self.backups.is_empty() => {
                Some(texts(self.backups.iter().map(|place| place.bucket.clone())))
            }
            _ => None,
        }
    }
}

fn texts(items: impl Iterator<Item = String>) -> Value {
    Value::list(items.map(|item| Value::text(&item)).collect())
}

fn undeclared(field: &str) -> Value {
    Value::Unknown(Unknown::from(Gap {
        operation: format!("company.{field}"),
        account: "*".to_owned(),
        region: "*".to_owned(),
        resource: None,
        error_class: ErrorClass::NotDeclared,
    }))
}
