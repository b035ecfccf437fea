//! How fast a journal is written and verified, beside floors measured in the same run: the device's own sync, a bare
//! SHA-256 over the same bytes, and a copy of the same content.
//!
//! Takes a directory as its argument to measure the device that it lies on; else a temporary one.

#![expect(clippy::expect_used, reason = "a bench that cannot be set up ends")]

mod counting;

use std::fs::OpenOptions;
use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use counting::Counting;
use jiff::Timestamp;
use serde_json::json;
use trackera_journal::commit::Journal;
use trackera_journal::digest::Digest;
use trackera_journal::entry::Draft;
use trackera_journal::fs::{Disk, Files};
use trackera_journal::keys::SignerKey;
use trackera_journal::kind::Kind;
use trackera_journal::log::{Location, SEGMENT_LENGTH};

const SYNCS: u32 = 200;
const ENTRIES: u64 = 20_000;
const BATCH: u64 = 100;
const CROWDS: [u64; 3] = [1, 16, 64];
const VERIFIED: usize = 128 << 20;

fn main() {
    let temporary = tempfile::tempdir().expect("a directory");
    let directory = std::env::args().nth(1).filter(|argument| !argument.starts_with('-')).map(PathBuf::from);
    let directory = directory.unwrap_or_else(|| temporary.path().to_owned());
    let device = Device { file: directory.join("floor"), length: draft(0).length() };
    let per_second = |count: u64, time: Duration| count as f64 / time.as_secs_f64();

    let journal = open(&directory.join("batched"));
    let drafts = |start: u64| (start..start + BATCH).map(draft).collect::<Vec<_>>();
    let (sync, time) =
        device.beside(|| (0..ENTRIES).step_by(BATCH as usize).for_each(|at| append(&journal, drafts(at))));
    let syncs = time.as_secs_f64() / (ENTRIES / BATCH) as f64 / sync.as_secs_f64();
    let rate = per_second(ENTRIES, time);
    say(format!(
        "batches of {BATCH}: {rate:.0} durable appends/s; a batch takes {syncs:.1} x the device's sync of {sync:.0?}"
    ));

    for crowd in CROWDS {
        let syncs = Arc::new(AtomicU64::new(0));
        let journal = on(Arc::new(Counting(Arc::clone(&syncs))), &directory.join(format!("crowd-{crowd}")));
        let each = 4_000 / crowd;
        let (sync, time) = device.beside(|| {
            std::thread::scope(|scope| {
                for _ in 0..crowd {
                    scope.spawn(|| (0..each).for_each(|number| append(&journal, vec![draft(number)])));
                }
            });
        });
        let rate = per_second(crowd * each, time);
        let shared = (crowd * each) as f64 / syncs.load(Ordering::Relaxed) as f64;
        say(format!(
            "{crowd} threads, one entry a call: {rate:.0} durable appends/s, {shared:.1} in a sync of {sync:.0?}"
        ));
    }
    verification(&directory.join("verified"));
}

/// Verification of a large log on one core, beside hashing its bytes alone.
fn verification(directory: &Path) {
    let journal = open(directory);
    let body = json!({"resources": ["x".repeat(900)], "summary": {"pass": 41, "fail": 1, "unknown": 0}});
    let line = Draft::new(moment(), Kind::Observation, &body).expect("a draft");
    let batch = 1000;
    let mut size = 0;
    while size < VERIFIED {
        journal.append(vec![line.clone(); batch]).expect("an append");
        size += batch * line.length();
    }
    let key = key();
    journal.checkpoint(&key).expect("a checkpoint");
    let reader = journal.reader();
    for length in ["long", "short"] {
        let reader = if length == "long" { reader.clone() } else { short(&directory.with_file_name("short")) };
        let mut verified = None;
        let time = worked(|| verified = Some(reader.verify(&key.verifier()).expect("a sound journal")));
        let verified = verified.expect("a result");
        assert!(verified.is_sound());
        let bytes = vec![b'x'; verified.bytes as usize];
        let hashing = worked(|| assert_ne!(black_box(Digest::of(&bytes)), Digest::ZERO));
        say(format!(
            "verification of {} entries of {} bytes on one core: {:.0} MB/s, {:.1} x the time of a bare SHA-256",
            verified.size,
            verified.bytes / verified.size,
            verified.bytes as f64 / 1e6 / time.as_secs_f64(),
            time.as_secs_f64() / hashing.as_secs_f64(),
        ));
    }
}

/// A log of the shortest entries that anybody writes.
fn short(directory: &Path) -> trackera_journal::reader::Reader {
    let journal = open(directory);
    for start in (0..100_000).step_by(1000) {
        append(&journal, (start..start + 1000).map(draft).collect());
    }
    journal.checkpoint(&key()).expect("a checkpoint");
    journal.reader()
}

/// The device, whose speed is measured right before and right after what is compared with it: others use it too.
struct Device {
    file: PathBuf,
    length: usize,
}

impl Device {
    fn beside(&self, work: impl FnOnce()) -> (Duration, Duration) {
        let before = self.sync();
        let time = timed(work);
        ((before + self.sync()) / 2, time)
    }

    /// The least that a durable append can take: one write of as many bytes, and its sync.
    fn sync(&self) -> Duration {
        let mut file = OpenOptions::new().append(true).create(true).open(&self.file).expect("a file");
        let bytes = vec![b'x'; self.length];
        let time = timed(|| {
            for _ in 0..SYNCS {
                file.write_all(&bytes).expect("a write");
                file.sync_data().expect("a sync");
            }
        });
        time / SYNCS
    }
}

fn open(directory: &Path) -> Journal {
    on(Arc::new(Disk), directory)
}

fn on(files: Arc<dyn Files>, directory: &Path) -> Journal {
    let (key, directory) = (key().verifier(), directory.to_owned());
    let location = Location { files, directory, key, segment_length: SEGMENT_LENGTH };
    Journal::open(location).expect("a new journal").0
}

fn append(journal: &Journal, drafts: Vec<Draft>) {
    journal.append(drafts).expect("an append");
}

fn draft(number: u64) -> Draft {
    let body = json!({"policy": "sg-only-declared-ports", "resource": format!("sg-{number:017x}"), "verdict": "fail"});
    Draft::new(moment(), Kind::Finding, &body).expect("a draft")
}

fn key() -> SignerKey {
    SignerKey::from_seed("bench.example", [7; 32]).expect("a key")
}

fn moment() -> Timestamp {
    Timestamp::from_second(1_795_000_000).expect("a moment")
}

/// The time that this thread worked, so that a busy machine does not make a core look slow.
fn worked(work: impl FnOnce()) -> Duration {
    let start = on_core();
    work();
    on_core() - start
}

fn on_core() -> Duration {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts a thread's time");
    let nanoseconds = statistics.split(' ').next().and_then(|field| field.parse().ok());
    Duration::from_nanos(nanoseconds.expect("its first field is nanoseconds on a core"))
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

#[expect(clippy::print_stdout, reason = "figures are what a bench is for")]
fn say(line: String) {
    println!("{line}");
}
