//! Drills for people: what they would do, and what came of them.

use trackera_core::recovery::drill::{Drill, Report};
use trackera_core::recovery::verification::{CheckResult, CheckState, Verdict};
use trackera_core::time;
use trackera_operations::drill::clean::{Fate, Left};
use trackera_operations::plan::{Plan, Undo, Work};

use super::escape::{name, sentence};
use super::look::{Look, Tone, counted, moment};
use crate::commands::DrillLine;

/// How many digits of a hash people see.
const DIGITS: usize = 16;

/// The declared drills, one line each.
pub(crate) fn list(look: Look, lines: &[DrillLine]) -> String {
    if lines.is_empty() {
        return "no drill is declared\n".to_owned();
    }
    let rows = lines.iter().map(|line| {
        let (tone, last) = match &line.last {
            None => (Tone::Doubtful, "never done".to_owned()),
            Some(report) => (tone(report.verdict), format!("{} {}", report.verdict, moment(report.ended_at))),
        };
        let every = line.every.clone().unwrap_or_else(|| "when asked for".to_owned());
        let cells = [last, name(&line.id), line.restores.to_owned(), name(&line.region), every, sentence(&line.title)];
        (Some(tone), cells)
    });
    look.painted_columns(0, rows.collect())
}

/// What a drill would do, step by step.
pub(crate) fn plan(look: Look, drill: &Drill, plan: &Plan) -> String {
    let hash: String = plan.hash().to_string().chars().take(DIGITS).collect();
    let head = look.paint(Tone::Strong, &format!("{} ({})", sentence(&drill.title), name(&plan.name)));
    let rows = plan.steps.iter().map(|step| {
        let (what, after) = match &step.work {
            Work::Manual(manual) => (sentence(&manual.ask), "a person does it"),
            Work::Action(act) => (name(&act.action), after(act.undo)),
        };
        [name(&step.id), what, after.to_owned()]
    });
    let damage = plan.parameters.get("damage").and_then(serde_json::Value::as_bool).unwrap_or_default();
    let control = if damage { "  the copy is damaged on purpose besides, and that must be found\n" } else { "" };
    format!(
        "{head}\n{}  objectives: recovery time {}, recovery point {}\n{control}  plan {hash}\n",
        look.columns(2, rows),
        time::format(drill.rto),
        time::format(drill.rpo),
    )
}

fn after(undo: Undo) -> &'static str {
    match undo {
        Undo::Never => "changes nothing",
        Undo::OnFailure => "stays, unless a later step fails",
        Undo::AtEnd => "removed at the end",
    }
}

/// What came of a drill.
pub(crate) fn report(look: Look, report: &Report) -> String {
    let verdict = look.paint(tone(report.verdict), &report.verdict.to_string().to_uppercase());
    let mut text =
        format!("{verdict}  {} ({})\n  {}\n", name(&report.drill), name(&report.run), sentence(&report.said));
    let span = |seconds: Option<i64>| {
        seconds.map_or_else(|| "not known".to_owned(), |seconds| time::format(jiff::SignedDuration::from_secs(seconds)))
    };
    let [rto, rpo] = report.objectives;
    let mut facts = vec![
        ["recovery time".to_owned(), format!("{} of {}", span(report.rta_seconds), span(Some(rto)))],
        ["recovery point".to_owned(), format!("{} of {}", span(report.rpa_seconds), span(Some(rpo)))],
    ];
    if let Some(backup) = &report.backup {
        let taken = backup.taken_at.map_or_else(String::new, |at| format!(", taken {}", moment(at)));
        facts.push(["backup".to_owned(), format!("{} in {}{taken}", name(&backup.name), name(&backup.region))]);
    }
    let phases =
        report.phases.iter().map(|phase| format!("{} {:.1} s", name(&phase.name), seconds(phase.milliseconds)));
    facts.push(["phases".to_owned(), phases.collect::<Vec<_>>().join(", ")]);
    let gone = if report.is_gone { "everything that the drill made was seen gone" } else { "SOMETHING IS STILL THERE" };
    facts.push(["left behind".to_owned(), gone.to_owned()]);
    text.push_str(&look.columns(2, facts));
    text.push_str(&checks(look, &report.checks));
    text
}

/// What drills left, and what became of it.
pub(crate) fn left(look: Look, left: &[Left]) -> String {
    if left.is_empty() {
        return "no drill left anything\n".to_owned();
    }
    let rows = left.iter().map(|one| {
        let (tone, word) = match one.fate {
            Fate::Gone => (Tone::Good, "seen gone"),
            Fate::Found => (Tone::Doubtful, "can be deleted"),
            Fate::Stays => (Tone::Bad, "stays"),
        };
        let place = one.region.as_deref().or(one.run.as_deref()).map_or_else(String::new, name);
        let why = one.why.as_deref().map_or_else(String::new, sentence);
        (Some(tone), [word.to_owned(), one.what.to_owned(), name(&one.name), place, why])
    });
    look.painted_columns(0, rows.collect())
}

/// Every check that was asked for, those that did not pass first.
fn checks(look: Look, checks: &[CheckResult]) -> String {
    let mut asked: Vec<&CheckResult> = checks.iter().filter(|check| check.state != CheckState::NotConfigured).collect();
    asked.sort_by_key(|check| (check.state == CheckState::Pass, check.state != CheckState::Fail, check.check));
    let rows = asked.into_iter().map(|check| {
        let (tone, word) = match check.state {
            CheckState::Pass => (Tone::Good, "pass"),
            CheckState::Fail => (Tone::Bad, "fail"),
            CheckState::NotRun | CheckState::NotConfigured => (Tone::Doubtful, "not run"),
        };
        (Some(tone), [word.to_owned(), check.check.to_string(), sentence(&check.said)])
    });
    let rows: Vec<_> = rows.collect();
    let open = checks.iter().filter(|check| check.state == CheckState::NotConfigured).count();
    let open = if open > 0 { format!("  {} not declared\n", counted(open, "check")) } else { String::new() };
    format!("{}{open}", look.painted_columns(2, rows))
}

fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Pass => Tone::Good,
        Verdict::Fail => Tone::Bad,
        Verdict::CouldNotVerify | Verdict::Partial(_) => Tone::Doubtful,
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit behind the point")]
fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1_000.0
}
