//! Signs the log as it grows, and brings it to its replicas; one that is away delays nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;
use trackera_journal::commit::Journal;
use trackera_journal::keys::SignerKey;
use trackera_journal::reader::Reader;
use trackera_journal::replica::Replica;
use trackera_journal::replicate::Replicator;
use trackera_journal::restore;
use trackera_journal::target::Target;
use trackera_watch::watch::Input;

use super::recorder::{self, Home};
use super::{Inputs, words};
use crate::clock::Clock;
use crate::page::Trouble;
use crate::world::HomeError;

const EVERY: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// For a replica to give what it has, before the agent goes on without knowing it; the service manager waits longer.
const COMPARED: Duration = Duration::from_secs(20);

/// How far signing and each replica are, for whoever shows it.
pub(crate) type Lags = Arc<Mutex<Progress>>;

/// How far signing and each replica are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// How many entries the last checkpoint signs, and when it was signed.
    pub(crate) signed: Option<(u64, Timestamp)>,
    /// Why the log could not be signed the last time, and since when that is so.
    pub(crate) unsigned: Option<Trouble>,
    /// The replicas, by name.
    pub(crate) replicas: BTreeMap<String, Lag>,
}

/// How far one replica is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lag {
    /// How many entries it has.
    pub(crate) replicated: Option<u64>,
    /// When a pass succeeded last.
    pub(crate) at: Option<Timestamp>,
    /// Why the last pass failed, and since when that is so.
    pub(crate) trouble: Option<Trouble>,
}

impl Progress {
    /// Takes note of an attempt to sign the log.
    fn signed(&mut self, attempt: Result<u64, String>, now: Timestamp) {
        match attempt {
            Ok(size) => (self.signed, self.unsigned) = (Some((size, now)), None),
            Err(error) => fails(&mut self.unsigned, error, now),
        }
    }

    /// Takes note of a pass to a replica.
    fn passed(&mut self, replica: &str, pass: Result<u64, String>, now: Timestamp) {
        let lag = self.replicas.entry(replica.to_owned()).or_default();
        match pass {
            Ok(size) => *lag = Lag { replicated: Some(size), at: Some(now), trouble: None },
            Err(error) => fails(&mut lag.trouble, error, now),
        }
    }
}

/// Keeps what is wrong, with the moment since which anything is.
fn fails(trouble: &mut Option<Trouble>, error: String, now: Timestamp) {
    let since = trouble.as_ref().map_or(now, |known| known.since);
    *trouble = Some(Trouble { since, error });
}

/// What comparing with the replicas gave.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    /// Conditions of the agent, each with its reason.
    pub(crate) said: Vec<(String, String)>,
    /// The replicas that could not be asked.
    pub(crate) missing: Vec<String>,
}

/// Brings back from replicas what this disk lost, before anything new is written.
///
/// # Errors
/// Fails where a replica tells another history: nothing may be written over that.
pub(crate) async fn bring_back(home: &Home, targets: &[Target]) -> Result<Compared, recorder::Trouble> {
    let key = home.key()?;
    let verifier = key.verifier();
    let answers = targets.iter().map(|target| timeout(COMPARED, target.replica(&verifier)));
    let answers = futures_util::future::join_all(answers).await;
    let mut compared = Compared::default();
    for (target, answer) in targets.iter().zip(answers) {
        let name = &target.name;
        let replica = match answer {
            Ok(Ok(Some(replica))) => replica,
            Ok(Ok(None)) => continue,
            Ok(Err(error)) => {
                tracing::warn!("the replica `{name}` cannot be compared: {:#}", anyhow::Error::new(error));
                compared.missing.push(name.clone());
                continue;
            }
            Err(_) => {
                tracing::warn!("the replica `{name}` does not answer");
                compared.missing.push(name.clone());
                continue;
            }
        };
        match restore::entries(home.location(&key), &replica) {
            Ok(0) => {}
            Ok(count) => {
                let reason =
                    format!("{count} entries were missing on this machine and were brought back from `{name}`");
                let reason = if evidence(home, &key, (&replica, target)).await {
                    reason
                } else {
                    format!("{reason}, without all of their evidence")
                };
                compared.said.push(("journal-restored".to_owned(), reason));
            }
            Err(restore::RestoreError::Open(error)) => return Err(HomeError::from(error).into()),
            Err(error) => return Err(recorder::Trouble::Replica(name.clone(), Box::new(error))),
        }
    }
    Ok(compared)
}

