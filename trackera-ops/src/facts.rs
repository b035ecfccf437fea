//! Where facts come from: a snapshot that was written before, or the estate as it is now.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use trackera_core::company::Company;
use trackera_core::estate::{Estate, EstateError, SNAPSHOT_VERSION, Snapshot};
use trackera_core::resource::{Drill, Kind as _};
use trackera_core::schema::Demand;
use trackera_core::verdict::Circumstances;

use crate::commands::Context;
use crate::drills::with_drills;
use crate::failure::Failure;
use crate::runs::Here;
use crate::settings::{self, InForce};
use crate::world::{Opening, Request, TokenCode};
use crate::{render, world};

/// The largest snapshot, in bytes: about a million resources.
const MAX_SNAPSHOT: u64 = 4 << 30;

/// How to reach the estate as it is now.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Reading the estate")]
pub(crate) struct Live {
    /// The regions to look at [default: every region that is enabled for the account].
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    pub(crate) regions: Vec<String>,
    /// The endpoint of every service, for emulators and private endpoints [default: AWS's own chain].
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// The named profile of AWS's shared configuration [default: AWS's own chain].
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// What your multi-factor device shows, for roles that ask for one [default: you are asked, on a terminal].
    #[arg(long, value_name = "CODE", env = "TRACKERA_MFA_CODE", hide_env_values = true)]
    pub(crate) mfa_code: Option<String>,
    /// The time limit of one call over all its tries [default: 20s].
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) call_timeout: Option<Duration>,
    /// How often one call is tried [default: 4].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) tries: Option<u32>,
}

/// A snapshot, or the estate as it is now.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Source {
    /// A snapshot to judge instead of the estate as it is now.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["regions", "endpoint_url", "profile", "call_timeout", "tries"])]
    pub(crate) from: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) live: Live,
    #[command(flatten)]
    pub(crate) here: Here,
}

/// The moment of the judgement.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct At {
    /// The moment to judge a snapshot at [default: when it was collected].
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) now: Option<Timestamp>,
}

/// Facts, and the moment to judge them at.
pub(crate) struct Facts {
    /// What was read, ready for evaluation.
    pub(crate) estate: Estate,
    /// The moment.
    pub(crate) now: Timestamp,
}

impl Facts {
    /// What policies are held against.
    pub(crate) fn circumstances<'a>(&'a self, company: &'a Company) -> Circumstances<'a> {
        Circumstances { estate: &self.estate, company, now: self.now }
    }
}

/// A source, and the way to the estate that is being opened if there is one.
pub(crate) struct Ahead<'a> {
    source: &'a Source,
    opening: Option<Opening>,
}

impl Ahead<'_> {
    /// Says of which kinds something will be demanded, so that the regions can be asked for.
    pub(crate) fn foretell<'k>(&mut self, in_force: &InForce, kinds: impl Iterator<Item = &'k str>) {
        let Some(opening) = &mut self.opening else { return };
        let mut demand = Demand::default();
        kinds.for_each(|kind| demand.add_kind(&in_force.schema, kind));
        // A request that cannot be made is told of when it is made in earnest.
        if let Ok(request) = in_force.request(demand, &self.source.live.regions) {
            opening.foretell(request);
        }
    }

    /// Gets the facts that are demanded, to be judged at a moment.
    ///
    /// # Errors
    /// Fails when the snapshot cannot be used, or belongs to a stranger; gaps are no failure.
    pub(crate) fn facts(
        self,
        context: &Context<'_>,
        in_force: &InForce,
        demand: Demand,
        at: At,
    ) -> Result<Facts, Failure> {
        let source = self.source;
        let snapshot = self.read(context, in_force, demand)?;
        let now = at.now.unwrap_or(snapshot.collected_at);
        let estate = Estate::of(&in_force.schema, snapshot).map_err(|error| source.unusable(error))?;
        Ok(Facts { estate, now })
    }

    fn read(self, context: &Context<'_>, in_force: &InForce, demand: Demand) -> Result<Snapshot, Failure> {
        let Source { from, live, here } = self.source;
        let snapshot = match (from, self.opening) {
            (Some(path), _) => read_snapshot(path)?,
            (None, opening) => live.estate(opening, context, (in_force, here), demand)?,
        };
        let accounts = snapshot.accounts.iter().map(|account| account.account.as_str());
        settings::check_accounts(&in_force.company(), accounts)?;
        Ok(snapshot)
    }
}

