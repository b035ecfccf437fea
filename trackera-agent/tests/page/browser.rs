//! The page in a real browser: nothing is refused by its own policy, everything fits, and updates keep the focus.
//!
//! It needs `chromedriver` and Chromium, which not every machine has: `cargo test -p trackera-agent -- --ignored`.

use std::io::BufRead as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::estate::{crowded, drifted, key};
use crate::web::Served;

const WIDTHS: [u32; 2] = [320, 1_280];

/// Waits for a text, in the browser.
const WAIT: &str = r#"
    const [selector, words, done] = arguments;
    const look = () => {
        if (!document.querySelector(selector)?.textContent.includes(words)) return;
        observer.disconnect();
        done(document.querySelector(selector).textContent);
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, characterData: true });
    look();
"#;

struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends its browser with itself, and a test that failed has nothing more to say.
        let _ended = self.driver.kill().and_then(|()| self.driver.wait());
    }
}

impl Browser {
    async fn start() -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("`chromedriver` is missing: install it beside Chromium");
        let lines = std::io::BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            line.strip_prefix("ChromeDriver was started successfully on port ")?.trim_end_matches('.').parse().ok()
        });
        let mut browser = Self { driver, port: port.expect("it says its port"), session: String::new() };
        let arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--no-proxy-server"];
        let wanted = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let session = browser.ask("POST", "/session", &json!({"capabilities": {"alwaysMatch": wanted}})).await;
        browser.session = format!("/session/{}", session["sessionId"].as_str().unwrap());
        browser
    }

    /// Asks the driver, and gives the value of its answer.
    async fn ask(&self, method: &str, path: &str, body: &Json) -> Json {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n");
        let request = format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reader = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        // The driver keeps the connection open, whatever it is asked.
        while !head.ends_with("\r\n\r\n") {
            let begin = head.len();
            assert_ne!(reader.read_line(&mut head).await.unwrap(), 0, "{path}: {head}");
            let line = head[begin..].to_lowercase();
            length = line.strip_prefix("content-length:").map_or(length, |length| length.trim().parse().unwrap());
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).await.unwrap();
        let mut answer: Json = serde_json::from_slice(&body).unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
        answer["value"].take()
    }

    async fn post(&self, command: &str, body: &Json) -> Json {
        self.ask("POST", &format!("{}/{command}", self.session), body).await
    }

    async fn open(&self, served: &Served, path: &str) {
        self.post("url", &json!({"url": format!("http://{}{path}", served.address)})).await;
    }

    async fn run(&self, script: &str) -> Json {
        self.post("execute/sync", &json!({"script": script, "args": []})).await
    }

    async fn wait(&self, selector: &str, words: &str) -> String {
        let text = self.post("execute/async", &json!({"script": WAIT, "args": [selector, words]})).await;
        text.as_str().unwrap().to_owned()
    }

    async fn wide(&self, width: u32) {
        let metrics = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500});
        let command = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics});
        self.post("goog/cdp/execute", &command).await;
    }

    /// What the browser complained of.
    async fn complaints(&self) -> Vec<String> {
        let log = self.post("se/log", &json!({"type": "browser"})).await;
        log.as_array().unwrap().iter().map(|line| line["message"].to_string()).collect()
    }
}

#[tokio::test]
#[ignore = "needs chromedriver and Chromium"]
async fn every_page_fits_and_nothing_is_refused() {
    let served = Served::new(drifted()).await;
    let browser = Browser::start().await;
    let finding = format!("/findings/{}", key("sg-only-declared-ports", "sg-0f3c2a91d7e84b650").digest());
    for path in ["/", "/?severity=critical", "/coverage", "/health", "/journal", &finding] {
        for width in WIDTHS {
            browser.wide(width).await;
            browser.open(&served, path).await;
            let spare = browser.run("return innerWidth - document.documentElement.scrollWidth").await;
            assert!(spare.as_i64().unwrap() >= 0, "{path} does not fit into {width}: {spare}");
            let first = browser.run("return document.querySelector('a, button, [tabindex]').className").await;
            assert_eq!(first, "skip", "{path}");
        }
    }
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs chromedriver and Chromium"]
async fn what_is_new_shows_by_itself_and_the_focus_stays() {
    let served = Served::new(drifted()).await;
    let browser = Browser::start().await;
    browser.open(&served, "/").await;
    let focus = "return document.activeElement.getAttribute('href')";
    let focused = browser.run(&format!("document.querySelectorAll('h3 a')[2].focus(); {focus}")).await;
    // The first events may come before the browser listens, as they may for people.
    let sender = served.view.clone();
    let changing = tokio::spawn(async move {
        loop {
            sender.send_replace(Arc::new(crowded(1, "fresh")));
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    });
    assert!(browser.wait("h1", "8 open findings").await.contains("2 medium"));
    assert!(browser.wait("#count", "8 open findings").await.contains("2 medium"));
    assert_eq!(browser.run(focus).await, focused);
    changing.abort();
    served.end.send(()).unwrap();
    assert!(browser.wait("#connection", "does not answer").await.contains("this page is old"));
}
