"""What passes something on: logs, events, streams, queues and topics."""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[str, Mapping[str, str]] = {
    # --- CloudWatch Logs ----------------------------------------------------------------------------------------------
    "moto.logs.models": {
        "LogGroup.arn": "the encryption context of a log group",
        "LogGroup.kms_key_id": "SET by operations that moto does not have",
        "LogsBackend.groups": "finding a log group",
        "logs_backends": "the backends of CloudWatch Logs",
    },
    # --- EventBridge --------------------------------------------------------------------------------------------------
    "moto.events.models": {
        "EventBus.policy": "the policy of an event bus",
        "EventPattern.matches_event": "which events a rule sends",
        "EventsBackend.event_buses": "finding an event bus",
        "Rule": "a rule of EventBridge",
        "EventBus.rules": "whether anybody listens to a service's events",
        "Rule.account_id": "for whom a rule sends, and where moto looks for a queue",
        "Rule.event_pattern": "which events a rule sends",
        "Rule.name": "the metrics of a rule",
        "Rule.region_name": "where a rule sends, and where moto looks for a queue",
        "Rule.send_to_targets": "REPLACED: a rule sends in the name of EventBridge, to topics as well",
        "Rule.targets": "where a rule sends",
        "events_backends": "the backends of EventBridge",
        "requests": "REPLACED: what is delivered over HTTP stays in the process",
    },
    "moto.events.utils": {
        "EventTemplateParser.parse": "what a target's InputTransformer makes of an event for a topic",
    },
    # --- Firehose -----------------------------------------------------------------------------------------------------
    "moto.firehose.models": {
        "DeliveryStream.source": "the stream that a delivery stream reads",
        "FirehoseBackend.delivery_streams": "the delivery streams that read a stream",
        "firehose_backends": "the backends of Firehose",
        "FirehoseBackend.put_s3_records": "REPLACED: deliveries are written in their role's name",
        "requests": "REPLACED: what is delivered over HTTP stays in the process",
    },
    # --- Kinesis ------------------------------------------------------------------------------------------------------
    "moto.kinesis.models": {
        "KinesisBackend.resource_policies": "the policies of streams",
        "KinesisBackend.streams": "what depends on a key: the streams",
        "Stream.arn": "what depends on a key: the streams",
        "Stream.encryption_type": "what depends on a key: the key of a stream",
        "Stream.key_id": "what depends on a key: the key of a stream",
        "Stream.stream_name": "the stream of a stack",
        "kinesis_backends": "the backends of Kinesis",
    },
    # --- SNS, SQS -----------------------------------------------------------------------------------------------------
    "moto.sns.models": {
        "requests": "REPLACED: what is delivered over HTTP stays in the process",
        "SNSBackend._get_topic_subscriptions": "REPLACED: a topic has the subscriptions of all accounts",
        "SNSBackend.region_name": "the subscriptions of other accounts",
        "SNSBackend.topics": "finding a topic",
        "Subscription.account_id": "where moto looks for the endpoint of a subscription",
        "Subscription.attributes": "the dead-letter queue of a subscription",
        "Subscription.endpoint": "the account of an endpoint",
        "Subscription.protocol": "what an endpoint is",
        "Subscription.publish": "REPLACED: what is delivered goes to any account, and shows where it fails",
        "Subscription.topic": "the metrics and logs of a topic",
        "Topic.arn": "the metrics and logs of a topic",
        "Subscription.private_key": "REPLACED: moto's cache of it holds records of worlds that ended",
        "Topic.kms_master_key_id": "the key of a topic",
        "Topic.policy": "the policy of a topic",
        "sns_backends": "the backends of SNS",
    },
    "moto.sqs.models": {
        "Message.approximate_receive_count": "SET: a message that could not be opened was not received",
        "Message.id": "what depends on a key: the messages that wait",
        "Message.visible_at": "SET: a message that could not be opened was not received",
        "Queue._messages": "a message that could not be opened stays in its queue",
        "Queue.add_message": "REPLACED: a message is known to be encrypted before an event source mapping reads it",
        "Queue.pending_messages": "SET: a message that could not be opened was not received",
        "Queue.policy": "the policy of a queue",
        "Queue.queue_arn": "the encryption context of messages",
        "Queue.wait_for_messages": "REPLACED: who polls lets others send meanwhile",
        "SQSBackend": "the queues of an account and Region",
        "SQSBackend.get_queue": "finding a queue",
        "SQSBackend.queues": "finding a queue",
        "SQSBackend.receive_message": "REPLACED: whoever receives needs the key",
        "SQSBackend.send_message": "REPLACED: whoever sends needs the key",
        "sqs_backends": "the backends of SQS",
    },
    # --- SWF ----------------------------------------------------------------------------------------------------------
    "moto.swf.models": {
        "sleep": "REPLACED: who polls lets others ask meanwhile",
    },
}
