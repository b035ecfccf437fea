//! The HTTP client that all clients share.
//!
//! It is the SDK's own, but made late: reading the machine's root certificates takes longer than anything else before
//! the first call, and an emulator on plain HTTP needs none.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// A client of both schemes, with the proxies of the environment.
pub(super) fn client() -> SharedHttpClient {
    SharedHttpClient::new(BothSchemes {
        secure: Builder::new().build_with_connector_fn(|settings, components| {
            let builder = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
            configured(builder, settings, components).build()
        }),
        plain: Builder::new().build_with_connector_fn(|settings, components| {
            configured(Connector::builder(), settings, components).build_http()
        }),
    })
}

fn configured<Tls>(
    mut builder: ConnectorBuilder<Tls>,
    settings: Option<&HttpConnectorSettings>,
    components: Option<&RuntimeComponents>,
) -> ConnectorBuilder<Tls> {
    builder.set_connector_settings(settings.cloned());
    builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
    builder.set_proxy_config(Some(ProxyConfig::from_env()));
    builder
}

/// A client for each scheme. The SDK's check of an HTTP client is left out on purpose: it builds a whole TLS connector
/// for every client that is made, only to throw it away.
#[derive(Clone, Debug)]
struct BothSchemes {
    secure: SharedHttpClient,
    plain: SharedHttpClient,
}

impl HttpClient for BothSchemes {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let (clients, settings, components) = (self.clone(), settings.clone(), components.clone());
        SharedHttpConnector::new(ByScheme { clients, settings, components })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.secure.connector_metadata()
    }
}

/// Chooses when the request is there; the chosen client keeps its connections.
#[derive(Debug)]
struct ByScheme {
    clients: BothSchemes,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for ByScheme {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = if request.uri().starts_with("http:") { &self.clients.plain } else { &self.clients.secure };
        client.http_connector(&self.settings, &self.components).call(request)
    }
}
