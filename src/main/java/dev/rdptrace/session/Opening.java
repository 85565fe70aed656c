package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.tcp.OrderedBytes;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Happening;
import dev.rdptrace.timeline.Happening.ProxyAnswer;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.gateway.HttpHead;
import dev.rdptrace.wire.tls.ContentType;
import dev.rdptrace.wire.x224.FirstBytes;
import dev.rdptrace.wire.x224.Preconnection;
import java.util.List;
import java.util.Optional;

/// What both sides begin with: RDP, TLS, what may stand before RDP, or something else.
final class Opening {
    /// How the reading of a side goes on.
    enum Next {
        /// More bytes are needed.
        WAIT,
        /// What stood before RDP was taken; what follows begins anew.
        ANEW,
        MESSAGES,
        /// The client speaks to a gateway in the clear.
        HTTP,
        FOREIGN,
        LOST
    }

    private final EventLog story;
    private final boolean tunnelled;
    private final boolean console;
    private final boolean mayBeGateway;
    private boolean gateway;
    private boolean clear;
    private boolean webSocket;
    private final Moment[] noted = {Moment.NEVER, Moment.NEVER};
    private final Prologue prologue = new Prologue();
    private boolean preconnected;
    private boolean midStart;
    private final FirstBytes[] odd = new FirstBytes[2]; // null where a side begins as RDP does

    /// @param namedGateway the server was named as an RD Gateway
    /// @param mayBeGateway it is one if the client begins with TLS
    /// @param console the server's port is that of the consoles of virtual machines
    Opening(EventLog story, boolean namedGateway, boolean mayBeGateway, boolean console) {
        this.story = story;
        this.tunnelled = false;
        this.gateway = namedGateway;
        this.mayBeGateway = mayBeGateway;
        this.console = console;
    }

    /// In the channel that a gateway has opened.
    Opening(EventLog story) {
        this.story = story;
        this.tunnelled = true;
        this.mayBeGateway = false;
        this.console = false;
    }

    private boolean beginningSeen() {
        return tunnelled || story.has(Step.SYN); // a SYN-ACK alone may be a late repetition
    }

    /// The server is an RD Gateway: inside its TLS stands HTTP.
    boolean gateway() {
        return gateway;
    }

    /// HTTP to an RD Gateway stands in the clear, as behind a device that takes the TLS off.
    boolean clear() {
        return clear;
    }

    /// The client may begin with TLS here, and agrees on CredSSP by that.
    boolean direct() {
        return preconnected || console;
    }

    boolean preconnected() {
        return preconnected;
    }

    /// The beginning is not in the capture.
    boolean midStart() {
        return midStart;
    }

    /// A TLS record was read.
    ///
    /// @param begun so was what begins a connection
    void onRecord(boolean begun) {
        midStart |= !begun && !beginningSeen();
    }

    Prologue prologue() {
        return prologue;
    }

    /// What the first bytes of this side are, where they are not those of RDP.
    Optional<FirstBytes> odd(Side side) {
        return Optional.ofNullable(odd[side.ordinal()]);
    }

