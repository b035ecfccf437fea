//! From what people declare to a running agent.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use object_store::ObjectStore;
use tokio::sync::watch;
use trackera_core::company::record::Store;
use trackera_files::InForce;
use trackera_journal::keys::VerifierKey;
use trackera_journal::mailbox::Mailbox;
use trackera_journal::target::Target;
use trackera_watch::acknowledgement::MAILBOX;
use trackera_watch::watch as step;

use super::agent::{Agent, Means, place};
use super::colleagues::Colleagues;
use super::desk::Desk;
use super::files::Files;
use super::heartbeat;
use super::history::OwnLog;
use super::leader::Candidate;
use super::meter;
use super::portrait::Portrait;
use super::queues::Queues;
use super::recorder::Home;
use super::teller::{Services, Teller};
use super::{Event, Inputs, Share};
use crate::channels::{self, Limits, Mailer, PAGER_DUTY, Web};
use crate::clock::{Clock, Machine};
use crate::commands::{Usage, refused};
use crate::page::{self, View};
use crate::world::{self, Coordination, Delivery, Heart, Queue, Reading, Secrets, Settings};

/// How long one call to a store may take.
const STORE: std::time::Duration = std::time::Duration::from_secs(20);
/// The local place of leases and acknowledgements, where none is declared.
const COORDINATION: &str = "coordination";

/// What the command line says.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The configuration.
    pub(crate) configuration: Option<PathBuf>,
    /// The agent's directory.
    pub(crate) directory: PathBuf,
    /// The agent's name.
    pub(crate) name: String,
    /// What it watches.
    pub(crate) share: Share,
    /// How AWS is reached.
    pub(crate) aws: Settings,
}

/// Runs by the clock of a machine until somebody asks the program to end.
///
/// # Errors
/// Fails at the start alone: when what people wrote has mistakes, or the page cannot be served.
pub(crate) async fn run(options: Options, machine: Box<dyn Machine>) -> anyhow::Result<()> {
    let mut files = Files::new(options.configuration.clone(), options.share.clone());
    let (in_force, loaded) = files.load().map_err(refused)?;
    let (inputs, events) = Inputs::new();
    let clock = Arc::new(Clock::new(machine));
    let home = Home { directory: options.directory.clone(), name: options.name.clone() };
    let delivery = Arc::new(Delivery::open(&options.aws).await);
    let stores = Stores::open(&in_force, &options).await?;
    let queues = in_force.agent().queues.into_iter().map(|queue| Queue { url: queue.url, region: queue.region });
    let queues: Vec<Queue> = queues.collect();
    let desk = stores.desk(&in_force, &clock);
    let (leads, leading) = watch::channel(false);
    let (writes, writing) = watch::channel(false);
    let (views, viewing) = watch::channel(Arc::new(View::default()));
    let teller =
        Teller { means: Arc::new(means(&in_force, &delivery)?), clock: Arc::clone(&clock), inputs: inputs.clone() };
    let means = Means {
        home: home.clone(),
        clock: Arc::clone(&clock),
        reading: Arc::new(Reading::open(&options.aws).await),
        queues: (!queues.is_empty()).then(|| Queues::new(queues, Arc::clone(&delivery))),
        teller,
        targets: stores.targets(&options.name),
        peers: stores.peers(&in_force, &options.name)?,
        mailbox: Arc::clone(&desk.mailbox),
        leads,
        writes,
        views,
        inputs: inputs.clone(),
    };
    if let Some(queues) = &means.queues {
        queues.listen(&inputs, &leading);
    }
    let candidate = Candidate::new(
        Arc::clone(&stores.coordination.0),
        &stores.coordination.1,
        (&options.share.name, &options.name),
        (Arc::clone(&clock), writing),
    );
    tokio::spawn(candidate.stand(inputs.clone()));
    if let Some(shared) = Coordination::of(&in_force, &options.aws).await?.as_shared() {
        let colleagues = Colleagues::new(shared, desk.allowed_signers.clone());
        tokio::spawn(colleagues.attend(inputs.clone(), leading.clone()));
    }
    tokio::spawn(desk.attend(inputs.clone(), leading));
    tokio::spawn(files.watch(inputs.clone()));
    if let Some(metrics) = in_force.agent().metrics {
        tokio::spawn(meter::put((Arc::clone(&delivery), metrics), viewing.clone(), inputs.clone()));
    }
    if let Some((heart, every)) = heart(&in_force, &options.name) {
        tokio::spawn(heartbeat::beat(heart, every, inputs.clone()));
    }
    inputs.send(Event::Files(loaded)).await;

    let settings = step::Settings { share: options.share.name.clone(), ..step::Settings::usual(&options.name) };
    let portrait = Portrait::new(portrayed(&options, &settings, &clock), options.name.clone());
    let serving = serve(&in_force, &options, viewing, &clock).await?;
    let agent = Agent::new(means, settings, portrait);
    world::notify(&[sd_notify::NotifyState::Ready]);
    agent.run(events, (ended(), told)).await;
    serving.abort();
    Ok(())
}

/// The row of the database that this agent writes, and how often, if that is declared.
fn heart(in_force: &InForce, writer: &str) -> Option<(Heart, std::time::Duration)> {
    let (file, _) = in_force.configuration.as_ref()?;
    let database = in_force.database()?;
    let heartbeat = database.heartbeat.clone()?.value().clone();
    let every = std::time::Duration::try_from(heartbeat.every(file).ok()?).ok()?;
    Some((Heart::new(database, heartbeat, (in_force.place(""), writer.to_owned())), every))
}

