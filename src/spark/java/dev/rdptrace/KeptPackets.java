package dev.rdptrace;

import dev.rdptrace.capture.Frame;
import java.util.Arrays;
import java.util.Map;

/// The packets of one file that make a difference, on their way from where the file is read to where its recording is judged: blocks of
/// records, one after the other. Numbers are written seven bits to a byte, the lowest first, and times as what has passed since the
/// time before.
///
/// | record | what follows its first byte |
/// |---|---|
/// | packet | frames since the last one, time, interface where it is another one, length, length on the wire where that is another one, bytes |
/// | blank | the same, but of the bytes only the headers, as they differ from those of the packet before in the same direction |
/// | left out | how many TCP segments, and the time of each |
/// | secrets | how many of the file's decryption secrets had been come by |
final class KeptPackets {
    private static final int PACKET = 1;
    private static final int BLANK = 2;
    private static final int LEFT_OUT = 3;
    private static final int SECRETS = 4;
    private static final int KIND = 7;
    // of a packet
    private static final int SETTLED = 1 << 3;
    private static final int OTHER_INTERFACE = 1 << 4;
    private static final int UNTIMED = 1 << 5;
    private static final int CUT = 1 << 6;

    /// Headers of the latest blank packet in a direction, by a hash of its ends: two that meet there cost bytes, nothing else.
    private static final int DIRECTIONS = 1 << 10;
    private static final int LONGEST_HEADERS = 256;
    private static final int BLOCK = 1 << 18;
    private static final long MICRO = 1000;
    private static final int MOST_DIGITS = 10;

    private KeptPackets() {}

    static final class Writer {
        private byte[] block = new byte[BLOCK + (1 << 12)];
        private int length;
        private long number;
        private long nanos;
        private int linkType = -1;
        private int network = -1;
        private final byte[][] headers = new byte[DIRECTIONS][];
        private byte[] left = new byte[1 << 12];
        private int leftLength;
        private int leftCount;

        /// A block is full.
        boolean full() {
            return length + leftLength >= BLOCK;
        }

        /// What was written since, empty where that is nothing.
        byte[] take() {
            writeLeftOut();
            byte[] taken = Arrays.copyOf(block, length);
            length = 0;
            return taken;
        }

        /// A TCP segment that is left out.
        void leaveOut(long time) {
            if (leftLength + MOST_DIGITS > left.length) {
                left = Arrays.copyOf(left, 2 * left.length);
            }
            leftLength = write(left, leftLength, since(time));
            leftCount++;
        }

        void secrets(int known) {
            writeLeftOut();
            room(1 + MOST_DIGITS);
            block[length++] = SECRETS;
            write(known);
        }

        /// @param time of the frame; of one that has none, the latest before it
        /// @param settled packets of its flow are left out from here on
        void packet(Frame frame, long time, boolean settled) {
            header(PACKET, frame, time, settled, frame.length());
            System.arraycopy(frame.bytes(), frame.offset(), block, length, frame.length());
            length += frame.length();
        }

        /// @param headLength bytes before the payload
        /// @param direction any number that packets of one direction of a flow have in common
        void blank(Frame frame, long time, int headLength, int direction) {
            if (headLength > LONGEST_HEADERS) {
                packet(frame, time, false);
                return;
            }
            header(BLANK, frame, time, false, 4 * LONGEST_HEADERS);
            int slot = direction & DIRECTIONS - 1;
            write(slot);
            write(headLength);
            byte[] before = headers[slot] == null ? headers[slot] = new byte[LONGEST_HEADERS] : headers[slot];
            int mask = length;
            length += headLength + 7 >> 3;
            Arrays.fill(block, mask, length, (byte) 0);
            for (int i = 0; i < headLength; i++) {
                byte now = frame.bytes()[frame.offset() + i];
                if (now != before[i]) {
                    block[mask + (i >> 3)] |= (byte) (1 << (i & 7));
                    block[length++] = (byte) (now - before[i]);
                    before[i] = now;
                }
            }
        }

        private void header(int kind, Frame frame, long time, boolean settled, int content) {
            writeLeftOut();
            room(8 * MOST_DIGITS + content);
            boolean moved = frame.linkType() != linkType || frame.interfaceIndex() != network;
            boolean cut = frame.wireLength() != frame.length();
            block[length++] = (byte) (kind | (settled ? SETTLED : 0) | (moved ? OTHER_INTERFACE : 0)
                    | (frame.nanos() == Frame.NO_TIME ? UNTIMED : 0) | (cut ? CUT : 0));
            write(frame.number() - number);
            number = frame.number();
            write(since(time));
            if (moved) {
                linkType = frame.linkType();
                network = frame.interfaceIndex();
                write(linkType);
                write(network + 1);
            }
            write(frame.length());
            if (cut) {
                write(frame.wireLength());
            }
        }

        /// Most times are whole microseconds.
        private long since(long time) {
            long passed = time - nanos;
            nanos = time;
            long zigzag = passed << 1 ^ passed >> 63;
            return passed % MICRO == 0 ? (passed / MICRO << 1 ^ passed / MICRO >> 63) << 1 : zigzag << 1 | 1;
        }

