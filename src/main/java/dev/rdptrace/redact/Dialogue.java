package dev.rdptrace.redact;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.session.Prologue;
import dev.rdptrace.tcp.Connection;
import dev.rdptrace.tcp.OrderedBytes;
import dev.rdptrace.tcp.StreamListener;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Happening.ProxyAnswer;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.wire.tls.ContentType;
import dev.rdptrace.wire.tls.TlsRecord;
import dev.rdptrace.wire.x224.FirstBytes;
import dev.rdptrace.wire.x224.Preconnection;
import dev.rdptrace.wire.x224.Tpkt;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Finds the messages in both sides of a connection and keeps what may be passed on of them. A frame waits until all messages that it
/// holds a part of are whole, or will never be.
final class Dialogue implements StreamListener {
    /// What the first bytes of a stranger may be judged by.
    private static final int FIRST = 128;
    private static final int ALERT = 2;
    /// Bytes of a TPKT that tell what is in it.
    private static final int KIND = 6;

    private enum Reading {
        BEGINNING, MESSAGES, STRANGE
    }

    /// One side.
    private static final class Half {
        private final Spans spans = new Spans();
        private final Deque<HeldFrame> waiting = new ArrayDeque<>();
        private Reading reading = Reading.BEGINNING;
        private long decided = Long.MIN_VALUE;
        private boolean sealed;
    }

    private final Connection connection;
    private final Masks masks;
    private final Pdus pdus;
    private final HandshakeMessages handshake;
    private final boolean keepSecrets;
    private final Half[] halves = {new Half(), new Half()};
    private Prologue prologue = new Prologue();
    private boolean preconnected;
    private boolean ended;

    /// @param rdpServer told when this server has spoken RDP
    Dialogue(Connection connection, Fields fields, Masks masks, boolean keepSecrets, Consumer<Endpoint> rdpServer) {
        this.connection = connection;
        this.masks = masks;
        this.keepSecrets = keepSecrets;
        pdus = new Pdus(fields, () -> rdpServer.accept(connection.server()));
        handshake = new HandshakeMessages(fields, this::put);
    }

    private void put(Side side, long offset, byte[] content) {
        halves[side.ordinal()].spans.put(offset, content);
    }

    private void put(Side side, OrderedBytes in, int length) {
        put(side, in.offset(), Arrays.copyOfRange(in.buffer(), in.start(), in.start() + length));
    }

    // ---- frames ----

    /// Takes a frame that holds payload of this connection.
    void hold(HeldFrame frame, int sequence) {
        frame.offset = connection.half(frame.side).offsetOf(sequence);
        halves[frame.side.ordinal()].waiting.add(frame);
        settle(frame.side);
    }

    Connection connection() {
        return connection;
    }

    /// There is no room to wait for more: what has come of the message in `frame` is kept as it is.
    void hurry(HeldFrame frame) {
        Half half = halves[frame.side.ordinal()];
        remainder(frame.side, connection.bytes(frame.side));
        finish(frame, half);
        half.waiting.remove(frame);
    }

    private void settle(Side side) {
        Half half = halves[side.ordinal()];
        while (!half.waiting.isEmpty() && (ended || half.waiting.peek().payloadEnd() <= half.decided)) {
            finish(half.waiting.remove(), half);
        }
        if (half.waiting.isEmpty()) {
            half.spans.forget();
        }
    }

    private static void finish(HeldFrame frame, Half half) {
        half.spans.fill(frame.offset, frame.bytes, frame.payloadAt, frame.payloadLength);
        frame.finish();
    }

    // ---- the stream ----

    @Override
    public void onBytes(Side from) {
        read(from, false);
        settle(from);
    }

    @Override
    public void onEnd(End why) {
        for (Side side : Side.values()) {
            read(side, true);
            remainder(side, connection.bytes(side));
        }
        ended = true;
        for (Side side : Side.values()) {
            settle(side);
        }
    }

    @Override
    public void onSyn(Side from, int repeats, Moment at) {}

    @Override
    public void onEstablished(Moment at) {}

    @Override
    public void onGap(Side from, long offset, long length, Moment at) {}

    @Override
    public void onFin(Side from, Moment at) {}

    @Override
    public void onReset(ResetFacts reset) {}

    @Override
    public void onIcmp(IcmpFacts icmp) {}

    @Override
    public void onQuiet(long nanos) {}

