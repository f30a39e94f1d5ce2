"""What kmsmock reads or replaces of botocore, aiobotocore and urllib3, each name with its reason.

Clients, sessions and their configuration are documented; none of this is. REPLACED is said of what is another while a
world is active, SET of what is written on botocore's objects.
"""

from __future__ import annotations

from kmsmock.foreign.contract import Contract

BOTOCORE = Contract(
    "botocore",
    "1.43.0 to 1.44.8",
    {
        # --- the way out of a client ----------------------------------------------------------------------------------
        "botocore.endpoint:Endpoint": "the way out of every client",
        "botocore.endpoint:Endpoint._event_emitter": "a client gets the door as its last before-send handler",
        "botocore.endpoint:Endpoint._send": "REPLACED: nothing gets to a socket, even if a handler was taken away",
        "botocore.endpoint:Endpoint.make_request": "REPLACED: sees to it that a client has the door before it sends",
        "botocore.endpoint:time": "REPLACED: attempts wait in world time",
        "botocore.waiter:time": "REPLACED: waiters wait in world time",
        "botocore.retries.bucket:time": "REPLACED: adaptive mode waits in world time",
        "botocore.retries.bucket:TokenBucket": "how adaptive mode waits",
        "botocore.retries.bucket:TokenBucket._acquire": "REPLACED: it waits on a condition, and not by sleeping",
        "botocore.retries.bucket:TokenBucket._current_capacity": "SET: what has come in while world time passed",
        "botocore.retries.bucket:TokenBucket._refill": "what has come in while world time passed",
        "botocore.retries.bucket:TokenBucket._sleep_amount": "how long adaptive mode would wait",
        "botocore.signers:RequestSigner": "the signer of every client",
        "botocore.signers:RequestSigner._credentials": "whether a client was made where there were no credentials",
        "botocore.signers:RequestSigner.get_auth_instance": "REPLACED: such a client signs all the same",
        "botocore.credentials:Credentials": "the credentials of everybody's mocks",
        # --- clients that share what is made once ---------------------------------------------------------------------
        "botocore.client:ClientCreator": "the maker of clients",
        "botocore.client:ClientCreator._create_methods": "REPLACED: the methods of principals' clients are made once",
        "botocore.client:ClientCreator._loader": "whether a client is a principal's",
        "botocore.handlers:BUILTIN_HANDLERS": "the handlers of every session, registered once",
        "botocore.handlers:REGISTER_FIRST": "the order of a handler",
        "botocore.handlers:REGISTER_LAST": "the order of a handler",
        "botocore.hooks:EventAliaser": "the emitter of a session",
        "botocore.hooks:EventAliaser.register_first": "the order of a handler",
        "botocore.hooks:EventAliaser.register_last": "the order of a handler",
        "botocore.hooks:HierarchicalEmitter": "the emitter of a session, copied from one with all handlers",
        "botocore.loaders:Loader": "the loader that principals' clients share",
        "botocore.loaders:Loader.load_service_model": "clients of S3 write into the model's URIs",
        "botocore.loaders:Loader.search_paths": "one loader for the same paths",
        "botocore.loaders:create_loader": "the paths of a session's models",
        "botocore.session:Session": "a session that shares what is made once",
        "botocore.session:Session.get_available_partitions": "which Regions have KMS",
        "botocore.session:Session.get_available_regions": "which Regions have KMS",
        "botocore.session:Session.get_config_variable": "the paths of a session's models",
        "botocore.session:Session.register_component": "the shared loader",
        # --- requests and answers -------------------------------------------------------------------------------------
        "botocore.awsrequest:AWSPreparedRequest": "what a before-send handler is given",
        "botocore.awsrequest:AWSPreparedRequest.body": "what a request asks for",
        "botocore.awsrequest:AWSPreparedRequest.method": "what a request asks for",
        "botocore.awsrequest:AWSPreparedRequest.stream_output": "a copy of a request for asynchronous clients",
        "botocore.awsrequest:AWSRequest": "a request that a service's file makes",
        "botocore.awsrequest:AWSRequest.prepare": "a request that a service's file makes",
        "botocore.awsrequest:AWSResponse": "what a before-send handler answers",
        "botocore.awsrequest:AWSResponse.status_code": "an answer for asynchronous clients",
        "botocore.awsrequest:HeadersDict": "the headers of a request that no client made",
        "botocore.compat:HTTPHeaders": "the headers of an answer that is read here",
        "botocore.parsers:create_parser": "moto's answers, read as boto3 reads them",
        "botocore.serialize:create_serializer": "requests that a service's file makes",
        "botocore.serialize:Serializer.serialize_to_request": "requests that a service's file makes",
        "botocore.utils:parse_timestamp": "the times in a request",
        # --- models ---------------------------------------------------------------------------------------------------
        "botocore.model:ListShape.member": "the parameters of a request",
        "botocore.model:OperationModel": "what a request asks for",
        "botocore.model:OperationModel.error_shapes": "how an operation refuses a key",
        "botocore.model:OperationModel.http": "where the parameters of a request are",
        "botocore.model:OperationModel.input_shape": "the parameters of a request",
        "botocore.model:OperationModel.output_shape": "whether an operation answers anything",
        "botocore.model:OperationModel.service_model": "the service of an operation",
        "botocore.model:ServiceId.hyphenize": "the name of a service in kmsmock's tables",
        "botocore.model:ServiceModel": "what a service can be asked for",
        "botocore.model:ServiceModel.api_version": "models that share their methods",
        "botocore.model:ServiceModel.endpoint_prefix": "the host of a request",
        "botocore.model:ServiceModel.is_query_compatible": "how a refusal is written",
        "botocore.model:ServiceModel.operation_model": "what a request asks for",
        "botocore.model:ServiceModel.operation_names": "which operations there are",
        "botocore.model:ServiceModel.resolved_protocol": "how requests are read and answers written",
        "botocore.model:ServiceModel.service_id": "the name of a service",
        "botocore.model:ServiceModel.service_name": "the name of a service's model",
        "botocore.model:ServiceModel.signing_name": "the name of a service as a principal",
        "botocore.model:Shape": "a parameter",
        "botocore.model:Shape.documentation": "whether a parameter names a key",
        "botocore.model:Shape.type_name": "the parameters of a request",
        "botocore.model:StringShape.enum": "whether a parameter names a key, and the constraints of KMS",
        "botocore.model:StructureShape.required_members": "the constraints of KMS",
    },
)
"""Looked at when a world becomes active. What is imported at the head of a file is missed by Python itself."""

