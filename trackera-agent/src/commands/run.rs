//! `run`: the agent itself.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use super::{Configuration, Usage, plain_name};
use crate::clock::Machine;
use crate::run::{Options, Share, run};
use crate::world::{self, Settings};

const AFTER_HELP: &str = "\
The agent looks at the estate as its policies say, hears of changes through its queues, writes what it
saw into its journal below DIR, and tells whom the routes name. It ends within five seconds of SIGTERM.

Examples:
  trackera-agent run --config trackera.yaml --directory /var/lib/trackera
  trackera-agent run --directory /var/lib/trackera --share west --regions eu-west-1,global";

/// What stands for everything that belongs to no region.
const GLOBAL: &str = "global";

/// Watch the estate until somebody asks for the end.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    configuration: Configuration,
    /// Where the agent keeps its journal and its key.
    #[arg(long, value_name = "DIR", env = "TRACKERA_DIRECTORY")]
    directory: PathBuf,
    /// The agent's name, unlike that of every other one [default: the name of this machine].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The share of the estate that it watches; agents of one share take turns.
    #[arg(long, value_name = "NAME", default_value = "default")]
    share: String,
    /// The regions of the share; `global` for what belongs to none [default: everything].
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    regions: Vec<String>,
    /// The endpoint of every service, for emulators and private endpoints [default: AWS's own chain].
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// The named profile of AWS's shared configuration [default: AWS's own chain].
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

impl Arguments {
    pub(crate) fn run(&self, machine: Box<dyn Machine>) -> anyhow::Result<()> {
        let options = self.options()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.context("the system does not let the program wait")?;
        let outcome = runtime.block_on(run(options, machine));
        runtime.shutdown_timeout(Duration::from_secs(1));
        outcome
    }

    fn options(&self) -> anyhow::Result<Options> {
        let name = self.name.clone().unwrap_or_else(world::host);
        for (what, name) in [("agent", &name), ("share", &self.share)] {
            plain_name(what, name)?;
        }
        let is_whole = self.regions.is_empty();
        let regions: Vec<String> = self.regions.iter().filter(|region| *region != GLOBAL).cloned().collect();
        if regions.is_empty() && !is_whole {
            return Err(Usage("a share needs at least one region besides `global`".to_owned()).into());
        }
        let share = Share {
            name: self.share.clone(),
            is_global: is_whole || self.regions.iter().any(|region| region == GLOBAL),
            regions,
        };
        let aws =
            Settings { endpoint_url: self.endpoint_url.clone(), profile: self.profile.clone(), ..Settings::default() };
        let configuration = self.configuration.config.clone();
        Ok(Options { configuration, directory: self.directory.clone(), name, share, aws })
    }
}
