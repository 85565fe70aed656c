package dev.rdptrace.decrypt;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.decrypt.KeyLog.Label;
import dev.rdptrace.wire.tls.CipherSuite;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.ClientKeyExchange;
import dev.rdptrace.wire.tls.Handshake;
import dev.rdptrace.wire.tls.HandshakeMessage;
import dev.rdptrace.wire.tls.ServerHello;
import dev.rdptrace.wire.tls.TlsVersion;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One handshake: what it agrees on, what its transcript is made of, and the keys that follow from both up to TLS 1.2.
final class Negotiation {
    private static final int LONGEST_FLIGHT = 1 << 20;
    private static final int MOST_TICKETS = 16;
    /// The lifetime and the length that stand before a ticket (RFC 5077 3.3).
    private static final int BEFORE_TICKET = 6;
    private static final byte[] NONE = {};
    private static final TlsVersion NOT_CHOSEN = new TlsVersion(0);

    private @Nullable ClientHello clientHello;
    private byte[] clientHelloRaw = NONE;
    private @Nullable ServerHello serverHello;
    private byte[] serverHelloRaw = NONE;
    private boolean retried;
    private final ByteArrayOutputStream serverFlight = new ByteArrayOutputStream();
    private final ByteArrayOutputStream clientFlight = new ByteArrayOutputStream();
    private boolean serverFlightEnds;
    private byte[] clientKeyExchange = NONE;
    private boolean hasClientKeyExchange;
    private final List<byte[]> tickets = new ArrayList<>();
    private byte[] master = NONE;
    /// What both directions take their keys from, and the master secret that it was made of.
    private byte[] keyBlock = NONE;
    private byte[] keyBlockOf = NONE;
    private TlsVersion version = NOT_CHOSEN;

    // ---- what it agrees on ----

    /// A hello has come.
    boolean hasBegun() {
        return clientHello != null || serverHello != null || retried;
    }

    /// `null` where it is not in the capture.
    @Nullable
    ClientHello clientHello() {
        return clientHello;
    }

    /// `null` before it has come.
    @Nullable
    ServerHello serverHello() {
        return serverHello;
    }

    /// What the server chose, once it has.
    TlsVersion version() {
        return version;
    }

    boolean is13() {
        return version.is13();
    }

    boolean hasClientKeyExchange() {
        return hasClientKeyExchange;
    }

    /// The server has not chosen yet, and TLS 1.3 is among what the client offers.
    boolean mayBecome13() {
        return serverHello == null && clientHello != null && clientHello.offers13() && !hasClientKeyExchange;
    }

    /// The server asked for another ClientHello, which has not been answered yet.
    boolean isRetried() {
        return retried && serverHello == null;
    }

    // ---- its messages ----

    void onClientHello(ClientHello hello, HandshakeMessage message) {
        clientHello = hello;
        clientHelloRaw = message.raw();
    }

    void onServerHello(ServerHello hello, HandshakeMessage message) {
        if (serverHello == null && hello.isHelloRetryRequest()) {
            retried = true;
        } else if (serverHello == null) {
            serverHello = hello;
            serverHelloRaw = message.raw();
            version = hello.version();
        }
    }

    void onClientKeyExchange(HandshakeMessage message) {
        if (!hasClientKeyExchange) {
            clientKeyExchange = Arrays.copyOfRange(message.bytes(), message.body(), message.body() + message.length());
            hasClientKeyExchange = true;
            append(clientFlight, message);
        }
    }

    void onTicket(HandshakeMessage message) {
        if (!is13() && message.length() > BEFORE_TICKET && tickets.size() < MOST_TICKETS) {
            tickets.add(Arrays.copyOfRange(message.bytes(), message.body() + BEFORE_TICKET, message.body() + message.length()));
        }
    }

    /// Any other message of the transcript.
    void onMessage(boolean fromClient, HandshakeMessage message) {
        if (fromClient && !hasClientKeyExchange) {
            append(clientFlight, message);
        } else if (!fromClient && !serverFlightEnds) {
            append(serverFlight, message);
            serverFlightEnds = message.type() == Handshake.SERVER_HELLO_DONE;
        }
    }

    private static void append(ByteArrayOutputStream flight, HandshakeMessage message) {
        if (flight.size() + message.total() <= LONGEST_FLIGHT) {
            flight.write(message.bytes(), message.start(), message.total());
        }
    }

    // ---- keys of SSL 3.0, TLS 1.0 to 1.2 ----

    /// What keeps its records from being opened with whatever keys; empty where nothing does.
    String obstacle() {
        if (serverHello == null) {
            return "the ServerHello is not in the capture";
        }
        if (version.code() < TlsVersion.SSL_3_0) {
            return version.name() + " is not supported";
        }
        if (serverHello.compressionMethod() != 0) {
            return "compressed records are not supported";
        }
        CipherSuite suite = serverHello.suite();
        return RecordCipher.supports(suite) ? "" : "cipher suite " + suite.name() + " is not supported";
    }

