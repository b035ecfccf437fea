//! PostgreSQL servers of this machine that exist for one drill, made by the adapter of the product database.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use trackera_core::company::alerts::Secret as Kept;
use trackera_core::recovery::erasure;
use trackera_core::recovery::manifest::Backup;
use trackera_core::recovery::structure::{Lock, Structure};
use trackera_core::recovery::verification::{Check, CheckResult, CheckState, Declared, NegativeControl};
use trackera_files::Signers;
use trackera_operations::drill::{Copies, DumpProof, Durations, Fetched, InstanceProof, Proof, ProofError, Say};
use trackera_postgres::Trouble;
use trackera_postgres::connection::{Address, Limits, Secret};
use trackera_postgres::program::Programs;
use trackera_postgres::restore::{RestorePlan, start_and_restore};
use trackera_postgres::scratch::{Scratch, ScratchPlan, sweep};
use trackera_postgres::verify::{Control, VerifyPlan, verify};

use super::{SecretText, Secrets, processors};

/// Whom servers run as when this process is root: the account that the packages of PostgreSQL make.
const ACCOUNT: &str = "postgres";
/// The name of a restored database; a copy has no other.
const DATABASE: &str = "copy";
/// The majors whose programs are looked for, the newest first: a newer one reads what an older one wrote.
const MAJORS: [u32; 6] = [18, 17, 16, 15, 14, 13];
/// How long a restore may take before it is given up.
const LONGEST: Duration = Duration::from_hours(24);

/// Servers of this machine, and the way to those that a service has restored.
#[derive(Debug)]
pub struct Servers {
    /// The identity that opens encrypted dumps.
    pub identity: Option<Kept>,
    /// The password of the role that verifies instances.
    pub password: Option<Kept>,
    /// How many rows tables had in the drill before, by `schema.table`.
    pub previous_rows: BTreeMap<String, u64>,
    /// Whose signatures count, if the company says so: locked structures have to bear one then.
    pub signers: Option<Signers>,
    /// The directory that paths in declarations are relative to.
    pub beside: PathBuf,
}

#[async_trait]
impl Copies for Servers {
    async fn prove_dump(&self, proof: &DumpProof, say: Say<'_>) -> Result<Proof, ProofError> {
        let record: Option<Backup> = match proof.fetched.has_manifest {
            false => None,
            true => match read_json(&proof.directory.join(Fetched::MANIFEST)) {
                Ok(record) => Some(record),
                Err(why) => return Ok(unusable(format!("the manifest is damaged: {why}"))),
            },
        };
        let programs = programs(record.as_ref())?;
        let (directory, name) = &proof.scratch;
        let start =
            ScratchPlan { directory: directory.clone(), name: name.clone(), programs, account: ACCOUNT.to_owned() };
        self.prove(&start, (proof, record.as_ref()), say).await
    }

    async fn prove_instance(&self, proof: &InstanceProof, say: Say<'_>) -> Result<Proof, ProofError> {
        self.verify_instance(proof, say).await
    }

    async fn is_there(&self, directory: &Path, name: &str) -> Result<bool, ProofError> {
        let place = directory.join(name);
        place.try_exists().map_err(|error| ProofError(format!("`{}`: {error}", place.display())))
    }

    async fn remove(&self, directory: &Path, name: &str) -> Result<(), ProofError> {
        if !self.is_there(directory, name).await? {
            return Ok(());
        }
        sweep(directory).map_err(told)?;
        match self.is_there(directory, name).await? {
            false => Ok(()),
            true => Err(ProofError(format!("`{}` belongs to a process that lives", directory.join(name).display()))),
        }
    }
}

impl Servers {
    async fn prove(
        &self,
        start: &ScratchPlan,
        (proof, record): (&DumpProof, Option<&Backup>),
        say: Say<'_>,
    ) -> Result<Proof, ProofError> {
        let keys = self.keys()?;
        let jobs = proof.jobs.or_else(processors).unwrap_or(1);
        let (major, megabytes) = (start.programs.major, proof.fetched.bytes.div_ceil(1_000_000));
        say(&format!("starting PostgreSQL {major}, restoring {megabytes} MB with {jobs} jobs"));
        let plan = RestorePlan {
            dump: &proof.directory.join("files"),
            record,
            keys: &keys,
            database: DATABASE,
            roles: &[],
            jobs,
            within: LONGEST,
        };
        let taken_at = record.map(|record| record.manifest.taken_at);
        let (scratch, restored) = match start_and_restore(start, &plan).await {
            Ok(restored) => restored,
            // What is wrong with the backup is what a drill is there to find.
            Err(Trouble::Dump(bad)) => return Ok(Proof { taken_at, ..unusable(bad.to_string()) }),
            Err(other) => return Err(told(other)),
        };
        say("verifying");
        let begun = Instant::now();
        let against = Against {
            declared: &proof.declared,
            record,
            scratch: Some(&scratch),
            lost_at: proof.lost_at,
            control: control(proof.damage),
        };
        let checks = self.verify(against, (&restored.address, Limits::COPY)).await;
        let verify = milliseconds(begun.elapsed());
        say("destroying the copy");
        scratch.destroy().await.map_err(told)?;
        let milliseconds = Durations {
            start: milliseconds(restored.starting),
            unpack: milliseconds(restored.unpacking),
            restore: milliseconds(restored.restoring),
            verify,
        };
        Ok(Proof { checks: checks?, taken_at, milliseconds })
    }

