//! What came of a drill, told from what its run wrote down and from nothing else.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use trackera_core::company::database::BucketPlace;
use trackera_core::recovery::drill::{Backup, Drill, ObjectsRestore, Phase, REPORT_VERSION, Report, Restore};
use trackera_core::recovery::verification::{Check, CheckResult, CheckState, Verdict};

use super::choose_dump::Chosen;
use super::choose_objects::ChosenObjects;
use super::choose_point::ChosenPoint;
use super::proof::{Durations, Fetched, Proof};
use super::prove_objects::ObjectsProof;
use crate::plan::Plan;
use crate::record::Ended;
use crate::state::{Phase as RunPhase, RunState};

/// Tells what came of a run of a drill, as far as it has come.
#[must_use]
pub fn report(drill: &Drill, plan: &Plan, run: &RunState) -> Report {
    let proof: Option<Proof> = output(run, "prove");
    let mut checks = proof.as_ref().map(|proof| proof.checks.clone()).unwrap_or_default();
    let (backup, faults) = match &drill.restore {
        Restore::Dump(_) => dump(drill, run, proof.as_ref()),
        Restore::Instance(_) | Restore::RecoveryPoint(_) => point(drill, run),
        Restore::Objects(restore) => objects(restore, run),
    };
    checks.extend(faults);
    let mut report = Report {
        version: REPORT_VERSION,
        drill: drill.id.clone(),
        run: run.run.to_string(),
        plan: run.plan().to_string(),
        began_at: run.started_at,
        ended_at: run.changed_at,
        phases: phases(run, proof.as_ref()),
        rta_seconds: proof.as_ref().and_then(|proof| recovered(run, proof)),
        rpa_seconds: recovery_point(run.started_at, &checks, backup.as_ref().and_then(|backup| backup.taken_at)),
        backup,
        objectives: [drill.rto.as_secs(), drill.rpo.as_secs()],
        checks,
        verdict: Verdict::CouldNotVerify,
        said: String::new(),
        negative_control: is_control(plan),
        is_gone: is_gone(run),
        euros: euros(drill, run),
        rotation: output(run, "prove").map(|proof: ObjectsProof| proof.rotation),
    };
    report.judge(drill, failure(run).as_deref());
    report
}

/// The dump that was restored, and what choosing it found wrong.
fn dump(drill: &Drill, run: &RunState, proof: Option<&Proof>) -> (Option<Backup>, Vec<CheckResult>) {
    let Some(chosen) = output::<Chosen>(run, "choose") else { return (None, Vec::new()) };
    if !chosen.is_usable {
        return (None, vec![failed(chosen.said)]);
    }
    let fetched: Option<Fetched> = output(run, "fetch");
    let backup = Backup {
        name: chosen.files.clone(),
        region: drill.restore.region().to_owned(),
        // When an object was put tells nothing of how old its content is.
        taken_at: proof.and_then(|proof| proof.taken_at),
        bytes: fetched.as_ref().map(|fetched| fetched.bytes).or(Some(chosen.bytes)),
        sha256: fetched.filter(|fetched| fetched.is_whole).map(|fetched| fetched.sha256),
    };
    (Some(backup), shrunk(&chosen).into_iter().collect())
}

/// The snapshot, moment or recovery point that was restored, and what choosing it found wrong.
fn point(drill: &Drill, run: &RunState) -> (Option<Backup>, Vec<CheckResult>) {
    let Some(chosen) = output::<ChosenPoint>(run, "choose") else { return (None, Vec::new()) };
    if !chosen.is_usable {
        return (None, vec![failed(chosen.said)]);
    }
    let region = drill.restore.region().to_owned();
    let backup = Backup { name: chosen.name, region, taken_at: chosen.data_at, bytes: None, sha256: None };
    (Some(backup), Vec::new())
}

