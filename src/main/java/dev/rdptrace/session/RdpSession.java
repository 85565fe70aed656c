package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Printable;
import dev.rdptrace.decrypt.Decrypted;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.tcp.Connection;
import dev.rdptrace.tcp.HalfStream;
import dev.rdptrace.tcp.StreamListener;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.GatewayFacts;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.InnerFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.timeline.TcpFacts;
import dev.rdptrace.wire.tls.ContentType;
import dev.rdptrace.wire.tls.TlsRecord;
import dev.rdptrace.wire.tls.TlsVersion;
import dev.rdptrace.wire.x224.FirstBytes;
import dev.rdptrace.wire.x224.Preconnection;
import dev.rdptrace.wire.x224.Protocols;
import dev.rdptrace.wire.x224.Routing;
import dev.rdptrace.wire.x224.Tpdu;
import dev.rdptrace.wire.x224.Tpkt;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// One connection from its first byte to the active session.
///
/// Each direction is read message by message. At every message boundary the first byte tells the layer: a TPKT, a
/// fast-path PDU or a TLS record; which of them may come is known from the negotiation, and what may not come is noted
/// as unexpected, never forced.
public final class RdpSession implements StreamListener {
    private static final int EXCERPT = 32;
    /// A session that is up needs no more reading: what matters then is how it ends.
    private static final int RECORDS_AFTER_UP = 40;
    private static final Protocols TLS_ALONE = new Protocols(Protocols.SSL);
    private static final Protocols CREDSSP = new Protocols(Protocols.HYBRID);

    private enum Reading { FIRST, MESSAGES, FOREIGN, LOST }

    private final Connection connection;
    private final Consumer<Attempt> done;
    private final Consumer<Attempt> quiet;
    private final Consumer<dev.rdptrace.timeline.Endpoint> rdpServer;
    private final boolean mayBeGateway;
    private boolean gateway;
    private final Story story;
    private final SizeReader sizes;
    private final TlsObserver tls;
    private Optional<InnerPdus> clear = Optional.empty();
    private final Optional<Plaintext> plaintext;
    private final Optional<OpenedRecords> opened;
    private final Optional<Secrets> secrets;
    private final Familiar familiar;
    private Optional<GatewayTunnel> tunnel = Optional.empty();
    private final GatewayChannels channels;
    private boolean told;
    private final Reading[] reading = {Reading.FIRST, Reading.FIRST};

    private Optional<Tpdu.ConnectionRequest> request = Optional.empty();
    private Optional<Tpdu.ConnectionConfirm> confirm = Optional.empty();
    private Optional<Tpdu> otherTpdu = Optional.empty();
    private Optional<FirstBytes> clientOpening = Optional.empty();
    private Optional<FirstBytes> serverOpening = Optional.empty();
    private final Prologue prologue = new Prologue();
    private boolean preconnected;
    private boolean midStart;
    private boolean serverAstray; // its messages cannot be told apart any more, so the next bytes begin none
    private boolean stopped;
    private int recordsAfterUp;
    private int synRepeats;
    private int gaps;

    /// @param namedGateway the server was named as an RD Gateway
    /// @param mayBeGateway it is one if the client begins with TLS
    /// @param secrets what may open its TLS records, where there is anything
    /// @param familiar what is known of the hellos and certificates of other connections
    /// @param channels finds the other connection of a tunnel
    /// @param rdpServer told when this server has spoken RDP
    /// @param quiet told when a handshake has stopped without a close
    /// @param done told when the connection is over
    public RdpSession(Connection connection, boolean namedGateway, boolean mayBeGateway, Optional<Secrets> secrets, Familiar familiar,
            GatewayChannels channels, Consumer<dev.rdptrace.timeline.Endpoint> rdpServer, Consumer<Attempt> quiet, Consumer<Attempt> done) {
        this.connection = connection;
        this.gateway = namedGateway;
        this.mayBeGateway = mayBeGateway;
        this.rdpServer = rdpServer;
        this.quiet = quiet;
        this.done = done;
        this.secrets = secrets;
        this.familiar = familiar;
        this.channels = channels;
        this.story = new Story(familiar);
        this.sizes = new SizeReader(story);
        this.plaintext = secrets.map(_ -> new Plaintext(story));
        this.opened = secrets.map(some -> new OpenedRecords(story, some, new Receiver()));
        this.tls = new TlsObserver(story, sizes, opened.isPresent() ? opened.get() : NoKeys.INSTANCE, familiar);
    }

