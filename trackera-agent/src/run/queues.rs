//! Listens to the queues: messages go to the loop, and are deleted when it has dealt with them.
//!
//! Only whoever leads listens, so that the messages wait for it. A message that is not deleted comes again, so nothing
//! is lost where the agent dies; one that is forged or malformed is deleted like all others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use trackera_watch::watch::{Input, Queue as Health};

use super::Inputs;
use crate::world::{Delivery, Message, Queue};

const WAIT: Duration = Duration::from_secs(20);
const ASKED_EVERY: Duration = Duration::from_secs(60);
/// For a message that was taken and is not dealt with: it has come again by then.
const LONGEST_TAKEN: Duration = Duration::from_secs(15 * 60);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The queues, and what was taken from them and not deleted yet.
#[derive(Debug)]
pub(crate) struct Queues {
    queues: Vec<Queue>,
    delivery: Arc<Delivery>,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    messages: BTreeMap<String, (usize, Message, Instant)>,
    health: BTreeMap<usize, Health>,
}

impl Queues {
    pub(crate) fn new(queues: Vec<Queue>, delivery: Arc<Delivery>) -> Arc<Self> {
        Arc::new(Self { queues, delivery, taken: Mutex::default() })
    }

    /// Listens to all queues while this agent leads, until nobody hears it any more.
    pub(crate) fn listen(self: &Arc<Self>, inputs: &Inputs, leads: &watch::Receiver<bool>) {
        for place in 0..self.queues.len() {
            let (queues, inputs, leads) = (Arc::clone(self), inputs.clone(), leads.clone());
            tokio::spawn(async move { queues.listen_to(place, &inputs, leads).await });
        }
    }

    async fn listen_to(&self, place: usize, inputs: &Inputs, mut leads: watch::Receiver<bool>) {
        let Some(queue) = self.queues.get(place) else { return };
        let (mut pause, mut asked_at) = (FIRST_PAUSE, None::<Instant>);
        while leads.wait_for(|leads| *leads).await.is_ok() && !inputs.is_over() {
            if asked_at.is_none_or(|at| at.elapsed() >= ASKED_EVERY) {
                asked_at = Some(Instant::now());
                let health = self.delivery.backlog(queue).await;
                let health = health.map_or(Health::Unreachable, |backlog| Health::Holds(backlog.waiting));
                inputs.step(Input::Queue(self.health(place, health))).await;
            }
            match self.delivery.receive(queue, WAIT).await {
                Ok(messages) => {
                    pause = FIRST_PAUSE;
                    for message in messages {
                        let body = message.body.clone().into_bytes();
                        let receipt = self.take(place, message);
                        inputs.step(Input::Message { receipt, body }).await;
                    }
                }
                Err(error) => {
                    tracing::warn!(queue = %queue.url, "no messages can be taken: {error}");
                    inputs.step(Input::Queue(self.health(place, Health::Unreachable))).await;
                    asked_at = None;
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Deletes messages that are dealt with; what cannot be deleted comes again.
    pub(crate) async fn forget(&self, receipts: Vec<String>) {
        let mut dealt_with: BTreeMap<usize, Vec<Message>> = BTreeMap::new();
        {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            for (place, message, _) in receipts.iter().filter_map(|receipt| taken.messages.remove(receipt)) {
                dealt_with.entry(place).or_default().push(message);
            }
        }
        for (place, messages) in dealt_with {
            let Some(queue) = self.queues.get(place) else { continue };
            if let Err(error) = self.delivery.delete(queue, &messages).await {
                tracing::warn!(queue = %queue.url, "messages cannot be deleted and will come again: {error}");
            }
        }
    }

    /// Drops what was taken: whoever starts anew hears it again.
    pub(crate) fn drop_taken(&self) {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).messages.clear();
    }

    fn take(&self, place: usize, message: Message) -> String {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        // What was not dealt with in time is heard again under another receipt.
        taken.messages.retain(|_, (_, _, at)| at.elapsed() < LONGEST_TAKEN);
        taken.next += 1;
        let receipt = taken.next.to_string();
        taken.messages.insert(receipt.clone(), (place, message, Instant::now()));
        receipt
    }

    /// How all queues are, now that it is known of one: as bad as the worst.
    fn health(&self, place: usize, health: Health) -> Health {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.health.insert(place, health);
        taken.health.values().fold(Health::Holds(0), |sum, health| match (sum, health) {
            (Health::Holds(sum), Health::Holds(more)) => Health::Holds(sum.saturating_add(*more)),
            _ => Health::Unreachable,
        })
    }
}
