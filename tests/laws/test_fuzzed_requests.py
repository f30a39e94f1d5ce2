"""Hostile requests by botocore's models, to KMS and to what the integrated services have advice for: answers, AWS's
refusals, or what is not modelled, and never a traceback of ours or of moto's. ``python -m tools.fuzz`` goes on with it."""

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