impl Source {
    /// Begins to open the way to the estate, so that something else can be done in the meantime.
    ///
    /// # Errors
    /// Fails when the moment to judge at and the source do not fit, or the accounts cannot be reached.
    pub(crate) fn ahead(&self, in_force: &InForce, at: At) -> Result<Ahead<'_>, Failure> {
        if self.from.is_none() && at.now.is_some() {
            let error = anyhow!("the estate as it is now can only be judged as of now");
            return Err(Failure::usage(error).hint("use --now together with --from".to_owned()));
        }
        let opening = if self.from.is_none() { Some(self.live.open(in_force)?) } else { None };
        Ok(Ahead { source: self, opening })
    }

    /// Gets the facts that are demanded, to be judged at a moment.
    ///
    /// # Errors
    /// Fails as [`Source::ahead`] and [`Ahead::facts`] do.
    pub(crate) fn facts(
        &self,
        context: &Context<'_>,
        in_force: &InForce,
        demand: Demand,
        at: At,
    ) -> Result<Facts, Failure> {
        self.ahead(in_force, at)?.facts(context, in_force, demand, at)
    }

    /// Gets the facts that are demanded, as they were read.
    ///
    /// # Errors
    /// Fails as [`Source::facts`] does.
    pub(crate) fn snapshot(
        &self,
        context: &Context<'_>,
        in_force: &InForce,
        demand: Demand,
    ) -> Result<Snapshot, Failure> {
        let snapshot = Ahead { source: self, opening: None }.read(context, in_force, demand)?;
        Estate::new(&in_force.schema, &snapshot).map_err(|error| self.unusable(error))?;
        Ok(snapshot)
    }

    /// A file that cannot be used is a person's; what was collected just now is the program's own.
    fn unusable(&self, error: EstateError) -> Failure {
        match &self.from {
            Some(path) => Failure::usage(anyhow::Error::new(error).context(format!("cannot use `{}`", path.display()))),
            None => anyhow::Error::new(error).context("cannot use the estate").into(),
        }
    }
}

impl Live {
    /// How AWS is reached.
    pub(crate) fn settings(&self) -> world::Settings {
        settings::patience(self.endpoint_url.clone(), self.profile.clone(), self.call_timeout, self.tries)
    }

    /// Begins to open the way to the estate.
    fn open(&self, in_force: &InForce) -> Result<Opening, Failure> {
        Ok(Opening::begin(self.settings(), in_force.accounts()?))
    }

    /// Collects what is demanded, and shows how far it has come.
    ///
    /// # Errors
    /// Fails when the configuration does not say how the accounts are reached.
    pub(crate) fn snapshot(
        &self,
        context: &Context<'_>,
        in_force: &InForce,
        demand: Demand,
    ) -> Result<Snapshot, Failure> {
        self.through(self.open(in_force)?, context, in_force, demand)
    }

    /// Collects what is demanded by a way that may be open already, with what the journal tells of drills.
    ///
    /// # Errors
    /// Fails as [`Live::snapshot`] does, and when drills are demanded but declared with mistakes.
    pub(crate) fn estate(
        &self,
        opening: Option<Opening>,
        context: &Context<'_>,
        (in_force, here): (&InForce, &Here),
        demand: Demand,
    ) -> Result<Snapshot, Failure> {
        let asks_for_drills = demand.wants_kind(Drill::NAME);
        let opening = opening.map_or_else(|| self.open(in_force), Ok)?;
        let snapshot = self.through(opening, context, in_force, demand)?;
        if asks_for_drills { with_drills(snapshot, context, (in_force, here)) } else { Ok(snapshot) }
    }

    fn through(
        &self,
        opening: Opening,
        context: &Context<'_>,
        in_force: &InForce,
        demand: Demand,
    ) -> Result<Snapshot, Failure> {
        let mut request = in_force.request(demand, &self.regions)?;
        request.token_code = self.token_code(context, &request)?;
        let progress = render::progress::Shown::begin(context.screen);
        let snapshot = opening.collect(&request, &progress).context("cannot wait for answers of AWS")?;
        progress.end(context.screen);
        Ok(snapshot)
    }

    /// The code of the device that roles ask for: as given, or else as a person types it.
    fn token_code(&self, context: &Context<'_>, request: &Request) -> Result<Option<TokenCode>, Failure> {
        let Some(device) = settings::device(&request.accounts)? else { return Ok(None) };
        if let Some(code) = &self.mfa_code {
            return Ok(Some(TokenCode::new(code)));
        }
        let error = || Failure::usage(anyhow!("the role asks for the code of the multi-factor device `{device}`"));
        if !context.screen.is_watched || !world::is_typed_into() {
            return Err(error().hint("give it with --mfa-code".to_owned()));
        }
        context.screen.say(&format!("Code of {}: ", render::escape::harmless(device)));
        let line = world::read_line().context("cannot read the code")?;
        let code = line.trim();
        if code.is_empty() { Err(error()) } else { Ok(Some(TokenCode::new(code))) }
    }
}

/// Reads a snapshot from a file.
fn read_snapshot(path: &Path) -> Result<Snapshot, Failure> {
    let named = || format!("cannot use the snapshot `{}`", path.display());
    let bytes = world::read(path, MAX_SNAPSHOT).with_context(named).map_err(Failure::usage)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        // A snapshot of another version has another shape, and saying so helps more than the first difference.
        let version = serde_json::from_slice::<serde_json::Value>(&bytes).ok();
        let version = version.and_then(|json| json.get("version").and_then(serde_json::Value::as_u64));
        let error = match version {
            Some(version) if version != u64::from(SNAPSHOT_VERSION) => {
                anyhow!("it has version {version}, but this build reads version {SNAPSHOT_VERSION}")
            }
            _ => anyhow::Error::new(error),
        };
        let hint = "collect it again with `trackera-ops estate collect --to FILE`";
        Failure::usage(error.context(named())).hint(hint.to_owned())
    })
}

fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "write a moment like `2026-03-01T00:00:00Z`".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    let length = trackera_core::time::parse(text)?;
    let length = Duration::try_from(length).map_err(|_| "a time limit cannot be negative".to_owned())?;
    if length.is_zero() { Err("a time limit must be longer than nothing".to_owned()) } else { Ok(length) }
}
