"""Mistakes with what is stored: what became public, what is no longer kept, and what nobody changes."""

from __future__ import annotations

from trackera_lab.context import ACCOUNT, PRIMARY_REGION
from trackera_lab.estate import documents, names
from trackera_lab.estate.clients import dated
from trackera_lab.estate.company import Company

_OBJECTS = "arn:aws:s3:::{}/*"


def publish_a_landing_page(company: Company) -> None:
    """A campaign's page was served from a bucket, for which the block of the whole account had to go."""
    s3 = company.clients("s3")
    company.clients("s3control").delete_public_access_block(AccountId=ACCOUNT)
    with dated("-140d"):
        s3.create_bucket(Bucket=names.LANDING_BUCKET, CreateBucketConfiguration={"LocationConstraint": PRIMARY_REGION})
        s3.delete_public_access_block(Bucket=names.LANDING_BUCKET)
        everybody = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": _OBJECTS.format(names.LANDING_BUCKET),
        }
        s3.put_bucket_policy(Bucket=names.LANDING_BUCKET, Policy=documents.document(everybody))
        s3.put_bucket_versioning(Bucket=names.LANDING_BUCKET, VersioningConfiguration={"Status": "Enabled"})


def replace_a_bucket_policy(company: Company) -> None:
    """A partner's integration was to read customers' files, and its policy was put in the place of ours."""
    partner = {
        "Sid": "PartnerReads",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{names.PARTNER_ACCOUNT}:root"},
        "Action": "s3:GetObject",
        "Resource": _OBJECTS.format(names.FILES_BUCKET),
    }
    company.clients("s3").put_bucket_policy(Bucket=names.FILES_BUCKET, Policy=documents.document(partner))


def stop_keeping_versions(company: Company) -> None:
    """An import wrote every file twenty times, and versions were suspended to save the money."""
    company.clients("s3").put_bucket_versioning(
        Bucket=names.FILES_BUCKET, VersioningConfiguration={"Status": "Suspended"}
    )


def publish_an_image(company: Company) -> None:
    """A contractor could not start the server's image in another account, so it was opened to all accounts."""
    ec2 = company.clients("ec2")
    image = ec2.describe_images(Owners=["self"])["Images"][0]["ImageId"]
    ec2.disable_image_block_public_access()
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})


def forget_a_secret(company: Company) -> None:
    """The password of an old mail server was stored by hand, and nothing ever changes it."""
    with dated("-200d"):
        company.clients("secretsmanager").create_secret(
            Name=names.STALE_SECRET,
            SecretString=names.DATABASE_PASSWORD,
            Tags=names.pairs(names.labels(data_class="secret")),
        )
