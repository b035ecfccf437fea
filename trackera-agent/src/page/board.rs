//! The first page: what is wrong first, then the policies.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use trackera_core::policy::Severity;
use trackera_core::verdict::Verdict;
use trackera_watch::findings::Finding;
use trackera_watch::record::{FindingKey, Seen};

use super::Page;
use super::coverage::policies;
use super::shell::{Sheet, is_old, refusal, section};
use super::troubles::{Wrong, troubles, unseen};
use super::view::View;
use super::words::{counted, grouped, moment, name, place, resource, sentence, since, size, verdict};

/// So many findings stand on one page.
const MOST_FINDINGS: usize = 200;

const SEVERITIES: [Severity; 4] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];

/// Which findings are asked for, as it stands in the address.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    severity: Option<String>,
    policy: Option<String>,
    page: Option<usize>,
}

/// Which findings are shown.
struct Choice {
    severity: Option<Severity>,
    policy: Option<String>,
    page: usize,
}

/// An open finding.
struct Open<'a> {
    key: &'a FindingKey,
    finding: &'a Finding,
    seen: &'a Seen,
    since: Timestamp,
}

/// The findings and the policies.
pub(super) async fn board(State(page): State<Page>, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let choice = asked.ok().and_then(|Query(asked)| Choice::of(asked));
    let Some(choice) = choice else { return refusal(StatusCode::BAD_REQUEST, "This address asks for nothing known") };
    let (view, now) = page.current();
    let open = open(&view);
    let count = count(&view, &open, now);
    let main = html! {
        (headline(&view, &open, now))
        (summary(&open))
        (own(&troubles(&view, now)))
        (findings(&open, &choice, &view, now))
        @if choice.is_all() {
            (section("policies", &format!("Policies ({})", view.rules.rules.len()), &policies(&view, now)))
        }
    };
    Sheet { view: &view, now, place: "/", title: count.clone(), count, main }.answer()
}

impl Choice {
    fn of(asked: Asked) -> Option<Self> {
        let known = |word: String| SEVERITIES.into_iter().find(|severity| severity.word() == word);
        let severity = match asked.severity {
            Some(word) => Some(known(word)?),
            None => None,
        };
        let page = asked.page.unwrap_or(1);
        (page > 0).then_some(Self { severity, policy: asked.policy, page })
    }

    fn is_all(&self) -> bool {
        self.severity.is_none() && self.policy.is_none() && self.page == 1
    }

    fn takes(&self, open: &Open<'_>) -> bool {
        let severity = self.severity.is_none_or(|severity| open.seen.severity == severity);
        severity && self.policy.as_ref().is_none_or(|policy| open.key.policy == *policy)
    }

    fn path(&self, page: usize) -> String {
        let mut asked = Vec::new();
        asked.extend(self.severity.map(|severity| format!("severity={}", severity.word())));
        asked.extend(self.policy.as_ref().map(|policy| format!("policy={}", in_address(policy))));
        asked.extend((page > 1).then(|| format!("page={page}")));
        if asked.is_empty() { "/".to_owned() } else { format!("/?{}", asked.join("&")) }
    }

    fn words(&self) -> String {
        let severity = self.severity.map(|severity| format!(" of {} severity", severity.word()));
        let policy = self.policy.as_ref().map(|policy| format!(" of the policy {}", name(policy)));
        format!("Open findings{}{}", severity.unwrap_or_default(), policy.unwrap_or_default())
    }
}

/// A text as a part of an address.
pub(super) fn in_address(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let written = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(written).collect()
}

/// The open findings, worst first, and of the same sort the oldest first.
fn open(view: &View) -> Vec<Open<'_>> {
    let open = view.state.findings.open().filter_map(|(key, finding)| {
        Some(Open { key, finding, seen: finding.seen.as_ref()?, since: finding.open_since()? })
    });
    let mut open: Vec<Open<'_>> = open.collect();
    open.sort_by_key(|open| (open.seen.severity, open.seen.verdict, open.since));
    open
}

fn count(view: &View, open: &[Open<'_>], now: Timestamp) -> String {
    if open.is_empty() {
        let is_sure = view.files.loaded && !is_old(view, now) && unseen(view, now).next().is_none();
        let words =
            if is_sure { "No open findings" } else { "No open findings are known, and not everything was looked at" };
        return words.to_owned();
    }
    let of = |severity: Severity| size(open.iter().filter(|open| open.seen.severity == severity).count());
    let parts = SEVERITIES.into_iter().map(|severity| (of(severity), severity)).filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, severity)| format!("{} {}", grouped(count), severity.word())).collect();
    format!("{}: {}", counted(size(open.len()), "open finding"), parts.join(", "))
}

