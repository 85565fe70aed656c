package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.decrypt.Decrypted;
import dev.rdptrace.decrypt.HandshakeReader;
import dev.rdptrace.tcp.OrderedBytes;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Happening;
import dev.rdptrace.timeline.Happening.Note;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.timeline.TlsFacts;
import dev.rdptrace.wire.tls.Alert;
import dev.rdptrace.wire.tls.CertificateMessage;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.ContentType;
import dev.rdptrace.wire.tls.Handshake;
import dev.rdptrace.wire.tls.HandshakeMessage;
import dev.rdptrace.wire.tls.PlainLength;
import dev.rdptrace.wire.tls.TlsRecord;
import dev.rdptrace.wire.tls.TlsVersion;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Follows the TLS of one connection as far as it is clear, and hands what is sealed to a [SizeReader].
final class TlsObserver {
    private static final int FINISHED_13_SHA256 = 4 + 32 + 17;
    private static final int FINISHED_13_SHA384 = 4 + 48 + 17;
    /// RFC 8446 4.4.2: a Certificate message of a client that has none. Nothing else of a client is so short before its Finished.
    private static final int EMPTY_CERTIFICATE_13 = 4 + 1 + 3;

    private final EventLog story;
    private final SizeReader sizes;
    private final RecordSink sink;
    private final Hellos hellos;
    private final TlsAlerts alerts;

    private final HandshakeReader handshake = new HandshakeReader(this::message);
    private Moment now = Moment.NEVER; // when the record that is read was complete
    private final boolean[] sealed = new boolean[2];
    private final boolean[] finished = new boolean[2];
    private int clientHelloSegments;
    private int sealedCertificateLength = -1;
    private boolean certificateRequested;
    private boolean clientCertificateEmpty;
    private boolean resumed;
    private boolean renegotiated;
    private int serverRecords;
    private Moment clearTpkt = Moment.NEVER;
    private String broken = "";
    private Side brokenFrom = Side.SERVER;
    private boolean tls13;
    private boolean done;
    private int clientSealedRecords;
    private Moment lastOfServerFlight = Moment.NEVER;
    private boolean handshakeSeen;

    TlsObserver(EventLog story, SizeReader sizes, RecordSink sink, InternedFacts familiar) {
        this.story = story;
        this.sizes = sizes;
        this.sink = sink;
        this.hellos = new Hellos(story, familiar);
        this.alerts = new TlsAlerts(story, sizes);
    }

    boolean begun() {
        return hellos.client().isPresent() || hellos.server().isPresent();
    }

    boolean handshakeSeen() {
        return handshakeSeen;
    }

    void onClearTpkt(Moment at) {
        // Behind an alert it adds nothing; order in the stream tells, both may have come in one frame.
        if (!clearTpkt.seen() && !alerts.anyFrom(Side.SERVER)) {
            clearTpkt = at;
        }
    }

    /// The client has said hello, and no record of the server has come.
    boolean unanswered() {
        return hellos.client().isPresent() && serverRecords == 0;
    }

    boolean isBroken() {
        return !broken.isEmpty();
    }

    void onBroken(Side side, String what) {
        if (broken.isEmpty()) {
            broken = what;
            brokenFrom = side;
        }
    }

    /// Takes one record if it is all there.
    boolean step(Side side, OrderedBytes in) {
        byte[] bytes = in.buffer();
        int start = in.start();
        int total = TlsRecord.length(bytes, start, in.available());
        if (total <= 0 || in.available() < total) {
            return false;
        }
        int length = total - TlsRecord.HEADER;
        long offset = in.offset();
        Moment at = in.completed(offset, offset + total);
        int type = bytes[start] & 0xff;
        int version = (bytes[start + 1] & 0xff) << 8 | bytes[start + 2] & 0xff;
        if (type == ContentType.HANDSHAKE && side == Side.CLIENT && hellos.client().isEmpty()) {
            clientHelloSegments = in.segments(offset, offset + total);
        }
        if (side == Side.SERVER) {
            serverRecords++;
        }
        if (!in.isWhole(offset, total)) {
            gap(side, 1);
        }
        int captured = in.captured(offset + TlsRecord.HEADER, length);
        onRecord(side, type, version, bytes, start + TlsRecord.HEADER, length, captured, at);
        in.take(total);
        return true;
    }

