//! A directory of labs for one test, and the commands that act in it. All of them end with the test.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The labs of one test.
pub(crate) struct Labs {
    above: TempDir,
}

impl Labs {
    /// A place without any lab.
    pub(crate) fn new() -> Self {
        let above = tempfile::Builder::new().prefix("lab-cli-").tempdir().unwrap();
        // As root, the databases run as another user, who must be able to pass.
        std::fs::set_permissions(above.path(), std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
        Labs { above }
    }

    /// The directory of all labs, which the first makes and the last removes.
    pub(crate) fn home(&self) -> PathBuf {
        self.above.path().join("labs")
    }

    /// The directory of the lab with this name.
    pub(crate) fn directory(&self, name: &str) -> PathBuf {
        self.home().join(name)
    }

    /// All directories of labs.
    pub(crate) fn directories(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.home()).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
    }

    /// A command that has not run yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("trackera-lab"));
        command.args(arguments).env("TRACKERA_LAB_HOME", self.home()).env_remove("TRACKERA_LAB_NAME");
        command
    }

    /// Runs a command, whatever comes of it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must succeed; gives what it wrote to standard output.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?} failed: {}", talk(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must fail with this code; gives what it wrote to standard error.
    pub(crate) fn fail(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", talk(&output));
        talk(&output)
    }

    /// What a running lab announced.
    pub(crate) fn announcement(&self, name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.directory(name).join("lab.json")).unwrap()).unwrap()
    }

    /// The address of a running lab.
    pub(crate) fn endpoint(&self, name: &str) -> String {
        self.announcement(name)["endpoint"].as_str().unwrap().to_owned()
    }
}

impl Drop for Labs {
    fn drop(&mut self) {
        for directory in self.directories() {
            let name = directory.file_name().unwrap().to_str().unwrap().to_owned();
            self.run(&["down", "--name", &name]);
        }
    }
}

/// What a command said.
pub(crate) fn talk(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Asks S3 for the list of buckets; gives the status, or `None` when there is no answer.
pub(crate) fn list_buckets(endpoint: &str, region: &str) -> Option<u16> {
    let scope = format!("AWS4-HMAC-SHA256 Credential=test/20260801/{region}/s3/aws4_request, Signature=0");
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(10)))
        .build()
        .into();
    agent.get(endpoint).header("authorization", scope).call().ok().map(|answer| answer.status().as_u16())
}

/// Whether any process works with this directory.
pub(crate) fn in_use(directory: &Path) -> bool {
    let needle = directory.as_os_str().as_encoded_bytes();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| std::fs::read(process.path().join("cmdline")).ok())
        .any(|command| command.windows(needle.len()).any(|window| window == needle))
}

/// Long, because the machine may be busy with other tests; nothing waits longer than it must.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits for something that another process does.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < until, "{what} within {PATIENCE:?}");
        std::thread::yield_now();
    }
}
