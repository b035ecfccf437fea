//! Who is told what and when, and that no name of a resource can say anything in our place.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::Value as Json;
use trackera_core::company::Configuration;
use trackera_core::company::alerts::Alerts;
use trackera_core::policy::Severity;
use trackera_core::verdict::Verdict;
use trackera_core::yaml::File;

use super::*;
use crate::findings::{Findings, Patience};
use crate::record::{Announced, Announcement, Cause, Change, FindingChange, FindingKey, Item, Seen, What};
use crate::schedule::Rules;

const DECLARED: &str = r#"company: {name: Example}
alerts:
  zone: Europe/Berlin
  channels:
    chat: {slack: {url: {environment: A}}}
    mail: {ses: {from: a@example.com, to: [b@example.com]}}
    other: {slack: {url: {environment: B}}}
  routes:
    - {name: all, to: [chat, mail], group: 1m, repeat: 30m, escalate: {after: 1h, to: [other]}}
    - {name: office, severities: [high], to: [mail], hours: {days: [monday, tuesday, wednesday, thursday, friday], from: "08:00", to: "18:00"}}
  quiet: {severities: [low], hours: {from: "22:00", to: "07:00"}}
"#;

fn declared() -> Alerts {
    let file = File { name: "trackera.yaml".to_owned(), text: DECLARED.to_owned() };
    Configuration::load(&file).unwrap().alerts.unwrap().check(&file).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn key(id: &str) -> FindingKey {
    let [policy, account, region, kind, id] = ["p", "1", "eu-central-1", "k", id].map(str::to_owned);
    FindingKey { policy, account, region, kind, id }
}

fn seen(severity: Severity, name: &str) -> Seen {
    let (name, reason, evidence) = (name.to_owned(), format!("{name} is open"), String::new());
    Seen { severity, verdict: Verdict::Fail, name, reason, evidence }
}

/// Findings and what was told of them; announcements are made for one line at chosen moments.
struct Told {
    alerts: Alerts,
    findings: Findings,
    ledger: Ledger,
}

impl Told {
    fn new() -> Self {
        Self { alerts: declared(), findings: Findings::default(), ledger: Ledger::default() }
    }

    fn change(&mut self, id: &str, moment: &str, change: Change) {
        self.findings.apply(&FindingChange { finding: key(id), at: at(moment), change });
    }

    fn open(&mut self, id: &str, moment: &str, severity: Severity) {
        self.change(id, moment, Change::Opened(seen(severity, id)));
    }

    fn due(&self, line: &str, moment: &str) -> (Vec<Announcement>, Option<Timestamp>) {
        let standing = Standing {
            findings: &self.findings,
            ledger: &self.ledger,
            rules: &Rules::default(),
            patience: &Patience::USUAL,
        };
        let line = Line::all(&self.alerts).find(|one| one.name() == line).unwrap();
        due(&line, &standing, at(moment))
    }

    /// Announces what is due, and gives it in words.
    fn announce(&mut self, line: &str, moment: &str) -> Vec<String> {
        let (due, _) = self.due(line, moment);
        let words = due.iter().flat_map(|one| &one.items).map(|item| format!("{} {:?}", item.finding.id, item.what));
        let words = words.collect();
        due.into_iter().for_each(|one| self.ledger.apply(&Announced::Intended(one), &self.findings));
        words
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn findings_that_come_together_are_told_together() {
    let mut told = Told::new();
    told.open("a", "2026-01-05T12:00:00Z", Severity::High);
    told.open("b", "2026-01-05T12:00:30Z", Severity::High);
    assert_eq!(told.due("all", "2026-01-05T12:00:40Z"), (vec![], Some(at("2026-01-05T12:01:00Z"))));
    assert_eq!(told.announce("all", "2026-01-05T12:01:00Z"), ["a Opened", "b Opened"]);
    assert_eq!(told.due("all", "2026-01-05T12:01:00Z"), (vec![], Some(at("2026-01-05T12:31:00Z"))));
}

#[test]
fn what_nobody_acknowledges_is_repeated_and_goes_to_the_others() {
    let mut told = Told::new();
    told.open("a", "2026-01-05T12:00:00Z", Severity::Critical);
    told.announce("all", "2026-01-05T12:01:00Z");
    assert_eq!(told.announce("all", "2026-01-05T12:32:00Z"), ["a Repeated { repeat: 1 }"]);
    assert_eq!(told.announce("all/escalation", "2026-01-05T12:59:59Z"), NOTHING);
    assert_eq!(told.announce("all/escalation", "2026-01-05T13:01:00Z"), ["a Opened"]);
    told.change("a", "2026-01-05T13:02:00Z", Change::Acknowledged { opening: 1, by: "x".to_owned() });
    assert_eq!(told.announce("all", "2026-01-05T15:00:00Z"), NOTHING);
    assert_eq!(told.announce("all/escalation", "2026-01-05T15:00:00Z"), NOTHING);
    told.change("a", "2026-01-05T15:01:00Z", Change::Closed(Cause::Kept));
    for line in ["all", "all/escalation"] {
        assert_eq!(told.announce(line, "2026-01-05T15:03:00Z"), ["a Closed"]);
        assert_eq!(told.announce(line, "2026-01-05T18:00:00Z"), NOTHING);
    }
}

#[test]
fn an_acknowledged_finding_never_reaches_the_others() {
    let mut told = Told::new();
    told.open("a", "2026-01-05T12:00:00Z", Severity::Critical);
    told.change("a", "2026-01-05T12:10:00Z", Change::Acknowledged { opening: 1, by: "x".to_owned() });
    assert_eq!(told.announce("all/escalation", "2026-01-05T20:00:00Z"), NOTHING);
}

#[test]
fn low_severities_wait_for_the_morning_also_when_the_clocks_change() {
    for (opened, night, morning) in [
        ("2026-01-05T23:00:00Z", "2026-01-06T05:59:59Z", "2026-01-06T06:00:00Z"),
        ("2026-03-28T23:00:00Z", "2026-03-29T04:59:59Z", "2026-03-29T05:00:00Z"),
        ("2026-10-24T23:00:00Z", "2026-10-25T05:59:59Z", "2026-10-25T06:00:00Z"),
    ] {
        let mut told = Told::new();
        told.open("low", opened, Severity::Low);
        told.open("high", opened, Severity::High);
        assert_eq!(
            told.announce("all", &at(opened).checked_add(SignedDuration::from_mins(1)).unwrap().to_string()),
            ["high Opened"]
        );
        assert!(!told.announce("all", night).contains(&"low Opened".to_owned()));
        assert!(told.announce("all", morning).contains(&"low Opened".to_owned()), "{morning}");
    }
}

#[test]
fn what_was_over_before_the_morning_is_not_told() {
    let mut told = Told::new();
    told.open("low", "2026-01-05T23:00:00Z", Severity::Low);
    told.change("low", "2026-01-06T01:00:00Z", Change::Closed(Cause::Kept));
    assert_eq!(told.announce("all", "2026-01-06T08:00:00Z"), NOTHING);
}

#[test]
fn a_route_with_hours_speaks_within_them() {
    let mut told = Told::new();
    // A Friday evening; Monday is the fifth.
    told.open("a", "2026-01-02T20:00:00Z", Severity::High);
    assert_eq!(told.due("office", "2026-01-02T20:05:00Z"), (vec![], Some(at("2026-01-05T07:00:00Z"))));
    assert_eq!(told.announce("office", "2026-01-05T07:00:00Z"), ["a Opened"]);
}

#[test]
fn what_comes_and_goes_is_told_once_and_again_when_it_rests() {
    let mut told = Told::new();
    for minute in 0..5 {
        let moment = format!("2026-01-05T12:0{minute}:00Z");
        if minute % 2 == 0 {
            told.open("a", &moment, Severity::High);
        } else {
            told.change("a", &moment, Change::Closed(Cause::Kept));
        }
    }
    assert_eq!(told.announce("all", "2026-01-05T12:05:10Z"), ["a Flapping { turn: 5 }"]);
    assert_eq!(told.due("all", "2026-01-05T12:05:10Z"), (vec![], Some(at("2026-01-05T13:00:00Z"))));
    assert_eq!(told.announce("all", "2026-01-05T13:02:00Z"), ["a Opened"]);
}

#[test]
fn what_flaps_again_is_told_under_another_key() {
    let mut told = Told::new();
    for minute in [0, 14, 28, 42, 56] {
        let moment = format!("2026-01-05T12:{minute:02}:00Z");
        match minute % 28 {
            0 => told.open("a", &moment, Severity::High),
            _ => told.change("a", &moment, Change::Closed(Cause::Kept)),
        }
    }
    let first = told.due("all", "2026-01-05T12:57:00Z").0;
    assert_eq!(told.announce("all", "2026-01-05T12:57:00Z"), ["a Flapping { turn: 5 }"]);
    assert_eq!(told.announce("all", "2026-01-05T13:00:00Z"), ["a Opened"]);
    told.change("a", "2026-01-05T13:01:00Z", Change::Closed(Cause::Kept));
    let second = told.due("all", "2026-01-05T13:02:00Z").0;
    assert_eq!(told.announce("all", "2026-01-05T13:02:00Z"), ["a Flapping { turn: 6 }"]);
    assert_ne!(first[0].key, second[0].key);
}

#[test]
fn a_long_list_goes_out_in_parts() {
    let mut told = Told::new();
    for number in 0..45 {
        told.open(&format!("{number:02}"), "2026-01-05T12:00:00Z", Severity::High);
    }
    let (due, _) = told.due("all", "2026-01-05T12:10:00Z");
    assert_eq!(due.iter().map(|one| one.items.len()).collect::<Vec<_>>(), [20, 20, 5]);
}

#[test]
fn a_failed_channel_falls_over_to_the_next_and_all_are_tried_again_later_and_later() {
    let alerts = declared();
    let mut told = Told::new();
    told.open("a", "2026-01-05T12:00:00Z", Severity::High);
    told.announce("all", "2026-01-05T12:01:00Z");
    let mut attempts = Vec::new();
    for _ in 0..8 {
        let pending = told.ledger.pending().next().unwrap().clone();
        let attempt = next(&pending, &alerts).unwrap();
        let Announcement { key, at: intended_at, .. } = pending.announcement;
        attempts.push((attempt.channel.clone(), attempt.at.duration_since(intended_at).as_secs()));
        let failed = Announced::Failed { key, channel: attempt.channel, at: attempt.at, error: "down".to_owned() };
        told.ledger.apply(&failed, &told.findings);
    }
    let channels: Vec<&str> = attempts.iter().map(|(channel, _)| channel.as_str()).collect();
    assert_eq!(channels, ["chat", "mail", "chat", "mail", "chat", "mail", "chat", "mail"]);
    let waits: Vec<i64> = attempts.chunks(2).map(|round| round[0].1).collect();
    assert!((15..=30).contains(&waits[1]) && waits.windows(2).all(|pair| pair[0] < pair[1]), "{waits:?}");
    assert_eq!(told.ledger.failing().map(|(channel, _)| channel).collect::<Vec<_>>(), ["chat", "mail"]);
}

fn notice(name: &str, what: What) -> Notice {
    let mut told = Told::new();
    let finding = key(name);
    let opened = Change::Opened(seen(Severity::Critical, name));
    told.findings.apply(&FindingChange { finding: finding.clone(), at: at("2026-01-05T12:00:00Z"), change: opened });
    let item = Item { finding, opening: 1, what };
    let announcement = Announcement::new("all".to_owned(), at("2026-01-05T12:01:00Z"), vec![item]);
    Notice::of(&announcement, &told.findings, &Rules::default())
}

/// Every text of a document.
fn texts(json: &Json, found: &mut Vec<String>) {
    match json {
        Json::String(text) => found.push(text.clone()),
        Json::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Json::Object(fields) => fields.values().for_each(|value| texts(value, found)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

#[track_caller]
fn is_safe(name: &str) {
    let notice = notice(name, What::Opened);
    let slack = slack(&notice);
    let fallback = slack["text"].as_str().unwrap();
    assert!(!fallback.contains(['<', '>']), "{fallback}");
    assert_eq!(slack["mrkdwn"], false);
    for block in slack["blocks"].as_array().unwrap() {
        assert_eq!(block["text"]["type"], "plain_text");
        let limit = if block["type"] == "header" { 150 } else { 3_000 };
        assert!(block["text"]["text"].as_str().unwrap().chars().count() <= limit);
    }
    let (subject, topic) = sns(&notice);
    assert!(subject.is_ascii() && subject.len() < 100 && !subject.contains(|one: char| one.is_control()));
    let mail = mail(&notice);
    assert!(!mail.subject.contains(|one: char| one.is_control()) && mail.subject.chars().count() <= 151);
    // Headline, reason and place, the blank line, and the end.
    assert_eq!(mail.text.lines().count(), 5, "{}", mail.text);
    let pager = pager_duty(&notice, "key");
    assert!(pager[0]["payload"]["summary"].as_str().unwrap().chars().count() <= 1_024);
    let mut found = Vec::new();
    for document in [&slack, &json(&notice), &pager[0]] {
        texts(document, &mut found);
    }
    found.extend([subject, mail.subject.clone()]);
    let hidden =
        |text: &String| text.replace('\n', "").chars().any(|one| harmless(&one.to_string(), 1).chars().count() > 1);
    assert!(!found.iter().any(hidden), "{found:?}");
    assert!(serde_json::from_str::<Json>(topic["sqs"].as_str().unwrap()).is_ok());
}

#[test]
fn hostile_names_are_harmless_in_every_form() {
    for name in [
        "<!channel> <@U1> <https://example.com|click>",
        "a\r\nBcc: everybody@example.com\r\n\r\nbody",
        "\u{202e}gpj.exe\u{2066}\u{200b}\u{feff}\u{e0041}",
        "\"},{\"text\":\"forged",
        "{{message}} ${env} $(id) `id` %0a",
        "\u{0}\u{1b}[31mred\u{7}",
        "*bold* _it_ ~no~ :tada: @here",
        &"x".repeat(10_000),
        &"ä".repeat(10_000),
        "",
    ] {
        is_safe(name);
    }
}

proptest! {
    #[test]
    fn any_name_is_harmless_in_every_form(name in any::<String>()) {
        is_safe(&name);
    }
}

#[test]
fn the_generic_form_never_changes() {
    let notice = notice("sg-1", What::Repeated { repeat: 2 });
    let item = r#"{"finding":"DIGEST","opening":1,"what":"repeated","severity":"critical","verdict":"fail","policy":"p","title":"p","resource":"sg-1","account":"1","region":"eu-central-1","reason":"sg-1 is open","fix":""}"#;
    let headline = "[critical] broken (2. reminder): p: sg-1";
    let wanted = format!(
        r#"{{"version":1,"key":"KEY","route":"all","at":"2026-01-05T12:01:00Z","headline":"{headline}","items":[{item}]}}"#
    );
    let wanted = wanted.replace("KEY", &notice.key).replace("DIGEST", &notice.items[0].finding);
    assert_eq!(json(&notice).to_string(), wanted);
}

#[test]
fn an_incident_opens_and_resolves_under_one_key() {
    let (opened, closed) = (notice("a", What::Opened), notice("a", What::Closed));
    let (opened, closed) = (pager_duty(&opened, "key"), pager_duty(&closed, "key"));
    assert_eq!(opened[0]["event_action"], "trigger");
    assert_eq!(closed[0]["event_action"], "resolve");
    assert_eq!(opened[0]["dedup_key"], closed[0]["dedup_key"]);
    assert_eq!(opened[0]["payload"]["severity"], "critical");
}

#[test]
fn the_same_news_has_the_same_key_and_other_news_another() {
    let item = |opening, what| Item { finding: key("a"), opening, what };
    let moment = at("2026-01-05T12:00:00Z");
    let key = |line: &str, items: &[Item]| Announcement::new(line.to_owned(), moment, items.to_vec()).key;
    let first = key("all", &[item(1, What::Opened)]);
    let later = Announcement::new("all".to_owned(), at("2026-02-05T12:00:00Z"), vec![item(1, What::Opened)]).key;
    assert_eq!(first, later);
    for other in [
        key("office", &[item(1, What::Opened)]),
        key("all", &[item(2, What::Opened)]),
        key("all", &[item(1, What::Closed)]),
        key("all", &[item(1, What::Repeated { repeat: 1 })]),
        key("all", &[item(1, What::Opened), item(1, What::Closed)]),
    ] {
        assert_ne!(first, other);
    }
}
