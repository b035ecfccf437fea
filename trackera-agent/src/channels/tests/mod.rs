//! What receivers get, and that nothing secret is told of those that take nothing.

mod mail;
mod receivers;
mod servers;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use trackera_core::policy::Severity;
use trackera_core::verdict::Verdict;
use trackera_watch::alerts::NoticeItem;
use trackera_watch::record::What;

use super::*;

/// Occurs in every secret, and in the notice.
const TOKEN: &str = "t0ken";

/// Keeps what the cloud was to deliver.
#[derive(Clone, Default)]
struct Kept {
    deliveries: Arc<Mutex<Vec<String>>>,
    refuses: Option<&'static str>,
}

impl Kept {
    fn keep(&self, delivery: String) -> BoxFuture<'_, Result<(), String>> {
        self.deliveries.lock().unwrap().push(delivery);
        let outcome = self.refuses.map_or(Ok(()), |refusal| Err(refusal.to_owned()));
        Box::pin(async { outcome })
    }
}

impl Cloud for Kept {
    fn publish<'a>(
        &'a self,
        topic: &'a str,
        subject: &'a str,
        text: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<(), String>> {
        self.keep(format!("{topic} {subject} {text} {key}"))
    }

    fn send_mail<'a>(&'a self, region: &'a str, letter: &'a Letter<'a>) -> BoxFuture<'a, Result<(), String>> {
        self.keep(format!("{region} {} {:?} {}", letter.from, letter.to, letter.mail.id))
    }
}

fn means(secrets: &[(&str, &str)]) -> Means {
    let known: BTreeMap<String, String> =
        secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Means {
        secrets: Secrets::new(Box::new(move |name| known.get(name).cloned()), Path::new("/nowhere")),
        web: Web::open(Limits::USUAL).unwrap(),
        mailer: Mailer::usual(),
        cloud: Box::new(Kept::default()),
        mail_region: "eu-central-1".to_owned(),
        pager_duty: String::new(),
    }
}

fn kept_in(name: &str) -> Secret {
    Secret::Environment(name.to_owned())
}

async fn deliver(channel: Channel, means: &Means, notice: &Notice) -> Result<(), String> {
    let declared = BTreeMap::from([("channel".to_owned(), channel)]);
    sendable(Channels::new(&declared, means).deliver("channel", notice, at("2026-01-05T12:00:07Z"))).await
}

/// A delivery is a task of its own.
fn sendable<T: Future + Send>(future: T) -> T {
    future
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn item(finding: &str, text: &str) -> NoticeItem {
    let text = text.to_owned();
    NoticeItem {
        what: What::Opened,
        severity: Severity::Critical,
        verdict: Verdict::Fail,
        policy: "a-policy".to_owned(),
        title: "No port is open".to_owned(),
        resource: text.clone(),
        account: "000000000000".to_owned(),
        region: "eu-central-1".to_owned(),
        reason: text.clone(),
        fix: text,
        opening: 1,
        finding: finding.to_owned(),
    }
}

fn notice(findings: &[&str]) -> Notice {
    let items = findings.iter().map(|finding| item(finding, TOKEN)).collect();
    Notice { key: "a1b2".to_owned(), line: "urgent".to_owned(), at: at("2026-01-05T12:00:00Z"), items }
}

#[tokio::test]
async fn topics_and_mailboxes_of_the_cloud_get_what_they_are_declared_for() {
    let kept = Kept::default();
    let means = Means { cloud: Box::new(kept.clone()), ..means(&[]) };
    let topic = "arn:aws:sns:eu-central-1:000000000000:alerts".to_owned();
    deliver(Channel::Sns { topic }, &means, &notice(&["f"])).await.unwrap();
    let (from, to) = ("alerts@example.com".to_owned(), vec!["a@example.com".to_owned()]);
    deliver(Channel::Ses { from, to }, &means, &notice(&["f"])).await.unwrap();
    let deliveries = kept.deliveries.lock().unwrap();
    assert!(deliveries[0].starts_with("arn:aws:sns:eu-central-1:000000000000:alerts [critical] broken: No port"));
    assert!(deliveries[0].contains(r#"{"default":"broken: "#) && deliveries[0].ends_with(" a1b2"));
    assert_eq!(deliveries[1], r#"eu-central-1 alerts@example.com ["a@example.com"] a1b2"#);
}

#[tokio::test]
async fn what_the_cloud_answers_is_told_on_one_bearable_line() {
    let long: &str = "sns:Publish: refused\u{1b}[2J\n".repeat(100).leak();
    let kept = Kept { refuses: Some(long), ..Kept::default() };
    let means = Means { cloud: Box::new(kept), ..means(&[]) };
    let error = deliver(Channel::Sns { topic: String::new() }, &means, &notice(&["f"])).await.unwrap_err();
    assert!(error.starts_with("SNS: sns:Publish: refused") && error.chars().count() <= 2 * LONGEST_TROUBLE);
    assert!(!error.contains(char::is_control), "{error}");
}

#[test]
fn what_names_make_too_long_for_a_topic_is_told_in_short() {
    let usual = publication(&notice(&["f"])).1;
    let usual: Json = serde_json::from_str(&usual).unwrap();
    assert!(usual.get("sqs").is_some());
    let items: Vec<NoticeItem> = (0..20).map(|_| item("f", &"🔥".repeat(500))).collect();
    let long = publication(&Notice { items, ..notice(&[]) }).1;
    assert!(long.len() <= LONGEST_PUBLICATION);
    let long: Json = serde_json::from_str(&long).unwrap();
    assert!(long["default"].as_str().unwrap().ends_with("(and 19 more)\nkey a1b2"));
}

#[tokio::test]
async fn what_keeps_a_channel_from_delivering_is_known_beforehand() {
    let means = means(&[("GOOD", "https://example.com/t0ken"), ("PLAIN", "http://example.com/t0ken")]);
    let slack = |name| Channel::Slack { url: kept_in(name) };
    let declared: BTreeMap<String, Channel> =
        ["GOOD", "PLAIN", "ABSENT"].map(|name| (name.to_lowercase(), slack(name))).into();
    let problems = Channels::new(&declared, &means).problems();
    assert_eq!(
        problems.iter().map(|(name, problem)| format!("{name}: {problem}")).collect::<Vec<_>>(),
        [
            "absent: Slack: the variable `ABSENT` is not set",
            "plain: Slack: the address does not begin with `https://` and the name of a host",
        ]
    );
    let error = Channels::new(&declared, &means).deliver("other", &notice(&["f"]), Timestamp::UNIX_EPOCH).await;
    assert_eq!(error.unwrap_err(), "no channel has this name");
}
