//! Objects: put once and whole, brought into files in bounded memory, taken up again after a cut, found to be changed, and
//! deleted by the run that put them.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use trackera_aws::{Changes, Settings};
use trackera_core::recovery::ports::{
    Cursor, Download, Object, ObjectFacts, ObjectName, ObjectVersion, Objects as _, Trouble, Upload,
};

use super::{PRIMARY, RUN, asked, changes, control, endpoint, mark, next, proxy, settings, stranger};

const BUCKET: &str = "trackera-test-dumps";
const MEBIBYTE: usize = 1 << 20;
const LARGE: usize = 64 * MEBIBYTE;

#[tokio::test]
#[ignore = "needs the environment of a lab, which the other test gives it"]
async fn trials() {
    let script = "import boto3, sys
s3 = boto3.client('s3')
s3.create_bucket(Bucket=sys.argv[1], CreateBucketConfiguration={'LocationConstraint': sys.argv[2]})
s3.put_bucket_versioning(Bucket=sys.argv[1], VersioningConfiguration={'Status': 'Enabled'})";
    stranger(script, &[BUCKET, PRIMARY]);
    let directory = tempfile::tempdir().unwrap();
    let changes = &changes().await;
    once(changes, directory.path()).await;
    lost(changes, directory.path()).await;
    changed(changes, directory.path()).await;
    let large = put_large(changes, directory.path()).await;
    bounded(changes, &large, directory.path()).await;
    resumed(&large, directory.path()).await;
    listed(changes).await;
}

fn name(key: &str) -> ObjectName {
    ObjectName { region: PRIMARY.to_owned(), bucket: BUCKET.to_owned(), key: key.to_owned() }
}

fn newest(key: &str) -> Object {
    Object { name: name(key), version: None }
}

fn file(directory: &Path, called: &str, content: &[u8]) -> PathBuf {
    let path = directory.join(called);
    fs::write(&path, content).unwrap();
    path
}

fn sha256(file: &Path) -> String {
    let output = Command::new("sha256sum").arg(file).output().unwrap();
    String::from_utf8(output.stdout).unwrap()[..64].to_owned()
}

fn upload(key: &str, file: &Path) -> Upload {
    Upload { name: name(key), sha256: sha256(file), file: file.to_owned(), kms_key: None, mark: mark(RUN) }
}

async fn fetch(changes: &Changes, key: &str, into: &Path) -> (ObjectFacts, Download) {
    let facts = changes.look(&newest(key)).await.unwrap().unwrap();
    (facts.clone(), Download { object: newest(key), facts, file: into.to_owned() })
}

async fn once(changes: &Changes, directory: &Path) {
    let source = file(directory, "source", b"a dump");
    let wanted = upload("dumps/one", &source);
    assert_eq!(changes.look(&newest("dumps/one")).await.unwrap(), None);
    let other = Upload { sha256: "0".repeat(64), ..wanted.clone() };
    assert_eq!(changes.put(&other).await.unwrap_err().trouble, Trouble::Refused, "other content than declared");
    let put = changes.put(&wanted).await.unwrap();
    assert_eq!(changes.put(&wanted).await.unwrap_err().trouble, Trouble::AlreadyExists);
    let (facts, download) = fetch(changes, "dumps/one", &directory.join("copy")).await;
    assert_eq!((&facts.sha256, &facts.e_tag, &facts.version), (&put.sha256, &put.e_tag, &put.version));
    assert_eq!((facts.size, facts.mark.as_ref()), (6, Some(&mark(RUN))));
    let brought = changes.download(&download).await.unwrap();
    assert_eq!((brought.size, brought.resumed_at, Some(brought.sha256)), (6, 0, facts.sha256));
    assert_eq!(fs::read(directory.join("copy")).unwrap(), b"a dump");
    let empty = upload("dumps/empty", &file(directory, "empty", b""));
    changes.put(&empty).await.unwrap();
    let (_, download) = fetch(changes, "dumps/empty", &directory.join("nothing")).await;
    assert_eq!(changes.download(&download).await.unwrap().sha256, empty.sha256);
    let error = changes.delete(&newest("dumps/one"), "run-2").await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Guarded(_)), "{error}");
    changes.delete(&newest("dumps/one"), RUN).await.unwrap();
    changes.delete(&newest("dumps/one"), RUN).await.unwrap();
    assert_eq!(changes.look(&newest("dumps/one")).await.unwrap(), None);
}

async fn lost(changes: &Changes, directory: &Path) {
    let wanted = upload("dumps/lost", &file(directory, "lost", b"heard of by nobody"));
    control("DELETE", "calls", &json!({}));
    next("drop", "s3:PutObject");
    assert!(changes.put(&wanted).await.unwrap_err().outcome_is_unknown());
    assert_eq!(asked("s3:PutObject"), 1);
    let found = changes.look(&newest("dumps/lost")).await.unwrap().unwrap();
    assert_eq!((found.sha256.as_deref(), found.mark), (Some(wanted.sha256.as_str()), Some(wanted.mark)));
}

