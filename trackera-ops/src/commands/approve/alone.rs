//! `approve --break-glass RUN`: going on alone, with a reason, after a delay, told to everybody and looked at afterwards.

use anyhow::anyhow;
use trackera_operations::approval::{Emergency, Question, SHORTEST_REASON};

use super::list::Alone;
use super::once::Sought;
use super::{Context, Hand, leave, refused, silent};
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::{render, world};

/// Goes on alone with a run of one's own.
///
/// # Errors
/// Refuses a reason that says nothing, a plan that lets nobody go on alone, and whoever did not ask.
pub(super) fn approve(context: &Context<'_>, hand: &Hand, (run, reason): (&str, &str)) -> Result<ExitCode, Failure> {
    if reason.trim().chars().count() < SHORTEST_REASON {
        let error = anyhow!("the reason is shorter than {SHORTEST_REASON} characters");
        return Err(Failure::usage(error).hint("say why nobody else can agree; everybody reads it".to_owned()));
    }
    let Sought { shared, state, plan } = Sought::of(context, run)?;
    let requester = &state.started.requester;
    let Some(rule) = &plan.approval.break_glass else {
        let error = anyhow!("the plan of run `{run}` lets nobody go on alone");
        return Err(refused(error).hint("another admin says `trackera-ops approve`".to_owned()));
    };
    let office = shared.office();
    let (copies, now) = (shared.copies(), world::now());
    let before = world::wait(office.alone(&copies))?.map_err(silent)?;
    let lines = before.iter().filter_map(|alone| Alone::of(alone, now)).filter(|line| line.review_due.is_some());
    context.screen.say(&render::approve::unreviewed(context.screen.talk, &lines.collect::<Vec<_>>()));
    let paper = Emergency { question: Question::of(&state.run, &plan, requester), reason: reason.trim().to_owned() };
    let handed = hand.sign(context, paper)?;
    if world::wait(office.signer(&handed))?.map_err(silent)?.is_ok_and(|by| by != *requester) {
        return Err(refused(anyhow!("`{requester}` asks for run `{run}`, and nobody else goes on alone with it"))
            .hint("if you agree to it, say `trackera-ops approve`".to_owned()));
    }
    leave(&shared, &handed, None)?;
    let after = world::wait(office.alone(&copies))?.map_err(silent)?;
    let own = after.iter().filter(|alone| alone.asked.emergency == handed.paper).min_by_key(|alone| alone.asked.at);
    let own =
        own.ok_or_else(|| Failure::new(ExitCode::Unverified, anyhow!("the store does not show what was left")))?;
    context.screen.print(&render::approve::goes_alone(context.screen.look, own, rule.review_within))?;
    Ok(ExitCode::Good)
}
