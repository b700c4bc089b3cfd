"""Client of kmmd, the motion retargeting daemon.

    with kmmd.Client() as client:
        client.say("walk forward, then wave with the right hand")
        with client.subscribe() as stream:
            for message in stream:
                print(message)
"""

from . import aio
from .client import Client, Subscription
from .errors import CommandEnded, KmmdError, NoAnswer
from .files import PersonMotion, Recording, RobotMotion, load
from .keys import Keys
from .messages import Ack, Event, Frame
from .people import PersonSender
from .states import StateSender

__all__ = [
    "Ack", "Client", "CommandEnded", "Event", "Frame", "Keys", "KmmdError", "NoAnswer", "PersonMotion", "PersonSender", "Recording",
    "RobotMotion", "StateSender", "Subscription", "aio", "load",
]
