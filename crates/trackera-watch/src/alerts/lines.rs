//! Lines: a route to its first hearers, or its escalation to the others.

use jiff::{SignedDuration, Timestamp};
use trackera_core::company::alerts::{Alerts, Quiet, Route};
use trackera_core::policy::Severity;

/// The topic of what the agent finds about itself.
pub const OWN_TOPIC: &str = "agent";

/// A way that announcements go.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The route.
    pub route: &'a Route,
    /// Whether it goes to the first hearers or to the others.
    pub tier: Tier,
    quiet: Option<&'a Quiet>,
}

/// Who hears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Those who hear first.
    First,
    /// Those who hear when nobody acknowledged.
    Escalation,
}

impl<'a> Line<'a> {
    /// All lines, in the order of the routes.
    pub fn all(alerts: &'a Alerts) -> impl Iterator<Item = Self> {
        let quiet = alerts.quiet.as_ref();
        alerts.routes.iter().flat_map(move |route| {
            let escalation = route.escalate.is_some().then_some(Tier::Escalation);
            [Tier::First].into_iter().chain(escalation).map(move |tier| Self { route, tier, quiet })
        })
    }

    /// Its name in records.
    pub fn name(&self) -> String {
        match self.tier {
            Tier::First => self.route.name.clone(),
            Tier::Escalation => format!("{}/escalation", self.route.name),
        }
    }

    /// The channels, best first.
    pub fn channels(&self) -> &'a [String] {
        match (self.tier, &self.route.escalate) {
            (Tier::Escalation, Some((_, to))) => to,
            (Tier::Escalation, None) | (Tier::First, _) => &self.route.to,
        }
    }

    /// How long a finding must be open before it is told here.
    pub fn delay(&self) -> SignedDuration {
        match (self.tier, &self.route.escalate) {
            (Tier::Escalation, Some((after, _))) => *after,
            (Tier::Escalation, None) | (Tier::First, _) => SignedDuration::ZERO,
        }
    }

    /// The first moment from a given one at which a finding of this severity may be told.
    pub fn speaks_at(&self, severity: Severity, from: Timestamp) -> Timestamp {
        let quiet = self.quiet.filter(|quiet| quiet.severities.contains(&severity));
        let mut moment = from;
        // Hours and quiet may take turns; a week has no more of them than this.
        for _ in 0..32 {
            let shut = self.route.hours.as_ref().filter(|hours| !hours.hold_at(moment));
            let silent = quiet.map(|quiet| &quiet.hours).filter(|hours| hours.hold_at(moment));
            match shut.or(silent).and_then(|hours| hours.next_change(moment)) {
                Some(next) => moment = next,
                None => return moment,
            }
        }
        // Hours that never meet would silence a finding for ever.
        from
    }
}
