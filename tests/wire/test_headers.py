"""The headers of answers are botocore's mapping in all that can be asked of it."""

from botocore.awsrequest import HeadersDict
from hypothesis import given
from hypothesis import strategies as st

from kmsmock.wire.headers import Headers

NAMES = st.text("aAbB-", min_size=1, max_size=3)
CHANGES = st.lists(st.tuples(NAMES, st.none() | st.text(max_size=2)), max_size=8)


@given(st.dictionaries(NAMES, st.text(max_size=2)), CHANGES, NAMES)
def test_they_are_what_a_headers_dict_is(told, changes, asked):
    ours, theirs = Headers(told), HeadersDict(told)
    for name, value in changes:
        for each in (ours, theirs):
            if value is None:
                each.pop(name, None)
            else:
                each[name] = value
    assert isinstance(ours, HeadersDict)
    assert (list(ours.items()), len(ours), ours) == (list(theirs.items()), len(theirs), theirs)
    assert (ours.get(asked), asked in ours, ours.copy()) == (theirs.get(asked), asked in theirs, theirs.copy())
    assert (repr(ours), str(ours)) == (repr(theirs), str(theirs))
