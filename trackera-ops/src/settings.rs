//! What is in force: the configuration, the policies and the way to the estate, resolved once.
//!
//! Below this module nobody knows about defaults or about where a setting came from.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use trackera_core::company::{Company, Configuration};
use trackera_core::policy::{Absent, Drafts, Parameters, PolicySet};
use trackera_core::schema::{Demand, Schema};
use trackera_core::source::Problem;
use trackera_core::yaml::{File, MAX_FILE};

use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::world::{self, AccountAccess, BackupPlace, Regions, Request};

/// The configuration that is used when it lies here and no other is named.
pub(crate) const USUAL_CONFIGURATION: &str = "trackera.yaml";
const USUAL_POLICIES: &str = "policies";

/// What is in force.
#[derive(Debug)]
pub(crate) struct InForce {
    /// The schema of the estate.
    pub(crate) schema: Arc<Schema>,
    /// The configuration, if there is one, and the file that it was read from.
    pub(crate) configuration: Option<(File, Configuration)>,
    /// Where policies are read from.
    pub(crate) policies: Vec<PathBuf>,
    /// What parameters for a policy mean that is not there: whoever names policies may have chosen a part.
    absent: Absent,
}

impl InForce {
    /// Reads the configuration, and decides where policies are.
    ///
    /// # Errors
    /// Fails when the configuration is named but not there, or has a mistake.
    pub(crate) fn read(configuration: Option<&Path>, policies: &[PathBuf]) -> Result<Self, Failure> {
        let usual = Path::new(USUAL_CONFIGURATION);
        let path = configuration.or_else(|| world::is_file(usual).then_some(usual));
        let loaded = path.map(load_configuration).transpose()?;
        let absent = if policies.is_empty() { Absent::Mistake } else { Absent::Skipped };
        let mut policies = policies.to_vec();
        if policies.is_empty() {
            let declared = loaded.as_ref().and_then(|(_, configuration)| configuration.company.policies.as_ref());
            let beside = path.and_then(Path::parent).unwrap_or(Path::new(""));
            policies.push(declared.map_or_else(|| PathBuf::from(USUAL_POLICIES), |declared| beside.join(declared)));
        }
        Ok(Self { schema: Arc::new(Schema::new()?), configuration: loaded, policies, absent })
    }

    /// What the company declares; nothing without a configuration.
    pub(crate) fn company(&self) -> Company {
        self.configuration.as_ref().map(|(_, configuration)| configuration.company.clone()).unwrap_or_default()
    }

    /// Loads all policies, or none.
    ///
    /// # Errors
    /// Gives every mistake of every file.
    pub(crate) fn load_policies(&self) -> Result<PolicySet, Failure> {
        self.load_foretelling(|_| ())
    }

