package dev.rdptrace.testkit;

import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// TLS between two peers of a [Dialogue], sealed for real with AES-256-GCM and SHA-384 under secrets of our own, which go
/// into a key log: TLS 1.2 by RFC 5246 and 5288, TLS 1.3 by RFC 8446. Signatures and Finished prove nothing.
public final class KnownTls {
    private static final int HANDSHAKE = 22;
    private static final int DATA = 23;
    private static final byte[] CHANGE_CIPHER_SPEC = {20, 3, 3, 0, 1, 1};

    /// Keys of one direction.
    private static final class Keys {
        final byte[] key;
        final byte[] iv;
        long sequence;

        Keys(byte[] key, byte[] iv) {
            this.key = key;
            this.iv = iv;
        }
    }

    /// What carries the records.
    public interface Carrier {
        void send(boolean fromClient, byte[] bytes);
    }

    private final Dialogue dialogue;
    private final Carrier carrier;
    private final Suite suite;
    private final boolean is13;
    private final byte[] clientRandom = new byte[32];
    private final byte[] serverRandom = new byte[32];
    private final StringBuilder keyLog = new StringBuilder();
    private byte[] version = {3, 3};
    /// Of the client, of the server.
    private final Keys[] now = new Keys[2];
    private final Keys[] next = new Keys[2];

    /// @param suite [Suite#GCM] or [Suite#TLS13]
    /// @param seed another one makes other secrets
    public KnownTls(Dialogue dialogue, Suite suite, long seed) {
        this(dialogue, (fromClient, bytes) -> {
            if (fromClient) {
                dialogue.client(bytes);
            } else {
                dialogue.server(bytes);
            }
        }, suite, seed);
    }

    /// The same over something else, without a [#dialogue()].
    public KnownTls(Carrier carrier, Suite suite, long seed) {
        this(null, carrier, suite, seed);
    }

    /// DTLS 1.2 (RFC 6347) over datagrams that may be lost, one to a flight.
    public static KnownTls overDatagrams(Carrier carrier, long seed) {
        int[] messages = new int[2];
        long[] records = new long[2];
        KnownTls tls = new KnownTls((fromClient, bytes) -> carrier.send(fromClient, datagram(bytes, fromClient ? 0 : 1, messages, records)),
                Suite.GCM, seed);
        tls.version = new byte[] {(byte) 0xfe, (byte) 0xfd};
        for (Keys keys : tls.now) {
            keys.sequence = 1L << 48; // of the first epoch
        }
        return tls;
    }