    // ---- transport ----

    @Override
    public void onSyn(Side from, int repeats, Moment at) {
        boolean client = from == Side.CLIENT;
        story.reached(client ? Step.SYN : Step.SYN_ACK, at);
        if (repeats == 0 || synRepeats++ < 8) {
            String flags = client ? "SYN" : "SYN-ACK";
            story.event(at, from, client ? Kind.TCP_SYN : Kind.TCP_SYN_ACK, Phase.TCP,
                    repeats == 0 ? flags : flags + ", repeated (" + repeats + ")", "repeats", repeats);
        }
    }

    @Override
    public void onEstablished(Moment at) {
        story.reached(Step.ESTABLISHED, at);
        story.event(at, Side.CLIENT, Kind.TCP_ESTABLISHED, Phase.TCP, "TCP connected");
    }

    @Override
    public void onGap(Side from, long offset, long length, Moment at) {
        if (gaps++ < 4) {
            story.event(at, from, Kind.TCP_GAP, story.has(Step.CLIENT_HELLO) ? Phase.TLS : Phase.X224,
                    length + " bytes were received but are not in the capture", "bytes", length);
        }
    }

    @Override
    public void onFin(Side from, Moment at) {
        story.event(at, from, Kind.TCP_FIN, phaseNow(), from + " closes (FIN)");
    }

    @Override
    public void onReset(ResetFacts reset) {
        story.event(reset.at(), reset.from(), Kind.TCP_RST, phaseNow(), "RST from the " + reset.from() + "'s address"
                + (reset.text().isEmpty() ? "" : ", which says \"" + reset.text() + "\""), "hopLimit", reset.hopLimit(), "window",
                reset.window(),
                "identification", reset.identification());
    }

    @Override
    public void onIcmp(IcmpFacts error) {
        story.event(error.at(), error.sender(), Kind.ICMP, phaseNow(), "ICMP from " + error.sender() + ": " + error.says(), "type",
                error.type(), "code", error.code(), "mtu", error.mtu(), "quotedLength", error.quotedLength());
    }

    private Phase phaseNow() {
        return story.furthest().phase();
    }

    // ---- bytes ----

    @Override
    public void onBytes(Side from) {
        HalfStream half = connection.half(from);
        int before;
        do {
            before = half.available();
            if (before == 0 || stopped) {
                return;
            }
            switch (reading[from.ordinal()]) {
                case FIRST -> first(from, half, false);
                case MESSAGES -> message(from, half);
                case FOREIGN, LOST -> half.take(half.available());
            }
        } while (half.available() < before || half.available() > 0 && reading[from.ordinal()] != Reading.FIRST && progressed);
    }

    private boolean progressed;

    private void first(Side from, HalfStream half, boolean last) {
        progressed = false;
        if (from == Side.SERVER && prologue.begun() && answersPrologue(half, last)) {
            return;
        }
        if (from == Side.CLIENT && prologue.expects(half.buffer()[half.start()])) {
            prologue(half, FirstBytes.Kind.SOCKS5, last);
            return;
        }
        Decoded<FirstBytes> decoded = FirstBytes.of(half.buffer(), half.start(), half.available());
        FirstBytes opening;
        if (decoded instanceof Decoded.Complete<FirstBytes>(var complete, _)) {
            opening = complete;
        } else if (last) {
            opening = FirstBytes.atEnd(half.buffer(), half.start(), half.available());
        } else {
            return;
        }
        if (!half.isWhole(half.offset(), Math.min(half.available(), 6))) {
            reading[from.ordinal()] = Reading.LOST;
            return;
        }
        if (from == Side.CLIENT && opening.kind() == FirstBytes.Kind.TLS && (gateway || mayBeGateway) && !preconnected) {
            gateway = true;
            sizes.onlyRecord();
        } else if (from == Side.CLIENT && opening.kind().isRdp()) {
            gateway = false;
        }
        switch (opening.kind()) {
            case RDP_REQUEST -> messages(from, from == Side.CLIENT ? null : opening);
            case RDP_CONFIRM -> messages(from, from == Side.SERVER ? null : opening);
            case TLS, TPKT_OTHER, RDP_FAST_PATH -> openedLate(from, opening);
            case PRECONNECTION -> {
                if (from == Side.SERVER || preconnected) {
                    foreign(from, half, opening);
                } else {
                    preconnection(half, opening, last);
                }
            }
            case PROXY_V1, PROXY_V2, SOCKS4, SOCKS5, HTTP_REQUEST, HTTP_RESPONSE -> {
                if (from == Side.SERVER || !prologue(half, opening.kind(), last)) {
                    foreign(from, half, opening);
                }
            }
            case UNKNOWN -> {
                boolean answersHello = from == Side.SERVER && tls.unanswered();
                if (story.has(Step.SYN) || request.isPresent() || prologue.begun() || answersHello) {
                    foreign(from, half, opening);
                } else {
                    midStart = true;
                    reading[from.ordinal()] = Reading.LOST;
                }
            }
            default -> foreign(from, half, opening);
        }
    }