    /// The master secrets that it may have; one where a record has shown which.
    List<byte[]> masters(Secrets secrets) {
        if (master.length > 0) {
            return List.of(master);
        }
        if (clientHello == null || serverHello == null) {
            return List.of();
        }
        List<byte[]> masters = new ArrayList<>();
        KeyLog log = secrets.keyLog();
        masters.add(log.secret(Label.CLIENT_RANDOM, clientHello.random()));
        if (hasClientKeyExchange) {
            masters.add(master(log.secret(Label.PMS_CLIENT_RANDOM, clientHello.random()), clientHello, serverHello));
            byte[] encrypted = encryptedPremaster(serverHello.suite());
            if (encrypted.length >= 8) {
                masters.add(master(log.secret(Label.RSA, Arrays.copyOf(encrypted, 8)), clientHello, serverHello));
                for (RsaKey key : secrets.rsaKeys()) {
                    masters.add(master(key.premaster(encrypted), clientHello, serverHello));
                }
            }
        } else {
            masters.add(secrets.session(clientHello.ticket()));
            masters.add(secrets.session(serverHello.sessionId()));
        }
        masters.add(log.secret(Label.SESSION_ID, serverHello.sessionId()));
        masters.removeIf(unknown -> unknown.length == 0);
        return masters;
    }

    /// A record opened with `proven`. Connections that resume this session will want it.
    void remember(byte[] proven, Secrets secrets) {
        master = proven;
        remember(secrets);
    }

    void remember(Secrets secrets) {
        if (master.length > 0 && serverHello != null) {
            secrets.remember(serverHello.sessionId(), master);
            tickets.forEach(ticket -> secrets.remember(ticket, master));
            tickets.clear();
        }
    }

    private byte[] encryptedPremaster(CipherSuite suite) {
        if (suite.keyExchange() != CipherSuite.KeyExchange.RSA) {
            return NONE;
        }
        return ClientKeyExchange.decode(clientKeyExchange, 0, clientKeyExchange.length, suite,
                version) instanceof Decoded.Complete<ClientKeyExchange>(var exchange, _) ? exchange.payload() : NONE;
    }

    private byte[] master(byte[] premaster, ClientHello offer, ServerHello choice) {
        if (premaster.length == 0) {
            return NONE;
        }
        byte[] randoms = KeyDerivation.concat(offer.random(), choice.random());
        if (version.code() == TlsVersion.SSL_3_0) {
            return KeyDerivation.ssl3(premaster, randoms, 48);
        }
        boolean before12 = version.code() < TlsVersion.TLS_1_2;
        String hash = choice.suite().hashName();
        if (!choice.extendedMasterSecret()) {
            return KeyDerivation.prf(before12, hash, premaster, "master secret", randoms, 48);
        }
        // RFC 7627 4: the hash of all handshake messages up to and including the ClientKeyExchange, in protocol order.
        byte[] transcript = KeyDerivation.concat(clientHelloRaw, serverHelloRaw, serverFlight.toByteArray(), clientFlight.toByteArray());
        byte[] session = before12
                ? KeyDerivation.concat(KeyDerivation.hash(KeyDerivation.digest("MD5"), transcript),
                        KeyDerivation.hash(KeyDerivation.digest("SHA"), transcript))
                : KeyDerivation.hash(KeyDerivation.digest(KeyDerivation.prfHash(hash)), transcript);
        return KeyDerivation.prf(before12, hash, premaster, "extended master secret", session, 48);
    }

    /// What opens the records of one direction, if `master` is its master secret, one of [#masters].
    RecordCipher cipher(boolean ofClient, byte[] master, Secrets secrets) {
        ServerHello choice = Objects.requireNonNull(serverHello, "no masters without");
        int[] lengths = RecordCipher.keyLengths(choice.suite(), version);
        if (keyBlockOf != master) {
            byte[] seed = KeyDerivation.concat(choice.random(), Objects.requireNonNull(clientHello, "no masters without").random());
            int length = 2 * (lengths[0] + lengths[1] + lengths[2]);
            keyBlock = version.code() == TlsVersion.SSL_3_0
                    ? KeyDerivation.ssl3(master, seed, length)
                    : KeyDerivation.prf(version.code() < TlsVersion.TLS_1_2, choice.suite().hashName(), master, "key expansion", seed,
                            length);
            keyBlockOf = master;
        }
        byte[][] parts = new byte[3][];
        int at = 0;
        for (int i = 0; i < 3; i++) {
            int from = at + (ofClient ? 0 : lengths[i]);
            parts[i] = Arrays.copyOfRange(keyBlock, from, from + lengths[i]);
            at += 2 * lengths[i];
        }
        return RecordCipher.before13(choice.suite(), version, choice.encryptThenMac(), parts[0], parts[1], parts[2],
                secrets.gcm(ofClient));
    }

    // ---- TLS 1.3 ----

    /// The draft of TLS 1.3 that is spoken, by which labels differ; a high number for the version itself.
    int draft(ClientHello offer) {
        int code = serverHello == null ? offer.highestVersion().code() : version.code();
        return code == TlsVersion.TLS_1_3 ? 99 : code & 0xff;
    }
}
