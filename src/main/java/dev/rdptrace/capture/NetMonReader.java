package dev.rdptrace.capture;

import dev.rdptrace.bytes.Identity;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/// Microsoft Network Monitor captures, versions 1 and 2. Where each frame lies stands in the frame table behind them: the
/// first may follow the header's 72 bytes or come at byte 128, and other data may lie between two. A file's table is read
/// beside its frames; what cannot be opened twice is read one frame after the other up to the table. From version 2.3 on
/// each frame has its time in UTC; before, only the local time of the start is known.
///
/// Some "frames" are the program's own notes (filters, names of processes, traces). They count, as they do in Wireshark, but
/// are nothing of the network.
final class NetMonReader extends FormatReader {
    private static final int VERSION_1 = 0x52545353;
    private static final int VERSION_2 = 0x474d4255;
    private static final int FILE_HEADER = 72;
    /// Where the first frame of older programs lies.
    private static final int OLD_START = 128;
    private static final int TABLE_ENTRY = 4;
    /// Network types from here on are notes of Network Monitor.
    private static final int NOTES = 0xffe0;
    /// From the year 1601, when Windows' time begins, to 1970, in units of 100 ns.
    private static final long EPOCH_1601 = 116_444_736_000_000_000L;

    private final boolean first;
    private final int minor;
    private final long end;
    private final long frames;
    private final long startNanos;
    private final int fileNetwork;
    /// Which interface stands for each network type of a file; Network Monitor mixes them.
    private final CaptureNotes.Interface[] links = new CaptureNotes.Interface[64];
    private int linkCount;
    private final @Nullable DataInputStream table; // null where frames are read one after the other
    private long entries; // read of it
    private long astray;
    private long notes;

    static boolean recognises(int magic) {
        return magic == VERSION_1 || magic == VERSION_2;
    }

    NetMonReader(Input input, InputBuffer feed, CaptureNotes ledger) throws IOException {
        super(input, feed, ledger);
        if (!feed.has(FILE_HEADER)) {
            throw new CaptureException(input.name() + ": the Network Monitor file header is cut off, " + feed.available() + " of "
                    + FILE_HEADER
                    + " bytes are there");
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
        frames = feed.u32(28) / TABLE_ENTRY;
        feed.take(FILE_HEADER);
        table = input.rereads() && end + TABLE_ENTRY * frames <= input.size()
                ? new DataInputStream(new BufferedInputStream(input.from(end))) : null;
        if (table == null && !frameHere() && feed.has(OLD_START - FILE_HEADER)) {
            feed.take(OLD_START - FILE_HEADER);
        }
        if (!hasUtc()) {
            ledger.note(Identity.CAPTURE.of(input.name()) + ": its times are the capturing host's local times, read here as UTC");
        }
        link(fileNetwork);
    }

    /// A SYSTEMTIME structure.
    private static long start(InputBuffer feed) {
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

    private CaptureNotes.Interface link(int network) throws Damage {
        int type = linkType(network);
        for (int i = 0; i < linkCount; i++) {
            if (links[i].linkType == type) {
                return links[i];
            }
        }
        if (linkCount == links.length) {
            throw new Damage("has more than " + links.length + " kinds of frames");
        }
        CaptureNotes.Interface added = ledger.add(type, 0, input.name(), 0);
        added.resolution = 9;
        links[linkCount++] = added;
        return added;
    }

    @Override
    String format() {
        return first ? "netmon1" : "netmon2";
    }

    /// Does a frame lie at the feed? Where one lies at byte 128 only, zeros stand here.
    private boolean frameHere() throws IOException {
        int header = first ? 8 : 16;
        if (!feed.has(header)) {
            return false;
        }
        long wire = first ? feed.u16(4) : feed.u32(8);
        long captured = first ? feed.u16(6) : feed.u32(12);
        return captured > 0 && captured <= wire && captured <= MAX_PACKET;
    }

    /// Moves the feed to the next frame; `false` when there is none.
    private boolean seek() throws IOException {
        if (table == null) {
            return entries++ < frames && feed.position() < end;
        }
        while (entries++ < frames) {
            long at = Integer.toUnsignedLong(Integer.reverseBytes(table.readInt()));
            if (at < feed.position()) {
                astray++;
                continue;
            }
            while (feed.position() < at) {
                need(1, "the gap before a frame");
                feed.take((int) Math.min(feed.available(), at - feed.position()));
            }
            return true;
        }
        return false;
    }

    private void done() {
        if (astray > 0) {
            ledger.note(Identity.CAPTURE.of(input.name()) + ": " + astray
                    + " frames do not lie where the frame table goes on, they were not read");
        }
        if (notes > 0) {
            ledger.note(Identity.CAPTURE.of(input.name()) + ": " + notes + (notes == 1 ? " frame is a note" : " frames are notes")
                    + " of Network Monitor's, no packets");
        }
    }

    @Override
    boolean read(Frame frame, long number) throws IOException {
        if (!seek()) {
            done();
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
        int network = trailer == 0 ? fileNetwork : feed.u16(length);
        notes += network >= NOTES ? 1 : 0;
        CaptureNotes.Interface link = link(network);
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

    @Override
    public void close() throws IOException {
        super.close();
        if (table != null) {
            table.close();
        }
    }
}
