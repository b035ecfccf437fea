//! Each client of drills can do what it is for and nothing else, and what AWS would fill with its defaults is not sent.

use trackera_core::recovery::ports::{Databases as _, DrillName, Isolation, Mark, Restore, Source};

use super::*;
use crate::errors::SdkError;

const NOWHERE: &str = "http://127.0.0.1:1";
const REGION: &str = "eu-west-1";

fn nowhere() -> Settings {
    Settings { endpoint_url: Some(NOWHERE.to_owned()), region: Some(REGION.to_owned()), ..Settings::default() }
}

#[tokio::test]
async fn clients_that_look_change_nothing_and_clients_that_change_do_nothing_else() {
    let looks = Session::fixed_with(NOWHERE, Guard::looking()).await;
    let error = looks.rds(REGION).delete_db_instance().db_instance_identifier("production").send().await.unwrap_err();
    assert!(matches!(error, SdkError::ConstructionFailure(_)), "{error:?}");
    let changes = Session::fixed_with(NOWHERE, Guard::changing()).await;
    let error = changes.rds(REGION).create_db_instance().db_instance_identifier("new").send().await.unwrap_err();
    assert!(matches!(error, SdkError::ConstructionFailure(_)), "{error:?}");
    let error = changes.s3(REGION).delete_bucket().bucket("files").send().await.unwrap_err();
    assert!(matches!(error, SdkError::ConstructionFailure(_)), "{error:?}");
}

#[tokio::test]
async fn a_restore_that_leaves_a_group_to_the_defaults_is_not_sent() {
    let changes = Changes::open(&nowhere()).await;
    let whole = Restore {
        source: Source::Snapshot("nightly".to_owned()),
        region: REGION.to_owned(),
        name: DrillName::parse("drill-a").unwrap(),
        class: "db.t4g.micro".to_owned(),
        isolation: Isolation {
            subnet_group: "isolated".to_owned(),
            security_groups: vec!["sg-1".to_owned()],
            parameter_group: "strict".to_owned(),
            option_group: "default:postgres-15".to_owned(),
        },
        mark: Mark::new("run", "weekly", Timestamp::UNIX_EPOCH).unwrap(),
    };
    let cases: [fn(&mut Isolation); 5] = [
        |isolation| isolation.security_groups.clear(),
        |isolation| isolation.security_groups.push(String::new()),
        |isolation| isolation.subnet_group.clear(),
        |isolation| isolation.parameter_group.clear(),
        |isolation| isolation.option_group.clear(),
    ];
    for spoil in cases {
        let mut restore = whole.clone();
        spoil(&mut restore.isolation);
        let error = changes.restore(&restore).await.unwrap_err();
        assert!(matches!(error.trouble, Trouble::Guarded(_)), "{error}");
    }
}

#[test]
fn no_operation_both_looks_and_changes_and_each_stands_once() {
    let all: std::collections::BTreeSet<&str> = LOOKING.into_iter().chain(CHANGING).collect();
    assert_eq!(all.len(), LOOKING.len() + CHANGING.len());
}
