//! The last look at every request before it is built: an operation of the kind that the client is for, or none.
//!
//! The collectors call only what they should; this makes sure of it even where a collector is wrong, because no client
//! of this crate is made without a guard. It also counts the tries, which is how retries become visible.

use std::cell::Cell;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use thiserror::Error;
use trackera_core::schema::operation;

use crate::change::{CHANGING, LOOKING};
use crate::deliver::DELIVERING;
use crate::store::STORING;

/// An operation that a client is not for.
#[derive(Debug, Error)]
#[error("operation `{operation}` is not one that only {purpose}: it was not sent")]
struct NotAllowed {
    operation: String,
    purpose: &'static str,
}

/// What clients are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Purpose {
    #[default]
    Reading,
    Delivering,
    Storing,
    Looking,
    Changing,
}

tokio::task_local! {
    /// The tries of the call that is being made.
    static TRIES: Cell<usize>;
}

/// Makes a call and counts its tries.
pub(crate) async fn counted<T>(call: impl Future<Output = T>) -> (T, usize) {
    let counting = async {
        let answer = call.await;
        (answer, TRIES.with(Cell::get))
    };
    TRIES.scope(Cell::new(0), counting).await
}

/// Refuses what its clients are not for, and counts tries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    purpose: Purpose,
}

impl Guard {
    /// The guard of clients that deliver, and do not even read.
    pub(crate) fn delivering() -> Self {
        Self { purpose: Purpose::Delivering }
    }

    /// The guard of clients that keep objects in buckets.
    pub(crate) fn storing() -> Self {
        Self { purpose: Purpose::Storing }
    }

    /// The guard of clients that look at what drills and backups are about.
    pub(crate) fn looking() -> Self {
        Self { purpose: Purpose::Looking }
    }

    /// The guard of clients that change what drills and backups make, and do not even look.
    pub(crate) fn changing() -> Self {
        Self { purpose: Purpose::Changing }
    }
}

impl Intercept for Guard {
    fn name(&self) -> &'static str {
        "Guard"
    }

    fn read_before_serialization(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let name = bag.load::<Metadata>().map(name).unwrap_or_default();
        let (is_allowed, purpose) = match self.purpose {
            Purpose::Reading => (operation(&name).is_some(), "reads"),
            Purpose::Delivering => (DELIVERING.contains(&name.as_str()), "delivers"),
            Purpose::Storing => (STORING.contains(&name.as_str()), "stores"),
            Purpose::Looking => (LOOKING.contains(&name.as_str()), "looks at drills"),
            Purpose::Changing => (CHANGING.contains(&name.as_str()), "changes what drills make"),
        };
        if is_allowed { Ok(()) } else { Err(NotAllowed { operation: name, purpose }.into()) }
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Calls that nobody counts, such as those for credentials, have no counter.
        let _ = TRIES.try_with(|tries| tries.set(tries.get() + 1));
        Ok(())
    }
}

/// The SDK says `S3 Control` and `GetPublicAccessBlock` where we say `s3control:GetPublicAccessBlock`.
fn name(metadata: &Metadata) -> String {
    let service: String = metadata.service().chars().filter(|letter| !letter.is_whitespace()).collect();
    let service = match service.to_ascii_lowercase().as_str() {
        "cloudwatchlogs" => "logs".to_owned(),
        "elasticloadbalancingv2" => "elbv2".to_owned(),
        "eventbridge" => "events".to_owned(),
        same => same.to_owned(),
    };
    format!("{service}:{}", metadata.name())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aws_sdk_iam::config::{BehaviorVersion, Credentials, Region};
    use aws_sdk_iam::error::SdkError;
    use trackera_core::schema::OPERATIONS;

    use super::*;

    fn client() -> aws_sdk_iam::Client {
        let config = aws_sdk_iam::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url("http://127.0.0.1:1")
            .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
            .retry_config(aws_sdk_iam::config::retry::RetryConfig::disabled())
            .interceptor(Guard::default());
        aws_sdk_iam::Client::from_conf(config.build())
    }

    #[tokio::test]
    async fn a_writing_operation_is_never_sent() {
        let (answer, tries) = counted(client().create_user().user_name("eve").send()).await;
        assert!(matches!(answer, Err(SdkError::ConstructionFailure(_))), "{answer:?}");
        assert_eq!(tries, 0);
    }

    #[tokio::test]
    async fn a_reading_operation_is_tried_and_counted() {
        let (answer, tries) = counted(client().list_users().send()).await;
        assert!(matches!(answer, Err(SdkError::DispatchFailure(_))), "{answer:?}");
        assert_eq!(tries, 1);
    }

    #[test]
    fn every_service_is_named_as_in_the_operation_list() {
        let of_sdk = [
            ("ACM", "ListCertificates"),
            ("Auto Scaling", "DescribeAutoScalingGroups"),
            ("Backup", "ListBackupVaults"),
            ("CloudTrail", "DescribeTrails"),
            ("CloudWatch", "DescribeAlarms"),
            ("CloudWatch Logs", "DescribeLogGroups"),
            ("EC2", "DescribeInstances"),
            ("Elastic Load Balancing v2", "DescribeLoadBalancers"),
            ("EventBridge", "ListRules"),
            ("IAM", "ListUsers"),
            ("KMS", "ListKeys"),
            ("RDS", "DescribeDBInstances"),
            ("Route 53", "ListHostedZones"),
            ("S3", "ListBuckets"),
            ("S3 Control", "GetPublicAccessBlock"),
            ("Secrets Manager", "ListSecrets"),
            ("SESv2", "ListEmailIdentities"),
            ("SNS", "ListTopics"),
            ("SQS", "ListQueues"),
            ("STS", "GetCallerIdentity"),
        ];
        let named: Vec<_> = of_sdk.map(|(service, operation)| name(&Metadata::new(operation, service))).into();
        let unknown: Vec<_> = named.iter().filter(|name| operation(name).is_none()).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        let service = |name: &str| name.split(':').next().map(str::to_owned);
        let services: BTreeSet<_> = OPERATIONS.iter().map(|operation| service(operation.name)).collect();
        assert_eq!(named.iter().map(|name| service(name)).collect::<BTreeSet<_>>(), services);
    }
}
