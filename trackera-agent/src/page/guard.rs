//! What every request must keep to, and what every answer says to the browser.
//!
//! The page asks nobody who they are: whoever reaches the loopback address or the socket may read. What must be kept
//! out is a website in a browser on this machine, which can make its own name lead here; so only names of this machine
//! itself are answered to.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::time::timeout;

use super::shell::SECURITY;

const LONGEST_TARGET: usize = 2_048;
const LONGEST_HEADERS: usize = 16_384;

/// An answer begins within this time.
const LONGEST_WORK: Duration = Duration::from_secs(10);

/// What every answer says, apart from the content security policy.
const HEADERS: [(HeaderName, &str); 8] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| HeaderValue::from_str(&SECURITY).ok());

/// Lets a request through or refuses it, and gives every answer its headers.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let mut response = match refusal(&request) {
        Some((StatusCode::METHOD_NOT_ALLOWED, words)) => {
            (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")], words).into_response()
        }
        Some(refusal) => refusal.into_response(),
        None => match timeout(LONGEST_WORK, next.run(request)).await {
            Ok(response) => response,
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "This took too long.\n").into_response(),
        },
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A policy that is no header would have to let nothing through.
    let policy = POLICY.clone().unwrap_or(HeaderValue::from_static("default-src 'none'"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn refusal(request: &Request) -> Option<(StatusCode, &'static str)> {
    let headers = request.headers();
    let long: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let asks = request.uri().authority();
    if !is_local(headers) || asks.is_some_and(|asked| !is_local_name(asked)) {
        return Some((StatusCode::MISDIRECTED_REQUEST, "This page answers to names of its own machine alone.\n"));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Some((StatusCode::METHOD_NOT_ALLOWED, "This page can only be read.\n"));
    }
    if has_body(headers) {
        return Some((StatusCode::PAYLOAD_TOO_LARGE, "This page takes nothing.\n"));
    }
    if request.uri().path_and_query().is_some_and(|target| target.as_str().len() > LONGEST_TARGET) {
        return Some((StatusCode::URI_TOO_LONG, "This address is too long.\n"));
    }
    (long > LONGEST_HEADERS).then_some((StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "These headers are too long.\n"))
}

/// Exactly one host is named, and it is this machine.
fn is_local(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    host.to_str().ok().and_then(|host| host.parse().ok()).is_some_and(|host| is_local_name(&host))
}

/// A literal address cannot be made to lead elsewhere, so every loopback address will do; of names, only the one will.
fn is_local_name(authority: &Authority) -> bool {
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH);
    headers.contains_key(header::TRANSFER_ENCODING) || length.is_some_and(|length| length != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered_to() {
        let is_local = |host: &str| host.parse().is_ok_and(|host| is_local_name(&host));
        for good in ["localhost", "LOCALHOST:8471", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8471", "127.0.0.2:80"] {
            assert!(is_local(good), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "0.0.0.0:8471",
            "[::]:8471",
            "10.0.0.1",
            "[::ffff:127.0.0.1]",
            "user@localhost",
            "localhost@evil.example",
            "127.1",
            "2130706433",
            "localhost.",
        ] {
            assert!(!is_local(bad), "{bad}");
        }
    }
}
