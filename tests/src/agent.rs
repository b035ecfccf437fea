//! A running agent for tests: its configuration, whoever it tells, and what it wrote down.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

pub use crate::hearer::{Hearer, Notice};
use crate::{Lab, binary, root};

/// No test waits longer for anything; the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// How an agent is started: it takes no signal for its limits, and has no more rights than others have.
const STARTED: &str = r#"trap '' XFSZ
if [ "$(id -u)" = 0 ]; then exec setpriv --bounding-set=-dac_override,-dac_read_search "$@"; fi
exec "$@""#;

/// An agent that says nothing for so long has nothing to say.
const QUIET: Duration = Duration::from_secs(3);

/// How far a clock is moved at once: as long as an agent waits at most between two steps.
pub const MOVE: Duration = Duration::from_secs(5);

/// Waits until something is so.
pub fn wait(what: &str, is_so: impl FnMut() -> bool) {
    wait_for(PATIENCE, what, is_so);
}

/// Waits for so long until something is so.
pub fn wait_for(patience: Duration, what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + patience;
    while !is_so() {
        assert!(Instant::now() < until, "not within {patience:?}: {what}");
        pause();
    }
}

/// Between looks at a process that tells nobody when it is ready.
#[expect(clippy::disallowed_methods, reason = "another process is watched, and tells nobody when it is ready")]
pub fn pause() {
    thread::sleep(Duration::from_millis(50));
}

/// Where agents of one company run: their configuration, their stores, and whoever they tell.
pub struct Company<'a> {
    lab: &'a Lab,
    /// A directory of its own.
    pub home: TempDir,
    /// Whoever is told.
    pub hearer: Hearer,
    declared: Cell<usize>,
    /// The environment that leads to the services.
    environment: BTreeMap<String, String>,
}

impl<'a> Company<'a> {
    /// A company with these files of the shipped policies, which is told of everything without delay.
    pub fn new(lab: &'a Lab, topics: &[impl AsRef<str>]) -> Self {
        let home = tempfile::Builder::new().prefix("trackera-agent-").tempdir().expect("a directory for the agent");
        for directory in ["policies", "replica", "coordination"] {
            fs::create_dir(home.path().join(directory)).expect("a directory can be made");
        }
        for topic in topics {
            let name = format!("policies/{}.yaml", topic.as_ref());
            fs::copy(root().join(&name), home.path().join(&name)).expect("the policies are there");
        }
        let environment = lab.environment().clone();
        let company = Self { lab, home, hearer: Hearer::listen(), declared: Cell::new(0), environment };
        company.declare("");
        company
    }

    /// Writes the configuration, with more at its end; each time with another place for the page.
    pub fn declare(&self, more: &str) {
        let endpoint = self.lab.environment().get("AWS_ENDPOINT_URL").cloned().unwrap_or_default();
        let text = format!(
            r#"company:
  policies: policies
  accounts: [{{id: "000000000000"}}]
  regions: {{primary: eu-central-1, recovery: eu-west-1}}
  people:
    - {{name: Amelie, iam_user: amelie.brandt, admin: true}}
    - {{name: Jonas, iam_user: jonas.keller, admin: true}}
alerts:
  zone: Europe/Berlin
  channels: {{hook: {{webhook: {{url: {{environment: HOOK_URL}}, signing_key: {{environment: HOOK_KEY}}}}}}}}
  routes: [{{name: all, to: [hook]}}]
agent:
  queues: [{{url: "{endpoint}/000000000000/trackera-ops-events", region: eu-central-1}}]
  listen: unix:{home}/{place}.sock
journal:
  replicas: [{{name: copy, store: {{directory: replica}}}}]
  coordination: {{directory: coordination}}
{more}"#,
            home = self.home.path().display(),
            place = self.declared.replace(self.declared.get() + 1),
        );
        fs::write(self.configuration(), text).expect("the configuration can be written");
    }

