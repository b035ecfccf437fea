//! The row by which drills measure the recovery point, written again and again. A database that is away is told and tried
//! again, and stops nothing else.

use std::time::Duration;

use trackera_watch::watch::Input;

use super::{Inputs, words};
use crate::world::Heart;

/// What is told while the row cannot be written.
const FAILING: &str = "heartbeat-failing";
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Writes the row as often as is said, for ever.
pub(crate) async fn beat(mut heart: Heart, every: Duration, inputs: Inputs) {
    let (mut pause, mut is_failing) = (every, false);
    while !inputs.is_over() {
        let reason = heart.beat().await.err().map(|error| words(&*error));
        pause = if reason.is_none() { every } else { (pause * 2).min(LONGEST_PAUSE.max(every)) };
        if reason.is_some() || is_failing {
            if let (Some(reason), false) = (&reason, is_failing) {
                tracing::warn!("the heartbeat of the database cannot be written: {reason}");
            }
            is_failing = reason.is_some();
            inputs.step(Input::Condition { condition: FAILING.to_owned(), reason }).await;
        }
        tokio::time::sleep(pause).await;
    }
}
