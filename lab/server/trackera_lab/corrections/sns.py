"""SNS: whoever is subscribed by address has to agree first, topics count their subscriptions, and lists come in pages."""

from __future__ import annotations

from typing import Any

_CONFIRMED_BY_THEMSELVES = frozenset({"sqs", "lambda", "sms", "application", "firehose"})
PENDING = "PendingConfirmation"


def install() -> None:
    """Correct moto's topics."""
    _confirmation()
    _counts()
    _pages()


def is_confirmed(subscription: Any) -> bool:
    """Whether messages are delivered to it."""
    return bool(subscription.confirmed or subscription.protocol in _CONFIRMED_BY_THEMSELVES)


def _confirmation() -> None:
    from moto.core.responses import ActionResult
    from moto.sns.responses import SNSResponse

    from trackera_lab.corrections.refusal import Refusal

    def shown(subscriptions: list[Any]) -> list[dict[str, Any]]:
        return [
            {
                "SubscriptionArn": subscription.arn if is_confirmed(subscription) else PENDING,
                "Owner": subscription.owner,
                "Protocol": subscription.protocol,
                "Endpoint": subscription.endpoint,
                "TopicArn": subscription.topic.arn,
            }
            for subscription in subscriptions
        ]

    def list_subscriptions(self: Any) -> Any:
        return ActionResult({"Subscriptions": shown(list(self.backend.subscriptions.values()))})

    def list_subscriptions_by_topic(self: Any) -> Any:
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        return ActionResult({"Subscriptions": shown(self.backend._get_topic_subscriptions(topic))})

    def confirm_subscription(self: Any) -> Any:
        """The token that AWS would send by mail is here the last part of the subscription's ARN."""
        token = self._get_param("Token") or ""
        for subscription in self.backend._get_topic_subscriptions(self.backend.get_topic(self._get_param("TopicArn"))):
            if subscription.arn.endswith(f":{token}"):
                subscription.confirmed = True
                return ActionResult({"SubscriptionArn": subscription.arn})
        raise Refusal("InvalidParameter", "Invalid parameter: Token")

    SNSResponse.list_subscriptions = list_subscriptions
    SNSResponse.list_subscriptions_by_topic = list_subscriptions_by_topic
    SNSResponse.confirm_subscription = confirm_subscription


def _counts() -> None:
    from moto.sns.models import Topic

    def count(topic: Any, confirmed: bool) -> int:
        subscriptions = topic.sns_backend._get_topic_subscriptions(topic)
        return sum(is_confirmed(subscription) == confirmed for subscription in subscriptions)

    def ignore(topic: Any, value: Any) -> None:
        """moto sets a number at the birth of a topic; it is counted instead."""

    Topic.subscriptions_confimed = property(lambda topic: count(topic, True), ignore)
    Topic.subscriptions_pending = property(lambda topic: count(topic, False), ignore)


def _pages() -> None:
    """moto's tokens are numbers that do not know their list; the lab's own paging takes over."""
    from moto.sns.models import SNSBackend

    def all_values(self: Any, values: dict[str, Any], next_token: str | None = None) -> tuple[list[Any], None]:
        return list(values.values()), None

    SNSBackend._get_values_nexttoken = all_values