    private void preconnection(HalfStream half, FirstBytes opening, boolean last) {
        switch (Preconnection.decode(half.buffer(), half.start(), half.available())) {
            case Decoded.Complete<Preconnection>(var pdu, int length) -> {
                preconnected = true;
                Moment at = half.completed(half.offset(), half.offset() + length);
                story.event(at, Side.CLIENT, Kind.X224, Phase.X224, "preconnection PDU for " + pdu.target(), Attempt.PRECONNECTION,
                        pdu.name(), "sourceId", pdu.id(), "version", pdu.version());
                half.take(length);
                progressed = half.available() > 0;
            }
            case Decoded.Partial<Preconnection> _ when !last -> { }
            case Decoded.Partial<Preconnection> _ -> note(Side.CLIENT, opening);
            case Decoded.Broken<Preconnection> _ -> foreign(Side.CLIENT, half, opening);
        }
    }

    private void messages(Side from, FirstBytes odd) {
        if (odd != null) {
            note(from, odd);
        }
        reading[from.ordinal()] = Reading.MESSAGES;
        progressed = true;
    }

    /// The first bytes are the middle of a connection, or TLS without RDP before it.
    private void openedLate(Side from, FirstBytes opening) {
        boolean beginning = story.has(Step.SYN); // a SYN-ACK alone may be a late repetition
        if (from == Side.SERVER && request.isPresent() && opening.kind() != FirstBytes.Kind.TPKT_OTHER && !tls.begun()) {
            note(from, opening);
        }
        if (from == Side.CLIENT) {
            boolean direct = opening.kind() == FirstBytes.Kind.TLS && Attempt.direct(preconnected, connection.server());
            if (beginning && !direct) {
                note(from, opening);
            } else if (!beginning) {
                HalfStream half = connection.half(from);
                midStart = !beginsHandshake(half.buffer(), half.start(), half.available());
            }
        }
        messages(from, null);
    }

    /// A TLS handshake record or an MCS Connect-Initial: everything that matters from here on is in the capture.
    private static boolean beginsHandshake(byte[] bytes, int start, int available) {
        return available >= 6 && bytes[start] == ContentType.HANDSHAKE && bytes[start + 5] == 1
                || available >= 9 && bytes[start] == 3 && bytes[start + 7] == 0x7f && bytes[start + 8] == 0x65;
    }

    private void note(Side from, FirstBytes opening) {
        HalfStream half = connection.half(from);
        Moment at = half.completed(half.offset(), half.offset() + half.available());
        if (from == Side.CLIENT) {
            clientOpening = Optional.of(opening);
        } else {
            serverOpening = Optional.of(opening);
        }
        boolean forHello = from == Side.SERVER && tls.unanswered();
        if (!gateway || forHello) {
            story.event(at, from, Kind.FIRST_BYTES, forHello ? Phase.TLS : Phase.X224, forHello
                    ? "the ClientHello is answered in the clear, with " + opening.name() + ": " + opening.excerpt()
                    : "the " + from + "'s first bytes are " + opening.name() + ": " + opening.excerpt(), "protocol", opening.name(),
                    "excerpt", opening.excerpt());
        }
    }

    private void foreign(Side from, HalfStream half, FirstBytes opening) {
        note(from, opening);
        reading[from.ordinal()] = Reading.FOREIGN;
        progressed = true;
    }

