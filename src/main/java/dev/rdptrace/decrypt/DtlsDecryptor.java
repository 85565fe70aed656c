package dev.rdptrace.decrypt;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.ContentType;
import dev.rdptrace.wire.tls.DtlsRecord;
import dev.rdptrace.wire.tls.Handshake;
import dev.rdptrace.wire.tls.HandshakeMessage;
import dev.rdptrace.wire.tls.ServerHello;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Opens what DTLS 1.0 and 1.2 carry (RFC 4347, RFC 6347). Every record tells its own number, so that none depends on one that was lost;
/// of the handshake only the two hellos and the exchange of keys are put together.
///
/// A premaster secret opens nothing where the extended master secret was agreed on: the transcript is not kept. Keys of a second
/// handshake on the same flow are not looked for. Not for use by several threads.
public final class DtlsDecryptor {
    /// Of the number of a record: the handshake counts up what stands above.
    private static final int EPOCH_SHIFT = 48;
    private static final int LONGEST = 1 << 14;
    /// A cookie of RFC 6347 4.2.1 stands behind version, random and session id.
    private static final int BEFORE_SESSION_ID = 2 + 32;

    private final Secrets secrets;
    private final Part[] parts = new Part[2];
    private final RecordCipher[] ciphers = new RecordCipher[2];
    private Negotiation negotiation = new Negotiation();

    /// A handshake message of which not every fragment may have come.
    private static final class Part {
        final int type;
        final int number;
        final byte[] body;
        final BitSet missing = new BitSet();

        Part(int type, int number, int length) {
            this.type = type;
            this.number = number;
            body = new byte[length];
            missing.set(0, length);
        }
    }

    public DtlsDecryptor(Secrets secrets) {
        this.secrets = secrets;
    }

    /// Takes the records of one datagram; answers the application data of those that open, each by itself.
    public List<byte[]> open(boolean fromClient, byte[] bytes, int offset, int length) {
        List<byte[]> opened = new ArrayList<>();
        int end = offset + length;
        for (int at = offset, total; (total = DtlsRecord.length(bytes, at, end - at)) > 0; at += total) {
            int body = at + DtlsRecord.HEADER;
            long number = DtlsRecord.number(bytes, at);
            if (number >>> EPOCH_SHIFT == 0 && bytes[at] == ContentType.HANDSHAKE) {
                handshake(fromClient, bytes, body, at + total);
            } else if (number >>> EPOCH_SHIFT > 0 && bytes[at] == ContentType.APPLICATION_DATA) {
                byte[] plain = open(fromClient, number, bytes, at, total - DtlsRecord.HEADER);
                if (plain != null) {
                    opened.add(plain);
                }
            }
        }
        return opened;
    }

    private byte @Nullable [] open(boolean fromClient, long number, byte[] bytes, int at, int length) {
        int side = fromClient ? 0 : 1;
        int version = (bytes[at + 1] & 0xff) << 8 | bytes[at + 2] & 0xff;
        if (ciphers[side] != null) {
            return ciphers[side].open(number, bytes[at], version, bytes, at + DtlsRecord.HEADER, length, bytes);
        }
        if (!negotiation.obstacle().isEmpty() || negotiation.is13()) {
            return null;
        }
        for (byte[] master : negotiation.masters(secrets)) {
            RecordCipher cipher = negotiation.cipher(fromClient, master, secrets);
            byte[] plain = cipher.canGuess() ? cipher.open(number, bytes[at], version, bytes, at + DtlsRecord.HEADER, length, bytes) : null;
            if (plain != null) {
                negotiation.remember(master, secrets);
                ciphers[side] = cipher;
                return plain;
            }
        }
        return null;
    }

    /// RFC 6347 4.2.2: `type:1 length:3 message_seq:2 fragment_offset:3 fragment_length:3`, several to a record.
    private void handshake(boolean fromClient, byte[] bytes, int from, int end) {
        for (int at = from; end - at >= DtlsRecord.MESSAGE_HEADER;) {
            int type = bytes[at] & 0xff;
            int length = u24(bytes, at + 1);
            int number = (bytes[at + 4] & 0xff) << 8 | bytes[at + 5] & 0xff;
            int offset = u24(bytes, at + 6);
            int part = u24(bytes, at + 9);
            int body = at + DtlsRecord.MESSAGE_HEADER;
            if (part > end - body || offset + part > length || length > LONGEST) {
                return;
            }
            if (type == Handshake.CLIENT_HELLO || type == Handshake.SERVER_HELLO || type == Handshake.CLIENT_KEY_EXCHANGE) {
                fragment(fromClient, type, number, length, bytes, body, offset, part);
            }
            at = body + part;
        }
    }

    private void fragment(boolean fromClient, int type, int number, int length, byte[] bytes, int at, int offset, int part) {
        int side = fromClient ? 0 : 1;
        Part known = parts[side];
        if (known == null || known.type != type || known.number != number || known.body.length != length) {
            known = new Part(type, number, length);
            parts[side] = known;
        }
        System.arraycopy(bytes, at, known.body, offset, part);
        known.missing.clear(offset, offset + part);
        if (known.missing.isEmpty()) {
            parts[side] = null;
            message(known.type, known.body);
        }
    }

    /// The message in the shape of TLS, for which everything else is made: without the cookie, the version in its place.
    private void message(int type, byte[] body) {
        byte[] plain = type == Handshake.CLIENT_HELLO ? withoutCookie(body) : body;
        if (plain.length < 2) {
            return;
        }
        byte[] message = new byte[Handshake.HEADER + plain.length];
        message[0] = (byte) type;
        message[2] = (byte) (plain.length >> 8);
        message[3] = (byte) plain.length;
        System.arraycopy(plain, 0, message, Handshake.HEADER, plain.length);
        if (type == Handshake.CLIENT_KEY_EXCHANGE) {
            negotiation.onClientKeyExchange(HandshakeMessage.at(message, 0));
            return;
        }
        int version = DtlsRecord.tlsVersion((plain[0] & 0xff) << 8 | plain[1] & 0xff);
        message[Handshake.HEADER] = (byte) (version >> 8);
        message[Handshake.HEADER + 1] = (byte) version;
        HandshakeMessage whole = HandshakeMessage.at(message, 0);
        if (whole.hello() instanceof Decoded.Complete<?>(ClientHello hello, _)) {
            if (negotiation.clientHello() == null || !Arrays.equals(negotiation.clientHello().random(), hello.random())) {
                negotiation = new Negotiation();
                Arrays.fill(ciphers, null);
            }
            negotiation.onClientHello(hello, whole);
        } else if (whole.hello() instanceof Decoded.Complete<?>(ServerHello hello, _)) {
            negotiation.onServerHello(hello, whole);
        }
    }

    private static byte[] withoutCookie(byte[] body) {
        int cookie = body.length > BEFORE_SESSION_ID ? BEFORE_SESSION_ID + 1 + (body[BEFORE_SESSION_ID] & 0xff) : body.length;
        int rest = cookie < body.length ? cookie + 1 + (body[cookie] & 0xff) : body.length + 1;
        if (rest > body.length) {
            return new byte[0];
        }
        byte[] without = Arrays.copyOf(body, cookie + body.length - rest);
        System.arraycopy(body, rest, without, cookie, body.length - rest);
        return without;
    }

    private static int u24(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 16 | (bytes[at + 1] & 0xff) << 8 | bytes[at + 2] & 0xff;
    }
}
