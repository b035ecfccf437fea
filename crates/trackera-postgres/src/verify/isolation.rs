//! Isolation: the copy's server tries to reach a door of this process, and must fail where this process succeeds.

use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_postgres::Client;
use trackera_core::recovery::verification::{Check, CheckResult, CheckState};

use super::{VerifyPlan, not_configured, not_run, settled};
use crate::program::Network;
use crate::trouble::{Trouble, statement};

const WHAT: &str = "trying to reach out";
const ENABLED: &str = "
SELECT pg_catalog.current_setting('archive_mode') <> 'off' OR pg_catalog.current_setting('listen_addresses') <> ''
    OR EXISTS (SELECT FROM pg_catalog.pg_subscription WHERE subenabled)";

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
    settled(Check::Isolation, tried(client).await)
}

async fn tried(client: &Client) -> Result<CheckResult, Trouble> {
    let fail = |said: &str| Ok(CheckResult::new(Check::Isolation, CheckState::Fail, said));
    let enabled: bool = client.query_one(ENABLED, &[]).await.map_err(statement(WHAT))?.get(0);
    if enabled {
        return fail("the copy archives, listens on the network, or has a subscription that is on");
    }
    // The door is open for us: what the server is refused is refused to it alone.
    let Ok(door) = TcpListener::bind("127.0.0.1:0").await else {
        return Ok(not_run(Check::Isolation, "no door could be opened to try"));
    };
    let port = door.local_addr().map(|address| address.port()).unwrap_or_default();
    let own = tokio::time::timeout(Duration::from_secs(5), TcpStream::connect(("127.0.0.1", port))).await;
    if !matches!(own, Ok(Ok(_))) {
        return Ok(not_run(Check::Isolation, "the door that was opened to try cannot be reached by anybody"));
    }
    let knock = format!(
        "CREATE TEMP TABLE trackera_knock (answer text); COPY trackera_knock FROM PROGRAM \
         'timeout 5 bash -c \"exec 3<>/dev/tcp/127.0.0.1/{port}\" 2>/dev/null && echo reached || echo refused'"
    );
    client.batch_execute(&knock).await.map_err(statement(WHAT))?;
    let answer = client.query_one("SELECT answer FROM pg_temp.trackera_knock", &[]).await;
    let answer: String = answer.map_err(statement(WHAT))?.get(0);
    client.batch_execute("DROP TABLE pg_temp.trackera_knock").await.map_err(statement(WHAT))?;
    match answer.as_str() {
        "refused" => {
            let said = "the copy cannot reach a door of this machine that this process can";
            Ok(CheckResult::new(Check::Isolation, CheckState::Pass, said))
        }
        _ => fail("the copy reaches this machine's network"),
    }
}
