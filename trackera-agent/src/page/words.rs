//! Words for what is shown. Whatever comes from elsewhere is made harmless here; markup is escaped where it is written.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use trackera_core::verdict::Verdict;
use trackera_watch::alerts::harmless;
use trackera_watch::places::ALL;
use trackera_watch::record::FindingKey;

use super::view::Counts;

/// The longest name that is shown.
const LONGEST_NAME: usize = 200;
/// The longest sentence that is shown.
const LONGEST_SENTENCE: usize = 600;

/// A name from elsewhere.
pub(super) fn name(text: &str) -> String {
    harmless(text, LONGEST_NAME)
}

/// A sentence from elsewhere.
pub(super) fn sentence(text: &str) -> String {
    harmless(text, LONGEST_SENTENCE)
}

/// A moment, for people and for programs.
pub(super) fn moment(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (at.strftime("%Y-%m-%d %H:%M:%S UTC")) } }
}

/// A moment, and how far it is from now.
pub(super) fn since(at: Timestamp, now: Timestamp) -> Markup {
    html! { (moment(at)) " " span.quiet { "(" (distance(at, now)) ")" } }
}

/// A moment that may not have come yet.
pub(super) fn maybe(at: Option<Timestamp>, now: Timestamp) -> Markup {
    match at {
        Some(at) => since(at, now),
        None => html! { "never" },
    }
}

/// How far a moment is from now.
pub(super) fn distance(at: Timestamp, now: Timestamp) -> String {
    let length = now.duration_since(at);
    match length.as_secs() {
        0 => "now".to_owned(),
        1.. => format!("{} ago", trackera_core::time::format(length)),
        _ => format!("in {}", trackera_core::time::format(length.abs())),
    }
}

/// A length of time.
pub(super) fn length(length: SignedDuration) -> String {
    if length.as_secs() > 0 { trackera_core::time::format(length) } else { format!("{}ms", length.as_millis()) }
}

/// A count with its noun.
pub(super) fn counted(count: u64, noun: &str) -> String {
    let ending = match (count, noun.strip_suffix('y')) {
        (1, _) => return format!("1 {noun}"),
        (_, Some(stem)) => return format!("{} {stem}ies", grouped(count)),
        (_, None) => "s",
    };
    format!("{} {noun}{ending}", grouped(count))
}

/// A number with its digits in groups of three.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A length as a count that a `usize` gives.
pub(super) fn size(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// A verdict, for people.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fail => "fails",
        Verdict::Unknown => "could not be verified",
        Verdict::Waived => "waived",
        Verdict::Pass => "passes",
        Verdict::NotApplicable => "not applicable",
    }
}

/// The counts of a policy that are not zero, worst first.
pub(super) fn tally(counts: &Counts) -> Markup {
    let present: Vec<_> = counts.named().into_iter().filter(|(_, count)| *count > 0).collect();
    html! {
        @if present.is_empty() { "no rows" }
        @for (index, (word, count)) in present.iter().enumerate() {
            @if index > 0 { ", " }
            span.word.(word) { (grouped(*count)) " " (word.replace('_', " ")) }
        }
    }
}

/// The resource of a finding: its id, and its name if that is another.
pub(super) fn resource(key: &FindingKey, called: &str) -> Markup {
    html! {
        @if key.id == ALL {
            span { "every " (name(&key.kind)) }
        } @else {
            bdi { code { (name(&key.id)) } }
            @if !called.is_empty() && called != key.id { " " bdi { "(" (name(called)) ")" } }
        }
    }
}

/// Where the resource of a finding is.
pub(super) fn place(key: &FindingKey) -> String {
    if key.is_own() {
        return "the agent itself".to_owned();
    }
    let region = if key.region == ALL { "every region".to_owned() } else { name(&key.region) };
    let account =
        if key.account == ALL { "every account".to_owned() } else { format!("account {}", name(&key.account)) };
    format!("{region}, {account}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_moments_read_as_people_write_them() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "policy") + &counted(2, "policy") + &counted(0, "call"), "1 policy2 policies0 calls");
        let at = |second| Timestamp::new(second, 0).unwrap();
        assert_eq!(distance(at(0), at(61)), "1m 1s ago");
        assert_eq!(distance(at(60), at(0)), "in 1m");
        assert_eq!(distance(at(7), at(7)), "now");
        assert_eq!(
            moment(at(0)).into_string(),
            "<time datetime=\"1970-01-01T00:00:00Z\">1970-01-01 00:00:00 UTC</time>"
        );
    }
}