/// Content that somebody replaced is not brought in the place of what was looked at, and is found by its checksum.
async fn changed(changes: &Changes, directory: &Path) {
    let wanted = upload("dumps/changed", &file(directory, "good", b"as it was backed up"));
    changes.put(&wanted).await.unwrap();
    let (_, before) = fetch(changes, "dumps/changed", &directory.join("before")).await;
    let script = "import boto3, sys
boto3.client('s3').put_object(Bucket=sys.argv[1], Key='dumps/changed', Body=b'as it was backed uq')";
    stranger(script, &[BUCKET]);
    assert_eq!(changes.download(&before).await.unwrap().sha256, wanted.sha256, "the version that was looked at");
    let (facts, after) = fetch(changes, "dumps/changed", &directory.join("after")).await;
    assert_eq!((facts.mark, facts.size), (None, before.facts.size), "only the content tells it");
    assert_ne!(changes.download(&after).await.unwrap().sha256, wanted.sha256);
    let mixed = ObjectFacts { version: after.facts.version.clone(), ..before.facts.clone() };
    let mixed = Download { facts: mixed, ..before };
    assert_eq!(changes.download(&mixed).await.unwrap_err().trouble, Trouble::WrongState);
    let error = changes.delete(&newest("dumps/changed"), RUN).await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Guarded(_)), "{error}");
}

async fn put_large(changes: &Changes, directory: &Path) -> Upload {
    let path = directory.join("large");
    let mut large = File::create(&path).unwrap();
    for number in 0..LARGE / MEBIBYTE {
        let piece: Vec<u8> = (0..MEBIBYTE).map(|place| (place * 7 + place / 251 + number) as u8).collect();
        large.write_all(&piece).unwrap();
    }
    let wanted = upload("dumps/large", &path);
    changes.put(&wanted).await.unwrap();
    wanted
}

async fn bounded(changes: &Changes, large: &Upload, directory: &Path) {
    let (_, download) = fetch(changes, "dumps/large", &directory.join("whole")).await;
    let before = peak_kibibytes();
    let brought = changes.download(&download).await.unwrap();
    let grown = peak_kibibytes() - before;
    assert_eq!((brought.size, brought.sha256.as_str()), (LARGE as u64, large.sha256.as_str()));
    assert!(grown < 16 * 1024, "a download of {LARGE} bytes took {grown} KiB");
}

fn peak_kibibytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

async fn resumed(large: &Upload, directory: &Path) {
    let cut = proxy::cut_after(LARGE as u64 / 2, &endpoint()).await;
    let broken = Changes::open(&Settings { endpoint_url: Some(cut), ..settings() }).await;
    let (_, download) = fetch(&broken, "dumps/large", &directory.join("resumed")).await;
    let error = broken.download(&download).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::NoAnswer);
    assert!(!download.file.exists(), "half a dump is no dump");
    control("DELETE", "calls", &json!({}));
    let brought = broken.download(&download).await.unwrap();
    assert!(brought.resumed_at > LARGE as u64 / 4, "{brought:?}");
    assert_eq!((brought.size, brought.sha256.as_str()), (LARGE as u64, large.sha256.as_str()));
    assert_eq!(sha256(&download.file), large.sha256);
    assert_eq!(asked("s3:GetObject"), 1);
}

async fn listed(changes: &Changes) {
    control("POST", "settings", &json!({ "page_size": 2 }));
    let (mut versions, mut after): (Vec<ObjectVersion>, Option<Cursor>) = (Vec::new(), None);
    loop {
        let page = changes.page(&name("dumps/"), after.as_ref()).await.unwrap();
        versions.extend(page.versions);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let of = |key: &str| versions.iter().filter(|version| version.key == key).collect::<Vec<_>>();
    assert_eq!(of("dumps/one").len(), 0, "the very version that the run put is deleted");
    let changed = of("dumps/changed");
    assert_eq!(changed.iter().map(|one| one.is_latest).collect::<Vec<_>>(), [true, false]);
    assert!(changed[0].modified_at >= changed[1].modified_at && changed[0].version != changed[1].version);
    assert_eq!(of("dumps/large").first().unwrap().size, Some(LARGE as u64));
    assert_eq!(versions.len(), 5);
    let elsewhere = ObjectName { bucket: "trackera-test-nowhere".to_owned(), ..name("") };
    assert_eq!(changes.page(&elsewhere, None).await.unwrap_err().trouble, Trouble::NotFound);
}
