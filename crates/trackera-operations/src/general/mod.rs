//! What any procedure can use, whatever it is about: waiting, and telling the others.

mod notify;
mod wait;

use std::sync::Arc;

use trackera_journal::mailbox::Mailbox;

use crate::action::Action;

pub use notify::Notice;

/// The actions of every procedure; without a store in which machines meet, nobody can be told.
#[must_use]
pub fn general_actions(notices: Option<Mailbox>) -> Vec<Arc<dyn Action>> {
    vec![Arc::new(wait::Wait), Arc::new(notify::Notify { notices })]
}

#[cfg(test)]
mod tests;
