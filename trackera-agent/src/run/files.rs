//! Watches what people write: a set that is whole replaces the one in force, and a bad one never does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use trackera_core::policy::PolicySet;
use trackera_core::recovery::drill::Drill;
use trackera_core::resource::Scope;
use trackera_core::yaml::File;
use trackera_files::{InForce, Mistake, read_policies, yaml_files};
use trackera_watch::schedule::Rules;
use trackera_watch::watch::{Declared, Refused};

use super::looker::{Drills, Rulebook};
use super::{Event, Inputs, Share};
use crate::commands;

/// How often the files are looked at; only what changed is read.
const EVERY: Duration = Duration::from_secs(2);

/// Where the journal lies in the state directory of whoever does drills.
const JOURNAL: &str = "journal";

/// Files that were read.
#[derive(Debug)]
pub(crate) enum Loaded {
    /// All of them are right.
    Whole {
        /// For deciding.
        declared: Box<Declared>,
        /// For looking.
        rulebook: Arc<Rulebook>,
    },
    /// Some have mistakes.
    Bad {
        /// How many.
        refused: Refused,
        /// Which.
        told: String,
    },
}

/// What people write, and when it was written.
#[derive(Debug)]
pub(crate) struct Files {
    configuration: Option<PathBuf>,
    share: Share,
    /// What was read when it was read last, besides the configuration.
    paths: Vec<PathBuf>,
    seen: Option<Stamps>,
    /// The digest of the mistakes that were told last.
    bad: Option<String>,
}

/// When each file was written, and how long it is.
type Stamps = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

impl Files {
    pub(crate) fn new(configuration: Option<PathBuf>, share: Share) -> Self {
        Self { configuration, share, paths: Vec::new(), seen: None, bad: None }
    }

    /// Reads everything, whether it changed or not.
    ///
    /// # Errors
    /// Gives every mistake.
    pub(crate) fn load(&mut self) -> Result<(InForce, Loaded), Mistake> {
        let in_force = InForce::read(self.configuration.as_deref(), &[])?;
        self.paths = read_from(&in_force);
        self.seen = Some(stamps(self.configuration.as_deref(), &self.paths));
        let mut files = read_policies(&in_force.policies)?;
        let set = in_force.load(&files)?;
        let (declared, texts): (Vec<Drill>, Vec<File>) = in_force.drills()?.into_iter().unzip();
        files.extend(texts);
        let digest = in_force.digest(&files);
        let journal = in_force.agent().drills.map(|state| in_force.place(&state).join(JOURNAL));
        let loaded = whole(&in_force, &set, (&self.share, digest), Drills { declared, journal });
        Ok((in_force, loaded))
    }

    /// Looks again and again, and tells the loop of every change.
    pub(crate) async fn watch(mut self, inputs: Inputs) {
        while !inputs.is_over() {
            tokio::time::sleep(EVERY).await;
            let looked = tokio::task::spawn_blocking(move || {
                let loaded = self.changed();
                (self, loaded)
            });
            let Ok((files, loaded)) = looked.await.context("files could not be read") else { return };
            self = files;
            if let Some(loaded) = loaded {
                inputs.send(Event::Files(loaded)).await;
            }
        }
    }

    fn changed(&mut self) -> Option<Loaded> {
        let now = stamps(self.configuration.as_deref(), &self.paths);
        if self.seen.as_ref() == Some(&now) {
            return None;
        }
        match self.load() {
            Ok((_, loaded)) => {
                self.bad = None;
                Some(loaded)
            }
            Err(mistake) => {
                // What a mistake keeps from being read may be mended where nobody knows to look.
                self.seen = None;
                let (refused, told) = bad(mistake);
                let is_news = self.bad.replace(refused.digest.clone()).is_none_or(|known| known != refused.digest);
                is_news.then_some(Loaded::Bad { refused, told })
            }
        }
    }
}

fn bad(mistake: Mistake) -> (Refused, String) {
    let mistakes = match &mistake {
        Mistake::Problems(problems) => u64::try_from(problems.len()).unwrap_or(u64::MAX),
        Mistake::Configuration(..) | Mistake::NoPolicies(_) | Mistake::Schema(_) => 1,
    };
    let told = commands::refused(mistake).to_string();
    let digest = trackera_watch::record::digest([told.as_str()]);
    (Refused { digest, mistakes }, told)
}

fn whole(in_force: &InForce, set: &PolicySet, (share, digest): (&Share, String), drills: Drills) -> Loaded {
    let part = set.part(|policy| share.is_global || policy.kind.scope == Scope::Region);
    let company = in_force.company();
    let accounts = company.accounts.iter().map(|account| account.id.value().clone()).collect();
    let regions = share.regions.iter().cloned().collect();
    let declared = Declared { rules: Rules::of(&part, digest), accounts, regions, alerts: in_force.alerts() };
    let rulebook = Rulebook { set: part, company, regions: share.regions.clone(), drills };
    Loaded::Whole { declared: Box::new(declared), rulebook: Arc::new(rulebook) }
}

/// Where everything lies that decides what is in force, besides the configuration.
fn read_from(in_force: &InForce) -> Vec<PathBuf> {
    let signers = in_force.signers.iter().map(|signers| PathBuf::from(&signers.file.name));
    in_force.policies.iter().cloned().chain(signers).chain([in_force.declared_drills()]).collect()
}

fn stamps(configuration: Option<&Path>, paths: &[PathBuf]) -> Stamps {
    let usual = Path::new(trackera_files::USUAL_CONFIGURATION);
    let found = paths.iter().flat_map(|path| yaml_files(path).unwrap_or_default());
    let all = std::iter::once(configuration.unwrap_or(usual).to_owned()).chain(found);
    let stamp = |path: &Path| {
        let found = std::fs::metadata(path).ok()?;
        Some((found.modified().ok()?, found.len()))
    };
    all.map(|path| (path.clone(), stamp(&path))).collect()
}
