//! How policies stand between two whole looks.

use std::sync::Arc;

use trackera_agent::page::View;
use trackera_core::policy::Severity;
use trackera_core::verdict::Verdict;
use trackera_watch::places::{Place, Places};
use trackera_watch::record::{Cause, Change, FindingChange, FindingKey, Observation, Record};

use crate::estate::{before, drifted, key, seen};
use crate::web::Served;

const POLICY: &str = "acm-certificate-renews";
const RULE: &str = "Certificates renew in time";

/// What changed since the last whole look, and the look at a part that showed it.
fn since(changes: &[(FindingKey, Change)]) -> View {
    let mut view = drifted();
    let state = Arc::make_mut(&mut view.state);
    for (finding, change) in changes {
        let change = FindingChange { finding: finding.clone(), at: before(1), change: change.clone() };
        state.apply(&Record::Finding(change));
    }
    let place = Place { account: "000000000000".to_owned(), region: Some("eu-central-1".to_owned()) };
    let (looked, evidence) = ([(POLICY.to_owned(), Places::At([place].into()))].into(), String::new());
    state.apply(&Record::Observation(Observation {
        begun_at: before(1),
        looked,
        evidence,
        fail: 1,
        unknown: 0,
        gaps: 0,
    }));
    view
}

fn broken(verdict: Verdict) -> Change {
    Change::Opened(seen(Severity::Low, verdict, "", "it is not as it should be"))
}

/// The words of the policy's row.
async fn row(view: View, path: &str) -> String {
    let body = Served::new(view).await.get(path).await.body;
    let (_, table) = body.split_once("<table").unwrap();
    let row = table.split("<tr>").find(|row| row.contains(RULE)).unwrap();
    let mut is_tag = false;
    let plain = |one: &char| {
        is_tag = (is_tag || *one == '<') && *one != '>';
        !is_tag && *one != '>'
    };
    row.chars().filter(plain).collect()
}

#[tokio::test]
async fn a_finding_that_an_event_opened_shows_in_the_row_of_its_policy() {
    for path in ["/", "/coverage"] {
        let calm = row(drifted(), path).await;
        assert!(calm.contains("1 fail, 4 pass") && !calm.contains("whole look") && !calm.contains("a part"), "{calm}");
        let row = row(since(&[(key(POLICY, "new"), broken(Verdict::Fail))]), path).await;
        assert!(row.contains("2 fail, 4 pass, 2 not applicablein the last whole look: 1 fail, 4 pass"), "{row}");
        assert!(row.contains("2m agoa part of it 1m ago"), "{row}");
    }
}

#[tokio::test]
async fn what_an_event_showed_to_be_over_is_over_in_the_row_too() {
    let known = drifted().state.findings.open().find(|(key, _)| key.policy == POLICY).unwrap().0.clone();
    let row = row(since(&[(known, Change::Closed(Cause::Kept))]), "/coverage").await;
    assert!(row.contains("4 pass, 2 not applicablein the last whole look: 1 fail, 4 pass"), "{row}");
}

#[tokio::test]
async fn what_could_not_be_verified_since_is_never_shown_as_a_pass() {
    for change in [Change::Doubted, broken(Verdict::Unknown)] {
        let row = row(since(&[(key(POLICY, "*"), change)]), "/coverage").await;
        assert!(row.contains("1 fail, 1 unknown, 4 pass"), "{row}");
    }
}

#[tokio::test]
async fn after_a_restart_the_rows_tell_what_the_journal_knows() {
    let mut view = drifted();
    view.coverage = Arc::default();
    let row = row(view, "/coverage").await;
    assert!(row.contains("1 failnothing else is known"), "{row}");
}
