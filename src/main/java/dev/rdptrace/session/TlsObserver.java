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
import dev.rdptrace.timeline.TlsFacts.AlertSeen;
import dev.rdptrace.wire.tls.Alert;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.tls.CertificateMessage;
import dev.rdptrace.wire.tls.CipherSuite;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.ContentType;
import dev.rdptrace.wire.tls.Handshake;
import dev.rdptrace.wire.tls.HandshakeMessage;
import dev.rdptrace.wire.tls.PlainLength;
import dev.rdptrace.wire.tls.ServerHello;
import dev.rdptrace.wire.tls.TlsRecord;
import dev.rdptrace.wire.tls.TlsVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Follows the TLS of one connection as far as it is clear, and hands what is sealed to a [SizeReader].
final class TlsObserver {
    private static final int ALERT_LIMIT = 8;
    private static final int CHAIN_LIMIT = 16;
    /// An alert of TLS 1.3: two bytes, the inner type and the tag.
    private static final int SEALED_ALERT_13 = 19;
    private static final int FINISHED_13_SHA256 = 4 + 32 + 17;
    private static final int FINISHED_13_SHA384 = 4 + 48 + 17;
    /// RFC 8446 4.4.2: a Certificate message of a client that has none. Nothing else of a client is so short before its Finished.
    private static final int EMPTY_CERTIFICATE_13 = 4 + 1 + 3;

    private final EventLog story;
    private final SizeReader sizes;
    private final RecordSink sink;
    private final InternedFacts familiar;

    private final HandshakeReader handshake = new HandshakeReader(this::message);
    private Moment now = Moment.NEVER; // when the record that is read was complete
    private final boolean[] sealed = new boolean[2];
    private final boolean[] finished = new boolean[2];
    private Optional<ClientHello> clientHello = Optional.empty();
    private int clientHelloLength;
    private int clientHelloSegments;
    private Optional<ServerHello> serverHello = Optional.empty();
    private List<CertificateFacts> certificates = List.of();
    private int sealedCertificateLength = -1;
    private boolean certificateRequested;
    private boolean clientCertificateEmpty;
    private boolean resumed;
    private boolean renegotiated;
    private List<AlertSeen> alerts = List.of();
    private int serverRecords;
    private Moment clearTpkt = Moment.NEVER;
    private String broken = "";
    private Side brokenFrom = Side.SERVER;
    private String ja3 = "";
    private String ja4 = "";
    private String ja3s = "";
    private boolean tls13;
    private TlsVersion version; // from the ServerHello on
    private CipherSuite.Protection protection;
    private boolean encryptThenMac;
    private boolean done;
    private int clientSealedRecords;
    private Moment lastOfServerFlight = Moment.NEVER;
    private boolean handshakeSeen;

    /// Who may be able to open a sealed record.
    interface RecordSink {
        /// What [#open] answers for a record that it keeps for the end, when [#replay] brings it again.
        Decrypted SET_ASIDE = new Decrypted.Unavailable("set aside");

        /// Any record in the order of the stream, clear ones too.
        Decrypted open(Side from, int type, int version, byte[] bytes, int offset, int length, Moment at);

        /// A message of the handshake, from the clear or from a record that was opened.
        void message(boolean fromClient, HandshakeMessage message);

        /// Application data that was opened.
        void data(Side from, byte[] plain, Moment at);

        /// Records of this side are missing; -1 where it is not known how many.
        void gap(Side from, int records);
    }

    /// Nothing can be opened.
    enum NoKeys implements RecordSink {
        INSTANCE;

        private static final Decrypted NONE = new Decrypted.Unavailable("no secrets");

        @Override
        public Decrypted open(Side from, int type, int version, byte[] bytes, int offset, int length, Moment at) {
            return NONE;
        }

        @Override
        public void message(boolean fromClient, HandshakeMessage message) {}

        @Override
        public void data(Side from, byte[] plain, Moment at) {}

        @Override
        public void gap(Side from, int records) {}
    }

    TlsObserver(EventLog story, SizeReader sizes, RecordSink sink, InternedFacts familiar) {
        this.familiar = familiar;
        this.story = story;
        this.sizes = sizes;
        this.sink = sink;
    }

