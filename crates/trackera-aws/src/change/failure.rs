//! What went wrong, in the words that a runner decides by.
//!
//! What is not known to have been refused may have been done: only codes that are documented to change nothing say so.

use std::error::Error;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use trackera_core::recovery::ports::{PortError, Trouble};
use trackera_core::resource::ErrorClass;

use crate::errors::{About, SdkError, classify};

const TAKEN: [&str; 3] = ["AlreadyExistsException", "DBInstanceAlreadyExists", "DBSnapshotAlreadyExists"];

const WRONG_STATE: [&str; 8] = [
    // Another write of the same object is under way.
    "ConditionalRequestConflict",
    "ConflictException",
    "InvalidDBInstanceState",
    "InvalidDBInstanceStateFault",
    "InvalidDBSnapshotState",
    "InvalidDBSnapshotStateFault",
    "InvalidResourceStateException",
    // The content is no longer that which was looked at.
    "PreconditionFailed",
];

/// An error of the SDK.
pub(super) fn failed<E>(operation: &'static str) -> impl Fn(SdkError<E>) -> PortError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    move |error| {
        let classified = classify(&error, About::OneResource);
        let trouble = trouble(classified.class, classified.code.as_deref());
        PortError { operation, trouble, code: classified.code }
    }
}

/// An answer that does not say what it must.
pub(super) fn malformed(operation: &'static str) -> PortError {
    PortError { operation, trouble: Trouble::NoAnswer, code: None }
}

fn trouble(class: ErrorClass, code: Option<&str>) -> Trouble {
    match class {
        ErrorClass::AccessDenied | ErrorClass::DeniedByServiceControlPolicy => Trouble::Denied,
        ErrorClass::Throttled => Trouble::Throttled,
        ErrorClass::InvalidCredentials => Trouble::Credentials,
        ErrorClass::Disappeared => Trouble::NotFound,
        ErrorClass::Refused => match code {
            Some(code) if TAKEN.contains(&code) => Trouble::AlreadyExists,
            Some(code) if WRONG_STATE.contains(&code) => Trouble::WrongState,
            _ => Trouble::Refused,
        },
        ErrorClass::RegionDisabled => Trouble::Refused,
        _ => Trouble::NoAnswer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_and_broken_answers_leave_the_outcome_unknown() {
        for class in [ErrorClass::Timeout, ErrorClass::Connection, ErrorClass::ServerError, ErrorClass::MalformedAnswer]
        {
            assert_eq!(trouble(class, Some("InternalFailure")), Trouble::NoAnswer, "{class}");
        }
    }

    #[test]
    fn refusals_are_told_apart_by_what_a_runner_does_about_them() {
        let refused = |code| trouble(ErrorClass::Refused, Some(code));
        assert_eq!(refused("DBInstanceAlreadyExists"), Trouble::AlreadyExists);
        assert_eq!(refused("InvalidDBInstanceState"), Trouble::WrongState);
        assert_eq!(refused("PreconditionFailed"), Trouble::WrongState);
        for other in ["InvalidVPCNetworkStateFault", "KMSKeyNotAccessibleFault", "InstanceQuotaExceeded", ""] {
            assert_eq!(refused(other), Trouble::Refused, "{other}");
        }
        assert_eq!(trouble(ErrorClass::Refused, None), Trouble::Refused);
    }
}
