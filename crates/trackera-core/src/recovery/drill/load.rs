//! From files to drills: what no form can say is checked here, with the place of every mistake.

use jiff::SignedDuration;

use super::{
    Drill, DrillFile, DrillText, DumpRestore, DumpText, InstanceRestore, InstanceText, MomentText, ObjectsRestore,
    ObjectsText, Point, RecoveryPointRestore, RecoveryPointText, Restore, ScratchText, SnapshotText, SourceText,
    TargetText,
};
use crate::company::database::BucketPlace;
use crate::policy::Schedule;
use crate::recovery::verification::{Declared, NegativeControl};
use crate::source::Problem;
use crate::time;
use crate::yaml::{File, Located};

/// The longest name: with the moment behind it, it is the name of a run.
const LONGEST_ID: usize = 24;
const USUAL_EXPIRY: SignedDuration = SignedDuration::from_hours(6);
const USUAL_SHRINKING: u32 = 10;
/// A drill that is done every day has then read everything in less than three years.
const MOST_PARTS: u32 = 1_000;

/// Reads the drills of all files.
///
/// # Errors
/// Gives every mistake; a set with one mistake is not loaded at all.
pub fn load(files: &[File]) -> Result<Vec<Drill>, Vec<Problem>> {
    let mut drills: Vec<Drill> = Vec::new();
    let mut problems = Vec::new();
    for file in files {
        match file.parse::<DrillFile>() {
            Err(problem) => problems.push(problem),
            Ok(texts) => {
                for text in texts.drills {
                    let id = text.id.clone();
                    match drill(file, text) {
                        Err(problem) => problems.push(problem),
                        Ok(drill) if drills.iter().any(|other| other.id == drill.id) => {
                            let message = format!("another drill is called `{}` already", drill.id);
                            problems.push(file.problem(
                                id.location(),
                                message,
                                Some("give it another name".to_owned()),
                            ));
                        }
                        Ok(drill) => drills.push(drill),
                    }
                }
            }
        }
    }
    if problems.is_empty() { Ok(drills) } else { Err(problems) }
}

fn drill(file: &File, text: DrillText) -> Result<Drill, Problem> {
    let id = name(file, &text.id)?;
    let (rto, rpo) = (length(file, &text.objectives.rto)?, length(file, &text.objectives.rpo)?);
    let every = text.every.as_ref().map(|every| Schedule::check(file, every)).transpose()?;
    let expires = text.expires.as_ref().map_or(Ok(USUAL_EXPIRY), |expires| length(file, expires))?;
    let restore = restore(file, &text.id, text.source, text.target)?;
    if matches!(restore, Restore::Objects(_)) {
        check_objects(file, &text.id, &text.verify)?;
    }
    let file = file.name.clone();
    Ok(Drill { id, file, title: text.title, owner: text.owner, rto, rpo, every, restore, expires, verify: text.verify })
}

fn name(file: &File, id: &Located<String>) -> Result<String, Problem> {
    let text = id.value();
    let is_plain = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-';
    let is_kebab = text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.chars().all(is_plain)
        && !text.ends_with('-')
        && !text.contains("--");
    if is_kebab && text.len() <= LONGEST_ID {
        return Ok(text.clone());
    }
    let hint = format!("write small letters, digits and single hyphens, at most {LONGEST_ID} characters");
    Err(file.problem(id.location(), format!("`{}` is no name of a drill", text.escape_debug()), Some(hint)))
}

