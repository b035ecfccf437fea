//! A way to the lab that breaks off in the middle of an answer, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Listens on loopback; gives the endpoint that leads there. Of all that is answered, the first `bytes` pass, then the
/// connection that they came on is cut; every other passes whole.
pub(crate) async fn cut_after(bytes: u64, upstream: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let upstream = upstream.strip_prefix("http://").unwrap().to_owned();
    let left = Arc::new(AtomicU64::new(bytes));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&upstream).await.unwrap();
            tokio::spawn(pass(client, server, Arc::clone(&left)));
        }
    });
    format!("http://{address}")
}

async fn pass(client: TcpStream, server: TcpStream, left: Arc<AtomicU64>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let asking = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut piece = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from_server.read(&mut piece).await {
        let rest = left.load(Ordering::Relaxed);
        let passed = rest.min(count as u64);
        if to_client.write_all(&piece[..usize::try_from(passed).unwrap()]).await.is_err() {
            break;
        }
        if passed < count as u64 {
            left.store(u64::MAX, Ordering::Relaxed);
            break;
        }
        if rest != u64::MAX {
            left.store(rest - passed, Ordering::Relaxed);
        }
    }
    asking.abort();
}
