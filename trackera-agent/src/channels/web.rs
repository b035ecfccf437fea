//! Messages to receivers of the web.
//!
//! An address is a secret: whoever knows it can write there. No trouble tells any part of it, of what was sent, or of an
//! answer, which could repeat both. Redirects are not followed, because they would lead away from what was declared.

use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::uri::Scheme;
use axum::http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use thiserror::Error as ThisError;
use tokio::time::{Instant, timeout_at};
use trackera_world::SecretText;

const AGENT: &str = concat!("trackera-agent/", env!("CARGO_PKG_VERSION"));
/// How much of an answer is read for a reason, and how long its head may be.
const LONGEST_ANSWER: usize = 4096;
const LONGEST_HEAD: usize = 64 * 1024;
/// What Slack answers in place of `ok`; nothing else of an answer is told.
const REASONS: [&str; 10] = [
    "action_prohibited",
    "channel_is_archived",
    "channel_not_found",
    "invalid_payload",
    "invalid_token",
    "no_active_hooks",
    "no_service",
    "no_team",
    "team_disabled",
    "user_not_found",
];

/// How long a receiver may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the connection.
    pub connect: Duration,
    /// For all of it.
    pub total: Duration,
}

impl Limits {
    /// What is usual.
    pub const USUAL: Self = Self { connect: Duration::from_secs(5), total: Duration::from_secs(15) };
}

/// A client of receivers that prove who they are, and of relays on this machine.
pub struct Web {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    limits: Limits,
}

/// Why a receiver did not take a message.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub enum Trouble {
    /// It cannot be sent to.
    #[error("the address does not begin with `https://` and the name of a host")]
    NoAddress,
    /// There is no connection.
    #[error("no connection could be made")]
    Unreachable,
    /// The other side did not prove who it is.
    #[error("the certificate is not trusted, or there is no TLS")]
    Untrusted,
    /// It takes too long.
    #[error("no answer within {} s", .0.as_secs_f32())]
    Late(Duration),
    /// The connection ended before the answer, or the answer was none.
    #[error("the connection broke before there was an answer")]
    Broken,
    /// It answered, and did not take the message.
    #[error("the answer was {status}{}", reason.map(|reason| format!(" ({reason})")).unwrap_or_default())]
    Refused {
        /// The status.
        status: u16,
        /// The reason, as far as it is one that we know.
        reason: Option<&'static str>,
    },
}

impl Web {
    /// A client that trusts the root certificates of this machine.
    ///
    /// # Errors
    /// Fails when there are none.
    pub fn open(limits: Limits) -> io::Result<Self> {
        let mut http = HttpConnector::new();
        http.set_connect_timeout(Some(limits.connect));
        http.enforce_http(false);
        let https = HttpsConnectorBuilder::new().with_native_roots()?;
        let connector = https.https_or_http().enable_http1().wrap_connector(http);
        // Alerts are rare: a connection that was kept would have ended meanwhile.
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .http1_max_buf_size(LONGEST_HEAD)
            .build(connector);
        Ok(Self { client, limits })
    }

    /// Sends JSON with headers of its own.
    ///
    /// # Errors
    /// Fails unless the answer says that it was taken.
    pub async fn post(
        &self,
        address: &SecretText,
        body: Vec<u8>,
        headers: &[(&'static str, String)],
    ) -> Result<(), Trouble> {
        let request = Request::builder().method(Method::POST).uri(check(address)?).header(USER_AGENT, AGENT);
        let request = request.header(CONTENT_TYPE, "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        self.send(request.body(Full::from(body)).map_err(|_| Trouble::NoAddress)?).await
    }

    /// Asks for an address, for the sake of asking.
    ///
    /// # Errors
    /// Fails unless the answer is a good one.
    pub async fn get(&self, address: &SecretText) -> Result<(), Trouble> {
        let request = Request::builder().uri(check(address)?).header(USER_AGENT, AGENT);
        self.send(request.body(Full::default()).map_err(|_| Trouble::NoAddress)?).await
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<(), Trouble> {
        let until = Instant::now() + self.limits.total;
        let late = |_| Trouble::Late(self.limits.total);
        let answer = timeout_at(until, self.client.request(request)).await.map_err(late)?;
        let answer = answer.map_err(|error| match (is_untrusted(&error), error.is_connect()) {
            (true, _) => Trouble::Untrusted,
            (false, true) => Trouble::Unreachable,
            (false, false) => Trouble::Broken,
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let text = timeout_at(until, Limited::new(answer.into_body(), LONGEST_ANSWER).collect()).await;
        let text = text.ok().and_then(Result::ok).map(|body| body.to_bytes()).unwrap_or_default();
        Err(refused(status, &text))
    }
}

fn refused(status: StatusCode, text: &[u8]) -> Trouble {
    let reason = REASONS.into_iter().find(|reason| reason.as_bytes() == text.trim_ascii());
    Trouble::Refused { status: status.as_u16(), reason }
}

/// An address that can be sent to: over TLS, or to a relay on this machine.
pub(super) fn check(address: &SecretText) -> Result<Uri, Trouble> {
    let uri: Uri = address.expose().parse().map_err(|_| Trouble::NoAddress)?;
    let host = uri.host().filter(|host| !host.is_empty()).ok_or(Trouble::NoAddress)?;
    let is_loopback = || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let is_plain = uri.scheme() == Some(&Scheme::HTTP) && is_loopback();
    let has_user = uri.authority().is_none_or(|authority| authority.as_str().contains('@'));
    match (uri.scheme() == Some(&Scheme::HTTPS) || is_plain) && !has_user {
        true => Ok(uri),
        false => Err(Trouble::NoAddress),
    }
}

/// Tells whether there was no TLS to trust; what went wrong in it is told as an error of the input.
pub(super) fn is_untrusted(error: &(dyn Error + 'static)) -> bool {
    let io = error.downcast_ref::<io::Error>();
    let within = io.and_then(io::Error::get_ref);
    io.is_some_and(|io| io.kind() == io::ErrorKind::InvalidData)
        || within.is_some_and(|within| is_untrusted(within))
        || error.source().is_some_and(is_untrusted)
}
