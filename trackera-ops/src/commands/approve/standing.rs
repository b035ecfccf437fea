//! `approve --standing DRILL`: agreeing to every run of a schedule, within bounds and for a while.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::anyhow;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use trackera_core::policy::Schedule;
use trackera_core::recovery::drill::Restore;
use trackera_operations::approval::{Bound, Standing};

use super::{Context, Hand, leave, refused};
use crate::coordination::shared;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::procedures::{Procedure, actions, told};
use crate::settings::InForce;
use crate::world::Settings;
use crate::{render, world};

/// The least time between two runs, as a part of that of the schedule: no timer is exact.
const SLACK: (i32, i32) = (9, 10);

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
    check_place(&procedure)?;
    let plan = procedure.plan((&in_force, &actions), BTreeMap::new())?;
    let from = world::now();
    let until = from.checked_add(SignedDuration::from_hours(24 * i64::from(days)))?;
    let paper = Standing {
        procedure: plan.procedure(),
        requester: requester.to_owned(),
        every: shortest(schedule, from, until) / SLACK.1 * SLACK.0,
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

/// Refuses a plan that would not be the same on the machine that carries it out.
fn check_place(procedure: &Procedure) -> Result<(), Failure> {
    let Procedure::Drill(declared) = procedure else { return Ok(()) };
    match &declared.drill.restore {
        Restore::Dump(dump) if Path::new(&dump.directory).is_relative() => {
            let error = anyhow!("the directory `{}` of `{}` is relative", dump.directory, procedure.id());
            Err(refused(error).hint("name one that is the same on every machine, such as `/var/tmp/drills`".to_owned()))
        }
        Restore::Dump(_) | Restore::Instance(_) => Ok(()),
    }
}

/// The shortest time between two moments of a schedule.
fn shortest(schedule: &Schedule, from: Timestamp, until: Timestamp) -> SignedDuration {
    let moments: Vec<Timestamp> = std::iter::successors(schedule.next_after(from), |last| {
        schedule.next_after(*last).filter(|next| *next < until)
    })
    .collect();
    let gaps = moments.iter().zip(moments.iter().skip(1)).map(|(one, next)| next.duration_since(*one));
    gaps.min().unwrap_or_else(|| schedule.longest())
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
    fn the_shortest_time_of_a_schedule_is_what_two_runs_keep() {
        let [from, until] = ["2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"].map(|text| text.parse().unwrap());
        let week = Schedule::Every(SignedDuration::from_hours(168));
        assert_eq!(shortest(&week, from, until), SignedDuration::from_hours(168));
        assert_eq!(shortest(&week, from, from), SignedDuration::from_hours(168), "a schedule longer than the approval");
        assert_eq!(bound(&json!(false)), bound(&json!(true)));
        assert!(!bound(&json!("eu-west-1")).allows(&json!("eu-central-1")));
    }
}