/// The replica that was read, and what choosing found wrong.
fn objects(restore: &ObjectsRestore, run: &RunState) -> (Option<Backup>, Vec<CheckResult>) {
    let Some(chosen) = output::<ChosenObjects>(run, "choose") else { return (None, Vec::new()) };
    if !chosen.is_usable {
        return (None, vec![failed(chosen.said)]);
    }
    let BucketPlace { bucket, region, prefix } = &restore.replica;
    let (name, region, bytes) = (format!("{bucket}/{prefix}"), region.clone(), Some(chosen.bytes));
    (Some(Backup { name, region, taken_at: None, bytes, sha256: None }), Vec::new())
}

/// What the instance cost, from when it was asked for until it was seen gone.
fn euros(drill: &Drill, run: &RunState) -> Option<f64> {
    let target = drill.restore.target()?;
    let restore = run.step("restore")?;
    let lived = restore.changed_at?.duration_since(restore.begun_at?);
    Some(target.euros_an_hour? * lived.as_secs_f64() / 3_600.0)
}

fn output<T: DeserializeOwned>(run: &RunState, step: &str) -> Option<T> {
    T::deserialize(run.step(step)?.output.as_ref()?).ok()
}

fn failed(said: String) -> CheckResult {
    CheckResult::new(Check::Content, CheckState::Fail, said)
}

fn shrunk(chosen: &Chosen) -> Option<CheckResult> {
    let percent = chosen.shrunk?;
    Some(failed(format!("the backup is {percent} % smaller than the one before it")).figure("shrunk_percent", percent))
}

/// Whether the copy was damaged on purpose.
fn is_control(plan: &Plan) -> bool {
    plan.parameters.get("damage").and_then(serde_json::Value::as_bool).unwrap_or_default()
}

/// The recovery time: from the beginning of the run until its content was seen to be right, or not.
fn recovered(run: &RunState, proof: &Proof) -> Option<i64> {
    let restored = proof.checks.iter().any(|check| check.check != Check::Content || check.state == CheckState::Pass);
    let until = run.step("prove")?.done_at?;
    restored.then(|| until.duration_since(run.started_at).as_secs())
}

/// The recovery point: by the heartbeat in the copy or the oldest object without a replica, which tell it exactly; otherwise
/// by when the content was current.
fn recovery_point(lost_at: Timestamp, checks: &[CheckResult], taken_at: Option<Timestamp>) -> Option<i64> {
    let measured = checks.iter().find_map(|check| check.figures.get("rpa_seconds").copied());
    measured.or_else(|| taken_at.map(|taken_at| lost_at.duration_since(taken_at).as_secs()))
}

fn phases(run: &RunState, proof: Option<&Proof>) -> Vec<Phase> {
    let span = |step: &str| {
        let state = run.step(step)?;
        let took = state.done_at?.duration_since(state.begun_at?);
        Some(Phase { name: step.to_owned(), milliseconds: u64::try_from(took.as_millis()).unwrap_or_default() })
    };
    let mut phases: Vec<Phase> = ["choose", "fetch", "restore"].into_iter().filter_map(span).collect();
    if let Some(Proof { milliseconds: Durations { start, unpack, restore, verify }, .. }) = proof {
        let inner = [("start", start), ("unpack", unpack), ("restore", restore), ("verify", verify)];
        // What a service restores is a step of its own: then there is no server of this machine to start.
        let inner = inner.into_iter().filter(|(name, took)| *name == "verify" || **took > 0);
        phases.extend(inner.map(|(name, took)| Phase { name: name.to_owned(), milliseconds: *took }));
    }
    phases
}

/// Whether everything that the run made was seen to be gone.
fn is_gone(run: &RunState) -> bool {
    matches!(run.phase, RunPhase::Closed(_)) && run.obligations.is_empty()
}

/// Why the run did not come to its end.
fn failure(run: &RunState) -> Option<String> {
    let step = run.failure.as_ref().or(run.question.as_ref()).map(|(step, why)| format!("step `{step}`: {why}"));
    match &run.phase {
        RunPhase::Closed(Ended::Good) => None,
        RunPhase::Closed(Ended::Unwound) | RunPhase::Unwinding => step.or_else(|| Some("a step failed".to_owned())),
        RunPhase::Abandoned { reason, .. } => Some(format!("it was abandoned: {reason}")),
        RunPhase::Forward => step.or_else(|| Some("it has not come to its end".to_owned())),
    }
}
