//! Isolation: the copy's server cannot reach out and cannot be reached. Each is tried where it must fail, beside a try
//! that must succeed.

use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_postgres::Client;
use trackera_core::recovery::verification::{Check, CheckResult, CheckState};

use super::{VerifyPlan, not_configured, not_run, settled};
use crate::program::Network;
use crate::scratch::Scratch;
use crate::trouble::{Trouble, statement};

const WHAT: &str = "trying the isolation of the copy";
const ENABLED: &str = "
SELECT pg_catalog.current_setting('archive_mode') <> 'off' OR pg_catalog.current_setting('listen_addresses') <> ''
    OR EXISTS (SELECT FROM pg_catalog.pg_subscription WHERE subenabled)";
/// What the server's own network listens on. Each file begins with a line of titles.
const SOCKETS: &str = "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null || true";
/// The fourth word of a socket's line when it is listening.
const LISTENING: &str = "0A";

pub(super) async fn check(client: &Client, plan: &VerifyPlan<'_>) -> CheckResult {
    if !plan.declared.isolation {
        return not_configured(Check::Isolation);
    }
    let Some(scratch) = plan.scratch else {
        return not_run(Check::Isolation, "the copy's server is not one of ours, so that nothing can be tried from it");
    };
    if scratch.network() != Network::None {
        return not_run(Check::Isolation, "this system gives the server no network of its own");
    }
    settled(Check::Isolation, tried(client, scratch).await)
}

async fn tried(client: &Client, scratch: &Scratch) -> Result<CheckResult, Trouble> {
    let fail = |said: &str| Ok(CheckResult::new(Check::Isolation, CheckState::Fail, said));
    let cannot = |why: &str| Ok(not_run(Check::Isolation, why));
    let enabled: bool = client.query_one(ENABLED, &[]).await.map_err(statement(WHAT))?.get(0);
    if enabled {
        return fail("the copy archives, listens on the network, or has a subscription that is on");
    }
    match listeners(client).await? {
        None => return cannot("this system does not tell what the server's network listens on"),
        Some(0) => {}
        Some(_) => return fail("something listens in the network of the copy"),
    }
    if !scratch.is_private() || scratch.admits_strangers().await? == Some(true) {
        return fail("other accounts of this machine get to the copy");
    }
    match reaches_out(client).await? {
        None => cannot("no door could be opened to try"),
        Some(true) => fail("the copy reaches this machine's network"),
        Some(false) => {
            let said = "the copy listens nowhere, admits nobody else, and cannot reach a door that this process can";
            Ok(CheckResult::new(Check::Isolation, CheckState::Pass, said))
        }
    }
}

/// How many sockets listen in the server's network; none where the system does not tell.
async fn listeners(client: &Client) -> Result<Option<usize>, Trouble> {
    let lines = printed(client, SOCKETS).await?;
    let is_told = lines.iter().any(|line| line.contains("local_address"));
    let listening = lines.iter().filter(|line| line.split_whitespace().nth(3) == Some(LISTENING)).count();
    Ok(is_told.then_some(listening))
}

/// Whether the server reaches a door that is open for this process; none where no door could be opened.
async fn reaches_out(client: &Client) -> Result<Option<bool>, Trouble> {
    let Ok(door) = TcpListener::bind("127.0.0.1:0").await else { return Ok(None) };
    let port = door.local_addr().map(|address| address.port()).unwrap_or_default();
    let own = tokio::time::timeout(Duration::from_secs(5), TcpStream::connect(("127.0.0.1", port))).await;
    if !matches!(own, Ok(Ok(_))) {
        return Ok(None);
    }
    let knock =
        format!("timeout 5 bash -c \"exec 3<>/dev/tcp/127.0.0.1/{port}\" 2>/dev/null && echo reached || echo refused");
    Ok(Some(printed(client, &knock).await? != ["refused"]))
}

/// Runs a command as the server does, and gives the lines that it prints.
async fn printed(client: &Client, command: &str) -> Result<Vec<String>, Trouble> {
    let run = format!(
        "CREATE TEMP TABLE trackera_printed (line pg_catalog.text); COPY pg_temp.trackera_printed FROM PROGRAM '{command}'"
    );
    client.batch_execute(&run).await.map_err(statement(WHAT))?;
    let lines = client.query("SELECT line FROM pg_temp.trackera_printed", &[]).await.map_err(statement(WHAT))?;
    client.batch_execute("DROP TABLE pg_temp.trackera_printed").await.map_err(statement(WHAT))?;
    Ok(lines.iter().map(|line| line.get(0)).collect())
}
