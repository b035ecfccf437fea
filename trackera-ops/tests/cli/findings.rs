//! What the agent found, as people look at it, acknowledge it and take it elsewhere.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};
use trackera_core::policy::Severity;
use trackera_core::verdict::Verdict;
use trackera_journal::commit::Journal;
use trackera_journal::cosign::{SignatureError, Signers, sign};
use trackera_journal::entry::Draft;
use trackera_journal::fs::Disk;
use trackera_journal::keys::SignerKey;
use trackera_journal::kind::Kind;
use trackera_journal::log::{Location, SEGMENT_LENGTH};
use trackera_journal::signers::AllowedSigners;
use trackera_watch::acknowledgement::{Acknowledgement, AcknowledgementError, NAMESPACE};
use trackera_watch::record::{
    Announced, Announcement, Cause, Change, FindingChange, FindingKey, Item, Life, Record, Seen, What,
};

use super::journal::make_ssh_key;
use super::place::{Outcome, Place};

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_772_362_800 + 60 * minute).unwrap()
}

fn key(policy: &str, id: &str) -> FindingKey {
    let [policy, account, region, kind, id] =
        [policy, "000000000000", "eu-central-1", "aws.ec2.volume", id].map(str::to_owned);
    FindingKey { policy, account, region, kind, id }
}

fn seen(severity: Severity, verdict: Verdict) -> Seen {
    let [name, reason, evidence] = ["data", "it is \u{1b}[2J not encrypted", "00"].map(str::to_owned);
    Seen { severity, verdict, name, reason, evidence }
}

fn change(minute: i64, finding: FindingKey, change: Change) -> Record {
    Record::Finding(FindingChange { finding, at: at(minute), change })
}

/// Two findings that are open, one of which somebody was told of, and one that was closed.
fn records() -> Vec<Record> {
    let (bad, doubtful, over) = (key("disks", "vol-1"), key("disks", "vol-2"), key("keys", "key-1"));
    let items = vec![Item { finding: bad.clone(), opening: 1, what: What::Opened }];
    let announcement = Announcement::new("urgent".to_owned(), at(3), items);
    let delivered = Announced::Delivered { key: announcement.key.clone(), channel: "chat".to_owned(), at: at(4) };
    vec![
        Record::Life(Life::Started {
            agent: "one".to_owned(),
            at: at(0),
            version: "1".to_owned(),
            share: "default".to_owned(),
        }),
        change(0, doubtful, Change::Opened(seen(Severity::High, Verdict::Unknown))),
        change(1, over.clone(), Change::Opened(seen(Severity::Critical, Verdict::Fail))),
        change(2, bad, Change::Opened(seen(Severity::High, Verdict::Fail))),
        Record::Announcement(Announced::Intended(announcement)),
        Record::Announcement(delivered),
        change(60 * 24, over, Change::Closed(Cause::Kept)),
    ]
}

fn journal(place: &Place) -> Journal {
    let key = SignerKey::from_seed("agent.example", [7; 32]).unwrap();
    let location = Location {
        files: Arc::new(Disk),
        directory: place.path("journal"),
        key: key.verifier(),
        segment_length: SEGMENT_LENGTH,
    };
    Journal::open(location).unwrap().0
}

fn write(place: &Place, records: &[Record]) {
    let draft = |record: &Record| {
        let kind: Kind = record.kind().parse().unwrap();
        let body = RawValue::from_string(record.to_body().unwrap()).unwrap();
        Draft::new(at(0), kind, &body).unwrap().in_epoch(1)
    };
    journal(place).append(records.iter().map(draft).collect()).unwrap();
}

fn place() -> Place {
    let place = Place::new();
    write(&place, &records());
    place
}

fn run(place: &Place, verb: &[&str]) -> Outcome {
    place.run(&[&["finding"], verb, &["--journal", "journal"]].concat())
}