fn restore(
    file: &File,
    at: &Located<String>,
    source: SourceText,
    target: Option<TargetText>,
) -> Result<Restore, Problem> {
    let wrong = |message: &str, hint: &str| Err(file.problem(at.location(), message, Some(hint.to_owned())));
    match (source, target) {
        (SourceText::Dump(dump), Some(TargetText::Scratch(scratch))) => dumped(file, dump, scratch).map(Restore::Dump),
        (SourceText::Snapshot(SnapshotText { instance, region }), Some(TargetText::Instance(target))) => {
            Ok(made(instance, region, Point::Snapshot, target))
        }
        (SourceText::Moment(MomentText { instance, region, back }), Some(TargetText::Instance(target))) => {
            let back = back.as_ref().map_or(Ok(SignedDuration::ZERO), |back| length(file, back))?;
            Ok(made(instance, region, Point::Moment(back), target))
        }
        (SourceText::RecoveryPoint(point), Some(TargetText::Instance(target))) => {
            kept(file, point, target).map(Restore::RecoveryPoint)
        }
        (SourceText::Objects(objects), None) => read(file, objects).map(Restore::Objects),
        (SourceText::Dump(_), _) => {
            wrong("a dump is restored into a PostgreSQL of this machine", "name a `scratch` target")
        }
        (SourceText::Snapshot(_) | SourceText::Moment(_), _) => {
            wrong("only RDS can restore what RDS has backed up", "name an `instance` target")
        }
        (SourceText::RecoveryPoint(_), _) => {
            wrong("AWS Backup restores a database into an instance", "name an `instance` target")
        }
        (SourceText::Objects(_), Some(_)) => {
            wrong("objects are read where they lie, and restored to no place", "leave the `target` out")
        }
    }
}

fn made(instance: String, region: String, point: Point, target: InstanceText) -> Restore {
    Restore::Instance(InstanceRestore { instance, region, point, target })
}

fn kept(file: &File, point: RecoveryPointText, target: InstanceText) -> Result<RecoveryPointRestore, Problem> {
    let arn = |text: &Located<String>, of: [&str; 2], example: &str| {
        let parts: Vec<&str> = text.value().splitn(6, ':').collect();
        let is_one =
            matches!(parts.as_slice(), ["arn", _, service, _, _, rest] if *service == of[0] && rest.starts_with(of[1]));
        let message = format!("`{}` is not the ARN that is asked for", text.value().escape_debug());
        let problem = || file.problem(text.location(), message, Some(format!("such as `{example}`")));
        is_one.then(|| text.value().clone()).ok_or_else(problem)
    };
    Ok(RecoveryPointRestore {
        resource: arn(&point.resource, ["rds", "db:"], "arn:aws:rds:eu-central-1:000000000000:db:production")?,
        role: arn(&point.role, ["iam", "role/"], "arn:aws:iam::000000000000:role/backup")?,
        vault: point.vault,
        region: point.region,
        target,
    })
}

fn read(file: &File, objects: ObjectsText) -> Result<ObjectsRestore, Problem> {
    let replica = objects.replica.value();
    if replica.bucket == objects.place.bucket {
        let message = "what is lost with a bucket is lost with a replica in it";
        let hint = Some("name another bucket".to_owned());
        return Err(file.problem(objects.replica.location(), message, hint));
    }
    let parts = match objects.everything_within.value() {
        parts @ 1..=MOST_PARTS => *parts,
        _ => {
            let message = format!("everything is read within 1 to {MOST_PARTS} runs");
            return Err(file.problem(objects.everything_within.location(), message, None));
        }
    };
    Ok(ObjectsRestore {
        replica: BucketPlace {
            bucket: replica.bucket.clone(),
            region: replica.region.clone(),
            prefix: objects.place.prefix.clone(),
        },
        place: objects.place,
        parts,
        may_shrink: percent(file, objects.may_shrink.as_ref(), USUAL_SHRINKING)?,
        may_delete: percent(file, objects.may_delete.as_ref(), 0)?,
    })
}

/// Refuses checks of databases that no object could meet: what is declared and never checked would seem to be.
fn check_objects(file: &File, at: &Located<String>, verify: &Declared) -> Result<(), Problem> {
    let control = verify.negative_control.as_ref().map(|control| control.every);
    let negative_control = control.map(|every| NegativeControl { every, damage: Vec::new() });
    if *verify == (Declared { negative_control, ..Declared::default() }) {
        return Ok(());
    }
    let message = "of `verify`, only how often a negative control is done is about objects";
    let hint = Some("every check of objects is made in every run".to_owned());
    Err(file.problem(at.location(), message, hint))
}

