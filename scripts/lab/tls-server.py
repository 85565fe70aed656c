#!/usr/bin/env python3
"""A server on port 3389 that ends TLS itself and writes the key log, so that a capture can be opened.

Usage: tls-server.py CERTIFICATE KEY KEYLOG MODE

  status=N      confirms CredSSP, plays NTLM up to the client's AUTHENTICATE and answers with TSRequest.errorCode N,
                as Windows servers do
  relay=PORT    passes everything on to PORT of this host; with the certificate of the server there CredSSP notices
                nothing
"""
import selectors, socket, ssl, struct, sys, threading

CERTIFICATE, KEY, KEYLOG, MODE = sys.argv[1:]
CONFIRM_HYBRID = bytes.fromhex("03000013 0e d0 0000 1234 00  02 00 0800 02000000")   # TPKT, X.224 CC, RDP_NEG_RSP


def exactly(peer, count):
    data = b""
    while len(data) < count:
        more = peer.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def read_tpkt(peer):
    head = exactly(peer, 4)
    return head + exactly(peer, struct.unpack(">H", head[2:])[0] - 4)


def der(tag, *contents):
    content = b"".join(contents)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def read_der(peer):
    head = exactly(peer, 2)
    if head[1] < 128:
        return head + exactly(peer, head[1])
    size = exactly(peer, head[1] & 0x7F)
    return head + size + exactly(peer, int.from_bytes(size, "big"))


def ts_request(*fields):
    """TSRequest ::= SEQUENCE { version [0] INTEGER (6), negoTokens [1], … errorCode [4] }, [MS-CSSP] 2.2.1"""
    return der(0x30, der(0xA0, der(0x02, b"\x06")), *fields)


def challenge():
    """CHALLENGE_MESSAGE of a Windows-like server, [MS-NLMP] 2.2.1.2"""
    pairs = [(2, "EXAMPLE"), (1, "RDP-SERVER"), (4, "example.test"), (3, "rdp.example.test"), (5, "example.test")]
    info = b"".join(struct.pack("<HH", kind, 2 * len(name)) + name.encode("utf-16-le") for kind, name in pairs)
    info += struct.pack("<HHQ", 7, 8, 133_500_000_000_000_000) + bytes(4)
    target = "EXAMPLE".encode("utf-16-le")
    return (b"NTLMSSP\0" + struct.pack("<IHHI", 2, len(target), len(target), 56)
            + struct.pack("<I", 0xE2898235) + bytes.fromhex("0123456789abcdef") + bytes(8)
            + struct.pack("<HHI", len(info), len(info), 56 + len(target))
            + bytes.fromhex("0a007c4f0000000f") + target + info)


def refuse(peer, status):
    read_der(peer)                                                                      # NEGOTIATE
    peer.sendall(ts_request(der(0xA1, der(0x30, der(0x30, der(0xA0, der(0x04, challenge())))))))
    read_der(peer)                                                                      # AUTHENTICATE and pubKeyAuth
    peer.sendall(ts_request(der(0xA4, der(0x02, struct.pack(">I", status)))))
    while peer.recv(4096):
        pass


def relay(peer, onward):
    """One thread a direction would race on a TLS object: take turns instead."""
    for end in (peer, onward):
        end.setblocking(False)
    turn = selectors.DefaultSelector()
    turn.register(peer, selectors.EVENT_READ, onward)
    turn.register(onward, selectors.EVENT_READ, peer)
    while True:
        for key, _ in turn.select():
            while True:
                try:
                    data = key.fileobj.recv(65536)
                except (ssl.SSLWantReadError, BlockingIOError):
                    break
                if not data:
                    return
                key.data.setblocking(True)
                key.data.sendall(data)
                key.data.setblocking(False)


def serve(peer):
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(CERTIFICATE, KEY)
    server_side.keylog_filename = KEYLOG
    try:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request = read_tpkt(peer)
        if MODE.startswith("status="):
            peer.sendall(CONFIRM_HYBRID)
            peer = server_side.wrap_socket(peer, server_side=True)
            refuse(peer, int(MODE[7:], 0))
        else:
            onward = socket.create_connection(("127.0.0.1", int(MODE[6:])))
            onward.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            onward.sendall(request)
            peer.sendall(read_tpkt(onward))
            peer = server_side.wrap_socket(peer, server_side=True)
            client_side = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            client_side.check_hostname, client_side.verify_mode = False, ssl.CERT_NONE
            onward = client_side.wrap_socket(onward)
            relay(peer, onward)
            onward.close()
        peer.unwrap().close()
    except (EOFError, OSError):
        peer.close()


listener = socket.create_server(("0.0.0.0", 3389))
while True:
    peer, _ = listener.accept()
    threading.Thread(target=serve, args=(peer,), daemon=True).start()
