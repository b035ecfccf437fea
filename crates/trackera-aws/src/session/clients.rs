//! One client for each service and region.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_acm as acm;
use aws_sdk_autoscaling as autoscaling;
use aws_sdk_backup as backup;
use aws_sdk_cloudtrail as cloudtrail;
use aws_sdk_cloudwatch as cloudwatch;
use aws_sdk_cloudwatchlogs as logs;
use aws_sdk_ec2 as ec2;
use aws_sdk_elasticloadbalancingv2 as elbv2;
use aws_sdk_eventbridge as events;
use aws_sdk_kms as kms;
use aws_sdk_rds as rds;
use aws_sdk_secretsmanager as secretsmanager;
use aws_sdk_sesv2 as sesv2;
use aws_sdk_sns as sns;
use aws_sdk_sqs as sqs;

use super::{DEFAULT_REGION, Session, endpoint, named};

/// The clients that differ in nothing but the service: every SDK crate has types of its own, so no function can make
/// them all.
macro_rules! regional {
    ($($service:ident)*) => {
        impl Session {$(
            #[doc = concat!("A client of the service `", stringify!($service), "`.")]
            pub(crate) fn $service(&self, region: &str) -> $service::Client {
                let config = $service::config::Builder::from(self.sdk.as_ref());
                $service::Client::from_conf(config.region(named(region)).interceptor(self.guard()).build())
            }
        )*}
    };
}

regional! {
    acm autoscaling backup cloudtrail cloudwatch ec2 elbv2 events kms logs rds secretsmanager sesv2 sns sqs
}

/// The clients of S3, by region: every bucket asks for the one of its region many times.
#[derive(Clone, Debug, Default)]
pub(super) struct Storage(Arc<Mutex<BTreeMap<String, aws_sdk_s3::Client>>>);

impl Session {
    /// The client of S3 for a region.
    pub(crate) fn s3(&self, region: &str) -> aws_sdk_s3::Client {
        let mut made = self.storage.0.lock().unwrap_or_else(PoisonError::into_inner);
        match made.get(region) {
            Some(client) => client.clone(),
            None => made.entry(region.to_owned()).or_insert(self.new_s3(region)).clone(),
        }
    }

    /// Custom endpoints rarely have a name for each bucket, so buckets go into the path there.
    fn new_s3(&self, region: &str) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(self.sdk.as_ref())
            .region(named(region))
            .interceptor(self.guard())
            .force_path_style(endpoint::is_overridden(&self.sdk, "S3"));
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// A client of S3's account-wide settings.
    pub(crate) fn s3_control(&self) -> aws_sdk_s3control::Client {
        let config = aws_sdk_s3control::config::Builder::from(self.sdk.as_ref())
            .interceptor(self.guard())
            .endpoint_resolver(endpoint::WithoutAccountName::default());
        aws_sdk_s3control::Client::from_conf(config.build())
    }

    /// A client of STS.
    pub(crate) fn sts(&self) -> aws_sdk_sts::Client {
        let config = aws_sdk_sts::config::Builder::from(self.sdk.as_ref());
        aws_sdk_sts::Client::from_conf(config.interceptor(self.guard()).build())
    }

    /// A client of IAM, which has one home in each partition.
    pub(crate) fn iam(&self) -> aws_sdk_iam::Client {
        let config = aws_sdk_iam::config::Builder::from(self.sdk.as_ref());
        let config = config.region(named(global_home(self.region()))).interceptor(self.guard());
        aws_sdk_iam::Client::from_conf(config.build())
    }

    /// A client of Route 53, which has one home in each partition.
    pub(crate) fn route53(&self) -> aws_sdk_route53::Client {
        let config = aws_sdk_route53::config::Builder::from(self.sdk.as_ref());
        let config = config.region(named(global_home(self.region()))).interceptor(self.guard());
        aws_sdk_route53::Client::from_conf(config.build())
    }
}

/// Where a partition keeps its global services; elsewhere than in the public one every region leads there.
fn global_home(region: &str) -> &str {
    let other_partitions = ["cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-"];
    if other_partitions.iter().any(|prefix| region.starts_with(prefix)) { region } else { DEFAULT_REGION }
}

#[cfg(test)]
mod tests {
    use super::global_home;

    #[test]
    fn global_services_live_in_the_home_of_their_partition() {
        assert_eq!(global_home("eu-central-1"), "us-east-1");
        assert_eq!(global_home("cn-north-1"), "cn-north-1");
        assert_eq!(global_home("us-gov-west-1"), "us-gov-west-1");
    }
}
