#!/usr/bin/env python3
"""An RD Gateway on port 443 that speaks [MS-TSGU] over HTTP, WebSocket and RPC and writes the key log of its TLS.

Usage: gateway.py CERTIFICATE KEY KEYLOG [refuse=CODE]

Whoever signs in with NTLM is let in, whatever the password. The host that the client asks for is connected to; what it
says is passed on both ways. With refuse=CODE the channel is answered with that code instead.
"""
import base64, email.utils, hashlib, os, selectors, socket, ssl, struct, sys, threading

CERTIFICATE, KEY, KEYLOG = sys.argv[1:4]
REFUSE = int(sys.argv[4][7:], 0) if len(sys.argv) > 4 else 0
CONNECT_FAILED = 0x800759DD             # E_PROXY_TS_CONNECTFAILED
SEED = 10                               # random bytes before the first packet of the OUT channel
out_channels, known = {}, threading.Condition()


def challenge():
    """CHALLENGE_MESSAGE, [MS-NLMP] 2.2.1.2"""
    pairs = [(2, "EXAMPLE"), (1, "GW"), (4, "example.test"), (3, "gw.example.test")]
    info = b"".join(struct.pack("<HH", kind, 2 * len(name)) + name.encode("utf-16-le") for kind, name in pairs)
    info += struct.pack("<HHQ", 7, 8, 133_500_000_000_000_000) + bytes(4)
    target = "EXAMPLE".encode("utf-16-le")
    return (b"NTLMSSP\0" + struct.pack("<IHHI", 2, len(target), len(target), 56)
            + struct.pack("<I", 0xE2898235) + bytes.fromhex("fedcba9876543210") + bytes(8)
            + struct.pack("<HHI", len(info), len(info), 56 + len(target))
            + bytes.fromhex("0a007c4f0000000f") + target + info)


def packet(kind, body):
    return struct.pack("<HHI", kind, 0, 8 + len(body)) + body


class Peer:
    """Reads from TLS without waiting longer than there is something."""

    def __init__(self, tls):
        self.tls, self.got = tls, b""

    def more(self):
        """What has come; False once the peer is gone."""
        while True:
            try:
                data = self.tls.recv(65536)
            except ssl.SSLWantReadError:
                return True
            except OSError:
                return False
            if not data:
                return False
            self.got += data

    def head(self):
        while b"\r\n\r\n" not in self.got:
            data = self.tls.recv(65536)
            if not data:
                raise EOFError
            self.got += data
        head, self.got = self.got.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        return first.split()[0], {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}

    def answer(self, status, *lines):
        lines = *lines, "Server: gateway.py", f"Date: {email.utils.formatdate(usegmt=True)}", "", ""
        self.tls.sendall("\r\n".join((f"HTTP/1.1 {status}", *lines)).encode())

    def chunks(self):
        """The bodies of the chunks that are whole."""
        plain = b""
        while b"\r\n" in self.got:
            size, rest = self.got.split(b"\r\n", 1)
            length = int(size.split(b";")[0], 16)
            if len(rest) < length + 2:
                break
            plain, self.got = plain + rest[:length], rest[length + 2:]
        return plain

    def frames(self):
        """The payloads of the WebSocket frames that are whole; pings are answered."""
        plain = b""
        while len(self.got) >= 6:
            code, size, at = self.got[0] & 15, self.got[1] & 127, 2
            if size == 126:
                size, at = struct.unpack_from(">H", self.got, 2)[0], 4
            elif size == 127:
                size, at = struct.unpack_from(">Q", self.got, 2)[0], 10
            if len(self.got) < at + 4 + size:
                break
            mask, data = self.got[at:at + 4], self.got[at + 4:at + 4 + size]
            data = bytes(byte ^ mask[i & 3] for i, byte in enumerate(data))
            self.got = self.got[at + 4 + size:]
            if code == 9:
                self.tls.sendall(frame(data, 10))
            elif code <= 2:
                plain += data
        return plain