    private void onRecord(Side side, int type, int version, byte[] bytes, int offset, int length, int captured, Moment at) {
        boolean whole = captured == length;
        if (whole) {
            Decrypted opened = sink.open(side, type, version, bytes, offset, length, at);
            if (opened == RecordSink.SET_ASIDE) {
                return;
            }
            if (opened instanceof Decrypted.Plain(int inner, byte[] plain)) {
                opened(side, inner, plain, length, at);
                return;
            }
        }
        boolean shut = tls13 ? type == ContentType.APPLICATION_DATA : sealed[side.ordinal()];
        if (shut) {
            handshake.lost(side == Side.CLIENT); // it may hold the rest of a message
        }
        switch (type) {
            case ContentType.HANDSHAKE -> {
                if (shut) {
                    sealedHandshake(side, at);
                } else {
                    handshake(side, bytes, offset, captured, at);
                    if (!whole) {
                        cutHandshake(side, at);
                    }
                }
            }
            case ContentType.CHANGE_CIPHER_SPEC -> changeCipherSpec(side, at);
            case ContentType.ALERT -> alert(side, bytes, offset, length, whole, at);
            case ContentType.APPLICATION_DATA -> application(side, length, at);
            default -> story.event(at, side, Kind.UNEXPECTED, Phase.TLS, Note.of("TLS record of type {}", type));
        }
    }

    /// A record that was set aside comes again.
    void replay(Side side, int type, int version, byte[] bytes, Moment at) {
        if (sink.open(side, type, version, bytes, 0, bytes.length, at) instanceof Decrypted.Plain(int inner, byte[] plain)) {
            opened(side, inner, plain, bytes.length, at);
        }
    }

    // ---- opened with keys ----

    private void opened(Side side, int type, byte[] plain, int sealedLength, Moment at) {
        switch (type) {
            case ContentType.HANDSHAKE -> {
                if (tls13 && side == Side.SERVER && !done) {
                    sealedCertificateLength = Math.max(sealedCertificateLength, sealedLength);
                } else if (!tls13) {
                    sealedHandshake(side, at);
                }
                handshake(side, plain, 0, plain.length, at);
            }
            case ContentType.ALERT -> {
                if (Alert.decode(plain, 0, plain.length) instanceof Decoded.Complete<Alert>(var alert, _)) {
                    alerts.opened(at, side, alert, done);
                }
            }
            case ContentType.APPLICATION_DATA -> {
                if (tls13 && !done && side == Side.CLIENT && finished[Side.SERVER.ordinal()]) {
                    finish13(at, side); // its Finished is not in the capture
                }
                sizes.follow(new SizedRecord(at, side, plain.length, plain.length, false));
                sink.data(side, plain, at);
            }
            default -> {}
        }
    }

    private void renegotiation(Side side, int type, Moment at) {
        if (type == Handshake.HELLO_REQUEST || type == Handshake.CLIENT_HELLO && !renegotiated) {
            renegotiated |= type == Handshake.CLIENT_HELLO;
            story.event(at, side, Kind.TLS_HANDSHAKE, Phase.TLS, type == Handshake.HELLO_REQUEST
                    ? "HelloRequest: the server wants to negotiate TLS anew" : "ClientHello: TLS is negotiated anew");
        }
    }

    // ---- the handshake, in the clear or opened ----

    private void handshake(Side side, byte[] bytes, int offset, int length, Moment at) {
        now = at;
        if (!handshake.read(side == Side.CLIENT, bytes, offset, length)) {
            onBroken(side, "a handshake message of more than " + HandshakeReader.LONGEST + " bytes");
        }
    }