    /// Reads what the client says to a proxy; `false` when it is nothing of the kind.
    private boolean prologue(HalfStream half, FirstBytes.Kind kind, boolean last) {
        int length = prologue.fromClient(kind, half.buffer(), half.start(), half.available());
        if (length == Prologue.WAIT && !last) {
            return true;
        }
        if (length <= 0) {
            if (prologue.begun()) {
                foreign(Side.CLIENT, half, FirstBytes.atEnd(half.buffer(), half.start(), half.available()));
            }
            return prologue.begun();
        }
        Moment at = half.completed(half.offset(), half.offset() + length);
        String protocol = FirstBytes.atEnd(half.buffer(), half.start(), length).name();
        String target = Prologue.target(kind, half.buffer(), half.start(), length);
        story.event(at, Side.CLIENT, Kind.FIRST_BYTES, Phase.X224, prologue.take(kind, half.buffer(), half.start(), length), "protocol", protocol,
                "target", target);
        half.take(length);
        progressed = half.available() > 0;
        return true;
    }

    /// Reads a proxy's answer; `false` when what comes is to be read otherwise: it is none, or a refusal.
    private boolean answersPrologue(HalfStream half, boolean last) {
        int length = prologue.fromProxy(half.buffer(), half.start(), half.available());
        if (!prologue.answer().isEmpty() && length != Prologue.WAIT) {
            Moment at = half.completed(half.offset(), half.offset() + Math.max(length, 1));
            story.event(at, Side.SERVER, Kind.GATEWAY, Phase.GATEWAY, "the proxy answers " + prologue.answer(), "proxyStatus",
                    prologue.status(),
                    "refused", prologue.refused(), "answer", prologue.answer());
        }
        if (length == 0 && prologue.refused()) {
            reading[Side.SERVER.ordinal()] = Reading.FOREIGN;
            progressed = true;
            return true;
        }
        if (length > 0) {
            half.take(length);
            progressed = half.available() > 0;
        }
        return length > 0 || length == Prologue.WAIT && !last;
    }

    private void message(Side from, HalfStream half) {
        progressed = false;
        byte[] bytes = half.buffer();
        int start = half.start();
        int available = half.available();
        if (!half.isWhole(half.offset(), Math.min(available, TlsRecord.HEADER))) {
            resynchronize(from, half, "", "");
            return;
        }
        int first = bytes[start] & 0xff;
        if (first >= ContentType.CHANGE_CIPHER_SPEC && first <= ContentType.HEARTBEAT && tlsMayCome(from, half)) {
            if (available < 3 || TlsRecord.plausible(bytes, start, available)) {
                progressed = tls.step(from, half);
                if (progressed) {
                    afterRecord(from);
                }
                return;
            }
        }
        int length = Tpkt.length(bytes, start, available);
        // Fast-path PDUs belong to a session; before it such a byte is the beginning of something else.
        boolean tooEarly = first != 3 && story.has(Step.CONFIRM) && !story.has(Step.CLIENT_INFO);
        if (length == Tpkt.NEED_MORE && !tooEarly) {
            return;
        }
        if (length == Tpkt.NOT_A_FRAME || first != 3 && tls.begun() || tooEarly) {
            resynchronize(from, half, "bytes that are neither TPKT nor TLS",
                    Printable.ascii(bytes, start, Math.min(available, EXCERPT)) + " (" + Hex.of(bytes, start, Math.min(available, 8)) + ")");
            return;
        }
        if (available < length) {
            return;
        }
        Moment at = half.completed(half.offset(), half.offset() + length);
        if (first != 3) {
            clear().fastPath(from, at);
        } else if (half.isWhole(half.offset(), length)) {
            tpdu(from, bytes, start, length, at);
        }
        half.take(length);
        progressed = true;
        stopWhenUp();
    }

    /// A byte of 0x14 to 0x18 begins TLS, or is the code of a fast-path PDU where no TLS was agreed on.
    private boolean tlsMayCome(Side from, HalfStream half) {
        if (tls.begun() || request.isEmpty()) {
            return true;
        }
        boolean standard = confirm.isPresent() && !selected().usesTls();
        return !standard || half.available() >= 3 && half.buffer()[half.start() + 1] == 3 && half.buffer()[half.start() + 2] <= 4
                && !story.has(Step.CONNECT_INITIAL);
    }

