//! From a declared drill to the plan of its steps.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use trackera_core::recovery::drill::{Drill, DumpRestore, InstanceRestore, InstanceText, Point};
use trackera_core::recovery::ports::NAME_PREFIX;
use trackera_journal::digest::Digest;

use super::choose_dump::Choose;
use super::choose_point;
use crate::action::{Kind, Nature};
use crate::plan::condition::Condition;
use crate::plan::{Act, Plan, Requirement, Sources, Step, Undo, VERSION, Work};

/// How long listing a bucket may take.
pub(super) const LISTING: SignedDuration = SignedDuration::from_mins(10);
/// What is slower than its objective shall be measured and not cut off: so many times as long may a step take.
pub(super) const BEYOND_OBJECTIVE: i32 = 4;
const TRIES: u8 = 3;

/// What a plan is made of besides the drill itself.
#[derive(Clone, Copy, Debug)]
pub struct Pinned {
    /// The file that declares the drill.
    pub runbook: Digest,
    /// The configuration.
    pub configuration: Digest,
    /// The people whose signatures count.
    pub allowed_signers: Digest,
}

/// The steps of a drill that restores a dump. With `damage` the copy is damaged on purpose, and the checks must find it.
///
/// The plan changes nothing but what bears the name of the run, so nobody needs to approve it; a scheduled drill has a
/// standing approval all the same.
#[must_use]
pub fn plan((drill, dump): (&Drill, &DumpRestore), (pinned, damage): (Pinned, bool)) -> Plan {
    let long = drill.rto.saturating_mul(BEYOND_OBJECTIVE).max(LISTING);
    let choose = Choose { place: dump.place.clone(), manifests: dump.manifests.clone(), may_shrink: dump.may_shrink };
    let fetched: BTreeMap<&str, Json> = ["is_whole", "said", "files", "bytes", "sha256", "has_manifest"]
        .into_iter()
        .map(|field| (field, json!(format!("${{fetch.{field}}}"))))
        .collect();
    let (scratch, directory) = (&dump.directory, Path::new(&dump.directory).join("dump-${run.id}"));
    let steps = vec![
        step("choose", "drill.choose_dump", json!(choose), Limits { nature: Nature::read(), timeout: LISTING }),
        step(
            "fetch",
            "drill.fetch_dump",
            json!({
                "place": dump.place,
                "manifests": dump.manifests,
                "is_usable": "${choose.is_usable}",
                "files": "${choose.files}",
                "manifest": "${choose.manifest}",
                "directory": directory,
            }),
            Limits { nature: local(), timeout: long },
        ),
        step(
            "prove",
            "drill.prove_dump",
            json!({
                "drill": drill.id,
                "directory": directory,
                "fetched": fetched,
                "scratch": scratch,
                "name": "drill-${run.id}",
                "jobs": dump.jobs,
                "verify": drill.verify,
                "damage": "${parameters.damage}",
                "lost_at": "${run.started_at}",
            }),
            Limits { nature: local(), timeout: long },
        ),
    ];
    enveloped(drill, steps, (pinned, damage))
}

