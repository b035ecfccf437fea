"""What customers talk to: the balancer, the application's servers behind it, their disks and disk snapshots."""

from __future__ import annotations

import dataclasses
from typing import Any

from trackera_lab.estate import names, unwritable
from trackera_lab.estate.clients import Clients, dated
from trackera_lab.estate.encryption import Keys
from trackera_lab.estate.network import Network, make_interface

IMAGE = "ami-0f6c1051253397fef"
"""Amazon's own image: it belongs to another account and is no part of the estate."""
_TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
_METADATA = {"HttpTokens": "required", "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled"}


@dataclasses.dataclass
class Servers:
    """The ids of the servers and of the balancer."""

    instances: list[str]
    volumes: list[str]
    balancer: str
    address: str


def make(clients: Clients, network: Network, keys: Keys, certificate: str) -> Servers:
    """Make the balancer and two servers, each in a private subnet of its own zone."""
    with dated("-34d"):
        instances = [_make_instance(clients, network, keys, number) for number in (1, 2)]
        volumes = _volumes_of(clients, network, instances)
    with dated("-690d"):
        target = _make_target(clients, network)
        balancer, address = _make_balancer(clients, network, certificate, target)
    register = clients("elbv2", network.region).register_targets
    register(TargetGroupArn=target, Targets=[{"Id": instance, "Port": 8080} for instance in instances])
    _snapshot_volumes(clients, network, volumes)
    _make_group(clients, network, keys, instances, target)
    return Servers(instances, volumes, balancer, address)


def _make_instance(clients: Clients, network: Network, keys: Keys, number: int) -> str:
    name = names.labels(f"trackera-app-{number}", data_class="confidential")
    answer = clients("ec2", network.region).run_instances(
        ImageId=IMAGE,
        InstanceType="m7g.large",
        MinCount=1,
        MaxCount=1,
        SubnetId=network.private[number - 1],
        SecurityGroupIds=[network.groups["app"], network.groups["office-admin"]],
        IamInstanceProfile={"Name": names.APPLICATION_ROLE},
        MetadataOptions=_METADATA,
        BlockDeviceMappings=_disks(keys, network.region),
        DisableApiTermination=True,
        Monitoring={"Enabled": True},
        TagSpecifications=[*names.specification("instance", name), *names.specification("volume", name)],
    )
    identifier: str = answer["Instances"][0]["InstanceId"]
    return identifier


def _disks(keys: Keys, region: str) -> list[dict[str, Any]]:
    disk = {
        "VolumeSize": 40,
        "VolumeType": "gp3",
        "Encrypted": True,
        "KmsKeyId": keys.arn(names.DATA_KEY, region),
        "DeleteOnTermination": True,
    }
    return [{"DeviceName": "/dev/xvda", "Ebs": disk}]


def _make_group(clients: Clients, network: Network, keys: Keys, instances: list[str], target: str) -> None:
    """Keep the servers at their number in two zones: whatever the balancer calls ill is replaced from the image."""
    ec2, scaling = clients("ec2", network.region), clients("autoscaling", network.region)
    with dated("-33d"):
        image = ec2.create_image(
            InstanceId=instances[0],
            Name=names.SERVER_IMAGE,
            Description="The application, as of the last release",
            TagSpecifications=[
                *names.specification("image", names.labels(names.SERVER_IMAGE)),
                *names.specification("snapshot", names.labels(names.SERVER_IMAGE)),
            ],
        )["ImageId"]
        ec2.create_launch_template(
            LaunchTemplateName=names.SERVER_TEMPLATE,
            LaunchTemplateData={
                "ImageId": image,
                "InstanceType": "m7g.large",
                "MetadataOptions": _METADATA,
                "BlockDeviceMappings": _disks(keys, network.region),
                "SecurityGroupIds": [network.groups["app"], network.groups["office-admin"]],
                "IamInstanceProfile": {"Name": names.APPLICATION_ROLE},
            },
        )
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=names.SERVER_GROUP,
            LaunchTemplate={"LaunchTemplateName": names.SERVER_TEMPLATE, "Version": "$Default"},
            MinSize=0,
            MaxSize=4,
            DesiredCapacity=0,
            VPCZoneIdentifier=",".join(network.private),
            TargetGroupARNs=[target],
            HealthCheckType="ELB",
            HealthCheckGracePeriod=120,
            Tags=[{**tag, "PropagateAtLaunch": True} for tag in names.pairs(names.labels(names.SERVER_GROUP))],
        )
        scaling.attach_instances(AutoScalingGroupName=names.SERVER_GROUP, InstanceIds=instances)
        scaling.update_auto_scaling_group(AutoScalingGroupName=names.SERVER_GROUP, MinSize=2)


def _volumes_of(clients: Clients, network: Network, instances: list[str]) -> list[str]:
    filters = [{"Name": "attachment.instance-id", "Values": instances}]
    volumes = clients("ec2", network.region).describe_volumes(Filters=filters)["Volumes"]
    return [volume["VolumeId"] for volume in volumes]


def _snapshot_volumes(clients: Clients, network: Network, volumes: list[str]) -> None:
    ec2 = clients("ec2", network.region)
    for age in ("-8h", "-32h"):
        with dated(age):
            for volume in volumes:
                made = ec2.create_snapshot(
                    VolumeId=volume,
                    Description="Nightly snapshot of an application server",
                    TagSpecifications=names.specification("snapshot", names.labels("trackera-app-nightly")),
                )
                unwritable.note_key_of_snapshot(network.region, made["SnapshotId"])


def _make_target(clients: Clients, network: Network) -> str:
    answer = clients("elbv2", network.region).create_target_group(
        Name=names.BALANCER,
        Protocol="HTTP",
        Port=8080,
        VpcId=network.vpc,
        TargetType="instance",
        HealthCheckPath="/health",
        Tags=names.pairs(names.labels()),
    )
    arn: str = answer["TargetGroups"][0]["TargetGroupArn"]
    return arn


def _make_balancer(clients: Clients, network: Network, certificate: str, target: str) -> tuple[str, str]:
    elb = clients("elbv2", network.region)
    made = elb.create_load_balancer(
        Name=names.BALANCER,
        Type="application",
        Scheme="internet-facing",
        Subnets=network.public,
        SecurityGroups=[network.groups["alb"]],
        Tags=names.pairs(names.labels()),
    )["LoadBalancers"][0]
    arn: str = made["LoadBalancerArn"]
    for address, subnet in zip(names.BALANCER_ADDRESSES, network.public, strict=True):
        interface = make_interface(
            clients, network, subnet, network.groups["alb"], f"ELB {arn.partition('loadbalancer/')[2]}", address
        )
        unwritable.hand_to_service(network.region, interface)
    _make_listeners(elb, arn, certificate, target)
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=arn,
        Attributes=[
            {"Key": "deletion_protection.enabled", "Value": "true"},
            {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"},
            {"Key": "access_logs.s3.enabled", "Value": "true"},
            {"Key": "access_logs.s3.bucket", "Value": names.LOG_BUCKET},
            {"Key": "access_logs.s3.prefix", "Value": "balancer"},
        ],
    )
    return arn, made["DNSName"]


def _make_listeners(elb: Any, balancer: str, certificate: str, target: str) -> None:
    elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=443,
        SslPolicy=_TLS_POLICY,
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target}],
    )
    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "redirect", "RedirectConfig": redirect}],
    )
