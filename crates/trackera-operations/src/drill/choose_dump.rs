//! Chooses the newest backup among the objects of a bucket: the newest manifest where there are manifests, because nobody
//! who changes dumps can change these; otherwise the newest object.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trackera_core::company::database::BucketPlace;
use trackera_core::recovery::ports::{ObjectVersion, Objects};

use super::{arguments, list, output};
use crate::action::{Action, ActionError, Call, Looked, Nature, Permit};

/// How manifests end; what stands before it below their prefix is the backup's name.
const MANIFEST: &str = ".json";

/// The action `drill.choose_dump`.
pub(super) struct ChooseDump {
    pub(super) objects: Arc<dyn Objects>,
}

impl std::fmt::Debug for ChooseDump {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ChooseDump")
    }
}

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Choose {
    pub(super) place: BucketPlace,
    pub(super) manifests: Option<BucketPlace>,
    /// How much smaller than the one before it the newest may be, in percent.
    pub(super) may_shrink: u32,
}

/// What it chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chosen {
    /// Whether there is a backup that can be tried.
    pub(super) is_usable: bool,
    /// What was chosen, or why nothing was, in one sentence.
    pub(super) said: String,
    /// The backup's name.
    pub(super) name: String,
    /// How the keys of its files begin.
    pub(super) files: String,
    /// The key of its manifest.
    pub(super) manifest: Option<String>,
    /// How many bytes its files have.
    pub(super) bytes: u64,
    /// How much smaller than the one before it is, in percent, where that is more than it may be.
    pub(super) shrunk: Option<u64>,
}

#[async_trait]
impl Action for ChooseDump {
    fn name(&self) -> &'static str {
        "drill.choose_dump"
    }

    fn nature(&self) -> Nature {
        Nature::read()
    }

    fn describe(&self, told: &Json) -> String {
        match arguments::<Choose>(told) {
            Ok(Choose { place, .. }) => format!("choose the newest backup in `{}/{}`", place.bucket, place.prefix),
            Err(error) => error.to_string(),
        }
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["is_usable", "said", "name", "files", "manifest", "bytes", "shrunk"]
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["place", "manifests", "may_shrink"]
    }

    fn regions(&self, told: &Json) -> Vec<String> {
        arguments::<Choose>(told).map_or_else(
            |_| Vec::new(),
            |choose| std::iter::once(choose.place.region).chain(choose.manifests.map(|place| place.region)).collect(),
        )
    }

    async fn look(&self, _: &Call<'_>) -> Looked {
        Looked::Absent
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let Choose { place, manifests, may_shrink } = arguments(call.arguments)?;
        let files = list::newest(&*self.objects, &place, &place.prefix).await?;
        let backups = backups(&place.prefix, &files);
        let chosen = match manifests {
            Some(kept) => {
                let manifests = list::newest(&*self.objects, &kept, &kept.prefix).await?;
                by_manifest(&kept.prefix, &manifests, &backups)
            }
            None => by_age(&backups),
        };
        output(&match chosen {
            Err(said) => nothing(said),
            Ok(chosen) => Chosen { shrunk: shrunk(&chosen, &backups, may_shrink), ..chosen },
        })
    }
}

fn nothing(said: String) -> Chosen {
    Chosen { is_usable: false, said, name: String::new(), files: String::new(), manifest: None, bytes: 0, shrunk: None }
}

/// The files of one backup: what lies below `prefix/name/`, or the one object `prefix/name`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Backup {
    name: String,
    /// How the keys of its files begin.
    files: String,
    bytes: u64,
    put_at: Timestamp,
}

fn backups(prefix: &str, files: &[ObjectVersion]) -> Vec<Backup> {
    let mut found: BTreeMap<String, Backup> = BTreeMap::new();
    for file in files {
        let rest = file.key.strip_prefix(prefix).unwrap_or(&file.key);
        let (name, files) = match rest.split_once('/') {
            Some((name, _)) => (name, format!("{prefix}{name}/")),
            None => (rest, file.key.clone()),
        };
        let bytes = file.size.unwrap_or_default();
        let backup = found.entry(name.to_owned()).or_insert_with(|| Backup {
            name: name.to_owned(),
            files,
            bytes: 0,
            put_at: file.modified_at,
        });
        (backup.bytes, backup.put_at) = (backup.bytes + bytes, backup.put_at.max(file.modified_at));
    }
    let mut found: Vec<Backup> = found.into_values().collect();
    found.sort_by(|left, right| (left.put_at, &left.name).cmp(&(right.put_at, &right.name)));
    found
}

