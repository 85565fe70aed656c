package dev.rdptrace.sim;

import static dev.rdptrace.sim.Segment.ACK;
import static dev.rdptrace.sim.Segment.FIN;
import static dev.rdptrace.sim.Segment.NOTHING;
import static dev.rdptrace.sim.Segment.PSH;
import static dev.rdptrace.sim.Segment.RST;
import static dev.rdptrace.sim.Segment.SYN;

import dev.rdptrace.timeline.Side;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;

/// One end of a TCP connection, RFC 9293: cumulative and delayed acknowledgements, SACK (RFC 2018), retransmission timeouts with
/// backoff (RFC 6298), fast retransmission (RFC 5681), keep-alives, FIN and reset.
final class TcpEnd {

    /// What its program hears.
    interface Program {
        void connected();

        /// So many bytes have come in all.
        void received(long bytes);

        void closedByPeer();

        /// A reset came, or the system gave up.
        void broken();
    }

    private static final int MAXIMUM_SEGMENT = 1460;
    private static final int DUPLICATES = 3;

    private final World world;
    private final Side side;
    private final Stack stack;
    private final SplittableRandom random;
    private final Consumer<Segment> wire;
    private Program program;

    private boolean opened;
    private boolean passive;
    private boolean dead;
    private boolean closed; // the program has closed; what comes for it now is answered with a reset
    private int identification;
    private boolean stamps;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private byte[] all = {};
    private long next; // sequence number of the next segment
    private long oldest; // the oldest one that is not acknowledged
    private long furthest;
    private long finAt = -1;
    private int window = 10;
    private int duplicates;
    private long recoverUntil;
    private int timeouts;
    private double smooth = -1;
    private double variance;
    private long timed = -1;
    private long timedAt;
    private int timer;
    private int segmentSize = MAXIMUM_SEGMENT;
    private final TreeMap<Long, Long> selective = new TreeMap<>();

    private final Inbox in = new Inbox();
    private int unacknowledged;
    private int ackTimer;
    private int keepAlives;
    private long lastHeard;
    private final double keepAliveSeconds;
    private final int ownBase;
    private final int peerBase;
    private boolean gone;
    private Runnable whenGone = () -> {};

    TcpEnd(World world, Side side, Plan.Host host, int ownBase, int peerBase, SplittableRandom random, Consumer<Segment> wire) {
        this.world = world;
        this.side = side;
        this.stack = host.stack();
        this.keepAliveSeconds = host.keepAliveSeconds();
        this.ownBase = ownBase;
        this.peerBase = peerBase;
        this.random = random;
        this.wire = wire;
        this.identification = random.nextInt(60_000);
    }

    void program(Program heard) {
        program = heard;
    }

    // ---- what the program does ----

    void connect() {
        send(0, SYN, NOTHING);
        next = 1;
        furthest = 1;
        timeoutLater();
    }

    void write(byte[] bytes) {
        if (dead || finAt >= 0) {
            return;
        }
        out.writeBytes(bytes);
        all = out.toByteArray();
        pump();
    }

    void close() {
        if (dead || finAt >= 0) {
            return;
        }
        finAt = 1 + all.length;
        pump();
    }

    /// The process ends: nobody reads what comes from now on.
    void closeForGood() {
        close();
        closed = true;
    }

    void abort() {
        if (!dead) {
            send(next, RST | ACK, NOTHING);
            dead = true;
        }
    }

    /// No power any more.
    void vanish() {
        gone = true;
        dead = true;
        whenGone.run();
    }

    void whenGone(Runnable what) {
        whenGone = what;
    }

    /// The system is back and remembers nothing.
    void reboot() {
        gone = false;
    }

    // ---- sending ----

    private void pump() {
        if (!opened || dead) {
            return;
        }
        while (true) {
            long end = 1 + all.length;
            boolean room = next - oldest < (long) window * segmentSize;
            if (next < end && room) {
                int length = (int) Math.min(segmentSize, end - next);
                boolean last = next + length == end;
                emit(next, length, last && finAt == end);
                next += length + (last && finAt == end ? 1 : 0);
            } else if (finAt == next && next == end) {
                emit(next, 0, true);
                next++;
            } else {
                break;
            }
            furthest = Math.max(furthest, next);
            timeoutLater();
        }
    }

    private void emit(long from, int length, boolean fin) {
        byte[] payload = Arrays.copyOfRange(all, (int) from - 1, (int) from - 1 + length);
        if (timed < 0 && from >= furthest) {
            timed = from + length;
            timedAt = world.now();
        }
        send(from, ACK | (length > 0 ? PSH : 0) | (fin ? FIN : 0), payload);
    }