#[test]
fn the_worst_is_listed_first_and_what_is_open_decides_how_it_ends() {
    let place = place();
    let list = run(&place, &["list"]);
    assert_eq!(list.code, 1, "{list:?}");
    let resources = |json: &Json| -> Vec<String> {
        json.as_array().unwrap().iter().map(|line| line["resource"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(resources(&run(&place, &["list", "--output", "json"]).json()), ["vol-1", "vol-2"]);
    assert_eq!(resources(&run(&place, &["list", "--all", "--output", "json"]).json()), ["vol-1", "vol-2", "key-1"]);
    assert!(
        list.out.contains("since 2026-03-01 11:02:00 UTC") && list.out.ends_with("2 findings open\n"),
        "{}",
        list.out
    );

    write(&place, &[change(9, key("disks", "vol-1"), Change::Closed(Cause::Gone))]);
    assert_eq!(run(&place, &["list"]).code, 3, "what could not be verified is not good");
    write(&place, &[change(9, key("disks", "vol-2"), Change::Closed(Cause::Kept))]);
    let list = run(&place, &["list"]);
    assert_eq!((list.code, list.out.as_str()), (0, "nothing is open\n"));
}

#[test]
fn a_finding_is_found_by_its_digits_or_by_its_names() {
    let place = place();
    let id = key("disks", "vol-1").digest();
    for name in [id.as_str(), &id[..6], "disks/vol-1"] {
        let shown = run(&place, &["show", name]);
        assert_eq!(shown.code, 1, "{shown:?}");
        assert!(shown.out.contains(&id) && !shown.out.contains('\u{1b}'), "{}", shown.out);
    }
    assert_eq!(run(&place, &["show", "keys/key-1"]).code, 0);
    for name in [&id[..5], "vol-1", "disks/", "disks/vol-9"] {
        assert_eq!(run(&place, &["show", name]).code, 2, "{name}");
    }
}

#[test]
fn its_history_tells_every_change_and_who_was_told_with_their_places() {
    let place = place();
    let history = run(&place, &["history", "disks/vol-1", "--output", "json"]).json();
    let told: Vec<(u64, &str)> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["sequence"].as_u64().unwrap(), line["what"].as_str().unwrap()))
        .collect();
    let opened = "opened: high it is \u{1b}[2J not encrypted";
    assert_eq!(told, [(3, opened), (4, "to be told on urgent: opened"), (5, "told through chat")]);
    let text = run(&place, &["history", "disks/vol-1"]).out;
    assert!(text.lines().count() >= 3 && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn a_log_that_cannot_be_relied_on_is_no_answer() {
    let place = place();
    // What stands behind a damage shows that it is no unfinished write.
    write(&place, &records()[..1]);
    let file = std::fs::read_dir(place.path("journal/segments")).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("vol-1", "vol-3", 1)).unwrap();
    let outcome = run(&place, &["list"]);
    assert!(outcome.code == 3 && outcome.out.is_empty() && outcome.err.contains("journal verify"), "{outcome:?}");
    std::fs::write(&file, &text).unwrap();
    let newer = Draft::new(at(0), Kind::Finding, &json!({"version": 2, "record": {}})).unwrap();
    journal(&place).append(vec![newer]).unwrap();
    let outcome = run(&place, &["list"]);
    assert!(outcome.code == 3 && outcome.err.contains("version 2"), "{outcome:?}");
    let none = place.run(&["finding", "list"]);
    assert!(none.code == 2 && none.err.contains("/var/lib/trackera/journal"), "{none:?}");
}

/// A place with a key that may sign, and somewhere to leave what it signed.
fn place_with_key() -> (Place, String) {
    let place = place();
    let public = make_ssh_key(&place.path("id"));
    place.write("allowed_signers", format!("ada@example.com {public}\n"));
    let configuration =
        "company: {name: Example}\njournal: {coordination: {directory: place}, allowed_signers: allowed_signers}\n";
    place.write("trackera.yaml", configuration);
    std::fs::create_dir(place.path("place")).unwrap();
    (place, public)
}

fn left(place: &Place, directory: &str) -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(place.path(directory)).unwrap();
    files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
}

#[test]
fn an_acknowledgement_is_left_signed_and_believed_for_one_opening_alone() {
    let (place, public) = place_with_key();
    let ack = ["ack", "disks/vol-1", "disks/vol-2", "--sign-with", "id"];
    let outcome = run(&place, &ack);
    assert!(outcome.code == 0 && outcome.out.contains("signed as ada@example.com"), "{outcome:?}");
    let messages = left(&place, "place/acknowledgements");
    assert_eq!(messages.len(), 2);

    let allowed = AllowedSigners::parse(&format!("ada@example.com {public}"), &jiff::tz::TimeZone::UTC).unwrap();
    let judged = |message: &[u8], suspended: &[&str]| {
        let suspended: BTreeSet<String> = suspended.iter().map(|name| (*name).to_owned()).collect();
        let signers = Signers { allowed: &allowed, suspended: &suspended, at: at(0) };
        Acknowledgement::verified(message, |signed, signature| signers.signer_of(signed, signature).map(|(by, _)| by))
    };
    for message in &messages {
        let (given, by) = judged(message, &[]).unwrap();
        assert_eq!((given.opening, by.as_str()), (1, "ada@example.com"));
        let suspended = judged(message, &["ada@example.com"]);
        assert!(matches!(suspended, Err(AcknowledgementError::Signature(SignatureError::Suspended))));
        let replayed = String::from_utf8(message.clone()).unwrap().replace("\"opening\":1", "\"opening\":2");
        let replayed = judged(replayed.as_bytes(), &[]);
        assert!(matches!(replayed, Err(AcknowledgementError::Signature(SignatureError::Forged))), "{replayed:?}");
    }
    let given = judged(&messages[0], &[]).unwrap().0;
    let other = sign(&place.path("id"), "checkpoint@trackera-ops", given.statement().as_bytes()).unwrap();
    let purpose = judged(&given.message(other).unwrap(), &[]);
    assert!(matches!(purpose, Err(AcknowledgementError::Signature(SignatureError::Namespace(_)))), "{purpose:?}");
    make_ssh_key(&place.path("eve"));
    let stranger = sign(&place.path("eve"), NAMESPACE, given.statement().as_bytes()).unwrap();
    assert!(matches!(judged(&given.message(stranger).unwrap(), &[]), Err(AcknowledgementError::Signature(_))));
    assert!(matches!(judged(&[b' '; 9_000], &[]), Err(AcknowledgementError::Length)));
}

#[test]
fn nothing_is_left_that_the_agent_would_not_believe_or_does_not_wait_for() {
    let (place, _) = place_with_key();
    make_ssh_key(&place.path("eve"));
    let refused = |ids: &[&str], key: &str, words: &str| {
        let outcome = run(&place, &[&["ack"], ids, &["--sign-with", key]].concat());
        assert!(outcome.code == 2 && outcome.err.contains(words), "{outcome:?}");
        assert!(!place.path("place/acknowledgements").exists(), "nothing is left");
    };
    refused(&["disks/vol-1"], "eve", "would not believe");
    refused(&["disks/vol-1", "keys/key-1"], "id", "is not open");
    refused(&["disks/vol-9"], "id", "there is no finding");
    let by = "bob".to_owned();
    write(&place, &[change(9, key("disks", "vol-1"), Change::Acknowledged { opening: 1, by })]);
    refused(&["disks/vol-1"], "id", "`bob` acknowledged");
    place.write("trackera.yaml", "company: {name: Example}\n");
    refused(&["disks/vol-2"], "id", "names no allowed signers");
}

#[test]
fn without_coordination_it_is_left_in_the_agents_own_directory() {
    let (place, _) = place_with_key();
    place.write("trackera.yaml", "company: {name: Example}\njournal: {allowed_signers: allowed_signers}\n");
    let ack = ["ack", "disks/vol-1", "--sign-with", "id", "--directory", "agent"];
    assert_eq!(run(&place, &ack).code, 3, "there is no agent");
    std::fs::create_dir_all(place.path("agent/coordination")).unwrap();
    assert_eq!(run(&place, &ack).code, 0);
    assert_eq!(left(&place, "agent/coordination/acknowledgements").len(), 1);
}

/// What DuckDB answers about the exported files.
fn query(place: &Place, sql: &str) -> Json {
    let python = trackera_tests::root().join(".lab/venv/bin/python");
    let script = "import duckdb, json, sys; print(json.dumps(duckdb.sql(sys.argv[1]).fetchall(), default=str))";
    let output = Command::new(python).args(["-c", script, sql]).current_dir(place.path("")).output();
    let output = output.expect("the lab's Python is there: run `make setup`");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "DuckDB answers; if it is missing, run `make setup`: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn exported_columns_give_the_same_answers_as_the_list() {
    let place = place();
    let export = ["journal", "export", "--journal", "journal", "--format", "parquet", "--to", "out"];
    let outcome = place.run(&export);
    assert!(outcome.code == 0 && outcome.out.starts_with("2 files in out"), "{outcome:?}");
    let again = place.run(&export);
    assert_eq!((again.code, again.out), (0, outcome.out), "exported again, files are replaced");
    let open = "SELECT severity, verdict, resource, epoch_us(\"at\") FROM (SELECT *, row_number() OVER (PARTITION BY policy, account, \
                region, kind, resource ORDER BY epoch DESC, sequence DESC) AS newest FROM 'out/*/*.parquet' WHERE change IN \
                ('opened', 'closed')) WHERE newest = 1 AND change = 'opened' ORDER BY \"at\" DESC";
    let listed = run(&place, &["list", "--output", "json"]).json();
    let expected = [("vol-1", "fail", at(2)), ("vol-2", "unknown", at(0))]
        .map(|(id, verdict, at)| json!(["high", verdict, id, at.as_microsecond()]));
    let answer = query(&place, open);
    assert_eq!(answer, json!(expected));
    assert_eq!(answer.as_array().unwrap().len(), listed.as_array().unwrap().len());
    let days = query(&place, "SELECT day, count(*), min(log) FROM 'out/*/*.parquet' GROUP BY day ORDER BY day");
    assert_eq!(days, json!([["2026-03-01", 3, "journal"], ["2026-03-02", 1, "journal"]]));
    let types = query(&place, "SELECT typeof(\"at\"), typeof(sequence), typeof(policy) FROM 'out/*/*.parquet' LIMIT 1");
    assert_eq!(types, json!([["TIMESTAMP WITH TIME ZONE", "BIGINT", "VARCHAR"]]));
    let outcome = place.run(&["journal", "export", "--journal", "journal", "--to", "out"]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
}
