//! The figures for Prometheus.

use std::collections::BTreeMap;

use crate::estate::{crowded, drifted};
use crate::web::Served;

/// Reads the text form as a scraper does, and checks that it is whole.
fn parse(text: &str) -> BTreeMap<String, f64> {
    let lines = text.strip_suffix("# EOF\n").expect("it ends with its mark").lines();
    let mut kinds: BTreeMap<&str, &str> = BTreeMap::new();
    let mut figures = BTreeMap::new();
    for line in lines {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(kinds.insert(name, kind).is_none(), "{name} stands there twice");
        } else if !line.starts_with("# HELP ") {
            let (name, value) = line.rsplit_once(' ').unwrap();
            let family = name.split('{').next().unwrap();
            let family = family.strip_suffix("_total").filter(|family| kinds.get(family) == Some(&"counter"));
            let family = family.unwrap_or_else(|| name.split('{').next().unwrap());
            assert!(kinds.contains_key(family), "{line}");
            assert!(figures.insert(name.to_owned(), value.parse().unwrap()).is_none(), "{line} stands there twice");
        }
    }
    figures
}

#[tokio::test]
async fn the_figures_are_those_of_the_view() {
    let served = Served::new(crowded(1_000, "a \"name\"\\\n")).await;
    let answer = served.get("/metrics").await;
    assert!(answer.header("content-type").starts_with("application/openmetrics-text; version=1.0.0"));
    let figures = parse(&answer.body);
    let figure = |name: &str| *figures.get(&format!("trackera_{name}")).unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(figure("findings_open{severity=\"critical\",verdict=\"fail\"}"), 2.0);
    assert_eq!(figure("findings_open{severity=\"medium\",verdict=\"fail\"}"), 1_001.0);
    assert_eq!(figure("findings_open{severity=\"low\",verdict=\"unknown\"}"), 0.0);
    let open: f64 =
        figures.iter().filter(|(name, _)| name.starts_with("trackera_findings_open")).map(|(_, value)| value).sum();
    assert_eq!(open, 1_007.0);
    assert_eq!(figure("findings_acknowledged"), 1.0);
    assert_eq!(figure("rows{verdict=\"fail\"}"), 5.0);
    assert_eq!(figure("leader"), 1.0);
    assert_eq!(figure("looks_total"), 4_211.0);
    assert_eq!(figure("looks_failed_total"), 3.0);
    assert_eq!(figure("calls_total"), 1_204_331.0);
    assert_eq!(figure("look_age_seconds_max"), 120.0);
    assert_eq!(figure("policies_never_looked"), 1.0);
    assert_eq!(figure("events_dropped_total{reason=\"reading\"}"), 80_412.0);
    assert_eq!(figure("queue_messages{queue=\"eu-central-1 trackera-events\"}"), 2.0);
    assert_eq!(figure("queue_up{queue=\"us-east-1 trackera-events\"}"), 0.0);
    assert_eq!(figure("announcements_failed_total{channel=\"slack\"}"), 6.0);
    assert_eq!(figure("journal_entries"), 18_442.0);
    assert_eq!(figure("replica_lag_entries{replica=\"frankfurt\"}"), 141.0);
    assert_eq!(figure("replica_lag_seconds{replica=\"frankfurt\"}"), 2_400.0);
    assert_eq!(figure("build_info{version=\"0.1.0\",agent=\"watcher-1\"}"), 1.0);
}

#[tokio::test]
async fn the_same_view_gives_the_same_bytes_and_no_label_breaks_a_line() {
    let mut view = drifted();
    view.agent.name = "a\"b\\c\nd".to_owned();
    let served = Served::new(view).await;
    let first = served.get("/metrics").await.body;
    assert_eq!(first, served.get("/metrics").await.body);
    parse(&first);
    assert!(first.contains(r#"agent="a\"b\\c d""#), "{first}");
}
