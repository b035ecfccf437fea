//! `run watch`: follows a run in the journal of this machine, until it ends or nobody carries it out.

use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use trackera_operations::clock::Clock as _;
use trackera_operations::record::Record;
use trackera_operations::state::{RunState, fold};

use super::{Context, code, find};
use crate::cli::Output;
use crate::commands::drill;
use crate::drills::reports;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::runs::{Reading, Runs};
use crate::{render, world};

/// How often the journal is read.
const EVERY: Duration = Duration::from_millis(500);
/// So many times in a row must nobody be found writing before a run counts as left.
const PATIENCE: u8 = 4;

const AFTER_HELP: &str = "\
Shows what the journal of this machine tells of a run, and then what is written
as it goes on: a line for each step, or with `--output json` a line of JSON for
each record, as it stands in the journal. It changes nothing, and whoever
carries the run out does not notice.

Exit codes: as those of the run itself; 5 when it waits for somebody, or nobody
carries it out any more.

Examples:
  trackera-ops run watch
  trackera-ops run watch switch-dns-261121031500 --output json";

/// Follow a run until it ends.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The run [default: the one that was begun last].
    run: Option<String>,
    #[command(flatten)]
    reading: Reading,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let runs = self.reading.here.read()?;
        let run = self.which(&runs)?.run;
        let (mut told, mut alone) = (0, 0);
        loop {
            // Asked before the journal is read: what the last writer wrote is in it.
            let is_written = runs.is_written()?;
            let mut records = runs.records()?;
            records.retain(|record| record.run == run);
            for record in records.iter().skip(told) {
                self.tell(context, record)?;
            }
            told = records.len();
            alone = if is_written { 0 } else { alone + 1 };
            let state = fold(&records).map_err(|error| Failure::new(ExitCode::Unverified, error))?.pop();
            let state = state.ok_or_else(|| anyhow!("run `{run}` is in the journal no more"))?;
            if let Some(code) = self.ended(context, (&runs, &state), (is_written, alone))? {
                return Ok(code);
            }
            world::wait(world::Machine::new().sleep(EVERY))?;
        }
    }

    /// The run that was named, or the newest.
    fn which(&self, runs: &Runs) -> Result<RunState, Failure> {
        let newest = || {
            let nothing = || Failure::usage(anyhow!("nothing was ever begun on this machine"));
            runs.states()?.pop().ok_or_else(nothing)
        };
        self.run.as_deref().map_or_else(newest, |run| find(runs, run))
    }

    fn tell(&self, context: &Context<'_>, record: &Record) -> Result<(), Failure> {
        let line = match self.reading.output {
            Output::Json => Some(render::json::line(record)?),
            Output::Table => render::run::line(context.screen.look, record).map(|line| line + "\n"),
        };
        Ok(line.map_or(Ok(()), |line| context.screen.print(&line))?)
    }

    /// How the run ended, if it has, or if nobody goes on with it.
    fn ended(
        &self,
        context: &Context<'_>,
        (runs, state): (&Runs, &RunState),
        (is_written, alone): (bool, u8),
    ) -> Result<Option<ExitCode>, Failure> {
        if state.is_over() {
            let report = reports(runs)?.into_iter().rfind(|report| report.run == state.run.as_str());
            // What a drill showed is written down after its run.
            return Ok(match report {
                Some(report) => Some(drill::code(&report)),
                None => (!is_written).then(|| code(state)),
            });
        }
        if alone < PATIENCE && !state.needs_operator() {
            return Ok(None);
        }
        context.screen.say(&render::run::left(context.screen.talk, state.run.as_str()));
        Ok(Some(ExitCode::Operator))
    }
}
