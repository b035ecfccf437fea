//! Where a lab keeps its files: one directory per name, so that two labs never meet.

use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use serde::Deserialize;

use crate::failure::{Failure, Outcome};
use crate::settings::Settings;

/// The directory of one lab.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    name: String,
    path: PathBuf,
    settings: Settings,
}

/// What a running lab says about itself in `lab.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Announcement {
    /// The address for AWS clients and for control.
    pub(crate) endpoint: String,
    /// The process that serves it.
    pub(crate) pid: u32,
}

impl Home {
    /// The home of the lab with this name.
    pub(crate) fn of(name: &str, settings: &Settings) -> Outcome<Self> {
        let well_formed = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if name.is_empty() || name.len() > 40 || !well_formed {
            return Err(Failure::Usage(format!("`{name}` cannot name a lab: use 1 to 40 letters, digits and hyphens")));
        }
        Ok(Home { name: name.to_owned(), path: settings.home().join(name), settings: settings.clone() })
    }

    /// The name of the lab.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What the lab is made of.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A file in the directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Makes the directory above the labs, which only its owner may enter or, as root, other users may pass through.
    pub(crate) fn prepare_base(&self) -> anyhow::Result<()> {
        let base = self.path.parent().ok_or_else(|| anyhow!("the lab has no home"))?;
        let mode = if rustix::process::getuid().is_root() { 0o711 } else { 0o700 };
        DirBuilder::new()
            .recursive(true)
            .mode(mode)
            .create(base)
            .with_context(|| format!("cannot create `{}`", base.display()))
    }

    /// Waits until no other command starts or stops this lab, and keeps others waiting while the file lives.
    pub(crate) fn lock(&self) -> anyhow::Result<File> {
        let path = self.lock_file();
        loop {
            self.prepare_base()?;
            let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
            // The last `down` takes the directory of all labs along.
            if opened.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
                continue;
            }
            let file = opened.with_context(|| format!("cannot open `{}`", path.display()))?;
            file.lock().with_context(|| format!("cannot lock `{}`", path.display()))?;
            // A `down` that was waited for has removed the file: then the next command would lock another one.
            let locked = file.metadata().context("cannot look at the lock")?.ino();
            if std::fs::metadata(&path).is_ok_and(|present| present.ino() == locked) {
                return Ok(file);
            }
        }
    }

    /// Gives the lock back for good, and with it the directory of all labs if this was the last of them.
    pub(crate) fn unlock(&self, lock: File) {
        std::fs::remove_file(self.lock_file()).ok();
        drop(lock);
        if let Some(base) = self.path.parent() {
            std::fs::remove_dir(base).ok();
        }
    }

    fn lock_file(&self) -> PathBuf {
        self.path.with_extension("lock")
    }

    /// What the lab announced when it came up; `None` when there is no such lab.
    pub(crate) fn announcement(&self) -> Option<Announcement> {
        let text = std::fs::read_to_string(self.file("lab.json")).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Removes all that the lab left.
    pub(crate) fn remove(&self) -> anyhow::Result<()> {
        match std::fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove `{}`", self.path.display()))
            }
            _ => Ok(()),
        }
    }
}
