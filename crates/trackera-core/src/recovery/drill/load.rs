//! From files to drills: what no form can say is checked here, with the place of every mistake.

use jiff::SignedDuration;

use super::{
    Drill, DrillFile, DrillText, DumpRestore, DumpText, InstanceRestore, InstanceText, MomentText, Point, Restore,
    ScratchText, SnapshotText, SourceText, TargetText,
};
use crate::policy::Schedule;
use crate::source::Problem;
use crate::time;
use crate::yaml::{File, Located};

/// The longest name: with the moment behind it, it is the name of a run.
const LONGEST_ID: usize = 24;
const USUAL_EXPIRY: SignedDuration = SignedDuration::from_hours(6);
const USUAL_SHRINKING: u32 = 10;

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

fn restore(file: &File, at: &Located<String>, source: SourceText, target: TargetText) -> Result<Restore, Problem> {
    match (source, target) {
        (SourceText::Dump(dump), TargetText::Scratch(scratch)) => dumped(file, dump, scratch).map(Restore::Dump),
        (SourceText::Snapshot(SnapshotText { instance, region }), TargetText::Instance(target)) => {
            Ok(made(instance, region, Point::Snapshot, target))
        }
        (SourceText::Moment(MomentText { instance, region, back }), TargetText::Instance(target)) => {
            let back = back.as_ref().map_or(Ok(SignedDuration::ZERO), |back| length(file, back))?;
            Ok(made(instance, region, Point::Moment(back), target))
        }
        (SourceText::Dump(_), TargetText::Instance(_)) => {
            let hint = "name a `scratch` target".to_owned();
            Err(file.problem(at.location(), "a dump is restored into a PostgreSQL of this machine", Some(hint)))
        }
        (SourceText::Snapshot(_) | SourceText::Moment(_), TargetText::Scratch(_)) => {
            let hint = "name an `instance` target".to_owned();
            Err(file.problem(at.location(), "only RDS can restore what RDS has backed up", Some(hint)))
        }
    }
}

fn made(instance: String, region: String, point: Point, target: InstanceText) -> Restore {
    Restore::Instance(InstanceRestore { instance, region, point, target })
}

fn dumped(file: &File, dump: DumpText, scratch: ScratchText) -> Result<DumpRestore, Problem> {
    let may_shrink = dump.may_shrink.as_ref().map_or(Ok(USUAL_SHRINKING), |percent| match percent.value() {
        0..=100 => Ok(*percent.value()),
        _ => Err(file.problem(percent.location(), "a part is at most 100 percent", None)),
    })?;
    let jobs = scratch.jobs.as_ref().map(|jobs| match jobs.value() {
        1..=64 => Ok(*jobs.value()),
        _ => Err(file.problem(jobs.location(), "between 1 and 64 processes restore at once", None)),
    });
    Ok(DumpRestore {
        place: dump.place,
        manifests: dump.manifests,
        may_shrink,
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
    }
}
