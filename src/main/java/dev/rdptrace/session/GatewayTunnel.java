package dev.rdptrace.session;

import dev.rdptrace.bytes.DecodeError;
import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Printable;
import dev.rdptrace.session.GatewayChannels.Tunnel;
import dev.rdptrace.session.GatewayHalf.Reading;
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
import dev.rdptrace.wire.gateway.RpcPdu;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What stands inside the TLS to an RD Gateway, or where a device has taken that off: HTTP, and after an upgrade or on the data
/// channels the packets of [MS-TSGU], and in those RDP. In other WebSockets a browser may speak RDP, see [WebGateway].
final class GatewayTunnel implements OpenedRecords.Receiver {
    private static final int MOST_PENDING = 1 << 20;
    private static final int MOST_ANSWERS = 32;
    private final EventLog story;
    private final int stream;
    private final GatewayChannels channels;
    private final boolean clear;
    private Tunnel tunnel;
    private final GatewayHalf[] halves = {new GatewayHalf(), new GatewayHalf()};
    /// Reads what the user signs in to the gateway with; signing in to the server is another matter.
    private final Logon logon;

    private boolean read;
    private final List<Integer> statuses = new ArrayList<>();
    private final List<String> reasons = new ArrayList<>();
    private List<String> schemes = List.of();
    private boolean credentials;
    private boolean asked;
    private boolean overRpc;
    private HttpHead.Service service = HttpHead.Service.TUNNEL;
    private boolean upgrade;
    private boolean upgraded;
    private boolean out;
    private boolean in; // over RPC the gateway answers that request only if it refuses it
    private String method = "";
    private String name = "";
    private Moment lastAnswer = Moment.NEVER;
    private int oddities;
    private boolean webAsked;
    private @Nullable WebGateway web; // in a WebSocket that is none of [MS-TSGU]

    /// @param stream number of the connection
    /// @param clear there is no TLS
    /// @param inner for the RDP in the tunnel, unless another connection has begun that tunnel
    GatewayTunnel(EventLog story, int stream, GatewayChannels channels, boolean clear, TunnelledRdp inner) {
        this.story = story;
        this.stream = stream;
        this.channels = channels;
        this.clear = clear;
        this.tunnel = new Tunnel(stream, inner);
        this.logon = new Logon(story);
    }

    @Override
    public void lost(Side from) {
        GatewayHalf half = halves[from.ordinal()];
        half.bytes.clear();
        half.packets.clear();
        tunnel.inner.lost(from);
        if (half.reading != Reading.HEAD && half.reading != Reading.SKIP) {
            half.reading = Reading.FOREIGN; // frames inside frames: the place is lost for good
        }
    }

    @Override
    public void data(Side from, byte[] plain, Moment at) {
        GatewayHalf half = halves[from.ordinal()];
        half.bytes.append(plain, 0, plain.length);
        if (half.bytes.length() > MOST_PENDING) {
            half.bytes.clear();
            half.reading = Reading.FOREIGN;
        }
        boolean moved = true;
        while (moved && half.bytes.length() > 0) {
            moved = switch (half.reading) {
                case HEAD -> head(from, half, at);
                case SKIP -> half.skip();
                case CHUNKED, WEB_SOCKET -> framed(from, half, at);
                case PACKETS -> {
                    content(from, half, half.bytes.length(), at);
                    yield true;
                }
                case RPC -> rpc(from, half, at);
                case FOREIGN -> {
                    half.bytes.clear();
                    yield false;
                }
            };
        }
    }

    // ---- HTTP ----

