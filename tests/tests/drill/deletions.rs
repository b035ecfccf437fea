//! What a reaper must leave alone, and what keeps its own from being deleted.

use trackera_aws::Changes;
use trackera_core::recovery::ports::{Databases as _, Deletion, Mark, Trouble};

use super::{PRIMARY, PRODUCTION, RUN, asked, available, changes, control, gone, mark, name, stranger};

#[tokio::test]
#[ignore = "needs the environment of a lab, which the other test gives it"]
async fn trials() {
    let changes = &changes().await;
    let tags: Vec<String> = mark(RUN).tags().into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    plant("drill-unmarked", &[]);
    plant("drill-half-marked", &tags[..2]);
    plant("drill-followed", &tags);
    plant("drill-protected", &tags);
    plant("drills-of-the-army", &tags);
    for planted in ["drill-unmarked", "drill-half-marked", "drill-followed", "drill-protected"] {
        available(changes, PRIMARY, planted).await;
    }
    follow("drill-followed", "drill-follower");
    refused(changes).await;
    protected(changes).await;
}

/// An instance that a stranger makes; there is no server behind it.
fn plant(called: &str, tags: &[&str]) {
    let script = "import boto3, sys
tags = [dict(zip(('Key', 'Value'), pair.split('=', 1))) for pair in ['lab:database=none', *sys.argv[2:]]]
boto3.client('rds').create_db_instance(DBInstanceIdentifier=sys.argv[1], DBInstanceClass='db.t4g.medium',
    Engine='postgres', AllocatedStorage=20, MasterUsername='stranger', MasterUserPassword='long enough',
    BackupRetentionPeriod=1, DBSubnetGroupName='trackera-database', Tags=tags)";
    stranger(script, &[&[called], tags].concat());
}

fn follow(source: &str, called: &str) {
    let script = "import boto3, sys
boto3.client('rds').create_db_instance_read_replica(SourceDBInstanceIdentifier=sys.argv[1],
    DBInstanceIdentifier=sys.argv[2], Tags=[{'Key': 'lab:database', 'Value': 'none'}])";
    stranger(script, &[source, called]);
}

async fn refused(changes: &Changes) {
    control("DELETE", "calls", &serde_json::json!({}));
    let cases = [
        ("drill-unmarked", RUN, "tags of a drill"),
        ("drill-half-marked", RUN, "tags of a drill"),
        ("drill-protected", "run-2", "belongs to run"),
        ("drill-followed", RUN, "is a replica of"),
        ("drill-follower", RUN, "tags of a drill"),
    ];
    for (called, run, reason) in cases {
        for error in [
            changes.delete(PRIMARY, &name(called), run).await.unwrap_err(),
            changes.unprotect(PRIMARY, &name(called), run).await.unwrap_err(),
        ] {
            assert!(matches!(&error.trouble, Trouble::Guarded(why) if why.contains(reason)), "{called}: {error}");
        }
    }
    assert_eq!((asked("rds:DeleteDBInstance"), asked("rds:ModifyDBInstance")), (0, 0), "it is not even asked for");
    let listed = changes.drill_instances(PRIMARY).await.unwrap();
    let names: Vec<&str> = listed.iter().map(|found| found.name.as_str()).collect();
    let expected = ["drill-followed", "drill-follower", "drill-half-marked", "drill-protected", "drill-unmarked"];
    assert_eq!(names, expected, "leftovers are seen, marked or not, and nothing of `{PRODUCTION}`");
    let marked: Vec<&str> =
        listed.iter().filter(|found| Mark::on(&found.tags).is_some()).map(|found| found.name.as_str()).collect();
    assert_eq!(marked, ["drill-followed", "drill-protected"]);
}

async fn protected(changes: &Changes) {
    let protect = "import boto3
boto3.client('rds').modify_db_instance(DBInstanceIdentifier='drill-protected', DeletionProtection=True)";
    stranger(protect, &[]);
    assert!(available(changes, PRIMARY, "drill-protected").await.is_protected);
    let error = changes.delete(PRIMARY, &name("drill-protected"), RUN).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Refused);
    changes.unprotect(PRIMARY, &name("drill-protected"), RUN).await.unwrap();
    assert!(!available(changes, PRIMARY, "drill-protected").await.is_protected);
    assert_eq!(changes.delete(PRIMARY, &name("drill-protected"), RUN).await.unwrap(), Deletion::UnderWay);
    gone(changes, PRIMARY, "drill-protected").await;
}
