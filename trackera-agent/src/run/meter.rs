//! Puts the figures that somebody would raise an alarm about where CloudWatch keeps them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use trackera_core::company::record::Metrics;
use trackera_core::policy::Severity;

use super::Inputs;
use crate::page::View;
use crate::world::{Delivery, Metric, Unit};

const EVERY: Duration = Duration::from_secs(60);
const SEVERITIES: [Severity; 4] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];

/// Puts the figures of the last view, once a minute, until the loop ends.
pub(crate) async fn put(
    (delivery, declared): (Arc<Delivery>, Metrics),
    mut views: watch::Receiver<Arc<View>>,
    inputs: Inputs,
) {
    while !inputs.is_over() {
        tokio::time::sleep(EVERY).await;
        let view = Arc::clone(&views.borrow_and_update());
        if let Err(error) = delivery.put_metrics(&declared.region, &declared.namespace, &figures(&view)).await {
            tracing::warn!("metrics cannot be put: {error}");
        }
    }
}

fn figures(view: &View) -> Vec<Metric> {
    let metric = |name: &str, value: f64, unit: Unit, more: Option<(&str, &str)>| Metric {
        name: name.to_owned(),
        value,
        unit,
        at: view.now,
        dimensions: std::iter::once(("Agent", view.agent.name.as_str()))
            .chain(more)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    };
    let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let mut figures: Vec<Metric> = SEVERITIES
        .into_iter()
        .map(|severity| {
            let is_of = |seen: &trackera_watch::record::Seen| seen.severity == severity;
            let open = view.state.findings.open().filter(|(_, finding)| finding.seen.as_ref().is_some_and(is_of));
            metric("OpenFindings", count(open.count()), Unit::Count, Some(("Severity", severity.word())))
        })
        .collect();
    figures.push(metric("Leads", f64::from(u8::from(view.leads())), Unit::Count, None));
    figures.push(metric("PendingAnnouncements", count(view.state.ledger.pending().count()), Unit::Count, None));
    figures.push(metric("Gaps", count(view.gaps.len()), Unit::Count, None));
    figures.push(metric("Heartbeat", 1.0, Unit::Count, None));
    for (name, replica) in &view.journal.replicas {
        let lag = view.journal.lag(replica).and_then(|lag| usize::try_from(lag).ok());
        let lag = lag.map(|lag| metric("ReplicaLag", count(lag), Unit::Count, Some(("Replica", name))));
        figures.extend(lag);
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_says_whose_it_is() {
        let mut view = View::default();
        view.agent.name = "one".to_owned();
        view.journal.entries = 7;
        let replica = crate::page::Replica { entries: Some(5), ..crate::page::Replica::default() };
        view.journal.replicas.insert("disk".to_owned(), replica);
        let figures = figures(&view);
        assert!(
            figures
                .iter()
                .all(|metric| metric.dimensions.iter().any(|(name, value)| name == "Agent" && value == "one"))
        );
        let lag = figures.iter().find(|metric| metric.name == "ReplicaLag").unwrap();
        assert!((lag.value - 2.0).abs() < f64::EPSILON);
        assert_eq!(figures.iter().filter(|metric| metric.name == "OpenFindings").count(), 4);
    }
}
