package dev.rdptrace.capture;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/// Microsoft Network Monitor captures, versions 1 and 2. Frames are read one after the other up to the frame table,
/// which lies behind them. From version 2.3 on each frame has its time in UTC; before, only the local time of the start is known.
final class NetMonReader extends FormatReader {
    private static final int VERSION_1 = 0x52545353;
    private static final int VERSION_2 = 0x474d4255;
    private static final int FILE_HEADER = 128;
    /// From the year 1601, when Windows' time begins, to 1970, in units of 100 ns.
    private static final long EPOCH_1601 = 116_444_736_000_000_000L;

    private final boolean first;
    private final int minor;
    private final long end;
    private final long frames;
    private final long startNanos;
    private final int fileNetwork;
    /// Which interface stands for each network type of a file; Network Monitor mixes them.
    private final Ledger.Interface[] links = new Ledger.Interface[64];
    private int linkCount;

    static boolean recognises(int magic) {
        return magic == VERSION_1 || magic == VERSION_2;
    }

    NetMonReader(Input input, Feed feed, Ledger ledger) throws IOException {
        super(input, feed, ledger);
        if (!feed.has(FILE_HEADER)) {
            throw new CaptureException(input.name() + ": the Network Monitor file header is cut off, " + feed.available() + " of 128 bytes are there");
        }
        feed.bigEndian(true);
        first = feed.i32(0) == VERSION_1;
        feed.bigEndian(false);
        minor = feed.u8(4);
        if (feed.u8(5) != (first ? 1 : 2)) {
            throw new CaptureException(input.name() + ": Network Monitor version " + feed.u8(5) + "." + minor + " is not known");
        }
        fileNetwork = feed.u16(6);
        startNanos = start(feed);
        end = feed.u32(24);
        frames = feed.u32(28) / 4;
        feed.take(FILE_HEADER);
        if (!hasUtc()) {
            ledger.note(input.name() + ": its times are the capturing host's local times, read here as UTC");
        }
        link(fileNetwork);
    }

    /// A SYSTEMTIME structure.
    private static long start(Feed feed) {
        try {
            LocalDateTime start = LocalDateTime.of(feed.u16(8), feed.u16(10), feed.u16(14), feed.u16(16), feed.u16(18), feed.u16(20));
            return nanos(start.toEpochSecond(ZoneOffset.UTC), feed.u16(22) * 1_000_000L);
        } catch (DateTimeException e) {
            return 0;
        }
    }

    private boolean hasUtc() {
        return !first && minor >= 3;
    }

    private static int linkType(int network) {
        if ((network & 0xf000) == 0xe000) {
            // A link type of pcap, for captures that were converted.
            return network & 0x0fff;
        }
        return switch (network) {
            case 1 -> 1;
            case 2 -> 6;
            case 3 -> 10;
            case 7, 8, 9 -> 101;
            default -> -1;
        };
    }

    private Ledger.Interface link(int network) throws Damage {
        int type = linkType(network);
        for (int i = 0; i < linkCount; i++) {
            if (links[i].linkType == type) {
                return links[i];
            }
        }
        if (linkCount == links.length) {
            throw new Damage("has more than " + links.length + " kinds of frames");
        }
        Ledger.Interface added = ledger.add(type, 0);
        added.resolution = 9;
        links[linkCount++] = added;
        return added;
    }

    @Override
    String format() {
        return first ? "netmon1" : "netmon2";
    }

    @Override
    boolean read(Frame frame, long number) throws IOException {
        if (number > frames || feed.position() >= end) {
            return false;
        }
        int header = first ? 8 : 16;
        need(header, "a frame header");
        long wire = first ? feed.u16(4) : feed.u32(8);
        long captured = first ? feed.u16(6) : feed.u32(12);
        if (captured > MAX_PACKET) {
            throw new Damage("is damaged at byte " + feed.position() + ": a packet of " + captured + " bytes");
        }
        int length = header + (int) captured;
        int trailer = first || minor == 0 ? 0 : minor == 1 ? 2 : minor == 2 ? 6 : 15;
        need(length + trailer, "a frame");
        Ledger.Interface link = link(trailer == 0 ? fileNetwork : feed.u16(length));
        long nanos;
        if (hasUtc()) {
            long ticks = feed.i64(length + 6) - EPOCH_1601;
            nanos = nanos(Math.floorDiv(ticks, 10_000_000L), Math.floorMod(ticks, 10_000_000L) * 100);
        } else {
            long micros = first ? feed.u32(0) * 1000 : feed.i64(0);
            nanos = nanos(startNanos / 1_000_000_000L + Math.floorDiv(micros, 1_000_000L),
                    startNanos % 1_000_000_000L + Math.floorMod(micros, 1_000_000L) * 1000);
        }
        frame.set(feed.bytes(), feed.at() + header, (int) captured, (int) Math.min(wire, Integer.MAX_VALUE), number,
                nanos, link.linkType, link.index);
        hold(length + trailer);
        return true;
    }
}
