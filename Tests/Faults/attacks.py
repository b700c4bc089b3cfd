"""What an outsider can do to a daemon's sockets, each for some seconds, in a process of its own.

    python3 Tests/Faults/attacks.py NAME SECONDS SOCKET=PORT…

ZMTP 3.0 (rfc.zeromq.org/spec/23) is spoken by hand, so that no library keeps to rules for us.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator

Ports = dict[str, int]


def greet(port: int, kind: bytes, identity: bytes = b"", timeout: float = 5) -> socket.socket:
    """A connection after its handshake, as a socket of a kind."""
    peer = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    peer.sendall(b"\xff" + b"\0" * 8 + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + b"\0" * 32)
    seen = b""
    while len(seen) < 64:
        part = peer.recv(64 - len(seen))
        if not part:
            raise OSError("closed while greeting")
        seen += part
    body = b"\x05READY\x0bSocket-Type" + struct.pack(">I", len(kind)) + kind
    body += b"\x08Identity" + struct.pack(">I", len(identity)) + identity
    peer.sendall(bytes([4, len(body)]) + body)
    with contextlib.suppress(OSError):
        peer.recv(4096)
    return peer


def frame(body: bytes, command: bool = False) -> bytes:
    flags = 4 if command else 0
    if len(body) < 256:
        return bytes([flags, len(body)]) + body
    return bytes([flags | 2]) + struct.pack(">Q", len(body)) + body


def reset(peer: socket.socket) -> None:
    """Breaks a connection off."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def turns(seconds: float) -> Iterator[int]:
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        yield count
        count += 1


PING = frame(b"\x04PING\x00\x00", command=True)
REQUEST = frame(b'{"type":"robot"}')
STATE = frame(b"state.unitree_g1.{" + b"x" * 2000)


def flood_and_reset(ports: Ports, seconds: float) -> None:
    """A hundred connections at a time that send what they can for half a second and are broken off."""
    kinds = [("command", b"DEALER", REQUEST + PING), ("priority", b"DEALER", REQUEST), ("state", b"PUSH", STATE + PING)]
    for turn in turns(seconds):
        name, kind, message = kinds[turn % len(kinds)]
        peers = []
        for _ in range(100):
            with contextlib.suppress(OSError):
                peers.append(greet(ports[name], kind))
        for peer in peers:
            peer.settimeout(0.01)
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            for peer in peers:
                with contextlib.suppress(OSError):
                    peer.sendall(message * 20)
        for peer in peers:
            reset(peer)


