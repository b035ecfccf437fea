//! `approve review`: somebody else looked at a run that one person carried out alone.

use anyhow::{Error, anyhow};
use clap::Args;
use trackera_operations::approval::{Asked, Review, Reviewed};
use trackera_operations::id::RunId;

use super::{Context, Hand, leave, refused, silent};
use crate::carrying::Carrier;
use crate::coordination::shared;
use crate::exit_codes::ExitCode;
use crate::facts::Live;
use crate::failure::Failure;
use crate::runs::Here;
use crate::settings::InForce;
use crate::world::Shared;
use crate::{render, world};

const AFTER_HELP: &str = "\
Look at `run show` and at what the run changed, and say what you found. Whoever
went on alone reviews nothing of their own, and one person's keys are one person.

Exit codes: 0 it is reviewed, 2 usage, 3 the store does not answer, 4 refused.

Example:
  trackera-ops approve review switch-dns-261121031500 --sign-with ~/.ssh/id_ed25519.pub \\
    --found \"the name points where it should, and the reason holds\"";

/// Say that you looked at a run that somebody carried out alone.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Arguments {
    /// The run; `approve list` shows those that are due.
    run: String,
    /// What you found.
    #[arg(long, value_name = "TEXT")]
    found: String,
    #[command(flatten)]
    hand: Hand,
    #[command(flatten)]
    here: Here,
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let shared = shared(&in_force)?;
        let run: RunId = self.run.parse().map_err(|error| Failure::usage(Error::new(error)))?;
        let alone = world::wait(shared.office().alone(&shared.copies()))?.map_err(silent)?;
        let done = alone
            .iter()
            .find(|alone| alone.asked.emergency.question.run == run && alone.reviewed != Reviewed::NotNeeded);
        let by = match done.map(|alone| (&alone.reviewed, alone)) {
            Some((Reviewed::By(by), _)) => by.clone(),
            Some((_, alone)) => self.sign(context, (&shared, &alone.asked))?,
            None => {
                let error = anyhow!("nobody went on alone with a run `{run}`");
                return Err(refused(error).hint("`trackera-ops approve list` shows what is to be reviewed".to_owned()));
            }
        };
        let live = Live::default();
        let settled = Carrier::new(context, &in_force, (&self.here, &live))?.reviewed(&run, (&by, &self.found));
        let hint = "the review counts; say it again when nobody is at the run, so that its record says so too";
        settled.map_err(|failure| failure.hint(hint.to_owned()))?;
        context.screen.print(&render::approve::reviewed(context.screen.look, &self.run, &by))?;
        Ok(ExitCode::Good)
    }
    /// Signs what was found, and leaves it where machines meet.
    fn sign(&self, context: &Context<'_>, (shared, asked): (&Shared, &Asked)) -> Result<String, Failure> {
        let requester = asked.emergency.question.requester.clone();
        let (found, at) = (self.found.trim().to_owned(), world::now());
        if found.is_empty() {
            return Err(Failure::usage(anyhow!("nobody says what was found")));
        }
        let paper = Review { emergency: asked.digest(), requester, found, at };
        let handed = self.hand.sign(context, paper)?;
        leave(shared, &handed, Some(&handed.paper.requester))
    }
}
