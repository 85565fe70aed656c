package dev.rdptrace;

import dev.rdptrace.net.Packet;
import dev.rdptrace.wire.tls.ContentType;
import dev.rdptrace.wire.tls.TlsRecord;
import java.util.Arrays;

/// Where the bodies of application data lie in the packets of one direction of a connection that is opened with TPKTs and goes on in
/// TLS. Without keys nobody reads them: only how long they are counts. As soon as a byte is missing or comes twice, or a message is
/// neither, nothing is known any more until a packet holds whole records and nothing else, or begins with a record behind which another
/// one stands where it should.
final class TlsBodies {
    private static final int HEADER = 5;
    private static final int TPKT = 3;
    private static final int TPKT_HEADER = 4;

    private final byte[] header = new byte[HEADER];
    private int inHeader;
    private int rest; // bytes of the message that are still to come
    private boolean data; // it is application data
    private int next; // sequence number
    private boolean known;
    private boolean sure; // no more guessed
    private int messages; // since then

    /// The first byte of this direction is the one behind `sequence`, that of its SYN.
    void begin(int sequence) {
        known = true;
        sure = true;
        next = sequence + 1;
        inHeader = 0;
        rest = 0;
        messages = 0;
    }

    /// Goes on with the payload of a packet, and makes zeros of application data in the copy of it.
    ///
    /// @param offset of the payload in `copy`
    void clear(Packet packet, byte[] copy, int offset) {
        int length = packet.payloadLength();
        if (length == 0) {
            return;
        }
        if (!known || packet.sequence() != next) {
            begin(packet.sequence() - 1);
            int captured = offset + packet.payloadCaptured();
            sure = wholeRecords(copy, offset, captured);
            known = sure || copy[offset] == ContentType.APPLICATION_DATA && captured - offset >= HEADER && TlsRecord.plausible(copy, offset,
                    captured - offset);
        }
        known &= packet.payloadCaptured() == length;
        next += length;
        int at = offset;
        int end = offset + length;
        while (at < end && known) {
            if (rest > 0) {
                int passed = Math.min(rest, end - at);
                if (data && sure) {
                    Arrays.fill(copy, at, at + passed, (byte) 0);
                }
                at += passed;
                rest -= passed;
            } else {
                header[inHeader++] = copy[at++];
                header();
            }
        }
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
        boolean record = first >= ContentType.CHANGE_CIPHER_SPEC && first <= ContentType.HEARTBEAT;
        known = record ? inHeader < 2 || header[1] == 3 : first == TPKT;
        if (record && inHeader == HEADER) {
            known = TlsRecord.plausible(header, 0, HEADER);
            sure |= messages > 0;
            message((header[3] & 0xff) << 8 | header[4] & 0xff, first == ContentType.APPLICATION_DATA);
        } else if (!record && inHeader == TPKT_HEADER) {
            message(((header[2] & 0xff) << 8 | header[3] & 0xff) - TPKT_HEADER, false);
        }
    }

    private void message(int length, boolean ofData) {
        known &= length >= 0;
        rest = Math.max(0, length);
        data = ofData;
        messages++;
        inHeader = 0;
    }
}
