//! Restores of databases: from a snapshot, from its copy in the other region, to a moment; seen available, closed to where
//! they must be closed, and seen gone.

use std::net::SocketAddr;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use trackera_aws::Changes;
use trackera_core::recovery::ports::{
    Credentials as _, Databases as _, Deletion, Endpoint, Instance, PointInTime, Snapshot, SnapshotCopy, SnapshotState,
    Source, Trouble,
};

use super::{
    PRIMARY, PRODUCTION, RECOVERY, RUN, asked, available, changes, control, gone, mark, name, next, restore, seen,
    stranger,
};

#[tokio::test]
#[ignore = "needs the environment of a lab, which the other test gives it"]
async fn trials() {
    let changes = &changes().await;
    assert_eq!(changes.expires_at().await.unwrap(), None, "credentials of the environment do not end");
    let copy = listed(changes).await;
    from_the_copy(changes, &copy).await;
    to_moments(changes).await;
    copies(changes).await;
    refusals(changes).await;
}

async fn listed(changes: &Changes) -> Snapshot {
    let near = changes.snapshots(PRIMARY, PRODUCTION).await.unwrap();
    let kinds = |kind: &str| near.iter().filter(|snapshot| snapshot.kind == kind).count();
    assert_eq!((kinds("automated"), kinds("manual")), (14, 1));
    assert!(near.iter().all(|snapshot| snapshot.is_encrypted && snapshot.kms_key.is_some()));
    assert!(near.iter().all(|snapshot| snapshot.data_at.is_some() && snapshot.state == SnapshotState::Available));
    let far = changes.snapshots(RECOVERY, PRODUCTION).await.unwrap();
    assert_eq!(far.len(), 2);
    assert!(far.iter().all(|snapshot| snapshot.source_region.as_deref() == Some(PRIMARY)));
    assert!(far.iter().all(|snapshot| snapshot.kms_key.as_ref().unwrap().contains(RECOVERY)));
    assert_eq!(changes.instance(RECOVERY, PRODUCTION).await.unwrap(), None);
    assert_eq!(changes.snapshot(RECOVERY, "nothing").await.unwrap(), None);
    let copy = far.into_iter().max_by_key(|snapshot| snapshot.created_at).unwrap();
    assert_eq!(changes.snapshot(RECOVERY, &copy.name).await.unwrap().as_ref(), Some(&copy));
    copy
}

async fn from_the_copy(changes: &Changes, copy: &Snapshot) {
    let wanted = restore(RECOVERY, "drill-from-copy", Source::Snapshot(copy.name.clone()));
    let begun = changes.restore(&wanted).await.unwrap();
    assert_eq!((wanted.differences(&begun), begun.endpoint), (Vec::new(), None));
    let error = changes.restore(&wanted).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::AlreadyExists);
    let error = changes.delete(RECOVERY, &wanted.name, RUN).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::WrongState, "what is being created cannot be deleted yet");
    let made = available(changes, RECOVERY, wanted.name.as_str()).await;
    assert_eq!(wanted.differences(&made), [""; 0]);
    assert!(made.is_encrypted && !made.is_public && !made.is_protected);
    assert_eq!(made.latest_restorable_at, None, "a copy of a drill has no backups that would outlive it");
    isolated(&made).await;
    assert_eq!(changes.delete(RECOVERY, &wanted.name, RUN).await.unwrap(), Deletion::UnderWay);
    changes.delete(RECOVERY, &wanted.name, RUN).await.expect("a repetition is no failure");
    gone(changes, RECOVERY, wanted.name.as_str()).await;
    assert_eq!(changes.delete(RECOVERY, &wanted.name, RUN).await.unwrap(), Deletion::Absent);
    let left = changes.snapshots(RECOVERY, wanted.name.as_str()).await.unwrap();
    assert_eq!(left, [], "a deletion leaves no final snapshot and no automated one");
}

/// Who may connect comes in, and a server of the product does not.
async fn isolated(made: &Instance) {
    let servers = stranger(
        "import boto3, sys
groups = boto3.client('ec2', region_name=sys.argv[1]).describe_security_groups()['SecurityGroups']
print(next(group['GroupId'] for group in groups if group['GroupName'] != 'drill'))",
        &[RECOVERY],
    );
    control("POST", "members", &json!({ "127.0.3.4": { "address": "10.41.3.4", "groups": [servers] } }));
    let endpoint = made.endpoint.as_ref().unwrap();
    assert!(comes_in(endpoint, "127.0.0.1:0").await);
    assert!(!comes_in(endpoint, "127.0.3.4:0").await, "a server of the product reaches the copy");
    assert!(!comes_in(endpoint, "127.0.99.99:0").await, "a stranger reaches the copy");
}

/// Asks the server for TLS from an address that stands for somebody.
async fn comes_in(endpoint: &Endpoint, from: &str) -> bool {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(from.parse().unwrap()).unwrap();
    let address: SocketAddr = format!("{}:{}", endpoint.host, endpoint.port).parse().unwrap();
    let asking = async {
        let mut stream = socket.connect(address).await?;
        stream.write_all(&[0, 0, 0, 8, 4, 210, 22, 47]).await?;
        stream.read_u8().await
    };
    matches!(asking.await, Ok(b'S'))
}

