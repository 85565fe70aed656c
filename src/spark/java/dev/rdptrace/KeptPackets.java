package dev.rdptrace;

import com.github.luben.zstd.Zstd;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.net.Header;
import dev.rdptrace.net.Headers;
import dev.rdptrace.net.Packet;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The packets of one file that make a difference, on their way from where the file is read to where its recording is judged: blocks of
/// records, one after the other. What is of one kind stands in a column, and each column is compressed. Numbers are written seven bits to
/// a byte, the lowest first, times as what has passed since the time before, headers as they differ from those that were expected.
///
/// | record | what follows its first byte |
/// |---|---|
/// | packet | frames since the last one, time, interface if another one, length, length on the wire if another one, headers, the rest |
/// | cleared | the same, and filler may stand for what it carries |
/// | blank | the same, but nothing behind the headers |
/// | plain | the same, but all its bytes |
/// | left out | how many TCP segments, and the time of each |
/// | secrets | how many of the file's decryption secrets had been come by |
/// | passed | how many TCP segments of the file, whether kept or not, came since the last such record |
final class KeptPackets {
    private static final int PACKET = 1;
    private static final int BLANK = 2;
    private static final int LEFT_OUT = 3;
    private static final int SECRETS = 4;
    private static final int PLAIN = 5;
    private static final int PASSED = 6;
    private static final int CLEARED = 7;
    private static final int KIND = 7;
    /// Begins no message: a TPKT, a TLS record or a fast-path PDU. So who reads it as one notices.
    static final byte FILLER = 1;
    // of a packet
    private static final int SETTLED = 1 << 3;
    private static final int OTHER_INTERFACE = 1 << 4;
    private static final int UNTIMED = 1 << 5;
    private static final int CUT = 1 << 6;
    private static final int MOVED = 1 << 7;

    // columns
    private static final int NUMBERS = 0;
    private static final int TIMES = 1;
    private static final int LONG_TIMES = 2;
    private static final int DIFFERENT = 3;
    private static final int CHANGES = 4;
    private static final int BYTES = 5;
    private static final int FLOWS = 6;
    private static final int PORTS = 7; // and the further columns of changes: what is alike stands together
    private static final int SEQUENCES = 8;
    private static final int WINDOWS = 9;
    private static final int OPTIONS = 10;
    private static final int COLUMNS = 11;

    /// Bytes of a block before it is compressed: certificates and hellos come again within it.
    private static final int BLOCK = 1 << 22;
    private static final int COMPRESSION = 9;
    private static final long MICRO = 1000;
    private static final int TCP_HEADER = 20;
    private static final int UDP_HEADER = 8;
    private static final int TCP_CHECKSUM = 16;
    private static final int UDP_CHECKSUM = 6;
    private static final int IP_CHECKSUM = 10;

    private KeptPackets() {}

    private static Column[] columns() {
        Column[] all = new Column[COLUMNS];
        Arrays.setAll(all, _ -> new Column());
        return all;
    }

    /// The column of changes at a place in the transport header.
    private static int changes(int at) {
        return at < 0 ? CHANGES : at < 4 ? PORTS : at < 12 ? SEQUENCES : at < 20 ? WINDOWS : OPTIONS;
    }

    static final class Writer {
        private final Column[] columns = columns();
        private final Column numbers = columns[NUMBERS];
        private long number;
        private long nanos;
        private int linkType = -1;
        private int network = -1;
        private final ExpectedHeaders headers = new ExpectedHeaders();
        private final byte[] head = new byte[ExpectedHeaders.LONGEST];
        private int leftOut;
        private int block;
        // of the packet in hand
        private int networkAt;
        private int transportAt;
        private boolean overIpv4;
        private boolean ofTcp;

        /// A block is full.
        boolean full() {
            return length() >= BLOCK;
        }

        private int length() {
            int sum = 0;
            for (Column column : columns) {
                sum += column.length;
            }
            return sum;
        }