    /// Holds a copy against everything that was declared.
    pub(super) async fn verify(
        &self,
        against: Against<'_>,
        (copy, limits): (&Address, Limits),
    ) -> Result<Vec<CheckResult>, ProofError> {
        let Against { declared, record, scratch, lost_at, control } = against;
        let mut declared = declared.clone();
        if control == Control::Due {
            declared.negative_control.get_or_insert(NegativeControl { every: 1, damage: Vec::new() });
        }
        let declared = &declared;
        let reference = |path: &str| self.reference(path, lost_at);
        let structure = declared.structure.as_ref().map(|rule| reference(&rule.reference)).transpose()?;
        let grants = declared.roles.as_ref().and_then(|rule| rule.grants.as_deref()).map(reference).transpose()?;
        let ledger = declared.erasure.as_ref().map(|rule| self.ledger(&rule.ledger)).transpose()?;
        let plan = VerifyPlan {
            copy,
            limits,
            declared,
            manifest: record.map(|record| &record.manifest),
            structure: structure.as_ref(),
            grants: grants.as_ref(),
            previous_rows: &self.previous_rows,
            ledger: ledger.as_deref(),
            ledger_key: None,
            lost_at,
            scratch,
            control,
        };
        verify(&plan).await.map_err(told)
    }

    fn keys(&self) -> Result<Vec<Secret>, ProofError> {
        let Some(kept) = &self.identity else { return Ok(Vec::new()) };
        let lines = self.secrets().read_lines(kept).map_err(|error| ProofError(error.to_string()))?;
        let keys = lines.iter().map(SecretText::expose).filter(|line| line.starts_with("AGE-SECRET-KEY-"));
        Ok(keys.map(Secret::new).collect())
    }

    pub(super) fn secrets(&self) -> Secrets {
        Secrets::beside(&self.beside)
    }

    /// A locked structure, believed for its signature where the company names signers.
    fn reference(&self, named: &str, at: Timestamp) -> Result<Structure, ProofError> {
        let path = self.beside.join(named);
        let fail = |why: String| ProofError(format!("`{}`: {why}", path.display()));
        let text = fs::read_to_string(&path).map_err(|error| fail(error.to_string()))?;
        let lock = Lock::parse(&text).map_err(|error| fail(error.to_string()))?;
        self.signers.as_ref().map_or(Ok(()), |signers| signers.check_lock(&lock, at)).map_err(fail)?;
        Ok(lock.structure)
    }

    fn ledger(&self, named: &str) -> Result<Vec<erasure::Entry>, ProofError> {
        let path = self.beside.join(named);
        let fail = |why: String| ProofError(format!("`{}`: {why}", path.display()));
        let text = fs::read_to_string(&path).map_err(|error| fail(error.to_string()))?;
        erasure::parse(&text).map_err(|error| fail(error.to_string()))
    }
}

/// What a copy is held against, and where it runs if that is a server of this machine.
#[derive(Clone, Copy)]
pub(super) struct Against<'a> {
    pub(super) declared: &'a Declared,
    pub(super) record: Option<&'a Backup>,
    pub(super) scratch: Option<&'a Scratch>,
    pub(super) lost_at: Timestamp,
    pub(super) control: Control,
}

/// Whether it is the turn of the negative control.
pub(super) fn control(is_damaged: bool) -> Control {
    if is_damaged { Control::Due } else { Control::NotDue }
}

/// A backup that could not be restored, as a check that failed.
fn unusable(said: String) -> Proof {
    let failed = CheckResult::new(Check::Content, CheckState::Fail, said);
    Proof { checks: vec![failed], taken_at: None, milliseconds: Durations::default() }
}

fn programs(record: Option<&Backup>) -> Result<Programs, ProofError> {
    match record {
        Some(record) => Programs::find(record.manifest.server_major, &[]).map_err(told),
        None => newest_programs().ok_or_else(|| ProofError("there is no PostgreSQL on this machine".to_owned())),
    }
}

/// The newest PostgreSQL of this machine: for dumps without a manifest, and for servers of any version.
#[must_use]
pub fn newest_programs() -> Option<Programs> {
    MAJORS.iter().find_map(|major| Programs::find(*major, &[]).ok())
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}

fn told(trouble: Trouble) -> ProofError {
    ProofError(trouble.to_string())
}

pub(super) fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