async fn ended() {
    if let Err(error) = world::asked_to_end().await {
        tracing::error!("signals cannot be heard: {error}");
        std::future::pending::<()>().await;
    }
    tracing::info!("ending");
    world::notify(&[sd_notify::NotifyState::Stopping]);
}

/// Tells the service manager that the loop lives, and what it is about.
fn told(trouble: Option<&str>) {
    let status = trouble.map_or("watching", |trouble| trouble);
    world::notify(&[sd_notify::NotifyState::Watchdog, sd_notify::NotifyState::Status(status)]);
}

fn portrayed(options: &Options, settings: &step::Settings, clock: &Clock) -> page::Agent {
    page::Agent {
        name: options.name.clone(),
        version: settings.version.clone(),
        started_at: clock.now(),
        share: Some(options.share.name.clone()),
        regions: Arc::new(options.share.regions.clone()),
    }
}

fn means(in_force: &InForce, delivery: &Arc<Delivery>) -> anyhow::Result<channels::Means> {
    let region = in_force.company().regions.map(|regions| regions.primary).unwrap_or_default();
    Ok(channels::Means {
        secrets: Secrets::beside(&in_force.place("")),
        web: Web::open(Limits::USUAL).context("no HTTPS without root certificates: install `ca-certificates`")?,
        mailer: Mailer::usual(),
        cloud: Box::new(Services(Arc::clone(delivery))),
        mail_region: region,
        pager_duty: PAGER_DUTY.to_owned(),
    })
}

async fn serve(
    in_force: &InForce,
    options: &Options,
    viewing: watch::Receiver<Arc<View>>,
    clock: &Arc<Clock>,
) -> anyhow::Result<tokio::task::JoinHandle<()>> {
    let home = Home { directory: options.directory.clone(), name: options.name.clone() };
    let history = Arc::new(OwnLog { directory: home.journal(), origin: options.name.clone() });
    let clock = Arc::clone(clock);
    let router = page::router(viewing, history, Arc::new(move || clock.now()));
    let listen = in_force.listen();
    let listener =
        page::Listener::bind(&listen).await.with_context(|| format!("the status page cannot be served: {listen}"))?;
    tracing::info!("the status page is served: {}", listener.place().unwrap_or_default());
    Ok(tokio::spawn(async move {
        if let Err(error) = page::serve(listener, router, std::future::pending()).await {
            tracing::error!("the status page is not served any more: {error}");
        }
    }))
}

/// Where a log is copied to.
///
/// # Errors
/// Fails when a declared directory is not there.
pub(crate) async fn targets(in_force: &InForce, aws: &Settings, origin: &str) -> anyhow::Result<Vec<Target>> {
    Ok(replicas(in_force, aws).await?.iter().map(|replica| replica.target(origin)).collect())
}

async fn replicas(in_force: &InForce, aws: &Settings) -> anyhow::Result<Vec<DeclaredReplica>> {
    let mut replicas = Vec::new();
    for replica in in_force.journal().replicas {
        let (store, prefix) = world::store(&world::declared_store(replica.store.value(), in_force), aws).await?;
        replicas.push(DeclaredReplica { name: replica.name.value().clone(), store, prefix });
    }
    Ok(replicas)
}

/// A store that keeps copies of logs.
struct DeclaredReplica {
    name: String,
    store: Arc<dyn ObjectStore>,
    prefix: String,
}

impl DeclaredReplica {
    fn target(&self, origin: &str) -> Target {
        let (name, store) = (self.name.clone(), Arc::clone(&self.store));
        Target { name, store, prefix: place(&self.prefix, origin), timeout: STORE }
    }
}

/// The stores that are declared.
struct Stores {
    replicas: Vec<DeclaredReplica>,
    coordination: (Arc<dyn ObjectStore>, object_store::path::Path),
}

impl Stores {
    async fn open(in_force: &InForce, options: &Options) -> anyhow::Result<Self> {
        let replicas = replicas(in_force, &options.aws).await?;
        let declared = in_force.journal().coordination.map(|store| store.value().clone());
        let (store, prefix) = match declared {
            Some(store) => world::store(&world::declared_store(&store, in_force), &options.aws).await?,
            None => {
                let local = options.directory.join(COORDINATION);
                std::fs::create_dir_all(&local)
                    .map_err(|error| Usage(format!("the directory `{}` cannot be made: {error}", local.display())))?;
                world::store(&Store::Directory(local.display().to_string()), &options.aws).await?
            }
        };
        Ok(Self { replicas, coordination: (store, prefix.into()) })
    }

    fn desk(&self, in_force: &InForce, clock: &Arc<Clock>) -> Desk {
        let (store, prefix) = (Arc::clone(&self.coordination.0), self.coordination.1.clone().join(MAILBOX));
        Desk {
            mailbox: Arc::new(Mailbox { store, prefix, timeout: STORE }),
            allowed_signers: in_force.journal().allowed_signers.map(|path| in_force.place(&path)),
            clock: Arc::clone(clock),
        }
    }

    fn targets(&self, origin: &str) -> Vec<Target> {
        self.replicas.iter().map(|replica| replica.target(origin)).collect()
    }

    fn peers(&self, in_force: &InForce, own: &str) -> anyhow::Result<Vec<(VerifierKey, Vec<Target>)>> {
        let mut peers = Vec::new();
        for writer in in_force.journal().writers {
            let key = writer.value().parse::<VerifierKey>();
            let key = key.map_err(|error| Usage(format!("`{}` is no key of a log: {error}", writer.value())))?;
            if key.name() != own {
                let targets = self.targets(key.name());
                peers.push((key, targets));
            }
        }
        Ok(peers)
    }
}
