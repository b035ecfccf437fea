"""The names of the example company: its people, its buckets, its keys.

Whoever writes a configuration, a policy or a test for the lab takes names from here; nothing else in this package
spells one of them a second time.
"""

from __future__ import annotations

from trackera_lab.context import ACCOUNT, PRIMARY_REGION, RECOVERY_REGION

COMPANY = "Trackera"
DOMAIN = "trackera.example"
HOST = f"app.{DOMAIN}"
SENDER_DOMAIN = f"mail.{DOMAIN}"
ALERT_ADDRESS = f"alerts@{DOMAIN}"

ADMINISTRATORS = ("amelie.brandt", "jonas.keller")
"""The founder and the lead technical specialist: nobody else may administrate."""
SUPPORT = "sam.support"
DEPLOYER = "deploy-bot"
BACKUP_WRITER = "backup-writer"

APPLICATION_ROLE = "trackera-app"
AGENT_ROLE = "trackera-agent"
DRILL_ROLE = "trackera-drill"
REPLICATION_ROLE = "trackera-replication"
FLOW_LOG_ROLE = "trackera-flow-logs"
BACKUP_ROLE = "trackera-backup"
TRAIL_ROLE = "trackera-trail-to-logs"

FILES_BUCKET = "trackera-files"
BACKUP_BUCKET = "trackera-backups"
RECOVERY_BUCKET = "trackera-backups-dr"
LOG_BUCKET = "trackera-logs"
ACCESS_BUCKET = "trackera-access"
"""Who read or wrote in the other buckets."""
DUMP_PREFIX = "postgres/"

DATA_KEY = "alias/trackera-data"
BACKUP_KEY = "alias/trackera-backups"
"""Multi-region: the primary in the primary region, its replica under the same alias in the recovery region."""
LOG_KEY = "alias/trackera-logs"
SIGNING_KEY = "alias/trackera-tokens"

DATABASE = "trackera-production"
MANUAL_SNAPSHOT = "trackera-production-before-release"
DATABASE_NAME = "trackera"
DATABASE_OWNER = "trackera_owner"
DATABASE_PASSWORD = "only-in-the-lab-7f3a"
SUBNET_GROUP = "trackera-database"
"""The same in both regions, so that a restore in the recovery region finds it."""
PARAMETER_GROUP = "trackera-postgres"
SECRET = "trackera/production/database"

OFFICE_LIST = "trackera-offices"
OFFICES = ("203.0.113.16/28", "198.51.100.40/29")

BALANCER = "trackera-web"
BALANCER_ADDRESSES = ("192.0.2.10", "192.0.2.11")
"""Public addresses are from the ranges that are set aside for examples, so that nobody's own is ever named here."""
TRAIL = "trackera-audit"
TOPIC = "trackera-alerts"
AUDIT_LOG_GROUP = "/trackera/audit"
FLOW_LOG_GROUP = "/trackera/network-flows"
APPLICATION_LOG_GROUP = "/trackera/application"
DATABASE_LOG_GROUP = f"/aws/rds/instance/{DATABASE}/postgresql"
UPGRADE_LOG_GROUP = f"/aws/rds/instance/{DATABASE}/upgrade"
EVENT_QUEUE = "trackera-ops-events"
EVENT_RULE = "trackera-changes"
VAULT = "trackera"
RECOVERY_VAULT = "trackera-dr"
BACKUP_PLAN = "trackera-nightly"
SERVER_GROUP = "trackera-app"
SERVER_TEMPLATE = "trackera-app"
SERVER_IMAGE = "trackera-app-image"
CONFIGURATION_SET = "trackera"
ENVELOPE_DOMAIN = f"bounce.{SENDER_DOMAIN}"
SECURITY_ADDRESS = f"security@{DOMAIN}"

NETWORKS = {PRIMARY_REGION: "10.40.0.0/16", RECOVERY_REGION: "10.41.0.0/16"}

# What only the drifted estate has.
NEW_COLLEAGUE = "lena.fischer"
CONTRACTOR_ROLE = "trackera-contractor"
PARTNER_ACCOUNT = "111122223333"
ANALYTICS_LIST = "trackera-analytics"
REPORTING_DATABASE = "trackera-reporting"
REPORTING_ADDRESS = "192.0.2.20"
SHARED_SNAPSHOT = "trackera-reporting-for-vendor"
SCRATCH_VOLUME = "trackera-import-scratch"
EXPORT_BUCKET = "trackera-exports-tmp"
EXPORT_KEY = "alias/trackera-exports"
FORGOTTEN_REGION = "us-east-1"
FORGOTTEN_SERVER = "load-test"
MISSED_NIGHTS = 3
LANDING_BUCKET = "trackera-landing"
VENDOR_ROLE = "trackera-vendor-metrics"
VENDOR_ACCOUNT = "444455556666"
STALE_SECRET = "trackera/production/smtp"
ENDLESS_LOG_GROUP = "/trackera/import"
LOST_LOG_GROUP = "/trackera/flows-moved"
SILENT_ALARM = "trackera-SignInWithoutMfa"
UNHEARD_ALARM = "trackera-RootUsed"
UNHEARD_TOPIC = "trackera-oncall"
ONCALL_ADDRESS = f"oncall@{DOMAIN}"
PLAIN_QUEUE = "trackera-webhooks"
WEAK_PORT = 8443
PLAIN_PORT = 8080
STATUS_HOST = f"status.{DOMAIN}"
NEWSLETTER_DOMAIN = f"news.{DOMAIN}"
NEWSLETTER_SET = "trackera-newsletter"
FLAG_WITHOUT_DATABASE = {"lab:database": "none"}


def arn(service: str, resource: str, region: str = "") -> str:
    """The ARN of something in the lab's account."""
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


def labels(name: str | None = None, owner: str = "platform", data_class: str = "internal") -> dict[str, str]:
    """The tags that everything in the estate carries."""
    tags = {"environment": "production", "owner": owner, "data-class": data_class}
    return tags if name is None else {"Name": name, **tags}


def pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags in the form that most services take."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def specification(kind: str, tags: dict[str, str]) -> list[dict[str, object]]:
    """Tags in the form that EC2 takes when it creates something."""
    return [{"ResourceType": kind, "Tags": pairs(tags)}]
