//! Credentials of a caller who has shown a multi-factor device.
//!
//! A device's code is accepted once, and `AssumeRole` would use it up for one account. `GetSessionToken` takes it for a
//! session of the caller, which may then assume every role that asks for the device. It needs no permission and changes
//! nothing; like every call for credentials, it is made before there is anything for the guard to watch.

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::error::display::DisplayErrorContext;

use super::credentials::Unavailable;
use crate::request::TokenCode;

const PROVIDER: &str = "GetSessionToken";

/// Asks for the credentials, once.
pub(super) async fn credentials(sdk: &SdkConfig, device: &str, code: Option<&TokenCode>) -> SharedCredentialsProvider {
    match session_token(sdk, device, code).await {
        Ok(credentials) => SharedCredentialsProvider::new(credentials),
        Err(reason) => SharedCredentialsProvider::new(Unavailable::because(reason)),
    }
}

async fn session_token(sdk: &SdkConfig, device: &str, code: Option<&TokenCode>) -> Result<Credentials, String> {
    let code = code.ok_or("the role asks for a multi-factor device, and its code was not given")?;
    let client = aws_sdk_sts::Client::new(sdk);
    let answer = client.get_session_token().serial_number(device).token_code(code.digits()).send().await;
    let answer = answer.map_err(|error| DisplayErrorContext(error).to_string())?;
    let token = answer.credentials.ok_or("the answer holds no credentials")?;
    let expires = std::time::SystemTime::try_from(token.expiration).ok();
    let (id, secret) = (token.access_key_id, token.secret_access_key);
    Ok(Credentials::new(id, secret, Some(token.session_token), expires, PROVIDER))
}
