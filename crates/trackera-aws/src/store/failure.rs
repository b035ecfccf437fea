//! What goes wrong with an object, in the words of object stores. Whether an object is there decides who leads and where
//! history forks, so only an answer about that very object says that it is not.

use std::error::Error;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use object_store::path::Path;
use object_store::{Error as StoreError, PutMode};
use thiserror::Error as ThisError;
use trackera_core::resource::ErrorClass;

use super::HEAD;
use crate::errors::{About, SdkError, classify};

const STORE: &str = "S3";

/// What S3 said, or that it said nothing; nothing of the content appears in it.
#[derive(Debug, ThisError)]
#[error("{operation}: {class}{}", code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
struct Answer {
    operation: &'static str,
    class: ErrorClass,
    code: Option<String>,
}

/// The status of an answer, if there was one.
pub(super) fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// An error of the SDK about an object.
pub(super) fn failed<E>(operation: &'static str, location: &Path, error: SdkError<E>) -> StoreError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let (status, path) = (status(&error), location.to_string());
    let classified = classify(&error, About::OneResource);
    let (class, code) = (classified.class, classified.code);
    let is_missing = match code.as_deref() {
        Some("NoSuchKey") => true,
        // The answer to a HEAD request has no body that could name the bucket instead.
        None | Some("NotFound") => operation == HEAD,
        Some(_) => false,
    };
    let source = Box::new(Answer { operation, class, code });
    match (status, class) {
        (Some(404), _) if is_missing => StoreError::NotFound { path, source },
        (Some(412), _) => StoreError::Precondition { path, source },
        (Some(304), _) => StoreError::NotModified { path, source },
        (_, ErrorClass::AccessDenied | ErrorClass::DeniedByServiceControlPolicy) => {
            StoreError::PermissionDenied { path, source }
        }
        (_, ErrorClass::InvalidCredentials) => StoreError::Unauthenticated { path, source },
        _ => StoreError::Generic { store: STORE, source },
    }
}

/// A write that its condition stopped: what must not be there is there.
pub(super) fn not_written(mode: &PutMode, error: StoreError) -> StoreError {
    match (mode, error) {
        (PutMode::Create, StoreError::Precondition { path, source }) => StoreError::AlreadyExists { path, source },
        (_, error) => error,
    }
}

/// An answer that does not say what it must.
pub(super) fn malformed(operation: &'static str) -> StoreError {
    let source = Box::new(Answer { operation, class: ErrorClass::MalformedAnswer, code: None });
    StoreError::Generic { store: STORE, source }
}

/// Something that the journal never asks for.
pub(super) fn not_implemented(operation: &str) -> StoreError {
    StoreError::NotImplemented { operation: operation.to_owned(), implementer: STORE.to_owned() }
}