def tiny_messages(ports: Ports, seconds: float) -> None:
    """Messages of one byte in long rows, of which libzmq keeps far more than was sent until they are taken."""
    kinds = [("command", b"DEALER"), ("priority", b"DEALER"), ("state", b"PUSH"), ("people", b"PUSH")]
    row = memoryview(frame(b"{") * 300_000)
    peers: list[tuple[socket.socket, memoryview]] = []
    for turn in turns(seconds):
        name, kind = kinds[turn // 8 % len(kinds)]
        try:
            if len(peers) < 8:
                peers.append((greet(ports[name], kind), row))
            peer, rest = peers[turn % len(peers)]
            peer.settimeout(0.2)
            peers[turn % len(peers)] = (peer, rest[peer.send(rest):] or row)
        except OSError:
            for peer, _ in peers:
                peer.close()
            peers.clear()


def long_topics(ports: Ports, seconds: float) -> None:
    """Subscribers with topics of a megabyte."""
    for turn in turns(seconds):
        name = ["stream", "events", "sink"][turn % 3]
        with contextlib.suppress(OSError), greet(ports[name], b"SUB") as peer:
            for index in range(10):
                peer.sendall(frame(b"\x01" + bytes([index]) + os.urandom(999_000)))


def short_topics(ports: Ports, seconds: float) -> None:
    """Subscribers with as many short topics as they can send."""
    for turn in turns(seconds):
        name = ["stream", "events", "sink"][turn % 3]
        topics = b"".join(frame(b"\x01" + struct.pack("<I", random.randrange(1 << 32))[:3]) for _ in range(5000))
        with contextlib.suppress(OSError), greet(ports[name], b"SUB") as peer:
            for _ in turns(1):
                peer.sendall(topics)


def many_clients(ports: Ports, seconds: float) -> None:
    """Three hundred clients that ask, and three hundred that listen."""
    peers = []
    for _ in range(300):
        with contextlib.suppress(OSError):
            peers.append((greet(ports["command"], b"DEALER"), REQUEST))
            listener = greet(ports["stream"], b"SUB")
            listener.sendall(frame(b"\x01"))
            peers.append((listener, b""))
    for _ in turns(seconds):
        for peer, message in peers:
            peer.settimeout(0)
            with contextlib.suppress(OSError):
                while peer.recv(65536):
                    pass
            with contextlib.suppress(OSError):
                if message and random.random() < 0.1:
                    peer.sendall(message)
        time.sleep(0.05)


def stalled_readers(ports: Ports, seconds: float) -> None:
    """Subscribers and clients that never read."""
    peers = []
    for name in ["stream", "events", "sink"]:
        for _ in range(10):
            peer = greet(ports[name], b"SUB")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            peer.sendall(frame(b"\x01"))
            peers.append(peer)
    asking = [greet(ports["command"], b"DEALER") for _ in range(10)]
    for _ in turns(seconds):
        for peer in asking:
            peer.settimeout(0.01)
            with contextlib.suppress(OSError):
                peer.sendall(REQUEST * 10)


def same_name(ports: Ports, seconds: float) -> None:
    """Clients that all call themselves the same, and go on sending when another has taken the name."""
    for _ in turns(seconds):
        peers = []
        for _ in range(20):
            with contextlib.suppress(OSError):
                peers.append(greet(ports["command"], b"DEALER", b"same"))
                peers[-1].sendall(REQUEST * 5)
            for peer in peers[-4:]:
                with contextlib.suppress(OSError):
                    peer.sendall(REQUEST)
        for peer in peers:
            peer.close()


def noise(ports: Ports, seconds: float) -> None:
    """Bytes without meaning at every port."""
    for turn in turns(seconds):
        name = list(ports)[turn % len(ports)]
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", ports[name]), timeout=1) as peer:
            if turn % 2:
                peer.sendall(b"\xff" + b"\0" * 8 + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + b"\0" * 32)
            peer.sendall(os.urandom(random.choice([1, 100, 10_000])))


def texts(ports: Ports, seconds: float) -> None:
    """Commands of two thousand characters, appended, replaced and cancelled, as fast as they are taken."""
    peer = greet(ports["command"], b"DEALER")
    peer.settimeout(0.05)
    for turn in turns(seconds):
        mode = "replace" if turn % 3 else "append"
        body = {"type": "say", "id": f"{turn}-" + "i" * 100, "body": {"text": "walk forward " + "very " * 390, "mode": mode}}
        cancel = {"type": "cancel", "body": {"command": body["id"]}}
        with contextlib.suppress(OSError):
            peer.sendall(frame(json.dumps(body).encode()) + (frame(json.dumps(cancel).encode()) if turn % 2 else b""))
        with contextlib.suppress(OSError):
            peer.recv(65536)
        time.sleep(0.002)


def datagrams(ports: Ports, seconds: float) -> None:
    """Packets to a motion capture suit's port, from many senders: noise, parts of messages, people without end."""
    senders = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(40)]

    def text(word: str) -> bytes:
        return word.encode() + b"\0" * (4 - len(word) % 4)

    for turn in turns(seconds):
        bone = text("/VMC/Ext/Bone/Pos") + text(",sfffffff") + text(random.choice(["Hips", "Head", "LeftHand", f"b{turn}"]))
        whole = bone + struct.pack(">7f", *(random.choice([0.0, 1.0, 1e38, float("nan")]) for _ in range(7)))
        packet = random.choice([whole, whole[: random.randrange(len(whole))], os.urandom(random.choice([1, 64, 60_000])), b"#bundle\0" * 500])
        for _ in range(20):
            with contextlib.suppress(OSError):
                senders[turn % len(senders)].sendto(packet, ("127.0.0.1", ports["suit"]))


def dripping_http(ports: Ports, seconds: float) -> None:
    """Seventy connections whose requests never end."""
    peers = [socket.create_connection(("127.0.0.1", ports["http"])) for _ in range(70)]
    for peer in peers:
        peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
    for _ in turns(seconds):
        for index, peer in enumerate(peers):
            try:
                peer.sendall(b"x-y: z\r\n")
            except OSError:
                with contextlib.suppress(OSError):
                    peers[index] = socket.create_connection(("127.0.0.1", ports["http"]))
                    peers[index].sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        time.sleep(0.2)


def _websocket(port: int) -> socket.socket:
    peer = socket.create_connection(("127.0.0.1", port), timeout=5)
    peer.sendall(
        b"GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
    peer.recv(4096)
    return peer


def idle_websockets(ports: Ports, seconds: float) -> None:
    """Seventy WebSockets that neither read nor ask."""
    peers = [_websocket(ports["http"]) for _ in range(70)]
    time.sleep(seconds)
    del peers


def websocket_pings(ports: Ports, seconds: float) -> None:
    """Pings that are never read, and pages asked for without end."""
    ping = b"\x89" + bytes([0x80 | 100]) + b"mask" + b"p" * 100
    for _ in turns(seconds):
        with contextlib.suppress(OSError), _websocket(ports["http"]) as peer:
            for _ in turns(1):
                peer.sendall(ping * 200)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", ports["http"]), timeout=1) as peer:
            for _ in turns(1):
                peer.sendall(b"GET /dashboard.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)


ATTACKS: dict[str, Callable[[Ports, float], None]] = {
    each.__name__: each for each in [
        flood_and_reset, tiny_messages, long_topics, short_topics, many_clients, stalled_readers, same_name, noise, texts, datagrams, dripping_http,
        idle_websockets, websocket_pings,
    ]
}

if __name__ == "__main__":
    ATTACKS[sys.argv[1]](
        {name: int(port) for name, port in (pair.split("=") for pair in sys.argv[3:])}, float(sys.argv[2]))