/// Brings back evidence, and tells whether all of it is there.
async fn evidence(home: &Home, key: &SignerKey, (replica, target): (&Replica, &Target)) -> bool {
    let location = home.location(key);
    let reader = Reader::new(location.files, &location.directory);
    match timeout(COMPARED, restore::evidence(&reader, replica, target)).await {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => {
            tracing::error!("not all evidence could be brought back: {:#}", anyhow::Error::new(error));
            false
        }
        Err(_) => false,
    }
}

/// Signs the log again and again, and brings it to all of its replicas.
pub(crate) async fn replicate(
    (journal, key): (Arc<Journal>, Arc<SignerKey>),
    targets: Vec<Target>,
    (lags, clock, inputs): (Lags, Arc<Clock>, Inputs),
) {
    let signing = sign((Arc::clone(&journal), key), (Arc::clone(&lags), Arc::clone(&clock), inputs.clone()));
    let passes = targets.into_iter().map(|target| {
        let name = target.name.clone();
        pass(
            Replicator::new(Arc::clone(&journal), target),
            name,
            (Arc::clone(&lags), Arc::clone(&clock), inputs.clone()),
        )
    });
    let all = futures_util::future::join_all(passes);
    tokio::join!(signing, all);
}

/// One last pass to all replicas.
pub(crate) async fn last(journal: &Arc<Journal>, targets: Vec<Target>) {
    let passes = targets.into_iter().map(|target| {
        let mut replicator = Replicator::new(Arc::clone(journal), target);
        async move { replicator.pass().await }
    });
    for passed in futures_util::future::join_all(passes).await {
        if let Err(error) = passed {
            tracing::warn!("{}", words(&error));
        }
    }
}

async fn sign((journal, key): (Arc<Journal>, Arc<SignerKey>), (lags, clock, inputs): (Lags, Arc<Clock>, Inputs)) {
    let mut signed = None;
    while !inputs.is_over() {
        tokio::time::sleep(EVERY).await;
        let size = journal.size();
        if signed == Some(size) {
            continue;
        }
        let (journal, key) = (Arc::clone(&journal), Arc::clone(&key));
        let Ok(attempt) = tokio::task::spawn_blocking(move || journal.checkpoint(&key)).await else { return };
        let attempt = attempt.map(|checkpoint| checkpoint.size).map_err(|error| words(&error));
        match &attempt {
            Ok(size) => signed = Some(*size),
            Err(error) => tracing::warn!("the journal cannot be signed: {error}"),
        }
        lags.lock().unwrap_or_else(PoisonError::into_inner).signed(attempt, clock.now());
    }
}

async fn pass(mut replicator: Replicator, name: String, (lags, clock, inputs): (Lags, Arc<Clock>, Inputs)) {
    let mut pause = EVERY;
    while !inputs.is_over() {
        tokio::time::sleep(pause).await;
        let passed = replicator.pass().await;
        pause = if passed.is_ok() { EVERY } else { (pause * 2).min(LONGEST_PAUSE) };
        let passed = passed.map_err(|error| words(&error));
        let reason = passed.as_ref().err().cloned();
        lags.lock().unwrap_or_else(PoisonError::into_inner).passed(&name, passed, clock.now());
        let condition = format!("replica-failing:{name}");
        inputs.step(Input::Condition { condition, reason }).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_was_reached_stays_known_while_attempts_fail_and_trouble_has_its_first_moment() {
        let mut progress = Progress::default();
        let failed = |words: &str| Err(words.to_owned());
        for (second, attempt) in [(1, Ok(5)), (2, failed("full")), (3, failed("fuller"))] {
            progress.signed(attempt.clone(), at(second));
            progress.passed("abroad", attempt, at(second));
        }
        let trouble = Some(Trouble { since: at(2), error: "fuller".to_owned() });
        assert_eq!((progress.signed, &progress.unsigned), (Some((5, at(1))), &trouble));
        let lag = progress.replicas.get("abroad").unwrap();
        assert_eq!((lag.replicated, lag.at, &lag.trouble), (Some(5), Some(at(1)), &trouble));
        progress.signed(Ok(7), at(4));
        progress.passed("abroad", Ok(7), at(4));
        assert_eq!((progress.signed, progress.unsigned), (Some((7, at(4))), None));
        assert_eq!(progress.replicas.get("abroad").unwrap().trouble, None);
    }
}
