"""What runs, and what launches it: EC2 and its groups, containers, functions, state machines."""

from __future__ import annotations

from collections.abc import Mapping

COMPUTING: Mapping[str, Mapping[str, str]] = {
    # --- API Gateway --------------------------------------------------------------------------------------------------
    "moto.apigateway.integration_parsers.aws_parser": {
        "TypeAwsParser.invoke": "REPLACED: an integration asks in the name of its role",
    },
    "moto.apigateway.integration_parsers.http_parser": {
        "requests": "REPLACED: what an API asks of its users' endpoints does not leave the process",
    },
    "moto.apigateway.models": {
        "APIGatewayBackend.apis": "whether an API exists that has no such stage or resource",
        "RestAPI.stages": "whether it has the stage, and lacks the resource",
        "apigateway_backends": "the APIs of all accounts and Regions",
    },
    # --- Auto Scaling -------------------------------------------------------------------------------------------------
    "moto.autoscaling.models": {
        "AutoScalingBackend.autoscaling_groups": "what depends on a key: the groups",
        "FakeAutoScalingGroup": "a group",
        "FakeAutoScalingGroup.account_id": "in whose account a group launches",
        "FakeAutoScalingGroup.arn": "what depends on a key: the groups",
        "FakeAutoScalingGroup.desired_capacity": "the cause of a scaling activity",
        "FakeAutoScalingGroup.ec2_launch_template": "whether a group launches from a template",
        "FakeAutoScalingGroup.instance_states": "SET: what could not be launched is not in the group",
        "FakeAutoScalingGroup.launch_config": "what depends on a key: the image and disks of a group",
        "FakeAutoScalingGroup.launch_template_version": "the version that a group names; moto launches the default one",
        "FakeAutoScalingGroup.region": "where a group launches",
        "FakeAutoScalingGroup.replace_autoscaling_group_instances": "REPLACED: a group launches in its role's name",
        "FakeLaunchConfiguration.block_device_mapping_dict": "the disks that a launch configuration asks for",
        "FakeLaunchConfiguration.image_id": "what depends on a key: the image of a group",
        "InstanceState.instance": "what a group has just launched",
        "autoscaling_backends": "the backends of Auto Scaling",
    },
    # --- Batch --------------------------------------------------------------------------------------------------------
    "moto.batch.models": {
        "BatchBackend.create_compute_environment": "REPLACED: environments launch in their role's name",
    },
    # --- EC2 ----------------------------------------------------------------------------------------------------------
    "moto.ec2.models": {
        "EC2Backend.default_vpc": "the VPC of a database that names no subnets",
        "ec2_backends": "the backends of EC2",
    },
    "moto.ec2.models.amis": {
        "AMIS": "the definitions of public images",
        "Ami": "an image, made when somebody asks for it",
        "Ami.ebs_snapshot": "the snapshot that moto makes for every image, which AWS does not show",
        "Ami.hypervisor": "what an image is like",
        "Ami.image_location": "SET: where an image is",
        "Ami.owner_alias": "SET: the snapshot of a public image is its owner's",
        "Ami.owner_id": "where an image is",
        "Ami.platform": "how an image is billed",
        "Ami.root_device_name": "SET: moto takes it for /dev/sda1 whatever was registered",
        "Ami.state": "SET: an image can be on its way, or fail",
        "AmiBackend": "the images of an account and Region",
        "AmiBackend._load_amis": "REPLACED: public images are made when somebody asks",
        "AmiBackend.amis": "SET: a catalogue that makes them",
        "AmiBackend.describe_images": "REPLACED: it asks the catalogue for what is named",
    },
    "moto.ec2.models.availability_zones_and_regions": {
        "RegionsAndZonesBackend.describe_availability_zones": "the zones of a default VPC",
        "RegionsAndZonesBackend.zones": "REPLACED: every Region has zones",
        "Zone": "a zone of a Region that moto does not know",
    },
    "moto.ec2.models.block_device": {
        "BlockDeviceType.delete_on_termination": "SET: kept when an instance gets another root",
        "BlockDeviceType.volume_id": "the volumes of an instance",
    },
    "moto.ec2.models.elastic_block_store": {
        "EBSBackend.attach_volume": "the new root of an instance",
        "EBSBackend.detach_volume": "the old root of an instance",
        "EBSBackend.snapshots": "SET: snapshots that are made without a volume, or gone again",
        "EBSBackend.volumes": "SET: volumes that are gone again",
        "Snapshot": "a snapshot that was not made from a volume",
        "Snapshot.encrypted": "SET: by the key that it got",
        "Snapshot.kms_key_id": "SET: by the key that it got",
        "Snapshot.progress": "REPLACED: a snapshot on its way is not at 100%",
        "Snapshot.status": "SET: a snapshot can be on its way, or fail",
        "Volume": "what stands for the volume of a snapshot that has none",
        "Volume.__init__": "REPLACED: a volume has the performance of its type",
        "Volume.attachment": "where a root volume is attached",
        "Volume.encrypted": "SET: by the key that it got",
        "Volume.iops": "SET: what its type can do",
        "Volume.kms_key_id": "SET: by the key that it got",
        "Volume.modifications": "what a modification was",
        "Volume.modify": "REPLACED: a modification tells both sides",
        "Volume.multi_attach_enabled": "SET: a truth value, which templates write as a text",
        "Volume.size": "the size of a root that is replaced",
        "Volume.snapshot_id": "SET: of snapshots that moto does not know",
        "Volume.status": "REPLACED: a volume can be on its way, or fail",
        "Volume.volume_type": "SET: that of a volume that EC2 makes by itself",
        "Volume.zone": "where a root that is replaced is",
        "VolumeAttachment": "whether a volume goes with its instance, which moto does not tell",
        "VolumeAttachment.device": "where a root volume is attached",
    },
    "moto.ec2.models.fleets": {
        "Fleet": "a fleet",
        "Fleet.create_on_demand_requests": "REPLACED: fleets launch in their role's name",
        "Fleet.__init__": "REPLACED: the disks that are asked for are kept",
        "Fleet.ec2_backend": "in whose account a fleet launches",
        "Fleet.get_launch_spec_counts": "REPLACED: each specification is launched with its disks",
        "Fleet.launch_specs": "the specifications of a fleet, in order",
    },
    "moto.ec2.models.instances": {
        "Instance._fleet_id": "SET: an instance whose launch failed is none of a fleet's",
        "Instance._spot_fleet_id": "SET: an instance whose launch failed is none of a fleet's",
        "Instance._state": "SET: an instance can be on its way",
        "Instance.block_device_mapping": "the devices of an instance",
        "Instance.ec2_backend": "the volumes of an instance",
        "Instance.get_block_device_mapping": "the devices of an instance",
        "Instance.image_id": "SET: an instance got the root of another image",
        "Instance.root_device_name": "SET: that of an image which moto does not know",
        "Instance.stop": "an instance that could not be started again",
        "Instance.terminate": "an instance whose launch failed",
        "InstanceBackend": "the instances of an account and Region",
        "InstanceBackend._get_template_from_args": "the disks that a launch template asks for",
        "InstanceBackend.reservations": "finding an instance",
        "InstanceBackend.run_instances": "REPLACED: what moto launches by itself needs its keys",
        "InstanceState.code": "SET: an instance can be on its way",
        "InstanceState.name": "SET: an instance can be on its way",
        "Reservation.instances": "finding an instance",
    },
    "moto.ec2.models.spot_requests": {
        "SpotFleetRequest": "a Spot Fleet",
        "SpotFleetRequest.__init__": "REPLACED: the disks that are asked for are kept",
        "SpotFleetRequest.get_launch_spec_counts": "REPLACED: each specification is launched with its disks",
        "SpotFleetRequest.launch_specs": "the specifications of a fleet, in order",
        "SpotInstanceRequest": "a Spot request",
        "SpotInstanceRequest.ec2_backend": "in whose account it launches",
        "SpotInstanceRequest.launch_instance": "REPLACED: Spot requests launch in their role's name",
        "SpotInstanceRequest.spot_fleet_id": "whether a fleet launches it",
    },
    "moto.ec2.models.network_acls": {
        "NetworkAclBackend.associate_default_network_acl_with_subnet": "a subnet of a default VPC",
    },
    "moto.ec2.models.subnets": {
        "Subnet": "a subnet of a default VPC",
        "SubnetBackend.subnets": "the subnets of a default VPC",
        "Subnet._base_avail_ip_iterator": "REPLACED: moto's cache of it holds backends of worlds that ended",
    },
    "moto.ec2.models.transit_gateway_attachments": {
        "TransitGatewayAttachmentBackend.backend_refs": "SET: notes of backends that have gone are taken away",
    },
    "moto.ec2.models.vpc_peering_connections": {
        "VPCPeeringConnectionBackend.vpc_pcx_refs": "SET: notes of backends that have gone are taken away",
    },
    "moto.ec2.models.tags": {
        "TagBackend.tags": "the tags of EC2's resources, for condition keys",
    },
    "moto.ec2.utils": {
        "random": "ids that follow from the seed of a world",
        "random_resource_id": "REPLACED: a number is drawn, and not each of its digits",
        "random_subnet_id": "a subnet of a default VPC",
    },
    "moto.ec2.models.vpcs": {
        "VPCBackend.vpc_refs": "SET: notes of backends that have gone are taken away",
        "VPCBackend.create_default_vpc": "REPLACED: it is made at once",
        "VPCBackend.create_vpc": "a default VPC, without its subnets",
        "VPCBackend.vpcs": "whether there is a VPC",
        "VPCBackend.vpc_end_points": "finding a VPC endpoint",
        "VPCEndPoint.policy_document": "the policy of a VPC endpoint",
    },
    # --- ECR ----------------------------------------------------------------------------------------------------------
    "moto.ecr.models": {
        "ECRBackend.repositories": "finding a repository",
        "Repository.policy": "the policy of a repository",
        "ecr_backends": "the backends of ECR",
    },
    # --- EMR ----------------------------------------------------------------------------------------------------------
    "moto.emr.models": {
        "Cluster.service_role": "in whose name a cluster launches",
        "ElasticMapReduceBackend._get_instance_type_names": "REPLACED: moto's cache of it holds backends",
        "ElasticMapReduceBackend.clusters": "finding a cluster",
        "ElasticMapReduceBackend.run_instances": "REPLACED: clusters launch in their role's name",
    },
    # --- Lambda -------------------------------------------------------------------------------------------------------
    "moto.awslambda.exceptions": {
        "LambdaClientError": "a function that is not there",
    },
    "moto.awslambda.models": {
        "LambdaBackend.get_function": "finding a function",
        "LambdaBackend.list_functions": "finding the policy of a function",
        "LambdaBackend.send_kinesis_message": "REPLACED: a function gets what its role may read",
        "LambdaBackend.send_sqs_batch": "REPLACED: a function gets what its role may read",
        "LambdaFunction._invoke_lambda": "REPLACED: while a function runs, others are answered",
        "LambdaFunction.environment_vars": "the variables that are sealed",
        "LambdaFunction.function_arn": "the encryption context of a function",
        "LambdaFunction.function_name": "finding the policy of a function",
        "LambdaFunction.kms_key_arn": "SET: moto does not take it from a request, but tells what is there",
        "LambdaFunction.policy": "who may invoke a function",
        "LambdaFunction.role": "the role that opens the variables",
        "Policy.statements": "who may invoke a function",
        "lambda_backends": "the backends of Lambda",
    },
    "moto.awslambda_simple.models": {
        "lambda_simple_backends": "the backends of Lambda, where functions do not run",
    },
    "moto.awslambda.utils": {
        "get_backend": "the one of Lambda's backends that moto uses",
    },
    # --- Step Functions -----------------------------------------------------------------------------------------------
    "moto.stepfunctions.responses": {
        "get_backend": "REPLACED: when the parser is loaded, its clients are changed",
    },
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials": {
        "Credentials": "the credentials of a task",
        "Credentials._eval_body": "REPLACED: the role that a task names is assumed by that of the state machine",
        "StateCredentials.role_arn": "in whose name a task asks",
    },
    "moto.stepfunctions.parser.asl.eval.environment": {
        "Environment.aws_execution_details": "the role of a state machine",
        "Environment.stack": "what the parser has just computed",
    },
    "moto.stepfunctions.parser.asl.eval.evaluation_details": {
        "AWSExecutionDetails.role_arn": "the role of a state machine",
    },
    "moto.stepfunctions.parser.asl.utils.boto_client": {
        "boto_client_for": "REPLACED: tasks sign as a role",
    },
    "moto.ec2.models.launch_templates": {
        "LaunchTemplate.is_default": "what depends on a key: the version that a group means",
        "LaunchTemplate.versions": "what depends on a key: the versions of a template",
        "LaunchTemplateBackend.launch_templates": "what depends on a key: the templates",
        "LaunchTemplateVersion.data": "what depends on a key: the disks of a template",
        "LaunchTemplateVersion.number": "what depends on a key: the version that a group means",
    },
    "moto.eks.models": {
        "Cluster.arn": "what depends on a key: the clusters",
        "Cluster.encryption_config": "what depends on a key: the key of a cluster",
        "EKSBackend.clusters": "what depends on a key: the clusters",
        "eks_backends": "the backends of EKS",
    },
    "moto.stepfunctions.models": {
        "StepFunctionBackend.activities": "what depends on a key: those that there are",
        "StepFunctionBackend.state_machines": "what depends on a key: those that there are",
        "stepfunctions_backends": "the backends of Step Functions",
    },
}
