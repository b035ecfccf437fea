//! Endpoints that are not AWS's own.

use aws_config::SdkConfig;
use aws_sdk_s3control::config::endpoint::{DefaultResolver, EndpointFuture, Params, ResolveEndpoint};
use aws_types::service_config::ServiceConfigKey;

/// Tells whether the configuration names an endpoint for a service, by itself or for all.
pub(super) fn is_overridden(sdk: &SdkConfig, service_id: &str) -> bool {
    let key =
        ServiceConfigKey::builder().service_id(service_id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let own = key.ok().and_then(|key| sdk.service_config()?.load_config(key));
    own.is_some() || sdk.endpoint_url().is_some()
}

/// S3's account-wide settings are asked for under a host name that begins with the account id. An address or a plain
/// host name has no names below it, so the account id is left to the header that carries it anyway.
#[derive(Debug, Default)]
pub(super) struct WithoutAccountName {
    usual: DefaultResolver,
}

impl ResolveEndpoint for WithoutAccountName {
    fn resolve_endpoint<'a>(&'a self, parameters: &'a Params) -> EndpointFuture<'a> {
        let usual = ResolveEndpoint::resolve_endpoint(&self.usual, parameters);
        match parameters.endpoint().filter(|url| !has_names_below(url)) {
            Some(url) => {
                EndpointFuture::new(async move { Ok(usual.await?.into_builder().url(url.to_owned()).build()) })
            }
            None => usual,
        }
    }
}

/// An empty address, as an environment variable without a value gives, is left to the SDK to refuse.
fn has_names_below(url: &str) -> bool {
    if url.is_empty() {
        return true;
    }
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let is_address = host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok();
    host.contains('.') && !is_address
}

#[cfg(test)]
mod tests {
    use super::has_names_below;

    #[test]
    fn addresses_and_plain_names_have_no_names_below_them() {
        for url in ["http://127.0.0.1:4566", "http://localhost:4566/", "https://[::1]:1", "http://moto", "127.0.0.1"] {
            assert!(!has_names_below(url), "{url}");
        }
        for url in ["https://s3-control.eu-central-1.amazonaws.com", "https://control.vpce-1.example.com:443/x", ""] {
            assert!(has_names_below(url), "{url}");
        }
    }
}
