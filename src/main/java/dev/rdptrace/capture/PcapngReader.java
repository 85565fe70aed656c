package dev.rdptrace.capture;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;

/// pcapng, draft-ietf-opsawg-pcapng: any number of sections, each in its byte order with its own interfaces.
///
/// Frames are numbered as Wireshark does, which also counts custom blocks, systemd journal entries and Sysdig events.
/// Those are delivered with link type -1, interface -1 and no bytes.
final class PcapngReader extends FormatReader {
    static final int SECTION = 0x0a0d0d0a;
    static final int INTERFACE = 1;
    static final int PACKET = 2;
    static final int SIMPLE_PACKET = 3;
    static final int NAMES = 4;
    static final int STATISTICS = 5;
    static final int ENHANCED_PACKET = 6;
    static final int JOURNAL = 9;
    static final int SECRETS = 10;
    static final int CUSTOM = 0x0bad;
    static final int CUSTOM_NO_COPY = 0x40000bad;
    static final int TLS_KEY_LOG = 0x544c534b;
    static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;

    /// Longer blocks are damage.
    static final int MAX_BLOCK = 64 << 20;

    private int firstInterface;
    private int section = -1;
    private int interfaces;
    private Passed passed = (_, _, _, _) -> {};

    PcapngReader(Input input, InputBuffer feed, CaptureNotes ledger) throws IOException {
        super(input, feed, ledger);
        if (!feed.has(28)) {
            throw new CaptureException(input.name() + ": the pcapng section header is cut off, " + feed.available()
                    + " of 28 bytes are there");
        }
        if (feed.i32(8) != BYTE_ORDER_MAGIC && feed.i32(8) != Integer.reverseBytes(BYTE_ORDER_MAGIC)) {
            throw new CaptureException(input.name() + ": starts like pcapng, but its byte-order magic is wrong");
        }
        feed.bigEndian(feed.bytes()[feed.at() + 8] == 0x1a);
        int major = feed.u16(12);
        int minor = feed.u16(14);
        // 1.2 is what some writers put for the same format.
        if (major != 1 || minor != 0 && minor != 2) {
            throw new CaptureException(input.name() + ": pcapng version " + major + "." + minor + " is not known");
        }
        firstInterface = ledger.count();
    }

    @Override
    String format() {
        return "pcapng";
    }

    @Override
    void passed(Passed to) {
        passed = to;
    }

    @Override
    boolean read(Frame frame, long number) throws IOException {
        while (feed.has(1)) {
            need(12, "a block header");
            int type = feed.i32(0);
            if (type == SECTION) {
                int magic = feed.i32(8);
                if (magic == Integer.reverseBytes(BYTE_ORDER_MAGIC)) {
                    feed.bigEndian(!feed.bigEndian());
                } else if (magic != BYTE_ORDER_MAGIC) {
                    throw damage("a section with a wrong byte-order magic");
                }
            }
            long claimed = feed.u32(4);
            if (claimed < 12 || claimed > MAX_BLOCK) {
                throw damage("a block of " + claimed + " bytes");
            }
            int length = (int) claimed;
            need(length, "a block");
            if (feed.u32(length - 4) != claimed) {
                throw damage("a block whose two lengths differ: " + claimed + " and " + feed.u32(length - 4));
            }
            if (block(type, length, frame, number)) {
                hold(length);
                return true;
            }
            passed.block(type, feed, length, firstInterface);
            feed.take(length);
        }
        return false;
    }

    private Damage damage(String what) {
        return new Damage("is damaged at byte " + feed.position() + ": " + what);
    }