        /// What was written since, empty where that is nothing.
        byte[] take() {
            writeLeftOut();
            block++;
            Column all = new Column();
            int before = length();
            for (Column column : columns) {
                if (before > 0) {
                    byte[] packed = Zstd.compress(Arrays.copyOf(column.bytes, column.length), COMPRESSION);
                    all.write(column.length);
                    all.write(packed.length);
                    all.write(packed, 0, packed.length);
                }
            }
            for (Column column : columns) {
                column.length = 0;
            }
            return Arrays.copyOf(all.bytes, all.length);
        }

        /// A TCP segment that is left out.
        void leaveOut(long time) {
            since(time);
            leftOut++;
        }

        void secrets(int known) {
            writeLeftOut();
            numbers.put(SECRETS);
            numbers.write(known);
        }

        void passed(long segments) {
            numbers.put(PASSED);
            numbers.write(segments);
        }

        /// @param packet in the frame, where its headers can be expected
        /// @param shown the frame, or a copy of it in which some bytes are others
        /// @param time of the frame; of one that has none, the latest before it
        /// @param settled packets of its flow are left out from here on
        /// @param cleared some of what it carries is filler, or becomes filler yet
        /// @return where its payload lies in the block, negative where it is not told from its headers
        int packet(Frame frame, Packet packet, Frame shown, long time, boolean settled, boolean cleared) {
            int headLength = headLength(frame, packet);
            if (headLength == 0) {
                plain(shown, time, settled);
                return -1;
            }
            begin(cleared ? CLEARED : PACKET, shown, time, settled, headLength, packet);
            int at = columns[BYTES].length;
            columns[BYTES].write(shown.bytes(), shown.offset() + headLength, shown.length() - headLength);
            return at;
        }

        /// Number of the block that is written to.
        int block() {
            return block;
        }

        /// What was written there is not needed.
        void fill(int at, int count) {
            Arrays.fill(columns[BYTES].bytes, at, at + count, FILLER);
        }

        /// Without payload.
        void blank(Frame frame, Packet packet, long time) {
            int headLength = headLength(frame, packet);
            if (headLength == 0) {
                plain(frame, time, false);
            } else {
                begin(BLANK, frame, time, false, headLength, packet);
            }
        }

        void plain(Frame frame, long time, boolean settled) {
            begin(PLAIN, frame, time, settled, 0, null);
            columns[BYTES].write(frame.bytes(), frame.offset(), frame.length());
        }

        /// Finds where its headers are. Answers their length, 0 where they are none to expect.
        private int headLength(Frame frame, Packet packet) {
            Headers found = packet.headers();
            int last = found.count() - 1;
            if (last < 1 || packet.bytes() != frame.bytes() || packet.fragmented()) {
                return 0;
            }
            ofTcp = found.kind(last) == Header.TCP;
            overIpv4 = found.kind(last - 1) == Header.IPV4;
            networkAt = found.at(last - 1) - frame.offset();
            transportAt = found.at(last) - frame.offset();
            int length = packet.payloadOffset() - frame.offset();
            boolean usual = (ofTcp || found.kind(last) == Header.UDP) && (overIpv4 || found.kind(last - 1) == Header.IPV6)
                    && length >= transportAt + (ofTcp ? TCP_HEADER : UDP_HEADER);
            return usual && length <= Math.min(ExpectedHeaders.LONGEST, frame.length()) ? length : 0;
        }

        private void begin(int kind, Frame frame, long time, boolean settled, int headLength, @Nullable Packet packet) {
            writeLeftOut();
            boolean moved = frame.linkType() != linkType || frame.interfaceIndex() != network;
            boolean cut = frame.wireLength() != frame.length();
            int direction = packet == null ? 0 : direction(packet);
            boolean elsewhere = packet != null && headers.moved(direction, networkAt, transportAt);
            numbers.put(kind | (settled ? SETTLED : 0) | (moved ? OTHER_INTERFACE : 0) | (frame.nanos() == Frame.NO_TIME ? UNTIMED : 0)
                    | (cut ? CUT : 0) | (elsewhere ? MOVED : 0));
            numbers.write(frame.number() - number);
            number = frame.number();
            since(time);
            if (moved) {
                linkType = frame.linkType();
                network = frame.interfaceIndex();
                numbers.write(linkType);
                numbers.write(network + 1);
            }
            numbers.write(frame.length());
            if (cut) {
                numbers.write(frame.wireLength());
            }
            if (packet != null) {
                columns[FLOWS].put(direction);
                columns[FLOWS].put(direction >> Byte.SIZE);
                if (elsewhere) {
                    numbers.write(networkAt);
                    numbers.write(transportAt);
                    headers.move(direction, networkAt, transportAt);
                }
                numbers.write(headLength);
                headers(frame, direction, headLength);
            }
        }

