//! `trackera-lab run`.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, anyhow};
use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::up;
use super::variant::{Extent, Variant};
use crate::control::Control;
use crate::failure::Outcome;
use crate::home::Home;
use crate::settings::Settings;
use crate::{environment, process, render, server};

/// Run a command with a lab of its own, and take the lab down afterwards
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Fill the estate first
    #[arg(long, value_name = "VARIANT")]
    seed: Option<Variant>,
    #[command(flatten)]
    extent: Extent,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// No process is running yet, or it has ended.
const NOBODY: u32 = 0;

/// Runs the command; the lab goes down whatever happens, even when this process is killed.
pub(crate) fn run(settings: &Settings, arguments: &Arguments) -> Outcome<ExitCode> {
    let command_pid = Arc::new(AtomicU32::new(NOBODY));
    forward_signals(&command_pid)?;
    let home = Home::of(&own_name(), settings)?;
    home.prepare_base()?;
    server::clean(&home)?;
    let mut lab = server::start(&home, server::Lifetime::Attached)?;
    let result = with_lab(&home, arguments, &command_pid);
    stop(&home, &mut lab);
    Ok(exit_code(result?))
}

fn with_lab(home: &Home, arguments: &Arguments, command_pid: &AtomicU32) -> Outcome<ExitStatus> {
    let control = Control::of(home)?;
    if let Some(variant) = arguments.seed {
        up::fill(&control, variant, arguments.extent)?;
    }
    let (program, rest) = arguments.command.split_first().ok_or_else(|| anyhow!("there is no command to run"))?;
    let mut command = Command::new(program);
    command.args(rest).envs(environment::variables(home.name(), control.endpoint()));
    for name in environment::UNSET {
        command.env_remove(name);
    }
    let mut child = command.spawn().with_context(|| format!("cannot run `{program}`"))?;
    command_pid.store(child.id(), Ordering::SeqCst);
    let status = child.wait().with_context(|| format!("cannot wait for `{program}`"))?;
    command_pid.store(NOBODY, Ordering::SeqCst);
    Ok(status)
}

/// Hands signals on to the command instead of dying of them, so that the lab is always taken down after it.
fn forward_signals(command_pid: &Arc<AtomicU32>) -> anyhow::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot watch for signals")?;
    let command_pid = Arc::clone(command_pid);
    std::thread::spawn(move || {
        for number in signals.forever() {
            let pid = command_pid.load(Ordering::SeqCst);
            if pid == NOBODY {
                leave(number);
            }
            let signal = if number == SIGHUP { Signal::HUP } else { Signal::TERM };
            // Ctrl-C reaches the whole foreground group by itself; everything else reaches only this process.
            if number != SIGINT || !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
                process::signal(pid, signal);
            }
        }
    });
    Ok(())
}

/// Ends at once while the lab is coming up or going down.
#[expect(clippy::disallowed_methods, reason = "`main` may be waiting for minutes; the lab ends when this process does")]
fn leave(number: i32) -> ! {
    std::process::exit(128 + number)
}

fn stop(home: &Home, lab: &mut Child) {
    drop(lab.stdin.take());
    if let Err(error) = server::stop(home) {
        render::talk(&format!("warning: {error:#}"));
    }
    drop(lab.kill());
    drop(lab.wait());
}

/// A name that no other run has at the same time. An earlier process of this number has gone, and so has its lab.
fn own_name() -> String {
    format!("run-{}", std::process::id())
}

/// The command's own code, or, as a shell has it, 128 and the signal that ended it.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
