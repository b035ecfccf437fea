//! Starts and stops the process that serves a lab.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::control::Control;
use crate::home::Home;
use crate::process;

const READY_WITHIN: Duration = Duration::from_secs(60);
const STOPPED_WITHIN: Duration = Duration::from_secs(20);
const SHOWN_OF_LOG: u64 = 2000;

/// How long the lab lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lifetime {
    /// Until `down`.
    Detached,
    /// As long as this process at most.
    Attached,
}

/// Starts the lab of this home and waits until it answers. The child's standard input keeps an attached lab alive.
pub(crate) fn start(home: &Home, lifetime: Lifetime) -> anyhow::Result<Child> {
    check(home)?;
    std::fs::create_dir_all(home.path()).with_context(|| format!("cannot create `{}`", home.path().display()))?;
    let log_path = home.file("lab.log");
    let log = File::create(&log_path).with_context(|| format!("cannot create `{}`", log_path.display()))?;
    let mut command = server(home);
    command.args(["--name", home.name()]);
    match lifetime {
        Lifetime::Detached => command.arg("--detach").stdin(Stdio::null()),
        Lifetime::Attached => command.args(["--detach", "--follow-stdin"]).stdin(Stdio::piped()),
    };
    command.stdout(log.try_clone().context("cannot share the log")?).stderr(log);
    let mut child = command.spawn().context("cannot start the lab's server")?;
    match wait_until_ready(home, &mut child) {
        Ok(()) => Ok(child),
        Err(error) => {
            drop(child.kill());
            drop(child.wait());
            Err(error.context(format!("the lab did not come up; the end of its log:\n{}", tail(&log_path))))
        }
    }
}

fn wait_until_ready(home: &Home, child: &mut Child) -> anyhow::Result<()> {
    let until = Instant::now() + READY_WITHIN;
    while Instant::now() < until {
        if let Some(status) = child.try_wait().context("cannot watch the lab")? {
            bail!("it ended with {status}");
        }
        if home.announcement().is_some_and(|lab| Control::at(&lab.endpoint).is_lab(home)) {
            return Ok(());
        }
        process::pause();
    }
    bail!("it did not answer within {} seconds", READY_WITHIN.as_secs())
}

/// Stops the lab of this home, politely first, and removes all it left. Says whether there was one.
pub(crate) fn stop(home: &Home) -> anyhow::Result<bool> {
    let mut was_running = false;
    if let Some(lab) = home.announcement() {
        was_running = process::serves(lab.pid, home.path());
        if was_running {
            drop(Control::at(&lab.endpoint).post("shutdown", &serde_json::json!({})));
        }
        if !process::ended(lab.pid, home.path(), STOPPED_WITHIN) {
            process::signal(lab.pid, rustix::process::Signal::KILL);
        }
    }
    clean(home)?;
    Ok(was_running)
}

/// Removes what a lab left behind when it was killed: databases that outlived it, and its directory.
pub(crate) fn clean(home: &Home) -> anyhow::Result<()> {
    if !home.path().exists() {
        return Ok(());
    }
    if check(home).is_ok() {
        let status = server(home).arg("--clean").stdin(Stdio::null()).status();
        if !status.is_ok_and(|status| status.success()) {
            bail!("cannot stop what the lab `{}` left running: see `{}`", home.name(), home.path().display());
        }
    }
    home.remove()
}

fn server(home: &Home) -> Command {
    let mut command = Command::new(home.settings().python());
    command.args(["-m", "trackera_lab", "--home"]).arg(home.path());
    command.env("PYTHONPATH", home.settings().sources()).env_remove("PYTHONHOME").current_dir("/");
    command
}

/// What must be there before a lab can start, and how to get it.
fn check(home: &Home) -> anyhow::Result<()> {
    let (python, sources) = (home.settings().python(), home.settings().sources());
    if !python.exists() {
        bail!("the lab's Python environment is missing, there is no `{}`: run `make setup`", python.display());
    }
    if !sources.join("trackera_lab").is_dir() {
        bail!("the lab's server is not in `{}`: set --server to `lab/server` of a checkout", sources.display());
    }
    Ok(())
}

fn tail(path: &Path) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(SHOWN_OF_LOG)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().unwrap_or_default()
}
