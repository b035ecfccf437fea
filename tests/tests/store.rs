//! Buckets as the journal's stores, over the lab's S3: one of many writers wins, copies are whole, and what is not there
//! is told from what cannot be asked.
#![cfg(test)]

use std::path::Path as Directory;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, UpdateVersion};
use trackera_aws::{Settings, Storage};
use trackera_journal::commit::Journal;
use trackera_journal::entry::Draft;
use trackera_journal::fs::Disk;
use trackera_journal::keys::SignerKey;
use trackera_journal::kind::Kind;
use trackera_journal::lease::{Attempt, LeaseStore, Watch};
use trackera_journal::log::{Location, SEGMENT_LENGTH};
use trackera_journal::mailbox::Mailbox;
use trackera_journal::replicate::{ReplicateError, Replicator};
use trackera_journal::target::Target;
use trackera_tests::Lab;

const REGION: &str = "eu-central-1";
const BUCKET: &str = "trackera-test-store";
const PATIENCE: Duration = Duration::from_secs(20);

/// The SDK reads its environment itself, so the trials run in a process that has the lab's.
#[test]
fn a_bucket_keeps_the_promises_of_a_store() {
    let lab = Lab::start("clean");
    make_bucket(&lab);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.envs(lab.environment()).args(["--ignored", "--exact", "trials", "--nocapture"]);
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}{err}");
}

