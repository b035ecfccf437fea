//! Brings the files of a backup, and its manifest, into a private directory of this machine.
//!
//! An object that was brought is not asked for again, so that a run that was killed goes on where it was. What is done on
//! the disk here is short and needs no thread of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use trackera_core::company::database::BucketPlace;
use trackera_core::recovery::ports::{Download, Downloaded, Object, ObjectName, Objects};
use trackera_journal::digest::Digest;

use super::proof::Fetched;
use super::{arguments, list, output, read_trouble};
use crate::action::{Action, ActionError, Call, Kind, Looked, Nature, Permit};

/// The output of a fetch that is whole, beside what it brought.
const WHOLE: &str = "fetched.json";

/// The action `drill.fetch_dump`.
pub(super) struct FetchDump {
    pub(super) objects: Arc<dyn Objects>,
    /// What the directories of plans are relative to.
    pub(super) beside: PathBuf,
}

impl std::fmt::Debug for FetchDump {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FetchDump")
    }
}

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Fetch {
    pub(super) place: BucketPlace,
    pub(super) manifests: Option<BucketPlace>,
    pub(super) is_usable: bool,
    pub(super) files: String,
    pub(super) manifest: Option<String>,
    /// The directory that it makes.
    pub(super) directory: PathBuf,
}

#[async_trait]
impl Action for FetchDump {
    fn name(&self) -> &'static str {
        "drill.fetch_dump"
    }

    fn nature(&self) -> Nature {
        let settles_within = jiff::SignedDuration::ZERO;
        Nature { undoable: true, settles_within, ..Nature::of(Kind::Idempotent) }
    }

    fn describe(&self, told: &Json) -> String {
        match arguments::<Fetch>(told) {
            Ok(fetch) => {
                format!("bring `{}/{}` into `{}`", fetch.place.bucket, fetch.files, fetch.directory.display())
            }
            Err(_) => "bring the files of the backup to this machine".to_owned(),
        }
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["is_whole", "said", "files", "bytes", "sha256", "has_manifest"]
    }

    fn arguments(&self) -> &'static [&'static str] {
        &["place", "manifests", "is_usable", "files", "manifest", "directory"]
    }

    async fn look(&self, call: &Call<'_>) -> Looked {
        let Ok(fetch) = self.told(call) else { return Looked::Absent };
        match fs::read(fetch.directory.join(WHOLE)) {
            Ok(output) => match serde_json::from_slice(&output) {
                Ok(output) => Looked::Done(output),
                Err(_) => Looked::Present(Json::Bool(true)),
            },
            Err(_) => match fetch.directory.try_exists() {
                Ok(false) => Looked::Absent,
                Ok(true) => Looked::Present(Json::Bool(true)),
                Err(error) => Looked::Unknown(format!("`{}`: {error}", fetch.directory.display())),
            },
        }
    }

    async fn perform(&self, call: &Call<'_>, _: &Permit) -> Result<Json, ActionError> {
        let fetch = self.told(call)?;
        if !fetch.is_usable {
            return output(&Fetched::nothing("there was nothing to bring"));
        }
        let files = fetch.directory.join("files");
        if let Some(scratch) = fetch.directory.parent() {
            // The account of the server passes through it; what is private lies below.
            fs::create_dir_all(scratch).map_err(|error| disk(scratch, &error))?;
        }
        private(&fetch.directory)?;
        private(&files)?;
        let fetched = self.fetch(call, &fetch, &files).await?;
        let fetched = output(&fetched)?;
        // Last, and by a new name: whoever finds it knows that everything before it is there.
        let (begun, whole) = (fetch.directory.join("fetched.part"), fetch.directory.join(WHOLE));
        fs::write(&begun, fetched.to_string()).map_err(|error| disk(&begun, &error))?;
        fs::rename(&begun, &whole).map_err(|error| disk(&whole, &error))?;
        Ok(fetched)
    }

    async fn undo(&self, call: &Call<'_>, _: &Permit) -> Result<(), ActionError> {
        let fetch = self.told(call)?;
        match fs::remove_dir_all(&fetch.directory) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(disk(&fetch.directory, &error)),
            _ => Ok(()),
        }
    }
}

impl FetchDump {
    /// What it is told, with the directory that this is on this machine.
    fn told(&self, call: &Call<'_>) -> Result<Fetch, ActionError> {
        let told: Fetch = arguments(call.arguments)?;
        Ok(Fetch { directory: self.beside.join(&told.directory), ..told })
    }

    async fn fetch(&self, call: &Call<'_>, fetch: &Fetch, files: &Path) -> Result<Fetched, ActionError> {
        let has_manifest = match (&fetch.manifests, &fetch.manifest) {
            (Some(place), Some(key)) => {
                let file = fetch.directory.join(Fetched::MANIFEST);
                if self.bring(list::name(place, key), file).await?.is_none() {
                    return Ok(Fetched::nothing("the manifest was there and is gone"));
                }
                true
            }
            _ => false,
        };
        let found = list::newest(&*self.objects, &fetch.place, &fetch.files).await?;
        let all: u64 = found.iter().filter_map(|file| file.size).sum();
        let (mut bytes, mut digests) = (0_u64, String::new());
        for file in &found {
            let rest = file.key.strip_prefix(&fetch.files).unwrap_or(&file.key);
            let name = if rest.is_empty() { file.key.rsplit('/').next().unwrap_or(&file.key) } else { rest };
            // A key is whatever somebody called it: only a plain name becomes the name of a file here.
            if name.is_empty() || name.contains(['/', '\\', '\0']) || name.starts_with('.') {
                return Ok(Fetched::nothing("a file of the backup has a name that no file of a backup has"));
            }
            let place = list::name(&fetch.place, &file.key);
            let Some(brought) = self.bring(place, files.join(name)).await? else {
                return Ok(Fetched::nothing("a file of the backup was there and is gone"));
            };
            bytes += brought.size;
            digests.push_str(&format!("{}  {name}\n", brought.sha256));
            call.say(&format!("{} of {} MB", bytes / 1_000_000, all.div_ceil(1_000_000)));
        }
        let sha256 = Digest::of(digests.as_bytes()).to_string();
        let said = format!("{} files with {bytes} bytes", found.len());
        let files = u64::try_from(found.len()).unwrap_or(u64::MAX);
        Ok(Fetched { is_whole: true, said, files, bytes, sha256, has_manifest })
    }

    /// Brings one object; none when it is not there.
    async fn bring(&self, name: ObjectName, file: PathBuf) -> Result<Option<Downloaded>, ActionError> {
        let object = Object { name, version: None };
        let facts = self.objects.look(&object).await.map_err(|error| read_trouble(&error))?;
        let Some(facts) = facts else { return Ok(None) };
        let object = Object { version: facts.version.clone(), ..object };
        let brought = self.objects.download(&Download { object, facts, file }).await;
        brought.map(Some).map_err(|error| read_trouble(&error))
    }
}

/// Makes a directory that nobody else can enter, if it is not there.
fn private(directory: &Path) -> Result<(), ActionError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = fs::DirBuilder::new();
    builder.mode(0o700).recursive(true);
    builder.create(directory).map_err(|error| disk(directory, &error))
}

fn disk(path: &Path, error: &std::io::Error) -> ActionError {
    ActionError::Refused(format!("`{}`: {error}", path.display()))
}
