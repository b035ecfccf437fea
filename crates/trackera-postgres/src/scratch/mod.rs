//! A PostgreSQL of our own: private, cut off from the network, gone afterwards.
//!
//! It listens on a Unix socket alone, in a directory that only its account can enter. It archives nothing, replicates
//! to nobody and starts no worker. What a process leaves behind that died is found by its lock and removed.

mod leftovers;

use std::ffi::OsString;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio_postgres::Client;
use trackera_core::recovery::manifest::Locale;

use crate::connection::{Address, Host, Limits};
use crate::manifest::quoted;
use crate::program::{Account, Call, Network, Programs};
use crate::trouble::{Trouble, file, statement};

pub use leftovers::sweep;

const START_LIMIT: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(20);
const SUPERUSER: &str = "postgres";
const PORT: u16 = 5432;
/// What a socket's path may be long, less the name of the socket itself.
const LONGEST_PLACE: usize = 85;
/// Nothing here outlives the machine, so nothing is synchronised; nothing may reach out, so nothing runs by itself.
const SETTINGS: [&str; 19] = [
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "archive_mode=off",
    "restore_command=",
    "shared_preload_libraries=",
    "max_logical_replication_workers=0",
    "autovacuum=off",
    "jit=off",
    "shared_buffers=256MB",
    "maintenance_work_mem=256MB",
    "max_wal_size=4GB",
    "checkpoint_timeout=1h",
    "max_locks_per_transaction=512",
    "log_min_messages=fatal",
    "log_min_error_statement=panic",
];

/// Where and how a server of our own runs.
#[derive(Clone, Debug)]
pub struct ScratchPlan {
    /// A directory that the account may pass through; on an encrypted disk where rows of persons are restored.
    pub directory: PathBuf,
    /// The name below it, of letters, digits and dashes: the run's.
    pub name: String,
    /// Which programs it is made of.
    pub programs: Programs,
    /// Whom it runs as when this process is root.
    pub account: String,
}

/// A server of our own. It is destroyed when this value goes; [`Scratch::destroy`] says whether that worked.
#[derive(Debug)]
pub struct Scratch {
    place: PathBuf,
    programs: Programs,
    account: Account,
    network: Network,
    server: Option<Child>,
}

impl Scratch {
    /// Makes a cluster and starts its server.
    ///
    /// # Errors
    /// Fails when the place is taken, the programs fail, the disk is full, or the server does not come up. Nothing is
    /// left then.
    pub async fn start(plan: &ScratchPlan) -> Result<Self, Trouble> {
        let mut scratch = Self::prepare(plan).await?;
        scratch.make().await?;
        Ok(scratch)
    }

    /// Makes the cluster of a place that was prepared, and starts its server.
    pub(crate) async fn make(&mut self) -> Result<(), Trouble> {
        let arguments = ["--no-sync", "--no-instructions", "--auth=trust", "--data-checksums", "--encoding=UTF8"];
        let mut arguments: Vec<OsString> = arguments.map(OsString::from).to_vec();
        arguments.extend(["--locale=C".into(), format!("--username={SUPERUSER}").into()]);
        arguments.extend(["--pgdata".into(), self.data().into()]);
        self.tool("initdb", arguments, &[]).await?;
        self.run_server().await
    }

    /// Starts a server on a copy of a data directory: a physical backup.
    ///
    /// # Errors
    /// Fails as [`Scratch::start`] does, and when the copy cannot be made.
    pub async fn start_on(plan: &ScratchPlan, data: &Path) -> Result<Self, Trouble> {
        let mut scratch = Self::prepare(plan).await?;
        let target = scratch.data();
        let call = Call {
            program: "/bin/cp".into(),
            arguments: vec!["-a".into(), "--reflink=auto".into(), "--".into(), data.into(), target.clone().into()],
            environment: &[],
            account: Account::own(),
            network: Network::Shared,
        };
        let ended = call.run(Limits::COPY.statement).await?;
        if !ended.status.success() {
            return Err(ended.failure());
        }
        scratch.give_all(&target)?;
        for name in ["postmaster.pid", "standby.signal", "recovery.signal", "postgresql.auto.conf"] {
            leftovers::remove_file(&target.join(name))?;
        }
        scratch.write(&target.join("pg_hba.conf"), "local all all trust\n")?;
        scratch.write(&target.join("postgresql.conf"), "")?;
        scratch.run_server().await?;
        Ok(scratch)
    }

