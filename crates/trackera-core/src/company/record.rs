//! What the company declares about its journal and its agent: where copies lie, who may sign, what is listened to.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::source::Problem;
use crate::yaml::{File, Located};

/// Where the status page is served unless the company says otherwise.
const USUAL_ADDRESS: &str = "127.0.0.1:8471";

/// The journal: the signed record of all observed, decided and done.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// Where copies of every log go: at least one outside of the machine, better one outside of the region.
    #[serde(default)]
    pub replicas: Vec<Replica>,
    /// Where agents agree on who leads, and where acknowledgements arrive; a store that keeps nothing by force.
    #[serde(default)]
    pub coordination: Option<Located<Store>>,
    /// The public keys of the logs: those of all agents that watch together. Whoever takes the lead over reads the
    /// others' logs from a replica and holds them against these keys.
    #[serde(default)]
    pub writers: Vec<Located<String>>,
    /// The file of OpenSSH's `allowed_signers` form with the keys whose signatures count, relative to this file. From
    /// the moment that it is named, waivers that nobody signed do not waive.
    #[serde(default)]
    pub allowed_signers: Option<String>,
}

/// A copy of the logs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replica {
    /// What people call it.
    pub name: Located<String>,
    /// Where it is.
    pub store: Located<Store>,
}

/// A place that keeps objects.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Store {
    /// A directory that is there already, relative to this file.
    Directory(String),
    /// A bucket of Amazon S3.
    Bucket {
        /// Its name.
        name: String,
        /// Its region.
        region: String,
        /// The beginning of the keys.
        #[serde(default)]
        prefix: String,
    },
}

/// The agent.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// The queues that events arrive in, each by its URL; IAM's events arrive in `us-east-1` alone.
    #[serde(default)]
    pub queues: Vec<Queue>,
    /// Where the status page is served: an address of this machine alone, or `unix:` and the path of a socket;
    /// `127.0.0.1:8471` unless said otherwise.
    #[serde(default)]
    pub listen: Option<Located<String>>,
    /// Where metrics are put; none means nowhere.
    #[serde(default)]
    pub metrics: Option<Metrics>,
    /// The state directory of the process that does the scheduled drills; without one nobody can tell what they showed.
    #[serde(default)]
    pub drills: Option<String>,
}

/// A queue of Amazon SQS.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Its URL.
    pub url: String,
    /// Its region.
    pub region: String,
}

/// Metrics of Amazon CloudWatch.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// The namespace.
    pub namespace: String,
    /// The region.
    pub region: String,
}

/// Where the status page is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// An address of this machine alone.
    Loopback(SocketAddr),
    /// A socket in the file system.
    Socket(PathBuf),
}

impl Journal {
    /// Checks what no form can say.
    pub(super) fn check(&self, file: &File) -> Result<(), Problem> {
        for (index, replica) in self.replicas.iter().enumerate() {
            let earlier = || self.replicas.iter().take(index);
            let (name, store) = (replica.name.value(), replica.store.value());
            let is_plain = |one: char| one.is_ascii_alphanumeric() || one == '-';
            if name.is_empty() || !name.chars().all(is_plain) {
                let hint = Some("write letters, digits and hyphens".to_owned());
                return Err(file.problem(replica.name.location(), "this is no name of a replica", hint));
            }
            if earlier().any(|earlier| earlier.name.value() == name) {
                return Err(file.problem(replica.name.location(), "this replica stands here twice", None));
            }
            if earlier().any(|earlier| earlier.store.value() == store) {
                return Err(file.problem(replica.store.location(), "another replica is there already", None));
            }
        }
        let Some(coordination) = &self.coordination else { return Ok(()) };
        if self.replicas.iter().any(|replica| replica.store.value() == coordination.value()) {
            let message = "leases and evidence cannot lie in the same place: what is locked can never be let go of";
            return Err(file.problem(coordination.location(), message, Some("name a place of its own".to_owned())));
        }
        Ok(())
    }
}

impl Agent {
    /// Where the status page is served.
    ///
    /// # Errors
    /// Fails for whatever other machines could reach.
    pub fn listen(&self, file: &File) -> Result<Listen, Problem> {
        let Some(written) = &self.listen else { return Ok(Listen::usual()) };
        let text = written.value();
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Listen::Socket(PathBuf::from(path)));
        }
        let hint = || Some(format!("write `{USUAL_ADDRESS}` or `unix:/run/trackera/status.sock`"));
        match text.parse::<SocketAddr>() {
            Ok(address) if address.ip().is_loopback() => Ok(Listen::Loopback(address)),
            Ok(_) => {
                let message = "the page is for this machine alone: others reach it through `ssh -L`";
                Err(file.problem(written.location(), message, hint()))
            }
            Err(_) => {
                Err(file.problem(written.location(), "this is neither an address with a port nor a socket", hint()))
            }
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loopback(address) => write!(formatter, "http://{address}"),
            Self::Socket(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

impl Listen {
    /// Where it is served unless the company says otherwise.
    pub fn usual() -> Self {
        Self::Loopback(SocketAddr::from(([127, 0, 0, 1], 8471)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::company::Configuration;

    const GOOD: &str = r#"company: {name: Example}
journal:
  replicas:
    - {name: disk, store: {directory: /mnt/evidence}}
    - {name: frankfurt, store: {bucket: {name: evidence, region: eu-central-1, prefix: journal}}}
  coordination: {directory: /mnt/coordination}
  allowed_signers: allowed_signers
agent:
  queues: [{url: "https://sqs.eu-central-1.amazonaws.com/000000000000/events", region: eu-central-1}]
  listen: "[::1]:8471"
  metrics: {namespace: Trackera, region: eu-central-1}
"#;

    fn load(text: &str) -> Result<Configuration, Problem> {
        Configuration::load(&File { name: "trackera.yaml".to_owned(), text: text.to_owned() })
    }

    #[test]
    fn what_is_declared_is_read() {
        let configuration = load(GOOD).unwrap();
        assert_eq!(configuration.journal.replicas.len(), 2);
        let file = File { name: String::new(), text: String::new() };
        let listen = |text: &str| load(&GOOD.replace("[::1]:8471", text)).map(|read| read.agent.listen(&file).unwrap());
        assert_eq!(listen("unix:/run/s.sock").unwrap(), Listen::Socket("/run/s.sock".into()));
        assert_eq!(listen("127.0.0.1:80").unwrap(), Listen::Loopback("127.0.0.1:80".parse().unwrap()));
        assert_eq!(Listen::usual(), Listen::Loopback(USUAL_ADDRESS.parse().unwrap()));
    }

    #[test]
    fn mistakes_are_refused_at_their_places() {
        for (good, bad, place, words) in [
            ("\"[::1]:8471\"", "\"0.0.0.0:8471\"", "10:11", "this machine alone"),
            ("\"[::1]:8471\"", "\"localhost\"", "10:11", "neither an address"),
            ("name: frankfurt", "name: disk", "5:14", "stands here twice"),
            ("name: frankfurt", "name: a/b", "5:14", "no name of a replica"),
            (
                "coordination: {directory: /mnt/coordination}",
                "coordination: {directory: /mnt/evidence}",
                "6:17",
                "same place",
            ),
        ] {
            assert!(GOOD.contains(good), "{good}");
            let problem = load(&GOOD.replacen(good, bad, 1)).unwrap_err();
            assert_eq!(format!("{}:{}", problem.line, problem.column), place, "{bad}: {}", problem.message);
            assert!(problem.message.contains(words), "{bad}: {}", problem.message);
        }
    }
}
