package dev.rdptrace;

import dev.rdptrace.capture.Frame;
import dev.rdptrace.net.Packet;
import dev.rdptrace.wire.tls.ContentType;
import dev.rdptrace.wire.tls.TlsRecord;
import dev.rdptrace.wire.x224.Tpkt;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// Where bodies lie in the packets of one direction of a connection that nobody reads: of application data in TLS, to which there are no
/// keys, and of fast-path PDUs. Only how long they are counts. As soon as a byte is missing or comes twice, or a message is none of RDP's,
/// nothing is known any more until packets begin and end with messages as often as they would not by chance.
final class MessageBodies {
    private static final int HEADER = 5;
    private static final int TPKT = 3;
    private static final int[] NONE = {};
    private static final int MOST_GUESSES = 1 << 6;
    /// So many TPKTs have gone one way before a session is up: a byte that looks like fast-path does not come sooner.
    private static final int OPENING = 8;
    /// PDUs that begin behind a PSH and end with one, or so many in a row that end where their packet does, are no chance.
    private static final int ENDINGS = 2;

    private final byte[] header = new byte[HEADER];
    private int inHeader;
    private int rest; // bytes of the message that are still to come
    private boolean body; // they are ones that nobody reads
    private int next; // sequence number
    private boolean known;
    private boolean sure; // no more guessed
    private boolean fromBegin;
    private boolean tls;
    private boolean pushed; // the last packet
    private int messages; // since then
    private int endings; // of packets that ended one
    private int[] guessed = NONE; // what may be bodies, in the packets of a block: where and how much
    private int guesses;
    private int written; // of them are in the block
    private int block;
    private boolean cleared; // in the last packet something is taken for a body

    /// Those of the flows whose packets came last.
    static final class Latest {
        private static final int MOST = 1 << 15;

