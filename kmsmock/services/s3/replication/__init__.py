"""S3 Replication: new objects of a bucket are copied to others, in the name of a role ("Replicating objects").

``configuration`` keeps a bucket's rules, ``rules`` finds those that are about an object, ``queue`` remembers what is to
be replicated and settles it in world time, ``copying`` does it as the role's session.
"""
