package dev.rdptrace.capture;

import java.io.IOException;

/// Solaris snoop, RFC 1761.
final class SnoopReader extends FormatReader {
    private static final int FILE_HEADER = 16;
    private static final int RECORD_HEADER = 24;

    private final CaptureNotes.Interface link;

    SnoopReader(Input input, InputBuffer feed, CaptureNotes ledger) throws IOException {
        super(input, feed, ledger);
        if (!feed.has(FILE_HEADER)) {
            throw new CaptureException(input.name() + ": the snoop file header is cut off, " + feed.available() + " of 16 bytes are there");
        }
        feed.bigEndian(true);
        if (feed.i32(8) != 2) {
            throw new CaptureException(input.name() + ": snoop version " + feed.u32(8) + " is not known");
        }
        link = ledger.add(linkType(feed.i32(12)), 0, input.name(), 0);
        feed.take(FILE_HEADER);
    }

    private static int linkType(int dataLink) {
        return switch (dataLink) {
            case 0, 4 -> 1;
            case 2 -> 6;
            case 8 -> 10;
            default -> -1;
        };
    }

    @Override
    String format() {
        return "snoop";
    }

    @Override
    boolean read(Frame frame, long number) throws IOException {
        if (!feed.has(1)) {
            return false;
        }
        need(RECORD_HEADER, "a record header");
        long wire = feed.u32(0);
        long captured = feed.u32(4);
        long record = feed.u32(8);
        if (captured > MAX_PACKET || record < RECORD_HEADER + captured || record > RECORD_HEADER + captured + 4096) {
            throw new Damage("is damaged at byte " + feed.position() + ": a packet of " + captured + " bytes in a record of " + record);
        }
        ledger.counted(link, -1, feed.u32(12));
        long seconds = feed.u32(16);
        long micros = feed.u32(20);
        // The last packet may come without its padding.
        need(RECORD_HEADER + (int) captured, "a packet");
        int length = feed.has((int) record) ? (int) record : feed.available();
        frame.set(feed.bytes(), feed.at() + RECORD_HEADER, (int) captured, (int) Math.min(wire, Integer.MAX_VALUE), number,
                nanos(seconds, micros * 1000), link.linkType, link.index);
        hold(length);
        return true;
    }
}
