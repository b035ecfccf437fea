//! `approve --standing DRILL`: agreeing to every run of a schedule, within bounds and for a while.

use std::collections::BTreeMap;

use anyhow::anyhow;
use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use trackera_operations::approval::{Bound, Standing};
use trackera_operations::drill::schedule::{least, scheduled};

use super::{Context, Hand, leave, refused};
use crate::coordination::shared;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::procedures::{Procedure, actions, told};
use crate::settings::InForce;
use crate::world::Settings;
use crate::{render, world};

/// Agrees to every run of a scheduled drill.
///
/// # Errors
/// Refuses what has no schedule, and whoever asks.
pub(super) fn approve(
    context: &Context<'_>,
    hand: &Hand,
    (drill, requester, days): (&str, &str, u8),
) -> Result<ExitCode, Failure> {
    let in_force = InForce::read(context.config, &[])?;
    let shared = shared(&in_force)?;
    let (_runtime, actions) = actions(&in_force, &Settings::default())?;
    let procedure = Procedure::find(&in_force, &actions, drill)?;
    let schedule = match &procedure {
        Procedure::Drill(declared) => declared.drill.every.as_ref(),
        Procedure::Runbook(_) => None,
    };
    let Some(schedule) = schedule else {
        let error = anyhow!("`{}` has no schedule, and each run of it is approved for itself", procedure.id());
        return Err(refused(error).hint("give the drill an `every`".to_owned()));
    };
    let plan = scheduled(procedure.plan((&in_force, &actions), BTreeMap::new())?);
    let from = world::now();
    let until = from.checked_add(SignedDuration::from_hours(24 * i64::from(days)))?;
    let paper = Standing {
        procedure: plan.procedure(),
        requester: requester.to_owned(),
        every: least(schedule, from, until),
        bounds: plan.parameters.iter().map(|(name, value)| (name.clone(), bound(value))).collect(),
        from,
        until,
    };
    let talk = context.screen.talk;
    context.screen.say(&render::plan::plan(talk, procedure.title(), &plan, &told(&plan, &actions)));
    context.screen.say(&render::approve::stands(talk, &paper));
    let handed = hand.sign(context, paper)?;
    let by = leave(&shared, &handed, Some(requester))?;
    context.screen.print(&render::approve::standing(context.screen.look, procedure.id(), &handed.paper, &by))?;
    Ok(ExitCode::Good)
}

/// What a parameter may be: a truth may be both, because every so often a copy is damaged on purpose; all else stays.
fn bound(value: &Json) -> Bound {
    match value {
        Json::Bool(_) => Bound::OneOf(vec![json!(false), json!(true)]),
        other => Bound::OneOf(vec![other.clone()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truth_may_be_both_and_all_else_stays_what_it_is() {
        assert_eq!(bound(&json!(false)), bound(&json!(true)));
        assert!(!bound(&json!("eu-west-1")).allows(&json!("eu-central-1")));
    }
}
