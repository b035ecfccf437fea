//! Every form is held against its owner's schema, for any text that an estate can hold.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use trackera_core::estate::{CollectedAccount, Estate, SNAPSHOT_VERSION, Snapshot};
use trackera_core::policy::PolicySet;
use trackera_core::resource::{ErrorClass, Gap};
use trackera_core::schema::Schema;
use trackera_core::verdict::{Report, ResourceRef, Row, Verdict};
use trackera_core::yaml::File;
use trackera_tests::schemas;

use super::*;

const LOOK: Look = Look { width: 100, colour: false };
const POLICIES: &str = r#"
policies:
  - id: disks-are-encrypted
    title: Disks | are *encrypted* & <safe>
    resource: aws.ec2.volume
    severity: high
    assert: resource.encrypted
    message: "{{resource.name}} is not encrypted"
    every: 1h
    freshness: 1d
    controls: {soc2: [CC6.1], cis-aws-5.0: ["5.1.1"]}
    fix: {text: "Ask @admins; see #12 and [here](https://example.com)."}
    tests:
      - {name: encrypted, given: {size: 8, encrypted: true}, want: pass}
      - {name: plain, given: {size: 8, encrypted: false}, want: fail}
      - {name: refused, refused: [ec2:DescribeVolumes], want: unknown}
waivers:
  - {policy: disks-are-encrypted, resource: "*", owner: Ada, reason: moving, approver: Bob, expires: 2026-12-31}
"#;

/// What has harmed somebody who printed, pasted or opened it.
const HOSTILE: [&str; 22] = [
    "=cmd|'/C calc'!A0",
    "@SUM(1+1)",
    "-2+3",
    "\t=1+1",
    "  =1+1",
    "＝1+1",
    "\u{1b}[2J\u{7}\u{0}\u{8}",
    "\u{9b}31mFAIL\u{9d}0;owned\u{9c}",
    "report\u{202e}fdp.exe\u{2066}\u{200b}\u{feff}",
    "one\r\ntwo\u{2028}three\u{85}four",
    "\u{fffe}\u{ffff}\u{1fffe}",
    "<script>alert(1)</script>",
    "\" onmouseover=\"alert(1)\" x='",
    "]]>--><!-- &amp; &#27; &",
    "</style></title></textarea>",
    "[click](javascript:alert(1)) ![x](http://a.example/x.png) <https://a.example>",
    "`` ` ``` `",
    "a | b \\| c \\",
    "@octocat #1 GH-1 https://a.example www.a.example a@a.example",
    "{0} {{resource.name}} ${jndi:ldap://127.0.0.1/x} %s%n",
    "   leading and trailing   ",
    "",
];

fn set() -> PolicySet {
    let file = File::new("policies/a b.yaml", POLICIES.as_bytes().to_vec()).unwrap();
    PolicySet::load(&Arc::new(Schema::new().unwrap()), &[file], None).unwrap()
}

/// A row of each verdict for each text, which stands wherever an estate's words can stand.
fn report(texts: &[String]) -> Report {
    let row = |(number, text): (usize, &String), verdict: Verdict| Row {
        policy: "disks-are-encrypted".into(),
        severity: trackera_core::policy::Severity::High,
        verdict,
        resource: ResourceRef {
            kind: "aws.ec2.volume".into(),
            id: format!("{text}{number}{}", verdict.word()),
            name: text.clone(),
            account: "000000000000".to_owned(),
            region: "eu-central-1".to_owned(),
        },
        reason: text.clone(),
        observed: [(text.clone(), json!([text, null, 1]))].into(),
        offending: vec![json!(text), json!({ "id": text, "x": null })],
        controls: [("soc2".to_owned(), vec!["CC6.1".to_owned()])].into(),
    };
    let verdicts = [Verdict::Fail, Verdict::Unknown, Verdict::Waived, Verdict::Pass, Verdict::NotApplicable];
    let rows = texts.iter().enumerate().flat_map(|text| verdicts.map(|verdict| row(text, verdict)));
    let gap = |text: &String| Gap {
        operation: "ec2:DescribeVolumes".to_owned(),
        account: "*".to_owned(),
        region: text.clone(),
        resource: Some(text.clone()),
        error_class: ErrorClass::AccessDenied,
    };
    Report::new("2026-03-01T12:00:00Z".parse().unwrap(), rows.collect(), texts.iter().map(gap).collect())
}

