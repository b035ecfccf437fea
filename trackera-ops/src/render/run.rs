//! Runs for people: where each is, and how it goes on while it does.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use trackera_operations::progress::{Happening, Progress};
use trackera_operations::record::{Ended, Event, Record};
use trackera_operations::state::{Phase, RunState, Status};

use super::Screen;
use super::escape::{name, sentence};
use super::look::{Look, Tone, moment};
use crate::commands::RunLine;

const TEMPLATE: &str = "{spinner} {elapsed:>4} {wide_msg}";
const TICK: Duration = Duration::from_millis(120);

/// Where a run is, in a word.
pub(crate) fn word(state: &RunState) -> &'static str {
    match &state.phase {
        _ if state.needs_operator() => "needs operator",
        Phase::Forward => "interrupted",
        Phase::Unwinding => "turning back",
        Phase::Closed(Ended::Good) => "done",
        Phase::Closed(Ended::Unwound) => "failed",
        Phase::Abandoned { .. } => "abandoned",
    }
}

/// Runs, one line each.
pub(crate) fn list(look: Look, lines: &[RunLine]) -> String {
    if lines.is_empty() {
        return "nothing was ever begun on this machine\n".to_owned();
    }
    let rows = lines.iter().map(|line| {
        let tone = match line.state {
            _ if !line.obligations.is_empty() => Tone::Bad,
            "done" => Tone::Good,
            "failed" | "needs operator" => Tone::Bad,
            _ => Tone::Doubtful,
        };
        let promised = match line.obligations.is_empty() {
            true => String::new(),
            false => format!("still to be kept: {}", line.obligations.join(", ")),
        };
        let cells = [line.state.to_owned(), name(&line.run), moment(line.started_at), name(&line.requester), promised];
        (Some(tone), cells)
    });
    look.painted_columns(0, rows.collect())
}

/// A run with its steps.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    #[serde(flatten)]
    line: RunLine,
    question: Option<String>,
    steps: BTreeMap<String, Step>,
}

/// A step.
#[derive(Debug, Serialize)]
struct Step {
    status: &'static str,
    attempts: u32,
    error: Option<String>,
    output: Option<serde_json::Value>,
}

impl Shown {
    /// What is known of a run.
    pub(crate) fn new(line: RunLine, state: &RunState) -> Self {
        let steps = state.steps.iter().map(|(step, known)| {
            let status = match known.status {
                Status::Waiting if known.is_open => "outcome unknown",
                Status::Waiting => "waiting",
                Status::Done => "done",
                Status::Skipped => "skipped",
                Status::Failed => "failed",
                Status::Undone => "done and removed",
            };
            let shown =
                Step { status, attempts: known.attempts, error: known.error.clone(), output: known.output.clone() };
            (step.clone(), shown)
        });
        let question = state.question.as_ref().map(|(step, why)| format!("step `{step}`: {why}"));
        Self { line, question, steps: steps.collect() }
    }
}

/// A run for people.
pub(crate) fn show(look: Look, shown: &Shown) -> String {
    let head = look.paint(Tone::Strong, &format!("{}: {}", name(&shown.line.run), shown.line.state));
    let rows = shown.steps.iter().map(|(step, known)| {
        let error = known.error.as_deref().map(sentence).unwrap_or_default();
        [name(step), known.status.to_owned(), error]
    });
    let question = shown.question.as_deref().map(|why| format!("  {}\n", sentence(why))).unwrap_or_default();
    format!("{head}\n{}{question}", look.columns(2, rows))
}

/// What is said of a run that is not over.
pub(crate) fn waits(look: Look, run: &str, why: &str) -> String {
    let head = look.paint(Tone::Doubtful, "the run waits:");
    format!("{head} {}\n  then: trackera-ops run resume {}\n", sentence(why), name(run))
}

/// What is said of a run that is not over and that nobody carries out.
pub(crate) fn left(look: Look, run: &str) -> String {
    let head = look.paint(Tone::Doubtful, "nobody carries it out now:");
    format!("{head} it waits for somebody, or was interrupted\n  then: trackera-ops run resume {}\n", name(run))
}

/// What a person is asked to do.
pub(crate) fn asked(look: Look, step: &str, ask: &str) -> String {
    format!("{} {}: {}\n", look.paint(Tone::Strong, "for you:"), name(step), sentence(ask))
}

/// What is said of a run that was given up.
pub(crate) fn abandoned(look: Look, run: &str, left: &[String]) -> String {
    let head = look.paint(Tone::Strong, &format!("{} is given up", name(run)));
    match left.is_empty() {
        true => format!("{head}\n"),
        false => format!("{head}; still to be kept: {}\n", left.join(", ")),
    }
}

/// How a run goes on: a line that repaints itself on a terminal, and a line for each step anywhere else.
#[derive(Debug)]
pub(crate) struct Watching {
    bar: ProgressBar,
    is_watched: bool,
    talk: Look,
}

impl Watching {
    /// Begins to show.
    pub(crate) fn begin(screen: &Screen) -> Self {
        let bar = if screen.is_watched { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        Self { bar, is_watched: screen.is_watched, talk: screen.talk }
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, record: &Record) {
        let Some(line) = line(self.talk, record) else { return };
        if self.is_watched {
            self.bar.println(line);
        } else {
            super::screen::talk(&format!("{line}\n"));
        }
    }
}

/// What a record tells people, in a line; none where it tells nothing that they wait for.
pub(crate) fn line(look: Look, record: &Record) -> Option<String> {
    let (tone, word, text) = match &record.event {
        Event::Started(started) => (Tone::Strong, "begun", format!("{} of {}", record.run, started.name)),
        Event::Approved(agreed) => {
            let by: Vec<&str> = agreed.by.iter().map(|(by, _)| by.as_str()).collect();
            (Tone::Good, "approved", format!("by {}", by.join(", ")))
        }
        Event::Done { step, .. } => (Tone::Good, "done", step.clone()),
        Event::Reconciled { step, how, .. } => (Tone::Good, "found", format!("{step}: {how}")),
        Event::Skipped { step } => (Tone::Quiet, "skipped", step.clone()),
        Event::Failed { step, error, .. } => (Tone::Bad, "failed", format!("{step}: {error}")),
        Event::Undone { step, how } => (Tone::Quiet, "gone", format!("{step}: {how}")),
        Event::NeedsOperator { step, why } => (Tone::Bad, "stopped", format!("{step}: {why}")),
        Event::Abandoned { by, reason } => (Tone::Bad, "given up", format!("by {by}: {reason}")),
        Event::Intended(_) | Event::Obliged(_) | Event::Settled { .. } | Event::Noted { .. } | Event::Closed { .. } => {
            return None;
        }
    };
    Some(format!("{} {}", look.paint(tone, &format!("{word:>8}")), sentence(&text)))
}

impl Progress for Watching {
    fn tell(&self, happening: Happening<'_>) {
        match happening {
            Happening::Recorded(record) => self.line(record),
            Happening::Working { step, what, .. } => {
                self.bar.reset_elapsed();
                self.bar.set_message(sentence(&format!("{step}: {what}")));
            }
            Happening::Said { step, text } => self.bar.set_message(sentence(&format!("{step}: {text}"))),
            Happening::Waiting { step, why } => self.bar.set_message(sentence(&format!("{step}: waiting {why}"))),
            Happening::Looking { step } => self.bar.set_message(sentence(&format!("{step}: looking"))),
            _ => {}
        }
    }
}
