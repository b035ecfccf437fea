//! A running agent for tests: its configuration, whoever it tells, and what it wrote down.

use std::cell::Cell;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Lab, binary, root};

/// No test waits longer for anything; the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// A notice as a receiver got it.
#[derive(Clone, Debug)]
pub struct Notice {
    /// When its last byte arrived.
    pub at: Instant,
    /// The idempotency key.
    pub key: String,
    /// The generic form of a notice.
    pub body: Value,
}

impl Notice {
    /// The items about a policy.
    pub fn about<'a>(&'a self, policy: &'a str) -> impl Iterator<Item = &'a Value> {
        let items = self.body.get("items").and_then(Value::as_array).into_iter().flatten();
        items.filter(move |item| item.get("policy").and_then(Value::as_str) == Some(policy))
    }
}

/// Whoever is told: a receiver of webhooks on loopback.
pub struct Hearer {
    /// Its address.
    pub url: String,
    notices: Receiver<Notice>,
}

impl Hearer {
    /// Begins to listen.
    pub fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (sender, notices) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                thread::spawn(move || answer(stream, &sender));
            }
        });
        Self { url: format!("http://{address}/hook"), notices }
    }

    /// The next notice; nothing when none comes in time.
    pub fn next(&self, limit: Duration) -> Option<Notice> {
        self.notices.recv_timeout(limit).ok()
    }

    /// Waits for a notice about a policy whose item satisfies a condition.
    pub fn about(&self, policy: &str, is_wanted: impl Fn(&Value) -> bool) -> Notice {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Some(notice) = self.next(left) else { panic!("nobody was told of `{policy}` within {PATIENCE:?}") };
            if notice.about(policy).any(&is_wanted) {
                return notice;
            }
        }
    }

    /// Everything that was heard and not asked for yet.
    pub fn rest(&self) -> Vec<Notice> {
        self.notices.try_iter().collect()
    }
}

fn answer(stream: TcpStream, sender: &Sender<Notice>) {
    let mut reader = BufReader::new(&stream);
    let (mut length, mut key, mut line) = (0, String::new(), String::new());
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "idempotency-key" => value.trim().clone_into(&mut key),
            _ => {}
        }
        line.clear();
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_ok() {
        let body = serde_json::from_slice(&body).unwrap_or_default();
        drop(sender.send(Notice { at: Instant::now(), key, body }));
        drop((&stream).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"));
    }
}

/// Where agents of one company run: their configuration, their stores, and whoever they tell.
pub struct Company<'a> {
    lab: &'a Lab,
    /// A directory of its own.
    pub home: TempDir,
    /// Whoever is told.
    pub hearer: Hearer,
    declared: Cell<usize>,
}

impl<'a> Company<'a> {
    /// A company with these files of the shipped policies, which is told of everything without delay.
    pub fn new(lab: &'a Lab, topics: &[&str]) -> Self {
        let home = tempfile::Builder::new().prefix("trackera-agent-").tempdir().expect("a directory for the agent");
        for directory in ["policies", "replica", "coordination"] {
            fs::create_dir(home.path().join(directory)).expect("a directory can be made");
        }
        for topic in topics {
            let name = format!("policies/{topic}.yaml");
            fs::copy(root().join(&name), home.path().join(&name)).expect("the policies are there");
        }
        let company = Self { lab, home, hearer: Hearer::listen(), declared: Cell::new(0) };
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
        let log = fs::OpenOptions::new().create(true).append(true).open(self.home.path().join(format!("{name}.log")));
        let log = log.expect("the log can be written");
        // A signal for files that grow too long would end the agent where a full disk only refuses to write.
        let mut command = self.command("sh");
        let child = command
            .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
            .arg(binary("trackera-agent"))
            .args(["run", "--name", name, "--directory"])
            .arg(self.directory(name))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the agent's binary starts");
        Agent { child }
    }

    /// Runs `trackera-ops` for this company.
    pub fn ops(&self, arguments: &[&str]) -> Output {
        self.command("trackera-ops").args(arguments).output().expect("the product's binary starts")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = if program == "sh" { Command::new(program) } else { Command::new(binary(program)) };
        command.envs(self.lab.environment()).env("TRACKERA_CONFIG", self.configuration()).env_remove("NO_COLOR");
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

    /// What an agent said.
    pub fn log(&self, name: &str) -> String {
        fs::read_to_string(self.home.path().join(format!("{name}.log"))).unwrap_or_default()
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

impl Lab {
    /// Makes a call of EC2's query interface, as somebody with an SDK would.
    pub fn ec2(&self, region: &str, form: &str) -> String {
        self.call(("ec2", region), form)
    }

    /// Makes a call of a service that speaks the query protocol.
    pub fn call(&self, (service, region): (&str, &str), form: &str) -> String {
        let endpoint = self.environment().get("AWS_ENDPOINT_URL").expect("the lab has an endpoint");
        let address = endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("the lab answers");
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=lab/20260101/{region}/{service}/aws4_request, SignedHeaders=host, \
             Signature=0\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
            form.len()
        );
        stream.write_all(request.as_bytes()).expect("the lab listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the lab answers in text");
        assert!(answer.starts_with("HTTP/1.1 200"), "{form}: {answer}");
        answer
    }
}
