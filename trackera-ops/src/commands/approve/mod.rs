//! The verbs about approvals: agreeing to what somebody else asks for, and taking a signer's word away.

mod alone;
mod list;
mod once;
mod review;
mod standing;
mod suspend;

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::{Args, Subcommand};
use trackera_journal::cosign::SignatureError;
use trackera_operations::approval::{Handed, NotApproved, Paper, statement};
use trackera_operations::drill::schedule::REQUESTER;

use super::Context;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::world::Shared;
use crate::{asking, world};

pub(crate) use list::{Alone as AloneLine, Line as PaperLine, Listed};

const AFTER_HELP: &str = "\
This machine makes the plan again, out of its own files, and shows it; a plan
that differs is not signed. Who asks never approves, and one person's keys are
one person. The signature is made by `ssh-keygen -Y sign`, so agents and FIDO2
keys work; the key must be among the allowed signers that trackera.yaml names,
and the approval lies in the store that `journal.coordination` names.

A standing approval is for a scheduled drill, until a file that the drill, the
configuration or the allowed signers stand in changes, and for at most 90 days.

Where a plan allows it, whoever asks goes on alone with --break-glass: after the
plan's delay, by the clock of the store, and with a reason. The agent tells
everybody, and somebody else looks at it afterwards with `approve review`.

Exit codes: 0 approved, 2 usage, 3 the store does not answer, 4 refused.

Examples:
  trackera-ops approve switch-dns-261121031500 --sign-with ~/.ssh/id_ed25519.pub
  trackera-ops approve --standing product-dump --days 90 --sign-with ~/.ssh/id_ed25519.pub
  trackera-ops approve --break-glass switch-dns-261121031500 --sign-with ~/.ssh/id_ed25519.pub \\
    --reason \"Jonas is on a plane, and customers cannot log in\"
  trackera-ops approve list
  trackera-ops approve suspend jonas --sign-with ~/.ssh/id_ed25519.pub";

/// Agree to a run that somebody else began, or to every run of a scheduled drill.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// The run; `approve list` shows those that wait.
    #[arg(required_unless_present_any = ["standing", "break_glass"])]
    run: Option<String>,
    /// Go on with your own run alone: nobody else can be reached.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["run", "standing"], requires = "reason")]
    break_glass: Option<String>,
    /// Why nobody else can agree, in at least twenty characters; everybody reads it.
    #[arg(long, value_name = "TEXT", requires = "break_glass")]
    reason: Option<String>,
    /// Agree to every run of this scheduled drill.
    #[arg(long, value_name = "DRILL", conflicts_with = "run", requires = "days")]
    standing: Option<String>,
    /// For how many days, 90 at most.
    #[arg(long, value_name = "NUMBER", requires = "standing", value_parser = clap::value_parser!(u8).range(1..=90))]
    days: Option<u8>,
    /// Who asks for the runs of the schedule: the process that carries them out.
    #[arg(long, value_name = "NAME", requires = "standing", default_value = REQUESTER)]
    requester: String,
    #[command(flatten)]
    hand: Option<Hand>,
}

/// How something is signed.
#[derive(Debug, Args)]
struct Hand {
    /// Your private key, or your public key when an agent holds the other half.
    #[arg(long, value_name = "FILE", required = true)]
    sign_with: PathBuf,
    /// Do not ask before signing.
    #[arg(long)]
    yes: bool,
}

/// What can be said about approvals besides giving one.
#[derive(Debug, Subcommand)]
enum Verb {
    List(list::Arguments),
    Suspend(suspend::Arguments),
    Review(review::Arguments),
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        match (&self.verb, &self.hand) {
            (Some(Verb::List(arguments)), _) => arguments.run(context),
            (Some(Verb::Suspend(arguments)), _) => arguments.run(context),
            (Some(Verb::Review(arguments)), _) => arguments.run(context),
            (None, None) => Err(Failure::usage(anyhow!("nobody says whose key signs")).hint(named())),
            (None, Some(hand)) => match (&self.run, (&self.standing, self.days), (&self.break_glass, &self.reason)) {
                (_, (Some(drill), Some(days)), _) => standing::approve(context, hand, (drill, &self.requester, days)),
                (_, _, (Some(run), Some(reason))) => alone::approve(context, hand, (run, reason)),
                (Some(run), ..) => once::approve(context, hand, run),
                (None, ..) => Err(Failure::usage(anyhow!("nobody says which run"))),
            },
        }
    }
}

fn named() -> String {
    "name the key with --sign-with".to_owned()
}

impl Hand {
    /// Signs a paper, unless the person says no.
    ///
    /// # Errors
    /// Fails when nobody is there to be asked, when they say no, and when `ssh-keygen` does not sign.
    fn sign<P: Paper>(&self, context: &Context<'_>, paper: P) -> Result<Handed<P>, Failure> {
        if !self.yes {
            asking::confirm(context.screen, "Sign?", "read what is shown, then say --yes")?;
        }
        signed(&self.sign_with, paper)
    }
}

fn signed<P: Paper>(key: &Path, paper: P) -> Result<Handed<P>, Failure> {
    let signature = trackera_journal::cosign::sign(key, P::NAMESPACE, statement(&paper).as_bytes());
    Ok(Handed { signature: signature.map_err(Failure::usage)?, paper })
}

/// Leaves a paper for what somebody else asks, if its signature would count.
fn leave<P: Paper>(shared: &Shared, handed: &Handed<P>, asker: Option<&str>) -> Result<String, Failure> {
    let office = shared.office();
    let by = world::wait(async {
        match asker {
            Some(asker) => office.signer_for(handed, asker).await,
            None => office.signer(handed).await,
        }
    })?;
    let by = by.map_err(silent)?.map_err(|error| disregarded(error, asker))?;
    world::wait(office.leave(handed))?.map_err(silent)?;
    Ok(by)
}

/// Who must do what when a signature would count for nothing.
fn disregarded(error: SignatureError, asker: Option<&str>) -> Failure {
    let hint = match &error {
        SignatureError::OwnKey(_) => format!("somebody else than `{}` must sign", asker.unwrap_or_default()),
        SignatureError::Suspended => {
            "another admin, who is not suspended, signs; or says `trackera-ops approve suspend --lift`".to_owned()
        }
        _ => "sign with a key that the file of `journal.allowed_signers` gives to you for this; another admin adds one"
            .to_owned(),
    };
    refused(anyhow!("your signature would count for nothing: {error}")).hint(hint)
}

fn refused(error: anyhow::Error) -> Failure {
    Failure::new(ExitCode::Refused, error)
}

/// The store that papers lie in does not answer.
fn silent(error: NotApproved) -> Failure {
    Failure::new(ExitCode::Unverified, error).hint("is the store of `journal.coordination` reachable?".to_owned())
}