async fn to_moments(changes: &Changes) {
    let production = changes.instance(PRIMARY, PRODUCTION).await.unwrap().unwrap();
    let latest = production.latest_restorable_at.unwrap();
    let source = |at| Source::Instance { name: PRODUCTION.to_owned(), at };
    let never = restore(PRIMARY, "drill-never", source(PointInTime::Moment("2001-01-01T00:00:00Z".parse().unwrap())));
    assert_eq!(changes.restore(&never).await.unwrap_err().trouble, Trouble::Refused);
    let wanted = restore(PRIMARY, "drill-moment", source(PointInTime::Moment(latest)));
    changes.restore(&wanted).await.unwrap();
    // An answer that is lost is no failure: what was asked for is there, and nobody asked twice.
    control("DELETE", "calls", &json!({}));
    next("drop", "rds:RestoreDBInstanceToPointInTime");
    let lost = restore(PRIMARY, "drill-latest", source(PointInTime::Latest));
    assert!(changes.restore(&lost).await.unwrap_err().outcome_is_unknown());
    assert_eq!(asked("rds:RestoreDBInstanceToPointInTime"), 1);
    for wanted in [&wanted, &lost] {
        let made = available(changes, PRIMARY, wanted.name.as_str()).await;
        assert_eq!(wanted.differences(&made), [""; 0]);
    }
    let found = changes.drill_instances(PRIMARY).await.unwrap();
    assert_eq!(found.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["drill-latest", "drill-moment"]);
    next("drop", "rds:DeleteDBInstance");
    control("DELETE", "calls", &json!({}));
    assert!(changes.delete(PRIMARY, &lost.name, RUN).await.unwrap_err().outcome_is_unknown());
    assert_eq!(asked("rds:DeleteDBInstance"), 1);
    gone(changes, PRIMARY, lost.name.as_str()).await;
    changes.delete(PRIMARY, &wanted.name, RUN).await.unwrap();
    gone(changes, PRIMARY, wanted.name.as_str()).await;
}

async fn copies(changes: &Changes) {
    let near = changes.snapshots(PRIMARY, PRODUCTION).await.unwrap();
    let newest = near.into_iter().max_by_key(|snapshot| snapshot.data_at).unwrap();
    let key = changes.snapshots(RECOVERY, PRODUCTION).await.unwrap().pop().unwrap().kms_key.unwrap();
    let copy = |kms_key: &str| SnapshotCopy {
        source_arn: newest.arn.clone(),
        region: RECOVERY.to_owned(),
        name: name("drill-copy"),
        kms_key: kms_key.to_owned(),
        mark: mark(RUN),
    };
    let error = changes.copy_snapshot(&copy(newest.kms_key.as_ref().unwrap())).await.unwrap_err();
    assert_eq!(
        (error.trouble, error.code.as_deref()),
        (Trouble::Refused, Some("KMSKeyNotAccessibleFault")),
        "keys belong to one region"
    );
    changes.copy_snapshot(&copy(&key)).await.unwrap();
    assert_eq!(changes.copy_snapshot(&copy(&key)).await.unwrap_err().trouble, Trouble::AlreadyExists);
    let made = seen("an available copy", async || {
        let found = changes.snapshot(RECOVERY, "drill-copy").await.unwrap();
        found.filter(|found| found.state == SnapshotState::Available)
    });
    let made = made.await;
    assert_eq!((made.kms_key.as_deref(), made.data_at), (Some(key.as_str()), newest.data_at));
    assert_eq!(changes.drill_snapshots(RECOVERY).await.unwrap(), [made]);
    let error = changes.delete_snapshot(RECOVERY, &name("drill-copy"), "run-2").await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Guarded(_)), "{error}");
    assert_eq!(changes.delete_snapshot(RECOVERY, &name("drill-copy"), RUN).await.unwrap(), Deletion::UnderWay);
    seen("the copy to be gone", async || {
        changes.snapshot(RECOVERY, "drill-copy").await.unwrap().is_none().then_some(())
    })
    .await;
    assert_eq!(changes.delete_snapshot(RECOVERY, &name("drill-copy"), RUN).await.unwrap(), Deletion::Absent);
}

/// What a runner decides by is told apart.
async fn refusals(changes: &Changes) {
    let operation = "rds:RestoreDBInstanceFromDBSnapshot";
    let wanted = restore(PRIMARY, "drill-refused", Source::Snapshot("nothing".to_owned()));
    for (kind, trouble) in [("deny", Trouble::Denied), ("throttle", Trouble::Throttled), ("refuse", Trouble::NoAnswer)]
    {
        next(kind, operation);
        assert_eq!(changes.restore(&wanted).await.unwrap_err().trouble, trouble, "{kind}");
    }
    assert_eq!(changes.restore(&wanted).await.unwrap_err().trouble, Trouble::NotFound);
    next("deny", "rds:DescribeDBInstances");
    let error = changes.delete(PRIMARY, &wanted.name, RUN).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Denied, "what cannot be looked at is not deleted, and not absent either");
    assert_eq!(changes.delete(PRIMARY, &wanted.name, RUN).await.unwrap(), Deletion::Absent);
}
