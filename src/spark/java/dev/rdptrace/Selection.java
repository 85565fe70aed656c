package dev.rdptrace;

import dev.rdptrace.bytes.Errors;
import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.session.FirstPayload;
import dev.rdptrace.session.RdpSession;
import dev.rdptrace.tcp.Connections;
import dev.rdptrace.tcp.Difference;
import dev.rdptrace.tcp.StreamListener;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.wire.udp.RdpUdpPacket;
import dev.rdptrace.wire.udp.StunMessage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Reads one file of a recording and keeps of its packets those that make a difference to its verdicts: all of a connection that may
/// be RDP, of others what tells them apart and numbers them, and all that other protocols tell of the parties. The same program reads
/// the file as reads a whole recording; what it passes over without looking is left out.
///
/// Of a session that is up, and of which no more is read, only the headers are kept, and the end of what was said.
///
/// Whether a packet makes a difference may depend on an earlier file, which is not known here. So where packets of a flow begin to be
/// left out the last one says so, and [KeptSource] looks whether that was right.
public final class Selection implements Closeable {
    /// Sessions whose last words are remembered at once.
    private static final int MOST_SESSIONS = 1 << 16;
    /// Nobody's clock is so wrong, and differences of other times may not fit into 64 bits.
    private static final long LATEST = 1L << 61;

    /// What the first payload of a flow is is seen from these.
    private static final int FIRST_BYTES = 16;
    private static final int UDP = 17;
    /// Two flows that meet in a place are kept both.
    private static final int DROPPED_BITS = 24;
    /// Ports of services that carry most of what there is. Of a connection to any other that was opened before the file, all is kept.
    private static final BitSet PASSED_BY = new BitSet(1 << 16);

    static {
        for (int port : new int[] {21, 22, 25, 80, 88, 110, 111, 135, 139, 143, 389, 443, 445, 465, 587, 636, 873, 993, 995, 1433, 1521,
                2049, 3128, 3260, 3268, 3306, 5432, 5985, 5986, 6379, 8080, 8443, 9092, 9200, 9300, 27017}) {
            PASSED_BY.set(port);
        }
    }

    private final String path;
    private final @Nullable PacketSource source;
    private final String unreadable;
    private final Analyzer analyzer;
    private final Packet packet;
    private final Frame frame = new Frame();
    private final KeptPackets.Writer writer = new KeptPackets.Writer();
    private final Map<StreamListener, SpokenLast> sessions = new IdentityHashMap<>();
    private final MessageBodies.Latest bodies = new MessageBodies.Latest();
    private final FlowKeys keys = new FlowKeys();
    private final List<KeptPackets.LastWords> lastWords = new ArrayList<>();
    private final BitSet dropped = new BitSet(); // connections that were given up for lack of room, by a hash of their flow
    private long evicted;
    private final long[] leftOut = new long[Verdict.values().length];
    private CaptureFacts facts = Analyzer.NO_FACTS;
    private int secretsSeen;
    private int secretsTold;
    private String whole = "";
    private boolean cleared;
    private final FrameCopy scratch = new FrameCopy();
    private boolean ended;

    /// @param path as the user gave it
    /// @param at where the file lies
    public Selection(String path, Path at, Analyzer.Options options) throws IOException {
        this.path = path;
        PacketSource opened = null;
        String why = "";
        try {
            opened = Captures.open(new LinkedHashMap<>(Map.of(path, at)));
        } catch (CaptureException notOne) {
            why = Errors.message(notOne);
        }
        source = opened;
        unreadable = why;
        ended = opened == null;
        analyzer = new Analyzer(options, new Analyzer.Embedded(new Secrets(new KeyLog()), this::factsSoFar), Connections.FLOW_LIMIT,
                Integer.MAX_VALUE, _ -> {}, this::over);
        analyzer.connections.followLonger();
        packet = analyzer.packet;
    }

    /// A connection that may be RDP has ended. Of one that was given up for lack of room all is kept: where it is judged there may be room.
    private void over(Attempt attempt) {
        keys.want(flow(attempt.client(), attempt.server()));
        if (attempt.end() == Attempt.End.EVICTED) {
            evicted++;
            dropped.set(place(flow(attempt.client(), attempt.server())));
        }
    }

