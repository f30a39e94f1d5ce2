"""Hostile requests by botocore's models, to KMS and to what the integrated services have advice for: answers, AWS's
refusals, or what is not modelled, and never a traceback of ours or of moto's. ``python -m tools.fuzz`` goes on with it."""

import os

import pytest

from tools.fuzz.run import A_WORLD, Run, fuzz, operations

KMS = [each for each in operations() if each[0] == "kms"]


@pytest.mark.parametrize(("targets", "worlds"), [(KMS, 4), (operations(), 2)], ids=["KMS", "all"])
def test_no_request_that_anybody_can_write_ends_in_a_traceback(targets, worlds):
    run = Run()
    fuzz(run, seed=1, targets=targets, worlds=worlds)
    assert "\n\n".join(f"{each.what}\n{each.request}\n{each.text}" for each in run.findings) == ""
    assert run.requests > A_WORLD * worlds / 2
    assert run.answered > run.requests / 20


def test_whoever_goes_on_after_a_run_has_the_environment_of_before(monkeypatch):
    monkeypatch.delenv("MOTO_EC2_LOAD_DEFAULT_AMIS", raising=False)
    before, run = dict(os.environ), Run()
    fuzz(run, seed=1, targets=KMS, worlds=1, going_on=iter([True, True, False]).__next__)  # in the middle of a world
    assert (dict(os.environ), run.requests > 0) == (before, True)