    private void read(Side side, boolean last) {
        OrderedBytes in = connection.bytes(side);
        Half half = halves[side.ordinal()];
        boolean more = true;
        while (more && in.available() > 0) {
            more = switch (half.reading) {
                case BEGINNING -> beginning(side, half, in, last);
                case MESSAGES -> message(side, half, in);
                case STRANGE -> pass(in, in.available());
            };
        }
        half.decided = connection.half(side).overflowed() ? Long.MAX_VALUE : in.offset();
    }

    private static boolean pass(OrderedBytes in, int length) {
        in.take(length);
        return true;
    }

    // ---- what may stand before RDP ----

    private boolean beginning(Side side, Half half, OrderedBytes in, boolean last) {
        byte[] bytes = in.buffer();
        int start = in.start();
        int available = in.available();
        if (side == Side.SERVER && prologue.begun()) {
            Prologue before = prologue.copy();
            int length = prologue.fromProxy(bytes, start, available);
            if (length == Prologue.WAIT && !last) {
                return false;
            }
            if (length > 0 || prologue.answer() != null) {
                put(side, in.offset(), masks.keepWhatDecides(bytes, start, length > 0 ? length : available,
                        masked -> answersAlike(before.copy(), masked, length)));
                half.reading = length > 0 ? Reading.BEGINNING : Reading.STRANGE;
                return pass(in, length > 0 ? length : available);
            }
        }
        FirstBytes.Kind kind = kind(bytes, start, available, last);
        if (side == Side.CLIENT && prologue.expects(bytes[start])) {
            kind = FirstBytes.Kind.SOCKS5;
        }
        if (kind == null) {
            return false;
        }
        return switch (kind) {
            case RDP_REQUEST, RDP_CONFIRM, TLS, TPKT_OTHER, RDP_FAST_PATH -> {
                half.reading = Reading.MESSAGES;
                yield true;
            }
            case PRECONNECTION -> !preconnected && side == Side.CLIENT ? preconnection(half, in, last) : strange(side, half, in, last);
            case PROXY_V1, PROXY_V2, SOCKS4, SOCKS5, HTTP_REQUEST -> side == Side.CLIENT ? toProxy(kind, half, in, last)
                    : strange(side, half, in, last);
            default -> strange(side, half, in, last);
        };
    }

    private static FirstBytes.@Nullable Kind kind(byte[] bytes, int start, int length, boolean last) {
        return last ? FirstBytes.atEnd(bytes, start, length).kind()
                : FirstBytes.of(bytes, start, length) instanceof Decoded.Complete<FirstBytes>(var first, _) ? first.kind() : null;
    }

    private boolean strange(Side side, Half half, OrderedBytes in, boolean last) {
        half.reading = Reading.STRANGE;
        firstBytes(side, in, last);
        return pass(in, in.available());
    }

    private void firstBytes(Side side, OrderedBytes in, boolean last) {
        FirstBytes.Kind kind = kind(in.buffer(), in.start(), in.available(), last);
        put(side, in.offset(), masks.keepWhatDecides(in.buffer(), in.start(), in.available(), FIRST,
                masked -> kind(masked, 0, masked.length, last) == kind));
    }

    private boolean preconnection(Half half, OrderedBytes in, boolean last) {
        return switch (Preconnection.decode(in.buffer(), in.start(), in.available())) {
            case Decoded.Complete<Preconnection>(_, int length) -> {
                preconnected = true;
                put(Side.CLIENT, in.offset(), pdus.preconnection(in.buffer(), in.start(), length));
                yield pass(in, length);
            }
            case Decoded.Partial<Preconnection> _ -> last && strange(Side.CLIENT, half, in, true);
            case Decoded.Broken<Preconnection> _ -> strange(Side.CLIENT, half, in, last);
        };
    }

    private boolean toProxy(FirstBytes.Kind kind, Half half, OrderedBytes in, boolean last) {
        Prologue before = prologue.copy();
        int length = prologue.fromClient(kind, in.buffer(), in.start(), in.available());
        if (length == Prologue.WAIT && !last) {
            return false;
        }
        if (length <= 0) {
            return strange(Side.CLIENT, half, in, last);
        }
        prologue.take(kind, in.buffer(), in.start(), length);
        put(Side.CLIENT, in.offset(), masks.keepWhatDecides(in.buffer(), in.start(), length, masked -> asksAlike(before.copy(), kind,
                masked, length)));
        return pass(in, length);
    }