AIOBOTOCORE = Contract(
    "aiobotocore",
    "3.10.0",
    {
        "aiobotocore.awsrequest:AioAWSResponse": "what a before-send handler answers",
        "aiobotocore.credentials:AioCredentials": "the credentials of everybody's mocks",
        "aiobotocore.endpoint:AioEndpoint": "whether a client is asynchronous",
        "aiobotocore.endpoint:AioEndpoint._send": "REPLACED: nothing gets to a socket",
        "aiobotocore.endpoint:AioEndpoint._sleep": "REPLACED: attempts wait in world time; likewise in its subclasses",
        "aiobotocore.retries.bucket:AsyncTokenBucket._wait_for_new_fill_rate": "REPLACED: as the attempts",
        "aiobotocore.signers:AioRequestSigner": "the signer of every asynchronous client",
        "aiobotocore.signers:AioRequestSigner.get_auth_instance": "REPLACED: as botocore's",
        "aiobotocore.waiter:AIOWaiter._sleep": "REPLACED: as the attempts",
    },
)
"""Looked at when the user has imported it."""

URLLIB3 = Contract(
    "urllib3",
    "2.0 to 2.8.0",
    {
        "urllib3.connectionpool:HTTPConnectionPool": "what all of urllib3's requests go through",
        "urllib3.connectionpool:HTTPConnectionPool.headers": "what a pool sends by itself",
        "urllib3.connectionpool:HTTPConnectionPool.host": "whether a request goes to AWS",
        "urllib3.connectionpool:HTTPConnectionPool.scheme": "the URL of a request",
        "urllib3.connectionpool:HTTPConnectionPool.urlopen": "REPLACED: requests to AWS stay in the process",
        "urllib3.response:HTTPResponse": "what it answers",
    },
)
