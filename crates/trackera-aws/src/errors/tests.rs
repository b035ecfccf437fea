//! Every way in which a call can fail lands in its own class.

use aws_sdk_iam::operation::list_users::ListUsersError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;

use super::*;

fn service(status: u16, code: Option<&str>, message: &str) -> SdkError<ListUsersError> {
    let mut metadata = ErrorMetadata::builder().message(message);
    if let Some(code) = code {
        metadata = metadata.code(code);
    }
    let response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
    SdkError::service_error(ListUsersError::generic(metadata.build()), response)
}

fn class_of(status: u16, code: &str, about: About) -> ErrorClass {
    classify(&service(status, Some(code), "a message"), about).class
}

#[test]
fn every_way_to_say_no_is_a_denial() {
    for (status, code) in [
        (403, "AccessDenied"),
        (400, "AccessDeniedException"),
        (403, "UnauthorizedOperation"),
        (403, "AuthorizationError"),
    ] {
        assert_eq!(class_of(status, code, About::Everything), ErrorClass::AccessDenied, "{code}");
    }
}

#[test]
fn a_denial_by_the_organisation_is_told_apart() {
    let message = "is not authorized to perform: x with an explicit deny in a service control policy";
    let error = service(403, Some("UnauthorizedOperation"), message);
    assert_eq!(classify(&error, About::Everything).class, ErrorClass::DeniedByServiceControlPolicy);
}

#[test]
fn every_way_to_say_slow_down_is_throttling_whatever_the_status() {
    for (status, code) in
        [(503, "RequestLimitExceeded"), (503, "SlowDown"), (400, "Throttling"), (400, "ThrottlingException")]
    {
        assert_eq!(class_of(status, code, About::Everything), ErrorClass::Throttled, "{code}");
    }
    assert_eq!(classify(&service(429, None, ""), About::Everything).class, ErrorClass::Throttled);
}

#[test]
fn refused_credentials_are_not_a_lack_of_rights() {
    for code in ["AuthFailure", "UnrecognizedClientException", "InvalidClientTokenId", "ExpiredToken"] {
        assert_eq!(class_of(403, code, About::Everything), ErrorClass::InvalidCredentials, "{code}");
    }
    assert!(may_mean_disabled_region(Some("UnrecognizedClientException")));
    assert!(!may_mean_disabled_region(Some("ExpiredToken")));
    assert_eq!(class_of(401, "OptInRequired", About::Everything), ErrorClass::RegionDisabled);
}

#[test]
fn only_a_resource_that_was_listed_can_disappear() {
    for code in [
        "NoSuchEntity",
        "NoSuchBucket",
        "NoSuchHostedZone",
        "QueueDoesNotExist",
        "InvalidSnapshot.NotFound",
        "DBSnapshotNotFoundFault",
        "NotFoundException",
    ] {
        assert_eq!(class_of(404, code, About::OneResource), ErrorClass::Disappeared, "{code}");
        assert_eq!(class_of(404, code, About::Everything), ErrorClass::Refused, "{code}");
    }
}

#[test]
fn answers_without_a_code_go_by_their_status() {
    for (status, class) in [
        (200, ErrorClass::MalformedAnswer),
        (400, ErrorClass::MalformedAnswer),
        (403, ErrorClass::AccessDenied),
        (404, ErrorClass::MalformedAnswer),
        (500, ErrorClass::ServerError),
        (503, ErrorClass::ServerError),
    ] {
        assert_eq!(classify(&service(status, None, ""), About::OneResource).class, class, "{status}");
    }
}

#[test]
fn an_unknown_code_is_a_refusal() {
    assert_eq!(class_of(400, "InvalidParameterValue", About::OneResource), ErrorClass::Refused);
    assert_eq!(class_of(500, "InternalError", About::OneResource), ErrorClass::ServerError);
}

#[test]
fn no_answer_is_a_timeout_or_a_connection() {
    let timeout = SdkError::<ListUsersError>::timeout_error("too long");
    assert_eq!(classify(&timeout, About::Everything).class, ErrorClass::Timeout);
    let slow = SdkError::<ListUsersError>::dispatch_failure(ConnectorError::timeout("connect".into()));
    assert_eq!(classify(&slow, About::Everything).class, ErrorClass::Timeout);
    let broken = SdkError::<ListUsersError>::dispatch_failure(ConnectorError::io("reset".into()));
    assert_eq!(classify(&broken, About::Everything).class, ErrorClass::Connection);
    let cause = std::io::Error::other("unexpected end");
    let half = SdkError::<ListUsersError>::response_error(cause, service_response(200));
    assert_eq!(classify(&half, About::Everything).class, ErrorClass::Connection);
}

#[test]
fn an_answer_that_is_not_of_the_documented_shape_is_malformed() {
    let error = SdkError::<ListUsersError>::response_error("not XML", service_response(200));
    assert_eq!(classify(&error, About::Everything).class, ErrorClass::MalformedAnswer);
}

#[test]
fn missing_credentials_are_found_behind_the_failure_that_they_cause() {
    let cause = CredentialsError::not_loaded("nothing configured");
    let error = SdkError::<ListUsersError>::dispatch_failure(ConnectorError::other(cause.into(), None));
    assert_eq!(classify(&error, About::Everything).class, ErrorClass::InvalidCredentials);
}

#[test]
fn the_region_that_a_bucket_is_in_is_kept() {
    let mut response = service_response(301);
    response.headers_mut().insert("x-amz-bucket-region", "eu-west-1");
    let metadata = ErrorMetadata::builder().code("PermanentRedirect").build();
    let error = SdkError::service_error(ListUsersError::generic(metadata), response);
    let classified = classify(&error, About::OneResource);
    assert_eq!(classified.bucket_region.as_deref(), Some("eu-west-1"));
    assert_eq!(classified.class, ErrorClass::Refused);
}

fn service_response(status: u16) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty())
}
