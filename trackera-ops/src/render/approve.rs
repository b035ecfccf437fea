//! Approvals for people: who asks, who agreed, and until when it counts.

use jiff::SignedDuration;
use trackera_core::time;
use trackera_operations::approval::{Alone, Approval, Bound, Standing, Suspension};
use trackera_operations::state::RunState;

use super::escape::{name, sentence};
use super::look::{Look, Tone, counted, moment};
use super::plan::written;
use crate::commands::{AloneLine, ListedApprovals, PaperLine};

/// How many digits of a digest people see.
const DIGITS: usize = 16;

/// Who asks for a run, and since when.
pub(crate) fn asked(look: Look, state: &RunState) -> String {
    let words = format!("{} asks for {}", name(&state.started.requester), name(state.run.as_str()));
    format!("{} since {}\n", look.paint(Tone::Strong, &words), moment(state.started_at))
}

/// That a run was approved.
pub(crate) fn approved(look: Look, paper: &Approval, by: &str) -> String {
    let words = format!("{} is approved as {}", name(paper.question.run.as_str()), name(by));
    let then = format!(
        "then {} says: trackera-ops run resume {}",
        name(&paper.question.requester),
        name(paper.question.run.as_str())
    );
    format!("{} until {}\n  {then}\n", look.paint(Tone::Good, &words), moment(paper.expires))
}

/// What a standing approval lets happen.
pub(crate) fn stands(look: Look, paper: &Standing) -> String {
    let head = format!("{} may run this at most every {}", name(&paper.requester), time::format(paper.every));
    let rows = paper.bounds.iter().map(|(parameter, bound)| {
        let allowed = match bound {
            Bound::OneOf(values) => values.iter().map(written).collect::<Vec<_>>().join(" or "),
            Bound::Between(first, last) => format!("{first} to {last}"),
        };
        [name(parameter), allowed]
    });
    format!("{} until {}\n{}", look.paint(Tone::Strong, &head), moment(paper.until), look.columns(2, rows))
}

/// That a schedule was approved.
pub(crate) fn standing(look: Look, drill: &str, paper: &Standing, by: &str) -> String {
    let words = format!("every scheduled run of {} is approved as {}", name(drill), name(by));
    format!("{} until {}\n", look.paint(Tone::Good, &words), moment(paper.until))
}

/// That a signer counts for nothing, or counts again.
pub(crate) fn suspended(look: Look, paper: &Suspension, by: &str) -> String {
    let (tone, now) = if paper.lifted { (Tone::Good, "counts again") } else { (Tone::Doubtful, "counts for nothing") };
    format!("{}, signed as {}\n", look.paint(tone, &format!("{} {now}", name(&paper.whom))), name(by))
}

/// What waits, and what was agreed.
pub(crate) fn list(look: Look, listed: &ListedApprovals) -> String {
    let waiting = listed.waiting.iter().map(|one| {
        let missing = format!("{} missing", counted(usize::from(one.missing), "approval"));
        let asks = format!("{} asks since {}", name(&one.requester), moment(one.started_at));
        let why = one.disregarded.iter().map(|why| sentence(why)).collect::<Vec<_>>().join("; ");
        (Some(Tone::Doubtful), ["waits".to_owned(), name(&one.run), format!("{missing}, {asks}"), why])
    });
    let rows = waiting
        .chain(listed.approvals.iter().map(|line| paper(line, ("approved", "until"))))
        .chain(listed.standing.iter().map(|line| paper(line, ("standing", "until"))))
        .chain(listed.alone.iter().map(alone))
        .chain(listed.suspended.iter().map(|whom| {
            (Some(Tone::Bad), ["suspended".to_owned(), name(whom), "counts for nothing".to_owned(), String::new()])
        }));
    let rows: Vec<_> = rows.collect();
    match rows.is_empty() {
        true => "nothing waits, and nothing is approved\n".to_owned(),
        false => look.painted_columns(0, rows),
    }
}

/// Somebody who wants to go on alone, or has.
fn alone(line: &AloneLine) -> (Option<Tone>, [String; 4]) {
    let (tone, when) = match (line.review_due, line.from) {
        (Some(due), _) if line.is_overdue => (Tone::Bad, format!("review overdue since {}", moment(due))),
        (Some(due), _) => (Tone::Doubtful, format!("review due by {}", moment(due))),
        (None, Some(from)) => {
            (Tone::Doubtful, format!("asked {}, possible from {}", moment(line.asked_at), moment(from)))
        }
        (None, None) => (Tone::Quiet, format!("asked {}, and the plan does not allow it", moment(line.asked_at))),
    };
    let who = format!("{} alone, {when}", name(&line.requester));
    (Some(tone), ["alone".to_owned(), name(&line.run), who, sentence(&line.reason)])
}

/// What others of one's own were never looked at.
pub(crate) fn unreviewed(look: Look, lines: &[AloneLine]) -> String {
    let line = |line: &AloneLine| {
        let due = line.review_due.map(moment).unwrap_or_default();
        let words =
            format!("nobody has looked at {} yet, with which {} went on alone", name(&line.run), name(&line.requester));
        format!("{} review due by {due}\n", look.paint(Tone::Bad, &format!("{words}:")))
    };
    lines.iter().map(line).collect()
}

/// From when on somebody goes on alone, and what becomes of that.
pub(crate) fn goes_alone(look: Look, alone: &Alone, within: SignedDuration) -> String {
    let question = &alone.asked.emergency.question;
    let run = name(question.run.as_str());
    let words = format!("{} goes on alone with {run}", name(&question.requester));
    let from = alone.from.map(moment).unwrap_or_default();
    let then = format!("from {from} on, by the clock of the store: trackera-ops run resume {run}");
    let review =
        format!("somebody else looks at it within {}: trackera-ops approve review {run}", time::format(within));
    format!("{}\n  {then}\n  {review}\n", look.paint(Tone::Doubtful, &words))
}

/// That somebody looked at what another one did alone.
pub(crate) fn reviewed(look: Look, run: &str, by: &str) -> String {
    format!("{}\n", look.paint(Tone::Good, &format!("{} is reviewed by {}", name(run), name(by))))
}

fn paper(line: &PaperLine, (word, ends): (&str, &str)) -> (Option<Tone>, [String; 4]) {
    let is_digest = line.about.len() > 2 * DIGITS && line.about.bytes().all(|byte| byte.is_ascii_hexdigit());
    let about: String = if is_digest { line.about.chars().take(DIGITS).collect() } else { name(&line.about) };
    let what = format!("for {} {ends} {}", name(&line.requester), moment(line.at));
    match (&line.by, &line.why_not) {
        (Some(by), _) => {
            (Some(Tone::Good), [word.to_owned(), about, format!("by {}, {what}", name(by)), String::new()])
        }
        (None, why) => {
            let why = why.as_deref().map(sentence).unwrap_or_default();
            (Some(Tone::Quiet), [format!("not {word}"), about, what, why])
        }
    }
}
