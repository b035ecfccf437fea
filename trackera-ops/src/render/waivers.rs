//! Exceptions that want attention, for people.

use std::path::Path;

use jiff::civil::Date;
use serde_json::{Value as Json, json};
use trackera_core::policy::{Signed, Waiver};

use super::escape::{harmless, name, sentence};
use super::look::{Look, Tone, counted};
use crate::waivers::Concern;

/// The section of a report.
pub(crate) fn section(look: Look, concerns: &[(Concern, &Waiver)]) -> String {
    let rows = concerns.iter().map(|(concern, waiver)| {
        let (tone, word) = state(Some(*concern));
        let cells = [word.to_owned(), name(&waiver.policy), name(&waiver.resource), sentence(&words(*concern, waiver))];
        (Some(tone), cells)
    });
    format!("{}\n{}", look.paint(Tone::Strong, "Waivers"), look.painted_columns(2, rows.collect()))
}

/// What is said of exceptions while policies are checked, one line each.
pub(crate) fn warnings<'w>(look: Look, concerns: impl IntoIterator<Item = (Concern, &'w Waiver)>) -> String {
    let line = |(concern, waiver): (Concern, &Waiver)| {
        let text = format!("the waiver of `{}` for `{}` {}", waiver.policy, waiver.resource, words(concern, waiver));
        format!("{} {}\n", look.paint(Tone::Doubtful, "warning:"), sentence(&text))
    };
    concerns.into_iter().map(line).collect()
}

/// One exception in a line.
pub(crate) fn line((concern, waiver): &(Concern, &Waiver)) -> String {
    format!("the waiver of {} for {} {}", waiver.policy, waiver.resource, words(*concern, waiver))
}

/// An exception for `waiver list`.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    /// Why it wants attention.
    pub(crate) concern: Option<Concern>,
    /// What it says.
    pub(crate) waiver: &'a Waiver,
    /// Where it is discussed.
    pub(crate) ticket: Option<&'a str>,
    /// How many verdicts it is about, if anybody looked.
    pub(crate) covers: Option<usize>,
    /// The file and the line that it begins in.
    pub(crate) place: (&'a str, u64),
}

/// Whether something was written, or only shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It was written.
    Written,
    /// It was only shown.
    Shown,
}

impl From<bool> for Effect {
    /// A dry run writes nothing.
    fn from(is_dry: bool) -> Self {
        if is_dry { Self::Shown } else { Self::Written }
    }
}

/// All exceptions, those that want attention first.
pub(crate) fn list(look: Look, lines: &[Line<'_>]) -> String {
    let mut lines: Vec<&Line<'_>> = lines.iter().collect();
    lines.sort_by_key(|line| (line.concern.is_none(), line.concern, line.waiver.ends_at));
    let rows = lines.iter().map(|line| {
        let (tone, word) = state(line.concern);
        let waiver = line.waiver;
        let place = [&waiver.account, &waiver.region].into_iter().flatten().map(|place| name(place));
        let place = place.collect::<Vec<_>>().join(" ");
        let resource = format!("{} {place}", name(&waiver.resource)).trim_end().to_owned();
        let ticket = line.ticket.map(|ticket| format!(" ({ticket})")).unwrap_or_default();
        let trouble = match line.concern {
            Some(Concern::Unsigned) => format!("; {}", waiver.signed.trouble()),
            _ => String::new(),
        };
        let covers = line.covers.map(|count| format!("; covers {}", counted(count, "verdict"))).unwrap_or_default();
        let about = format!(
            "until {}, {}, approved by {}: {}{ticket}{trouble}{covers}",
            waiver.expires, waiver.owner, waiver.approver, waiver.reason
        );
        (Some(tone), [word.to_owned(), name(&waiver.policy), resource, sentence(&about)])
    });
    format!("{}{}\n", look.painted_columns(0, rows.collect()), counted(lines.len(), "waiver"))
}

/// The same for programs, in the order of the files.
pub(crate) fn list_json(lines: &[Line<'_>]) -> Json {
    let one = |line: &Line<'_>| {
        let waiver = line.waiver;
        json!({
            "policy": waiver.policy,
            "resource": waiver.resource,
            "account": waiver.account,
            "region": waiver.region,
            "owner": waiver.owner,
            "approver": waiver.approver,
            "reason": waiver.reason,
            "expires": waiver.expires,
            "ticket": line.ticket,
            "signed": matches!(waiver.signed, Signed::Approved(_)) && line.concern != Some(Concern::Unsigned),
            "state": state(line.concern).1.replace(' ', "_"),
            "covers": line.covers,
            "file": line.place.0,
            "line": line.place.1,
        })
    };
    lines.iter().map(one).collect()
}

/// What was added to a file.
pub(crate) fn added(look: Look, path: &Path, lines: &str, effect: Effect) -> String {
    let lines: String = lines.lines().map(|line| format!("  {}\n", look.paint(Tone::Good, &harmless(line)))).collect();
    let word = match effect {
        Effect::Written => "added to",
        Effect::Shown => "would be added to",
    };
    format!("{lines}{word} {}\n", sentence(&path.display().to_string()))
}

/// That an exception was signed.
pub(crate) fn signed(look: Look, place: &str, waiver: &Waiver) -> String {
    let Waiver { policy, resource, approver, .. } = waiver;
    look.paragraph(0, &sentence(&format!("the waiver of {policy} for {resource} is signed as {approver}, at {place}")))
}

/// That an exception excuses nothing yet.
pub(crate) fn not_signed_yet(look: Look, waiver: &Waiver) -> String {
    let Waiver { policy, resource, approver, .. } = waiver;
    let text = format!(
        "the waiver excuses nothing until {approver} signs it: `trackera-ops waiver sign {policy} {resource} --sign-with KEY`"
    );
    format!("{} {}\n", look.paint(Tone::Doubtful, "warning:"), sentence(&text))
}

/// That an exception has ended.
pub(crate) fn ended(look: Look, place: &str, waiver: &Waiver, day: Date, effect: Effect) -> String {
    let word = match effect {
        Effect::Written => "ended",
        Effect::Shown => "would end",
    };
    let text = format!(
        "the waiver of {} for {} {word} with {day} instead of {}, at {place}",
        waiver.policy, waiver.resource, waiver.expires
    );
    look.paragraph(0, &sentence(&text))
}

fn state(concern: Option<Concern>) -> (Tone, &'static str) {
    match concern {
        Some(Concern::Ended) => (Tone::Bad, "ended"),
        Some(Concern::Unsigned) => (Tone::Bad, "unsigned"),
        Some(Concern::EndsSoon) => (Tone::Doubtful, "ends soon"),
        Some(Concern::CoversNothing) => (Tone::Quiet, "unused"),
        None => (Tone::Good, "active"),
    }
}

fn words(concern: Concern, waiver: &Waiver) -> String {
    let owner = &waiver.owner;
    match concern {
        Concern::Ended => format!("ended with {}; {owner} answers for it", waiver.expires),
        Concern::Unsigned => format!("excuses nothing: {}; {owner} answers for it", waiver.signed.trouble()),
        Concern::EndsSoon => format!("ends with {}; {owner} answers for it", waiver.expires),
        Concern::CoversNothing => format!("covers no resource that was seen; {owner} answers for it"),
    }
}
