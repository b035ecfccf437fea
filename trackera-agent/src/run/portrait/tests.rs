//! What is shown of the journal.

use std::sync::Mutex;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn portrait() -> Portrait {
    Portrait::new(Agent { started_at: at(0), ..Agent::default() }, "one".to_owned())
}

fn shown(portrait: &mut Portrait, progress: Progress, now: Timestamp) -> page::Journal {
    portrait.view(None, None, (&Arc::new(Mutex::new(progress)), now)).unwrap().journal.clone()
}

#[test]
fn what_is_signed_and_where_copies_stand_is_shown() {
    let failing = Trouble { since: at(40), error: "timed out".to_owned() };
    let whole = Lag { replicated: Some(0), at: Some(at(50)), trouble: None };
    let away = Lag { trouble: Some(failing.clone()), ..Lag::default() };
    let replicas = [("near", whole), ("away", away)].map(|(name, lag)| (name.to_owned(), lag));
    let progress = Progress { signed: Some((7, at(55))), unsigned: Some(failing.clone()), replicas: replicas.into() };
    let journal = shown(&mut portrait(), progress, at(60));
    assert_eq!((journal.checkpoint, journal.unsigned), (Some((7, at(55))), Some(failing.clone())));
    let (near, away) = (&journal.replicas["near"], &journal.replicas["away"]);
    assert_eq!((near.entries, near.succeeded_at, near.behind_since), (Some(0), Some(at(50)), None));
    assert_eq!((away.behind_since, &away.trouble), (Some(at(0)), &Some(failing)), "never reached since the start");
}

#[test]
fn an_older_disk_that_was_noticed_stays_shown() {
    let mut portrait = portrait();
    let condition = |name: &str, reason: Option<&str>| Input::Condition {
        condition: name.to_owned(),
        reason: reason.map(str::to_owned),
    };
    portrait.heard(&condition("look-failed", Some("refused")), at(1));
    assert_eq!(shown(&mut portrait, Progress::default(), at(1)).rolled_back, None);
    portrait.heard(&condition("journal-restored", Some("3 entries were missing")), at(10));
    portrait.heard(&condition("look-failed", None), at(11));
    let noticed = Some(Trouble { since: at(10), error: "3 entries were missing".to_owned() });
    assert_eq!(shown(&mut portrait, Progress::default(), at(20)).rolled_back, noticed);
}
