//! The verbs about exceptions: who may break which rule until when, written down beside the policies.

mod add;
mod expire;
mod list;
mod sign;
mod which;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use trackera_core::policy::{PolicyFile, PolicySet, Signed, WAIVER_NAMESPACE, Waiver, WaiverText};
use trackera_core::yaml::File;
use trackera_journal::cosign;

use self::which::Which;
use super::Context;
use crate::cli::Policies;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::settings::{self, InForce};
use crate::waiver_file::{Item, facts};
use crate::world;

/// Write down, sign, list and end exceptions to policies.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Add(Box<add::Arguments>),
    List(list::Arguments),
    Sign(sign::Arguments),
    Expire(expire::Arguments),
}

impl Command {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match self {
            Self::Add(arguments) => arguments.run(context),
            Self::List(arguments) => arguments.run(context),
            Self::Sign(arguments) => arguments.run(context),
            Self::Expire(arguments) => arguments.run(context),
        }
    }
}

/// The policies in force, with the files that they were read from.
struct Loaded {
    in_force: InForce,
    files: Vec<File>,
    set: PolicySet,
}

/// An exception as it is written, and as it was understood.
struct Written<'a> {
    file: &'a File,
    text: WaiverText,
    waiver: &'a Waiver,
}

/// A file with one exception more, or with one changed.
struct Draft {
    path: PathBuf,
    /// What the file holds now; nothing when there is no file.
    before: Option<String>,
    text: String,
    /// What the changed exception said.
    removed: Option<Item>,
    /// What the new or changed exception shall say.
    added: Item,
}

/// A draft that was loaded with everything else and says what it shall, and the new or changed exception.
struct Proven(Draft, Waiver);

impl Written<'_> {
    fn line(&self) -> u64 {
        self.text.policy.location().line()
    }

    /// Its file with another text, in which it says something else.
    fn changed(&self, text: String, change: impl FnOnce(&mut Item)) -> Draft {
        let removed = facts(self.waiver);
        let mut added = removed.clone();
        change(&mut added);
        let (path, before) = (PathBuf::from(&self.file.name), Some(self.file.text.clone()));
        Draft { path, before, text, removed: Some(removed), added }
    }

    /// Where it is written.
    fn place(&self) -> String {
        format!("{}:{}", self.file.name, self.line())
    }
}

impl Loaded {
    fn read(context: &Context<'_>, policies: &Policies) -> Result<Self, Failure> {
        let in_force = context.in_force(policies)?;
        let files = settings::read_policies(&in_force.policies)?;
        let set = in_force.load(&files)?;
        Ok(Self { in_force, files, set })
    }

    /// Finds where every exception is written; a set holds its exceptions in the order of the files.
    fn written(&self) -> Result<Vec<Written<'_>>, Failure> {
        let mut texts = Vec::new();
        for file in &self.files {
            let parsed: PolicyFile = file.parse().map_err(|problem| Failure::Problems(vec![problem]))?;
            texts.extend(parsed.waivers.into_iter().map(|text| (file, text)));
        }
        let both = texts.into_iter().zip(&self.set.waivers);
        Ok(both.map(|((file, text), waiver)| Written { file, text, waiver }).collect())
    }

    /// Loads the whole set with a draft in the place of its file.
    fn prove(&self, draft: Draft) -> Result<Proven, Failure> {
        let name = draft.path.display().to_string();
        let file = File::new(name.as_str(), draft.text.clone().into_bytes());
        let file = file.map_err(|problem| unwritten(Failure::Problems(vec![problem])))?;
        let others = self.files.iter().filter(|other| other.name != name).cloned();
        let changed = self.in_force.load(&others.chain([file]).collect::<Vec<_>>()).map_err(unwritten)?;
        let mut wanted: Vec<Item> = self.set.waivers.iter().map(facts).collect();
        let removed = wanted.iter().position(|one| Some(one) == draft.removed.as_ref());
        removed.map(|at| wanted.remove(at));
        wanted.push(draft.added.clone());
        let mut found: Vec<Item> = changed.waivers.iter().map(facts).collect();
        wanted.sort();
        found.sort();
        if wanted != found || changed.policies.len() != self.set.policies.len() {
            return Err(by_hand(&name));
        }
        let waiver = changed.waivers.into_iter().find(|waiver| facts(waiver) == draft.added);
        waiver.map(|waiver| Proven(draft, waiver)).ok_or_else(|| by_hand(&name))
    }
}

impl Proven {
    /// Refuses a signature that would count for nothing.
    fn check_signature(&self) -> Result<(), Failure> {
        let waiver = &self.1;
        if waiver.signed.counts_at(world::now()) {
            return Ok(());
        }
        let error = anyhow!("nothing was written: {}", waiver.signed.trouble());
        let hint =
            format!("sign with a key that the allowed signers list for `{}`, and not for the owner", waiver.approver);
        Err(Failure::usage(error).hint(hint))
    }

    /// Tells whether a signature is asked for and still missing.
    fn wants_signature(&self) -> bool {
        self.1.signed == Signed::Missing
    }

    fn write(&self) -> Result<(), Failure> {
        let Self(Draft { path, before, text, .. }, _) = self;
        let named = || format!("cannot write `{}`", path.display());
        world::replace(path, before.as_deref(), text).with_context(named).map_err(Failure::usage)
    }
}

/// Signs what an exception says.
fn signature(waiver: &Waiver, key: &Path) -> Result<String, Failure> {
    cosign::sign(key, WAIVER_NAMESPACE, waiver.statement().as_bytes()).map_err(Failure::usage)
}

/// A mistake in a draft has no place that anybody could look at.
fn unwritten(failure: Failure) -> Failure {
    match failure {
        Failure::Problems(problems) => problems.into_iter().fold(
            Failure::usage(anyhow!("the waiver would be a mistake, so nothing was written")),
            |failure, problem| failure.hint(problem.message).hint(problem.hint),
        ),
        other => other,
    }
}

fn by_hand(name: &str) -> Failure {
    let error = anyhow!("`{name}` is written in a way that cannot be edited safely");
    Failure::usage(error).hint("edit it by hand; nothing was written".to_owned())
}

/// The day that a moment is in, in UTC, as exceptions count days.
fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
