//! One answer that tells several attributes: each is read for itself, so that one that is malformed spoils no other.

use std::error::Error;
use std::future::Future;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use trackera_core::resource::{ErrorClass, Gap, Observed};

use crate::call::Place;
use crate::errors::SdkError;

/// What a call told, or why it told nothing.
pub(crate) struct Answer<T> {
    malformed: Gap,
    told: Result<T, Gap>,
}

impl<T> Answer<T> {
    /// The whole answer.
    pub(crate) fn told(&self) -> Result<&T, &Gap> {
        self.told.as_ref()
    }

    /// Reads an attribute; `None` is one that AWS always gives and that is not there.
    pub(crate) fn field<U>(&self, read: impl FnOnce(&T) -> Option<U>) -> Observed<U> {
        let told = self.told.as_ref().map_err(Clone::clone);
        told.and_then(|told| read(told).ok_or_else(|| self.malformed.clone())).into()
    }
}

impl Place<'_> {
    /// Makes one call for several attributes.
    pub(crate) async fn ask<T, E, F>(
        &self,
        operation: &'static str,
        resource: Option<&str>,
        request: impl FnOnce() -> F,
    ) -> Answer<T>
    where
        E: ProvideErrorMetadata + Error + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let told = self.call(operation, resource, request).await.map_err(Gap::from);
        Answer { malformed: self.gap(operation, resource, ErrorClass::MalformedAnswer), told }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(error_class: ErrorClass) -> Gap {
        let [operation, account, region] = ["sqs:GetQueueAttributes", "000000000000", "eu-west-1"].map(str::to_owned);
        Gap { operation, account, region, resource: Some("orders".to_owned()), error_class }
    }

    fn answer(told: Result<u8, Gap>) -> Answer<u8> {
        Answer { malformed: gap(ErrorClass::MalformedAnswer), told }
    }

    #[test]
    fn an_attribute_that_is_not_there_is_malformed_and_the_others_are_told() {
        let answer = answer(Ok(1));
        assert_eq!(answer.field(|&told| Some(told)), Observed::Known(1));
        assert_eq!(answer.field(|_| None::<u8>), Observed::Unknown(gap(ErrorClass::MalformedAnswer)));
    }

    #[test]
    fn a_refusal_is_the_gap_of_every_attribute() {
        let answer = answer(Err(gap(ErrorClass::AccessDenied)));
        assert_eq!(answer.field(|&told| Some(told)), Observed::Unknown(gap(ErrorClass::AccessDenied)));
    }
}
