"""What moto looks up for each value is looked up once: answers say what they say without that."""

PUBLIC = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEwsSB9HbTeKCdkSlMZeTq9jZggaPJUwAsUi/7wakB+B moto@getmoto"  # of moto's tests
)


def test_what_a_request_leaves_out_or_asks_for_is_told_so_each_time(owner):
    """moto changes the transformers of a service while it answers."""
    ec2 = owner.client("ec2")
    ec2.import_key_pair(KeyName="key", PublicKeyMaterial=PUBLIC.encode())
    for asked in (False, True, False, True):
        (told,) = ec2.describe_key_pairs(KeyNames=["key"], IncludePublicKey=asked)["KeyPairs"]
        assert ("PublicKey" in told) == asked


def test_tags_are_told_to_whom_asks_for_them(owner):
    ecs = owner.client("ecs")
    ecs.create_cluster(clusterName="cluster", tags=[{"key": "a", "value": "b"}])
    for asked in ([], ["TAGS"], []):
        (told,) = ecs.describe_clusters(clusters=["cluster"], include=asked)["clusters"]
        assert bool(told.get("tags")) == bool(asked)


def test_a_peering_begins_where_aws_lets_it_begin(owner):
    ec2 = owner.client("ec2")
    first, second = (ec2.create_vpc(CidrBlock=f"10.{each}.0.0/16")["Vpc"]["VpcId"] for each in (1, 2))
    for _ in range(2):
        made = ec2.create_vpc_peering_connection(VpcId=first, PeerVpcId=second)["VpcPeeringConnection"]
        assert made["Status"]["Code"] == "initiating-request"
        (told,) = ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[made["VpcPeeringConnectionId"]])[
            "VpcPeeringConnections"
        ]
        assert told["Status"]["Code"] == "pending-acceptance"
