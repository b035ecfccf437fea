//! What a person at the terminal is asked, and what they are told where nobody is there.

use std::collections::BTreeMap;

use anyhow::{Context as _, anyhow};
use trackera_operations::runbook::Runbook;
use trackera_operations::runner::Pause;

use crate::evidence;
use crate::exit_codes::ExitCode;
use crate::failure::Failure;
use crate::render::{self, Screen};
use crate::world;

/// Asks a question whose answer is no unless somebody says yes.
///
/// # Errors
/// Fails when nobody is there to be asked, and when they say no.
pub(crate) fn confirm(screen: &Screen, question: &str, instead: &str) -> Result<(), Failure> {
    if !world::is_typed_into() {
        return Err(Failure::usage(anyhow!("nobody is there to be asked")).hint(instead.to_owned()));
    }
    match says_yes(screen, question)? {
        true => Ok(()),
        false => Err(Failure::new(ExitCode::Refused, anyhow!("nothing was done"))),
    }
}

/// Asks for the parameters that have no value; what is not allowed is asked for again, and nothing else.
///
/// # Errors
/// Fails when the terminal cannot be read. Where nobody is there, what is missing stays missing.
pub(crate) fn parameters(
    screen: &Screen,
    runbook: &Runbook,
    mut values: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Failure> {
    if !world::is_typed_into() {
        return Ok(values);
    }
    for (name, parameter) in &runbook.parameters {
        while parameter.default.is_none() && !values.contains_key(name) {
            screen.say(&render::runbook::asked(screen.talk, name, parameter));
            let Some(typed) = line()? else { return Ok(values) };
            match parameter.value(Some(&typed)) {
                Ok(_) => drop(values.insert(name.clone(), typed)),
                Err(why) => screen.say(&render::runbook::not_allowed(screen.talk, name, &why)),
            }
        }
    }
    Ok(values)
}

/// Asks a person whether a step is done that only they can do, and for what shows it. None where nobody is there, or
/// where it is not done yet.
///
/// # Errors
/// Fails when the terminal or a named file cannot be read.
pub(crate) fn manual(screen: &Screen, pause: &Pause) -> Result<Option<Option<Vec<u8>>>, Failure> {
    let Pause::Manual { step, ask, evidence: is_required } = pause else { return Ok(None) };
    if !world::is_typed_into() {
        return Ok(None);
    }
    screen.say(&render::run::asked(screen.talk, step, ask));
    if !says_yes(screen, "Done?")? {
        return Ok(None);
    }
    loop {
        screen.say(if *is_required {
            "Evidence (text, or @FILE): "
        } else {
            "Evidence, if there is any (text, or @FILE): "
        });
        match line()?.as_deref() {
            None => return Ok(None),
            Some("") if *is_required => {}
            Some("") => return Ok(Some(None)),
            Some(typed) => match evidence::read(typed) {
                Ok(found) => return Ok(Some(Some(found))),
                Err(failure) => screen.say(&render::failure::failure(screen.talk, &failure)),
            },
        }
    }
}

fn says_yes(screen: &Screen, question: &str) -> Result<bool, Failure> {
    screen.say(&format!("{question} [y/N] "));
    Ok(line()?.is_some_and(|answer| matches!(answer.as_str(), "y" | "Y" | "yes")))
}

/// What was typed, without blanks around it; none at the end of what is typed.
fn line() -> Result<Option<String>, Failure> {
    let typed = world::read_line().context("cannot read the answer")?;
    Ok(typed.ends_with('\n').then(|| typed.trim().to_owned()))
}