/// Nothing is called good that was not looked at.
fn headline(view: &View, open: &[Open<'_>], now: Timestamp) -> Markup {
    let is_sure = view.files.loaded && !is_old(view, now) && unseen(view, now).next().is_none();
    let class = match open.is_empty() {
        true if is_sure => "pass",
        false if open.iter().any(|open| open.seen.verdict == Verdict::Fail) => "fail",
        _ => "unknown",
    };
    let acknowledged = size(open.iter().filter(|open| open.finding.acknowledged_by.is_some()).count());
    html! {
        h1.(class) { (count(view, open, now)) }
        @if acknowledged > 0 { p.quiet { (grouped(acknowledged)) " of them acknowledged." } }
    }
}

fn summary(open: &[Open<'_>]) -> Markup {
    let of = |severity: Severity| size(open.iter().filter(|open| open.seen.severity == severity).count());
    html! {
        nav.summary aria-label="Findings by severity" {
            ul {
                @for severity in SEVERITIES {
                    li {
                        a.(severity.word()).none[of(severity) == 0] href={ "/?severity=" (severity.word()) } {
                            strong { (grouped(of(severity))) } " " (severity.word())
                        }
                    }
                }
            }
        }
    }
}

/// One line for what is wrong with the agent, because the findings come first.
fn own(troubles: &[Wrong]) -> Markup {
    let Some((first, others)) = troubles.split_first() else { return html! {} };
    html! {
        p.warning {
            strong { "The agent itself: " } (first.words) " "
            @if !others.is_empty() { "And " (counted(size(others.len()), "other thing")) ". " }
            a href=(if others.is_empty() { first.more } else { "/health" }) { "More of this" }
        }
    }
}

fn findings(open: &[Open<'_>], choice: &Choice, view: &View, now: Timestamp) -> Markup {
    let chosen: Vec<&Open<'_>> = open.iter().filter(|open| choice.takes(open)).collect();
    let first = choice.page.saturating_sub(1).saturating_mul(MOST_FINDINGS);
    let shown: Vec<_> = chosen.iter().skip(first).take(MOST_FINDINGS).collect();
    let content = html! {
        @if choice.severity.is_some() || choice.policy.is_some() { p { a href="/" { "Show all findings" } } }
        @if shown.is_empty() { p.quiet { "None." } }
        ul.cards { @for open in &shown { (card(open, view, now)) } }
        (pages(choice, chosen.len()))
    };
    section("findings", &format!("{} ({})", choice.words(), grouped(size(chosen.len()))), &content)
}

fn card(open: &Open<'_>, view: &View, now: Timestamp) -> Markup {
    let Open { key, finding, seen, since: begun } = open;
    html! {
        li {
            h3 {
                a href={ "/findings/" (key.digest()) } { (title(view, key)) }
                (badge(seen.severity))
            }
            p.line {
                span.word.(seen.verdict.word()) { (verdict(seen.verdict)) }
                (resource(key, &seen.name))
                span.quiet { (place(key)) }
            }
            p { bdi { (sentence(&seen.reason)) } }
            p.quiet {
                "Open since " (since(*begun, now))
                @if finding.times() > 1 { ", for the " (finding.times()) ". time" }
                @if let Some(doubted) = finding.doubted_at { ", not verified since " (moment(doubted)) }
                @if let Some(by) = &finding.acknowledged_by { ", " strong { "acknowledged" } " by " bdi { (name(by)) } }
                ", " a href={ "/?policy=" (in_address(&key.policy)) } { code { (name(&key.policy)) } }
            }
        }
    }
}

/// What should hold.
pub(super) fn title(view: &View, key: &FindingKey) -> String {
    match view.rules.rules.get(&key.policy) {
        Some(rule) => sentence(&rule.title),
        None if key.is_own() => name(&key.policy.replace('/', ": ").replace('-', " ")),
        None => name(&key.policy),
    }
}

/// How bad it is, in words; the shape repeats it.
pub(super) fn badge(severity: Severity) -> Markup {
    html! { span.badge.(severity.word()) { (severity.word()) " severity" } }
}

fn pages(choice: &Choice, count: usize) -> Markup {
    let last = count.div_ceil(MOST_FINDINGS);
    if last < 2 {
        return html! {};
    }
    html! {
        nav.pages aria-label="Pages of findings" {
            @if choice.page > 1 { a href=(choice.path(choice.page.min(last + 1) - 1)) rel="prev" { "Previous" } }
            span { "Page " (grouped(size(choice.page))) " of " (grouped(size(last))) }
            @if choice.page < last { a href=(choice.path(choice.page + 1)) rel="next" { "Next" } }
        }
    }
}