    /// @param last no more will come
    Next read(Side from, OrderedBytes in, Conversation rdp, boolean last) {
        if (from == Side.SERVER && prologue.begun()) {
            int length = prologue.fromProxy(in.buffer(), in.start(), in.available());
            ProxyAnswer answer = prologue.answer();
            if (answer != null && length != Prologue.WAIT) {
                answered(in, length, answer);
            }
            if (length == 0 && answer != null && answer.refused()) {
                return Next.FOREIGN;
            } else if (length > 0) {
                in.take(length);
                return Next.ANEW;
            } else if (length == Prologue.WAIT && !last) {
                return Next.WAIT;
            }
        }
        if (from == Side.CLIENT && prologue.expects(in.buffer()[in.start()])) {
            return prologue(in, FirstBytes.Kind.SOCKS5, rdp, last).orElse(Next.WAIT);
        }
        FirstBytes first;
        if (FirstBytes.of(in.buffer(), in.start(), in.available()) instanceof Decoded.Complete<FirstBytes>(var complete, _)) {
            first = complete;
        } else if (last) {
            first = FirstBytes.atEnd(in.buffer(), in.start(), in.available());
        } else {
            return Next.WAIT;
        }
        if (!in.isWhole(in.offset(), Math.min(in.available(), 6))) {
            return Next.LOST;
        }
        if (from == Side.CLIENT && first.kind() == FirstBytes.Kind.TLS && (gateway || mayBeGateway) && !preconnected) {
            gateway = true;
            rdp.sizes().onlyRecord();
        } else if (from == Side.CLIENT && first.kind().isRdp()) {
            gateway = false;
        }
        return begins(from, in, first, rdp, last);
    }

    private Next begins(Side from, OrderedBytes in, FirstBytes first, Conversation rdp, boolean last) {
        return switch (first.kind()) {
            case RDP_REQUEST, RDP_CONFIRM -> {
                if (from == Side.CLIENT != (first.kind() == FirstBytes.Kind.RDP_REQUEST)) {
                    note(from, in, first, rdp);
                }
                yield Next.MESSAGES;
            }
            case TLS, TPKT_OTHER, RDP_FAST_PATH -> {
                late(from, in, first, rdp);
                yield Next.MESSAGES;
            }
            case RD_GATEWAY -> {
                if (from == Side.SERVER || tunnelled || prologue.begun()) {
                    yield foreign(from, in, first, rdp);
                }
                gateway = true;
                clear = true;
                yield Next.HTTP;
            }
            case PRECONNECTION -> from == Side.SERVER || preconnected ? foreign(from, in, first, rdp) : preconnection(in, first, rdp, last);
            case PROXY_V1, PROXY_V2, SOCKS4, SOCKS5, HTTP_REQUEST, HTTP_RESPONSE -> from == Side.SERVER ? foreign(from, in, first, rdp)
                    : in.buffer()[in.start()] == 'G' ? get(in, first, rdp, last)
                    : prologue(in, first.kind(), rdp, last).orElseGet(() -> foreign(from, in, first, rdp));
            case UNKNOWN -> {
                boolean answersHello = from == Side.SERVER && rdp.tls().unanswered();
                if (beginningSeen() || rdp.request().isPresent() || prologue.begun() || answersHello) {
                    yield foreign(from, in, first, rdp);
                }
                midStart = true;
                yield Next.LOST;
            }
            default -> foreign(from, in, first, rdp);
        };
    }

    /// The first bytes are the middle of a connection, or TLS without RDP before it.
    private void late(Side from, OrderedBytes in, FirstBytes first, Conversation rdp) {
        if (from == Side.SERVER) {
            if (rdp.request().isPresent() && first.kind() != FirstBytes.Kind.TPKT_OTHER && !rdp.tls().begun()) {
                note(from, in, first, rdp);
            }
        } else if (!beginningSeen()) {
            midStart = !beginsHandshake(in.buffer(), in.start(), in.available());
        } else if (first.kind() != FirstBytes.Kind.TLS || !direct()) {
            note(from, in, first, rdp);
        }
    }

    /// A TLS handshake record or an MCS Connect-Initial: everything that matters from here on is in the capture.
    private static boolean beginsHandshake(byte[] bytes, int start, int available) {
        return available >= 6 && bytes[start] == ContentType.HANDSHAKE && bytes[start + 5] == 1
                || available >= 9 && bytes[start] == 3 && bytes[start + 7] == 0x7f && bytes[start + 8] == 0x65;
    }

