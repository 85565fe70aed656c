package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.session.GatewayChannels.Tunnel;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.GatewayFacts;
import dev.rdptrace.timeline.Happening;
import dev.rdptrace.timeline.Happening.Note;
import dev.rdptrace.timeline.Happening.Unreadable;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.wire.gateway.GatewayError;
import dev.rdptrace.wire.gateway.GatewayPacket;
import dev.rdptrace.wire.gateway.HttpHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What stands inside the TLS to an RD Gateway: HTTP, and after an upgrade or on the data channels the packets of
/// [MS-TSGU], and in those RDP.
final class GatewayTunnel implements OpenedRecords.Receiver {
    private static final int MOST_PENDING = 1 << 20;
    private static final int MOST_ANSWERS = 32;
    /// [MS-TSGU] 3.3.5.1: the answer to RDG_OUT_DATA begins with random bytes, a hundred by the specification, of some servers
    /// ten. The first packet behind them is the answer to the handshake.
    private static final int LONGEST_PREAMBLE = 512;
    private static final int HANDSHAKE_RESPONSE = 2;
    private static final int HANDSHAKE_RESPONSE_LENGTH = 18;

    private enum Reading { HEAD, SKIP, CHUNKED, PACKETS, WEB_SOCKET, FOREIGN }

    private final EventLog story;
    private final int stream;
    private final GatewayChannels channels;
    private Tunnel tunnel;
    private final Half[] halves = {new Half(), new Half()};
    /// Reads what the user signs in to the gateway with; signing in to the server is another matter.
    private final Logon logon;

    private boolean read;
    private final List<Integer> statuses = new ArrayList<>();
    private final List<String> reasons = new ArrayList<>();
    private List<String> schemes = List.of();
    private boolean credentials;
    private boolean asked;
    private HttpHead.Service service = HttpHead.Service.TUNNEL;
    private boolean upgrade;
    private boolean upgraded;
    private boolean out;
    private String method = "";
    private Moment lastAnswer = Moment.NEVER;
    private int oddities;

    /// @param stream number of the connection
    /// @param inner for the RDP in the tunnel, unless another connection has begun that tunnel
    GatewayTunnel(EventLog story, int stream, GatewayChannels channels, TunnelledRdp inner) {
        this.story = story;
        this.stream = stream;
        this.channels = channels;
        this.tunnel = new Tunnel(stream, inner);
        this.logon = new Logon(story);
    }

    /// One direction.
    private static final class Half {
        final ByteQueue bytes = new ByteQueue();
        final ByteQueue packets = new ByteQueue();
        Reading reading = Reading.HEAD;
        long skip;
        boolean preamble;
        boolean chunksArePackets;
        /// Bytes of the current chunk or frame that are still to come.
        long left;
        byte[] mask = {};
        int maskAt;
        boolean binary;
    }

    @Override
    public void lost(Side from) {
        Half half = halves[from.ordinal()];
        half.bytes.clear();
        half.packets.clear();
        tunnel.inner.lost(from);
        if (half.reading != Reading.HEAD && half.reading != Reading.SKIP) {
            half.reading = Reading.FOREIGN; // frames inside frames: the place is lost for good
        }
    }

    @Override
    public void data(Side from, byte[] plain, Moment at) {
        Half half = halves[from.ordinal()];
        half.bytes.append(plain, 0, plain.length);
        if (half.bytes.length() > MOST_PENDING) {
            half.bytes.clear();
            half.reading = Reading.FOREIGN;
        }
        boolean moved = true;
        while (moved && half.bytes.length() > 0) {
            moved = switch (half.reading) {
                case HEAD -> head(from, half, at);
                case SKIP -> skip(half);
                case CHUNKED -> chunk(from, half, at);
                case PACKETS -> {
                    content(from, half, half.bytes.length(), at);
                    yield true;
                }
                case WEB_SOCKET -> frame(from, half, at);
                case FOREIGN -> {
                    half.bytes.clear();
                    yield false;
                }
            };
        }
    }

    // ---- HTTP ----