    /// Records of TLS in the shape of DTLS: the number of the sealed ones is their nonce.
    private static byte[] datagram(byte[] tls, int side, int[] messages, long[] records) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int at = 0; at < tls.length;) {
            int length = (tls[at + 3] & 0xff) << 8 | tls[at + 4] & 0xff;
            byte[] body = Arrays.copyOfRange(tls, at + 5, at + 5 + length);
            boolean sealed = tls[at] == DATA || tls[at + 1] != 3;
            if (tls[at] == HANDSHAKE && !sealed) {
                body = messages(body, side, messages);
            }
            long number = sealed ? ByteBuffer.wrap(body).getLong() : records[side]++;
            out.writeBytes(ByteBuffer.allocate(13).put(tls[at]).put((byte) 0xfe).put((byte) 0xfd).putLong(number)
                    .putShort((short) body.length).array());
            out.writeBytes(body);
            at += 5 + length;
        }
        return out.toByteArray();
    }

    private static byte[] messages(byte[] tls, int side, int[] messages) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int at = 0; at < tls.length;) {
            int length = (tls[at + 2] & 0xff) << 8 | tls[at + 3] & 0xff;
            byte[] body = Arrays.copyOfRange(tls, at + 4, at + 4 + length);
            if (tls[at] < 3) {
                body[0] = (byte) 0xfe;
                body[1] = (byte) 0xfd;
            }
            if (tls[at] == 1) { // no cookie
                int cookie = 35 + body[34];
                body = WindowsPeers.join(Arrays.copyOf(body, cookie), new byte[1], Arrays.copyOfRange(body, cookie, body.length));
            }
            byte[] size = WindowsPeers.threeOctets(body.length);
            out.writeBytes(WindowsPeers.join(new byte[] {tls[at]}, size, new byte[] {0, (byte) messages[side]++}, new byte[3], size, body));
            at += 4 + length;
        }
        return out.toByteArray();
    }

    private KnownTls(Dialogue dialogue, Carrier carrier, Suite suite, long seed) {
        if (suite != Suite.GCM && suite != Suite.TLS13) {
            throw new IllegalArgumentException(suite.toString());
        }
        this.dialogue = dialogue;
        this.carrier = carrier;
        this.suite = suite;
        this.is13 = suite == Suite.TLS13;
        SplittableRandom random = new SplittableRandom(seed);
        random.nextBytes(clientRandom);
        random.nextBytes(serverRandom);
        if (is13) {
            for (int side = 0; side < 2; side++) {
                String name = side == 0 ? "CLIENT_" : "SERVER_";
                now[side] = keys13(logged(name + "HANDSHAKE_TRAFFIC_SECRET", random));
                next[side] = keys13(logged(name + "TRAFFIC_SECRET_0", random));
            }
        } else {
            byte[] block = prf(logged("CLIENT_RANDOM", random), "key expansion", WindowsPeers.join(serverRandom, clientRandom), 72);
            for (int side = 0; side < 2; side++) {
                now[side] = new Keys(Arrays.copyOfRange(block, 32 * side, 32 * side + 32),
                        Arrays.copyOfRange(block, 64 + 4 * side, 68 + 4 * side));
            }
        }
    }

    private byte[] logged(String label, SplittableRandom random) {
        byte[] secret = new byte[48];
        random.nextBytes(secret);
        keyLog.append(label).append(' ').append(HexFormat.of().formatHex(clientRandom)).append(' ').append(HexFormat.of().formatHex(secret))
                .append('\n');
        return secret;
    }

    /// What the client would have written to its SSLKEYLOGFILE.
    public String keyLog() {
        return keyLog.toString();
    }

    /// From the ClientHello to the second Finished.
    public KnownTls handshake(byte[] certificate) {
        byte[] hello = WindowsPeers.hello(suite, 0);
        System.arraycopy(clientRandom, 0, hello, 11, 32);
        carrier.send(true, hello);
        byte[] answer = WindowsPeers.with(suite).serverHello();
        System.arraycopy(serverRandom, 0, answer, 11, 32);
        byte[] chain = WindowsPeers.join(WindowsPeers.threeOctets(certificate.length), certificate, new byte[is13 ? 2 : 0]);
        if (is13) {
            carrier.send(false, WindowsPeers.join(answer, CHANGE_CIPHER_SPEC,
                    sealed(false, HANDSHAKE, WindowsPeers.join(WindowsPeers.handshake(8, new byte[2]),
                            WindowsPeers.handshake(11, WindowsPeers.join(new byte[1], WindowsPeers.threeOctets(chain.length), chain)),
                            WindowsPeers.handshake(15, new byte[260]), WindowsPeers.handshake(20, new byte[48])))));
            carrier.send(true, WindowsPeers.join(CHANGE_CIPHER_SPEC, sealed(true, HANDSHAKE, WindowsPeers.handshake(20, new byte[48]))));
            now[0] = next[0];
            now[1] = next[1];
        } else {
            carrier.send(false,
                    WindowsPeers.join(answer, record(HANDSHAKE,
                            WindowsPeers.join(WindowsPeers.handshake(11, WindowsPeers.join(WindowsPeers.threeOctets(chain.length), chain)),
                                    WindowsPeers.handshake(12, new byte[329]),
                                    WindowsPeers.handshake(14, new byte[0])))));
            carrier.send(true, WindowsPeers.join(record(HANDSHAKE, WindowsPeers.handshake(16, new byte[66])), CHANGE_CIPHER_SPEC,
                    sealed(true, HANDSHAKE, WindowsPeers.handshake(20, new byte[12]))));
            carrier.send(false, WindowsPeers.join(CHANGE_CIPHER_SPEC, sealed(false, HANDSHAKE, WindowsPeers.handshake(20, new byte[12]))));
        }
        return this;
    }

    /// Application data of the client, a record each.
    public KnownTls client(byte[]... plain) {
        for (byte[] each : plain) {
            carrier.send(true, sealed(true, DATA, each));
        }
        return this;
    }

    /// Messages in WebSocket frames (RFC 6455 5.2), the client's and the server's in turn.
    public KnownTls inWebSocket(byte[]... clientThenServer) {
        for (int i = 0; i < clientThenServer.length; i++) {
            byte[] framed = InnerBytes.webSocket(i % 2 == 0, clientThenServer[i]);
            if (i % 2 == 0) {
                client(framed);
            } else {
                server(framed);
            }
        }
        return this;
    }

    /// Application data of the server, a record each.
    public KnownTls server(byte[]... plain) {
        for (byte[] each : plain) {
            carrier.send(false, sealed(false, DATA, each));
        }
        return this;
    }

    /// An alert, as sealed as data.
    public KnownTls alert(boolean fromClient, int level, int code) {
        byte[] record = sealed(fromClient, 21, new byte[] {(byte) level, (byte) code});
        carrier.send(fromClient, record);
        return this;
    }

    public Dialogue dialogue() {
        return dialogue;
    }

    private byte[] sealed(boolean fromClient, int type, byte[] plain) {
        Keys keys = now[fromClient ? 0 : 1];
        byte[] number = ByteBuffer.allocate(8).putLong(keys.sequence++).array();
        try {
            Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
            SecretKeySpec key = new SecretKeySpec(keys.key, "AES");
            if (is13) {
                byte[] nonce = keys.iv.clone();
                for (int i = 0; i < 8; i++) {
                    nonce[4 + i] ^= number[i];
                }
                byte[] inner = WindowsPeers.join(plain, new byte[] {(byte) type});
                gcm.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(128, nonce));
                gcm.updateAAD(header(DATA, inner.length + 16));
                return WindowsPeers.join(header(DATA, inner.length + 16), gcm.doFinal(inner));
            }
            gcm.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(128, WindowsPeers.join(keys.iv, number)));
            byte[] aad = WindowsPeers.join(number, header(type, plain.length));
            System.arraycopy(version, 0, aad, 9, 2);
            gcm.updateAAD(aad);
            byte[] record = record(type, WindowsPeers.join(number, gcm.doFinal(plain)));
            System.arraycopy(version, 0, record, 1, 2);
            return record;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Keys keys13(byte[] secret) {
        return new Keys(expand(secret, "key", 32), expand(secret, "iv", 12));
    }

    /// HKDF-Expand-Label without a context, for no more than one block.
    private static byte[] expand(byte[] secret, String label, int length) {
        byte[] name = ("tls13 " + label).getBytes(StandardCharsets.US_ASCII);
        byte[] info = ByteBuffer.allocate(5 + name.length).putShort((short) length).put((byte) name.length).put(name).put((byte) 0)
                .put((byte) 1).array();
        return Arrays.copyOf(hmac(secret, info), length);
    }

    private static byte[] prf(byte[] secret, String label, byte[] seed, int length) {
        byte[] labelled = WindowsPeers.join(label.getBytes(StandardCharsets.US_ASCII), seed);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] a = labelled;
        while (out.size() < length) {
            a = hmac(secret, a);
            out.writeBytes(hmac(secret, WindowsPeers.join(a, labelled)));
        }
        return Arrays.copyOf(out.toByteArray(), length);
    }

    private static byte[] hmac(byte[] key, byte[] text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA384");
            mac.init(new SecretKeySpec(key, "HmacSHA384"));
            return mac.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] record(int type, byte[] content) {
        return WindowsPeers.join(header(type, content.length), content);
    }

    private static byte[] header(int type, int length) {
        return new byte[] {(byte) type, 3, 3, (byte) (length >> 8), (byte) length};
    }
}
