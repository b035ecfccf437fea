//! Reads one version of an object to its end, a few times where nobody answers.

use std::time::Duration;

use trackera_core::company::database::BucketPlace;
use trackera_core::recovery::ports::{Object, ObjectVersion, Objects, PortError, Trouble};

use super::super::list;
use super::seen::Copy;
use crate::clock::{Clock, Patience};

/// For how long a service is asked again that is too busy or does not answer.
const RETRY: Duration = Duration::from_secs(60);
/// How S3 calls what it says of keys, whatever it says.
const KEYS: &str = "KMS.";
/// The version of objects in a bucket that keeps none.
const UNVERSIONED: &str = "null";

/// The credentials ended in the middle: that says nothing about an object.
#[derive(Debug)]
pub(in super::super) struct Cannot(pub(in super::super) PortError);

/// Reads a version.
pub(in super::super) async fn read(
    objects: &dyn Objects,
    (place, version): (&BucketPlace, &ObjectVersion),
    clock: &dyn Clock,
) -> Result<Copy, Cannot> {
    let named = Some(version.version.clone()).filter(|version| version != UNVERSIONED);
    let object = Object { name: list::name(place, &version.key), version: named };
    let mut patience = Patience::new(clock, RETRY);
    loop {
        let error = match objects.read(&object).await {
            Ok(Some(reading)) => return Ok(Copy::Whole(reading)),
            Ok(None) => return Ok(Copy::Gone),
            Err(error) => error,
        };
        let is_of_keys = error.code.as_ref().is_some_and(|code| code.starts_with(KEYS));
        match error.trouble {
            Trouble::Credentials => return Err(Cannot(error)),
            // The key is gone or switched off: nobody can read this now, whatever they are allowed.
            Trouble::Refused | Trouble::NotFound if is_of_keys => return Ok(Copy::Locked(error.to_string())),
            Trouble::Throttled | Trouble::NoAnswer if patience.wait().await => {}
            _ => return Ok(Copy::Unread(error.to_string())),
        }
    }
}
