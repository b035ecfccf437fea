//! Where the bench runs: a directory of its own, the programs of one major, and a network to download from.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use trackera_postgres::program::Programs;
use trackera_postgres::scratch::ScratchPlan;

use crate::Outcome;

const BUFFER_BYTES: usize = 256 * 1024;

pub(crate) struct World {
    place: TempDir,
    pub(crate) programs: Programs,
}

impl World {
    pub(crate) fn new() -> Outcome<Self> {
        let place = tempfile::Builder::new().prefix("pg").tempdir()?;
        std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o711))?;
        Ok(Self { place, programs: Programs::find(15, &[])? })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub(crate) fn plan(&self, name: &str) -> ScratchPlan {
        ScratchPlan {
            directory: self.place.path().to_owned(),
            name: name.to_owned(),
            programs: self.programs.clone(),
            account: "postgres".to_owned(),
        }
    }

    /// Lets the disk write what others left in memory, so that nobody pays for it but they.
    pub(crate) fn settle(&self) {
        // Where there is no such program, the pairs still have the same chances.
        let _written = Command::new("sync").status();
    }

    /// Brings a file here over a connection, hashed on its way and made durable, as the download of an object is.
    pub(crate) fn download(&self, from: &Path) -> Outcome<PathBuf> {
        let door = TcpListener::bind("127.0.0.1:0")?;
        let mut stream = TcpStream::connect(door.local_addr()?)?;
        let mut source = File::open(from)?;
        let sending = std::thread::spawn(move || {
            let (mut stream, _) = door.accept()?;
            std::io::copy(&mut source, &mut stream)
        });
        let directory = self.path("download");
        std::fs::create_dir(&directory)?;
        let to = directory.join(from.file_name().unwrap_or_default());
        let (mut file, mut digest, mut buffer) = (File::create_new(&to)?, Sha256::new(), vec![0; BUFFER_BYTES]);
        loop {
            let read = stream.read(&mut buffer)?;
            let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            digest.update(bytes);
            file.write_all(bytes)?;
        }
        file.sync_all()?;
        sending.join().map_err(|_| "the sender fell")??;
        std::hint::black_box(digest.finalize());
        Ok(to)
    }
}