    private boolean head(Side from, Half half, Moment at) {
        ByteQueue bytes = half.bytes;
        return switch (HttpHead.decode(bytes.array(), bytes.start(), bytes.length())) {
            case Decoded.Complete<HttpHead>(var message, var length) -> {
                bytes.take(length);
                read = true;
                switch (message) {
                    case HttpHead.Request request -> request(half, request, at);
                    case HttpHead.Response response -> response(half, response, at);
                }
                yield true;
            }
            case Decoded.Partial<HttpHead> _ -> false;
            case Decoded.Broken<HttpHead>(var fault) -> {
                if (bytes.length() >= 14 && new String(bytes.copy(14), StandardCharsets.US_ASCII).equals("PRI * HTTP/2.0")) {
                    says(from, at, Note.of("HTTP/2, which no tunnel uses"));
                    halves[from.other().ordinal()].reading = Reading.FOREIGN;
                } else {
                    odd(from, at, Note.of("what stands inside TLS is not HTTP: {}", fault));
                }
                half.reading = Reading.FOREIGN;
                yield true;
            }
        };
    }

    private void request(Half half, HttpHead.Request request, Moment at) {
        method = request.method();
        asked |= request.opensGateway();
        service = asked || upgrade ? HttpHead.Service.TUNNEL : request.service();
        upgrade |= request.upgradesToWebSocket();
        Optional<String> authorization = request.first("Authorization").or(() -> request.first("Proxy-Authorization"));
        credentials |= authorization.isPresent();
        request.tokens().forEach(token -> logon.token(Side.CLIENT, token, false, at));
        says(Side.CLIENT, at, request);
        join(request, at);
        half.chunksArePackets = request.method().equals("RDG_IN_DATA");
        body(half, request, request.isChunked());
    }

    /// The channels of a tunnel without WebSocket find each other by the name that both requests give it.
    private void join(HttpHead.Request request, Moment at) {
        boolean out = request.method().equals("RDG_OUT_DATA");
        if (request.upgradesToWebSocket() || !out && !request.method().equals("RDG_IN_DATA")) {
            return;
        }
        channels.join(request.connectionId(), tunnel).ifPresent(first -> {
            if (first != tunnel) {
                tunnel = first;
                says(Side.CLIENT, at, Note.of("the other channel of this tunnel is stream {channelStream}", first.stream));
            }
        });
        if (out) {
            tunnel.teller = stream; // the gateway's answers stand here
        }
    }

    private static String shortened(String text) {
        return text.length() > 200 ? text.substring(0, 200) + "…" : text;
    }

    private void response(Half half, HttpHead.Response response, Moment at) {
        if (statuses.size() < MOST_ANSWERS) {
            statuses.add(response.status());
            reasons.add(shortened(response.reason()));
        }
        lastAnswer = at;
        if (!response.authenticationSchemes().isEmpty()) {
            schemes = response.authenticationSchemes();
        }
        response.tokens().forEach(token -> logon.token(Side.SERVER, token, false, at));
        says(Side.SERVER, at, response);
        if (response.status() == 101) {
            upgraded = true;
            for (Half each : halves) {
                each.reading = Reading.WEB_SOCKET;
            }
            return;
        }
        if (method.equals("RDG_IN_DATA") && !upgrade) {
            tunnel.inStatus = response.status();
        }
        if (response.status() == 200 && method.equals("RDG_OUT_DATA")) {
            out = !upgrade;
            half.chunksArePackets = true;
            half.preamble = true;
            half.reading = response.isChunked() ? Reading.CHUNKED : Reading.PACKETS;
            return;
        }
        if (response.status() == 200 && method.equals("RDG_IN_DATA") && response.contentLength() < 0) {
            half.reading = Reading.FOREIGN; // random bytes, if any; packets take the other channel
            return;
        }
        half.chunksArePackets = false;
        body(half, response, response.isChunked());
    }

    private static void body(Half half, HttpHead head, boolean chunked) {
        if (chunked) {
            half.reading = Reading.CHUNKED;
        } else if (half.chunksArePackets && head.contentLength() != 0) {
            half.reading = Reading.PACKETS;
        } else if (head.contentLength() > 0) {
            half.skip = head.contentLength();
            half.reading = Reading.SKIP;
        }
    }