    private void afterRecord(Side from) {
        TlsVersion version = tls.version();
        if (version != null) {
            Protocols selected = selected();
            if (plaintext.isPresent()) {
                plaintext.get().begin(selected, confirm.isPresent());
            }
            sizes.begin(selected, confirm.isPresent(), version.is13(), version.code() == TlsVersion.TLS_1_0);
        }
        if (!story.has(Step.SYN) && request.isEmpty() && !tls.handshakeSeen()) {
            midStart = true;
        }
        stopWhenUp();
    }

    private void stopWhenUp() {
        if (story.has(Step.FONT_MAP) && recordsAfterUp++ > RECORDS_AFTER_UP && !stopped && !opens()) {
            stopped = true;
            connection.keepLastWords();
        }
    }

    /// Behind the TLS of a gateway stands HTTP, behind any other RDP.
    private final class Receiver implements OpenedRecords.Receiver {
        private OpenedRecords.Receiver receiver() {
            if (gateway && tunnel.isEmpty()) {
                tunnel = Optional.of(new GatewayTunnel(story, connection.stream(), channels, new TunnelledRdp(secrets.orElseThrow(), familiar)));
            }
            return gateway ? tunnel.orElseThrow() : plaintext.orElseThrow();
        }

        @Override
        public void data(Side from, byte[] plain, Moment at) {
            receiver().data(from, plain, at);
        }

        @Override
        public void lost(Side from) {
            receiver().lost(from);
        }
    }

    /// RDP inside a gateway's tunnel was read.
    private Optional<TunnelledRdp> throughTunnel() {
        return gateway ? tunnel.flatMap(GatewayTunnel::inner) : Optional.empty();
    }

    /// With keys the end of a session can be read too.
    private boolean opens() {
        return opened.isPresent() && opened.get().opens();
    }

    private Protocols selected() {
        if (confirm.isPresent()) {
            return confirm.get().reply() instanceof Tpdu.NegotiationReply.Response(_, var selected) ? selected : Protocols.STANDARD;
        }
        if (request.isEmpty() && tls.begun()) {
            return Attempt.direct(preconnected, connection.server()) ? CREDSSP : TLS_ALONE;
        }
        return Protocols.STANDARD;
    }

    /// The reading has lost its place: a hole, or bytes that are nothing. The next segment may begin a record.
    private void resynchronize(Side from, HalfStream half, String what, String excerpt) {
        if (!what.isEmpty() && !tls.isBroken()) {
            Moment at = half.completed(half.offset(), half.offset() + Math.min(half.available(), 8));
            String says = what + ": " + excerpt;
            tls.onBroken(from, says);
            if (from == Side.SERVER && tls.unanswered() && !serverAstray && serverOpening.isEmpty()) {
                note(from, FirstBytes.atEnd(half.buffer(), half.start(), half.available()));
            } else {
                story.event(at, from, Kind.UNEXPECTED, phaseNow(), says, "excerpt", excerpt);
            }
        }
        serverAstray |= from == Side.SERVER;
        tls.lost(from);
        sizes.lost();
        long boundary = half.nextBoundary(half.offset());
        if (boundary < 0) {
            half.take(half.available());
        } else {
            half.take((int) (boundary - half.offset()));
            progressed = true;
        }
    }

    // ---- X.224 and what it carries ----

    private void tpdu(Side from, byte[] bytes, int start, int length, Moment at) {
        switch (Tpdu.decode(bytes, start, length)) {
            case Decoded.Complete<Tpdu>(var tpdu, _) -> accept(from, tpdu, bytes, start, at);
            case Decoded.Partial<Tpdu> _ -> { }
            case Decoded.Broken<Tpdu>(var fault) ->
                story.event(at, from, Kind.UNEXPECTED, phaseNow(), "a TPKT that cannot be read: " + fault);
        }
    }

