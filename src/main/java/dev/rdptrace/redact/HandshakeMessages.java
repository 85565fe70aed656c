package dev.rdptrace.redact;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.tls.CertificateMessage;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.Handshake;
import dev.rdptrace.wire.tls.HandshakeMessage;
import dev.rdptrace.wire.tls.ServerHello;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The messages of a TLS handshake in the clear, however they are cut over records.
final class HandshakeMessages {
    private static final int LONGEST = 1 << 17;

    /// Where rewritten bytes go.
    interface Out {
        void put(Side side, long offset, byte[] content);
    }

    /// A piece of a message: where it stands here and in the stream.
    private record Piece(int at, long offset) {}

    private static final class Waiting {
        private byte[] bytes = new byte[0];
        private List<Piece> pieces = new ArrayList<>();
    }

    private final Fields fields;
    private final Out out;
    private final Waiting[] sides = {new Waiting(), new Waiting()};
    private boolean begun;
    private boolean tls13;
    private boolean retried;
    private boolean chosen;

    HandshakeMessages(Fields fields, Out out) {
        this.fields = fields;
        this.out = out;
    }

    /// A hello was read.
    boolean begun() {
        return begun;
    }

    boolean tls13() {
        return tls13;
    }

    /// A ChangeCipherSpec is more than a gesture.
    boolean sealsBehind() {
        return !tls13 && (chosen || !retried);
    }

    /// Takes the content of a record.
    void read(Side side, byte[] bytes, int start, int length, long offset) {
        Waiting waiting = sides[side.ordinal()];
        append(waiting, bytes, start, length, offset);
        int at = 0;
        int end = waiting.bytes.length;
        while (end - at >= Handshake.HEADER && HandshakeMessage.length(waiting.bytes, at) <= end - at - Handshake.HEADER) {
            int total = Handshake.HEADER + HandshakeMessage.length(waiting.bytes, at);
            rewrite(side, waiting, at, total);
            at += total;
        }
        if (at > 0 || end > LONGEST) {
            drop(waiting, end > LONGEST ? end : at);
        }
    }

    private static void append(Waiting waiting, byte[] bytes, int start, int length, long offset) {
        int before = waiting.bytes.length;
        waiting.pieces.add(new Piece(before, offset));
        waiting.bytes = Arrays.copyOf(waiting.bytes, before + length);
        System.arraycopy(bytes, start, waiting.bytes, before, length);
    }

    private static void drop(Waiting waiting, int count) {
        List<Piece> pieces = new ArrayList<>();
        for (int i = 0; i < waiting.pieces.size(); i++) {
            Piece piece = waiting.pieces.get(i);
            int end = i + 1 < waiting.pieces.size() ? waiting.pieces.get(i + 1).at : waiting.bytes.length;
            if (end > count) {
                int skipped = Math.max(0, count - piece.at);
                pieces.add(new Piece(piece.at + skipped - count, piece.offset + skipped));
            }
        }
        waiting.pieces = pieces;
        waiting.bytes = Arrays.copyOfRange(waiting.bytes, count, waiting.bytes.length);
    }

    /// The rest of a message will not come.
    void cut(Side side) {
        glimpse(side);
        drop(sides[side.ordinal()], sides[side.ordinal()].bytes.length);
    }

    /// Keeps what there is of a message whose rest may still come.
    void glimpse(Side side) {
        if (sides[side.ordinal()].bytes.length > 0) {
            rewrite(side, sides[side.ordinal()], 0, sides[side.ordinal()].bytes.length);
        }
    }

    /// The same with the beginning of a record.
    void glimpse(Side side, byte[] bytes, int start, int length, long offset) {
        Waiting waiting = sides[side.ordinal()];
        byte[] before = waiting.bytes;
        List<Piece> pieces = new ArrayList<>(waiting.pieces);
        read(side, bytes, start, length, offset);
        glimpse(side);
        waiting.bytes = before;
        waiting.pieces = pieces;
    }

    private void rewrite(Side side, Waiting waiting, int at, int length) {
        byte[] bytes = waiting.bytes;
        int body = at + Math.min(length, Handshake.HEADER);
        byte[] to = fields.rewrite(bytes, at, length, () -> decode(bytes[at], bytes, body, at + length - body));
        System.arraycopy(bytes, at, to, 0, body - at);
        for (int i = 0; i < waiting.pieces.size(); i++) {
            Piece piece = waiting.pieces.get(i);
            int from = Math.max(at, piece.at);
            int end = Math.min(at + length, i + 1 < waiting.pieces.size() ? waiting.pieces.get(i + 1).at : bytes.length);
            if (from < end) {
                out.put(side, piece.offset + from - piece.at, Arrays.copyOfRange(to, from - at, end - at));
            }
        }
    }

    /// Reads all that anybody reads of it.
    private void decode(int type, byte[] bytes, int body, int length) {
        switch (type) {
            case Handshake.CLIENT_HELLO -> {
                begun = true;
                if (ClientHello.decode(bytes, body, length) instanceof Decoded.Complete<ClientHello>(var hello, _)) {
                    hello.serverName();
                    hello.offeredVersions();
                    hello.groups();
                    hello.pointFormats();
                    hello.signatureSchemes();
                    hello.applicationProtocols();
                }
            }
            case Handshake.SERVER_HELLO -> {
                begun = true;
                if (ServerHello.decode(bytes, body, length) instanceof Decoded.Complete<ServerHello>(var hello, _)) {
                    retried |= hello.isHelloRetryRequest();
                    chosen |= !hello.isHelloRetryRequest();
                    tls13 |= chosen && hello.version().is13();
                }
            }
            case Handshake.CERTIFICATE -> {
                if (CertificateMessage.decode(bytes, body, length, false) instanceof Decoded.Complete<CertificateMessage>(var chain, _)) {
                    chain.certificates().forEach(CertificateFacts::of);
                }
            }
            default -> {}
        }
    }
}
