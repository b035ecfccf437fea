//! What the pages and the figures tell of the journal.

use trackera_agent::page::{Trouble, View};

use crate::estate::{before, drifted};
use crate::web::Served;

fn trouble(error: &str) -> Option<Trouble> {
    Some(Trouble { since: before(9), error: error.to_owned() })
}

async fn told(change: impl FnOnce(&mut View)) -> (String, String, String) {
    let mut view = drifted();
    change(&mut view);
    let served = Served::new(view).await;
    let page = async |path: &str| served.get(path).await.body;
    (page("/journal").await, page("/health").await, page("/metrics").await)
}

#[tokio::test]
async fn what_is_signed_and_what_each_copy_has_stands_there_with_its_moment() {
    let (journal, _, figures) = told(|_| {}).await;
    assert!(journal.contains("signs 18,440 entries, ") && journal.contains(", 2 newer"), "{journal}");
    assert!(journal.contains("141 entries") && journal.contains("18,301"), "{journal}");
    let minute_ago = before(1).as_second();
    for figure in [
        "trackera_checkpoint_entries 18440".to_owned(),
        format!("trackera_checkpoint_timestamp_seconds {minute_ago}"),
        format!("trackera_replica_timestamp_seconds{{replica=\"disk\"}} {minute_ago}"),
        "trackera_checkpoint_up 1".to_owned(),
        "trackera_journal_rolled_back 0".to_owned(),
    ] {
        assert!(figures.lines().any(|line| line == figure), "{figure} is not among {figures}");
    }
}

#[tokio::test]
async fn an_older_disk_is_told_on_every_page() {
    let (journal, health, figures) = told(|view| view.journal.rolled_back = trouble("3 entries were missing")).await;
    assert!(journal.contains("<h1 class=\"fail\">") && journal.contains("3 entries were missing"), "{journal}");
    assert!(health.contains("older state of this disk was noticed: 3 entries were missing"), "{health}");
    assert!(figures.contains("trackera_journal_rolled_back 1\n"), "{figures}");
}

#[tokio::test]
async fn a_log_that_nobody_signs_is_not_called_well() {
    let (journal, health, figures) = told(|view| {
        view.journal.replicas.clear();
        view.journal.unsigned = trouble("no space is left");
    })
    .await;
    assert!(journal.contains("<h1 class=\"unknown\">The journal is whole, and cannot be signed"), "{journal}");
    assert!(health.contains("no space is left") && figures.contains("trackera_checkpoint_up 0\n"), "{health}");
}

#[tokio::test]
async fn before_the_first_signature_nothing_is_said_to_be_signed() {
    let (journal, _, figures) = told(|view| view.journal.checkpoint = None).await;
    assert!(journal.contains("none since the agent started"), "{journal}");
    let is_told = |line: &str| !line.starts_with('#') && line.contains("checkpoint") && !line.contains("_up ");
    assert!(!figures.lines().any(is_told), "{figures}");
}