    private void accept(Side from, Tpdu tpdu, byte[] bytes, int start, Moment at) {
        switch (tpdu) {
            case Tpdu.ConnectionRequest cr -> {
                if (request.isEmpty() && from == Side.CLIENT) {
                    request = Optional.of(cr);
                    story.reached(Step.REQUEST, at);
                    tell(story, cr, at);
                }
            }
            case Tpdu.ConnectionConfirm cc -> {
                if (confirm.isEmpty() && from == Side.SERVER) {
                    confirm = Optional.of(cc);
                    story.reached(Step.CONFIRM, at);
                    rdpServer.accept(connection.server());
                    tell(story, cc, at);
                }
            }
            case Tpdu.DisconnectRequest dr -> {
                otherTpdu = Optional.of(dr);
                story.event(at, from, Kind.DISCONNECT, phaseNow(), "X.224 Disconnect Request: " + dr.reasonName(), "reason", dr.reason());
            }
            case Tpdu.ErrorTpdu er -> {
                otherTpdu = Optional.of(er);
                story.event(at, from, Kind.DISCONNECT, phaseNow(), "X.224 Error: " + er.causeName(), "cause", er.cause());
            }
            case Tpdu.Data data -> {
                if (tls.begun() || from == Side.SERVER && selected().usesTls()) {
                    if (from == Side.SERVER) {
                        tls.onClearTpkt(at);
                    }
                    story.event(at, from, Kind.UNEXPECTED, Phase.TLS, "an RDP message in the clear where TLS should be");
                }
                clear().accept(from, bytes, start + data.offset(), data.length(), at);
            }
            case Tpdu.Other other -> story.event(at, from, Kind.UNEXPECTED, phaseNow(), "X.224 TPDU " + Hex.code(other.code()));
        }
    }

    /// The PDUs outside TLS: hardly any connection has them.
    private InnerPdus clear() {
        if (clear.isEmpty()) {
            clear = Optional.of(new InnerPdus(story, false));
        }
        return clear.get();
    }

    static void tell(Story story, Tpdu.ConnectionRequest cr, Moment at) {
        story.event(at, Side.CLIENT, Kind.X224, Phase.X224, "Connection Request asking for " + cr.requestedProtocols() + routing(cr),
                "requested", cr.requestedProtocols().names(), "cookie", cr.cookieName(), "correlationId", cr.correlationId(), "requestedProtocols",
                Hex.code(Integer.toUnsignedLong(cr.requestedProtocols().bits())), "negotiationFlags",
                Hex.code(cr.negotiation().map(n -> n.flags().bits()).orElse(0)));
    }

    static void tell(Story story, Tpdu.ConnectionConfirm cc, Moment at) {
        story.event(at, Side.SERVER, Kind.X224, Phase.X224, "Connection Confirm, " + reply(cc.reply()), reply(cc));
    }

    private static String routing(Tpdu.ConnectionRequest cr) {
        StringBuilder text = new StringBuilder();
        for (Routing line : cr.routing()) {
            text.append(switch (line) {
                case Routing.UserCookie cookie -> ", user " + cookie.name();
                case Routing.AddressToken token -> ", routing token for " + token.address() + ":" + token.port();
                case Routing.OpaqueToken _ -> ", routing token";
                case Routing.LoadBalanceInfo info -> ", " + info.text();
                case Routing.FreeText _ -> ", with other text";
            });
        }
        return text.toString();
    }

    private static Object[] reply(Tpdu.ConnectionConfirm cc) {
        return switch (cc.reply()) {
            case Tpdu.NegotiationReply.Response(var flags, var selected) -> new Object[] {"selectedProtocol",
                Hex.code(Integer.toUnsignedLong(selected.bits())), "negotiationFlags", Hex.code(flags.bits()), "flagNames", flags.names()};
            case Tpdu.NegotiationReply.Failure(var code) -> new Object[] {"failureCode", Integer.toUnsignedLong(code.code()), "failureName", code.name()};
            case Tpdu.NegotiationReply.None _, Tpdu.NegotiationReply.Unknown _ -> new Object[0];
        };
    }

    private static String reply(Tpdu.NegotiationReply reply) {
        return switch (reply) {
            case Tpdu.NegotiationReply.Response(_, var selected) -> "selects " + selected;
            case Tpdu.NegotiationReply.Failure(var code) -> "negotiation failure " + (code.known() ? code.number() + " " : "") + code.name();
            case Tpdu.NegotiationReply.None _ -> "without negotiation: Standard RDP Security";
            case Tpdu.NegotiationReply.Unknown(var type, _) -> "with an unknown structure of type " + type;
        };
    }

    // ---- the end ----

    @Override
    public void onQuiet(long nanos) {
        boolean unanswered = connection.half(Side.CLIENT).waiting() || connection.half(Side.SERVER).waiting();
        if (!story.has(Step.FONT_MAP) || unanswered) {
            quiet.accept(attempt(Attempt.End.CAPTURE_ENDED));
        }
    }

