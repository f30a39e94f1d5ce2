"""What all services stand on."""

from __future__ import annotations

from collections.abc import Mapping

CORE: Mapping[str, Mapping[str, str]] = {
    "moto.core.authorization": {
        "ActionAuthenticatorMixin._authenticate_and_authorize_action": "REPLACED: for all callers of a world",
        "ActionAuthenticatorMixin.request_count": "SET: how many requests of its simulation were free",
    },
    "moto.core.base_backend": {
        "AccountSpecificBackend.__init__": "REPLACED: a service has backends for every partition",
        "AccountSpecificBackend._generate_regions": "REPLACED: moto's cache of it holds backends of worlds that ended",
        "AccountSpecificBackend.regions": "SET: partitions that moto does not know",
        "BackendDict._instances": "SET: the services in use; each world has its own, and puts back what was there",
        "BackendDict.backend": "REPLACED for KMS, so that its backends are views of the world",
        "BaseBackend": "the backend of one account and Region, without what KmsBackend does on top",
        "BaseBackend.account_id": "whose a backend is",
        "BaseBackend.partition": "the partition of the world's keys in a backend",
        "BaseBackend.region_name": "where a backend is",
        "BaseBackend.reset": "what a backend does that has something to close at the end of a world",
        "BaseBackend.urls": "REPLACED: the patterns of a service are made once",
        "allow_unknown_region": "REPLACED: Regions that botocore does not know yet",
    },
    "moto.core.config": {
        "default_user_config": "SET: what a mock was configured with ends with it",
        "passthrough_service": "whether moto is told to let a service's requests out",
        "passthrough_url": "whether moto is told to let a request out",
        "service_whitelisted": "whether moto is told to mock a service",
    },
    "moto.core.custom_responses_mock": {
        "CallbackResponse.get_response": "REPLACED: HEAD has no body to come; hosts that moto has no URL for",
        "not_implemented_callback": "what answers a host that moto has no URL for",
    },
    "moto.core.exceptions": {
        "AccessDeniedError": "the refusal of moto's simulation of IAM",
        "HTTPException": "what S3's handlers raise, found by ourselves",
        "ServiceNotWhitelisted": "the refusal of a service that moto is told not to mock",
    },
    "moto.core.model_instances": {
        "model_data": "the classes of moto's records, each with a list of those that were made",
    },
    "moto.core.models": {
        "MockAWS": "moto's mock, started without what it does to credentials",
        "MockAWS._enable_patching": "what catches requests that no botocore client sends",
        "MockAWS._mocks_active": "whether a mock outside the world goes on",
        "MockAWS._nested_count": "whether a mock outside the world has made the table of URLs",
        "MockAWS._user_config_mock": "a mock's configuration ends with it",
        "MockAWS.stop": "REPLACED: a mock's configuration ends with it",
        "RESPONSES_METHODS": "SET while moto starts: its table of URLs is kept from one world to the next",
        "botocore_stubber": "what catches requests that no botocore client sends",
        "botocore_stubber.__call__": "REPLACED: clients meet the door alone",
        "botocore_stubber.enabled": "SET: moto does not look at what clients send; the door does",
        "botocore_stubber.process_prepared_request": "takes what moto has no URL for to the route",
        "botocore_stubber.process_request": "REPLACED: what moto catches of requests takes the route; answers for us",
        "default_user_config": "SET: what a mock inside was configured with ends with the world",
        "reset_model_data": "the end of the last mock",
        "reset_responses_mock": "the end of the last mock",
        "responses_mock": "moto's mock of requests",
        "responses_mock._registry": "SET: its table of URLs is kept from one world to the next",
    },
    "moto.moto_api._internal": {
        "mock_random": "SET: the ids that moto makes follow from the seed of a world",
    },
    "moto.core.parse": {
        "default_timestamp_parser": "the dates of public images",
    },
    "moto.core.request": {
        "PRESERVED_HEADER_NAMES_ENVIRON_KEY": "a request that is written down at once",
        "Request": "a request that is written down at once",
        "normalize_request": "the form of a request that moto's handlers and routers take",
    },
    "moto.core.resource_tagging": {
        "TaggedResource": "how the tagging API is told of the world's keys",
    },
    "moto.core.responses": {
        "ActionResult": "an error of S3, which moto's serializer writes",
        "BaseResponse": "what answers requests",
        "BaseResponse._get_action": "the action that moto's simulation of IAM decides about",
        "BaseResponse.get_current_account": "REPLACED: the account that the world says",
        "BaseResponse.access_key_regex": "who has signed a request for an object, as moto reads it",
        "BaseResponse.current_account": "SET: what moto's methods for objects read of a request",
        "BaseResponse.querystring": "SET: likewise",
        "BaseResponse.raw_body": "SET: likewise",
        "BaseResponse.raw_path": "SET: likewise",
        "BaseResponse.response_headers": "SET: likewise",
        "BaseResponse.serialized": "an error of S3, which moto's serializer writes",
        "BaseResponse.uri_match": "SET: what moto's methods for objects read of a request",
        "BaseResponse.get_region_from_url": "REPLACED: hosts that name no Region",
        "http_date": "the date in what moto's serializer writes",
        "method_names_from_class": "REPLACED: the methods of a class are looked through once",
        "parse_qsl": "REPLACED: a document in a body is no form",
        "utcnow": "the date in what moto's serializer writes",
    },
    "moto.core.routing": {
        "get_service_router": "the operation of a REST service in a request that no client made",
    },
    "moto.core.serialize": {
        "AttributePicker.alias_providers": "whether names are found as everywhere in moto",
        "AttributePicker.response_transformers": "what a service makes of members of its answers",
        "AttributePickerContext": "the names under which a member may stand on a record",
        "DEFAULT_ALIAS_PROVIDERS": "whether names are found as everywhere in moto",
        "MISSING": "whether a record has a member",
        "get_value": "a member of a record",
        "ResponseSerializer._value_picker": "how the members of an answer are found",
        "ResponseSerializer.get_value": "REPLACED: the names of a member are worked out once",
        "ResponseSerializer.path": "where in an answer a member is",
        "XFormedAttributePicker": "how the members of an answer are found",
        "XFormedAttributePicker.get_possible_keys": "the names under which a member may stand on a record",
        "ResponseSerializer.serialize": "results in XML and REST protocols",
        "SERIALIZERS": "the protocols in which results can be written",
        "get_serializer_class": "results in XML and REST protocols, with the quirks of each",
    },
    "moto.core.utils": {
        "get_equivalent_url_in_aws_domain": "the service of a request, as moto's whitelist sees it",
        "get_service_model": "the model that moto's serializers write by",
        "method_names_from_class": "what the replaced one calls",
    },
    "moto.backend_index": {
        "backend_url_patterns": "the services at the URL of a request that no client made",
    },
    "moto.backends": {
        "get_service_from_url": "the service of a request, as moto's whitelist sees it",
    },
    "moto.moto_api": {
        "recorder": "moto's recorder of requests",
        "recorder._user_enabled": "whether somebody sees a request as botocore sends it",
        "recorder._record_request": "S3's requests are recorded although its handlers are found by ourselves",
    },
    "moto.settings": {
        "INITIAL_NO_AUTH_ACTION_COUNT": "how many requests of moto's simulation of IAM are free",
        "S3_IGNORE_SUBDOMAIN_BUCKETNAME": "whether hosts hold the names of buckets",
        "ec2_load_default_amis": "whether the user wants public images at all",
        "enable_iso_regions": "the URLs of a service depend on it",
        "get_s3_custom_endpoints": "the URLs of S3 depend on it",
    },
    "moto.utilities.utils": {
        "PARTITION_NAMES": "REPLACED: partitions that moto does not know",
        "REGION_PREFIX_TO_PARTITION": "REPLACED: partitions that moto does not know",
        "load_resource": "moto's lists of public images",
    },
    "moto.utilities.tagging_service": {
        "TaggingService.delete_all_tags_for_resource": "the tags of a key that goes back to a mock of outside",
        "TaggingService.get_tag_dict_for_resource": "the tags of an object",
        "TaggingService.list_tags_for_resource": "the tags of a user",
        "TaggingService.tag_resource": "the tags of a key that goes back to a mock of outside",
    },
}
