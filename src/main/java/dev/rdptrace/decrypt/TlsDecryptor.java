package dev.rdptrace.decrypt;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.decrypt.KeyLog.Label;
import dev.rdptrace.wire.tls.CipherSuite;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.ContentType;
import dev.rdptrace.wire.tls.Handshake;
import dev.rdptrace.wire.tls.HandshakeMessage;
import dev.rdptrace.wire.tls.ServerHello;
import dev.rdptrace.wire.tls.TlsVersion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Opens the records of one TLS connection.
///
/// Give it every record of both directions in order, those in the clear too, and every message of the handshake as soon as
/// it is whole, also where that goes on under encryption (TLS 1.3, renegotiation, key update). Where records are missing
/// from the capture, say so with [#onGap]; the sequence number is then searched for. Not for use by several threads.
public final class TlsDecryptor {
    /// How far the sequence number is searched for after a gap.
    private static final int WINDOW = 64;
    /// With so many failures in a row, one guess a record must do.
    private static final int PATIENCE = 100;
    private static final byte[] NONE = {};

    private final Secrets secrets;
    private final Side client = new Side(true);
    private final Side server = new Side(false);
    /// The handshake that is going on, or the last one.
    private Negotiation negotiation = new Negotiation();

    public TlsDecryptor(Secrets secrets) {
        this.secrets = secrets;
    }

    /// What one direction is at.
    private static final class Side {
        final boolean isClient;
        boolean gap;
        int failures;
        long sequence;
        /// The last ciphertext block, for the IV of TLS 1.0.
        byte[] previous = new byte[16];

        // SSL 3.0, TLS 1.0 to 1.2
        @Nullable Negotiation agreed; // once it encrypts
        @Nullable RecordCipher cipher;
        boolean lost;
        List<Candidate> candidates = List.of();
        long candidatesAsOf = -1;

        // TLS 1.3: epoch 0 early data, 1 handshake, 2 application data, 3… after key updates
        int epoch = -1;
        int cachedEpoch = -1;
        @Nullable RecordCipher cachedCipher;
        @Nullable Decrypted unavailable;
        long unavailableAsOf = -1;
        byte[] applicationSecret = NONE;
        int applicationEpoch;

        Side(boolean isClient) {
            this.isClient = isClient;
        }
    }

    private record Candidate(byte[] master, RecordCipher cipher) {}

    /// Records of this direction are missing from the capture.
    ///
    /// @param records how many, or -1 when that is not known
    public void onGap(boolean fromClient, int records) {
        Side side = side(fromClient);
        side.gap = true;
        side.lost = true;
        side.failures = 0;
        if (records > 0) {
            side.sequence += records;
        }
    }

    /// One record.
    ///
    /// @param type from the record header
    /// @param version from the record header
    /// @param offset of the record's content, behind the header
    /// @param length of the content
    public Decrypted onRecord(boolean fromClient, int type, int version, byte[] buffer, int offset, int length) {
        Side side = side(fromClient);
        if (side.agreed != null) {
            return openBefore13(side, side.agreed, type, version, buffer, offset, length);
        }
        boolean hidden = type == ContentType.APPLICATION_DATA;
        if (hidden && !negotiation.hasBegun()) {
            return new Decrypted.Unavailable("the start of the TLS handshake is not in the capture");
        }
        if (hidden && (negotiation.is13() || negotiation.serverHello() == null && negotiation.clientHello() != null)) {
            return open13(side, type, version, buffer, offset, length);
        }
        if (hidden) {
            // Application data is never in the clear: the change to encryption was lost.
            changeCipherSpec(side);
            side.gap = true;
            side.lost = true;
            return openBefore13(side, negotiation, type, version, buffer, offset, length);
        }
        if (type == ContentType.CHANGE_CIPHER_SPEC) {
            changeCipherSpec(side);
        }
        return new Decrypted.Clear();
    }

    private Side side(boolean fromClient) {
        return fromClient ? client : server;
    }

    // ---- the handshake --------------------------------------------------------------------------------------------

