#!/usr/bin/env python3
"""A listener on port 3389 that does one thing wrong.  Usage: broken-server.py MODE

  silent             accepts, reads, never says a word
  reset-on-request   resets when the X.224 Connection Request has come
  close-on-request   closes in order when the X.224 Connection Request has come
  reset-on-hello     confirms CredSSP, resets when the ClientHello has come
  close-on-hello     confirms CredSSP, closes in order when the ClientHello has come
  silent-on-hello    confirms CredSSP, never answers the ClientHello
  ssh                is an SSH server: its banner comes first
  http               is a web server: answers whatever comes with 400
  failure=N          answers the request with RDP_NEG_FAILURE code N
"""
import socket, struct, sys, threading

CONFIRM_HYBRID = bytes.fromhex("03000013 0e d0 0000 1234 00  02 00 0800 02000000")   # TPKT, X.224 CC, RDP_NEG_RSP
SSH_BANNER = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"
HTTP_ANSWER = (b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 16\r\n"
               b"Connection: close\r\n\r\n400 Bad Request\n")


def failure(code):
    return bytes.fromhex("03000013 0e d0 0000 1234 00  03 00 0800") + struct.pack("<I", code)


def exactly(peer, count):
    data = b""
    while len(data) < count:
        more = peer.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def read_request(peer):
    head = exactly(peer, 4)
    return head + exactly(peer, struct.unpack(">H", head[2:])[0] - 4)


def read_hello(peer):
    head = exactly(peer, 5)
    return head + exactly(peer, struct.unpack(">H", head[3:])[0])


def reset(peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def until_gone(peer):
    while peer.recv(4096):
        pass


def serve(peer, mode):
    try:
        if mode == "silent":
            until_gone(peer)
        elif mode == "ssh":
            peer.sendall(SSH_BANNER)
            until_gone(peer)
        elif mode == "http":
            peer.recv(4096)
            peer.sendall(HTTP_ANSWER)
        else:
            read_request(peer)
            if mode == "reset-on-request":
                return reset(peer)
            if mode.startswith("failure="):
                peer.sendall(failure(int(mode[8:])))
                until_gone(peer)
            elif mode.endswith("-on-hello"):
                peer.sendall(CONFIRM_HYBRID)
                read_hello(peer)
                if mode.startswith("reset"):
                    return reset(peer)
                if mode.startswith("silent"):
                    until_gone(peer)
        peer.close()
    except (EOFError, OSError):
        peer.close()


listener = socket.create_server(("0.0.0.0", 3389))
while True:
    peer, _ = listener.accept()
    threading.Thread(target=serve, args=(peer, sys.argv[1]), daemon=True).start()