    private static boolean skip(Half half) {
        int taken = (int) Math.min(half.skip, half.bytes.length());
        half.bytes.take(taken);
        half.skip -= taken;
        if (half.skip == 0) {
            half.reading = Reading.HEAD;
        }
        return true;
    }

    /// RFC 9112 7.1: a length in hexadecimal, the data, a line end.
    private boolean chunk(Side from, Half half, Moment at) {
        if (half.left > 0) {
            half.left -= content(from, half, (int) Math.min(half.left, half.bytes.length()), at);
            return true;
        }
        ByteQueue bytes = half.bytes;
        int end = 0;
        while (end < bytes.length() && bytes.at(end) != '\n') {
            end++;
        }
        if (end == bytes.length()) {
            if (end > 1024) {
                half.reading = Reading.FOREIGN;
                return true;
            }
            return false;
        }
        long size = 0;
        int digits = 0;
        while (digits < end && Character.digit(bytes.at(digits), 16) >= 0 && digits < 8) {
            size = size << 4 | Character.digit(bytes.at(digits++), 16);
        }
        boolean emptyLine = end == 0 || end == 1 && bytes.at(0) == '\r';
        bytes.take(end + 1);
        if (emptyLine) {
            return true;
        }
        if (digits == 0) {
            half.reading = Reading.FOREIGN;
        } else if (size == 0) {
            half.reading = Reading.HEAD;
            if (bytes.length() >= 2 && bytes.at(0) == '\r') {
                bytes.take(2);
            }
        }
        half.left = size;
        return true;
    }

    /// RFC 6455 5.2.
    private boolean frame(Side from, Half half, Moment at) {
        if (half.left > 0) {
            half.left -= content(from, half, (int) Math.min(half.left, half.bytes.length()), at);
            return true;
        }
        ByteQueue bytes = half.bytes;
        if (bytes.length() < 2) {
            return false;
        }
        int opcode = bytes.at(0) & 0xf;
        boolean masked = (bytes.at(1) & 0x80) != 0;
        int size = bytes.at(1) & 0x7f;
        int lengthBytes = size == 126 ? 2 : size == 127 ? 8 : 0;
        int header = 2 + lengthBytes + (masked ? 4 : 0);
        if (bytes.length() < header) {
            return false;
        }
        long length = lengthBytes == 0 ? size : 0;
        for (int i = 0; i < lengthBytes; i++) {
            length = length << 8 | bytes.at(2 + i) & 0xff;
        }
        if (length < 0 || length > MOST_PENDING) {
            half.reading = Reading.FOREIGN;
            return true;
        }
        half.mask = new byte[masked ? 4 : 0];
        for (int i = 0; i < half.mask.length; i++) {
            half.mask[i] = (byte) bytes.at(2 + lengthBytes + i);
        }
        half.maskAt = 0;
        half.binary = opcode <= 2;
        half.chunksArePackets = half.binary;
        half.left = length;
        bytes.take(header);
        return true;
    }

    private int content(Side from, Half half, int length, Moment at) {
        if (half.chunksArePackets) {
            byte[] bytes = half.bytes.copy(length);
            for (int i = 0; i < length && half.mask.length > 0; i++) {
                bytes[i] ^= half.mask[half.maskAt++ & 3];
            }
            half.packets.append(bytes, 0, length);
            if (half.preamble) {
                preamble(half);
            }
            if (!half.preamble) {
                packets(from, half, at);
            }
        }
        half.bytes.take(length);
        return length;
    }

    /// Passes over what stands before the first packet.
    private static void preamble(Half half) {
        ByteQueue bytes = half.packets;
        for (int i = 0; i + 8 <= bytes.length(); i++) {
            if (bytes.at(i) == HANDSHAKE_RESPONSE && bytes.at(i + 4) == HANDSHAKE_RESPONSE_LENGTH && bytes.at(i + 1) + bytes.at(i + 2)
                    + bytes.at(i + 3) + bytes.at(i + 5) + bytes.at(i + 6) + bytes.at(i + 7) == 0) {
                bytes.take(i);
                half.preamble = false;
                return;
            }
        }
        if (bytes.length() > LONGEST_PREAMBLE) {
            bytes.clear();
            half.reading = Reading.FOREIGN;
        }
    }