    /// Leads everything that is started from here on to a stand-in for the lab.
    pub fn lead_to(&mut self, address: SocketAddr) {
        for (name, host) in [("AWS_ENDPOINT_URL", "127.0.0.1"), ("AWS_ENDPOINT_URL_S3_CONTROL", "localhost")] {
            self.environment.insert(name.to_owned(), format!("http://{host}:{}", address.port()));
        }
    }

    /// Where the configuration is.
    pub fn configuration(&self) -> PathBuf {
        self.home.path().join("trackera.yaml")
    }

    /// The directory of an agent.
    pub fn directory(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Starts an agent.
    pub fn agent(&self, name: &str) -> Agent {
        self.agent_with(name, &[])
    }

    /// Starts an agent with more arguments.
    pub fn agent_with(&self, name: &str, arguments: &[&str]) -> Agent {
        self.start("trackera-agent", name, arguments)
    }

    /// Starts an agent whose clock can be moved.
    pub fn timed_agent(&self, name: &str, arguments: &[&str]) -> Agent {
        self.start("examples/timed-agent", name, arguments)
    }

    fn start(&self, program: &str, name: &str, arguments: &[&str]) -> Agent {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.home.path().join(format!("{name}.log")));
        let log = log.expect("the log can be written");
        // A signal for files that grow too long would end the agent where a full disk only refuses to write, and root may
        // write where an agent may not.
        let mut command = self.command("sh");
        let child = command
            .args(["-c", STARTED, "sh"])
            .arg(binary(program))
            .args(["run", "--name", name, "--directory"])
            .arg(self.directory(name))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the agent's binary starts");
        Agent { child }
    }

    /// The process that carries scheduled drills out, with a directory of its own.
    pub fn drill(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = self.command("trackera-agent");
        command.args(["drill", "--name", name, "--directory"]).arg(self.directory(name)).args(arguments);
        command
    }

    /// Runs `trackera-ops` for this company.
    pub fn ops(&self, arguments: &[&str]) -> Output {
        self.command("trackera-ops").args(arguments).output().expect("the product's binary starts")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = if program == "sh" { Command::new(program) } else { Command::new(binary(program)) };
        command.envs(&self.environment).env("TRACKERA_CONFIG", self.configuration()).env_remove("NO_COLOR");
        command.env("HOOK_URL", &self.hearer.url).env("HOOK_KEY", "the key of the test");
        if program == "trackera-ops" {
            command.arg("--config").arg(self.configuration());
        }
        command
    }

