//! What is refused, and what every answer says to the browser.

use crate::estate::drifted;
use crate::web::Served;

const PAGES: [&str; 9] =
    ["/", "/?severity=high", "/coverage", "/health", "/journal", "/healthz", "/readyz", "/metrics", "/nothing"];

fn asked(method: &str, host: &str, more: &str) -> String {
    format!("{method} / HTTP/1.1\r\n{host}Connection: close\r\n{more}\r\n")
}

#[tokio::test]
async fn a_name_of_another_machine_is_refused() {
    let served = Served::new(drifted()).await;
    for host in ["localhost", "localhost:1", "127.0.0.1:8471", "[::1]:8471"] {
        assert_eq!(served.send(&asked("GET", &format!("Host: {host}\r\n"), "")).await.status, 200, "{host}");
    }
    for host in [
        "Host: evil.example\r\n",
        "Host: evil.example:8471\r\n",
        "",
        "Host: localhost\r\nHost: evil.example\r\n",
        "Host: \r\n",
    ] {
        let answer = served.send(&asked("GET", host, "")).await;
        assert!([400, 421].contains(&answer.status), "{host:?}: {}", answer.status);
        assert!(!answer.body.contains("watcher-1"), "{host:?}");
    }
    let absolute = "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert_eq!(served.send(absolute).await.status, 421);
}

#[tokio::test]
async fn nothing_can_be_sent_to_it() {
    let served = Served::new(drifted()).await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let answer = served.send(&asked(method, "Host: localhost\r\n", "")).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "get, head"), "{method}");
    }
    for body in ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"] {
        assert_eq!(served.send(&asked("GET", "Host: localhost\r\n", body)).await.status, 413, "{body}");
    }
    let head = served.send(&asked("HEAD", "Host: localhost\r\n", "")).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_ne!(head.header("content-length"), "0");
    assert_eq!(served.get(&format!("/?policy={}", "a".repeat(3_000))).await.status, 414);
    let long = format!("Cookie: {}\r\n", "a".repeat(20_000));
    assert_eq!(served.send(&asked("GET", "Host: localhost\r\n", &long)).await.status, 431);
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let served = Served::new(drifted()).await;
    let mut answers = vec![
        served.send(&asked("POST", "Host: localhost\r\n", "")).await,
        served.send(&asked("GET", "Host: evil.example\r\n", "")).await,
        served.get("/findings/00000000000000000000000000000000").await,
        served.get("/?severity=bad").await,
    ];
    for page in PAGES {
        answers.push(served.get(page).await);
    }
    for answer in answers {
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "deny"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value);
        }
        assert!(!answer.head.contains("access-control") && !answer.head.contains("set-cookie"));
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_as_such() {
    let served = Served::new(drifted()).await;
    for path in
        ["/nothing", "/findings/", "/findings/abc", "/findings/00000000000000000000000000000000", "/../etc/passwd"]
    {
        assert_eq!(served.get(path).await.status, 404, "{path}");
    }
    for path in ["/?severity=bad", "/?page=0", "/?page=x"] {
        assert_eq!(served.get(path).await.status, 400, "{path}");
    }
}