        private void writeLeftOut() {
            if (leftCount > 0) {
                room(1 + MOST_DIGITS + leftLength);
                block[length++] = LEFT_OUT;
                write(leftCount);
                System.arraycopy(left, 0, block, length, leftLength);
                length += leftLength;
                leftCount = 0;
                leftLength = 0;
            }
        }

        private void room(int more) {
            if (length + more > block.length) {
                block = Arrays.copyOf(block, Math.max(length + more, block.length * 3 / 2));
            }
        }

        private void write(long value) {
            length = write(block, length, value);
        }

        private static int write(byte[] to, int at, long value) {
            int end = at;
            long rest = value;
            while ((rest & ~0x7fL) != 0) {
                to[end++] = (byte) (rest | 0x80);
                rest >>>= 7;
            }
            to[end++] = (byte) rest;
            return end;
        }
    }

    /// Who hears of what stands between the packets.
    interface Between {
        /// A TCP segment was left out.
        void leftOut(long nanos);

        void secrets(int known);
    }

    static final class Reader {
        private final Between between;
        private byte[] block = new byte[0];
        private int at;
        private long number;
        private long nanos;
        private int linkType = -1;
        private int network = -1;
        private final byte[][] headers = new byte[DIRECTIONS][];
        private byte[] bytes = new byte[1 << 11];
        private boolean blank;
        private boolean settled;
        private Map<Long, LastWords> lastWords = Map.of();

        Reader(Between between) {
            this.between = between;
        }

        /// A new file begins.
        ///
        /// @param kept payload of blank packets that is needed, by frame
        void begin(Map<Long, LastWords> kept) {
            block = new byte[0];
            at = 0;
            number = 0;
            nanos = 0;
            linkType = -1;
            network = -1;
            lastWords = kept;
            Arrays.fill(headers, null);
        }

        /// The next block of the file.
        void feed(byte[] next) {
            block = next;
            at = 0;
        }

        /// The payload of the packet is not there, but for its end perhaps: nobody reads it.
        boolean blank() {
            return blank;
        }

        /// Packets of its flow were left out behind it.
        boolean settled() {
            return settled;
        }

        /// Time of the packet; of one that has none, of the latest before it.
        long nanos() {
            return nanos;
        }

        /// Moves to the next packet of the block; `false` at its end.
        boolean next(Frame frame) {
            while (at < block.length) {
                int head = block[at++] & 0xff;
                switch (head & KIND) {
                    case LEFT_OUT -> {
                        for (long left = read(); left > 0; left--) {
                            between.leftOut(time());
                        }
                    }
                    case SECRETS -> between.secrets((int) read());
                    default -> {
                        packet(frame, head);
                        return true;
                    }
                }
            }
            return false;
        }

        private void packet(Frame frame, int head) {
            blank = (head & KIND) == BLANK;
            settled = (head & SETTLED) != 0;
            number += read();
            time();
            if ((head & OTHER_INTERFACE) != 0) {
                linkType = (int) read();
                network = (int) read() - 1;
            }
            int length = (int) read();
            int wireLength = (head & CUT) != 0 ? (int) read() : length;
            byte[] from = block;
            int offset = at;
            if (blank) {
                from = filled(length);
                offset = 0;
            } else {
                at += length;
            }
            frame.set(from, offset, length, wireLength, number, (head & UNTIMED) != 0 ? Frame.NO_TIME : nanos, linkType, network);
        }

        private byte[] filled(int length) {
            int slot = (int) read();
            int headLength = (int) read();
            byte[] before = headers[slot] == null ? headers[slot] = new byte[LONGEST_HEADERS] : headers[slot];
            int mask = at;
            at += headLength + 7 >> 3;
            for (int i = 0; i < headLength; i++) {
                if ((block[mask + (i >> 3)] & 1 << (i & 7)) != 0) {
                    before[i] += block[at++];
                }
            }
            if (length > bytes.length) {
                bytes = new byte[Math.max(length, 2 * bytes.length)];
            }
            System.arraycopy(before, 0, bytes, 0, headLength);
            Arrays.fill(bytes, headLength, length, (byte) 0);
            LastWords kept = lastWords.get(number);
            if (kept != null) {
                System.arraycopy(kept.bytes(), 0, bytes, kept.offset(), kept.bytes().length);
            }
            return bytes;
        }

        private long time() {
            long said = read();
            long zigzag = said >>> 1;
            long passed = zigzag >>> 1 ^ -(zigzag & 1);
            nanos += (said & 1) == 0 ? passed * MICRO : passed;
            return nanos;
        }

        private long read() {
            long value = 0;
            int shift = 0;
            byte next;
            do {
                next = block[at++];
                value |= (next & 0x7fL) << shift;
                shift += 7;
            } while (next < 0);
            return value;
        }
    }

    /// The end of the payload of a blank packet.
    ///
    /// @param offset in the frame
    record LastWords(long frame, int offset, byte[] bytes) {}
}
