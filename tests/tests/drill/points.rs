//! Recovery points of AWS Backup: listed, restored once however often it is asked, marked, and judged.

use trackera_core::recovery::ports::{
    Databases as _, JobState, PointRestore, RecoveryPoints as _, Trouble, Validation,
};

use super::{RECOVERY, RUN, asked, available, changes, control, gone, isolation, mark, name, next, seen};

const VAULT: &str = "trackera-dr";

#[tokio::test]
#[ignore = "needs the environment of a lab, which the other test gives it"]
async fn trials() {
    let changes = &changes().await;
    let points = changes.points(RECOVERY, VAULT, None).await.unwrap();
    let point = points.iter().find(|point| point.resource_type == "RDS").unwrap().clone();
    assert!(point.is_encrypted && point.status == "COMPLETED" && point.source_vault_arn.is_some());
    let of_one = changes.points(RECOVERY, VAULT, Some(&point.resource_arn)).await.unwrap();
    assert!(!of_one.is_empty() && of_one.iter().all(|one| one.resource_arn == point.resource_arn));
    let of_none = changes.points(RECOVERY, VAULT, Some("arn:aws:rds:eu-west-1:000000000000:db:none")).await.unwrap();
    assert_eq!(of_none, []);
    assert_eq!(changes.points(RECOVERY, "nowhere", None).await.unwrap_err().trouble, Trouble::NotFound);

    let called = name("drill-point");
    let wanted = PointRestore {
        point: point.clone(),
        name: called.clone(),
        class: "db.t4g.medium".to_owned(),
        isolation: isolation(RECOVERY),
        role_arn: "arn:aws:iam::000000000000:role/trackera-backup".to_owned(),
    };
    control("DELETE", "calls", &serde_json::json!({}));
    next("drop", "backup:StartRestoreJob");
    assert!(changes.restore_point(&wanted).await.unwrap_err().outcome_is_unknown());
    assert_eq!(asked("backup:StartRestoreJob"), 1);
    let job = changes.restore_point(&wanted).await.unwrap();
    assert_eq!(changes.restore_point(&wanted).await.unwrap(), job, "the same name is the same job");
    let error = changes.mark_restored(RECOVERY, &job, &name("drill-other"), &mark(RUN)).await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Guarded(_)), "{error}");
    let error = changes.delete(RECOVERY, &called, RUN).await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Guarded(_)), "what is not marked yet is not deleted: {error}");
    changes.mark_restored(RECOVERY, &job, &called, &mark(RUN)).await.unwrap();
    changes.mark_restored(RECOVERY, &job, &called, &mark(RUN)).await.unwrap();
    let error = changes.mark_restored(RECOVERY, &job, &called, &mark("run-2")).await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Guarded(_)), "{error}");

    let ended = seen("the end of the job", async || {
        let found = changes.job(RECOVERY, &job).await.unwrap().unwrap();
        (!matches!(found.state, JobState::Running(_))).then_some(found)
    });
    let ended = ended.await;
    assert_eq!((&ended.state, ended.point_arn.as_str()), (&JobState::Completed, point.arn.as_str()));
    let made = available(changes, RECOVERY, called.as_str()).await;
    assert_eq!((Some(&made.arn), &made.isolation), (ended.created_arn.as_ref(), &wanted.isolation));
    assert!(!made.is_public && !made.is_protected && made.class == wanted.class);
    assert_eq!(changes.jobs(RECOVERY, (&called, &point.arn)).await.unwrap(), [ended]);
    assert_eq!(changes.job(RECOVERY, "no-such-job").await.unwrap(), None);
    changes.validate(RECOVERY, &job, &Validation::Failed("1 of 9 checks failed".to_owned())).await.unwrap();
    let judged = changes.job(RECOVERY, &job).await.unwrap().unwrap();
    assert_eq!(judged.validation.as_deref(), Some("FAILED"));
    changes.delete(RECOVERY, &called, RUN).await.unwrap();
    gone(changes, RECOVERY, called.as_str()).await;
}
