//! Exceptions that want attention, for people.

use trackera_core::policy::Waiver;

use super::escape::{name, sentence};
use super::look::{Look, Tone};
use crate::waivers::Concern;

/// The section of a report.
pub(crate) fn section(look: Look, concerns: &[(Concern, &Waiver)]) -> String {
    let rows = concerns.iter().map(|(concern, waiver)| {
        let (tone, word) = match concern {
            Concern::Ended => (Tone::Bad, "ended"),
            Concern::EndsSoon => (Tone::Doubtful, "ends soon"),
            Concern::CoversNothing => (Tone::Quiet, "unused"),
        };
        let cells = [word.to_owned(), name(&waiver.policy), name(&waiver.resource), sentence(&words(*concern, waiver))];
        (Some(tone), cells)
    });
    format!("{}\n{}", look.paint(Tone::Strong, "Waivers"), look.painted_columns(2, rows.collect()))
}

/// What is said of exceptions while policies are checked, one line each.
pub(crate) fn warnings<'w>(look: Look, ended: impl IntoIterator<Item = &'w Waiver>) -> String {
    let line = |waiver: &Waiver| {
        let text =
            format!("the waiver of `{}` for `{}` {}", waiver.policy, waiver.resource, words(Concern::Ended, waiver));
        format!("{} {}\n", look.paint(Tone::Doubtful, "warning:"), sentence(&text))
    };
    ended.into_iter().map(line).collect()
}

fn words(concern: Concern, waiver: &Waiver) -> String {
    let owner = &waiver.owner;
    match concern {
        Concern::Ended => format!("ended with {}; {owner} answers for it", waiver.expires),
        Concern::EndsSoon => format!("ends with {}; {owner} answers for it", waiver.expires),
        Concern::CoversNothing => format!("covers no resource that was seen; {owner} answers for it"),
    }
}
