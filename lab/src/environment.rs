//! The environment that points any AWS client at a lab.

/// Variables of the caller that would pull a client back to a real account.
pub(crate) const UNSET: [&str; 6] = [
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
];

/// The variables to set, in the order in which they are shown.
///
/// S3 Control puts the account before the host name, which an address of digits cannot carry, hence `localhost` there.
pub(crate) fn variables(name: &str, endpoint: &str) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("AWS_ENDPOINT_URL_S3_CONTROL", endpoint.replace("127.0.0.1", "localhost")),
        ("AWS_ACCESS_KEY_ID", "trackera-lab".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "trackera-lab".to_owned()),
        ("AWS_REGION", "eu-central-1".to_owned()),
        ("AWS_DEFAULT_REGION", "eu-central-1".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
        ("TRACKERA_LAB_NAME", name.to_owned()),
    ]
}

/// The same as lines for a POSIX shell.
pub(crate) fn shell(name: &str, endpoint: &str) -> String {
    let mut lines = vec![format!("unset {}", UNSET.join(" "))];
    lines.extend(variables(name, endpoint).into_iter().map(|(name, value)| format!("export {name}={value}")));
    lines.join("\n")
}
