//! `approve list`: the runs that wait for somebody, and what was agreed.

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use trackera_operations::approval::{
    self, Approval, Approvals as _, Filed, NotApproved, Office, Request, Reviewed, Standing,
};
use trackera_operations::plan::Plan;
use trackera_operations::state::RunState;

use super::{Context, silent};
use crate::cli::Output;
use crate::coordination::shared;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::procedures::needs_approval;
use crate::settings::InForce;
use crate::world::Shared;
use crate::{render, world};

const AFTER_HELP: &str = "\
Everything is judged now: an approval that expired, whose signer is suspended or
whose key may not sign any more counts for nothing.

Exit codes: 0 good, 3 the store does not answer, 5 a run waits for somebody, or
somebody should have looked by now at what another one did alone.

Example:
  trackera-ops approve list";

/// List the runs that wait for an approval, and what was agreed.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Arguments {
    /// How the list is printed.
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

/// What lies in the store.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    /// The runs that wait.
    pub(crate) waiting: Vec<Waiting>,
    /// What was agreed to single runs, and has not expired.
    pub(crate) approvals: Vec<Line>,
    /// What was agreed to schedules, and has not expired.
    pub(crate) standing: Vec<Line>,
    /// Who wants to go on alone or has, until somebody else has looked at it.
    pub(crate) alone: Vec<Alone>,
    /// Who counts for nothing.
    pub(crate) suspended: Vec<String>,
}

/// A run that waits for somebody.
#[derive(Debug, Serialize)]
pub(crate) struct Waiting {
    /// The run.
    pub(crate) run: String,
    /// What it is a run of.
    pub(crate) name: String,
    /// Who asks.
    pub(crate) requester: String,
    /// Since when.
    pub(crate) started_at: Timestamp,
    /// How many people are missing.
    pub(crate) missing: u8,
    /// Why what was found counts for nothing.
    pub(crate) disregarded: Vec<String>,
}

/// A paper in a line.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    /// What it is about: a run, or the digest of a procedure.
    pub(crate) about: String,
    /// Who signed it; none where the signature counts for nothing.
    pub(crate) by: Option<String>,
    /// Why it counts for nothing.
    pub(crate) why_not: Option<String>,
    /// Who asks.
    pub(crate) requester: String,
    /// Until when it counts.
    pub(crate) at: Timestamp,
}

/// Somebody who wants to go on alone, or has.
#[derive(Debug, Serialize)]
pub(crate) struct Alone {
    /// The run.
    pub(crate) run: String,
    /// Who.
    pub(crate) requester: String,
    /// Why, as they typed it.
    pub(crate) reason: String,
    /// Since when they ask, by the clock of the store.
    pub(crate) asked_at: Timestamp,
    /// From when on they may.
    pub(crate) from: Option<Timestamp>,
    /// When somebody else should have looked at it; none where nobody has gone on alone yet.
    pub(crate) review_due: Option<Timestamp>,
    /// Whether that moment is past.
    pub(crate) is_overdue: bool,
}

impl Alone {
    /// What is still of interest of one who goes on alone.
    pub(super) fn of(alone: &approval::Alone, now: Timestamp) -> Option<Self> {
        let question = &alone.asked.emergency.question;
        let review_due = match alone.reviewed {
            Reviewed::Due(due) => Some(due),
            Reviewed::NotNeeded if alone.is_open => None,
            Reviewed::NotNeeded | Reviewed::By(_) => return None,
        };
        Some(Self {
            run: question.run.to_string(),
            requester: question.requester.clone(),
            reason: alone.asked.emergency.reason.clone(),
            asked_at: alone.asked.at,
            from: alone.from,
            review_due,
            is_overdue: alone.is_overdue(now),
        })
    }
}

impl Arguments {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let in_force = InForce::read(context.config, &[])?;
        let shared = shared(&in_force)?;
        let listed = world::wait(listed(&shared))??;
        context.print(self.output, &listed, |look| render::approve::list(look, &listed))?;
        let is_overdue = listed.alone.iter().any(|alone| alone.is_overdue);
        Ok(if listed.waiting.is_empty() && !is_overdue { ExitCode::Good } else { ExitCode::Operator })
    }
}

async fn listed(shared: &Shared) -> Result<Listed, Failure> {
    let (office, now) = (shared.office(), world::now());
    let open = shared.copies().open().await.map_err(|error| Failure::new(ExitCode::Unverified, error))?;
    let mut waiting = Vec::new();
    for (state, plan) in open.iter().filter(|(_, plan)| needs_approval(plan)) {
        waiting.extend(missing(&office, state, plan).await?);
    }
    let approvals = office.filed::<Approval>().await.map_err(silent)?.into_iter();
    let standing = office.filed::<Standing>().await.map_err(silent)?.into_iter();
    let alone = office.alone(&shared.copies()).await.map_err(silent)?;
    Ok(Listed {
        waiting,
        approvals: approvals
            .filter(|filed| filed.paper.expires >= now)
            .map(|filed| {
                let paper = &filed.paper;
                line(&filed, (paper.question.run.to_string(), &paper.question.requester, paper.expires))
            })
            .collect(),
        standing: standing
            .filter(|filed| filed.paper.until >= now)
            .map(|filed| {
                let paper = &filed.paper;
                line(&filed, (paper.procedure.to_string(), &paper.requester, paper.until))
            })
            .collect(),
        alone: alone.iter().filter_map(|alone| Alone::of(alone, now)).collect(),
        suspended: office.suspended().await.map_err(silent)?.into_iter().collect(),
    })
}

/// What a run waits for, if it does.
async fn missing(office: &Office, state: &RunState, plan: &Plan) -> Result<Option<Waiting>, Failure> {
    let requester = &state.started.requester;
    let request = Request { run: &state.run, plan, requester, started_at: state.started_at, history: &[] };
    match office.approved(&request).await {
        Ok(_) => Ok(None),
        Err(NotApproved::Missing { needed, disregarded }) => Ok(Some(Waiting {
            run: state.run.to_string(),
            name: state.started.name.clone(),
            requester: requester.clone(),
            started_at: state.started_at,
            missing: needed,
            disregarded,
        })),
        Err(unread @ NotApproved::Unread(_)) => Err(silent(unread)),
    }
}

fn line<P>(filed: &Filed<P>, (about, requester, at): (String, &str, Timestamp)) -> Line {
    let (by, why_not) = match &filed.by {
        Ok(by) => (Some(by.clone()), None),
        Err(why) => (None, Some(why.clone())),
    };
    Line { about, by, why_not, requester: requester.to_owned(), at }
}