    /// The record is not all in the capture: the message that is cut can be named.
    private void cutHandshake(Side side, Moment at) {
        handshakeSeen = true;
        int type = handshake.begun(side == Side.CLIENT);
        if (side == Side.CLIENT && type == Handshake.CLIENT_HELLO) {
            story.reached(Step.CLIENT_HELLO, at);
        }
        if (type == Handshake.CLIENT_HELLO || type == Handshake.SERVER_HELLO) {
            story.event(at, side, Kind.TLS_HANDSHAKE, Phase.TLS, type == Handshake.CLIENT_HELLO ? "ClientHello, not whole in the capture"
                    : "ServerHello, not whole in the capture");
        }
        handshake.lost(side == Side.CLIENT);
    }

    private void message(boolean fromClient, HandshakeMessage message) {
        sink.message(fromClient, message);
        Side side = fromClient ? Side.CLIENT : Side.SERVER;
        Moment at = now;
        int type = message.type();
        if (sealed[side.ordinal()] && !tls13) {
            renegotiation(side, type, at);
            return;
        }
        int length = message.length();
        handshakeSeen = true;
        switch (type) {
            case Handshake.CLIENT_HELLO -> hellos.onClientHello(side, message, at);
            case Handshake.SERVER_HELLO -> onServerHello(message, at);
            case Handshake.CERTIFICATE -> onCertificate(side, message, at);
            case Handshake.CERTIFICATE_REQUEST -> {
                certificateRequested = true;
                story.event(at, side, Kind.TLS_HANDSHAKE, Phase.TLS, "CertificateRequest: the server asks for a client certificate");
            }
            case Handshake.SERVER_HELLO_DONE -> {
                story.reached(Step.SERVER_FLIGHT, at);
                lastOfServerFlight = at;
            }
            case Handshake.CLIENT_KEY_EXCHANGE -> {
                story.reached(Step.SERVER_FLIGHT, lastOfServerFlight.seen() ? lastOfServerFlight : at);
                story.reached(Step.CLIENT_KEY_EXCHANGE, at);
                story.event(at, side, Kind.TLS_HANDSHAKE, Phase.TLS, new Happening.KeyExchange(length));
            }
            case Handshake.FINISHED -> {
                finished[side.ordinal()] = true;
                if (side == Side.SERVER) {
                    story.reached(Step.SERVER_FLIGHT, at);
                    lastOfServerFlight = at;
                } else {
                    finish13(at, side);
                }
            }
            default -> lastOfServerFlight = side == Side.SERVER ? at : lastOfServerFlight;
        }
    }

    private void onServerHello(HandshakeMessage message, Moment at) {
        if (hellos.onServerHello(message, at)) {
            lastOfServerFlight = at;
            TlsVersion version = hellos.version();
            tls13 = version != null && version.is13();
            if (tls13) {
                sealed[0] = true;
                sealed[1] = true;
            }
        }
    }

    private void onCertificate(Side side, HandshakeMessage message, Moment at) {
        Optional<CertificateMessage> chain = hellos.onCertificate(side, message, tls13, at);
        if (side == Side.CLIENT) {
            clientCertificateEmpty = chain.map(shown -> shown.certificates().isEmpty()).orElse(clientCertificateEmpty);
        } else if (chain.isPresent()) {
            lastOfServerFlight = at;
        }
    }

    // ---- sealed ----

    private void changeCipherSpec(Side side, Moment at) {
        if (tls13) {
            return; // for the eyes of middle boxes
        }
        if (hellos.server().isEmpty() && story.has(Step.HELLO_RETRY)) {
            return; // both sides of TLS 1.3 do so around a HelloRetryRequest
        }
        sealed[side.ordinal()] = true;
        handshake.lost(side == Side.CLIENT);
        if (side == Side.SERVER && !sealed[Side.CLIENT.ordinal()] && hellos.server().isPresent() && hellos.certificates().isEmpty()) {
            resumed = true;
            story.reached(Step.SERVER_FLIGHT, at);
        }
    }

