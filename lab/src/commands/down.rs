//! `trackera-lab down`.

use crate::failure::Outcome;
use crate::home::Home;
use crate::{render, server};

/// Stop the lab and remove all it left
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// Stops the lab; one that is not up is no failure.
pub(crate) fn run(home: &Home, _arguments: &Arguments) -> Outcome<()> {
    let lock = home.lock()?;
    let was_running = server::stop(home)?;
    home.unlock(lock);
    let what = if was_running { "is down" } else { "was not up" };
    render::talk(&format!("the lab `{}` {what}", home.name()));
    Ok(())
}