    private boolean isDropped() {
        return evicted > 0 && dropped.get(place(flow(packet)));
    }

    private static int place(long flow) {
        return (int) (flow >>> Long.SIZE - DROPPED_BITS);
    }

    private CaptureFacts factsSoFar() {
        facts = Objects.requireNonNull(source).facts();
        secretsSeen = facts.secrets().size();
        return facts;
    }

    /// The next block of packets, `null` behind the last one.
    public byte @Nullable [] next() throws IOException {
        while (!ended) {
            if (!Objects.requireNonNull(source).next(frame)) {
                end();
            } else {
                accept();
            }
            if (writer.full() || ended) {
                byte[] block = writer.take();
                if (block.length > 0) {
                    return block;
                }
            }
        }
        return null;
    }

    private void end() {
        ended = true;
        sessions.values().forEach(said -> said.tell(lastWords::add));
        facts = Objects.requireNonNull(source).facts();
        if (analyzer.connections.evicted() > evicted) {
            whole = "too many connections were open at once to tell which packets matter";
        }
    }

    private void accept() {
        if (frame.nanos() == Frame.NO_TIME && analyzer.frames == 0) {
            whole = "its first frame has no time";
        }
        if (frame.nanos() != Frame.NO_TIME && Math.abs(frame.nanos()) > LATEST) {
            whole = "its times are beyond what can be";
        }
        boolean cutBefore = analyzer.headersCut;
        analyzer.accept(frame);
        if (secretsSeen > secretsTold) {
            secretsTold = secretsSeen;
            writer.secrets(secretsTold);
        }
        long time = frame.nanos() == Frame.NO_TIME ? analyzer.lastNanos : frame.nanos();
        switch (analyzer.verdict) {
            case TCP -> segment(time);
            case UDP -> datagram(time);
            default -> other(cutBefore, time);
        }
    }

    private void segment(long time) {
        StreamListener follower = analyzer.connections.follower();
        if (follower != null) {
            keys.note(packet, analyzer.connections.followerOf(packet) != null);
        }
        Difference made = analyzer.connections.difference();
        boolean all = isDropped() || made.settled() && !made.opened() && !PASSED_BY.get(packet.sourcePort())
                && !PASSED_BY.get(packet.destinationPort()); // or it may be RDP on a port of its own, begun in an earlier file
        if (follower != null) {
            followed(follower, time);
        } else if (all) {
            writer.packet(frame, packet, frame, time, false, false);
        } else if (made.news() || analyzer.companions.news() || packet.fragmented()) {
            boolean settled = made.settled();
            writer.packet(frame, packet, settled && !analyzer.companions.read() ? beginning(frame) : frame, time, settled, false);
        } else {
            leftOut[Verdict.TCP.ordinal()]++;
            writer.leaveOut(time);
        }
    }

    private void followed(StreamListener follower, long time) {
        boolean read = !(follower instanceof RdpSession session) || session.reads();
        if (read || packet.fragmented() || packet.has(Packet.SYN | Packet.FIN | Packet.RST) || packet.bytes() != frame.bytes()) {
            withoutBodies(time);
            return;
        }
        SpokenLast said = sessions.get(follower);
        if (said == null) {
            sessions.put(follower, new SpokenLast());
            writer.packet(frame, packet, frame, time, false, false); // with it the session ceased to be read
            if (sessions.size() > MOST_SESSIONS) {
                whole = "too many sessions to remember what each said last";
            }
            return;
        }
        said.add(packet, frame);
        writer.blank(frame, packet, time);
    }

    private void datagram(long time) {
        if (analyzer.companions.news() || analyzer.companions.ofRdpOverUdp() || packet.fragmented()) {
            boolean settled = !analyzer.companions.ofRdpOverUdp();
            writer.packet(frame, packet, settled && !analyzer.companions.read() ? beginning(frame) : frame, time, settled, false);
        } else {
            leftOut[Verdict.UDP.ordinal()]++;
        }
    }

