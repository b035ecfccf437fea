//! What the pages show.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use trackera_agent::page::View;
use trackera_core::verdict::Verdict;
use trackera_journal::digest::Digest;
use trackera_watch::record::{Change, FindingChange, Record, Seen};
use trackera_watch::state::State;

use crate::estate::{NOW, before, crowded, drifted, key};
use crate::web::Served;

const PAGES: [&str; 4] = ["/", "/coverage", "/health", "/journal"];

fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    text.split_once(begin).and_then(|(_, rest)| rest.split_once(end)).map(|(inner, _)| inner).unwrap()
}

#[tokio::test]
async fn the_digests_of_the_security_policy_are_those_of_what_is_served() {
    let served = Served::new(drifted()).await;
    for page in PAGES {
        let answer = served.get(page).await;
        // Headers were made lower-case, so digests are compared in that form too.
        let digest = |tag: &str| {
            let content = between(&answer.body, &format!("<{tag}>"), &format!("</{tag}>"));
            format!("{tag}-src 'sha256-{}'", Digest::of(content.as_bytes()).to_base64().to_lowercase())
        };
        let policy = answer.header("content-security-policy");
        assert!(policy.contains(&digest("style")) && policy.contains(&digest("script")), "{policy}");
        assert!(!answer.body.contains(" style=") && !answer.body.contains(" onclick="));
        assert!(
            !answer.body.contains("http://") && !answer.body.contains("https://"),
            "nothing is loaded from elsewhere"
        );
    }
}

#[tokio::test]
async fn the_worst_finding_comes_first_and_leads_to_its_history() {
    let served = Served::new(drifted()).await;
    let board = served.get("/").await.body;
    assert!(board.contains("7 open findings: 2 critical, 3 high, 1 medium, 1 low"));
    let place = |words: &str| board.find(words).unwrap_or_else(|| panic!("no {words}"));
    assert!(place("bastion-old opens") < place("trackera-reporting has a public"), "of two the older one");
    assert!(place("export-2019 has") < place("scratch is not encrypted"));
    let digest = key("sg-only-declared-ports", "sg-0f3c2a91d7e84b650").digest();
    let finding = served.get(&format!("/findings/{digest}")).await;
    assert_eq!(finding.status, 200);
    for words in [
        "Only declared ports are open to the Internet",
        "narrow its source",
        "acknowledged by <bdi>ada</bdi>",
        "Closed: it is gone",
        "Told on the route urgent: it is there",
        "did not take what was told: the server answered 503",
        "evidence <code>9f86d081884c7d65",
    ] {
        assert!(finding.body.contains(words), "{words}");
    }
    assert!(finding.body.find("Acknowledged by ada") < finding.body.find("Closed: it is gone"), "the newest first");
}

#[tokio::test]
async fn what_somebody_chose_as_a_name_is_shown_and_does_nothing() {
    const NAME: &str =
        "</title></script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u{202e}\u{0}\r\nX: y&amp;";
    let mut view = crowded(3, NAME);
    view.agent.name = NAME.to_owned();
    view.journal.origin = NAME.to_owned();
    view.journal.damages = Arc::new(vec![NAME.to_owned()]);
    view.files.mistakes = Arc::new(vec![NAME.to_owned()]);
    let rules = Arc::make_mut(&mut view.rules);
    rules.rules.values_mut().for_each(|rule| (rule.title, rule.fix) = (NAME.to_owned(), NAME.to_owned()));
    let state = Arc::make_mut(&mut view.state);
    let seen = Seen {
        severity: trackera_core::policy::Severity::Low,
        verdict: Verdict::Fail,
        name: NAME.to_owned(),
        reason: NAME.to_owned(),
        evidence: NAME.to_owned(),
    };
    let change = FindingChange { finding: key(NAME, NAME), at: before(1), change: Change::Opened(seen) };
    let digest = change.finding.digest();
    state.apply(&Record::Finding(change));
    let served = Served::new(view).await;
    for page in PAGES.into_iter().chain([format!("/findings/{digest}").as_str()]) {
        let body = served.get(page).await.body;
        assert!(body.contains("&lt;script&gt;alert(1)"), "{page}");
        assert_eq!(body.matches("<script>").count(), 1, "{page}");
        assert!(!body.contains("<img") && !body.contains("\"'>"), "{page}");
        let hidden = |one: char| (one.is_control() && one != '\n') || one == '\u{202e}';
        assert!(!body.contains(hidden), "{page}");
        assert_eq!(body.matches("</html>").count(), 1, "{page}");
    }
}