    /// Loads all policies, or none, and shows them before they are checked: what they will ask for is clear by then.
    ///
    /// # Errors
    /// Gives every mistake of every file.
    pub(crate) fn load_foretelling(&self, foretell: impl FnOnce(&Drafts<'_>)) -> Result<PolicySet, Failure> {
        let files = read_policies(&self.policies)?;
        let drafts = Drafts::read(&files);
        foretell(&drafts);
        self.check(drafts)
    }

    /// Loads policies from files that were read, or are to be written.
    ///
    /// # Errors
    /// Gives every mistake of every file.
    pub(crate) fn load(&self, files: &[File]) -> Result<PolicySet, Failure> {
        self.check(Drafts::read(files))
    }

    fn check(&self, drafts: Drafts<'_>) -> Result<PolicySet, Failure> {
        let configuration = self.configuration.as_ref();
        let parameters =
            configuration.map(|(file, configuration)| Parameters { file, configuration, absent: self.absent });
        let set = PolicySet::check(&self.schema, drafts, parameters).map_err(Failure::Problems)?;
        if set.policies.is_empty() {
            let named: Vec<String> = self.policies.iter().map(|path| format!("`{}`", path.display())).collect();
            let error = anyhow!("there are no policies in {}", named.join(", "));
            return Err(Failure::usage(error).hint("name the directory that they are in with --policies".to_owned()));
        }
        Ok(set)
    }

    /// How the company's accounts are reached; none are named where the credentials at hand lead into the one.
    ///
    /// # Errors
    /// Fails when the configuration does not say how all of its accounts are reached.
    pub(crate) fn accounts(&self) -> Result<Vec<AccountAccess>, Failure> {
        accounts(&self.company())
    }

    /// What to collect live.
    ///
    /// # Errors
    /// Fails when the configuration does not say how all of its accounts are reached.
    pub(crate) fn request(&self, demand: Demand, regions: &[String]) -> Result<Request, Failure> {
        let company = self.company();
        let backups = company.backups.iter();
        Ok(Request {
            demand,
            regions: if regions.is_empty() { Regions::Enabled } else { Regions::Named(regions.to_vec()) },
            expected_regions: company.regions.as_ref().map(|regions| regions.all()).unwrap_or_default(),
            backups: backups
                .map(|place| BackupPlace { bucket: place.bucket.clone(), prefix: place.prefix.clone() })
                .collect(),
            accounts: self.accounts()?,
            token_code: None,
            collected_at: world::now(),
        })
    }
}

/// One account may be read with the credentials at hand; several cannot.
fn accounts(company: &Company) -> Result<Vec<AccountAccess>, Failure> {
    let access = |account: &trackera_core::company::AccountAccess| {
        let (external_id, mfa_serial) = (account.external_id.clone(), account.mfa_serial.clone());
        account.role_arn.clone().map(|role_arn| AccountAccess { role_arn, external_id, mfa_serial })
    };
    let roles: Vec<AccountAccess> = company.accounts.iter().filter_map(access).collect();
    match company.accounts.iter().find(|account| account.role_arn.is_none()) {
        Some(account) if company.accounts.len() > 1 => {
            let error = anyhow!("the configuration names no role for reading account `{}`", account.id.value());
            Err(Failure::usage(error).hint("with more than one account, give each a `role_arn`".to_owned()))
        }
        _ => Ok(roles),
    }
}

/// The multi-factor device that roles ask for, if they do; the code of one device is all that can be given.
pub(crate) fn device(accounts: &[AccountAccess]) -> Result<Option<&str>, Failure> {
    let mut devices = accounts.iter().filter_map(|account| account.mfa_serial.as_deref());
    let first = devices.next();
    match devices.find(|device| Some(*device) != first) {
        Some(other) => {
            let first = first.unwrap_or_default();
            let error = anyhow!("the accounts name two multi-factor devices, `{first}` and `{other}`");
            Err(Failure::usage(error).hint("name one and the same `mfa_serial` for all of them".to_owned()))
        }
        None => Ok(first),
    }
}

/// Refuses to judge another account than the company's own: its people and regions would be held against a stranger's.
pub(crate) fn check_accounts<'a>(company: &Company, seen: impl IntoIterator<Item = &'a str>) -> Result<(), Failure> {
    let declared: Vec<&str> = company.accounts.iter().map(|account| account.id.value().as_str()).collect();
    let stranger =
        seen.into_iter().find(|account| !declared.is_empty() && *account != "*" && !declared.contains(account));
    match stranger {
        Some(stranger) => {
            let error = anyhow!(
                "the estate is of account `{stranger}`, but the configuration declares `{}`",
                declared.join("`, `")
            );
            let hint = "use the credentials or the snapshot of a declared account, or another --config";
            Err(Failure::new(ExitCode::Refused, error).hint(hint.to_owned()))
        }
        None => Ok(()),
    }
}

fn load_configuration(path: &Path) -> Result<(File, Configuration), Failure> {
    let bytes =
        world::read(path, limit()).with_context(|| format!("cannot read the configuration `{}`", path.display()));
    let file = File::new(path.display().to_string(), bytes.map_err(Failure::usage)?);
    let loaded = file.and_then(|file| Configuration::load(&file).map(|configuration| (file, configuration)));
    loaded.map_err(|problem| Failure::Problems(vec![problem]))
}

/// Reads all files that policies are in; every file that cannot be read is a mistake of its own.
pub(crate) fn read_policies(paths: &[PathBuf]) -> Result<Vec<File>, Failure> {
    let mut problems = Vec::new();
    let mut files = Vec::new();
    for path in paths {
        match world::yaml_files(path) {
            Ok(found) => found.iter().for_each(|path| match read_policy_file(path) {
                Ok(file) => files.push(file),
                Err(problem) => problems.push(problem),
            }),
            Err((path, error)) => problems.push(unreadable(&path, &error)),
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(Failure::Problems(problems)) }
}

fn read_policy_file(path: &Path) -> Result<File, Problem> {
    if world::is_yaml(path) && path.extension().is_some_and(|extension| extension != "yaml") {
        let error = std::io::Error::other("policy files end in `.yaml`");
        return Err(Problem { hint: Some("rename it".to_owned()), ..unreadable(path, &error) });
    }
    let bytes = world::read(path, limit()).map_err(|error| unreadable(path, &error))?;
    File::new(path.display().to_string(), bytes)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    let message = format!("cannot be read: {error}");
    Problem { file: path.display().to_string(), line: 1, column: 1, message, hint: None, excerpt: None }
}

fn limit() -> u64 {
    u64::try_from(MAX_FILE).unwrap_or(u64::MAX)
}

/// How patiently AWS is asked.
pub(crate) fn patience(
    endpoint_url: Option<String>,
    profile: Option<String>,
    call_timeout: Option<Duration>,
    tries: Option<u32>,
) -> world::Settings {
    let usual = world::Settings::default();
    let call_timeout = call_timeout.unwrap_or(usual.call_timeout);
    world::Settings {
        endpoint_url,
        profile,
        call_timeout,
        attempt_timeout: usual.attempt_timeout.min(call_timeout),
        max_attempts: tries.unwrap_or(usual.max_attempts),
        ..usual
    }
}
