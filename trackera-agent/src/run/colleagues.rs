//! What somebody does alone, and what runs want everybody to know. Each is told like what the agent finds of itself: at
//! once, to everybody, again and again until it is over.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use trackera_journal::mailbox::Mailbox;
use trackera_operations::approval::{Alone, Office, Reviewed};
use trackera_operations::general::Notice;
use trackera_operations::recorder::Copies;
use trackera_watch::watch::Input;

use super::Inputs;
use crate::world::Shared;

const EVERY: Duration = Duration::from_secs(10);
/// So many notices are read in one turn.
const MOST: usize = 100;

/// Where people and runs of a company meet.
#[derive(Debug)]
pub(crate) struct Colleagues {
    office: Office,
    copies: Copies,
    notices: Mailbox,
    /// Whose signatures count.
    allowed_signers: Option<PathBuf>,
}

/// Conditions by their names, each with its reason.
type Conditions = BTreeMap<String, String>;

impl Colleagues {
    /// Those who meet in a store.
    pub(crate) fn new(shared: &Shared, allowed_signers: Option<PathBuf>) -> Self {
        Self { office: shared.office(), copies: shared.copies(), notices: shared.notices(), allowed_signers }
    }

    /// Looks again and again while this agent leads. What cannot be read stays as it was told.
    pub(crate) async fn attend(mut self, inputs: Inputs, mut leads: watch::Receiver<bool>) {
        let mut told = Conditions::new();
        while leads.wait_for(|leads| *leads).await.is_ok() && !inputs.is_over() {
            match self.conditions().await {
                Ok(conditions) => {
                    for (condition, reason) in changes(&told, &conditions) {
                        inputs.step(Input::Condition { condition, reason }).await;
                    }
                    told = conditions;
                }
                Err(error) => tracing::warn!("what others do alone cannot be read: {error:#}"),
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn conditions(&mut self) -> anyhow::Result<Conditions> {
        if let Some(path) = &self.allowed_signers {
            let read = trackera_files::Signers::read(path);
            let read = read.map_err(|problem| anyhow::anyhow!("{problem}"))?;
            self.office.allowed = read.allowed;
        }
        let now = self.office.clock.now();
        let mut conditions: Conditions =
            self.office.alone(&self.copies).await?.iter().filter_map(|alone| of_one_alone(alone, now)).collect();
        for name in self.notices.list(MOST).await? {
            let Some(notice) = self.notices.get(&name).await?.and_then(|bytes| Notice::read(&bytes)) else { continue };
            let told = self.copies.told(&notice.run).await?;
            if told.is_some_and(|(state, _)| !state.is_over()) {
                let Notice { run, step, text, .. } = notice;
                conditions.insert(format!("notice:{run}/{step}"), format!("run `{run}` tells everybody: {text}"));
            }
        }
        Ok(conditions)
    }
}

/// What is told of somebody who wants to go on alone or has; nothing when there is nothing more to do about it.
fn of_one_alone(alone: &Alone, now: Timestamp) -> Option<(String, String)> {
    let question = &alone.asked.emergency.question;
    let (run, who, why) = (&question.run, &question.requester, &alone.asked.emergency.reason);
    let reason = match (&alone.reviewed, alone.from) {
        (Reviewed::Due(due), _) if alone.is_overdue(now) => {
            format!("`{who}` went on alone with run `{run}`, and nobody has looked at it by {due}: {why}")
        }
        (Reviewed::Due(due), _) => {
            format!("`{who}` went on alone with run `{run}`; look at it by {due} and say `approve review`: {why}")
        }
        (Reviewed::NotNeeded, Some(from)) if alone.is_open => {
            format!("`{who}` goes on alone with run `{run}` from {from} on; `approve suspend` stops that: {why}")
        }
        (Reviewed::NotNeeded | Reviewed::By(_), _) => return None,
    };
    Some((format!("break-glass:{run}"), reason))
}

/// What is new, what is told otherwise, and what is over.
fn changes(told: &Conditions, conditions: &Conditions) -> Vec<(String, Option<String>)> {
    let new = conditions.iter().filter(|(name, reason)| told.get(*name) != Some(reason));
    let over = told.keys().filter(|name| !conditions.contains_key(*name));
    new.map(|(name, reason)| (name.clone(), Some(reason.clone())))
        .chain(over.map(|name| (name.clone(), None)))
        .collect()
}

#[cfg(test)]
mod tests {
    use trackera_journal::digest::Digest;
    use trackera_operations::approval::{Asked, Emergency, Question};

    use super::*;

    const NOON: Timestamp = Timestamp::constant(1_795_000_000, 0);

    fn alone(reviewed: Reviewed) -> Alone {
        let question = Question {
            run: "switch-1".parse().unwrap(),
            plan: Digest::ZERO,
            parameters: Digest::ZERO,
            mode: "run".to_owned(),
            requester: "ana".to_owned(),
        };
        let emergency = Emergency { question, reason: "bob is on a plane".to_owned() };
        let asked = Asked { emergency, at: NOON };
        Alone { asked, from: Some(NOON), is_open: true, reviewed }
    }

    fn told(alone: &Alone) -> Option<String> {
        of_one_alone(alone, NOON).map(|(name, reason)| format!("{name}: {reason}"))
    }

    #[test]
    fn going_on_alone_is_told_before_while_and_until_somebody_has_looked() {
        let before = told(&alone(Reviewed::NotNeeded)).unwrap();
        assert!(before.starts_with("break-glass:switch-1: `ana` goes on alone") && before.contains("on a plane"));
        let due = Reviewed::Due(NOON + jiff::SignedDuration::from_hours(1));
        assert!(told(&alone(due)).unwrap().contains("say `approve review`"));
        let overdue = Reviewed::Due(NOON - jiff::SignedDuration::from_hours(1));
        assert!(told(&Alone { is_open: false, ..alone(overdue) }).unwrap().contains("nobody has looked at it"));
        assert_eq!(told(&alone(Reviewed::By("bob".to_owned()))), None);
        assert_eq!(told(&Alone { is_open: false, ..alone(Reviewed::NotNeeded) }), None, "it was never used");
        assert_eq!(told(&Alone { from: None, ..alone(Reviewed::NotNeeded) }), None, "its plan does not allow it");
    }

    #[test]
    fn what_is_new_and_what_is_over_is_told_and_nothing_else() {
        let conditions = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, reason)| ((*name).to_owned(), (*reason).to_owned())).collect::<Conditions>()
        };
        let before = conditions(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let after = conditions(&[("a", "1"), ("b", "2"), ("d", "1")]);
        let told = [("b", Some("2")), ("d", Some("1")), ("c", None)];
        let told = told.map(|(name, reason)| (name.to_owned(), reason.map(str::to_owned)));
        assert_eq!(changes(&before, &after), told);
    }
}
