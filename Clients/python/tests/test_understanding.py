"""A daemon that is set to nothing refuses what it does not understand, says why and what would do, and goes on."""

import pytest

from conftest import start
from kmmd import KmmdError


@pytest.fixture(scope="module")
def client():
    daemon = start(policy=None)
    with daemon.client() as connected:
        yield connected
    daemon.stop()


@pytest.mark.parametrize(
    "text, reason",
    [
        ("qwfp zxcv", "unlike"), ("the moon is made of cheese", "unlike"), ("do a backflip", "dangerous"),
        ("go to the kitchen", "place"), ("walk forward, then do a backflip", "dangerous"), ("walk 900 metres", "too_much"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_would_do(client, text, reason):
    with pytest.raises(KmmdError) as refused:
        client.say(text)
    error = refused.value
    assert (error.code, error.reason, error.field) == ("not_understood", reason, "body.text")
    assert len(error.nearest) <= 3 and all(near in error.message for near in error.nearest)
    for near in error.nearest:
        assert client.say(near).command
    client.stop()


def test_a_policy_of_its_own_tries_all_the_same(client):
    assert client.say("qwfp zxcv", policy="any").command
    assert client.say("do a backflip", policy="warn").command
    client.stop()