#[tokio::test]
async fn ten_thousand_findings_come_in_pages() {
    let served = Served::new(crowded(10_000, "scratch")).await;
    let first = served.get("/").await.body;
    assert_eq!(first.matches("<a href=\"/findings/").count(), 200);
    assert!(first.contains("Page 1 of 51") && first.contains("href=\"/?page=2\""));
    let last = served.get("/?severity=medium&policy=ebs-volume-encrypted&page=51").await.body;
    assert_eq!(last.matches("<a href=\"/findings/").count(), 1);
    assert!(last.contains("href=\"/?severity=medium&amp;policy=ebs-volume-encrypted&amp;page=50\""));
    assert!(served.get("/?page=18446744073709551615").await.body.contains("None."));
    let mut times = Vec::new();
    for page in 1..=21 {
        let begin = Instant::now();
        assert_eq!(served.get(&format!("/?page={page}")).await.status, 200);
        times.push(begin.elapsed());
    }
    times.sort();
    // What is built without optimisation takes many times as long.
    let limit = Duration::from_millis(if cfg!(debug_assertions) { 250 } else { 50 });
    assert!(times[10] < limit, "{times:?}");
    println!("trials: a page of 200 of 10,000 findings takes {:?} (median of 21)", times[10]);
}

#[tokio::test]
async fn what_was_not_looked_at_is_never_called_good() {
    let calm = || {
        let mut view = drifted();
        let mut state = State::default();
        std::mem::swap(&mut state.observed, &mut Arc::make_mut(&mut view.state).observed);
        view.state = Arc::new(state);
        view
    };
    let headline = async |view: View| {
        let body = Served::new(view).await.get("/").await.body;
        between(&body, "<h1 class=\"", "</h1>").to_owned()
    };
    assert!(headline(calm()).await.starts_with("unknown"), "one policy was never looked at");
    let mut whole = calm();
    Arc::make_mut(&mut whole.rules).rules.remove("trail-covers-everything");
    assert_eq!(headline(whole.clone()).await, "pass\">No open findings");
    let mut stale = whole.clone();
    let rules = Arc::make_mut(&mut stale.rules);
    rules.rules.values_mut().for_each(|rule| rule.freshness = SignedDuration::from_secs(1));
    assert!(headline(stale).await.starts_with("unknown"));
    let mut old = whole;
    old.now = NOW - SignedDuration::from_secs(31);
    assert!(headline(old).await.starts_with("unknown"));
    assert!(headline(View { now: NOW, ..View::default() }).await.starts_with("unknown"), "no policies");
}

#[tokio::test]
async fn health_follows_the_loop_and_readiness_what_it_needs() {
    let status = async |view: View, path: &str| Served::new(view).await.get(path).await.status;
    assert_eq!(status(drifted(), "/healthz").await, 200);
    assert_eq!(status(drifted(), "/readyz").await, 200);
    let mut old = drifted();
    old.now = NOW - SignedDuration::from_secs(31);
    assert_eq!(status(old, "/healthz").await, 503);
    let changes: [fn(&mut View); 3] =
        [|view| view.files.loaded = false, |view| view.journal.open = false, |view| view.looks.ended = 0];
    for change in changes {
        let mut view = drifted();
        change(&mut view);
        assert_eq!(status(view, "/readyz").await, 503);
    }
}