        private void headers(Frame frame, int direction, int length) {
            System.arraycopy(frame.bytes(), frame.offset(), head, 0, length);
            int checksum = transportAt + (ofTcp ? TCP_CHECKSUM : UDP_CHECKSUM);
            head[checksum] = 0; // nobody reads them
            head[checksum + 1] = 0;
            if (overIpv4) {
                head[networkAt + IP_CHECKSUM] = 0;
                head[networkAt + IP_CHECKSUM + 1] = 0;
            }
            byte[] expected = headers.of(direction, frame.wireLength());
            Column different = columns[DIFFERENT];
            for (int from = 0; from < length; from += Byte.SIZE) {
                int mask = 0;
                for (int i = from; i < Math.min(from + Byte.SIZE, length); i++) {
                    if (head[i] != expected[i]) {
                        mask |= 1 << i - from;
                        columns[changes(i - transportAt)].put(head[i] - expected[i]);
                    }
                }
                different.put(mask);
            }
            headers.came(direction, head, 0, length);
        }

        /// Most times are whole microseconds.
        private void since(long time) {
            long passed = time - nanos;
            nanos = time;
            long value = passed >= 0 && passed % MICRO == 0 ? passed / MICRO << 1 : (passed << 1 ^ passed >> 63) << 1 | 1;
            columns[TIMES].put((int) (value & 0x7f | (value >>> 7 != 0 ? 0x80 : 0)));
            if (value >>> 7 != 0) {
                columns[LONG_TIMES].write(value >>> 7);
            }
        }

        private void writeLeftOut() {
            if (leftOut > 0) {
                numbers.put(LEFT_OUT);
                numbers.write(leftOut);
                leftOut = 0;
            }
        }

        private static int direction(Packet packet) {
            long flow = Selection.flow(packet);
            return (int) ((flow ^ flow >>> 32) & ExpectedHeaders.FLOWS - 1) << 1 | SpokenLast.side(packet);
        }
    }

    /// What stands in the packets of a file, one after the other.
    enum Step {
        /// A packet that was kept.
        PACKET,
        /// A TCP segment was left out.
        LEFT_OUT,
        /// More secrets were come by.
        SECRETS,
        /// The block is over.
        END
    }

    static final class Reader {
        private Column[] columns = columns();
        private long number;
        private long nanos;
        private int linkType = -1;
        private int network = -1;
        private final ExpectedHeaders headers = new ExpectedHeaders();
        private byte[] bytes = new byte[1 << 11];
        private boolean blank;
        private boolean cleared;
        private boolean settled;
        private long leftOut;
        private int secrets;
        private long passed;
        private Map<Long, LastWords> lastWords = Map.of();

        /// A new file begins.
        ///
        /// @param kept payload of blank packets that is needed, by frame
        void begin(Map<Long, LastWords> kept) {
            columns = columns();
            number = 0;
            nanos = 0;
            linkType = -1;
            network = -1;
            leftOut = 0;
            passed = 0;
            lastWords = kept;
            headers.clear();
        }

        /// The next block of the file.
        void feed(byte[] next) {
            Column packed = new Column();
            packed.bytes = next;
            for (Column column : columns) {
                column.length = (int) packed.read();
                int length = (int) packed.read();
                column.bytes = Zstd.decompress(Arrays.copyOfRange(next, packed.at, packed.at + length), column.length);
                column.at = 0;
                packed.at += length;
            }
        }

        /// The payload of the packet is not there, but for its end perhaps: nobody reads it.
        boolean blank() {
            return blank;
        }

        /// Some of what the packet carries may be filler that nobody sent.
        boolean cleared() {
            return cleared;
        }