    /// Takes one whole block in; `true` when it is a frame.
    private boolean block(int type, int length, Frame frame, long number) throws IOException {
        switch (type) {
            case SECTION -> section(length);
            case INTERFACE -> describe(length);
            case STATISTICS -> statistics(length);
            case NAMES -> names(length);
            case SECRETS -> secrets(length);
            case ENHANCED_PACKET, PACKET -> {
                packet(type, length, frame, number);
                return true;
            }
            case SIMPLE_PACKET -> {
                simplePacket(length, frame, number);
                return true;
            }
            default -> {
                if (countsAsFrame(type)) {
                    // Wireshark's idea of their length: the body, for custom blocks without the enterprise number.
                    int body = length - (type == CUSTOM || type == CUSTOM_NO_COPY ? 16 : 12);
                    frame.set(feed.bytes(), feed.at(), 0, Math.max(0, body), number, Frame.NO_TIME, -1, -1);
                    return true;
                }
            }
        }
        return false;
    }

    /// Blocks that are no packets, and yet take a frame number in Wireshark.
    static boolean countsAsFrame(int type) {
        return switch (type) {
            case CUSTOM, CUSTOM_NO_COPY, JOURNAL -> true;
            // Sysdig events: plain, with flags, version 2, version 2 with flags, and their large forms.
            case 0x204, 0x208, 0x216, 0x217, 0x221, 0x222 -> true;
            default -> false;
        };
    }

    private void section(int length) throws IOException {
        if (length < 28) {
            throw damage("a section header of " + length + " bytes");
        }
        int major = feed.u16(12);
        int minor = feed.u16(14);
        if (major != 1 || minor != 0 && minor != 2) {
            throw damage("a section of version " + major + "." + minor);
        }
        section++;
        firstInterface = ledger.count();
        interfaces = 0;
    }

    private void describe(int length) throws IOException {
        if (length < 20) {
            throw damage("an interface description of " + length + " bytes");
        }
        CaptureNotes.Interface added = new CaptureNotes.Interface(feed.u16(8), (int) Math.min(feed.u32(12), Integer.MAX_VALUE),
                input.name(), section);
        for (int at = 16; at + 4 <= length - 4;) {
            int code = feed.u16(at);
            int size = feed.u16(at + 2);
            int value = at + 4;
            if (code == 0 || value + size > length - 4) {
                break;
            }
            switch (code) {
                case 2 -> added.name = text(value, size);
                case 9 -> added.resolution = size > 0 ? feed.u8(value) : 6;
                case 11 -> added.filter = size > 1 && feed.u8(value) == 0 ? text(value + 1, size - 1) : added.filter;
                case 14 -> added.offsetSeconds = size >= 8 ? feed.i64(value) : 0;
                default -> {}
            }
            at = value + (size + 3 & ~3);
        }
        ledger.add(added);
        interfaces++;
    }

    private void packet(int type, int length, Frame frame, long number) throws IOException {
        if (length < 32) {
            throw damage("a packet block of " + length + " bytes");
        }
        // The obsolete Packet Block shares its layout with the Enhanced one but for two shorts: interface and drops.
        CaptureNotes.Interface link = link(type == PACKET ? feed.u16(8) : feed.u32(8));
        long captured = feed.u32(20);
        if (captured > length - 32) {
            throw damage("a packet of " + captured + " bytes in a block of " + length);
        }
        if (captured > MAX_PACKET) {
            throw damage("a packet of " + captured + " bytes");
        }
        long time = feed.u32(12) << 32 | feed.u32(16);
        frame.set(feed.bytes(), feed.at() + 28, (int) captured, (int) Math.min(feed.u32(24), Integer.MAX_VALUE), number,
                nanos(time, link.resolution, link.offsetSeconds), link.linkType, link.index);
    }

    private void simplePacket(int length, Frame frame, long number) throws IOException {
        if (length < 16) {
            throw damage("a simple packet block of " + length + " bytes");
        }
        CaptureNotes.Interface link = link(0);
        long wire = feed.u32(8);
        long captured = link.snapLength > 0 ? Math.min(wire, link.snapLength) : wire;
        if (captured > length - 16) {
            throw damage("a packet of " + captured + " bytes in a block of " + length);
        }
        if (captured > MAX_PACKET) {
            throw damage("a packet of " + captured + " bytes");
        }
        frame.set(feed.bytes(), feed.at() + 12, (int) captured, (int) Math.min(wire, Integer.MAX_VALUE), number,
                Frame.NO_TIME, link.linkType, link.index);
    }

