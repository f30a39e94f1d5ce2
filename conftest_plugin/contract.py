"""What the plugin replaces of pytest and unittest while a test has a world, each name with its reason."""

from __future__ import annotations

from kmsmock.foreign.contract import Contract

PYTEST = Contract(
    "pytest",
    {
        "pytest:raises": "REPLACED, the __exit__ of what it gives: what a test was prepared for is not explained",
        "_pytest.python:Function._initrequest": "a test that ran can run once more: its fixtures are made anew",
        "_pytest.python:Function._request": "SET: likewise",
        "_pytest.capture:CaptureManager.global_and_fixture_disabled": "a progress bar is written past what tests print",
        "_pytest.capture:CaptureManager.suspend_global_capture": "somebody is asked at the terminal, and answers there",
        "_pytest.capture:CaptureManager.resume_global_capture": "likewise, afterwards",
        "_pytest.timing:": "durations are real: freezegun leaves this module alone",
    },
)
UNITTEST = Contract(
    "Python",
    {
        "unittest.case:_AssertRaisesContext": "what assertRaises and assertRaisesRegex give",
        "unittest.case:_AssertRaisesContext.__exit__": "REPLACED: as for pytest.raises",
    },
)
MOTO = Contract(
    "moto",
    {
        "moto.core.models:MockAWS": "what mock_aws() gives",
        "moto.core.models:MockAWS._nested_count": "whether a mock that such a fixture began goes on after it",
        "moto.core.models:MockAWS.start": "REPLACED while a fixture of a wider scope is set up: a world begins there",
    },
)
