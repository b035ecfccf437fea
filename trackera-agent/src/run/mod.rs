//! The running agent: one loop that decides, and the tasks around it that listen, look, tell, sign and copy.
//!
//! The loop alone changes what is known. Everything else sends it what happened, and is sent what to do.

mod agent;
mod colleagues;
mod desk;
mod files;
mod heartbeat;
mod history;
mod leader;
mod looker;
mod meter;
mod portrait;
mod queues;
mod recorder;
mod replication;
mod settings;
mod teller;

use std::error::Error;
use std::fmt;

use tokio::sync::mpsc;
use trackera_watch::acknowledgement::Acknowledgement;
use trackera_watch::alerts::harmless;
use trackera_watch::watch::Input;

use self::files::Loaded;
use self::looker::Seen;
pub(crate) use self::replication::last as last_pass;
pub(crate) use self::settings::{Options, run, targets};

/// So many things may wait for the loop; whoever brings more waits too.
const MOST_WAITING: usize = 1_024;
/// The longest trouble that is told, in characters.
const LONGEST_WORDS: usize = 500;

/// The part of the estate that an agent watches.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    /// Its name; agents of one share take turns.
    pub(crate) name: String,
    /// Its regions; none means all that are enabled.
    pub(crate) regions: Vec<String>,
    /// Whether what belongs to no region is part of it.
    pub(crate) is_global: bool,
}

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// What the step is told as it is.
    Step(Input),
    /// Files were read.
    Files(Loaded),
    /// This agent leads under an epoch.
    Leads(u64),
    /// This agent does not lead any more.
    Follows,
    /// A look of a generation ended, or failed and says why.
    Seen(u64, u64, Result<Box<Seen>, String>),
    /// Somebody whose signature counts knows of a finding.
    Acknowledged {
        /// Of which.
        acknowledgement: Acknowledgement,
        /// Who.
        by: String,
        /// The message in the mailbox.
        name: String,
    },
    /// The dead man's switch was told, or could not be.
    Pulsed(Result<(), String>),
}

/// The way to the loop.
#[derive(Clone)]
pub(crate) struct Inputs(mpsc::Sender<Event>);

impl Inputs {
    /// The way, and its end.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Event>) {
        let (sender, receiver) = mpsc::channel(MOST_WAITING);
        (Self(sender), receiver)
    }

    /// Tells the loop; nobody hears it after the end.
    pub(crate) async fn send(&self, event: Event) {
        drop(self.0.send(event).await);
    }

    /// Tells the step.
    pub(crate) async fn step(&self, input: Input) {
        self.send(Event::Step(input)).await;
    }

    /// Tells whether the loop has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_closed()
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Inputs")
    }
}

/// An error with its causes, on one harmless line.
pub(crate) fn words(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source()).map(ToString::to_string);
    harmless(&causes.collect::<Vec<_>>().join(": "), LONGEST_WORDS)
}
