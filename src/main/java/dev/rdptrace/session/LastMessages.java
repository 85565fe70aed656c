package dev.rdptrace.session;

import dev.rdptrace.tcp.StreamTail;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.wire.tls.TlsRecord;
import dev.rdptrace.wire.x224.Tpkt;
import java.util.ArrayList;
import java.util.List;

/// Finds whole messages at the end of a stream whose middle was not read: the longest row of them that fills it to its last
/// byte.
final class LastMessages {
    /// Below it a message says nothing: an empty TLS record, a TPKT without content.
    private static final int SMALLEST = 7;
    private static final int TPKT_VERSION = 3;

    private LastMessages() {}

    /// `length` bytes at `start`, with their header.
    record Message(Side from, byte[] bytes, int start, int length, Moment at) {}

    static List<Message> of(Side from, StreamTail words, boolean tls) {
        byte[] bytes = words.bytes();
        int end = words.length();
        for (int begin = 0; begin + SMALLEST <= end; begin++) {
            List<Message> row = row(from, words, bytes, begin, end, tls);
            if (!row.isEmpty()) {
                return row;
            }
        }
        return List.of();
    }

    private static List<Message> row(Side from, StreamTail words, byte[] bytes, int begin, int end, boolean tls) {
        List<Message> row = new ArrayList<>(0);
        int at = begin;
        while (at < end) {
            int length = length(bytes, at, end - at, tls);
            if (length < SMALLEST || length > end - at) {
                return List.of();
            }
            row.add(new Message(from, bytes, at, length, words.completed(at + length)));
            at += length;
        }
        return row;
    }

    private static int length(byte[] bytes, int at, int available, boolean tls) {
        if (!tls) {
            return bytes[at] == TPKT_VERSION ? Tpkt.length(bytes, at, available) : -1;
        }
        return TlsRecord.length(bytes, at, available);
    }
}
