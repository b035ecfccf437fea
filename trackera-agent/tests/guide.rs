//! The guide's configuration, read as the agent reads it.

#![cfg(test)]

use std::path::Path;

use trackera_core::company::Configuration;
use trackera_core::yaml::File;

#[test]
fn the_configuration_of_the_guide_is_valid() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/agent.md");
    let guide = std::fs::read_to_string(path).unwrap();
    let parts = guide.split("```yaml\n").skip(1).map(|part| part.split("```").next().unwrap());
    let file = File { name: "docs/agent.md".to_owned(), text: parts.collect() };
    let configuration = Configuration::load(&file).unwrap();
    let alerts = configuration.alerts.unwrap().check(&file).unwrap();
    assert!(alerts.dead_man.is_some());
    assert_eq!(alerts.routes.len(), 2);
    assert_eq!(configuration.agent.queues.len(), 2);
    assert_eq!(configuration.journal.replicas.len(), 1);
}
