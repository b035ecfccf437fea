//! `drill`: the process that carries scheduled drills out.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use super::{Configuration, Ended, plain_name};
use crate::drilling::{Came, Options, Rhythm, run};
use crate::world::{self, Home, Settings};

const AFTER_HELP: &str = "\
A drill is begun when its schedule says so, and only under a standing approval
that another admin has signed (`trackera-ops approve --standing`). One is done
at a time, and of several processes that share `journal.coordination` one does
it. What was interrupted comes to its end before anything else is begun, and
what drills left behind is deleted where its name, its tags and its run agree.

Its role is not that of `trackera-agent run`: `trackera-agent permissions --drill`
prints what it must be allowed. Secrets of drills are read as they are declared.

Exit codes with --once: 0 good, 1 a backup did not come back, 2 usage,
3 nobody can tell, 4 nobody stands for a drill that is due, 5 something was left
behind or waits for a person.

Examples:
  trackera-agent drill --directory /var/lib/trackera-drill
  trackera-agent drill --directory /var/lib/trackera-drill --once";

/// Carry out scheduled restore drills under standing approvals.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    configuration: Configuration,
    /// Where this process keeps its log and its key; `agent.drills` names it to the watching agent.
    #[arg(long, value_name = "DIR", env = "TRACKERA_DRILL_DIRECTORY")]
    directory: PathBuf,
    /// The name of its log, unlike that of every other one [default: the name of this machine, and `/drills`].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Do what is due now and end, for timers of others.
    #[arg(long)]
    once: bool,
    /// The endpoint of every service, for emulators and private endpoints [default: AWS's own chain].
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// The named profile of AWS's shared configuration [default: AWS's own chain].
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

impl Arguments {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.context("the system does not let the program wait")?;
        let came = runtime.block_on(run(self.options()?));
        runtime.shutdown_timeout(Duration::from_secs(1));
        ended(came?)
    }

    fn options(&self) -> anyhow::Result<Options> {
        let name = match &self.name {
            Some(name) => plain_name("log", name)?.to_owned(),
            None => format!("{}/drills", world::host()),
        };
        let aws =
            Settings { endpoint_url: self.endpoint_url.clone(), profile: self.profile.clone(), ..Settings::default() };
        let rhythm = if self.once { Rhythm::Once } else { Rhythm::Always };
        let home = Home { directory: self.directory.clone(), name };
        Ok(Options { configuration: self.configuration.config.clone(), home, aws, rhythm })
    }
}

fn ended(came: Came) -> anyhow::Result<()> {
    let (code, why) = match came {
        Came::Good => return Ok(()),
        Came::Failed => (1, "a backup did not come back"),
        Came::Unverified => (3, "nobody can tell whether a backup comes back"),
        Came::Refused => (4, "a drill is due, and is not allowed"),
        Came::Operator => (5, "something was left behind, or waits for a person"),
    };
    Err(Ended { code, why }.into())
}
