//! `check-config`: everything that the agent would read from files, read and checked.

use clap::Args;
use trackera_files::InForce;

use super::Configuration;
use crate::world;

/// Check the configuration, the policies and the waivers, and say what the agent would do with them.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 all is valid, 2 something is wrong.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    configuration: Configuration,
}

impl Arguments {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let (in_force, set) = self.configuration.load()?;
        let alerts = in_force.alerts();
        let (channels, routes) = alerts.as_ref().map_or((0, 0), |alerts| (alerts.channels.len(), alerts.routes.len()));
        let (replicas, queues) = (in_force.journal().replicas.len(), in_force.agent().queues.len());
        let mut lines = vec![format!("{} policies and {} waivers are valid", set.policies.len(), set.waivers.len())];
        lines.push(format!("alerts: {routes} routes to {channels} channels"));
        lines.push(format!("journal: {replicas} replicas"));
        lines.push(format!("events: {queues} queues"));
        lines.extend(warnings(&in_force, alerts.is_none()));
        world::print(format!("{}\n", lines.join("\n")).as_bytes())
    }
}

/// What is valid, and still leaves somebody without what they may count on.
fn warnings(in_force: &InForce, tells_nobody: bool) -> Vec<String> {
    let (journal, agent) = (in_force.journal(), in_force.agent());
    let warning = |is_so: bool, text: &str| is_so.then(|| format!("note: {text}"));
    [
        warning(tells_nobody, "no `alerts` are declared: findings are written down and told to nobody"),
        warning(journal.replicas.is_empty(), "the journal has no replica: it ends with this machine"),
        warning(agent.queues.is_empty(), "no queue is declared: changes are noticed by polling alone"),
    ]
    .into_iter()
    .flatten()
    .collect()
}
