//! The forms that a notice takes for each sort of channel.
//!
//! Slack's texts are plain, so that no name can call a channel or draw a link; PagerDuty gets one event per finding, so
//! that each can be resolved by itself; mail and topics get text, one line for each fact.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};
use trackera_core::policy::Severity;

use super::notice::{Notice, NoticeItem};
use crate::record::{What, shortened};

/// The version of the generic form.
const JSON_VERSION: u32 = 1;

/// Limits of those who receive: Slack's header, its section, PagerDuty's summary, and SNS's and mail's subject.
const SLACK_HEADER: usize = 149;
const SLACK_SECTION: usize = 2_900;
const PAGER_SUMMARY: usize = 1_000;
const SNS_SUBJECT: usize = 99;
const MAIL_SUBJECT: usize = 150;

/// A message for Slack's incoming webhooks.
pub fn slack(notice: &Notice) -> Json {
    let plain =
        |text: &str, limit: usize| json!({"type": "plain_text", "text": shortened(text, limit), "emoji": false});
    let headline = notice.headline();
    let mut blocks = vec![json!({"type": "header", "text": plain(&headline, SLACK_HEADER)})];
    blocks
        .extend(notice.items.iter().map(|item| json!({"type": "section", "text": plain(&lines(item), SLACK_SECTION)})));
    // The text that notifications show is read as markup, unlike the blocks.
    let text = headline.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    json!({"text": text, "mrkdwn": false, "unfurl_links": false, "unfurl_media": false, "blocks": blocks})
}

/// Events for PagerDuty's Events API, version 2: one for each finding, under a key that stays the same for it.
pub fn pager_duty(notice: &Notice, routing_key: &str) -> Vec<Json> {
    let event = |item: &NoticeItem| {
        let action = if item.what == What::Closed { "resolve" } else { "trigger" };
        json!({
            "routing_key": routing_key,
            "event_action": action,
            "dedup_key": format!("trackera-{}", item.finding),
            "client": "Trackera Ops",
            "payload": {
                "summary": shortened(&item.headline(), PAGER_SUMMARY),
                "source": format!("{}/{}", item.account, item.region),
                "severity": pager_severity(item.severity),
                "timestamp": notice.at.to_string(),
                "component": item.resource,
                "class": item.policy,
                "custom_details": {"reason": item.reason, "fix": item.fix, "notice": notice.key},
            },
        })
    };
    notice.items.iter().map(event).collect()
}

/// The generic form, for programs.
pub fn json(notice: &Notice) -> Json {
    let item = |item: &NoticeItem| {
        json!({
            "finding": item.finding,
            "opening": item.opening,
            "what": what(item.what),
            "severity": item.severity.word(),
            "verdict": item.verdict.word(),
            "policy": item.policy,
            "title": item.title,
            "resource": item.resource,
            "account": item.account,
            "region": item.region,
            "reason": item.reason,
            "fix": item.fix,
        })
    };
    let items: Vec<Json> = notice.items.iter().map(item).collect();
    json!({
        "version": JSON_VERSION, "key": notice.key, "route": notice.line, "at": notice.at.to_string(),
        "headline": notice.headline(), "items": items,
    })
}

/// A message for an SNS topic: the subject, and a message for each sort of subscriber in SNS's `json` structure.
pub fn sns(notice: &Notice) -> (String, Json) {
    let ascii = |text: &str| text.chars().map(|one| if one.is_ascii() { one } else { '?' }).collect::<String>();
    let subject: String = ascii(&notice.headline()).chars().take(SNS_SUBJECT).collect();
    let (text, data) = (body(notice), json(notice).to_string());
    (subject, json!({"default": text, "email": text, "sqs": data, "lambda": data, "http": data, "https": data}))
}

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The part of the message id before the `@`: the same for every try.
    pub id: String,
}

/// A mail in plain text.
pub fn mail(notice: &Notice) -> Mail {
    Mail { subject: shortened(&notice.headline(), MAIL_SUBJECT), text: body(notice), id: notice.key.clone() }
}

fn body(notice: &Notice) -> String {
    let mut text = String::new();
    for item in &notice.items {
        text.push_str(&lines(item));
        text.push_str("\n\n");
    }
    // Writing into a string does not fail.
    let _ = writeln!(text, "{}, sent at {}, key {}", notice.line, notice.at, notice.key);
    text
}

fn lines(item: &NoticeItem) -> String {
    let NoticeItem { policy, account, region, reason, fix, .. } = item;
    let mut text = format!("{}\n{reason}\n{policy} · {account} · {region}", item.headline());
    if !fix.is_empty() && item.what != What::Closed {
        text.push('\n');
        text.push_str(fix);
    }
    text
}

fn what(what: What) -> &'static str {
    match what {
        What::Opened => "opened",
        What::Changed { .. } => "changed",
        What::Flapping { .. } => "flapping",
        What::Repeated { .. } => "repeated",
        What::Closed => "closed",
    }
}

fn pager_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "info",
    }
}