    /// One message of the handshake, from the clear or from a record that was opened.
    public void onMessage(boolean fromClient, HandshakeMessage message) {
        Side side = side(fromClient);
        switch (message.type()) {
            case Handshake.CLIENT_HELLO -> {
                if (message.hello() instanceof Decoded.Complete<?>(ClientHello hello, _)) {
                    if (!negotiation.isRetried()) {
                        negotiation = new Negotiation();
                    }
                    negotiation.onClientHello(hello, message);
                }
            }
            case Handshake.SERVER_HELLO -> {
                if (message.hello() instanceof Decoded.Complete<?>(ServerHello hello, _)) {
                    negotiation.onServerHello(hello, message);
                }
            }
            case Handshake.FINISHED -> nextEpoch(side, 1, 2);
            case Handshake.END_OF_EARLY_DATA -> nextEpoch(side, 0, 1);
            case Handshake.KEY_UPDATE -> nextEpoch(side, Math.max(2, side.epoch), side.epoch + 1);
            case Handshake.HELLO_REQUEST -> {}
            default -> {
                if (negotiation.hasBegun()) {
                    onNegotiated(fromClient, message);
                }
            }
        }
    }

    private void onNegotiated(boolean fromClient, HandshakeMessage message) {
        switch (message.type()) {
            case Handshake.CLIENT_KEY_EXCHANGE -> negotiation.onClientKeyExchange(message);
            case Handshake.NEW_SESSION_TICKET -> {
                if (!fromClient) {
                    negotiation.onTicket(message);
                    negotiation.remember(secrets);
                }
            }
            default -> negotiation.onMessage(fromClient, message);
        }
    }

    private void changeCipherSpec(Side side) {
        if (!negotiation.hasBegun() || negotiation.is13() || negotiation.mayBecome13()) {
            return; // TLS 1.3 sends it for old middleboxes, it changes nothing
        }
        side.agreed = negotiation;
        side.cipher = null;
        side.candidates = List.of();
        side.candidatesAsOf = -1;
        side.sequence = 0;
        side.gap = false;
        side.lost = false;
        side.failures = 0;
    }

    // ---- SSL 3.0, TLS 1.0 to 1.2 -------------------------------------------------------------------------------------------

    private Decrypted openBefore13(Side side, Negotiation agreed, int type, int version, byte[] buffer, int offset, int length) {
        Decrypted result = tryBefore13(side, agreed, type, version, buffer, offset, length);
        rememberLastBlock(side, agreed, buffer, offset, length);
        side.sequence++;
        if (type == ContentType.CHANGE_CIPHER_SPEC && result instanceof Decrypted.Plain) {
            changeCipherSpec(side);
        }
        return result;
    }

    private static void rememberLastBlock(Side side, Negotiation agreed, byte[] buffer, int offset, int length) {
        ServerHello hello = agreed.serverHello();
        if (hello == null || agreed.version().code() >= TlsVersion.TLS_1_1) {
            return;
        }
        int mac = hello.encryptThenMac() ? hello.suite().protection().macLength() : 0;
        int end = offset + length - mac;
        if (end - offset >= side.previous.length) {
            side.previous = Arrays.copyOfRange(buffer, end - side.previous.length, end);
        }
    }

    private Decrypted tryBefore13(Side side, Negotiation agreed, int type, int version, byte[] buffer, int offset, int length) {
        if (side.cipher != null) {
            byte[] plain = search(side, side.cipher, type, version, buffer, offset, length);
            return plain == null ? failed(side) : new Decrypted.Plain(type, plain);
        }
        String obstacle = agreed.obstacle();
        if (!obstacle.isEmpty()) {
            return new Decrypted.Unavailable(obstacle);
        }
        long changes = secrets.changes(!agreed.hasClientKeyExchange());
        if (side.candidatesAsOf != changes) {
            side.candidates = candidates(side, agreed);
            side.candidatesAsOf = changes;
        }
        if (side.candidates.isEmpty()) {
            return new Decrypted.Unavailable(agreed.clientHello() == null
                    ? "the ClientHello is not in the capture" : "no secret for this connection");
        }
        for (Candidate candidate : side.candidates) {
            byte[] plain = search(side, candidate.cipher, type, version, buffer, offset, length);
            if (plain != null) {
                side.cipher = candidate.cipher;
                agreed.remember(candidate.master, secrets);
                return new Decrypted.Plain(type, plain);
            }
        }
        return failed(side);
    }