fn make_bucket(lab: &Lab) {
    let script = "import boto3, sys; boto3.client('s3', region_name=sys.argv[2]).create_bucket(Bucket=sys.argv[1], \
                  CreateBucketConfiguration={'LocationConstraint': sys.argv[2]})";
    let python = trackera_tests::root().join(".lab/venv/bin/python");
    let made = Command::new(python).envs(lab.environment()).args(["-c", script, BUCKET, REGION]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[tokio::test]
#[ignore = "needs the environment of a lab, which the other test gives it"]
async fn trials() {
    let storage = Storage::open(&Settings::default()).await;
    let store = storage.bucket(BUCKET, REGION);
    objects(&store).await;
    conditions(&store).await;
    lists(&store).await;
    leases(&store).await;
    replicas(&store).await;
    mailboxes(store).await;
    let nowhere = storage.bucket("trackera-test-nowhere", REGION);
    let error = nowhere.get(&Path::from("a")).await.unwrap_err();
    assert!(matches!(error, Error::Generic { .. }), "a bucket that is not there says nothing of objects: {error:?}");
    assert!(nowhere.list(None).try_collect_all().await.is_err());
}

trait Collected {
    async fn try_collect_all(self) -> object_store::Result<Vec<String>>;
}

impl<S: futures_util::Stream<Item = object_store::Result<object_store::ObjectMeta>>> Collected for S {
    async fn try_collect_all(self) -> object_store::Result<Vec<String>> {
        use futures_util::TryStreamExt as _;
        self.map_ok(|object| object.location.to_string()).try_collect().await
    }
}

async fn objects(store: &Arc<dyn ObjectStore>) {
    let path = Path::from("objects/a b+c");
    assert!(matches!(store.get(&path).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.head(&path).await, Err(Error::NotFound { .. })));
    store.put(&path, PutPayload::from_static(b"0123456789")).await.unwrap();
    assert_eq!(store.head(&path).await.unwrap().size, 10);
    assert_eq!(&store.get(&path).await.unwrap().bytes().await.unwrap()[..], b"0123456789");
    assert_eq!(&store.get_range(&path, 3..6).await.unwrap()[..], b"345");
    let parts = store.get_ranges(&path, &[0..1, 8..10]).await.unwrap();
    assert_eq!(parts.iter().map(|part| part.to_vec()).collect::<Vec<_>>(), [b"0".to_vec(), b"89".to_vec()]);
    store.delete(&path).await.unwrap();
    store.delete(&path).await.unwrap();
    assert!(matches!(store.get(&path).await, Err(Error::NotFound { .. })));
}

async fn conditions(store: &Arc<dyn ObjectStore>) {
    let path = Path::from("conditions/a");
    let put = |text: &'static str, mode: PutMode| {
        let (store, path) = (Arc::clone(store), path.clone());
        async move { store.put_opts(&path, PutPayload::from_static(text.as_bytes()), PutOptions::from(mode)).await }
    };
    let first = put("one", PutMode::Create).await.unwrap();
    assert!(matches!(put("two", PutMode::Create).await, Err(Error::AlreadyExists { .. })));
    let version = |e_tag: Option<String>| PutMode::Update(UpdateVersion { e_tag, version: None });
    let second = put("two", version(first.e_tag.clone())).await.unwrap();
    assert_ne!(second.e_tag, first.e_tag);
    assert!(matches!(put("three", version(first.e_tag)).await, Err(Error::Precondition { .. })));
    assert_eq!(&store.get(&path).await.unwrap().bytes().await.unwrap()[..], b"two");
}

async fn lists(store: &Arc<dyn ObjectStore>) {
    for number in 0..1_003 {
        let path = Path::from(format!("lists/{number:04}"));
        store.put(&path, PutPayload::from_static(b"")).await.unwrap();
    }
    store.put(&Path::from("lists-not/0000"), PutPayload::from_static(b"")).await.unwrap();
    let prefix = Path::from("lists");
    let names = store.list(Some(&prefix)).try_collect_all().await.unwrap();
    assert_eq!(names.len(), 1_003, "a list is read to its end, and holds what is below the prefix alone");
    assert!(names.is_sorted());
    let after = store.list_with_offset(Some(&prefix), &Path::from("lists/1000")).try_collect_all().await.unwrap();
    assert_eq!(after, ["lists/1001", "lists/1002"]);
}

async fn leases(store: &Arc<dyn ObjectStore>) {
    let leases = LeaseStore { store: Arc::clone(store), prefix: Path::from("leases/default"), timeout: PATIENCE };
    let watch = Watch::new(Duration::from_secs(30));
    for epoch in 1..4 {
        let seen = leases.look().await.unwrap();
        let names: Vec<String> = (0..6).map(|number| format!("agent-{number}")).collect();
        let tries = names.iter().map(|name| leases.take(&seen, name, (&watch, Duration::ZERO)));
        let attempts = futures_util::future::join_all(tries).await;
        let won = attempts.iter().filter(|one| matches!(one, Ok(Attempt::Taken(lease)) if lease.epoch() == epoch));
        assert_eq!(won.count(), 1, "{attempts:?}");
        for mut lease in attempts.into_iter().filter_map(|one| match one {
            Ok(Attempt::Taken(lease)) => Some(lease),
            _ => None,
        }) {
            leases.renew(&mut lease, "token", Duration::from_secs(1)).await.unwrap();
        }
        assert_eq!(leases.look().await.unwrap().token.as_deref(), Some("token"));
    }
}

fn signer() -> SignerKey {
    SignerKey::from_seed("agent.example", [7; 32]).unwrap()
}

fn writer(directory: &Directory) -> Arc<Journal> {
    let (key, files) = (signer().verifier(), Arc::new(Disk));
    let location = Location { files, directory: directory.to_owned(), key, segment_length: SEGMENT_LENGTH };
    Arc::new(Journal::open(location).unwrap().0)
}

fn append(journal: &Journal, count: u64) {
    let draft = |number: u64| Draft::new(Timestamp::UNIX_EPOCH, Kind::Finding, &number).unwrap();
    journal.append((0..count).map(draft).collect()).unwrap();
    journal.checkpoint(&signer()).unwrap();
}

async fn replicas(store: &Arc<dyn ObjectStore>) {
    let target = Target {
        name: "bucket".to_owned(),
        store: Arc::clone(store),
        prefix: Path::from("replicas/agent"),
        timeout: PATIENCE,
    };
    let [first, second] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let journal = writer(first.path());
    let mut replicator = Replicator::new(Arc::clone(&journal), target.clone());
    for _ in 0..3 {
        append(&journal, 300);
        replicator.pass().await.unwrap();
    }
    let replica = target.replica(&signer().verifier()).await.unwrap().unwrap();
    assert_eq!(replica.lines, journal.reader().lines(0..900).unwrap());
    let fork = writer(second.path());
    append(&fork, 901);
    let error = Replicator::new(fork, target).pass().await.unwrap_err();
    assert!(matches!(error, ReplicateError::Forked { .. } | ReplicateError::RolledBack { .. }), "{error}");
}

async fn mailboxes(store: Arc<dyn ObjectStore>) {
    let mailbox = Mailbox::new(store, "deep/prefix/acknowledgements", PATIENCE);
    assert!(mailbox.list(9).await.unwrap().is_empty());
    mailbox.put("a.json", b"one".to_vec()).await.unwrap();
    mailbox.put("a.json", b"one".to_vec()).await.unwrap();
    assert!(mailbox.put("a.json", b"two".to_vec()).await.is_err());
    assert_eq!(mailbox.list(9).await.unwrap(), ["a.json"]);
    mailbox.remove("a.json").await.unwrap();
    assert_eq!(mailbox.get("a.json").await.unwrap(), None);
}