    private void send(long sequence, int flags, byte[] payload) {
        if (gone) {
            return;
        }
        if ((flags & ACK) != 0) {
            unacknowledged = 0;
            ackTimer++;
        }
        boolean windows = stack == Stack.WINDOWS;
        identification = identification + 1 & 0xffff;
        wire.accept(new Segment(side, sequence, in.expected(), flags, (flags & RST) != 0 ? 0 : windows ? 1026 : 501, options(flags),
                payload,
                stack.hopLimit(),
                identification, true));
    }

    private byte[] options(int flags) {
        ByteBuffer options = ByteBuffer.allocate(40);
        boolean syn = (flags & SYN) != 0;
        if (syn) {
            options.putInt(0x0204_0000 | MAXIMUM_SEGMENT).put(new byte[] {4, 2, 1, 3, 3, 8, 1, 1});
        }
        boolean stamp = syn && (flags & ACK) == 0 ? stack.timestamps() : stamps;
        if (stamp && ((flags & RST) == 0 || stack.resetCarriesTimestamp())) {
            options.putShort((short) 0x0101).put((byte) 8).put((byte) 10).putInt((int) (world.now() / 1_000_000) + 77).putInt(1);
        }
        long[] piece = in.piece();
        if (piece != null && !syn && (flags & RST) == 0) {
            options.putShort((short) 0x0101).put((byte) 5).put((byte) 10).putInt((int) (peerBase + piece[0]))
                    .putInt((int) (peerBase + piece[1]));
        }
        return Arrays.copyOf(options.array(), options.position());
    }

    private double timeoutMillis() {
        double base = smooth < 0 ? 1000 : Math.max(stack.firstTimeoutMillis(), smooth + 4 * variance);
        return Math.min(60_000, base * (1L << Math.min(timeouts, 16)));
    }

    private void timeoutLater() {
        int mine = ++timer;
        world.inMillis(timeoutMillis(), () -> {
            if (mine == timer && !dead && oldest < next) {
                timedOut();
            }
        });
    }

    private void timedOut() {
        timeouts++;
        timed = -1;
        int limit = opened ? stack.retries() : 5;
        if (timeouts > limit) {
            if (stack.resetsAtGivingUp() && opened) {
                send(next, RST | ACK, NOTHING);
            }
            dead = true;
            tell(Program::broken);
            return;
        }
        window = 2;
        recoverUntil = next;
        again();
        timeoutLater();
    }

    /// The first segment that nobody acknowledged, once more.
    private void again() {
        if (!opened) {
            send(0, passive ? SYN | ACK : SYN, NOTHING);
            return;
        }
        long end = Math.min(next, 1 + all.length);
        int length = (int) Math.min(segmentSize, Math.max(0, end - oldest));
        Map.Entry<Long, Long> held = selective.ceilingEntry(oldest + 1);
        if (held != null && held.getKey() < oldest + length) {
            length = (int) (held.getKey() - oldest);
        }
        boolean fin = finAt >= 0 && next > finAt && oldest + length == finAt;
        emit(oldest, length, fin);
    }

    private void acknowledgeSoon() {
        if (++unacknowledged >= 2) {
            send(next, ACK, NOTHING);
            return;
        }
        int mine = ++ackTimer;
        world.inMillis(stack.delayedAckMillis(), () -> {
            if (mine == ackTimer && !dead) {
                send(next, ACK, NOTHING);
            }
        });
    }

    // ---- receiving ----

    void receive(Segment segment) {
        if (gone) {
            return;
        }
        lastHeard = world.now();
        keepAlives = 0;
        if (dead) {
            if (!segment.is(RST)) {
                in.expect(segment.end());
                wire.accept(new Segment(side, segment.acknowledgement(), 0, RST, 0, NOTHING, NOTHING, stack.hopLimit(),
                        stack == Stack.LINUX ? 0 : ++identification & 0xffff, true));
            }
            return;
        }
        if (segment.is(RST)) {
            if (side == Side.SERVER && !passive) {
                return; // RFC 9293 3.10.7.2
            }
            boolean exact = segment.sequence() == in.expected() || !opened;
            if (exact) {
                dead = true;
                tell(Program::broken);
            } else if (segment.sequence() > in.expected() && segment.sequence() < in.expected() + 60_000) {
                send(next, ACK, NOTHING); // RFC 5961 3.2
            }
            return;
        }
        if (segment.is(SYN)) {
            handshake(segment);
            return;
        }
        if (passive && !opened && segment.acknowledgement() >= 1) {
            opened = true;
            oldest = 1;
            timeouts = 0;
            timer++;
            tell(Program::connected);
            aliveLater();
        }
        if (!opened) {
            return;
        }
        acknowledged(segment);
        if (!dead) {
            take(segment);
        }
    }