    @Override
    public void onEnd(End why) {
        for (Side side : Side.values()) {
            HalfStream half = connection.half(side);
            if (reading[side.ordinal()] == Reading.FIRST && half.available() > 0) {
                first(side, half, true);
                onBytes(side);
            }
        }
        opened.ifPresent(records -> records.finish(tls));
        lastWords();
        if (throughTunnel().isPresent() && !told) {
            told = true;
            throughTunnel().get().tell(story, tunnel.orElseThrow().tells());
        }
        done.accept(attempt(switch (why) {
            case CLOSED, REPLACED -> Attempt.End.CLOSED;
            case CAPTURE_ENDED, GIVEN_UP -> Attempt.End.CAPTURE_ENDED;
            case EVICTED -> Attempt.End.EVICTED;
        }));
    }

    /// Of a long session the beginning was read; how it ends stands in the last messages of both sides.
    private void lastWords() {
        List<LastMessages.Message> messages = new ArrayList<>();
        for (Side side : Side.values()) {
            messages.addAll(LastMessages.of(side, connection.half(side).lastWords(), tls.begun()));
        }
        messages.sort(java.util.Comparator.comparingLong(message -> message.at().frame()));
        for (LastMessages.Message message : messages) {
            if (tls.begun()) {
                tls.record(message.from(), message.bytes(), message.start(), message.length() - TlsRecord.HEADER, message.at());
            } else {
                tpdu(message.from(), message.bytes(), message.start(), message.length(), message.at());
            }
        }
    }

    /// Everything learnt so far.
    private Attempt attempt(Attempt.End end) {
        TcpFacts tcp = connection.facts();
        HalfStream server = connection.half(Side.SERVER);
        int left = server.available();
        int promised = 0;
        if (left >= TlsRecord.HEADER && tls.begun() && TlsRecord.plausible(server.buffer(), server.start(), left)) {
            promised = TlsRecord.HEADER + ((server.buffer()[server.start() + 3] & 0xff) << 8 | server.buffer()[server.start() + 4] & 0xff);
        }
        List<dev.rdptrace.timeline.Event> events = new ArrayList<>(story.events());
        events.sort(java.util.Comparator.comparingLong((dev.rdptrace.timeline.Event event) -> event.at().frame()));
        boolean nothingOfRdp = !story.has(Step.SYN) && !story.has(Step.SYN_ACK) && request.isEmpty() && confirm.isEmpty()
                && !story.has(Step.FONT_MAP) && !gateway && !prologue.begun() && !preconnected;
        Optional<TunnelledRdp> inside = throughTunnel();
        return new Attempt(connection.stream(), connection.client(), connection.server(), connection.rolesCertain(), midStart || nothingOfRdp,
                story.steps(), story.inferredSteps(), inside.isPresent() ? inside.get().request() : request,
                inside.isPresent() ? inside.get().confirm() : confirm, otherTpdu, tls.facts(promised, promised == 0 ? 0 : left),
                inside.isPresent() ? inside.get().authentication() : authentication(),
                inside.isPresent() ? inside.get().inner() : inner(), clientOpening, serverOpening,
                new int[] {connection.half(Side.CLIENT).available(), left}, prologue.text(), prologue.port(), story.records(),
                        List.copyOf(events), tcp, gateway,
                tunnel.map(GatewayTunnel::facts).orElse(GatewayFacts.NONE), end);
    }

    private AuthenticationFacts authentication() {
        return plaintext.isPresent() ? plaintext.get().logon().facts(sizes) : Logon.unread(sizes);
    }

    private InnerFacts inner() {
        if (plaintext.isPresent() && plaintext.get().inner().any()) {
            return plaintext.get().inner().facts(sizes);
        }
        return clear.isPresent() ? clear.get().facts(sizes) : InnerPdus.unread(sizes);
    }

    /// Nothing can be opened.
    private enum NoKeys implements TlsObserver.RecordSink {
        INSTANCE;

        private static final Decrypted NONE = new Decrypted.Unavailable("no secrets");

        @Override
        public Decrypted open(Side from, int type, int version, byte[] bytes, int offset, int length, Moment at) {
            return NONE;
        }

        @Override
        public void data(Side from, byte[] plain, Moment at) {}

        @Override
        public void gap(Side from, int records) {}
    }
}
