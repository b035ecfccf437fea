//! What went wrong, in the words of [`ErrorClass`]: AWS's services name the same refusal in a dozen ways.
//!
//! Only documented codes are told apart; whatever is not recognised is still an error and never an answer.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use trackera_core::resource::ErrorClass;

/// An error of the SDK with the answer that caused it, if there was one.
pub(crate) type SdkError<E> = aws_smithy_runtime_api::client::result::SdkError<E, HttpResponse>;

const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AllAccessDisabled",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Forbidden",
    "NotAuthorized",
    "NotAuthorizedException",
    "UnauthorizedAccess",
    "UnauthorizedException",
    "UnauthorizedOperation",
];

const THROTTLED: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceeded",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequests",
    "TooManyRequestsException",
];

/// Refusals of the credentials; a region that is not enabled gives those of [`UNKNOWN_IN_REGION`] as well.
const BAD_CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

const UNKNOWN_IN_REGION: &[&str] =
    &["AuthFailure", "InvalidClientTokenId", "InvalidToken", "UnrecognizedClientException"];

const REGION_DISABLED: &[&str] = &["OptInRequired", "RegionDisabledException"];

/// Codes of a resource that is not there, beside those that end in `NotFound`, `NotFoundFault`, `NotFoundException`.
const GONE: &[&str] = &[
    "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchBucket",
    "NoSuchEntity",
    "NoSuchEntityException",
    "NoSuchHostedZone",
    "NoSuchKey",
    "QueueDoesNotExist",
];

/// Whether the call was a list or asked about one resource, which alone can be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// A list, or a setting of the account or region.
    Everything,
    /// One resource that a list had named.
    OneResource,
}

/// An error as it was classified, with what callers may need to know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Classified {
    pub(crate) class: ErrorClass,
    /// The service's own code.
    pub(crate) code: Option<String>,
    /// The region in which S3 says that the bucket is.
    pub(crate) bucket_region: Option<String>,
}

/// Classifies an error of the SDK.
pub(crate) fn classify<E>(error: &SdkError<E>, about: About) -> Classified
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let plain = |class| Classified { class, code: None, bucket_region: None };
    match error {
        SdkError::ServiceError(context) => {
            let (code, message) = (context.err().code(), context.err().message());
            answered(code, message.unwrap_or_default(), context.raw(), about)
        }
        SdkError::TimeoutError(_) => plain(ErrorClass::Timeout),
        SdkError::ResponseError(_) if caused_by::<CredentialsError>(error) => plain(ErrorClass::InvalidCredentials),
        SdkError::ResponseError(_) if broken_off(error) => plain(ErrorClass::Connection),
        SdkError::ResponseError(context) => answered(None, "", context.raw(), about),
        _ if caused_by::<CredentialsError>(error) => plain(ErrorClass::InvalidCredentials),
        SdkError::DispatchFailure(context) if context.is_timeout() => plain(ErrorClass::Timeout),
        SdkError::DispatchFailure(_) => plain(ErrorClass::Connection),
        _ => plain(ErrorClass::Refused),
    }
}

fn answered(code: Option<&str>, message: &str, response: &HttpResponse, about: About) -> Classified {
    Classified {
        class: class(code.unwrap_or_default(), message, response.status().as_u16(), about),
        code: code.map(str::to_owned),
        bucket_region: response.headers().get("x-amz-bucket-region").map(str::to_owned),
    }
}

fn class(code: &str, message: &str, status: u16, about: About) -> ErrorClass {
    if DENIED.contains(&code) {
        return match message.contains("service control policy") {
            true => ErrorClass::DeniedByServiceControlPolicy,
            false => ErrorClass::AccessDenied,
        };
    }
    if THROTTLED.contains(&code) || status == 429 {
        return ErrorClass::Throttled;
    }
    if REGION_DISABLED.contains(&code) {
        return ErrorClass::RegionDisabled;
    }
    if BAD_CREDENTIALS.contains(&code) {
        return ErrorClass::InvalidCredentials;
    }
    if about == About::OneResource && says_gone(code) {
        return ErrorClass::Disappeared;
    }
    match (status, code) {
        (500.., _) => ErrorClass::ServerError,
        // An answer without a body, such as that to a HEAD request, has nothing but its status.
        (401 | 403, "") => ErrorClass::AccessDenied,
        (_, "") => ErrorClass::MalformedAnswer,
        _ => ErrorClass::Refused,
    }
}

fn says_gone(code: &str) -> bool {
    GONE.contains(&code) || ["NotFound", "NotFoundFault", "NotFoundException"].iter().any(|end| code.ends_with(end))
}

/// Tells whether a refusal of credentials that are known to be good elsewhere means that the region is not enabled.
pub(crate) fn may_mean_disabled_region(code: Option<&str>) -> bool {
    code.is_some_and(|code| UNKNOWN_IN_REGION.contains(&code))
}

/// An answer that broke off is a fault of the connection, an answer that cannot be read is one of the service.
fn broken_off(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| {
        let text = cause.to_string();
        cause.is::<std::io::Error>() || text.contains("error reading a body") || text.contains("connection closed")
    })
}

/// Whether an error was caused by one of this type.
pub(crate) fn caused_by<C: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| cause.is::<C>())
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}

#[cfg(test)]
mod tests;