    /// The plaintext under the expected sequence number, or after a gap under one that fits; moves the number there.
    private byte @Nullable [] search(Side side, RecordCipher cipher, int type, int version, byte[] buffer, int offset, int length) {
        boolean guess = side.gap && cipher.canGuess() && side.failures < PATIENCE;
        for (int ahead = 0; ahead <= (guess ? WINDOW : 0); ahead++) {
            byte[] plain = cipher.open(side.sequence + ahead, type, version, buffer, offset, length, side.previous);
            if (plain != null) {
                side.sequence += ahead;
                side.gap = false;
                side.failures = 0;
                return plain;
            }
        }
        return null;
    }

    private static Decrypted failed(Side side) {
        side.failures++;
        return new Decrypted.Failed(side.lost
                ? "the record does not open after records were lost"
                : "the record does not open: the secret does not belong to this connection, or the record is damaged");
    }

    private List<Candidate> candidates(Side side, Negotiation agreed) {
        List<Candidate> candidates = new ArrayList<>();
        for (byte[] master : agreed.masters(secrets)) {
            RecordCipher cipher = agreed.cipher(side.isClient, master, secrets);
            // A key stream that was not followed from its start cannot be joined.
            if (cipher.canGuess() || side.sequence == 0) {
                candidates.add(new Candidate(master, cipher));
            }
        }
        return candidates;
    }

    // ---- TLS 1.3 --------------------------------------------------------------------------------------------------

    private Decrypted open13(Side side, int type, int version, byte[] buffer, int offset, int length) {
        ClientHello hello = negotiation.clientHello();
        if (side.epoch < 0) {
            side.epoch = side.isClient && hello != null && hello.offersEarlyData() ? 0 : 1;
        }
        if (hello == null) {
            return new Decrypted.Unavailable("the ClientHello is not in the capture");
        }
        // What could not be opened for want of a key is not tried again until something has changed.
        long changes = 2 * secrets.changes(false) + (negotiation.serverHello() == null ? 0 : 1);
        if (side.unavailable != null && side.unavailableAsOf == changes) {
            side.sequence++;
            return side.unavailable;
        }
        boolean anyKey = false;
        boolean currentKey = false;
        // Beyond the current epoch: when the message that ended it was lost, refused or could not be opened.
        for (int epoch = side.epoch; epoch <= Math.max(side.epoch + 1, 2); epoch++) {
            for (RecordCipher cipher : ciphers(side, epoch, hello)) {
                anyKey = true;
                currentKey |= epoch == side.epoch;
                byte[] inner = search13(side, epoch, cipher, type, version, buffer, offset, length);
                if (inner != null) {
                    side.epoch = epoch;
                    side.cachedCipher = cipher;
                    side.cachedEpoch = epoch;
                    side.gap = false;
                    side.failures = 0;
                    return opened13(inner);
                }
            }
        }
        side.sequence++;
        if (currentKey) {
            return failed(side);
        }
        // Records pass uncounted into the next epoch.
        side.gap = true;
        boolean known = secrets.keyLog().knows(hello.random());
        Decrypted unavailable = new Decrypted.Unavailable(
                known ? "the key log lacks the secret for this part of the connection"
                        : negotiation.serverHello() == null && side.epoch > 0 ? "the ServerHello is not in the capture"
                        : "no secret for this connection");
        if (!anyKey) {
            side.unavailable = unavailable;
            side.unavailableAsOf = changes;
        }
        return unavailable;
    }

    /// The plaintext, with the sequence number moved behind it, or `null`. Another epoch than the current one begins at
    /// 0; after a gap its number is not far from 0, or not far from the number of records that have passed.
    private static byte @Nullable [] search13(Side side, int epoch, RecordCipher cipher, int type, int version, byte[] buffer,
            int offset, int length) {
        long first = epoch == side.epoch ? side.sequence : 0;
        boolean guess = side.gap && side.failures < PATIENCE;
        long nearFirst = guess ? first + WINDOW : first;
        long nearPassed = guess && epoch > side.epoch ? side.sequence : -1;
        for (long at = first; at <= Math.max(nearFirst, nearPassed); at++) {
            if (at > nearFirst && at < nearPassed - WINDOW) {
                at = nearPassed - WINDOW;
            }
            byte[] inner = cipher.open(at, type, version, buffer, offset, length, side.previous);
            if (inner != null) {
                side.sequence = at + 1;
                return inner;
            }
        }
        return null;
    }