    boolean begun() {
        return clientHello.isPresent() || serverHello.isPresent();
    }

    boolean handshakeSeen() {
        return handshakeSeen;
    }

    void onClearTpkt(Moment at) {
        // Behind an alert it adds nothing; order in the stream tells, both may have come in one frame.
        if (!clearTpkt.seen() && alerts.stream().noneMatch(alert -> alert.from() == Side.SERVER)) {
            clearTpkt = at;
        }
    }

    /// The client has said hello, and no record of the server has come.
    boolean unanswered() {
        return clientHello.isPresent() && serverRecords == 0;
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
        if (type == ContentType.HANDSHAKE && side == Side.CLIENT && clientHello.isEmpty()) {
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
                    openedAlert(side, alert, at);
                }
            }
            case ContentType.APPLICATION_DATA -> {
                if (tls13 && !done && side == Side.CLIENT && finished[Side.SERVER.ordinal()]) {
                    finish13(at, side); // its Finished is not in the capture
                }
                sizes.follow(new SizedRecord(at, side, plain.length, plain.length, false));
                sink.data(side, plain, at);
            }
            default -> { }
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
        if (side == Side.CLIENT && handshake.begun(true) == Handshake.CLIENT_HELLO) {
            story.reached(Step.CLIENT_HELLO, at);
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
            case Handshake.CLIENT_HELLO -> onClientHello(side, message, at);
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

    private void onClientHello(Side side, HandshakeMessage message, Moment at) {
        if (!(message.hello() instanceof Decoded.Complete<?>(ClientHello hello, _))) {
            story.event(at, side, Kind.UNEXPECTED, Phase.TLS, unreadable("a ClientHello", message.hello()));
            story.reached(Step.CLIENT_HELLO, at);
            return;
        }
        boolean second = story.has(Step.HELLO_RETRY);
        InternedFacts.Client client = familiar.client(hello);
        ja3 = client.ja3();
        ja4 = client.ja4();
        clientHello = Optional.of(client.hello());
        clientHelloLength = message.total() + TlsRecord.HEADER;
        story.reached(second ? Step.SECOND_CLIENT_HELLO : Step.CLIENT_HELLO, at);
        story.event(at, side, Kind.TLS_HELLO, Phase.TLS,
                new Happening.Hello(second, client.version(), client.suites(), clientHelloLength, hello.serverName(), ja3, ja4));
    }

    private void onServerHello(HandshakeMessage message, Moment at) {
        if (!(message.hello() instanceof Decoded.Complete<?>(ServerHello hello, _))) {
            story.event(at, Side.SERVER, Kind.UNEXPECTED, Phase.TLS, unreadable("a ServerHello", message.hello()));
            return;
        }
        if (hello.isHelloRetryRequest()) {
            story.reached(Step.HELLO_RETRY, at);
            story.event(at, Side.SERVER, Kind.TLS_HELLO, Phase.TLS, "HelloRetryRequest: the server wants another key share");
            return;
        }
        InternedFacts.Server server = familiar.server(hello);
        serverHello = Optional.of(server.hello());
        ja3s = server.ja3s();
        version = hello.version();
        protection = hello.suite().protection();
        encryptThenMac = hello.encryptThenMac();
        tls13 = version.is13();
        lastOfServerFlight = at;
        story.reached(Step.SERVER_HELLO, at);
        story.event(at, Side.SERVER, Kind.TLS_HELLO, Phase.TLS, Note.of("ServerHello, {version}, {cipher}", version.name(), hello.suite()
                .name()));
        if (tls13) {
            sealed[0] = true;
            sealed[1] = true;
        }
    }

    private void onCertificate(Side side, HandshakeMessage message, Moment at) {
        Decoded<CertificateMessage> decoded = familiar.certificates(message.bytes(), message.body(), message.length(), tls13);
        if (!(decoded instanceof Decoded.Complete<CertificateMessage>(var chain, _))) {
            story.event(at, side, Kind.UNEXPECTED, Phase.TLS, unreadable("a Certificate message", decoded));
            return;
        }
        if (side == Side.CLIENT) {
            clientCertificateEmpty = chain.certificates().isEmpty();
            story.event(at, side, Kind.TLS_HANDSHAKE, Phase.TLS,
                    clientCertificateEmpty ? "client has no certificate to show" : "client certificate");
            return;
        }
        lastOfServerFlight = at;
        story.reached(Step.CERTIFICATE, at);
        for (byte[] der : chain.certificates()) {
            if (certificates.size() == CHAIN_LIMIT) {
                break;
            }
            if (familiar.certificate(der) instanceof Decoded.Complete<CertificateFacts>(var facts, _)) {
                if (certificates.isEmpty()) {
                    certificates = new ArrayList<>(1);
                }
                certificates.add(facts);
            }
        }
        if (certificates.isEmpty()) {
            story.event(at, side, Kind.TLS_HANDSHAKE, Phase.TLS, "Certificate, but none that can be read");
        } else {
            story.event(at, side, Kind.TLS_HANDSHAKE, Phase.TLS, certificates.getFirst());
        }
    }

    private static Happening unreadable(String message, Decoded<?> decoded) {
        return decoded instanceof Decoded.Broken<?>(var fault) ? new Happening.Unreadable(message, fault)
                : Note.of(message + " that cannot be read");
    }

    // ---- sealed ----

    private void changeCipherSpec(Side side, Moment at) {
        if (tls13) {
            return; // for the eyes of middle boxes
        }
        if (serverHello.isEmpty() && story.has(Step.HELLO_RETRY)) {
            return; // both sides of TLS 1.3 do so around a HelloRetryRequest
        }
        sealed[side.ordinal()] = true;
        handshake.lost(side == Side.CLIENT);
        if (side == Side.SERVER && !sealed[Side.CLIENT.ordinal()] && serverHello.isPresent() && certificates.isEmpty()) {
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
            addAlert(new AlertSeen(at, side, alert.level(), alert.code(), !done), Phase.TLS);
            return;
        }
        sealedAlert(side, at);
    }

    private void sealedAlert(Side side, Moment at) {
        addAlert(new AlertSeen(at, side, -1, -1, !done), done ? Phase.CREDSSP : Phase.TLS);
        if (done) {
            sizes.accept(new SizedRecord(at, side, 2, 2, true));
        }
    }

    /// An alert that was opened with keys.
    private void openedAlert(Side side, Alert alert, Moment at) {
        addAlert(new AlertSeen(at, side, alert.level(), alert.code(), !done), Phase.TLS);
        if (done) {
            sizes.follow(new SizedRecord(at, side, 2, 2, true));
        }
    }

    private void addAlert(AlertSeen alert, Phase phase) {
        story.event(alert.at(), alert.from(), Kind.TLS_ALERT, phase, alert);
        if (alerts.isEmpty()) {
            alerts = new ArrayList<>(1);
        }
        if (alerts.size() < ALERT_LIMIT) {
            alerts.add(alert);
        }
    }

    private void application(Side side, int length, Moment at) {
        if (tls13 && !done) {
            handshakeOf13(side, length, at);
            return;
        }
        if (tls13 && length == SEALED_ALERT_13) {
            sealedAlert(side, at);
            return;
        }
        if (serverHello.isPresent()) {
            PlainLength plain = PlainLength.of(length, version, protection, encryptThenMac);
            if (plain.isPossible()) {
                sizes.accept(new SizedRecord(at, side, plain.min(), plain.max(), false));
            }
        }
    }

    /// The sealed part of a TLS 1.3 handshake: the server's flight until the client's Finished.
    private void handshakeOf13(Side side, int length, Moment at) {
        if (length == SEALED_ALERT_13) {
            sealedAlert(side, at);
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
        return new TlsFacts(clientHello, clientHelloLength, clientHelloSegments, serverHello, List.copyOf(certificates),
                sealedCertificateLength, certificateRequested, clientCertificateEmpty, resumed, List.copyOf(alerts), serverRecords,
                promisedBytes, deliveredBytes, clearTpkt, broken, brokenFrom, ja3, ja4, ja3s);
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
    TlsVersion version() {
        return version;
    }
}