/// The steps of a drill that restores an instance. Where there is nothing to restore, nothing is made.
///
/// Restoring takes credentials that are good for as long as it may take; verifying needs none of the cloud.
#[must_use]
pub fn plan_instance((drill, restore): (&Drill, &InstanceRestore), (pinned, damage): (Pinned, bool)) -> Plan {
    let (long, target) = (drill.rto.saturating_mul(BEYOND_OBJECTIVE).max(LISTING), &restore.target);
    let choose = choose_point::Choose {
        instance: restore.instance.clone(),
        region: restore.region.clone(),
        back_seconds: match restore.point {
            Point::Snapshot => None,
            Point::Moment(back) => Some(back.as_secs()),
        },
        parameter_group: target.parameter_group.clone(),
        option_group: target.option_group.clone(),
    };
    let asked = json!({
        "drill": drill.id,
        "instance": restore.instance,
        "region": restore.region,
        "origin": "${choose.origin}",
        "name": format!("{NAME_PREFIX}${{run.id}}"),
        "class": target.class,
        "subnet_group": target.subnet_group,
        "security_groups": target.security_groups,
        "parameter_group": "${choose.parameter_group}",
        "option_group": "${choose.option_group}",
        "began_at": "${run.started_at}",
        "expires_seconds": drill.expires.as_secs(),
    });
    let proof = proof(drill, target);
    let made = Nature { undoable: true, costs: true, ..Nature::of(Kind::Keyed) };
    let restored = made_for(drill, "drill.restore_instance", (asked, made));
    let mut steps = vec![
        step("choose", "drill.choose_point", json!(choose), Limits { nature: Nature::read(), timeout: LISTING }),
        restored,
        step("prove", "drill.prove_instance", proof, Limits { nature: local(), timeout: long }),
    ];
    only_with_a_backup(&mut steps);
    enveloped(drill, steps, (pinned, damage))
}

/// How what was restored is verified.
pub(super) fn proof(drill: &Drill, target: &InstanceText) -> Json {
    json!({
        "host": "${restore.host}",
        "port": "${restore.port}",
        "user": target.user,
        "database": target.database,
        "authorities": target.authorities,
        "verify": drill.verify,
        "damage": "${parameters.damage}",
        "lost_at": "${run.started_at}",
    })
}

/// The step that makes an instance, with credentials that last as long as it may take.
pub(super) fn made_for(drill: &Drill, action: &str, (asked, nature): (Json, Nature)) -> Step {
    let timeout = drill.rto.max(LISTING);
    let mut restored = step("restore", action, asked, Limits { nature, timeout });
    if let Work::Action(act) = &mut restored.work {
        (act.credentials, act.stays) = (timeout, Some(drill.expires));
    }
    restored
}

/// Every step behind the first is for a backup that was found.
pub(super) fn only_with_a_backup(steps: &mut [Step]) {
    for step in steps.iter_mut().skip(1) {
        step.when = Some(Condition::from("choose.is_usable"));
    }
}

/// The plan of these steps.
pub(super) fn enveloped(drill: &Drill, steps: Vec<Step>, (pinned, damage): (Pinned, bool)) -> Plan {
    Plan {
        version: VERSION,
        name: drill.id.clone(),
        mode: "run".to_owned(),
        sources: Sources {
            runbook: drill.id.clone(),
            runbook_digest: pinned.runbook,
            configuration: pinned.configuration,
            allowed_signers: pinned.allowed_signers,
        },
        parameters: BTreeMap::from([("damage".to_owned(), json!(damage))]),
        locks: vec![format!("drill/{}", drill.id)],
        approval: Requirement { people: 0, expires: SignedDuration::ZERO, break_glass: None },
        objectives: BTreeMap::from([("rto".to_owned(), drill.rto), ("rpo".to_owned(), drill.rpo)]),
        evacuated: Vec::new(),
        steps,
    }
}

/// The nature of what makes something on this machine, seen at once and gone when the run ends.
pub(super) fn local() -> Nature {
    Nature { undoable: true, settles_within: SignedDuration::ZERO, ..Nature::of(Kind::Idempotent) }
}

/// What bounds a step.
pub(super) struct Limits {
    pub(super) nature: Nature,
    pub(super) timeout: SignedDuration,
}

/// A step that is undone at the end where there is something to undo.
pub(super) fn step(id: &str, action: &str, arguments: Json, limits: Limits) -> Step {
    let Limits { nature, timeout } = limits;
    let undo = if nature.undoable { Undo::AtEnd } else { Undo::Never };
    let act = Act {
        action: action.to_owned(),
        nature,
        arguments,
        timeout,
        tries: TRIES,
        // The objects are read with credentials that renew themselves, or the call says that they ended.
        credentials: SignedDuration::ZERO,
        undo,
        stays: None,
        needs_approval: false,
    };
    Step { id: id.to_owned(), work: Work::Action(act), when: None }
}