    /// A WebSocket may carry RDP: whether it does, shows what comes in it.
    private Next get(OrderedBytes in, FirstBytes first, Conversation rdp, boolean last) {
        if (tunnelled || prologue.begun()) {
            return foreign(Side.CLIENT, in, first, rdp);
        }
        Decoded<HttpHead> head = HttpHead.decode(in.buffer(), in.start(), in.available());
        if (head instanceof Decoded.Partial<HttpHead> && !last) {
            return Next.WAIT;
        }
        note(Side.CLIENT, in, first, rdp);
        clear = head instanceof Decoded.Complete<HttpHead>(var request, _) && request.upgradesToWebSocket();
        webSocket = clear && !gateway;
        return clear ? Next.HTTP : Next.FOREIGN;
    }

    /// The client has asked for a WebSocket, and no RDP was read in it yet.
    boolean webSocket() {
        return webSocket;
    }

    /// The WebSocket carries RDP after all.
    void webGateway() {
        webSocket = false;
        gateway = true;
        for (Side side : List.of(Side.SERVER, Side.CLIENT)) {
            if (odd[side.ordinal()] != null) {
                odd[side.ordinal()] = null;
                story.withdraw(noted[side.ordinal()], Kind.FIRST_BYTES);
            }
        }
    }

    private Next foreign(Side from, OrderedBytes in, FirstBytes first, Conversation rdp) {
        note(from, in, first, rdp);
        return Next.FOREIGN;
    }

    /// The first bytes of this side are not those of RDP.
    void note(Side from, OrderedBytes in, FirstBytes first, Conversation rdp) {
        Moment at = in.completed(in.offset(), in.offset() + in.available());
        odd[from.ordinal()] = first;
        noted[from.ordinal()] = at;
        boolean forHello = from == Side.SERVER && rdp.tls().unanswered();
        if (!gateway || forHello) {
            story.event(at, from, Kind.FIRST_BYTES, forHello ? Phase.TLS : Phase.X224, first);
        }
    }

    private Next preconnection(OrderedBytes in, FirstBytes first, Conversation rdp, boolean last) {
        return switch (Preconnection.decode(in.buffer(), in.start(), in.available())) {
            case Decoded.Complete<Preconnection>(var pdu, int length) -> {
                preconnected = true;
                story.event(in.completed(in.offset(), in.offset() + length), Side.CLIENT, Kind.X224, Phase.X224, pdu);
                in.take(length);
                yield Next.ANEW;
            }
            case Decoded.Partial<Preconnection> _ -> {
                if (last) {
                    note(Side.CLIENT, in, first, rdp);
                }
                yield Next.WAIT;
            }
            case Decoded.Broken<Preconnection> _ -> foreign(Side.CLIENT, in, first, rdp);
        };
    }

    /// Reads what the client says to a proxy; empty when it is nothing of the kind.
    private Optional<Next> prologue(OrderedBytes in, FirstBytes.Kind kind, Conversation rdp, boolean last) {
        byte[] bytes = in.buffer();
        int start = in.start();
        int length = prologue.fromClient(kind, bytes, start, in.available());
        if (length == Prologue.WAIT && !last) {
            return Optional.of(Next.WAIT);
        }
        if (length <= 0) {
            return prologue.begun() ? Optional.of(foreign(Side.CLIENT, in, FirstBytes.atEnd(bytes, start, in.available()), rdp))
                    : Optional.empty();
        }
        story.event(in.completed(in.offset(), in.offset() + length), Side.CLIENT, Kind.FIRST_BYTES, Phase.X224, new Happening.ProxyRequest(
                kind, Prologue.local(kind, bytes, start), prologue.take(kind, bytes, start, length), FirstBytes.atEnd(bytes, start, length)
                .name(), Prologue.target(kind, bytes, start, length)));
        in.take(length);
        return Optional.of(Next.ANEW);
    }

    private void answered(OrderedBytes in, int length, ProxyAnswer answer) {
        story.event(in.completed(in.offset(), in.offset() + Math.max(length, 1)), Side.SERVER, Kind.GATEWAY, Phase.GATEWAY, answer);
    }
}
