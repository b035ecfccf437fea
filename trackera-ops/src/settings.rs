//! What is in force: the configuration, the policies and the way to the estate, resolved once.
//!
//! Below this module nobody knows about defaults or about where a setting came from.

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::anyhow;
use trackera_core::company::Company;
use trackera_core::policy::{Drafts, PolicySet};
use trackera_core::recovery::drill::Drill;
use trackera_core::schema::Demand;
use trackera_core::yaml::File;
use trackera_files::Mistake;
pub(crate) use trackera_files::USUAL_CONFIGURATION;

use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::world::{self, AccountAccess, Request};

/// What is in force, with failures as this program tells them.
#[derive(Debug)]
pub(crate) struct InForce(trackera_files::InForce);

impl Deref for InForce {
    type Target = trackera_files::InForce;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for InForce {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl InForce {
    /// Reads the configuration, and decides where policies are.
    ///
    /// # Errors
    /// Fails when the configuration is named but not there, or has a mistake.
    pub(crate) fn read(configuration: Option<&Path>, policies: &[PathBuf]) -> Result<Self, Failure> {
        trackera_files::InForce::read(configuration, policies).map(Self).map_err(refused)
    }

    /// Nothing but the schema: for those who begin.
    ///
    /// # Errors
    /// Fails when the program's own schema is wrong.
    pub(crate) fn none() -> Result<Self, Failure> {
        trackera_files::InForce::none().map(Self).map_err(refused)
    }

    /// Loads all policies, or none.
    ///
    /// # Errors
    /// Gives every mistake of every file.
    pub(crate) fn load_policies(&self) -> Result<PolicySet, Failure> {
        self.0.load_policies().map_err(refused)
    }

    /// Loads all policies, or none, and shows them before they are checked: what they will ask for is clear by then.
    ///
    /// # Errors
    /// Gives every mistake of every file.
    pub(crate) fn load_foretelling(&self, foretell: impl FnOnce(&Drafts<'_>)) -> Result<PolicySet, Failure> {
        let files = read_policies(&self.policies)?;
        let drafts = Drafts::read(&files);
        foretell(&drafts);
        self.0.check(drafts).map_err(refused)
    }

    /// Loads policies from files that were read, or are to be written.
    ///
    /// # Errors
    /// Gives every mistake of every file.
    pub(crate) fn load(&self, files: &[File]) -> Result<PolicySet, Failure> {
        self.0.load(files).map_err(refused)
    }

    /// The declared drills, each with the file that declares it.
    ///
    /// # Errors
    /// Gives every mistake of every file.
    pub(crate) fn drills(&self) -> Result<Vec<(Drill, File)>, Failure> {
        self.0.drills().map_err(refused)
    }

    /// How the company's accounts are reached; none are named where the credentials at hand lead into the one.
    ///
    /// # Errors
    /// Fails when the configuration does not say how all of its accounts are reached.
    pub(crate) fn accounts(&self) -> Result<Vec<AccountAccess>, Failure> {
        world::accounts(&self.company()).map_err(unreachable)
    }

    /// What to collect live.
    ///
    /// # Errors
    /// Fails when the configuration does not say how all of its accounts are reached.
    pub(crate) fn request(&self, demand: Demand, regions: &[String]) -> Result<Request, Failure> {
        Request::declared(&self.company(), demand, regions, world::now()).map_err(unreachable)
    }
}

/// Reads all files that policies are in; every file that cannot be read is a mistake of its own.
pub(crate) fn read_policies(paths: &[PathBuf]) -> Result<Vec<File>, Failure> {
    trackera_files::read_policies(paths).map_err(refused)
}

fn unreachable(error: world::NoRole) -> Failure {
    Failure::usage(error).hint("with more than one account, give each a `role_arn`".to_owned())
}

/// A mistake as this program tells it.
pub(crate) fn refused(mistake: Mistake) -> Failure {
    match mistake {
        Mistake::Problems(problems) => Failure::Problems(problems),
        Mistake::Configuration(..) => Failure::usage(mistake),
        Mistake::NoPolicies(_) => {
            Failure::usage(mistake).hint("name the directory that they are in with --policies".to_owned())
        }
        Mistake::Schema(error) => Failure::from(error),
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