    private void sealedHandshake(Side side, Moment at) {
        if (!finished[side.ordinal()]) {
            finished[side.ordinal()] = true;
            if (side == Side.CLIENT) {
                story.reached(Step.CLIENT_FINISHED, at);
                story.event(at, side, Kind.TLS_HANDSHAKE, Phase.TLS, "client Finished (encrypted)");
            }
            if (finished[0] && finished[1]) {
                established(at, side);
            }
        }
    }

    private void established(Moment at, Side by) {
        if (!done) {
            done = true;
            story.reached(Step.TLS_DONE, at);
            story.event(at, by, Kind.TLS_DONE, Phase.TLS, new Happening.Established(resumed));
        }
    }

    private void alert(Side side, byte[] bytes, int offset, int length, boolean whole, Moment at) {
        // An alert of TLS 1.3 with two bytes was sent before its sender had keys.
        boolean readable = (!sealed[side.ordinal()] || tls13) && whole && length == 2;
        if (readable && Alert.decode(bytes, offset, length) instanceof Decoded.Complete<Alert>(var alert, _)) {
            alerts.inTheClear(at, side, alert, done);
        } else {
            alerts.sealed(at, side, done);
        }
    }

    private void application(Side side, int length, Moment at) {
        if (tls13 && !done) {
            handshakeOf13(side, length, at);
            return;
        }
        if (tls13 && TlsAlerts.isSealed13(length)) {
            alerts.sealed(at, side, done);
            return;
        }
        PlainLength plain = hellos.plainLength(length);
        if (plain.isPossible()) {
            sizes.accept(new SizedRecord(at, side, plain.min(), plain.max(), false));
        }
    }

    /// The sealed part of a TLS 1.3 handshake: the server's flight until the client's Finished.
    private void handshakeOf13(Side side, int length, Moment at) {
        if (TlsAlerts.isSealed13(length)) {
            alerts.sealed(at, side, done);
            return;
        }
        if (side == Side.SERVER) {
            sealedCertificateLength = Math.max(sealedCertificateLength, length);
            lastOfServerFlight = at;
            return;
        }
        clientSealedRecords++;
        int alone = length - EMPTY_CERTIFICATE_13;
        boolean together = alone == FINISHED_13_SHA256 || alone == FINISHED_13_SHA384;
        if (clientSealedRecords == 1 && (alone == 17 || together)) {
            certificateRequested = true;
            clientCertificateEmpty = true;
            story.event(at, side, Kind.TLS_HANDSHAKE, Phase.TLS, "client has no certificate to show (judged by size)");
        }
        // A client certificate may stand before Finished; whatever the third record is, the handshake is over by then.
        if (length == FINISHED_13_SHA256 || length == FINISHED_13_SHA384 || together || clientSealedRecords >= 3) {
            finish13(at, side);
        }
    }

    private void finish13(Moment at, Side by) {
        finished[0] = true;
        finished[1] = true;
        story.reached(Step.SERVER_FLIGHT, lastOfServerFlight.seen() ? lastOfServerFlight : at);
        story.reached(Step.CLIENT_FINISHED, at);
        established(at, by);
    }

    TlsFacts facts(int promisedBytes, int deliveredBytes) {
        Optional<InternedFacts.Client> client = hellos.client();
        Optional<InternedFacts.Server> server = hellos.server();
        return new TlsFacts(client.map(InternedFacts.Client::hello), hellos.clientLength(), clientHelloSegments,
                server.map(InternedFacts.Server::hello), hellos.certificates(), sealedCertificateLength, certificateRequested,
                clientCertificateEmpty, resumed, alerts.all(), serverRecords, promisedBytes, deliveredBytes, clearTpkt, broken, brokenFrom,
                client.map(InternedFacts.Client::ja3).orElse(""), client.map(InternedFacts.Client::ja4).orElse(""),
                server.map(InternedFacts.Server::ja3s).orElse(""));
    }

    /// Records of this side are missing, or part of one.
    void lost(Side side) {
        gap(side, -1);
    }

    private void gap(Side side, int records) {
        sink.gap(side, records);
        handshake.lost(side == Side.CLIENT);
    }

    /// The version that the server chose; `null` before it has.
    @Nullable
    TlsVersion version() {
        return hellos.version();
    }
}
