package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Happening;
import dev.rdptrace.timeline.Happening.Note;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.tls.CertificateMessage;
import dev.rdptrace.wire.tls.CipherSuite;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.HandshakeMessage;
import dev.rdptrace.wire.tls.PlainLength;
import dev.rdptrace.wire.tls.ServerHello;
import dev.rdptrace.wire.tls.TlsRecord;
import dev.rdptrace.wire.tls.TlsVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How both sides of a TLS handshake introduce themselves: by their hellos and their certificates.
final class Hellos {
    private static final int CHAIN_LIMIT = 16;

    private final EventLog story;
    private final InternedFacts familiar;
    private Optional<InternedFacts.Client> client = Optional.empty();
    private int clientLength;
    private Optional<InternedFacts.Server> server = Optional.empty();
    // from the ServerHello on
    private @Nullable TlsVersion version;
    private CipherSuite.@Nullable Protection protection;
    private boolean encryptThenMac;
    private List<CertificateFacts> certificates = List.of();

    Hellos(EventLog story, InternedFacts familiar) {
        this.story = story;
        this.familiar = familiar;
    }

    /// The last ClientHello.
    Optional<InternedFacts.Client> client() {
        return client;
    }

    /// Bytes of the record of the last ClientHello.
    int clientLength() {
        return clientLength;
    }

    /// The ServerHello that chooses; a HelloRetryRequest does not.
    Optional<InternedFacts.Server> server() {
        return server;
    }

    /// The version that the server chose; `null` before it has.
    @Nullable
    TlsVersion version() {
        return version;
    }

    /// The server's, leaf first, as far as they can be read.
    List<CertificateFacts> certificates() {
        return List.copyOf(certificates);
    }

    /// How many bytes a record of `sealed` bytes may hold, by the suite that the server chose.
    PlainLength plainLength(int sealed) {
        return version == null || protection == null ? PlainLength.IMPOSSIBLE : PlainLength.of(sealed, version, protection, encryptThenMac);
    }

    void onClientHello(Side side, HandshakeMessage message, Moment at) {
        if (!(message.hello() instanceof Decoded.Complete<?>(ClientHello hello, _))) {
            story.event(at, side, Kind.UNEXPECTED, Phase.TLS, unreadable("a ClientHello", message.hello()));
            story.reached(Step.CLIENT_HELLO, at);
            return;
        }
        boolean second = story.has(Step.HELLO_RETRY);
        InternedFacts.Client said = familiar.client(hello);
        client = Optional.of(said);
        clientLength = message.total() + TlsRecord.HEADER;
        story.reached(second ? Step.SECOND_CLIENT_HELLO : Step.CLIENT_HELLO, at);
        story.event(at, side, Kind.TLS_HELLO, Phase.TLS,
                new Happening.Hello(second, said.version(), said.suites(), clientLength, hello.serverName(), said.ja3(), said.ja4()));
    }

    /// Answers whether the server has chosen.
    boolean onServerHello(HandshakeMessage message, Moment at) {
        if (!(message.hello() instanceof Decoded.Complete<?>(ServerHello hello, _))) {
            story.event(at, Side.SERVER, Kind.UNEXPECTED, Phase.TLS, unreadable("a ServerHello", message.hello()));
            return false;
        }
        if (hello.isHelloRetryRequest()) {
            story.reached(Step.HELLO_RETRY, at);
            story.event(at, Side.SERVER, Kind.TLS_HELLO, Phase.TLS, "HelloRetryRequest: the server wants another key share");
            return false;
        }
        server = Optional.of(familiar.server(hello));
        version = hello.version();
        protection = hello.suite().protection();
        encryptThenMac = hello.encryptThenMac();
        story.reached(Step.SERVER_HELLO, at);
        story.event(at, Side.SERVER, Kind.TLS_HELLO, Phase.TLS, Note.of("ServerHello, {version}, {cipher}", version.name(), hello.suite()
                .name()));
        return true;
    }

    /// Answers the certificates as they are written, which may be none; empty where they cannot be read.
    Optional<CertificateMessage> onCertificate(Side side, HandshakeMessage message, boolean tls13, Moment at) {
        Decoded<CertificateMessage> decoded = familiar.certificates(message.bytes(), message.body(), message.length(), tls13);
        if (!(decoded instanceof Decoded.Complete<CertificateMessage>(var chain, _))) {
            story.event(at, side, Kind.UNEXPECTED, Phase.TLS, unreadable("a Certificate message", decoded));
            return Optional.empty();
        }
        if (side == Side.CLIENT) {
            story.event(at, side, Kind.TLS_HANDSHAKE, Phase.TLS,
                    chain.certificates().isEmpty() ? "client has no certificate to show" : "client certificate");
            return Optional.of(chain);
        }
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
        return Optional.of(chain);
    }

    private static Happening unreadable(String message, Decoded<?> decoded) {
        return decoded instanceof Decoded.Broken<?>(var fault) ? new Happening.Unreadable(message, fault)
                : Note.of(message + " that cannot be read");
    }
}
