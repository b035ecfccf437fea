//! HTTP by hand, so that a test can also send what no client would.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use trackera_agent::page::{Listener, View, router, serve};
use trackera_core::company::record::Listen;

use crate::estate;

/// A page that is served.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) view: watch::Sender<Arc<View>>,
    pub(crate) end: oneshot::Sender<()>,
    pub(crate) ended: JoinHandle<std::io::Result<()>>,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Served {
    /// Serves a view at a port that nobody else has.
    pub(crate) async fn new(view: View) -> Self {
        let listener = Listener::bind(&Listen::Loopback(SocketAddr::from(([127, 0, 0, 1], 0)))).await.unwrap();
        let address = listener.place().unwrap().parse().unwrap();
        let (sender, receiver) = watch::channel(Arc::new(view));
        let router = router(receiver, Arc::new(estate::Told), Arc::new(|| estate::NOW));
        let (end, signal) = oneshot::channel();
        let ended = tokio::spawn(serve(listener, router, async move { drop(signal.await) }));
        Self { address, view: sender, end, ended }
    }

    /// Asks for a page as a browser does.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost:8471\r\nConnection: close\r\n\r\n")).await
    }

    /// Sends a request as it stands, and reads until the end.
    pub(crate) async fn send(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        Answer::of(&String::from_utf8(bytes).unwrap())
    }
}

impl Answer {
    fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.unwrap_or_else(|| panic!("no `{name}` in {}", self.head))
    }
}
