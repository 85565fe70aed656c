package dev.rdptrace.session;

import dev.rdptrace.wire.gateway.HttpHead;

/// One direction of a connection to a gateway: where in HTTP it stands, and what of a chunk or a frame is still to come.
final class GatewayHalf {
    /// [MS-TSGU] 3.3.5.1: the answer to RDG_OUT_DATA begins with random bytes, a hundred by the specification, of some servers
    /// ten. The first packet behind them is the answer to the handshake.
    private static final int LONGEST_PREAMBLE = 512;
    private static final int CLOSE = 8; // RFC 6455 11.8
    private static final int HANDSHAKE_RESPONSE = 2;
    private static final int HANDSHAKE_RESPONSE_LENGTH = 18;

    enum Reading {
        HEAD, SKIP, CHUNKED, PACKETS, RPC, WEB_SOCKET, FOREIGN
    }

    final ByteQueue bytes = new ByteQueue();
    final ByteQueue packets = new ByteQueue();
    Reading reading = Reading.HEAD;
    long skip;
    boolean preamble;
    boolean chunksArePackets;
    /// The current frame closes the WebSocket, and is all there.
    boolean closes;
    /// Bytes of the current chunk or frame that are still to come.
    long left;
    byte[] mask = {};
    int maskAt;

    void body(HttpHead head) {
        if (head.isChunked()) {
            reading = Reading.CHUNKED;
        } else if (chunksArePackets && head.contentLength() != 0) {
            reading = Reading.PACKETS;
        } else if (head.contentLength() > 0) {
            skip = head.contentLength();
            reading = Reading.SKIP;
        }
    }

    boolean skip() {
        int taken = (int) Math.min(skip, bytes.length());
        bytes.take(taken);
        skip -= taken;
        if (skip == 0) {
            reading = Reading.HEAD;
        }
        return true;
    }

    /// RFC 9112 7.1: a length in hexadecimal, the data, a line end.
    boolean chunk() {
        int end = 0;
        while (end < bytes.length() && bytes.at(end) != '\n') {
            end++;
        }
        if (end == bytes.length()) {
            if (end > 1024) {
                reading = Reading.FOREIGN;
                return true;
            }
            return false;
        }
        long size = 0;
        int digits = 0;
        while (digits < end && Character.digit(bytes.at(digits), 16) >= 0 && digits < 8) {
            size = size << 4 | Character.digit(bytes.at(digits++), 16);
        }
        boolean emptyLine = end == 0 || end == 1 && bytes.at(0) == '\r';
        bytes.take(end + 1);
        if (emptyLine) {
            return true;
        }
        if (digits == 0) {
            reading = Reading.FOREIGN;
        } else if (size == 0) {
            reading = Reading.HEAD;
            if (bytes.length() >= 2 && bytes.at(0) == '\r') {
                bytes.take(2);
            }
        }
        left = size;
        return true;
    }

    /// RFC 6455 5.2.
    boolean frame(int longest) {
        if (bytes.length() < 2) {
            return false;
        }
        boolean masked = (bytes.at(1) & 0x80) != 0;
        int size = bytes.at(1) & 0x7f;
        int lengthBytes = size == 126 ? 2 : size == 127 ? 8 : 0;
        int header = 2 + lengthBytes + (masked ? 4 : 0);
        if (bytes.length() < header) {
            return false;
        }
        long length = lengthBytes == 0 ? size : 0;
        for (int i = 0; i < lengthBytes; i++) {
            length = length << 8 | bytes.at(2 + i) & 0xff;
        }
        if (length < 0 || length > longest) {
            reading = Reading.FOREIGN;
            return true;
        }
        closes = (bytes.at(0) & 0xf) == CLOSE;
        if (closes && bytes.length() < header + length) {
            closes = false;
            return false;
        }
        mask = new byte[masked ? 4 : 0];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = (byte) bytes.at(2 + lengthBytes + i);
        }
        maskAt = 0;
        chunksArePackets = (bytes.at(0) & 0xf) <= 2;
        left = length;
        bytes.take(header);
        return true;
    }

    /// Takes the content of the current frame.
    byte[] control() {
        byte[] content = unmasked((int) left);
        bytes.take((int) left);
        left = 0;
        closes = false;
        return content;
    }

    byte[] unmasked(int length) {
        byte[] content = bytes.copy(length);
        for (int i = 0; i < length && mask.length > 0; i++) {
            content[i] ^= mask[maskAt++ & 3];
        }
        return content;
    }

    /// Passes over what stands before the first packet.
    void preamble() {
        for (int i = 0; i + 8 <= packets.length(); i++) {
            int zeros = packets.at(i + 1) + packets.at(i + 2) + packets.at(i + 3) + packets.at(i + 5) + packets.at(i + 6)
                    + packets.at(i + 7);
            if (packets.at(i) == HANDSHAKE_RESPONSE && packets.at(i + 4) == HANDSHAKE_RESPONSE_LENGTH && zeros == 0) {
                packets.take(i);
                preamble = false;
                return;
            }
        }
        if (packets.length() > LONGEST_PREAMBLE) {
            packets.clear();
            reading = Reading.FOREIGN;
        }
    }
}