    private boolean head(Side from, GatewayHalf half, Moment at) {
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
                    odd(from, at, Note.of("what is said to the gateway is not HTTP: {}", fault));
                }
                half.reading = Reading.FOREIGN;
                yield true;
            }
        };
    }

    private void request(GatewayHalf half, HttpHead.Request request, Moment at) {
        method = request.method();
        asked |= request.opensGateway();
        webAsked |= request.opensWebGateway();
        overRpc |= request.opensGateway() && request.overRpc();
        service = asked || upgrade ? HttpHead.Service.TUNNEL : request.service();
        upgrade |= request.upgradesToWebSocket();
        Optional<String> authorization = request.first("Authorization").or(() -> request.first("Proxy-Authorization"));
        credentials |= authorization.isPresent();
        request.tokens().forEach(token -> logon.token(Side.CLIENT, token, false, at));
        says(Side.CLIENT, at, request);
        if (request.beginsRpc()) {
            half.reading = Reading.RPC;
            in = request.method().equals("RPC_IN_DATA");
            tunnel.inStatus = in ? 0 : tunnel.inStatus;
            return;
        }
        join(request, at);
        half.chunksArePackets = request.method().equals("RDG_IN_DATA");
        half.body(request);
    }

    /// The channels of a tunnel without WebSocket find each other by the name that both requests give it.
    private void join(HttpHead.Request request, Moment at) {
        boolean out = request.method().equals("RDG_OUT_DATA");
        name = request.connectionId();
        if (!request.upgradesToWebSocket() && (out || request.method().equals("RDG_IN_DATA"))) {
            join(name, out, at);
        }
    }

    private void join(String id, boolean out, Moment at) {
        channels.join(id, tunnel).ifPresent(first -> {
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

    private void response(GatewayHalf half, HttpHead.Response response, Moment at) {
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
            web = asked ? null : new WebGateway(story, tunnel);
            for (GatewayHalf each : halves) {
                each.reading = Reading.WEB_SOCKET;
            }
            return;
        }
        GatewayHalf client = halves[Side.CLIENT.ordinal()];
        if (client.reading == Reading.RPC && response.status() != 200) {
            client.reading = Reading.HEAD;
        }
        if (method.endsWith("_IN_DATA") && !upgrade) {
            in = false;
            tunnel.inStatus = response.status();
        }
        if (response.status() == 200 && client.reading == Reading.RPC) {
            out = true;
            half.reading = Reading.RPC;
            return;
        }
        if (response.status() == 200 && method.equals("RDG_OUT_DATA")) {
            if (upgrade) {
                join(name, true, at); // no WebSocket: the client may go on with two connections
            }
            out = true;
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
        half.body(response);
    }

    private int content(Side from, GatewayHalf half, int length, Moment at) {
        if (half.chunksArePackets) {
            half.packets.append(half.unmasked(length), 0, length);
            if (half.preamble) {
                half.preamble();
            }
            if (!half.preamble) {
                packets(from, half, at);
            }
        }
        half.bytes.take(length);
        return length;
    }

    /// The rest of the current chunk or frame, else the head of the next one.
    private boolean framed(Side from, GatewayHalf half, Moment at) {
        if (half.left > 0) {
            half.left -= content(from, half, (int) Math.min(half.left, half.bytes.length()), at);
            return true;
        }
        boolean moved = half.reading == Reading.CHUNKED ? half.chunk() : half.frame(MOST_PENDING);
        if (moved && half.closes) {
            closed(from, half.control(), at);
        }
        return moved;
    }

    /// RFC 6455 5.5.1: a code and words may stand in it.
    private void closed(Side from, byte[] body, Moment at) {
        if (web == null) {
            return; // a tunnel of [MS-TSGU] has its own words for it
        }
        int code = body.length < 2 ? -1 : (body[0] & 0xff) << 8 | body[1] & 0xff;
        String reason = Printable.of(body.length <= 2 ? "" : new String(body, 2, body.length - 2, StandardCharsets.UTF_8), body.length);
        says(from, at, code < 0 ? Note.of("the WebSocket is closed") : Note.of("the WebSocket is closed with {} {}", code,
                Identity.TEXT.of(reason)));
        if (from == Side.SERVER) {
            web.closed(code, reason, at);
        }
    }

    /// A browser speaks RDP here, or asks where nothing else is spoken.
    boolean ofWebGateway() {
        return webAsked || web != null && tunnel.inner.any();
    }

    /// It is a WebSocket of something else.
    boolean foreign() {
        return web != null && web.foreign();
    }

    // ---- packets ----

    private void packets(Side from, GatewayHalf half, Moment at) {
        ByteQueue bytes = half.packets;
        if (web != null) {
            web.read(from, bytes, at);
            if (foreign()) {
                halves[Side.CLIENT.ordinal()].reading = Reading.FOREIGN;
                halves[Side.SERVER.ordinal()].reading = Reading.FOREIGN;
            }
            return;
        }
        while (bytes.length() > 0) {
            switch (GatewayPacket.decode(bytes.array(), bytes.start(), bytes.length())) {
                case Decoded.Complete<GatewayPacket>(var packet, var length) -> {
                    packet(from, packet, bytes.array(), bytes.start(), at);
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

    private boolean rpc(Side from, GatewayHalf half, Moment at) {
        ByteQueue bytes = half.bytes;
        return switch (RpcPdu.decode(bytes.array(), bytes.start(), bytes.length())) {
            case Decoded.Complete<RpcPdu>(var pdu, var length) -> {
                rpc(from, pdu, bytes, at);
                bytes.take(length);
                yield true;
            }
            case Decoded.Partial<RpcPdu> _ -> false;
            case Decoded.Broken<RpcPdu>(var fault) -> {
                odd(from, at, new Unreadable("an RPC PDU", fault));
                half.reading = Reading.FOREIGN;
                yield true;
            }
        };
    }

    private void rpc(Side from, RpcPdu pdu, ByteQueue bytes, Moment at) {
        GatewayCalls.Receiver to = new GatewayCalls.Receiver() {
            @Override
            public void packet(Side side, GatewayPacket packet, byte[] array, int start) {
                GatewayTunnel.this.packet(side, packet, array, start, at);
            }

            @Override
            public void unreadable(Side side, DecodeError fault) {
                odd(side, at, new Unreadable("a call of the gateway", fault));
            }

            @Override
            public void sealed(Side side) {
                odd(side, at, Note.of("RPC encrypts the calls once more, so they cannot be read"));
            }
        };
        switch (pdu) {
            case RpcPdu.Rts rts -> rts(from, rts, at);
            case RpcPdu.Bind bind -> tunnel.calls.bind(bind);
            case RpcPdu.BindNak(var reason) -> says(from, at, Note.of("RPC bind refused, reason {reason}", reason));
            case RpcPdu.Fault fault -> tunnel.calls.fault(fault, to);
            case RpcPdu.Call call -> tunnel.calls.call(from, call, bytes.array(), bytes.start(), to);
            case RpcPdu.Other _ -> {}
        }
    }

    /// [MS-RPCH] 3.2.1.5.3.1: CONN/C2 says that both channels have come together at the server.
    private void rts(Side from, RpcPdu.Rts rts, Moment at) {
        String name = rts.name();
        if (name.isEmpty()) {
            return;
        }
        if (from == Side.CLIENT && !rts.cookie().isEmpty()) {
            join(rts.cookie(), !in, at);
        }
        exchanged(from, at, name.equals("CONN/B1") || name.equals("CONN/C2"));
        says(from, at, Note.of("RPC over HTTP {rts}", name));
    }

    private void exchanged(Side from, Moment at, boolean counts) {
        if (from == Side.CLIENT && counts) {
            tunnel.requested = tunnel.requested.seen() ? tunnel.requested : at;
        } else if (counts) {
            tunnel.answered = tunnel.answered.seen() ? tunnel.answered : at;
        }
    }

    private void packet(Side from, GatewayPacket packet, byte[] bytes, int start, Moment at) {
        if (packet instanceof GatewayPacket.Data(var offset, var length)) {
            tunnel.inner.data(from, Arrays.copyOfRange(bytes, start + offset, start + offset + length), at);
            return;
        }
        exchanged(from, at, true);
        switch (packet) {
            case GatewayPacket.HandshakeResponse response -> answered("handshake", response.error(), at);
            case GatewayPacket.ExtendedAuth auth when from == Side.SERVER -> answered("authorization", auth.error(), at);
            case GatewayPacket.TunnelResponse response -> answered("tunnel", response.error(), at);
            case GatewayPacket.TunnelAuthResponse response -> answered("authorization", response.error(), at);
            case GatewayPacket.ChannelCreate create -> {
                tunnel.hostAsked = at;
                tunnel.target = create.resources().isEmpty() ? "" : create.resources().getFirst() + ":" + create.port();
            }
            case GatewayPacket.ChannelResponse response -> {
                tunnel.hostAnswered = at;
                tunnel.opened |= response.error().isSuccess();
                answered("channel", response.error(), at);
            }
            case GatewayPacket.CloseChannel(var response, var code) when !response && from == Side.SERVER -> answered("close", code, at);
            case GatewayPacket.Data _,GatewayPacket.HandshakeRequest _,GatewayPacket.ExtendedAuth _,GatewayPacket.TunnelCreate _ -> {}
            case GatewayPacket.TunnelAuth _,GatewayPacket.ServiceMessage _,GatewayPacket.CloseChannel _,GatewayPacket.Other _ -> {}
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
        return new GatewayFacts(read, clear,
                new GatewayFacts.Http(in ? List.of() : statuses, in ? List.of() : reasons, schemes, credentials, asked || webAsked,
                        service, overRpc, upgrade, upgraded, lastAnswer),
                new GatewayFacts.Refusal(tunnel.refusal, tunnel.error, tunnel.refusalAt),
                new GatewayFacts.Way(tunnel.target, tunnel.hostAsked, tunnel.hostAnswered, tunnel.opened),
                new GatewayFacts.Channel(out, tunnel.requested, tunnel.answered, tunnel.inStatus),
                web == null ? GatewayFacts.Web.NONE : web.facts(), tunnel.inner.host());
    }
}