/// A part of something in percent.
fn percent(file: &File, part: Option<&Located<u32>>, usual: u32) -> Result<u32, Problem> {
    match part.map(|part| (*part.value(), part)) {
        None => Ok(usual),
        Some((part @ 0..=100, _)) => Ok(part),
        Some((_, part)) => Err(file.problem(part.location(), "a part is at most 100 percent", None)),
    }
}

fn dumped(file: &File, dump: DumpText, scratch: ScratchText) -> Result<DumpRestore, Problem> {
    let jobs = scratch.jobs.as_ref().map(|jobs| match jobs.value() {
        1..=64 => Ok(*jobs.value()),
        _ => Err(file.problem(jobs.location(), "between 1 and 64 processes restore at once", None)),
    });
    Ok(DumpRestore {
        place: dump.place,
        manifests: dump.manifests,
        may_shrink: percent(file, dump.may_shrink.as_ref(), USUAL_SHRINKING)?,
        identity: dump.identity,
        directory: scratch.directory,
        jobs: jobs.transpose()?,
    })
}

/// A length of time that is longer than nothing.
fn length(file: &File, text: &Located<String>) -> Result<SignedDuration, Problem> {
    let length = time::parse(text.value()).map_err(|message| file.problem(text.location(), message, None))?;
    if length.is_positive() {
        return Ok(length);
    }
    Err(file.problem(text.location(), "this length of time must be longer than nothing", None))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = "\
drills:
  - id: product-dump
    title: The product database comes back from its newest dump
    owner: amelie
    objectives: {rto: 2h, rpo: 26h}
    every: {cron: \"0 3 * * 0\", zone: Europe/Berlin}
    source:
      dump: {in: {bucket: dumps, region: eu-central-1, prefix: postgres/}}
    target:
      scratch: {directory: scratch}
";

    fn read(text: &str) -> Result<Vec<Drill>, Vec<String>> {
        let file = File { name: "drills.yaml".to_owned(), text: text.to_owned() };
        load(&[file]).map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[track_caller]
    fn mistake(from: &str, to: &str) -> String {
        assert!(DUMP.contains(from), "{from}");
        read(&DUMP.replace(from, to)).unwrap_err().join("\n")
    }

    #[test]
    fn a_drill_has_its_usual_limits() {
        let drills = read(DUMP).unwrap();
        let [drill] = drills.as_slice() else { panic!("one drill") };
        let Restore::Dump(dump) = &drill.restore else { panic!("a dump") };
        assert_eq!((drill.rto.as_hours(), drill.rpo.as_hours(), drill.expires.as_hours()), (2, 26, 6));
        assert_eq!((dump.may_shrink, dump.jobs), (10, None));
        assert_eq!(drill.every.as_ref().map(ToString::to_string).unwrap(), "`0 3 * * 0` in Europe/Berlin");
    }

    #[test]
    fn mistakes_have_a_place_and_a_word() {
        let told = mistake("id: product-dump", "id: Product_dump");
        assert_eq!(told, "drills.yaml:2:9: `Product_dump` is no name of a drill");
        assert!(mistake("rto: 2h", "rto: soon").starts_with("drills.yaml:5:23: `soon` is not a length of time"));
        assert!(mistake("rpo: 26h", "rpo: 0s").contains("longer than nothing"));
        assert!(mistake("scratch:", "scratsch:").contains("unknown value `scratsch`"));
        assert!(mistake("{directory: scratch}", "{directory: scratch, jobs: 0}").contains("between 1 and 64"));
        let twice = format!("{DUMP}{}", DUMP.trim_start_matches("drills:\n"));
        assert!(read(&twice).unwrap_err().join("").contains("another drill is called `product-dump` already"));
    }

    #[test]
    fn a_backup_is_restored_by_whoever_can() {
        let target = "instance: {class: c, subnet_group: s, security_groups: [g], user: u, password: {environment: P}, \
                      database: d, authorities: a.pem}";
        assert!(mistake("scratch: {directory: scratch}", target).contains("a dump is restored into a PostgreSQL"));
        let snapshot = "snapshot: {instance: i, region: eu-west-1}";
        let dump = "dump: {in: {bucket: dumps, region: eu-central-1, prefix: postgres/}}";
        assert!(mistake(dump, snapshot).contains("only RDS can restore"));
        assert!(read(&DUMP.replace(dump, snapshot).replace("scratch: {directory: scratch}", target)).is_ok());
        assert!(mistake("    target:\n      scratch: {directory: scratch}\n", "").contains("a dump is restored into"));
    }

    #[test]
    fn a_recovery_point_is_that_of_a_database_and_restored_by_a_role() {
        let point = "recovery_point: {vault: v, region: eu-west-1, resource: \"arn:aws:rds:eu-central-1:0:db:p\", \
                     role: \"arn:aws:iam::0:role/backup\"}";
        let target = "instance: {class: c, subnet_group: s, security_groups: [g], user: u, password: {environment: P}, \
                      database: d, authorities: a.pem}";
        let dump = "dump: {in: {bucket: dumps, region: eu-central-1, prefix: postgres/}}";
        let text = DUMP.replace(dump, point).replace("scratch: {directory: scratch}", target);
        let drills = read(&text).unwrap();
        let restore = &drills[0].restore;
        assert_eq!((restore.word(), restore.region()), ("recovery_point", "eu-west-1"));
        assert_eq!(restore.target().map(|target| target.class.as_str()), Some("c"));
        for (from, to) in [("db:p", "cluster:p"), ("arn:aws:rds", "arn:aws:s3"), ("role/backup", "user/backup")] {
            assert!(read(&text.replace(from, to)).unwrap_err().join("").contains("is not the ARN"), "{to}");
        }
        assert!(mistake(dump, point).contains("AWS Backup restores a database into an instance"));
    }

    const OBJECTS: &str = "objects: {in: {bucket: files, region: eu-central-1, prefix: a/}, everything_within: 30, \
                           replica: {bucket: files-dr, region: eu-west-1}}";

    /// A drill of objects with something else in the place of a part of it.
    fn objects(from: &str, to: &str) -> Result<Vec<Drill>, Vec<String>> {
        let (head, _) = DUMP.split_once("      dump:").unwrap();
        let text = format!("{head}      {OBJECTS}\n");
        assert!(text.contains(from), "{from}");
        read(&text.replace(from, to))
    }

    #[test]
    fn objects_have_a_replica_under_the_same_keys_and_no_target() {
        let drills = objects("a/", "a/").unwrap();
        let [Drill { restore: Restore::Objects(restore), .. }] = drills.as_slice() else { panic!("objects") };
        assert_eq!((restore.parts, restore.may_shrink, restore.may_delete), (30, 10, 0));
        assert_eq!((restore.replica.bucket.as_str(), restore.replica.prefix.as_str()), ("files-dr", "a/"));
        assert_eq!((drills[0].restore.word(), drills[0].restore.region()), ("objects", "eu-west-1"));
    }

    #[test]
    fn what_no_drill_of_objects_could_do_is_refused() {
        let mistake = |from: &str, to: &str| objects(from, to).unwrap_err().join("\n");
        assert!(mistake("bucket: files-dr", "bucket: files").contains("lost with a replica in it"));
        for (from, to) in [("within: 30", "within: 0"), ("within: 30", "within: 1001")] {
            assert!(mistake(from, to).contains("within 1 to 1000 runs"));
        }
        assert!(mistake("everything_within: 30", "everything_within: 30, may_delete: 101").contains("100 percent"));
        let target = "    target: {scratch: {directory: scratch}}\n    source:\n";
        assert!(mistake("    source:\n", target).contains("restored to no place"));
        for verify in
            ["manifest: {}", "integrity: {indexes: false}", "negative_control: {every: 4, damage: [drop_row]}"]
        {
            let with = format!("    verify: {{{verify}}}\n    source:\n");
            assert!(mistake("    source:\n", &with).contains("is about objects"), "{verify}");
        }
        assert!(objects("    source:\n", "    verify: {negative_control: {every: 4}}\n    source:\n").is_ok());
    }
}