fn render(format: Format, report: &Report, comparison: Option<&Comparison>) -> String {
    let set = set();
    let snapshot = Snapshot {
        version: SNAPSHOT_VERSION,
        collected_at: report.checked_at,
        accounts: vec![CollectedAccount { account: "000000000000".to_owned(), regions: Vec::new() }],
        lists: Vec::new(),
        resources: Vec::new(),
        gaps: Vec::new(),
        reports: Vec::new(),
    };
    let estate = Estate::new(&set.schema, &snapshot).unwrap();
    let concerns: Vec<(Concern, &Waiver)> = set.waivers.iter().map(|waiver| (Concern::EndsSoon, waiver)).collect();
    let checked = Checked {
        report: report.into(),
        whole: report.into(),
        comparison,
        set: &set,
        estate: &estate,
        concerns: &concerns,
        asked: Asked::Everything,
        code: ExitCode::Failed,
    };
    let mut bytes = Vec::new();
    format.write(LOOK, &checked, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

static SARIF: LazyLock<schemas::Schema> =
    LazyLock::new(|| schemas::Schema::new(include_str!("../../../tests/fixtures/sarif-2.1.0/sarif-schema-2.1.0.json")));
static OCSF: LazyLock<schemas::Schema> = LazyLock::new(|| {
    schemas::Schema::new(include_str!("../../../tests/fixtures/ocsf-1.5.0/compliance_finding.schema.json"))
});

fn check_sarif(text: &str) {
    let log = SARIF.check(text);
    let run = &log["runs"][0];
    for result in run["results"].as_array().unwrap() {
        // What the standard says in words and not in its schema.
        assert!(result["suppressions"].is_array(), "all results tell, or none");
        assert!(result["kind"] == "fail" || result["level"] == "none", "{result}");
        assert_eq!(
            run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize]["id"],
            result["ruleId"]
        );
        let message = result["message"]["text"].as_str().unwrap().replace("{{", "").replace("}}", "");
        assert!(!message.contains(['{', '}']) && !message.contains("]("), "{message}");
    }
}

fn check_junit(text: &str) {
    for schema in ["windyroad-JUnit.xsd", "jenkins-junit-10.xsd"] {
        let path = format!("{}/tests/fixtures/junit/{schema}", env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new("xmllint");
        command.args(["--nonet", "--noout", "--schema", &path, "-"]).stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("xmllint is missing: `make setup` installs it (libxml2-utils)");
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{schema}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Splits as RFC 4180 has it.
fn cells(text: &str) -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    for line in text.strip_suffix("\r\n").unwrap().split("\r\n") {
        let inner = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap();
        lines.push(inner.split("\",\"").map(|cell| cell.replace("\"\"", "\"")).collect());
    }
    lines
}

fn check_csv(text: &str, rows: usize) {
    let lines = cells(text);
    assert_eq!(lines.len(), rows + 1);
    for cell in lines.iter().flatten() {
        let first = cell.trim_start().chars().next().unwrap_or(' ');
        assert!(!"=+-@＝＋－＠".contains(first) && !cell.contains(char::is_control), "{cell:?}");
    }
}

/// Nothing that an estate says is anything but text in a code span, and no line is more than it should be.
fn check_markdown(text: &str, rows: usize) {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let mut items = 0;
    for event in Parser::new_ext(text, Options::all()) {
        match event {
            Event::Start(Tag::Item) => items += 1,
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::HtmlBlock | Tag::Table(_) | Tag::CodeBlock(_)) => {
                panic!("{event:?} in\n{text}")
            }
            Event::InlineHtml(html) => assert_eq!(html.as_ref(), "<!-- -->"),
            Event::Html(_) | Event::FootnoteReference(_) | Event::Rule | Event::InlineMath(_) => panic!("{event:?}"),
            Event::Text(words) => {
                assert!(!words.contains("octocat") && !words.contains("alert"), "{words}");
            }
            _ => {}
        }
    }
    assert!(text.len() <= 65_536);
    assert!(text.contains("do not fit") || items >= rows, "{items} items for {rows} rows:\n{text}");
}

/// Tags are those that this program writes, and attributes hold no quotes.
fn check_html(text: &str) {
    let style = text.find("</style>").unwrap();
    let (head, body) = text.split_at(style + "</style>".len());
    assert_eq!(head.matches("<style>").count(), 1);
    let known = [
        "a", "bdi", "body", "code", "dd", "details", "dl", "dt", "footer", "h1", "h2", "h3", "head", "header", "html",
        "li", "main", "nav", "p", "section", "span", "strong", "summary", "time", "ul",
    ];
    for tag in body.split('<').skip(1) {
        let name =
            tag.trim_start_matches('/').split(|character: char| !character.is_ascii_alphanumeric()).next().unwrap();
        assert!(known.contains(&name), "<{tag}");
        let (inside, _) = tag.split_once('>').unwrap();
        assert!(inside.matches('"').count() % 2 == 0 && !inside.contains(" on"), "<{inside}>");
        assert_eq!(inside.contains("href=\"#"), inside.contains("href"), "every link leads into the page");
    }
}

fn check_all(texts: &[String]) {
    let report = report(texts);
    let rows = report.verdicts.len();
    OCSF.check(&render(Format::Ocsf, &report, None));
    check_sarif(&render(Format::Sarif, &report, None));
    check_junit(&render(Format::Junit, &report, None));
    check_csv(&render(Format::Csv, &report, None), rows);
    check_markdown(&render(Format::Markdown, &report, None), rows / 5 * 3);
    check_html(&render(Format::Html, &report, None));
    for format in Format::value_variants() {
        let text = render(*format, &report, None);
        let acts = |character: char| character.is_control() && !"\r\n".contains(character);
        assert!(!text.contains(acts) && !text.contains(['\u{202e}', '\u{200b}', '\u{feff}']), "{format:?}");
    }
}

#[test]
fn every_form_stays_valid_for_words_that_want_to_do_harm() {
    check_all(&HOSTILE.map(str::to_owned));
    for text in HOSTILE {
        check_all(&[text.to_owned()]);
    }
    check_all(&["long ".repeat(3_000)]);
    check_all(&[]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]
    #[test]
    fn every_form_stays_valid_for_any_words(texts in prop::collection::vec(any::<String>(), 0..6)) {
        check_all(&texts);
    }
}

#[expect(clippy::disallowed_methods, reason = "how many cases are tried is said from outside")]
fn cases() -> u32 {
    if std::env::var_os("TRACKERA_TRIALS").is_some() { 2_000 } else { 24 }
}

#[test]
fn each_verdict_has_one_meaning_in_every_form() {
    let report = report(&["data".to_owned()]);
    let ocsf: Json = serde_json::from_str(&render(Format::Ocsf, &report, None)).unwrap();
    let sarif: Json = serde_json::from_str(&render(Format::Sarif, &report, None)).unwrap();
    let junit = render(Format::Junit, &report, None);
    let find = |list: &Json, word: &str, id: &dyn Fn(&Json) -> Json| -> Json {
        let ends = |one: &&Json| id(one).as_str().unwrap().ends_with(&format!("data0{word}"));
        list.as_array().unwrap().iter().find(ends).unwrap().clone()
    };
    for (word, compliance, status, severity, kind, level, suppressed) in [
        ("fail", 3, 1, 4, "fail", "error", 0),
        ("unknown", 2, 1, 4, "open", "none", 0),
        ("waived", 3, 3, 4, "fail", "error", 1),
        ("pass", 1, 4, 1, "pass", "none", 0),
        ("not_applicable", 99, 4, 1, "notApplicable", "none", 0),
    ] {
        let event = find(&ocsf, word, &|event| event["finding_info"]["uid"].clone());
        let got = [&event["compliance"]["status_id"], &event["status_id"], &event["severity_id"]];
        assert_eq!(got, [&json!(compliance), &json!(status), &json!(severity)], "{word}");
        let result =
            find(&sarif["runs"][0]["results"], word, &|result| result["partialFingerprints"]["row/v1"].clone());
        assert_eq!((&result["kind"], &result["level"]), (&json!(kind), &json!(level)), "{word}");
        assert_eq!(result["suppressions"].as_array().unwrap().len(), suppressed, "{word}");
    }
    assert!(junit.contains("tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"2\""), "{junit}");
    assert!(junit.contains("tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\""), "a gap is an error: {junit}");
}

#[test]
fn a_comment_that_would_be_too_long_says_so() {
    let texts: Vec<String> = (0..2_000).map(|number| format!("volume number {number}")).collect();
    let text = render(Format::Markdown, &report(&texts), None);
    assert!(text.len() < 65_536 && text.contains("more lines do not fit into a comment"), "{}", text.len());
}