    /// Makes a place for a server, private to its account.
    pub(crate) async fn prepare(plan: &ScratchPlan) -> Result<Self, Trouble> {
        let account = Account::find(&plan.account)?;
        let fine = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        if plan.name.is_empty() || !plan.name.chars().all(fine) {
            return Err(Trouble::Usage(format!("`{}` is no name of letters, digits and dashes", plan.name)));
        }
        let place = plan.directory.join(&plan.name);
        if place.as_os_str().len() > LONGEST_PLACE {
            return Err(Trouble::Usage(format!(
                "`{}` is too long for a socket; choose a shorter directory",
                place.display()
            )));
        }
        std::fs::create_dir(&place).map_err(file(&place))?;
        let mut scratch =
            Self { place, programs: plan.programs.clone(), account, network: Network::None, server: None };
        leftovers::lock(&scratch.place)?;
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(&scratch.place, private).map_err(file(&scratch.place))?;
        scratch.account.give(&scratch.place)?;
        if scratch
            .call("/bin/true".into(), Vec::new(), &[])
            .run(START_LIMIT)
            .await
            .is_ok_and(|end| end.status.success())
        {
            return Ok(scratch);
        }
        scratch.network = Network::Shared;
        Ok(scratch)
    }

    fn call<'a>(&self, program: PathBuf, arguments: Vec<OsString>, environment: &'a [(String, String)]) -> Call<'a> {
        Call { program, arguments, environment, account: self.account, network: self.network }
    }

    /// A program of PostgreSQL as this server's account and in its network.
    pub(crate) fn program<'a>(
        &self,
        name: &str,
        arguments: Vec<OsString>,
        environment: &'a [(String, String)],
    ) -> Call<'a> {
        self.call(self.programs.path(name), arguments, environment)
    }

    async fn tool(&self, name: &str, arguments: Vec<OsString>, told: &[(String, String)]) -> Result<(), Trouble> {
        let ended = self.program(name, arguments, told).run(START_LIMIT).await?;
        match ended.status.success() {
            true => Ok(()),
            false if ended.said.contains("No space left on device") => Err(Trouble::DiskFull),
            false => Err(ended.failure()),
        }
    }

    async fn run_server(&mut self) -> Result<(), Trouble> {
        let mut arguments: Vec<OsString> =
            vec!["-D".into(), self.data().into(), "-k".into(), self.place.clone().into()];
        arguments.extend(["-p".into(), PORT.to_string().into()]);
        arguments.extend(SETTINGS.iter().flat_map(|setting| ["-c".into(), OsString::from(setting)]));
        let log = self.place.join("log");
        let written = std::fs::File::create(&log).map_err(file(&log))?;
        let mut command = self.program("postgres", arguments, &[]).command();
        command.stdout(Stdio::null()).stderr(written);
        self.server = Some(command.spawn().map_err(file(&self.programs.path("postgres")))?);
        let address = self.address(SUPERUSER);
        let ready = async {
            while address.connect(&Limits::COPY).await.is_err() {
                if self.ended() {
                    return Err(self.did_not_start());
                }
                tokio::time::sleep(POLL).await;
            }
            Ok(())
        };
        let slow = || Trouble::TooSlow { what: "the start of PostgreSQL".to_owned(), limit: START_LIMIT };
        tokio::time::timeout(START_LIMIT, ready).await.map_err(|_| slow())?
    }

    fn ended(&mut self) -> bool {
        self.server.as_mut().is_none_or(|server| !matches!(server.try_wait(), Ok(None)))
    }

    fn did_not_start(&self) -> Trouble {
        let log = std::fs::read_to_string(self.place.join("log")).unwrap_or_default();
        if log.contains("No space left on device") {
            return Trouble::DiskFull;
        }
        let said = crate::program::first_error(&log).to_owned();
        Trouble::Program { program: "postgres".to_owned(), said }
    }

    /// One of its databases.
    pub fn address(&self, database: &str) -> Address {
        Address {
            host: Host::Socket(self.place.clone()),
            port: PORT,
            database: database.to_owned(),
            user: SUPERUSER.to_owned(),
            password: None,
        }
    }

    /// Connects to one of its databases.
    ///
    /// # Errors
    /// Fails when the database is not there.
    pub async fn connect(&self, database: &str) -> Result<Client, Trouble> {
        self.address(database).connect(&Limits::COPY).await
    }

    /// Whether the server is cut off from the network.
    pub fn network(&self) -> Network {
        self.network
    }

    /// Whether its directory admits its own account and nobody else.
    pub(crate) fn is_private(&self) -> bool {
        let found = std::fs::symlink_metadata(&self.place);
        found.is_ok_and(|found| found.is_dir() && found.mode() & 0o077 == 0 && found.uid() == self.account.uid)
    }

    /// Whether a stranger gets to its socket, tried as one; none where this process cannot become another.
    pub(crate) async fn admits_strangers(&self) -> Result<Option<bool>, Trouble> {
        let Some(stranger) = Account::stranger() else { return Ok(None) };
        if !self.admits(self.account).await? {
            let said = "it does not even let its own account in".to_owned();
            return Err(Trouble::Program { program: "psql".to_owned(), said });
        }
        self.admits(stranger).await.map(Some)
    }

    async fn admits(&self, account: Account) -> Result<bool, Trouble> {
        let environment = self.address(SUPERUSER).environment(Limits::COPY.connect);
        let arguments = ["-X", "-q", "-w", "-c", "SELECT"].map(OsString::from).to_vec();
        let call = Call { account, ..self.program("psql", arguments, &environment) };
        Ok(call.run(START_LIMIT).await?.status.success())
    }

    /// The major version of the server.
    pub fn major(&self) -> u32 {
        self.programs.major
    }

    /// The directory that everything of it lies in.
    pub fn place(&self) -> &Path {
        &self.place
    }

    fn data(&self) -> PathBuf {
        self.place.join("data")
    }

    /// Makes an empty database, with the sorting of the source where this machine knows it.
    pub(crate) async fn create_database(&self, name: &str, locale: Option<&Locale>) -> Result<(), Trouble> {
        let client = self.connect(SUPERUSER).await?;
        let name = quoted(name);
        let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
        if let Some(locale) = locale {
            let wanted = format!(
                "CREATE DATABASE {name} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}",
                literal(&locale.encoding),
                literal(&locale.collate),
                literal(&locale.ctype)
            );
            if client.batch_execute(&wanted).await.is_ok() {
                return Ok(());
            }
        }
        let encoding = literal(locale.map_or("UTF8", |locale| &locale.encoding));
        let plain =
            format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING {encoding} LC_COLLATE 'C' LC_CTYPE 'C'");
        client.batch_execute(&plain).await.map_err(statement("making the database"))
    }

    /// Makes the roles that a dump names and does not make. They cannot sign in.
    pub(crate) async fn create_roles(&self, roles: &[String]) -> Result<(), Trouble> {
        let client = self.connect(SUPERUSER).await?;
        for role in roles {
            let there = client.query_opt("SELECT FROM pg_catalog.pg_roles WHERE rolname = $1", &[role]).await;
            if there.map_err(statement("looking for a role"))?.is_none() {
                let make = format!("CREATE ROLE {} NOLOGIN", quoted(role));
                client.batch_execute(&make).await.map_err(statement("making a role"))?;
            }
        }
        Ok(())
    }

    /// Gives a tree of files to the server's account, private to it.
    pub(crate) fn give_all(&self, path: &Path) -> Result<(), Trouble> {
        self.account.give(path)?;
        if !path.is_dir() || path.is_symlink() {
            return Ok(());
        }
        for entry in std::fs::read_dir(path).map_err(file(path))? {
            self.give_all(&entry.map_err(file(path))?.path())?;
        }
        Ok(())
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), Trouble> {
        std::fs::write(path, text).map_err(file(path))?;
        self.account.give(path)
    }

    /// Ends the server and removes everything of it; a pass means that both were seen to be gone.
    ///
    /// # Errors
    /// Fails when something of it could not be removed.
    pub async fn destroy(mut self) -> Result<(), Trouble> {
        let gone = tokio::task::spawn_blocking(move || self.end_and_remove()).await;
        gone.unwrap_or_else(|_| Err(Trouble::Usage("the end of the server was not seen".to_owned())))
    }

    fn end_and_remove(&mut self) -> Result<(), Trouble> {
        if let Some(mut server) = self.server.take() {
            // SIGQUIT ends the server and its sessions at once; nothing here needs to be written any more.
            let _ended = kill_process(Pid::from_child(&server), Signal::QUIT);
            server.wait().map_err(file(&self.place))?;
        }
        leftovers::remove(&self.place)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.server.is_some() || self.place.exists() {
            // Nobody can be told here; what stays is found by the next sweep.
            let _gone = self.end_and_remove();
        }
    }
}
