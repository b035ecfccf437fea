//! Serves the status page of an example estate that drifted, for looking at it: `cargo run --example page 127.0.0.1:8471`.

use std::sync::Arc;

use tokio::sync::watch;
use trackera_agent::page::{Listener, router, serve};
use trackera_core::company::record::Listen;

#[path = "../tests/page/estate/mod.rs"]
mod estate;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listen =
        std::env::args().nth(1).map_or(Ok(Listen::usual()), |address| address.parse().map(Listen::Loopback))?;
    let view = if std::env::args().nth(2).is_some() { estate::crowded(10_000, "scratch") } else { estate::drifted() };
    let (_sender, view) = watch::channel(Arc::new(view));
    let router = router(view, Arc::new(estate::Told), Arc::new(|| estate::NOW));
    let ended = async { drop(tokio::signal::ctrl_c().await) };
    Ok(serve(Listener::bind(&listen).await?, router, ended).await?)
}
