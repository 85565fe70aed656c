package dev.rdptrace.capture;

import java.io.IOException;

/// pcap, draft-ietf-opsawg-pcap, in all its variants: micro- and nanoseconds, both byte orders, the record headers with
/// extra fields of Alexey Kuznetzov's patches and of Nokia, Ixia's `lcap`, and the swapped lengths before version 2.4.
final class PcapReader extends FormatReader {
    private static final int MICROS = 0xa1b2c3d4;
    private static final int NANOS = 0xa1b23c4d;
    private static final int MODIFIED = 0xa1b2cd34;
    private static final int IXIA_HARDWARE = 0x1c0001ac;
    private static final int IXIA_SOFTWARE = 0x1c0001ab;

    private static final int FILE_HEADER = 24;
    private static final int PLAIN = 16;
    private static final int NOKIA = 20;
    private static final int PATCH_1999_04 = 24;
    private static final int PATCH_1999_09 = 28;
    private static final int[] STANDARD = {PLAIN, PATCH_1999_04, NOKIA};
    private static final int[] PATCHED = {PATCH_1999_04, PATCH_1999_09};
    private static final int[] ONLY = {PLAIN};

    private final String format;
    private final boolean nanosecond;
    private final int swapLengthsBelow;
    private final int minor;
    private final int[] candidates;
    private final CaptureNotes.Interface link;
    private int recordHeader;

    static boolean recognises(int magic) {
        return isMagic(magic) || isMagic(Integer.reverseBytes(magic));
    }

    private static boolean isMagic(int magic) {
        return switch (magic) {
            case MICROS, NANOS, MODIFIED, IXIA_HARDWARE, IXIA_SOFTWARE -> true;
            default -> false;
        };
    }

    PcapReader(Input input, InputBuffer feed, CaptureNotes ledger) throws IOException {
        super(input, feed, ledger);
        feed.bigEndian(true);
        int magic = feed.i32(0);
        if (!isMagic(magic)) {
            feed.bigEndian(false);
            magic = feed.i32(0);
        }
        boolean ixia = magic == IXIA_HARDWARE || magic == IXIA_SOFTWARE;
        int header = FILE_HEADER + (ixia ? 4 : 0);
        if (!feed.has(header)) {
            throw new CaptureException(input.name() + ": the pcap file header is cut off, " + feed.available() + " of " + header
                    + " bytes are there");
        }
        int major = feed.u16(4);
        minor = feed.u16(6);
        if (major != 2 && major != 543) {
            throw new CaptureException(input.name() + ": pcap version " + major + "." + minor + " is not known");
        }
        nanosecond = magic == NANOS || magic == IXIA_HARDWARE;
        // Before 2.3 the two lengths stood the other way round, and so they do in DG/UX's version 543.
        swapLengthsBelow = major == 543 ? Integer.MAX_VALUE : 3;
        candidates = magic == MODIFIED ? PATCHED : magic == MICROS && minor >= 4 ? STANDARD : ONLY;
        format = magic == MODIFIED ? "pcap-modified" : nanosecond ? "pcap-ns" : "pcap";
        // The upper sixteen bits tell the length of the frame check sequence, not the link type.
        int linkType = feed.i32(20) & 0xffff;
        if (magic == MICROS && major == 2 && minor == 2) {
            linkType = fromAix(linkType);
        }
        link = ledger.add(linkType, (int) Math.min(feed.u32(16), Integer.MAX_VALUE), input.name(), 0);
        link.resolution = nanosecond ? 9 : 6;
        if ((feed.i32(20) & 0x0400_0000) != 0) {
            link.frameCheckBits = (feed.i32(20) >>> 28) * 16;
        }
        feed.take(header);
    }

    /// AIX writes interface types of RFC 1573 and version 2.2.
    private static int fromAix(int type) {
        return switch (type) {
            case 6 -> 1;
            case 9 -> 6;
            case 15 -> 10;
            case 24 -> 0;
            default -> type;
        };
    }

    @Override
    String format() {
        return recordHeader == NOKIA ? "pcap-nokia" : format;
    }

    @Override
    boolean read(Frame frame, long number) throws IOException {
        if (recordHeader == 0) {
            if (!feed.has(1)) {
                return false;
            }
            need(PLAIN, "a record header");
            recordHeader = recordHeader();
        }
        int header = recordHeader;
        if (!feed.has(header)) {
            if (feed.available() == 0) {
                return false;
            }
            need(header, "a record header");
        }
        long fraction = feed.u32(4);
        long captured = feed.u32(8);
        long wire = feed.u32(12);
        // Some files say 2.3 and have the lengths in either order.
        if (minor < swapLengthsBelow || minor == 3 && captured > wire) {
            long swap = captured;
            captured = wire;
            wire = swap;
        }
        if (captured > MAX_PACKET) {
            throw new Damage("is damaged at byte " + feed.position() + ": a packet of " + captured + " bytes");
        }
        long seconds = feed.u32(0);
        int length = (int) captured;
        need(header + length, "a packet");
        frame.set(feed.bytes(), feed.at() + header, length, (int) Math.min(wire, Integer.MAX_VALUE), number,
                nanos(seconds, nanosecond ? fraction : fraction * 1000), link.linkType, link.index);
        hold(header + length);
        return true;
    }

    /// Several writers use the same magic number with longer record headers, so the first records must tell. A regular
    /// file has them in the buffer; of a pipe only what has come is looked at.
    private int recordHeader() {
        int best = candidates[0];
        int least = Integer.MAX_VALUE;
        for (int candidate : candidates) {
            int doubts = doubts(candidate);
            if (doubts < least) {
                least = doubts;
                best = candidate;
            }
        }
        return best;
    }

    private int doubts(int header) {
        int doubts = 0;
        int offset = 0;
        int records = 0;
        long before = 0;
        while (records < 4 && offset + header <= feed.available()) {
            long seconds = feed.u32(offset);
            long captured = feed.u32(offset + 8);
            if (captured > 262_144 || feed.u32(offset + 4) >= 1_000_000) {
                return doubts + 100 - records;
            }
            long wire = feed.u32(offset + 12);
            if (captured > wire || wire > MAX_PACKET) {
                doubts += 2;
            }
            if (records > 0 && Math.abs(seconds - before) > 86_400) {
                doubts += 2;
            }
            if (seconds < before) {
                doubts++;
            }
            before = seconds;
            offset += header + (int) captured;
            records++;
        }
        // One record proves nothing about a longer header: a plain file may be cut behind it.
        return records < 2 && header != candidates[0] ? 1000 : doubts;
    }
}
