//! The region that a bucket is in: calls must be made there, and its row stands there.

use std::error::Error;
use std::future::Future;

use aws_sdk_s3::Client;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use trackera_core::resource::Gap;

use crate::call::{Failure, Place};
use crate::errors::SdkError;
use crate::session::Session;

const LOCATION: &str = "s3:GetBucketLocation";
/// Stands for a region that could not be told.
const UNTOLD: &str = "*";

/// A bucket where it is, as far as that is known.
pub(super) struct Home<'a> {
    session: &'a Session,
    /// The bucket's region, or `*`.
    pub(super) place: Place<'a>,
    /// Why the region is not known.
    pub(super) gap: Option<Gap>,
    bucket: String,
}

impl<'a> Home<'a> {
    /// Finds a bucket: in the region that its list told, or else where it says itself.
    pub(super) async fn find(place: &Place<'a>, session: &'a Session, bucket: &str, told: Option<String>) -> Self {
        let region = match told {
            Some(region) => Ok(region),
            None => locate(place, session, bucket).await,
        };
        let place = place.at(region.as_deref().unwrap_or(UNTOLD), true);
        Self { session, place, gap: region.err(), bucket: bucket.to_owned() }
    }

    /// Makes a call in the bucket's region, and once more in another when S3 says that the bucket is there.
    pub(super) async fn call<T, E, F>(
        &self,
        operation: &'static str,
        resource: &str,
        request: impl Fn(Client, String) -> F,
    ) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + Error + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let region = if self.gap.is_none() { self.place.region.as_str() } else { self.session.region() };
        let at = |region: &str| request(self.session.s3(region), self.bucket.clone());
        match self.place.call(operation, Some(resource), || at(region)).await {
            Err(Failure { bucket_region: Some(other), .. }) if other != region => {
                self.place.call(operation, Some(resource), || at(&other)).await
            }
            answer => answer,
        }
    }
}

async fn locate(place: &Place<'_>, session: &Session, bucket: &str) -> Result<String, Gap> {
    let client = session.s3(session.region());
    let answer = place.call(LOCATION, Some(bucket), || client.get_bucket_location().bucket(bucket).send()).await;
    match answer {
        Ok(answer) => Ok(region_of(answer.location_constraint.as_ref().map(|constraint| constraint.as_str()))),
        Err(Failure { bucket_region: Some(region), .. }) => Ok(region),
        Err(failure) => Err(failure.gap),
    }
}

/// The region that a location constraint means: none is the oldest region, `EU` the oldest in Europe.
fn region_of(constraint: Option<&str>) -> String {
    match constraint {
        None | Some("") => "us-east-1",
        Some("EU") => "eu-west-1",
        Some(region) => region,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::region_of;

    #[test]
    fn old_names_of_locations_are_understood() {
        assert_eq!(region_of(None), "us-east-1");
        assert_eq!(region_of(Some("")), "us-east-1");
        assert_eq!(region_of(Some("EU")), "eu-west-1");
        assert_eq!(region_of(Some("ap-south-1")), "ap-south-1");
    }
}