/// The backup that the newest manifest tells of. One whose files are gone is not passed over for an older one: that is
/// what the drill is for.
fn by_manifest(prefix: &str, manifests: &[ObjectVersion], backups: &[Backup]) -> Result<Chosen, String> {
    let named = manifests.iter().filter_map(|one| Some((one, one.key.strip_prefix(prefix)?.strip_suffix(MANIFEST)?)));
    let newest = named.max_by(|left, right| (left.0.modified_at, left.1).cmp(&(right.0.modified_at, right.1)));
    let Some((manifest, name)) = newest else { return Err(format!("no manifest lies below `{prefix}`")) };
    let Some(backup) = backups.iter().find(|backup| backup.name == name) else {
        return Err(format!("the files of the newest backup `{name}` are not there"));
    };
    Ok(Chosen { manifest: Some(manifest.key.clone()), ..chosen(backup) })
}

fn by_age(backups: &[Backup]) -> Result<Chosen, String> {
    backups.last().map(chosen).ok_or_else(|| "there is no backup".to_owned())
}

fn chosen(backup: &Backup) -> Chosen {
    Chosen {
        is_usable: true,
        said: format!("the newest backup is `{}`", backup.name),
        name: backup.name.clone(),
        files: backup.files.clone(),
        manifest: None,
        bytes: backup.bytes,
        shrunk: None,
    }
}

/// A backup that is much smaller than the one before it has lost something, whatever it says of itself.
fn shrunk(chosen: &Chosen, backups: &[Backup], may_shrink: u32) -> Option<u64> {
    let place = backups.iter().position(|backup| backup.name == chosen.name)?;
    let before = backups.get(place.checked_sub(1)?)?.bytes;
    let lost = before.checked_sub(chosen.bytes)?;
    let percent = lost.saturating_mul(100).checked_div(before)?;
    (percent > u64::from(may_shrink)).then_some(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: &str, size: u64, hour: i64) -> ObjectVersion {
        let modified_at = Timestamp::from_second(hour * 3_600).unwrap();
        ObjectVersion { key: key.to_owned(), version: "1".to_owned(), is_latest: true, size: Some(size), modified_at }
    }

    #[test]
    fn the_newest_manifest_decides_also_when_its_files_are_gone() {
        let files =
            backups("pg/", &[object("pg/a/dump", 100, 1), object("pg/b/one", 60, 2), object("pg/b/two", 35, 2)]);
        let chosen = by_manifest("m/", &[object("m/a.json", 1, 1), object("m/b.json", 1, 2)], &files).unwrap();
        assert_eq!((chosen.name.as_str(), chosen.files.as_str(), chosen.bytes), ("b", "pg/b/", 95));
        assert_eq!(shrunk(&chosen, &files, 10), None);
        assert_eq!(shrunk(&chosen, &files, 4), Some(5));
        let told = by_manifest("m/", &[object("m/a.json", 1, 1), object("m/c.json", 1, 3)], &files).unwrap_err();
        assert_eq!(told, "the files of the newest backup `c` are not there");
        assert!(by_manifest("m/", &[object("m/readme.txt", 1, 9)], &files).is_err());
    }

    #[test]
    fn without_manifests_the_newest_object_is_the_backup() {
        let files = backups("pg/", &[object("pg/2.dump", 90, 2), object("pg/1.dump", 100, 1)]);
        let chosen = by_age(&files).unwrap();
        assert_eq!((chosen.name.as_str(), chosen.files.as_str()), ("2.dump", "pg/2.dump"));
        assert_eq!(by_age(&[]).unwrap_err(), "there is no backup");
    }
}