    // ---- packets ----

    private void packets(Side from, Half half, Moment at) {
        ByteQueue bytes = half.packets;
        while (bytes.length() > 0) {
            switch (GatewayPacket.decode(bytes.array(), bytes.start(), bytes.length())) {
                case Decoded.Complete<GatewayPacket>(var packet, var length) -> {
                    packet(from, packet, bytes, at);
                    bytes.take(length);
                }
                case Decoded.Partial<GatewayPacket> _ -> {
                    return;
                }
                case Decoded.Broken<GatewayPacket>(var fault) -> {
                    odd(from, at, new Unreadable("a gateway packet", fault));
                    bytes.clear();
                    half.reading = Reading.FOREIGN;
                    return;
                }
            }
        }
    }

    private void packet(Side from, GatewayPacket packet, ByteQueue bytes, Moment at) {
        if (packet instanceof GatewayPacket.Data(var offset, var length)) {
            tunnel.inner.data(from, bytes.copy(offset, length), at);
            return;
        }
        if (from == Side.CLIENT) {
            tunnel.requested = tunnel.requested.seen() ? tunnel.requested : at;
        } else {
            tunnel.answered = tunnel.answered.seen() ? tunnel.answered : at;
        }
        switch (packet) {
            case GatewayPacket.HandshakeResponse response -> answered("handshake", response.error(), at);
            case GatewayPacket.ExtendedAuth auth when from == Side.SERVER -> answered("authorization", auth.error(), at);
            case GatewayPacket.TunnelResponse response -> answered("tunnel", response.error(), at);
            case GatewayPacket.TunnelAuthResponse response -> answered("authorization", response.error(), at);
            case GatewayPacket.ChannelCreate create ->
                tunnel.target = create.resources().isEmpty() ? "" : create.resources().getFirst() + ":" + create.port();
            case GatewayPacket.ChannelResponse response -> {
                tunnel.opened |= response.error().isSuccess();
                answered("channel", response.error(), at);
            }
            case GatewayPacket.CloseChannel(var response, var code) when !response && from == Side.SERVER -> answered("close", code, at);
            case GatewayPacket.Data _, GatewayPacket.HandshakeRequest _, GatewayPacket.ExtendedAuth _, GatewayPacket.TunnelCreate _,
                    GatewayPacket.TunnelAuth _, GatewayPacket.ServiceMessage _, GatewayPacket.CloseChannel _, GatewayPacket.Other _ -> { }
        }
        says(from, at, packet);
    }

    private void says(Side from, Moment at, Object what) {
        story.event(at, from, Kind.GATEWAY, Phase.GATEWAY, what);
    }

    /// Codes come as HRESULT or as the number in it.
    private void answered(String what, GatewayError code, Moment at) {
        if (!code.isSuccess()) {
            tunnel.refusal = what;
            tunnel.error = code.code();
            tunnel.refusalAt = at;
        }
    }

    private void odd(Side from, Moment at, Happening what) {
        if (oddities++ < 4) {
            story.event(at, from, Kind.UNEXPECTED, Phase.GATEWAY, what);
        }
    }

    /// RDP inside the tunnel, if any was read.
    Optional<TunnelledRdp> inner() {
        return tunnel.inner.any() ? Optional.of(tunnel.inner) : Optional.empty();
    }

    /// Of two connections one tells what happened inside.
    boolean tells() {
        return tunnel.teller == stream;
    }

    GatewayFacts facts() {
        return new GatewayFacts(read, statuses, reasons, schemes, credentials, asked, service, upgrade, upgraded, tunnel.refusal,
                tunnel.error, tunnel.refusalAt, tunnel.target, tunnel.opened, tunnel.inner.host(), lastAnswer, out,
                tunnel.requested, tunnel.answered, tunnel.inStatus);
    }
}
