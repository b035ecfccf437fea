//! The programs of PostgreSQL on this machine, and how they are run: bounded, unprivileged, cut off from the network.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, getegid, geteuid, kill_process_group};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::trouble::{Trouble, file};

/// How much of what a program says is kept.
const KEPT_BYTES: u64 = 64 * 1024;
/// The account that owns nothing, on every Linux.
const NOBODY: u32 = 65_534;
/// Where Debian and the others put the programs of one major version.
const USUAL: [&str; 2] = ["/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin"];

/// The programs of one major version.
#[derive(Clone, Debug)]
pub struct Programs {
    directory: PathBuf,
    /// The major version.
    pub major: u32,
}

impl Programs {
    /// Finds the programs of a major version in the usual places, then in `others`.
    ///
    /// # Errors
    /// Fails when they are in none of these.
    pub fn find(major: u32, others: &[PathBuf]) -> Result<Self, Trouble> {
        let usual = USUAL.iter().map(|place| PathBuf::from(place.replace("{}", &major.to_string())));
        let told = others.iter().filter(|place| told_major(&place.join("pg_restore")) == Some(major)).cloned();
        let complete = |place: &PathBuf| place.join("pg_restore").is_file() && place.join("initdb").is_file();
        let directory = usual.chain(told).find(complete).ok_or(Trouble::NoPrograms(major))?;
        Ok(Self { directory, major })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// The major version that a program tells of itself.
fn told_major(program: &Path) -> Option<u32> {
    let said = Command::new(program).arg("--version").env_clear().output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    said.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok())
}

/// Whom programs run as.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    switch: bool,
}

impl Account {
    /// This process' own account, or the named one when this process is root.
    pub(crate) fn find(name: &str) -> Result<Self, Trouble> {
        if !geteuid().is_root() {
            return Ok(Self::own());
        }
        let accounts = Path::new("/etc/passwd");
        let text = std::fs::read_to_string(accounts).map_err(file(accounts))?;
        let parse = |line: &str| {
            let mut fields = line.split(':');
            (fields.next()? == name).then_some(())?;
            let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
            Some(Self { uid, gid, switch: true })
        };
        text.lines().find_map(parse).ok_or_else(|| Trouble::NoAccount(name.to_owned()))
    }

    pub(crate) fn own() -> Self {
        Self { uid: geteuid().as_raw(), gid: getegid().as_raw(), switch: false }
    }

    /// An account that nothing here belongs to; none where this process cannot become another.
    pub(crate) fn stranger() -> Option<Self> {
        geteuid().is_root().then_some(Self { uid: NOBODY, gid: NOBODY, switch: true })
    }

    /// Gives a file or directory to this account.
    pub(crate) fn give(self, path: &Path) -> Result<(), Trouble> {
        if !self.switch {
            return Ok(());
        }
        std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid)).map_err(file(path))
    }
}

/// Whether a program sees the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// It sees what this process sees.
    Shared,
    /// It has an empty one of its own.
    None,
}

/// A program that is about to run.
pub(crate) struct Call<'a> {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: &'a [(String, String)],
    pub(crate) account: Account,
    pub(crate) network: Network,
}

