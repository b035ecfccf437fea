//! This machine as a place in the network from which a copy must not be reached.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use async_trait::async_trait;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use trackera_core::recovery::ports::{Attempt, Door, Vantage};

/// This machine, and the network that it stands in.
#[derive(Clone, Copy, Debug)]
pub struct ThisMachine;

#[async_trait]
impl Vantage for ThisMachine {
    async fn connect(&self, door: &Door, within: Duration) -> Attempt {
        let addresses: Vec<SocketAddr> = match timeout(within, lookup_host((door.host.as_str(), door.port))).await {
            Ok(Ok(found)) => found.collect(),
            Ok(Err(_)) => return Attempt::NotTried("its name leads to no address".to_owned()),
            Err(_) => return Attempt::NotTried("its name was not answered in time".to_owned()),
        };
        let mut closest = Attempt::NotTried("its name leads to no address".to_owned());
        for address in addresses {
            match knock(address, within).await {
                Attempt::Opened => return Attempt::Opened,
                // One address that could not be tried leaves the door untried.
                untried @ Attempt::NotTried(_) => return untried,
                shut => closest = shut,
            }
        }
        closest
    }
}

async fn knock(address: SocketAddr, within: Duration) -> Attempt {
    match timeout(within, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Attempt::Opened,
        Err(_) => Attempt::Silent,
        Ok(Err(error)) => match error.kind() {
            // What there is no way to from here does not answer here.
            ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Attempt::Silent,
            ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Attempt::Refused,
            _ => Attempt::NotTried(error.kind().to_string()),
        },
    }
}
