//! `drill lock`: the shape that the product database has now becomes the one that copies of it must have.

use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde::Serialize;
use trackera_core::company::database::Database;
use trackera_core::recovery::drill::Drill;
use trackera_core::recovery::structure::{Lock, STRUCTURE_NAMESPACE};
use trackera_journal::cosign;

use super::Context;
use crate::cli::Output;
use crate::drills;
use crate::exit_codes::ExitCode;
use crate::facts::Live;
use crate::failure::Failure;
use crate::settings::InForce;
use crate::{render, world};

const AFTER_HELP: &str = "\
The shape is every schema, table, column, constraint, index, trigger, function,
policy, type, sequence and extension with its definition, and every grant; it
holds no row. It is read from the product database and written to the file that
the drill names under `verify: structure: reference`. Every object that the file
said otherwise about is named. Once `journal.allowed_signers` stands in
trackera.yaml, whoever locks it signs it, and a changed file counts for nothing.

Exit codes: 0 the shape is locked, 1 the database could not be read, 2 usage; in
both nothing changed.

Example:
  trackera-ops drill lock product-dump --by ada --sign-with ~/.ssh/id_ed25519.pub";

/// Lock the shape of the product database as what its copies must have.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The drill.
    drill: String,
    /// Who locks it, as the allowed signers name them.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Sign it: your private key, or your public key when an agent holds the other half.
    #[arg(long, value_name = "FILE")]
    sign_with: Option<PathBuf>,
    /// Show what would change, and write nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    live: Live,
    /// How the result is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

/// A shape that was locked.
#[derive(Debug, Serialize)]
pub(crate) struct Locked {
    /// The file.
    pub(crate) file: String,
    /// The database.
    pub(crate) database: String,
    /// The major version of its server.
    pub(crate) server_major: u32,
    /// How many objects it has.
    pub(crate) objects: usize,
    /// How many grants.
    pub(crate) grants: usize,
    /// What the file said otherwise before, object by object.
    pub(crate) changes: Vec<String>,
    /// Whether it was written.
    pub(crate) is_written: bool,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let declared = drills::find(&in_force, &self.drill)?;
        let path = in_force.place(reference(&declared.drill)?);
        let database = in_force.database().ok_or_else(|| {
            let error = anyhow!("the configuration declares no product database");
            Failure::usage(error).hint("add the section `database:` to trackera.yaml".to_owned())
        })?;
        let before = match world::read_text(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            read => Some(read.with_context(|| format!("cannot read `{}`", path.display())).map_err(Failure::usage)?),
        };
        let lock = self.lock(&in_force, &database)?;
        let locked = Locked {
            file: path.display().to_string(),
            database: lock.database.clone(),
            server_major: lock.structure.server_major,
            objects: lock.structure.objects.len(),
            grants: lock.structure.grants.len(),
            changes: changes(before.as_deref(), &lock)?,
            is_written: !self.dry_run,
        };
        if !self.dry_run {
            let written = world::replace(&path, before.as_deref(), &lock.to_text()?);
            written.with_context(|| format!("cannot write `{}`", path.display())).map_err(Failure::usage)?;
        }
        context.print(self.output, &locked, |look| render::structure::locked(look, &locked))
    }

    fn lock(&self, in_force: &InForce, database: &Database) -> Result<Lock, Failure> {
        let structure = world::read_structure(database, &in_force.place(""), &self.live.settings());
        let structure = structure.map_err(|error| Failure::new(ExitCode::Failed, error))?;
        let now = world::now();
        let mut lock = Lock::new(structure, &database.name, (&self.by, now));
        if let Some(key) = &self.sign_with {
            let signature = cosign::sign(key, STRUCTURE_NAMESPACE, lock.statement()?.as_bytes());
            lock.signature = Some(signature.map_err(Failure::usage)?);
        }
        if let Some(signers) = &in_force.signers {
            let refused = |why: String| {
                let hint = format!("sign with a key that the allowed signers list for `{}`", self.by.escape_debug());
                Failure::usage(anyhow!("nothing was written: {why}")).hint(hint)
            };
            signers.check_lock(&lock, now).map_err(refused)?;
        }
        Ok(lock)
    }
}

/// The file that a drill names.
fn reference(drill: &Drill) -> Result<&str, Failure> {
    let grants = || drill.verify.roles.as_ref().and_then(|rule| rule.grants.as_deref());
    let named = drill.verify.structure.as_ref().map(|rule| rule.reference.as_str()).or_else(grants);
    named.ok_or_else(|| {
        let error = anyhow!("the drill `{}` compares no structure", drill.id);
        Failure::usage(error).hint("declare `verify: {structure: {reference: FILE}}` for it".to_owned())
    })
}

/// What the file said otherwise; all of it is new where there was none.
fn changes(before: Option<&str>, lock: &Lock) -> Result<Vec<String>, Failure> {
    let Some(before) = before else { return Ok(Vec::new()) };
    let before = Lock::parse(before).map_err(Failure::usage)?;
    let (old, new) = (&before.structure, &lock.structure);
    let objects = old.differences(new).into_iter().chain(old.grant_differences(new));
    Ok(objects.map(|difference| difference.to_string()).collect())
}
