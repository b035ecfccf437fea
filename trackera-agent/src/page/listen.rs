//! Where the page is served: a loopback address or a socket, to few at once, and to nobody who keeps it waiting.

use std::fmt;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::{Extension, Router};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, Sleep, sleep, timeout};
use trackera_core::company::record::Listen;

/// So many connections are open at the same time; further ones wait.
const MOST_CONNECTIONS: usize = 64;

/// A connection on which nothing was answered for so long is ended, whoever the silence comes from.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);

/// How long open answers may still take when the agent ends.
const LONGEST_FAREWELL: Duration = Duration::from_secs(3);

/// Others than the owner and the group of a socket do not get in.
const SOCKET_MODE: u32 = 0o660;

/// Where the page is served, taken and ready.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    permits: Arc<Semaphore>,
    silence: Duration,
}

#[derive(Debug)]
enum Socket {
    Loopback(TcpListener),
    Path(UnixListener),
}

/// Told to answers that go on, so that they end with the agent.
#[derive(Clone, Debug)]
pub(super) struct Ending(pub(super) watch::Receiver<bool>);

impl Listener {
    /// Takes the place where the page is to be served.
    ///
    /// # Errors
    /// When it is taken already, or may not be.
    pub async fn bind(listen: &Listen) -> io::Result<Self> {
        let socket = match listen {
            Listen::Loopback(address) => Socket::Loopback(TcpListener::bind(address).await?),
            Listen::Socket(path) => Socket::Path(bind_path(path).await?),
        };
        Ok(Self { socket, permits: Arc::new(Semaphore::new(MOST_CONNECTIONS)), silence: LONGEST_SILENCE })
    }

    /// Where it is: an address with its port, or the path of a socket.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn place(&self) -> io::Result<String> {
        match &self.socket {
            Socket::Loopback(listener) => Ok(listener.local_addr()?.to_string()),
            Socket::Path(listener) => {
                Ok(listener.local_addr()?.as_pathname().unwrap_or(Path::new("")).display().to_string())
            }
        }
    }

    async fn stream(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match &self.socket {
            Socket::Loopback(listener) => Box::new(listener.accept().await?.0),
            Socket::Path(listener) => Box::new(listener.accept().await?.0),
        })
    }
}

/// Serves the page until the agent ends; answers that are under way get a moment to come to their end.
///
/// # Errors
/// Never by itself: a connection that fails is ended, and the next is taken.
pub async fn serve(
    listener: Listener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (end, ending) = watch::channel(false);
    let router = router.layer(Extension(Ending(ending.clone())));
    let mut graceful = ending;
    let served = axum::serve(listener, router).with_graceful_shutdown(async move {
        // An error means that nobody is left who could end it, which is an end as well.
        let _gone = graceful.wait_for(|ending| *ending).await;
    });
    let limit = async move {
        shutdown.await;
        end.send_replace(true);
        sleep(LONGEST_FAREWELL).await;
    };
    tokio::select! {
        served = served.into_future() => served,
        () = limit => Ok(()),
    }
}

/// A socket that a dead process left behind is taken over; one that answers is not.
async fn bind_path(path: &Path) -> io::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt as _;
    let listener = match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let answer = timeout(Duration::from_secs(1), UnixStream::connect(path)).await;
            let is_dead = matches!(answer, Ok(Err(refused)) if refused.kind() == io::ErrorKind::ConnectionRefused);
            if !is_dead {
                return Err(error);
            }
            std::fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        bound => bound?,
    };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(SOCKET_MODE))?;
    Ok(listener)
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = ();

    async fn accept(&mut self) -> (Connection, ()) {
        loop {
            let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
            match self.stream().await {
                Ok(stream) => {
                    let silence = self.silence;
                    let deadline = Box::pin(sleep(silence));
                    return (Connection { stream, silence, deadline, _permit: permit }, ());
                }
                // Too many open files, for example: the next moment may be better.
                Err(_) => sleep(Duration::from_secs(1)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection that ends when nothing could be answered on it for a while.
pub struct Connection {
    stream: Box<dyn Stream>,
    silence: Duration,
    deadline: Pin<Box<Sleep>>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connection").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl Connection {
    /// What has to wait waits no longer than the deadline.
    fn bounded<T>(&mut self, polled: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if polled.is_pending() && self.deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        polled
    }

    fn written(&mut self, polled: Poll<io::Result<usize>>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(1..)) = polled {
            let until = Instant::now() + self.silence;
            self.deadline.as_mut().reset(until);
        }
        self.bounded(polled, context)
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.bounded(polled, context)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(polled, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(polled, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        self.bounded(polled, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(context);
        self.bounded(polled, context)
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    async fn impatient() -> String {
        let mut listener = Listener::bind(&Listen::Loopback("127.0.0.1:0".parse().unwrap())).await.unwrap();
        listener.silence = Duration::from_millis(50);
        let place = listener.place().unwrap();
        let router = Router::new().route("/", get(async || "hello"));
        tokio::spawn(serve(listener, router, std::future::pending()));
        place
    }

    #[tokio::test]
    async fn whoever_keeps_it_waiting_is_cut_off() {
        let place = impatient().await;
        for begun in ["", "GET / HTTP/1.1\r\nHost: local", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"] {
            let mut stream = TcpStream::connect(&place).await.unwrap();
            stream.write_all(begun.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            // The end may come as a reset; what matters is that it comes.
            let _ended = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.unwrap();
            assert_eq!(String::from_utf8_lossy(&answer).contains("hello"), begun.ends_with("\r\n\r\n"), "{begun}");
        }
    }

    #[tokio::test]
    async fn drops_of_a_request_do_not_keep_a_connection_open() {
        let mut stream = TcpStream::connect(impatient().await).await.unwrap();
        let dripping = async {
            while stream.write_all(b"X").await.is_ok() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(10), dripping).await.unwrap();
    }
}