        /// Packets of its flow were left out behind it.
        boolean settled() {
            return settled;
        }

        /// Time of the packet; of one that has none, of the latest before it.
        long nanos() {
            return nanos;
        }

        /// How many secrets had been come by.
        int secrets() {
            return secrets;
        }

        /// TCP segments of the file that came before the packet, where that was written.
        long passed() {
            return passed;
        }

        /// Moves on by one.
        ///
        /// @param frame set to the packet, where one comes
        Step next(Frame frame) {
            Column numbers = columns[NUMBERS];
            while (leftOut == 0) {
                if (numbers.at == numbers.length) {
                    return Step.END;
                }
                int head = numbers.bytes[numbers.at++] & 0xff;
                switch (head & KIND) {
                    case LEFT_OUT -> leftOut = numbers.read();
                    case PASSED -> passed += numbers.read();
                    case SECRETS -> {
                        secrets = (int) numbers.read();
                        return Step.SECRETS;
                    }
                    default -> {
                        packet(frame, head);
                        return Step.PACKET;
                    }
                }
            }
            leftOut--;
            time();
            return Step.LEFT_OUT;
        }

        private void packet(Frame frame, int head) {
            Column numbers = columns[NUMBERS];
            blank = (head & KIND) == BLANK;
            cleared = (head & KIND) == CLEARED;
            settled = (head & SETTLED) != 0;
            number += numbers.read();
            time();
            if ((head & OTHER_INTERFACE) != 0) {
                linkType = (int) numbers.read();
                network = (int) numbers.read() - 1;
            }
            int length = (int) numbers.read();
            int wireLength = (head & CUT) != 0 ? (int) numbers.read() : length;
            if (length > bytes.length) {
                bytes = new byte[Math.max(length, 2 * bytes.length)];
            }
            int headLength = (head & KIND) == PLAIN ? 0 : headers(wireLength, (head & MOVED) != 0);
            Column rest = columns[BYTES];
            if (blank) {
                Arrays.fill(bytes, headLength, length, (byte) 0);
                LastWords kept = lastWords.get(number);
                if (kept != null) {
                    System.arraycopy(kept.bytes(), 0, bytes, kept.offset(), kept.bytes().length);
                }
            } else {
                System.arraycopy(rest.bytes, rest.at, bytes, headLength, length - headLength);
                rest.at += length - headLength;
            }
            frame.set(bytes, 0, length, wireLength, number, (head & UNTIMED) != 0 ? Frame.NO_TIME : nanos, linkType, network);
        }

        private int headers(int wireLength, boolean moved) {
            Column numbers = columns[NUMBERS];
            Column flows = columns[FLOWS];
            int direction = flows.bytes[flows.at++] & 0xff | (flows.bytes[flows.at++] & 0xff) << Byte.SIZE;
            if (moved) {
                headers.move(direction, (int) numbers.read(), (int) numbers.read());
            }
            int length = (int) numbers.read();
            byte[] expected = headers.of(direction, wireLength);
            System.arraycopy(expected, 0, bytes, 0, length);
            Column different = columns[DIFFERENT];
            for (int from = 0; from < length; from += Byte.SIZE) {
                for (int mask = different.bytes[different.at++] & 0xff; mask != 0; mask &= mask - 1) {
                    int at = from + Integer.numberOfTrailingZeros(mask);
                    Column changes = columns[changes(at - headers.transport())];
                    bytes[at] += changes.bytes[changes.at++];
                }
            }
            headers.came(direction, bytes, 0, length);
            return length;
        }

        private void time() {
            Column times = columns[TIMES];
            long value = times.bytes[times.at++];
            if (value < 0) {
                value = value & 0x7f | columns[LONG_TIMES].read() << 7;
            }
            long zigzag = value >>> 1;
            nanos += (value & 1) == 0 ? zigzag * MICRO : zigzag >>> 1 ^ -(zigzag & 1);
        }
    }

    /// The end of the payload of a blank packet.
    ///
    /// @param offset in the frame
    record LastWords(long frame, int offset, byte[] bytes) {}
}
