//! No client of a store can do anything else, and what went wrong is told as what it is.

use object_store::{Error, ObjectStoreExt as _};

use super::*;
use crate::errors::SdkError;

async fn bucket() -> Bucket {
    let session = Session::fixed_with("http://127.0.0.1:1", Guard::storing()).await;
    Bucket { client: session.s3("eu-central-1"), name: Arc::from("evidence") }
}

#[tokio::test]
async fn clients_of_stores_can_do_nothing_else() {
    let client = bucket().await.client;
    let error = client.delete_bucket().bucket("evidence").send().await.unwrap_err();
    assert!(matches!(error, SdkError::ConstructionFailure(_)), "{error:?}");
    let error = client.put_object_retention().bucket("evidence").key("a").send().await.unwrap_err();
    assert!(matches!(error, SdkError::ConstructionFailure(_)), "{error:?}");
    let session = Session::fixed_with("http://127.0.0.1:1", Guard::storing()).await;
    let error = session.iam().list_users().send().await.unwrap_err();
    assert!(matches!(error, SdkError::ConstructionFailure(_)), "{error:?}");
}

#[tokio::test]
async fn clients_that_read_or_deliver_cannot_store() {
    for guard in [Guard::default(), Guard::delivering()] {
        let client = Session::fixed_with("http://127.0.0.1:1", guard).await.s3("eu-central-1");
        let error = client.put_object().bucket("evidence").key("a").send().await.unwrap_err();
        assert!(matches!(error, SdkError::ConstructionFailure(_)), "{error:?}");
    }
}

#[tokio::test]
async fn an_unreachable_store_never_says_that_something_is_not_there() {
    let bucket = bucket().await;
    let path = Path::from("a");
    for error in [
        bucket.get(&path).await.unwrap_err(),
        bucket.head(&path).await.unwrap_err(),
        bucket.put(&path, PutPayload::from_static(b"secret")).await.unwrap_err(),
        bucket.delete(&path).await.unwrap_err(),
        bucket.list(None).try_collect::<Vec<_>>().await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::Generic { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
    assert!(matches!(bucket.copy(&path, &path).await, Err(Error::NotImplemented { .. })));
}