        private final FrameCopy scratch = new FrameCopy();
        private final Map<Long, MessageBodies[]> flows = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, MessageBodies[]> eldest) {
                return size() > MOST;
            }
        };

        /// A packet of this flow does not come here.
        void lose(long flow) {
            flows.remove(flow);
        }

        /// Writes the packet with filler for what nobody reads.
        void write(long flow, Packet packet, Frame frame, KeptPackets.Writer to, long time, boolean settled) {
            MessageBodies[] both = flows.computeIfAbsent(flow, _ -> new MessageBodies[] {new MessageBodies(), new MessageBodies()});
            MessageBodies from = both[SpokenLast.side(packet)];
            if (packet.has(Packet.SYN)) {
                from.begin(packet.sequence());
            }
            boolean carries = packet.payloadLength() > 0 && !packet.has(Packet.SYN) && packet.sourcePort() != packet.destinationPort();
            Frame shown = carries ? scratch.of(frame) : frame;
            if (carries) {
                from.clear(packet, shown.bytes(), packet.payloadOffset() - frame.offset());
            }
            from.written(to, to.packet(frame, packet, shown, time, settled, carries && from.cleared));
        }
    }

    /// The first byte of this direction is the one behind `sequence`, that of its SYN.
    void begin(int sequence) {
        guess(sequence + 1);
        sure = true;
        fromBegin = true;
    }

    private void guess(int sequence) {
        known = true;
        sure = false;
        fromBegin = false;
        tls = false;
        next = sequence;
        inHeader = 0;
        rest = 0;
        messages = 0;
        endings = 0;
        guesses = 0;
        written = 0;
    }

    /// Goes on with the payload of a packet, and puts filler for what nobody reads into the copy of it.
    ///
    /// @param offset of the payload in `copy`
    void clear(Packet packet, byte[] copy, int offset) {
        int length = packet.payloadLength();
        cleared = false;
        if (length == 0) {
            return;
        }
        boolean lost = !known || packet.sequence() != next;
        if (lost || !sure && pushed && (rest > 0 || inHeader > 0)) {
            boolean behindPush = pushed && packet.sequence() == next;
            guess(packet.sequence());
            endings = behindPush ? ENDINGS - 1 : 0;
            int captured = offset + packet.payloadCaptured();
            sure = wholeRecords(copy, offset, captured);
            known = sure || mayBegin(copy, offset, captured);
        }
        pushed = packet.has(Packet.PSH);
        known &= packet.payloadCaptured() == length;
        next += length;
        int at = offset;
        int end = offset + length;
        while (at < end && known) {
            if (rest > 0) {
                int passed = Math.min(rest, end - at);
                cleared |= body;
                if (body && sure) {
                    Arrays.fill(copy, at, at + passed, KeptPackets.FILLER);
                } else if (body) {
                    guess(at - offset, passed);
                }
                at += passed;
                rest -= passed;
            } else {
                header[inHeader++] = copy[at++];
                header();
            }
        }
        if (known && rest == 0 && inHeader == 0 && (endings == 0 || pushed)) {
            endings++;
            sure |= endings >= ENDINGS;
        }
    }

    private void guess(int at, int length) {
        if (guesses + 2 > guessed.length) {
            if (guesses == MOST_GUESSES) {
                return;
            }
            guessed = Arrays.copyOf(guessed, Math.max(8, 2 * guesses));
        }
        guessed[guesses++] = at;
        guessed[guesses++] = length;
    }

    /// The packet that came last was written; what turns out not to be read becomes filler there.
    ///
    /// @param at where its payload lies, negative where that is not told
    void written(KeptPackets.Writer to, int at) {
        if (at < 0 || to.block() != block) {
            System.arraycopy(guessed, written, guessed, 0, guesses - written);
            guesses = at < 0 ? 0 : guesses - written;
            written = 0;
            block = to.block();
        }
        for (; written < guesses; written += 2) {
            guessed[written] += at;
        }
        if (sure) {
            for (int i = 0; i < guesses; i += 2) {
                to.fill(guessed[i], guessed[i + 1]);
            }
            guesses = 0;
            written = 0;
        }
    }

    private static boolean mayBegin(byte[] copy, int at, int end) {
        return (copy[at] & 3) == 0 && Tpkt.length(copy, at, end - at) > 0
                || copy[at] == ContentType.APPLICATION_DATA && end - at >= HEADER && TlsRecord.plausible(copy, at, end - at);
    }

    private static boolean wholeRecords(byte[] bytes, int from, int end) {
        int at = from;
        while (at + HEADER <= end && TlsRecord.plausible(bytes, at, end - at)) {
            at += HEADER + ((bytes[at + 3] & 0xff) << 8 | bytes[at + 4] & 0xff);
        }
        return at == end;
    }

    private void header() {
        int first = header[0] & 0xff;
        boolean record = first >= ContentType.CHANGE_CIPHER_SPEC && first <= ContentType.HEARTBEAT
                && (tls || !fastPath() || (first & 3) != 0 || inHeader > 1 && header[1] == 3);
        if (record) {
            known = inHeader < 2 || header[1] == 3;
            if (inHeader == HEADER) {
                known = TlsRecord.plausible(header, 0, HEADER);
                sure |= tls;
                tls = true;
                message((header[3] & 0xff) << 8 | header[4] & 0xff, first == ContentType.APPLICATION_DATA);
            }
            return;
        }
        known = first == TPKT || (first & 3) == 0 && fastPath();
        int length = known ? Tpkt.length(header, 0, inHeader) : Tpkt.NOT_A_FRAME;
        known &= length != Tpkt.NOT_A_FRAME;
        if (length > 0) {
            message(length - inHeader, first != TPKT);
        }
    }

    /// A fast-path PDU may come now.
    private boolean fastPath() {
        return !tls && (!fromBegin || messages >= OPENING);
    }

    private void message(int length, boolean unread) {
        known &= length >= 0;
        rest = Math.max(0, length);
        body = unread;
        messages++;
        inHeader = 0;
    }
}