    private void other(boolean cutBefore, long time) {
        boolean kept = switch (analyzer.verdict) {
            case ICMP, ARP, FRAGMENT -> true;
            case CUT -> !cutBefore;
            default -> false;
        };
        if (kept) {
            writer.plain(frame, time, false);
        } else {
            leftOut[analyzer.verdict.ordinal()]++;
        }
    }

    /// The frame with its first bytes of payload only, where nobody read more and these say as much: the rest is zeros.
    private Frame beginning(Frame of) {
        int from = packet.payloadOffset() + FIRST_BYTES;
        int length = packet.payloadCaptured() - FIRST_BYTES;
        if (packet.fragmented() || packet.bytes() != of.bytes() || length <= 0) {
            return of;
        }
        Frame zeroed = scratch.of(of);
        byte[] copy = zeroed.bytes();
        int at = from - of.offset();
        Arrays.fill(copy, at, at + length, (byte) 0);
        boolean nobody = packet.protocol() == UDP ? !StunMessage.is(copy, at - FIRST_BYTES, length + FIRST_BYTES)
                && !RdpUdpPacket.isClientSyn(copy, at - FIRST_BYTES, length + FIRST_BYTES)
                : FirstPayload.speaker(packet.destinationPort(), copy, at - FIRST_BYTES, length + FIRST_BYTES)
                        == Connections.Speaker.NOBODY;
        return nobody ? zeroed : of;
    }

    /// Keeps the packet with filler where it carries what nobody reads, as far as nothing is known to open it.
    private void withoutBodies(long time) {
        boolean settled = analyzer.connections.difference().settled();
        if (packet.fragmented() || packet.bytes() != frame.bytes() || secretsSeen > 0) {
            bodies.lose(flow(packet));
            writer.packet(frame, packet, frame, time, settled, false);
        } else {
            cleared |= packet.payloadLength() > 0;
            bodies.write(flow(packet), packet, frame, writer, time, settled);
        }
    }

    /// A digest of a flow, the same in both directions.
    public static long flow(Endpoint one, Endpoint other) {
        return end(one.high(), one.low(), one.port()) + end(other.high(), other.low(), other.port());
    }

    /// The digest of the flow of a packet.
    static long flow(Packet packet) {
        return end(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort())
                + end(packet.destinationHigh(), packet.destinationLow(), packet.destinationPort());
    }

    private static long end(long high, long low, int port) {
        long mixed = (low + port * 0x9E3779B97F4A7C15L ^ high * 0xBF58476D1CE4E5B9L) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ mixed >>> 29) * 0xBF58476D1CE4E5B9L;
        return mixed ^ mixed >>> 32;
    }

    /// What of the blank packets is needed, once [#next] has come to its end.
    public byte[] lastWords() {
        int size = 0;
        for (KeptPackets.LastWords words : lastWords) {
            size += Long.BYTES + 2 * Integer.BYTES + words.bytes().length;
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        for (KeptPackets.LastWords words : lastWords) {
            all.putLong(words.frame()).putInt(words.offset()).putInt(words.bytes().length).put(words.bytes());
        }
        return all.array();
    }

    /// Key and flow by turns: by what its connections are known again in other recordings, once [#next] has come to its end.
    public byte[] keys() {
        return keys.written();
    }

    /// As [#lastWords] wrote them.
    static Map<Long, KeptPackets.LastWords> lastWords(byte[] written) {
        Map<Long, KeptPackets.LastWords> all = new HashMap<>();
        for (ByteBuffer from = ByteBuffer.wrap(written); from.hasRemaining();) {
            long number = from.getLong();
            int offset = from.getInt();
            byte[] bytes = new byte[from.getInt()];
            from.get(bytes);
            all.put(number, new KeptPackets.LastWords(number, offset, bytes));
        }
        return all;
    }

    /// What else was found, once [#next] has come to its end.
    public FileFindings findings() {
        return unreadable.isEmpty() ? new FileFindings(path, "", facts, analyzer.frames, leftOut, analyzer.recordings.firstNanos(),
                analyzer.recordings.lastNanos(),
                analyzer.lastNanos, cleared, whole) : FileFindings.unreadable(path, unreadable);
    }

    @Override
    public void close() throws IOException {
        if (source != null) {
            source.close();
        }
    }
}