impl Call<'_> {
    /// The command, with the account and the network in front of it where they differ from ours.
    pub(crate) fn command(&self) -> Command {
        let mut command = match (self.network, self.account.switch) {
            (Network::Shared, false) => Command::new(&self.program),
            (Network::Shared, true) => {
                let mut command = Command::new(&self.program);
                command.uid(self.account.uid).gid(self.account.gid);
                command
            }
            (Network::None, switch) => {
                let mut command = Command::new("unshare");
                command.arg("--net");
                if switch {
                    command.arg(format!("--setuid={}", self.account.uid));
                    command.arg(format!("--setgid={}", self.account.gid));
                } else {
                    command.args(["--user", "--map-current-user"]);
                }
                command.arg("--").arg(&self.program);
                command
            }
        };
        command.args(&self.arguments).env_clear().current_dir("/").process_group(0).stdin(Stdio::null());
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LC_ALL", "C");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn name(&self) -> String {
        self.program.file_name().unwrap_or_else(|| OsStr::new("program")).to_string_lossy().into_owned()
    }

    /// Starts it; what it writes is read by the caller or kept.
    pub(crate) fn start(&self) -> Result<Running, Trouble> {
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(file(&self.program))?;
        let stdout = child.stdout.take();
        let stderr = child.stderr.take();
        let said = spawn_blocking(move || stderr.map(kept).unwrap_or_default());
        Ok(Running { name: self.name(), end: End(Pid::from_child(&child).into()), child, stdout, said })
    }

    /// Runs it to its end.
    pub(crate) async fn run(&self, limit: Duration) -> Result<Ended, Trouble> {
        let mut running = self.start()?;
        let stdout = running.stdout.take();
        let reading = spawn_blocking(move || stdout.map(kept).unwrap_or_default());
        let mut ended = running.finish(limit).await?;
        ended.printed = reading.await.unwrap_or_default();
        Ok(ended)
    }
}

/// Keeps the first part of what a program says, and lets it say the rest.
fn kept(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    let first = stream.by_ref().take(KEPT_BYTES).read_to_end(&mut bytes);
    let rest = std::io::copy(&mut stream, &mut std::io::sink());
    if first.is_err() || rest.is_err() {
        bytes.extend_from_slice(b"\n(its words could not be read to their end)");
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Ends a program and whatever it started, unless it ended by itself.
struct End(Option<Pid>);

impl Drop for End {
    fn drop(&mut self) {
        if let Some(group) = self.0.take() {
            // It may have ended meanwhile, which is what is wanted.
            let _ended = kill_process_group(group, Signal::KILL);
        }
    }
}

/// A program that runs. It is ended when this value goes.
pub(crate) struct Running {
    name: String,
    end: End,
    child: Child,
    pub(crate) stdout: Option<ChildStdout>,
    said: JoinHandle<String>,
}

/// How a program ended.
pub(crate) struct Ended {
    pub(crate) name: String,
    pub(crate) status: ExitStatus,
    pub(crate) said: String,
    pub(crate) printed: String,
}

impl Running {
    /// Waits for the end of it, for a limited time.
    pub(crate) async fn finish(self, limit: Duration) -> Result<Ended, Trouble> {
        let Self { name, mut end, mut child, stdout: _, said } = self;
        let waiting = spawn_blocking(move || child.wait());
        let Ok(waited) = tokio::time::timeout(limit, waiting).await else {
            return Err(Trouble::TooSlow { what: format!("`{name}`"), limit });
        };
        end.0 = None;
        let lost = || Trouble::Program { program: name.clone(), said: "its end was not seen".to_owned() };
        let status = waited.ok().and_then(Result::ok).ok_or_else(lost)?;
        let said = said.await.unwrap_or_default();
        Ok(Ended { name, status, said, printed: String::new() })
    }
}

impl Ended {
    /// Its failure as an error that quotes nothing.
    pub(crate) fn failure(&self) -> Trouble {
        Trouble::Program { program: self.name.clone(), said: without_quotes(first_error(&self.said)) }
    }
}

/// The first line that speaks of an error.
pub(crate) fn first_error(said: &str) -> &str {
    let of_error = |line: &&str| ["error:", "ERROR:", "FATAL:", "fatal:"].iter().any(|word| line.contains(word));
    said.lines().find(of_error).or_else(|| said.lines().next()).unwrap_or("it said nothing")
}

/// A line without anything that it quotes, which could be the value of a row.
fn without_quotes(line: &str) -> String {
    let mut kept = String::new();
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                if quoted {
                    kept.push('…');
                }
            }
            '(' | '\'' if !quoted => return kept + "…",
            _ if !quoted => kept.push(character),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_quotes_is_not_repeated() {
        let said = "notice\npg_restore: error: COPY failed for table \"accounts\": Key (email)=(a@b.example) exists";
        let told = without_quotes(first_error(said));
        assert_eq!(told, "pg_restore: error: COPY failed for table …: Key …");
    }
}