    private static Decrypted opened13(byte[] inner) {
        int end = inner.length - 1;
        while (end >= 0 && inner[end] == 0) {
            end--;
        }
        if (end < 0) {
            return new Decrypted.Failed("the record holds nothing but padding");
        }
        return new Decrypted.Plain(inner[end] & 0xff, Arrays.copyOf(inner, end));
    }

    private static void nextEpoch(Side side, int from, int to) {
        if (side.epoch == from) {
            side.epoch = to;
            side.sequence = 0;
            side.cachedCipher = null;
        }
    }

    /// The ciphers to try for an epoch: one, none without the secret, or several while the suite is not known yet.
    private List<RecordCipher> ciphers(Side side, int epoch, ClientHello hello) {
        if (epoch == side.cachedEpoch && side.cachedCipher != null) {
            return List.of(side.cachedCipher);
        }
        byte[] secret = secret(side, epoch, hello);
        if (secret.length == 0) {
            return List.of();
        }
        if (negotiation.serverHello() != null) {
            return List.of(cipher13(side, hello, negotiation.serverHello().suite(), secret));
        }
        // Early data, or a capture of one direction only.
        return hello.offeredSuites().stream().filter(CipherSuite::is13)
                .filter(suite -> KeyDerivation.length(suite.hashName()) == secret.length)
                .filter(suite -> suite.protection().isAead())
                .map(suite -> cipher13(side, hello, suite, secret)).toList();
    }

    private RecordCipher cipher13(Side side, ClientHello hello, CipherSuite suite, byte[] secret) {
        int draft = negotiation.draft(hello);
        Hmac hmac = new Hmac(suite.hashName(), secret);
        byte[] key = KeyDerivation.expandLabel(hmac, "key", suite.protection().keyLength(), draft);
        byte[] iv = KeyDerivation.expandLabel(hmac, "iv", 12, draft);
        return RecordCipher.of13(suite, key, iv, draft >= 25, secrets.gcm(side.isClient));
    }

    private byte[] secret(Side side, int epoch, ClientHello hello) {
        byte[] secret = epoch < 2 ? logged(side, epoch, hello) : applicationSecret(side, epoch, hello);
        if (negotiation.serverHello() == null) {
            return secret;
        }
        CipherSuite suite = negotiation.serverHello().suite();
        boolean fits = suite.protection().isAead()
                && KeyDerivation.length(suite.hashName()) == secret.length;
        return fits ? secret : NONE;
    }

    private byte[] logged(Side side, int epoch, ClientHello hello) {
        Label label = switch (epoch) {
            case 0 -> Label.CLIENT_EARLY_TRAFFIC_SECRET;
            case 1 -> side.isClient ? Label.CLIENT_HANDSHAKE_TRAFFIC_SECRET : Label.SERVER_HANDSHAKE_TRAFFIC_SECRET;
            default -> side.isClient ? Label.CLIENT_TRAFFIC_SECRET_0 : Label.SERVER_TRAFFIC_SECRET_0;
        };
        return secrets.keyLog().secret(label, hello.random());
    }

    /// Each generation follows from the one before (RFC 8446 7.2); the log has the first.
    private byte[] applicationSecret(Side side, int epoch, ClientHello hello) {
        if (side.applicationEpoch < 2 || side.applicationEpoch > epoch) {
            side.applicationSecret = logged(side, 2, hello);
            side.applicationEpoch = side.applicationSecret.length == 0 ? 0 : 2;
        }
        String hash = negotiation.serverHello() == null
                ? side.applicationSecret.length == 48 ? "SHA384" : "SHA256"
                : negotiation.serverHello().suite().hashName();
        byte[] secret = side.applicationSecret;
        for (int at = side.applicationEpoch; secret.length > 0 && at < epoch; at++) {
            secret = KeyDerivation.expandLabel(new Hmac(hash, secret), "traffic upd", secret.length, negotiation.draft(hello));
        }
        // Keep only what has been reached: a guess ahead must not lose the way back.
        if (epoch == side.epoch && secret.length > 0) {
            side.applicationSecret = secret;
            side.applicationEpoch = epoch;
        }
        return secret;
    }
}