    private boolean asksAlike(Prologue before, FirstBytes.Kind kind, byte[] masked, int length) {
        if (!before.expects(masked[0]) && kind(masked, 0, length, true) != kind || before.fromClient(kind, masked, 0, length) != length) {
            return false;
        }
        before.take(kind, masked, 0, length);
        return before.port() == prologue.port();
    }

    private boolean answersAlike(Prologue before, byte[] masked, int length) {
        int taken = before.fromProxy(masked, 0, masked.length);
        ProxyAnswer alike = before.answer();
        ProxyAnswer said = prologue.answer();
        return Math.max(0, taken) == Math.max(0, length) && alike != null && said != null && alike.status() == said.status()
                && alike.refused() == said.refused();
    }

    // ---- messages ----

    private boolean message(Side side, Half half, OrderedBytes in) {
        byte[] bytes = in.buffer();
        int start = in.start();
        int available = in.available();
        int first = bytes[start] & 0xff;
        if (!in.isWhole(in.offset(), Math.min(available, TlsRecord.HEADER))) {
            return resynchronize(in);
        }
        boolean record = first >= ContentType.CHANGE_CIPHER_SPEC && first <= ContentType.HEARTBEAT
                && (handshake.begun() || pdus.tlsMayCome(bytes, start, available));
        if (record && (available < 3 || TlsRecord.plausible(bytes, start, available))) {
            return record(side, half, in);
        }
        int length = Tpkt.length(bytes, start, available);
        boolean misplaced = first != 3 && (handshake.begun() || pdus.isTooEarly());
        if (length == Tpkt.NEED_MORE && !misplaced) {
            return false;
        }
        if (length == Tpkt.NOT_A_FRAME || misplaced) {
            firstBytes(side, in, true);
            return resynchronize(in);
        }
        if (available < length) {
            return false;
        }
        if (first == 3 && in.isWhole(in.offset(), length)) {
            put(side, in.offset(), pdus.tpkt(bytes, start, length));
        } else {
            put(side, in, first == 3 ? KIND : bytes[start + 1] < 0 ? 3 : 2);
        }
        return pass(in, length);
    }

    private static boolean resynchronize(OrderedBytes in) {
        long boundary = in.nextBoundary(in.offset());
        return pass(in, boundary < 0 ? in.available() : (int) (boundary - in.offset()));
    }

    private boolean record(Side side, Half half, OrderedBytes in) {
        int total = TlsRecord.length(in.buffer(), in.start(), in.available());
        if (total <= 0 || in.available() < total) {
            return false;
        }
        int body = total - TlsRecord.HEADER;
        int captured = in.captured(in.offset() + TlsRecord.HEADER, body);
        int type = in.buffer()[in.start()];
        boolean sealed = half.sealed || handshake.tls13() && type != ContentType.HANDSHAKE;
        boolean clear = type == ContentType.CHANGE_CIPHER_SPEC && body == 1 || type == ContentType.ALERT && body == ALERT;
        put(side, in, clear || keepSecrets && sealed ? TlsRecord.HEADER + captured : TlsRecord.HEADER);
        if (type == ContentType.HANDSHAKE && !half.sealed) {
            handshake.read(side, in.buffer(), in.start() + TlsRecord.HEADER, captured, in.offset() + TlsRecord.HEADER);
            if (captured < body) {
                handshake.cut(side);
            }
        } else if (type == ContentType.CHANGE_CIPHER_SPEC && handshake.sealsBehind()) {
            half.sealed = true;
            handshake.cut(side);
        }
        return pass(in, total);
    }

    /// What has come of a message whose rest is missing.
    private void remainder(Side side, OrderedBytes in) {
        byte[] bytes = in.buffer();
        int start = in.start();
        int available = in.available();
        if (available > 0 && halves[side.ordinal()].reading == Reading.MESSAGES && in.isWhole(in.offset(), Math.min(available,
                TlsRecord.HEADER))) {
            if (TlsRecord.plausible(bytes, start, available)) {
                put(side, in, Math.min(available, TlsRecord.HEADER));
                boolean hello = bytes[start] == ContentType.HANDSHAKE && !halves[side.ordinal()].sealed && available > TlsRecord.HEADER;
                if (hello) {
                    handshake.glimpse(side, bytes, start + TlsRecord.HEADER, available - TlsRecord.HEADER, in.offset() + TlsRecord.HEADER);
                }
            } else if (bytes[start] == 3) {
                put(side, in, Math.min(available, KIND));
            }
        }
        handshake.glimpse(side);
    }
}
