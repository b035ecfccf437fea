//! A disk in memory that keeps apart what was written from what is durable, and whose power can fail at any write.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use trackera_journal::fs::{Appending, Files, Lock};

/// What a loss of power leaves of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Nothing: neither content nor new names.
    All,
    /// New names, without content.
    Content,
    /// New names, and half of what was written behind the synced part.
    Half,
    /// New names and the second half; zeros where the first half was to stand.
    FirstHalf,
    /// Everything, by luck.
    Nothing,
}

impl Loss {
    pub(crate) const EVERY: [Self; 5] = [Self::All, Self::Content, Self::Half, Self::FirstHalf, Self::Nothing];
}

/// The disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct FakeDisk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    content: Vec<Content>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    locked: BTreeSet<PathBuf>,
    writes: usize,
    power_fails_at: Option<usize>,
}

#[derive(Debug, Default)]
struct Content {
    current: Vec<u8>,
    durable: Vec<u8>,
}

#[derive(Debug)]
struct FakeFile {
    disk: FakeDisk,
    content: usize,
}

#[derive(Debug)]
struct FakeLock {
    disk: FakeDisk,
    path: PathBuf,
}

impl FakeDisk {
    /// A disk on which everything is durable.
    pub(crate) fn holding(files: BTreeMap<PathBuf, Vec<u8>>) -> Self {
        let mut state = State::default();
        for (index, (path, bytes)) in files.into_iter().enumerate() {
            state.content.push(Content { current: bytes.clone(), durable: bytes });
            state.names.insert(path, index);
        }
        state.durable_names = state.names.clone();
        Self(Arc::new(Mutex::new(state)))
    }

    /// The files as they are read now, without locks.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let state = self.state();
        state.names.iter().map(|(path, index)| (path.clone(), state.content[*index].current.clone())).collect()
    }

    /// Lets the power fail at a write, counted from one.
    pub(crate) fn failing_at(self, write: usize) -> Self {
        self.state().power_fails_at = Some(write);
        self
    }

    /// Whether the power failed.
    pub(crate) fn is_dark(&self) -> bool {
        let state = self.state();
        state.power_fails_at.is_some_and(|at| state.writes >= at)
    }

    /// The disk as it is found after the power came back.
    pub(crate) fn after(&self, loss: Loss) -> Self {
        let state = self.state();
        let names = if loss == Loss::All { &state.durable_names } else { &state.names };
        let content = |index: &usize| remains(&state.content[*index], loss);
        Self::holding(names.iter().map(|(path, index)| (path.clone(), content(index))).collect())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Counts a write. It is the last when the power fails at it, and none comes after.
    fn write(&self) -> Result<MutexGuard<'_, State>, (io::Error, Option<MutexGuard<'_, State>>)> {
        let mut state = self.state();
        state.writes += 1;
        match state.power_fails_at {
            Some(at) if state.writes > at => Err((dark(), None)),
            Some(at) if state.writes == at => Err((dark(), Some(state))),
            _ => Ok(state),
        }
    }

    fn whole(&self) -> io::Result<MutexGuard<'_, State>> {
        self.write().map_err(|(error, _)| error)
    }
}

impl Appending for FakeFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.disk.write() {
            Ok(mut state) => {
                state.content[self.content].current.extend_from_slice(bytes);
                Ok(())
            }
            Err((error, last)) => {
                if let Some(mut state) = last {
                    state.content[self.content].current.extend_from_slice(&bytes[..bytes.len() * 2 / 3]);
                }
                Err(error)
            }
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.whole()?;
        let content = &mut state.content[self.content];
        content.durable = content.current.clone();
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.disk.whole()?.content[self.content].current.truncate(length as usize);
        Ok(())
    }
}

impl Lock for FakeLock {}

impl Drop for FakeLock {
    fn drop(&mut self) {
        self.disk.state().locked.remove(&self.path);
    }
}

impl Files for FakeDisk {
    fn names(&self, directory: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        let inside = state.names.keys().filter(|path| path.parent() == Some(directory));
        Ok(inside.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let state = self.state();
        let index = state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(state.content[*index].current.clone())
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn Appending>> {
        let mut state = self.whole()?;
        let content = match state.names.get(path) {
            Some(index) => *index,
            None => {
                let index = state.content.len();
                state.content.push(Content::default());
                state.names.insert(path.to_owned(), index);
                index
            }
        };
        Ok(Box::new(FakeFile { disk: self.clone(), content }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.whole()?;
        let index = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), index);
        Ok(())
    }

    fn create_directory(&self, _directory: &Path) -> io::Result<()> {
        self.whole().map(|_| ())
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        let mut state = self.whole()?;
        let inside = |path: &PathBuf| path.parent() == Some(directory);
        let names: Vec<(PathBuf, usize)> =
            state.names.iter().filter(|(path, _)| inside(path)).map(|(path, index)| (path.clone(), *index)).collect();
        state.durable_names.retain(|path, _| !inside(path));
        state.durable_names.extend(names);
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        if !self.state().locked.insert(path.to_owned()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(FakeLock { disk: self.clone(), path: path.to_owned() }))
    }
}

fn remains(content: &Content, loss: Loss) -> Vec<u8> {
    let Some(unsynced) = content.current.strip_prefix(content.durable.as_slice()) else {
        // A cut that was not synced is there or not.
        return if loss == Loss::Nothing { content.current.clone() } else { content.durable.clone() };
    };
    let (first, second) = unsynced.split_at(unsynced.len() / 2);
    match loss {
        Loss::All | Loss::Content => content.durable.clone(),
        Loss::Half => [&content.durable, first].concat(),
        Loss::FirstHalf => [&content.durable[..], &vec![0; first.len()], second].concat(),
        Loss::Nothing => content.current.clone(),
    }
}

fn dark() -> io::Error {
    io::Error::other("the power failed")
}
