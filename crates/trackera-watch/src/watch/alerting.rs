//! Which announcements are intended now, and which deliveries are attempted.

use jiff::Timestamp;

use super::{Effect, Outputs, Watch};
use crate::alerts::{Line, Notice, Standing, due, next};
use crate::record::{Announced, Announcement, Record};
use crate::state::State;

impl Watch {
    /// Intends what is due, then attempts what is intended.
    pub(super) fn announce(&mut self, now: Timestamp, outputs: &mut Outputs) {
        // What was intended changes what is due: it is asked again, for the moment to wake at.
        for announcement in self.due_announcements(now).0 {
            self.remember(Record::Announcement(Announced::Intended(announcement)), outputs);
        }
        for moment in self.due_announcements(now).1 {
            outputs.wake(now, moment);
        }
        self.deliver(now, outputs);
    }

    fn due_announcements(&self, now: Timestamp) -> (Vec<Announcement>, Vec<Timestamp>) {
        let (mut announcements, mut moments) = (Vec::new(), Vec::new());
        let Some(declared) = &self.declared else { return (announcements, moments) };
        let State { findings, ledger, .. } = &self.state;
        let standing = Standing { findings, ledger, rules: &declared.rules, patience: &self.settings.patience };
        for line in declared.alerts.iter().flat_map(Line::all) {
            let (due, moment) = due(&line, &standing, now);
            announcements.extend(due);
            moments.extend(moment);
        }
        (announcements, moments)
    }

    /// Attempts one delivery at a time: a death can then repeat one announcement at most.
    fn deliver(&mut self, now: Timestamp, outputs: &mut Outputs) {
        if let Some((key, channel, since)) = self.sending.clone() {
            let lost_at = since.checked_add(self.settings.delivery_limit).unwrap_or(now);
            if lost_at > now {
                return outputs.wake(now, lost_at);
            }
            self.delivered(&key, channel, Err("no answer".to_owned()), (now, outputs));
        }
        let Some(declared) = &self.declared else { return };
        let Some(alerts) = &declared.alerts else { return };
        let attempts = self.state.ledger.pending().filter_map(|pending| Some((next(pending, alerts)?, pending)));
        let Some((attempt, pending)) = attempts.min_by_key(|(attempt, _)| attempt.at) else { return };
        if attempt.at > now {
            return outputs.wake(now, attempt.at);
        }
        let notice = Notice::of(&pending.announcement, &self.state.findings, &declared.rules);
        self.sending = Some((notice.key.clone(), attempt.channel.clone(), now));
        outputs.wake(now, now.checked_add(self.settings.delivery_limit).unwrap_or(now));
        outputs.effects.push(Effect::Deliver { channel: attempt.channel, notice });
    }
}