def frame(data, code=2):
    size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))
    return bytes([0x80 | code]) + size + data


class Tunnel:
    def __init__(self, reader, writer, websocket):
        self.reader, self.writer, self.websocket = reader, writer, websocket
        self.got, self.host, self.turn = b"", None, selectors.DefaultSelector()

    def send(self, kind, body):
        data = packet(kind, body)
        self.writer.setblocking(True)
        self.writer.sendall(frame(data) if self.websocket else data)
        self.writer.setblocking(self.writer is not self.reader.tls)

    def run(self):
        self.reader.tls.setblocking(False)
        self.turn.register(self.reader.tls, selectors.EVENT_READ)
        open_ = True
        while open_:
            open_ = self.reader.more()
            self.got += self.reader.frames() if self.websocket else self.reader.chunks()
            while len(self.got) >= 8 and len(self.got) >= struct.unpack_from("<I", self.got, 4)[0]:
                kind, _, length = struct.unpack_from("<HHI", self.got)
                body, self.got = self.got[8:length], self.got[length:]
                open_ = self.packet(kind, body) and open_
            for key, _ in self.turn.select() if open_ else ():
                if key.fileobj is self.host:
                    data = self.host.recv(8192)
                    if not data:
                        self.send(0x10, struct.pack("<I", 0))
                        open_ = False
                    else:
                        self.send(0xA, struct.pack("<H", len(data)) + data)
        if self.host:
            self.host.close()

    def packet(self, kind, body):
        if kind == 0x1:                                                     # handshake
            self.send(0x2, struct.pack("<IBBHH", 0, body[0], body[1], 0, 0))
        elif kind == 0x4:                                                   # tunnel: its number, capabilities
            self.send(0x5, struct.pack("<HIHHII", 1, 0, 3, 0, 10, 0x3F))
        elif kind == 0x6:                                                   # authorization: all devices, idle after 30 minutes
            self.send(0x7, struct.pack("<IHHII", 0, 3, 0, 0x80000000, 30))
        elif kind == 0x8:
            return self.channel(body)
        elif kind == 0xA:
            self.host.sendall(body[2:2 + struct.unpack_from("<H", body)[0]])
        elif kind == 0xD:                                                   # keep-alive
            self.send(0xD, b"")
        elif kind == 0x10:
            self.send(0x11, struct.pack("<I", 0))
            return False
        return True

    def channel(self, body):
        port, length = struct.unpack_from("<H", body, 2)[0], struct.unpack_from("<H", body, 6)[0]
        name = body[8:8 + length].decode("utf-16-le").rstrip("\0")
        error, self.host = connect(name, port)
        if error:
            self.send(0x9, struct.pack("<IHH", error, 0, 0))
            return True
        self.turn.register(self.host, selectors.EVENT_READ)
        self.send(0x9, struct.pack("<IHHI", 0, 1, 0, 1))
        return True