    private void handshake(Segment segment) {
        if (opened) {
            send(next, ACK, NOTHING);
            return;
        }
        in.expect(1);
        stamps = stack.timestamps() && segment.options().length > 12;
        if (segment.is(ACK)) {
            opened = true;
            oldest = 1;
            timeouts = 0;
            timer++;
            send(next, ACK, NOTHING);
            tell(Program::connected);
            aliveLater();
            return;
        }
        boolean again = passive;
        passive = true;
        send(0, SYN | ACK, NOTHING);
        next = 1;
        furthest = 1;
        if (!again) {
            timeoutLater();
        }
    }

    private void acknowledged(Segment segment) {
        long ack = segment.acknowledgement();
        selectively(segment);
        if (ack > oldest && ack <= next) {
            if (timed >= 0 && ack >= timed) {
                measure((world.now() - timedAt) / 1e6);
                timed = -1;
            }
            oldest = ack;
            selective.headMap(oldest, true).clear();
            window = Math.min(64, window + 1);
            duplicates = 0;
            timeouts = 0;
            timer++;
            if (oldest < next) {
                if (oldest < recoverUntil) {
                    again();
                }
                timeoutLater();
            }
            pump();
        } else if (ack == oldest && segment.length() == 0 && oldest < next && ++duplicates == DUPLICATES && opened) {
            recoverUntil = next;
            timed = -1;
            again();
            timeoutLater();
        }
    }

    private void selectively(Segment segment) {
        byte[] options = segment.options();
        for (int at = 0; at + 1 < options.length;) {
            if (options[at] <= 1) {
                at++;
                continue;
            }
            if (options[at] == 5) {
                ByteBuffer block = ByteBuffer.wrap(options, at + 2, 8);
                selective.put(block.getInt() - (long) ownBase & 0xffff_ffffL, block.getInt() - (long) ownBase & 0xffff_ffffL);
            }
            at += options[at + 1];
        }
    }

    private void measure(double millis) {
        if (smooth < 0) {
            smooth = millis;
            variance = millis / 2;
        } else {
            variance = 0.75 * variance + 0.25 * Math.abs(smooth - millis);
            smooth = 0.875 * smooth + 0.125 * millis;
        }
    }

    private void take(Segment segment) {
        if (segment.length() == 0) {
            if (segment.sequence() < in.expected()) {
                send(next, ACK, NOTHING); // a keep-alive
            }
            return;
        }
        if (closed && segment.payload().length > 0 && segment.end() > in.expected()) {
            send(next, RST | ACK, NOTHING);
            dead = true;
            return;
        }
        boolean hole = in.piece() != null;
        boolean old = segment.end() <= in.expected();
        if (old || !in.take(segment)) {
            send(next, ACK, NOTHING);
            return;
        }
        if (in.ended() || hole) {
            send(next, ACK, NOTHING);
        } else {
            acknowledgeSoon();
        }
        tell(heard -> heard.received(in.bytes()));
        if (in.ended()) {
            tell(Program::closedByPeer);
        }
    }

    private void tell(Consumer<Program> what) {
        world.in(50_000 + random.nextInt(200_000), () -> what.accept(program));
    }

    // ---- keep-alives ----

    private void aliveLater() {
        if (keepAliveSeconds > 0) {
            world.inMillis(keepAliveSeconds * 1000, this::alive);
        }
    }

    private void alive() {
        if (dead || !opened || finAt >= 0 && oldest == next && in.ended()) {
            return;
        }
        boolean quiet = world.now() - lastHeard >= keepAliveSeconds * 0.999e9;
        if (!quiet || oldest < next) {
            world.inMillis(Math.max(100, keepAliveSeconds * 1000 - (world.now() - lastHeard) / 1e6), this::alive);
            return;
        }
        if (keepAlives >= 4) {
            abort();
            tell(Program::broken);
            return;
        }
        keepAlives++;
        int asked = keepAlives;
        byte[] again = stack.keepAliveByte() && next - 2 < all.length && next > 1 ? new byte[] {all[(int) next - 2]} : NOTHING;
        wire.accept(new Segment(side, next - 1, in.expected(), ACK, 501, options(ACK), again, stack.hopLimit(), ++identification & 0xffff,
                true));
        world.inMillis(asked == 1 ? 1000 : 2000, () -> {
            if (keepAlives > 0) {
                lastHeard = Math.min(lastHeard, world.now() - (long) (keepAliveSeconds * 1e9));
            }
            alive();
        });
    }
}
