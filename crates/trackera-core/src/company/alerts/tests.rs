//! What the section `alerts:` accepts, and the places of what it refuses.

use super::*;
use crate::company::Configuration;

const GOOD: &str = r#"company: {name: Example}
alerts:
  zone: Europe/Berlin
  channels:
    chat: {slack: {url: {environment: TRACKERA_SLACK_URL}}}
    pager: {pager_duty: {routing_key: {file: secrets/pager}}}
    hook: {webhook: {url: {environment: HOOK}, signing_key: {file: secrets/hook}}}
    topic: {sns: {topic: "arn:aws:sns:eu-central-1:000000000000:alerts"}}
    mail: {ses: {from: alerts@example.com, to: [a@example.com]}}
    second: {smtp: {host: mail.example.com, user: u, password: {environment: P}, from: x@example.com, to: [b@example.com]}}
  people: {amelie: [pager, mail], jonas: [second, topic]}
  routes:
    - {name: urgent, severities: [critical], to: [amelie, chat], repeat: 30m, escalate: {after: 15m, to: [jonas]}}
    - {name: rest, topics: [network, agent], policies: ["sg-*"], to: [chat], group: 10m, hours: {days: [monday], from: "08:00", to: "18:00"}}
  quiet: {severities: [medium, low], hours: {from: "20:00", to: "07:00"}}
  waivers_warn: 7d
  dead_man: {url: {environment: DEAD_MAN}, every: 1m}
"#;

fn load(text: &str) -> Result<Alerts, Problem> {
    let file = File { name: "trackera.yaml".to_owned(), text: text.to_owned() };
    let configuration = Configuration::load(&file)?;
    configuration.alerts.unwrap().check(&file)
}

#[test]
fn people_stand_for_their_channels_in_order() {
    let alerts = load(GOOD).unwrap();
    let [urgent, rest] = &alerts.routes[..] else { panic!("{:?}", alerts.routes) };
    assert_eq!(urgent.to, ["pager", "mail", "chat"]);
    assert_eq!(urgent.escalate, Some((SignedDuration::from_mins(15), vec!["second".to_owned(), "topic".to_owned()])));
    assert!(urgent.takes(Severity::Critical, "storage", "bucket-public"));
    assert!(!urgent.takes(Severity::High, "storage", "bucket-public"));
    assert!(rest.takes(Severity::Low, "network", "sg-open"));
    assert!(!rest.takes(Severity::Low, "network", "nacl-open"));
    assert!(!rest.takes(Severity::Low, "storage", "sg-open"));
    assert_eq!(alerts.waivers_warn, SignedDuration::from_hours(7 * 24));
}

#[test]
fn mistakes_are_refused_at_their_places() {
    for (good, bad, place, words) in [
        ("zone: Europe/Berlin", "zone: Europe/Berlim", "3:9", "no time zone is called `Europe/Berlim`"),
        ("to: [amelie, chat]", "to: [amelie, chatt]", "13:59", "no channel or person is called `chatt`"),
        ("repeat: 30m", "repeat: 10s", "13:74", "nobody reads"),
        ("severities: [medium, low], hours", "severities: [high], hours", "15:24", "`high` never wait"),
        ("from: \"20:00\"", "from: \"2000\"", "15:52", "no time of the day"),
        ("to: \"07:00\"", "to: \"20:00\"", "15:65", "end where they begin"),
        ("name: rest", "name: urgent", "14:14", "stands here twice"),
        ("{environment: HOOK}", "https://example.com", "7:27", ""),
        ("topic: \"arn:aws:sns", "topic: \"arn:aws:sqs", "8:12", "not the ARN of a topic"),
        ("jonas: [second, topic]", "jonas: []", "11:35", "reaches nobody"),
        ("jonas: [second, topic]", "chat: [second, topic]", "11:35", "has this name already"),
    ] {
        assert!(GOOD.contains(good), "{good}");
        let problem = load(&GOOD.replacen(good, bad, 1)).expect_err(bad);
        assert!(problem.message.contains(words), "{bad}: {problem}");
        assert_eq!(format!("{}:{}", problem.line, problem.column), place, "{bad}: {problem}");
    }
}

#[test]
fn a_secret_cannot_stand_in_the_file() {
    let inline = GOOD.replace("{environment: TRACKERA_SLACK_URL}", "{value: secret}");
    assert!(load(&inline).is_err());
}

#[test]
fn the_example_company_tells_two_people_by_ways_that_do_not_depend_on_each_other() {
    let alerts = load(include_str!("../../../../../trackera.yaml")).unwrap();
    let critical = alerts.routes.iter().find(|route| route.takes(Severity::Critical, "network", "any")).unwrap();
    assert!(critical.to.len() > 1 && critical.repeat.is_some() && critical.escalate.is_some());
}
