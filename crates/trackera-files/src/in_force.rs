//! What is in force: the configuration and the policies, resolved once.
//!
//! Below this module nobody knows about defaults or about where a setting came from.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use thiserror::Error;
use trackera_core::company::alerts::Alerts;
use trackera_core::company::record::{Agent, Journal, Listen};
use trackera_core::company::{Company, Configuration};
use trackera_core::policy::{Absent, Drafts, Parameters, PolicySet};
use trackera_core::schema::{Schema, SchemaError};
use trackera_core::source::Problem;
use trackera_core::yaml::{File, MAX_FILE};

use crate::disk;
use crate::signers::Signers;

/// The configuration that is used when it lies here and no other is named.
pub const USUAL_CONFIGURATION: &str = "trackera.yaml";
const USUAL_POLICIES: &str = "policies";

/// Why nothing is in force.
#[derive(Debug, Error)]
pub enum Mistake {
    /// Files have mistakes; all of them are named.
    #[error("the files have mistakes")]
    Problems(Vec<Problem>),
    /// The configuration cannot be read.
    #[error("cannot read the configuration `{}`", .0.display())]
    Configuration(PathBuf, #[source] io::Error),
    /// There is no policy where policies should be.
    #[error("there are no policies in {}", named(.0))]
    NoPolicies(Vec<PathBuf>),
    /// The program's own schema is wrong.
    #[error("the schema of the estate is wrong")]
    Schema(#[from] SchemaError),
}

fn named(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}

/// What is in force.
#[derive(Debug)]
pub struct InForce {
    /// The schema of the estate.
    pub schema: Arc<Schema>,
    /// The configuration, if there is one, and the file that it was read from.
    pub configuration: Option<(File, Configuration)>,
    /// Where policies are read from.
    pub policies: Vec<PathBuf>,
    /// Whose signatures count, if the configuration says so.
    pub signers: Option<Signers>,
    /// What parameters for a policy mean that is not there: whoever names policies may have chosen a part.
    absent: Absent,
    /// The directory of the configuration: paths in it are relative to that.
    beside: PathBuf,
}

impl InForce {
    /// Reads the configuration, and decides where policies are.
    ///
    /// # Errors
    /// Fails when the configuration is named but not there, or when it, or the file of signers that it names, has a
    /// mistake.
    pub fn read(configuration: Option<&Path>, policies: &[PathBuf]) -> Result<Self, Mistake> {
        let usual = Path::new(USUAL_CONFIGURATION);
        let path = configuration.or_else(|| usual.is_file().then_some(usual));
        let loaded = path.map(load_configuration).transpose()?;
        let absent = if policies.is_empty() { Absent::Mistake } else { Absent::Skipped };
        let beside = path.and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
        let signers = loaded.as_ref().and_then(|(_, configuration)| configuration.journal.allowed_signers.as_deref());
        let signers = signers.map(|named| Signers::read(&beside.join(named)));
        let signers = signers.transpose().map_err(|problem| Mistake::Problems(vec![problem]))?;
        let mut policies = policies.to_vec();
        if policies.is_empty() {
            let declared = loaded.as_ref().and_then(|(_, configuration)| configuration.company.policies.as_ref());
            policies.push(declared.map_or_else(|| PathBuf::from(USUAL_POLICIES), |declared| beside.join(declared)));
        }
        Ok(Self { schema: Arc::new(Schema::new()?), configuration: loaded, policies, signers, absent, beside })
    }

    /// Nothing but the schema.
    ///
    /// # Errors
    /// Fails when the program's own schema is wrong.
    pub fn none() -> Result<Self, Mistake> {
        Ok(Self {
            schema: Arc::new(Schema::new()?),
            configuration: None,
            policies: Vec::new(),
            signers: None,
            absent: Absent::Mistake,
            beside: PathBuf::new(),
        })
    }

    /// What the company declares; nothing without a configuration.
    pub fn company(&self) -> Company {
        self.configuration.as_ref().map(|(_, configuration)| configuration.company.clone()).unwrap_or_default()
    }

    /// What is declared about the journal; nothing without a configuration.
    pub fn journal(&self) -> Journal {
        self.configuration.as_ref().map(|(_, configuration)| configuration.journal.clone()).unwrap_or_default()
    }

    /// What is declared about the agent; nothing without a configuration.
    pub fn agent(&self) -> Agent {
        self.configuration.as_ref().map(|(_, configuration)| configuration.agent.clone()).unwrap_or_default()
    }

    /// Where the status page is served.
    pub fn listen(&self) -> Listen {
        let configuration = self.configuration.as_ref();
        let declared = configuration.and_then(|(file, configuration)| configuration.agent.listen(file).ok());
        declared.unwrap_or_else(Listen::usual)
    }

    /// Who is told of findings; nobody without a configuration that says it.
    pub fn alerts(&self) -> Option<Alerts> {
        let (file, configuration) = self.configuration.as_ref()?;
        configuration.alerts.as_ref()?.check(file).ok()
    }

    /// A path as the configuration names it: relative to its own directory.
    pub fn place(&self, named: &str) -> PathBuf {
        self.beside.join(named)
    }

    /// Loads all policies, or none.
    ///
    /// # Errors
    /// Gives every mistake of every file.
    pub fn load_policies(&self) -> Result<PolicySet, Mistake> {
        self.load(&read_policies(&self.policies)?)
    }

    /// Loads policies from files that were read, or are to be written.
    ///
    /// # Errors
    /// Gives every mistake of every file.
    pub fn load(&self, files: &[File]) -> Result<PolicySet, Mistake> {
        self.check(Drafts::read(files))
    }

    /// Checks policies that were read.
    ///
    /// # Errors
    /// Gives every mistake of every file.
    pub fn check(&self, drafts: Drafts<'_>) -> Result<PolicySet, Mistake> {
        let configuration = self.configuration.as_ref();
        let parameters =
            configuration.map(|(file, configuration)| Parameters { file, configuration, absent: self.absent });
        let mut set = PolicySet::check(&self.schema, drafts, parameters).map_err(Mistake::Problems)?;
        if let Some(signers) = &self.signers {
            set.waivers.iter_mut().for_each(|waiver| waiver.signed = signers.judge(waiver));
        }
        if set.policies.is_empty() { Err(Mistake::NoPolicies(self.policies.clone())) } else { Ok(set) }
    }

    /// A digest of the configuration, of the signers and of these files, names included: equal only where the same is in
    /// force.
    pub fn digest(&self, files: &[File]) -> String {
        let mut digest = Sha256::new();
        let configuration = self.configuration.iter().map(|(file, _)| file);
        let signers = self.signers.iter().map(|signers| &signers.file);
        for file in configuration.chain(signers).chain(files) {
            for part in [&file.name, &file.text] {
                digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
                digest.update(part.as_bytes());
            }
        }
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn load_configuration(path: &Path) -> Result<(File, Configuration), Mistake> {
    let bytes = disk::read(path, limit()).map_err(|error| Mistake::Configuration(path.to_owned(), error))?;
    let file = File::new(path.display().to_string(), bytes);
    let loaded = file.and_then(|file| Configuration::load(&file).map(|configuration| (file, configuration)));
    loaded.map_err(|problem| Mistake::Problems(vec![problem]))
}

/// Reads all files that policies are in; every file that cannot be read is a mistake of its own.
///
/// # Errors
/// Gives every file that cannot be read.
pub fn read_policies(paths: &[PathBuf]) -> Result<Vec<File>, Mistake> {
    let mut problems = Vec::new();
    let mut files = Vec::new();
    for path in paths {
        match disk::yaml_files(path) {
            Ok(found) => found.iter().for_each(|path| match read_policy_file(path) {
                Ok(file) => files.push(file),
                Err(problem) => problems.push(problem),
            }),
            Err((path, error)) => problems.push(unreadable(&path, &error)),
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(Mistake::Problems(problems)) }
}

fn read_policy_file(path: &Path) -> Result<File, Problem> {
    if disk::is_yaml(path) && path.extension().is_some_and(|extension| extension != "yaml") {
        let error = io::Error::other("policy files end in `.yaml`");
        return Err(Problem { hint: Some("rename it".to_owned()), ..unreadable(path, &error) });
    }
    let bytes = disk::read(path, limit()).map_err(|error| unreadable(path, &error))?;
    File::new(path.display().to_string(), bytes)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let message = format!("cannot be read: {error}");
    Problem { file: path.display().to_string(), line: 1, column: 1, message, hint: None, excerpt: None }
}

fn limit() -> u64 {
    u64::try_from(MAX_FILE).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_digest_is_that_of_everything_in_force_and_of_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let [configuration, policies] = ["trackera.yaml", "policies"].map(|name| directory.path().join(name));
        fs::create_dir(&policies).unwrap();
        fs::write(&configuration, "company: {name: Example, policies: policies}\n").unwrap();
        fs::write(policies.join("a.yaml"), "policies: []\n").unwrap();
        let digest = || {
            let in_force = InForce::read(Some(&configuration), &[]).unwrap();
            in_force.digest(&read_policies(&in_force.policies).unwrap())
        };
        let first = digest();
        assert_eq!(digest(), first);
        fs::write(policies.join(".a.yaml.swp"), "an editor's").unwrap();
        assert_eq!(digest(), first);
        fs::write(policies.join("a.yaml"), "policies: []  # changed\n").unwrap();
        let second = digest();
        assert_ne!(second, first);
        fs::write(&configuration, "company: {name: Other, policies: policies}\n").unwrap();
        assert_ne!(digest(), second);
        let signed = "company: {name: Other, policies: policies}\njournal: {allowed_signers: signers}\n";
        fs::write(&configuration, signed).unwrap();
        assert!(matches!(InForce::read(Some(&configuration), &[]), Err(Mistake::Problems(_))), "there is no such file");
        fs::write(directory.path().join("signers"), "# nobody\n").unwrap();
        let third = digest();
        fs::write(directory.path().join("signers"), "# nobody yet\n").unwrap();
        assert_ne!(digest(), third);
    }
}
