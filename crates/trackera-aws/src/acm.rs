//! Certificates.

use aws_sdk_acm::Client;
use aws_sdk_acm::operation::list_certificates::ListCertificatesOutput;
use aws_sdk_acm::types::{CertificateStatus, CertificateSummary as Source, CertificateType, Filters, KeyAlgorithm};
use trackera_core::resource::{Certificate, ErrorClass, Gap, Kind as _};

use crate::assemble::{Found, Part};
use crate::call::Place;
use crate::convert::{given, optional_moment};
use crate::lists::Page;
use crate::request::Request;
use crate::session::Session;

const LIST: &str = "acm:ListCertificates";
const DESCRIBE: &str = "acm:DescribeCertificate";
const PAGE_SIZE: i32 = 1000;

/// Collects certificates, and asks about the renewal of each that ACM renews.
pub(crate) async fn collect(place: &Place<'_>, session: &Session, request: &Request) -> Part {
    let mut part = Part::default();
    if !request.demand.wants_kind(Certificate::NAME) {
        return part;
    }
    let client = &session.acm(&place.region);
    let fetch = |token| {
        let request = client.list_certificates().includes(every_key()).max_items(PAGE_SIZE);
        request.set_next_token(token).send()
    };
    let found = |certificate: Source| Found::new(certificate.certificate_arn.clone(), body(place, certificate));
    let open = |page: ListCertificatesOutput| Page::by_token(page.certificate_summary_list, page.next_token).map(found);
    let mut listed = place.list(LIST, None, fetch, open).await;
    let renewal = |arn: String, certificate: &Certificate| {
        let imported = certificate.certificate_type == CertificateType::Imported.as_str();
        async move { if imported && place.wants(DESCRIBE) { Ok(None) } else { renewal(place, client, &arn).await } }
    };
    listed.ask(renewal, |certificate, renewal| certificate.renewal_status = renewal).await;
    part.add(place, LIST, listed.gaps, listed.items);
    part
}

/// Keys of every kind: without this, only certificates with short RSA keys are listed.
fn every_key() -> Filters {
    let kinds = KeyAlgorithm::values().iter().map(|&name| KeyAlgorithm::from(name)).collect();
    Filters::builder().set_key_types(Some(kinds)).build()
}

async fn renewal(place: &Place<'_>, client: &Client, arn: &str) -> Result<Option<String>, Gap> {
    let answer = place.call(DESCRIBE, Some(arn), || client.describe_certificate().certificate_arn(arn).send()).await?;
    let status = answer.certificate.and_then(|certificate| match certificate.renewal_summary {
        Some(renewal) => given(renewal.renewal_status.as_str()).map(Some),
        None => Some(None),
    });
    status.ok_or_else(|| place.gap(DESCRIBE, Some(arn), ErrorClass::MalformedAnswer))
}

fn body(place: &Place<'_>, certificate: Source) -> Option<(String, Certificate)> {
    let (name, status) = (certificate.domain_name?, certificate.status?);
    let not_after = optional_moment(certificate.not_after.as_ref())?;
    let must_end = matches!(status, CertificateStatus::Issued | CertificateStatus::Expired);
    if must_end && not_after.is_none() {
        return None;
    }
    let attributes = Certificate {
        domain_name: name.clone(),
        status: status.as_str().to_owned(),
        certificate_type: certificate.r#type?.as_str().to_owned(),
        // The documented names have underscores, the service writes hyphens in some answers.
        key_algorithm: certificate.key_algorithm?.as_str().replace('-', "_"),
        in_use: certificate.in_use?,
        not_after,
        renewal_status: place.unread(DESCRIBE),
    };
    Some((name, attributes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aws_smithy_types::DateTime;

    use super::*;
    use crate::call::{Door, Proven};

    fn read(status: CertificateStatus, not_after: Option<DateTime>) -> Option<Certificate> {
        let certificate = Source::builder()
            .domain_name("app.example")
            .status(status)
            .r#type(CertificateType::AmazonIssued)
            .key_algorithm(KeyAlgorithm::from("RSA-1024"))
            .in_use(true)
            .set_not_after(not_after);
        let door = Door::new(BTreeSet::new(), 1, &());
        let place = Place::global(&door, "000000000000", Proven::default());
        body(&place, certificate.build()).map(|(_, certificate)| certificate)
    }

    #[test]
    fn a_kind_of_key_has_one_name_however_it_is_written() {
        let certificate = read(CertificateStatus::Issued, Some(DateTime::from_secs(0))).unwrap();
        assert_eq!(certificate.key_algorithm, "RSA_1024");
    }

    #[test]
    fn a_certificate_that_was_issued_and_has_no_end_is_not_usable() {
        assert!(read(CertificateStatus::Issued, None).is_none());
        assert_eq!(read(CertificateStatus::PendingValidation, None).unwrap().not_after, None);
    }

    #[test]
    fn every_kind_of_key_that_is_known_is_asked_for() {
        let kinds = every_key().key_types.unwrap();
        assert!(kinds.contains(&KeyAlgorithm::Rsa4096) && kinds.contains(&KeyAlgorithm::EcSecp384r1));
    }
}
