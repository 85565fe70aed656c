#!/usr/bin/env python3
"""Ask every top-level window of X display :0 to close, as a user does with the button in its corner
(WM_DELETE_WINDOW, ICCCM 4.2.8.1).  Speaks the few X11 requests it needs; no library is required."""
import socket, struct

x = socket.socket(socket.AF_UNIX)
x.connect("/tmp/.X11-unix/X0")


def exactly(count):
    data = b""
    while len(data) < count:
        more = x.recv(count - len(data))
        if not more:
            raise SystemExit("the X server closed the connection")
        data += more
    return data


def reply(request):
    x.sendall(request)
    while True:
        head = exactly(32)
        if head[0] == 0:
            raise SystemExit(f"X error {head[1]}")
        if head[0] == 1:
            return head, exactly(struct.unpack("<I", head[4:8])[0] * 4)


def atom(name):
    coded = name.encode()
    padded = coded + bytes(-len(coded) % 4)
    head, _ = reply(struct.pack("<BBHHH", 16, 0, 2 + len(padded) // 4, len(coded), 0) + padded)
    return struct.unpack("<I", head[8:12])[0]


x.sendall(struct.pack("<BxHHHHxx", ord("l"), 11, 0, 0, 0))
accepted, length = struct.unpack("<B5xH", exactly(8))
setup = exactly(length * 4)
if accepted != 1:
    raise SystemExit("the X server refuses")
vendor, formats = struct.unpack_from("<H", setup, 16)[0], setup[21]
root = struct.unpack_from("<I", setup, 32 + (vendor + 3) // 4 * 4 + formats * 8)[0]

protocols, delete = atom("WM_PROTOCOLS"), atom("WM_DELETE_WINDOW")
_, tree = reply(struct.pack("<BBHI", 15, 0, 2, root))
for window in struct.unpack(f"<{len(tree) // 4}I", tree):
    message = struct.pack("<BBHIIIIIII", 33, 32, 0, window, protocols, delete, 0, 0, 0, 0)
    x.sendall(struct.pack("<BBHII", 25, 0, 11, window, 0) + message)
reply(struct.pack("<BBHI", 15, 0, 2, root))       # a round trip, so that all was sent before we leave
