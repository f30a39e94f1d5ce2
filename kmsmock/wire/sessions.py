"""botocore's sessions of principals."""

from __future__ import annotations

from botocore.session import Session, get_session


def of_a_principal() -> Session:
    """A session whose clients go to AWS's own endpoints, whatever the environment names: nobody else knows its
    credentials."""
    session = get_session()
    session.set_config_variable("ignore_configured_endpoint_urls", True)
    return session