class Calls:
    """[MS-TSGU] over RPC over HTTP version 2, [MS-RPCH]: calls come on the IN channel, answers go on the OUT channel."""
    HANDLE = bytes(4) + bytes(range(1, 17))
    A3 = struct.pack("<HHII", 0, 1, 2, 120000)                                              # ConnectionTimeout
    C2 = struct.pack("<HHIIIIII", 0, 3, 6, 1, 0, 65536, 2, 120000)                          # Version, ReceiveWindowSize, timeout

    def __init__(self, reader, writer):
        self.reader, self.writer, self.host, self.pipe = reader, writer, None, 0
        self.turn, self.lock = selectors.DefaultSelector(), threading.Lock()

    @staticmethod
    def pdu(kind, call, body, flags=3, token=b""):
        return struct.pack("<BBBBIHHI", 5, 0, kind, flags, 0x10, 16 + len(body) + len(token), max(0, len(token) - 8), call) + body + token

    def send(self, kind, call, body, flags=3, token=b""):
        self.writer.sendall(self.pdu(kind, call, body, flags, token))

    def respond(self, call, stub, flags=3):
        """With a signature of zeros, for a client that asked for signatures and does not check them."""
        pad = -len(stub) % 4
        token = struct.pack("<BBBBI", 10, 5, pad, 0, 0) + struct.pack("<I", 1) + bytes(12)
        self.send(2, call, struct.pack("<IHBB", len(stub), 0, 0, 0) + stub + bytes(pad), flags, token)

    def run(self):
        self.reader.tls.setblocking(False)
        self.turn.register(self.reader.tls, selectors.EVENT_READ)
        open_ = True
        while open_:
            open_ = self.reader.more()
            while len(self.reader.got) >= 16 and len(self.reader.got) >= (length := struct.unpack_from("<H", self.reader.got, 8)[0]):
                pdu, self.reader.got = self.reader.got[:length], self.reader.got[length:]
                open_ = self.take(pdu) and open_
            for key, _ in self.turn.select() if open_ else ():
                if key.fileobj is self.host:
                    data = self.host.recv(4096)
                    if not data:
                        self.respond(self.pipe, struct.pack("<I", 0xA0), 2)
                        return
                    self.respond(self.pipe, data, 0 if self.started else 1)
                    self.started = True
        if self.host:
            self.host.close()

    started = False

    def take(self, pdu):
        kind, call = pdu[2], struct.unpack_from("<I", pdu, 12)[0]
        trailer = struct.unpack_from("<H", pdu, 10)[0]
        if kind == 20 and struct.unpack_from("<HH", pdu, 16) == (0, 6):                     # CONN/B1
            self.send(20, 0, self.C2)
        elif kind == 11:                                                                    # bind: NDR, and whatever else is not known
            contexts = pdu[24]
            results = struct.pack("<HH", 0, 0) + bytes.fromhex("045d888aeb1cc9119fe808002b10486002000000")
            results += (struct.pack("<HH", 2, 2) + bytes(20)) * (contexts - 1)
            body = struct.pack("<HHIH", 4088, 4088, 1, 5) + b"3388\0" + bytes(1) + bytes([contexts, 0, 0, 0]) + results
            body += bytes(-len(body) % 4)
            self.send(12, call, body, token=struct.pack("<BBBBI", 10, 5, 0, 0, 0) + challenge())
        elif kind == 0:
            end = len(pdu) - (trailer + 8 + pdu[-trailer - 6] if trailer else 0)
            return self.call(call, struct.unpack_from("<H", pdu, 22)[0], pdu[24:end])
        return True

    def call(self, call, opnum, stub):
        if opnum == 1:                                                                      # capabilities and a nonce
            caps = struct.pack("<HHIIHHHHIIII", 0x5452, 0x5643, 0x20010, 1, 1, 1, 0, 0, 1, 1, 1, 0x1F)
            self.respond(call, struct.pack("<IIIIIII", 0x20000, 0x4552, 0x4552, 0x20004, 0, 0, 0) + bytes(16)
                         + struct.pack("<I", 0x20008) + caps + self.HANDLE + struct.pack("<II", 10, 0))
        elif opnum == 2:                                                                    # all devices, idle after 30 minutes
            self.respond(call, struct.pack("<IIII", 0x20000, 0x5052, 0x5052, 0x20004)
                         + struct.pack("<IIII8I", 0x5152, 0, 0x20008, 4, 1, 0, 0, 0, 0, 0, 0, 0) + struct.pack("<III", 4, 30, 0))
        elif opnum == 4:
            at = 20 + 20 + 8                                                                # handle, endpoint, one pointer
            count = struct.unpack_from("<I", stub, at + 8)[0]
            name = stub[at + 12:at + 12 + 2 * count].decode("utf-16-le").rstrip("\0")
            error, self.host = connect(name, struct.unpack_from("<I", stub, 36)[0] >> 16)
            self.respond(call, (self.HANDLE if not error else bytes(20)) + struct.pack("<II", 1 if not error else 0, error))
        elif opnum == 8:
            self.pipe = call
            self.turn.register(self.host, selectors.EVENT_READ)
        elif opnum == 9:
            buffers = struct.unpack_from(">I", stub, 24)[0]
            lengths = struct.unpack_from(f">{buffers}I", stub, 28)
            self.host.sendall(stub[28 + 4 * buffers:28 + 4 * buffers + sum(lengths)])
            self.respond(call, bytes(4))
        elif opnum == 6:                                                                    # the pipe ends as well
            if self.pipe:
                self.respond(self.pipe, struct.pack("<I", 0x4CA), 2)
            self.respond(call, bytes(24))
        elif opnum == 7:
            self.respond(call, bytes(24))
            return False
        return True