    private CaptureNotes.Interface link(long number) throws Damage {
        if (number >= interfaces) {
            throw damage("interface " + number + " is not described");
        }
        return ledger.at(firstInterface + (int) number);
    }

    /// A time stamp in units of `if_tsresol`, as nanoseconds since 1970.
    static long nanos(long time, int resolution, long offsetSeconds) {
        if ((resolution & 0x80) != 0) {
            int bits = resolution & 0x7f;
            long seconds = bits > 63 ? 0 : time >>> bits;
            long rest = bits == 0 ? 0 : bits > 63 ? time : time & (1L << bits) - 1;
            long high = Math.unsignedMultiplyHigh(rest, 1_000_000_000L);
            long low = rest * 1_000_000_000L;
            long fraction = bits == 0 || bits > 127 ? 0 : bits > 63 ? high >>> bits - 64 : high << 64 - bits | low >>> bits;
            return nanos(seconds + offsetSeconds, fraction);
        }
        if (resolution > 19) {
            return nanos(offsetSeconds, resolution > 28 ? 0 : Long.divideUnsigned(time, 10_000_000_000L) / power(resolution - 19));
        }
        long units = power(resolution);
        long seconds = Long.divideUnsigned(time, units);
        long rest = Long.remainderUnsigned(time, units);
        if (Long.compareUnsigned(seconds, Long.MAX_VALUE / 4) > 0) {
            seconds = Long.MAX_VALUE / 4;
        }
        long fraction = resolution <= 9 ? rest * power(9 - resolution) : Long.divideUnsigned(rest, power(resolution - 9));
        return nanos(seconds + offsetSeconds, fraction);
    }

    /// Ten to the `exponent`, up to 19 (which needs all 64 bits).
    private static long power(int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= 10;
        }
        return power;
    }

    private void statistics(int length) {
        if (length < 24 || feed.u32(8) >= interfaces) {
            return;
        }
        CaptureNotes.Interface link = ledger.at(firstInterface + feed.i32(8));
        long received = -1;
        long dropped = 0;
        boolean told = false;
        for (int at = 20; at + 4 <= length - 4;) {
            int code = feed.u16(at);
            int size = feed.u16(at + 2);
            int value = at + 4;
            if (code == 0 || value + size > length - 4) {
                break;
            }
            if (size >= 8) {
                switch (code) {
                    case 4 -> received = Math.max(0, feed.i64(value));
                    case 5, 7 -> {
                        dropped += Math.max(0, feed.i64(value));
                        told = true;
                    }
                    default -> {}
                }
            }
            at = value + (size + 3 & ~3);
        }
        ledger.counted(link, received, told ? Math.max(0, dropped) : -1);
    }

    private void names(int length) throws IOException {
        for (int at = 8; at + 4 <= length - 4;) {
            int type = feed.u16(at);
            int size = feed.u16(at + 2);
            int value = at + 4;
            if (type == 0 || value + size > length - 4) {
                break;
            }
            int addressSize = type == 1 ? 4 : type == 2 ? 16 : 0;
            if (addressSize > 0 && size > addressSize) {
                String address = InetAddress.getByAddress(feed.copy(value, addressSize)).getHostAddress();
                for (String name : text(value + addressSize, size - addressSize).split("\0")) {
                    if (!name.isEmpty()) {
                        ledger.name(address, name);
                    }
                }
            }
            at = value + (size + 3 & ~3);
        }
    }

    private void secrets(int length) {
        if (length >= 20 && feed.i32(8) == TLS_KEY_LOG && feed.u32(12) <= length - 20) {
            ledger.secret(feed.copy(16, feed.i32(12)));
        }
    }

    private String text(int offset, int length) {
        return new String(feed.bytes(), feed.at() + offset, length, StandardCharsets.UTF_8);
    }
}
