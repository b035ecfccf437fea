//! What is wrong with the agent itself: whatever makes less of the pages than they seem.

use jiff::Timestamp;
use trackera_watch::schedule::Rule;
use trackera_watch::watch::Queue;

use super::view::{Leadership, View};
use super::words::{counted, distance, name, sentence, size};

/// One thing that is wrong, and the page that tells more.
pub(super) struct Wrong {
    /// In one sentence.
    pub(super) words: String,
    /// The path of the page.
    pub(super) more: &'static str,
}

/// Everything that is wrong with the agent, worst first.
pub(super) fn troubles(view: &View, now: Timestamp) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut tell = |words: String, more: &'static str| wrong.push(Wrong { words, more });
    let journal = &view.journal;
    if let Some(trouble) = &journal.rolled_back {
        tell(format!("An older state of this disk was noticed: {}.", sentence(&trouble.error)), "/journal");
    }
    if !journal.damages.is_empty() {
        tell(format!("The journal has {}.", counted(size(journal.damages.len()), "damage")), "/journal");
    }
    if !journal.open {
        tell("The journal is not open, so nothing is remembered.".to_owned(), "/journal");
    }
    if let Some(trouble) = &journal.unsigned {
        let since = distance(trouble.since, now);
        tell(format!("The journal cannot be signed, first {since}: {}", sentence(&trouble.error)), "/journal");
    }
    if !view.files.mistakes.is_empty() {
        let mistakes = counted(size(view.files.mistakes.len()), "mistake");
        tell(format!("The files have {mistakes}; what was in force before stays so."), "/health");
    }
    if view.leadership == Leadership::Unknown {
        tell("It is not known which agent leads.".to_owned(), "/health");
    }
    for (queue, state) in &view.events.queues {
        if matches!(state, Some(Queue::Unreachable)) {
            tell(format!("The queue {} does not answer.", name(queue)), "/health");
        }
    }
    if view.events.flooded_at.is_some() {
        tell("More events came than can be remembered; everything is looked at instead.".to_owned(), "/health");
    }
    for (channel, state) in view.channels.iter() {
        if let Some(trouble) = &state.trouble {
            let since = distance(trouble.since, now);
            tell(format!("The channel {} failed {since}: {}", name(channel), sentence(&trouble.error)), "/health");
        }
    }
    for (replica, state) in &journal.replicas {
        if let Some(trouble) = &state.trouble {
            let since = distance(trouble.since, now);
            tell(format!("The replica {} failed {since}: {}", name(replica), sentence(&trouble.error)), "/journal");
        }
    }
    if let Some(trouble) = view.pulse.as_ref().and_then(|pulse| pulse.trouble.as_ref()) {
        tell(format!("The sign of life does not arrive: {}", sentence(&trouble.error)), "/health");
    }
    let unseen = size(unseen(view, now).count());
    if unseen > 0 && !view.rules.rules.is_empty() {
        tell(format!("Of {} there is no look that is recent enough.", counted(unseen, "policy")), "/coverage");
    }
    wrong
}

/// The policies whose last whole look is missing, or older than they allow.
pub(super) fn unseen(view: &View, now: Timestamp) -> impl Iterator<Item = &Rule> {
    let is_unseen = move |rule: &&Rule| {
        let last = view.state.observed.everywhere(&rule.id);
        last.is_none_or(|last| now.duration_since(last) > rule.freshness)
    };
    view.rules.rules.values().filter(is_unseen)
}