def connect(name, port):
    """An error, or a socket."""
    if REFUSE:
        return REFUSE, None
    try:
        host = socket.create_connection((name, port), timeout=5)
    except OSError:
        return CONNECT_FAILED, None
    host.settimeout(None)
    host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return 0, host


def sign_in(peer):
    """The request that is let in, after one that got a challenge."""
    while True:
        method, fields = peer.head()
        scheme, _, token = fields.get("authorization", "").partition(" ")
        token = base64.b64decode(token)
        if scheme == "NTLM" and token[8:9] == b"\x03":
            return method, fields
        offer = "NTLM " + base64.b64encode(challenge()).decode() if scheme == "NTLM" else "NTLM"
        peer.answer("401 Unauthorized", f"WWW-Authenticate: {offer}", "Content-Length: 0")


def serve(tls):
    peer = Peer(tls)
    try:
        method, fields = sign_in(peer)
        name = fields.get("rdg-connection-id", "")
        if fields.get("upgrade", "").lower() == "websocket":
            key = fields.get("sec-websocket-key", "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"          # RFC 6455 1.3
            peer.answer("101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                        f"Sec-WebSocket-Accept: {base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()}")
            Tunnel(peer, tls, True).run()
        elif method == "RPC_OUT_DATA":
            while len(peer.got) < 76:                                       # CONN/A1
                peer.got += tls.recv(4096)
            peer.answer("200 Success", "Content-Type: application/rpc", "Content-Length: 1073741824")
            tls.sendall(Calls.pdu(20, 0, Calls.A3))
            with known:
                over = threading.Event()
                out_channels[peer.got[32:48]] = tls, over                   # the cookie of the virtual connection
                known.notify_all()
            over.wait()
        elif method == "RPC_IN_DATA":
            while len(peer.got) < 104:                                      # CONN/B1
                peer.got += tls.recv(4096)
            with known:
                known.wait_for(lambda: peer.got[32:48] in out_channels, 10)
                writer, over = out_channels.pop(peer.got[32:48])
            try:
                Calls(peer, writer).run()
            finally:
                over.set()
        elif method == "RDG_OUT_DATA":
            peer.answer("200 OK", "Content-Type: application/octet-stream")
            tls.sendall(os.urandom(SEED))
            with known:
                over = threading.Event()
                out_channels[name] = tls, over
                known.notify_all()
            over.wait()
        else:
            while fields.get("transfer-encoding") != "chunked":             # the body of the last request is the channel
                peer.answer("200 OK", "Content-Length: 0")
                _, fields = peer.head()
            with known:
                known.wait_for(lambda: name in out_channels, 10)
                writer, over = out_channels.pop(name)
            try:
                Tunnel(peer, writer, False).run()
            finally:
                over.set()
        tls.setblocking(True)
        tls.settimeout(2)
        tls.unwrap().close()
    except (EOFError, OSError, KeyError):
        tls.close()


def accept(peer, context):
    try:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        serve(context.wrap_socket(peer, server_side=True))
    except OSError:
        peer.close()


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
context.keylog_filename = KEYLOG
listener = socket.create_server(("0.0.0.0", 443))
while True:
    connection, _ = listener.accept()
    threading.Thread(target=accept, args=(connection, context), daemon=True).start()
