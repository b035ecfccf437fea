//! No client that delivers can do anything else, and what goes wrong is told without what was to be delivered.

use super::*;

#[tokio::test]
async fn clients_that_deliver_can_do_nothing_else() {
    let session = Session::fixed_with("http://127.0.0.1:1", Guard::delivering()).await;
    let error = session.iam().list_users().send().await.unwrap_err();
    assert!(matches!(error, SdkError::ConstructionFailure(_)), "{error:?}");
    let error = session.sqs("eu-central-1").purge_queue().queue_url("q").send().await.unwrap_err();
    assert!(matches!(error, SdkError::ConstructionFailure(_)), "{error:?}");
}

#[tokio::test]
async fn clients_that_read_cannot_deliver() {
    let session = Session::fixed("http://127.0.0.1:1").await;
    let error = session.sns("eu-central-1").publish().topic_arn("t").message("m").send().await.unwrap_err();
    assert!(matches!(error, SdkError::ConstructionFailure(_)), "{error:?}");
}

#[tokio::test]
async fn an_error_tells_the_trouble_and_nothing_of_the_message() {
    let session = Session::fixed_with("http://127.0.0.1:1", Guard::delivering()).await;
    let delivery = Delivery { session };
    let topic = "arn:aws:sns:eu-central-1:000000000000:alerts";
    let error = delivery.publish(topic, "subject", "secret text", "key").await.unwrap_err();
    assert_eq!((error.operation, error.class), ("sns:Publish", ErrorClass::Connection));
    assert!(!format!("{error} {error:?}").contains("secret"));
}