    /// The status and the text of a page of the agent that was started last.
    pub fn page(&self, path: &str) -> (u16, String) {
        let place = self.home.path().join(format!("{}.sock", self.declared.get().saturating_sub(1)));
        let Ok(mut stream) = UnixStream::connect(place) else { return (0, String::new()) };
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let mut answer = String::new();
        let read = stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut answer));
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.filter(|_| read.is_ok()).unwrap_or(0), answer)
    }

    /// The sum of one of the figures for Prometheus; nothing while there are none.
    pub fn figure(&self, name: &str) -> Option<usize> {
        let (status, text) = self.page("/metrics");
        let lines = text.lines().filter(|line| line.split([' ', '{']).next() == Some(name));
        let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok());
        (status == 200).then(|| values.sum())
    }

    /// Lets time pass on the clock of an agent that can be moved, whenever it makes no look.
    pub fn live(&self, agent: &mut Agent, length: Duration) {
        let mut passed = Duration::ZERO;
        while passed < length {
            wait("the end of a look", || self.figure("trackera_looks_running") == Some(0));
            agent.pass(MOVE);
            passed += MOVE;
            pause();
        }
    }

    /// Lets time pass until the agent has ended another look.
    pub fn live_until_it_looks(&self, agent: &mut Agent) {
        let ended = || self.figure("trackera_looks_total").unwrap_or(0);
        let before = ended();
        while ended() == before {
            self.live(agent, MOVE);
        }
    }

    /// What an agent said.
    pub fn log(&self, name: &str) -> String {
        fs::read_to_string(self.home.path().join(format!("{name}.log"))).unwrap_or_default()
    }

    /// How many looks of an agent came to their end.
    pub fn looks(&self, name: &str) -> usize {
        self.log(name).matches("a look ended").count()
    }

    /// The open findings that the logs of these agents tell together, without the agents' own conditions.
    pub fn findings(&self, names: &[&str]) -> Vec<String> {
        let mut arguments = ["finding", "list", "--output", "json"].map(str::to_owned).to_vec();
        for name in names {
            let journal = self.directory(name).join("journal").display().to_string();
            arguments.extend(["--journal".to_owned(), journal]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let listed = self.ops(&arguments);
        let listed: Value = serde_json::from_slice(&listed.stdout).expect("findings are listed as JSON");
        let text = |finding: &Value, field: &str| finding.get(field).and_then(Value::as_str).map(str::to_owned);
        let open = listed.as_array().into_iter().flatten();
        let estates = open.filter(|open| !text(open, "policy").is_some_and(|policy| policy.starts_with("agent/")));
        let mut ids: Vec<String> = estates.filter_map(|open| text(open, "id")).collect();
        ids.sort_unstable();
        ids
    }

    /// Waits until nothing is told any more.
    pub fn settle(&self) {
        let said = || {
            let files = fs::read_dir(self.home.path()).expect("the home is there").map_while(Result::ok);
            let logs = files.filter(|file| file.path().extension().is_some_and(|form| form == "log"));
            logs.filter_map(|log| log.metadata().ok()).map(|found| found.len()).sum::<u64>()
        };
        let (mut known, mut since) = (said(), Instant::now());
        while since.elapsed() < QUIET {
            pause();
            let now = said();
            if now != known {
                (known, since) = (now, Instant::now());
            }
        }
    }

    /// Verifies the journal of an agent, offline; gives what is wrong with it.
    pub fn damage(&self, name: &str) -> Option<String> {
        let journal = self.directory(name).join("journal");
        let key = public_key(&self.directory(name).join("journal.key.pub"));
        let verified = self.ops(&["journal", "verify", "--journal", &journal.display().to_string(), "--key", &key]);
        let told = [verified.stdout, verified.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        (!verified.status.success()).then(|| told.concat())
    }
}

fn public_key(path: &Path) -> String {
    fs::read_to_string(path).expect("the agent wrote its public key").trim().to_owned()
}

/// A running agent; it is killed when it is let go of.
pub struct Agent {
    child: Child,
}

impl Agent {
    /// Kills it as a loss of power would.
    pub fn kill(mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Asks it to end, and tells how long that took.
    pub fn end(mut self) -> (Duration, bool) {
        let begun = Instant::now();
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        assert!(asked.is_ok_and(|status| status.success()), "the agent can be asked to end");
        let status = self.child.wait().expect("the agent ends");
        (begun.elapsed(), status.success())
    }

    /// Lets time pass on the clock of an agent that can be moved, as if nothing happened meanwhile.
    pub fn pass(&mut self, length: Duration) {
        self.order(&format!("pass {}\n", length.as_secs()));
    }

    /// Sets the time of day of an agent that can be moved forward, or back, by so many seconds.
    pub fn set(&mut self, seconds: i64) {
        self.order(&format!("set {seconds}\n"));
    }

    fn order(&mut self, line: &str) {
        let hands = self.child.stdin.as_mut().expect("the agent's input is piped");
        hands.write_all(line.as_bytes()).expect("the agent's clock can be moved");
    }

    /// Lets no file of it grow beyond so many bytes, as a full disk would, or any again.
    pub fn limit_files(&self, bytes: &str) {
        let limit = format!("--fsize={bytes}:unlimited");
        let limited = Command::new("prlimit").arg("--pid").arg(self.child.id().to_string()).arg(limit).status();
        assert!(limited.is_ok_and(|status| status.success()), "`prlimit` limits the agent: install util-linux");
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
