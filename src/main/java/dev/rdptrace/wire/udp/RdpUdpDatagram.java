package dev.rdptrace.wire.udp;

import dev.rdptrace.wire.tls.DtlsRecord;
import dev.rdptrace.wire.tls.Handshake;

/// A window over one datagram behind the handshake: its numbers, what it acknowledges, and where what it carries begins. It is
/// moved from datagram to datagram, so that none costs an object.
///
/// ```
/// version 1, 2   FEC header:8 | ACK vector | reset:4 | coded number:4, source number:4 | data
/// version 3      the packet below with a prefix byte in its eighth place, and what belonged there in the first
///                flags:2 | ACK | overhead:1 | delays:3 | ACK of ACKs:2 | number:2 | ACK vector | channel number:2 | data
/// ```
public final class RdpUdpDatagram {
    /// [MS-RDPEUDP] 2.2.2.9 `RDPUDP_PROTOCOL_VERSION_3`: [MS-RDPEUDP2] follows the handshake.
    public static final int VERSION_3 = 0x0101;

    private static final int FEC_HEADER = 8;
    private static final int SOURCE_HEADER = 8;
    private static final int FEC = 0x0010;
    private static final int ACK_OF_ACKS = 0x0100;
    /// [MS-RDPEUDP] 2.2.2.7: no vector is longer.
    private static final int LONGEST_VECTOR = 2048;
    /// [MS-RDPEUDP] 2.2.1.1 DATAGRAM_NOT_YET_RECEIVED.
    private static final int NOT_YET_RECEIVED = 3;

    // [MS-RDPEUDP2] 2.2.1.1
    private static final int ACK_2 = 0x001;
    private static final int DATA_2 = 0x004;
    private static final int ACKVEC_2 = 0x008;
    private static final int AOA_2 = 0x010;
    private static final int OVERHEADSIZE_2 = 0x040;
    private static final int DELAYACKINFO_2 = 0x100;
    /// The prefix byte stands in the eighth place, and what belongs there in the first: [MS-RDPEUDP2] 3.1.1.1.5.1.
    private static final int PREFIX = 7;
    private static final int DUMMY = 8;

    private static final int HANDSHAKE = 22;
    private static final int ALERT = 21;
    private static final int TLS_HEADER = 5;
    private static final int ALERT_BYTES = 2;

    /// How the security of the transport begins.
    public enum Security {
        /// Nothing of it, or nothing that can be read.
        NONE,
        CLIENT_HELLO,
        SERVER_HELLO,
        /// RFC 5246 7.2, not encrypted
        ALERT
    }

    private byte[] bytes = {};
    private int from;
    private int length;
    private boolean prefixed;

    private int headers; // where they end
    private int data; // where it begins, -1 without any
    private boolean fec;
    private boolean dummy;
    private int number;
    private int sourceNumber;
    private int acknowledged;
    private int missing;
    private boolean acknowledges;
    private boolean numbered;
    private boolean vector;
    private int alertCode;

    /// Moves over the datagram `bytes[offset, offset + length)`, which is no SYN.
    ///
    /// @param version that the SYN+ACK agreed on
    public void over(byte[] bytes, int offset, int length, int version) {
        this.bytes = bytes;
        from = offset;
        this.length = length;
        prefixed = version == VERSION_3;
        data = -1;
        headers = 0;
        fec = false;
        dummy = false;
        number = 0;
        sourceNumber = 0;
        acknowledged = 0;
        missing = 0;
        acknowledges = false;
        numbered = false;
        vector = false;
        alertCode = -1;
        if (prefixed) {
            second();
        } else {
            first();
        }
    }

    /// Moves over a datagram that has no header of this kind: DTLS itself.
    public void overBare(byte[] of, int offset, int size) {
        over(of, offset, 0, 0);
        length = size;
        data = 0;
    }

    /// [MS-RDPEUDP] 2.2.2.1, 2.2.2.7, 2.2.2.6, and 2.2.2.4 or 2.2.2.2.
    private void first() {
        if (length < FEC_HEADER) {
            return;
        }
        int flags = u16(6);
        if ((flags & RdpUdpPacket.SYN) != 0) {
            return;
        }
        int at = FEC_HEADER;
        if ((flags & RdpUdpPacket.ACK) != 0 && at + 2 <= length) {
            int size = u16(at);
            if (size > LONGEST_VECTOR || at + 2 + size > length) {
                return;
            }
            acknowledges = true;
            acknowledged = i32(0);
            for (int i = at + 2; i < at + 2 + size; i++) {
                missing += u8(i) >> 6 == NOT_YET_RECEIVED ? u8(i) & 0x3f : 0;
            }
            at += 2 + size + 3 & ~3; // the vector ends on a boundary of four
        }
        at += (flags & ACK_OF_ACKS) != 0 ? 4 : 0;
        headers = Math.min(at, length);
        if ((flags & RdpUdpPacket.DATA) == 0 || at + SOURCE_HEADER > length) {
            return;
        }
        numbered = true;
        number = i32(at);
        sourceNumber = i32(at + 4);
        headers = at + SOURCE_HEADER;
        fec = (flags & FEC) != 0;
        data = fec ? -1 : at + SOURCE_HEADER;
    }

    /// The payloads of [MS-RDPEUDP2] 2.2.1, which come in this order.
    private void second() {
        int prefix = length > PREFIX ? bytes[from + PREFIX] & 0xff : 0xff;
        int type = prefix >> 1 & 0xf; // the lowest bit is reserved, then four of the type, then three of the length
        if (type != 0 && type != DUMMY) {
            length = 0;
            return;
        }
        int shortLength = prefix >> 5;
        length -= 1 + (shortLength == 0 ? 0 : PREFIX - shortLength);
        dummy = type == DUMMY;
        int flags = u8(0) | (u8(1) & 0xf) << 8;
        int at = 2;
        if ((flags & ACK_2) != 0 && at + 7 <= length) {
            acknowledges = true;
            acknowledged = u16le(at);
            at += 7 + (u8(at + 6) & 0xf);
        }
        at += ((flags & OVERHEADSIZE_2) != 0 ? 1 : 0) + ((flags & DELAYACKINFO_2) != 0 ? 3 : 0) + ((flags & AOA_2) != 0 ? 2 : 0);
        boolean carries = (flags & DATA_2) != 0 && at + 2 <= length;
        if (carries) {
            numbered = true;
            number = u16le(at);
            at += 2;
        }
        if ((flags & ACKVEC_2) != 0 && at + 3 <= length) {
            at = vector(at);
        }
        if (carries && !dummy && at + 2 <= length) {
            sourceNumber = u16le(at);
            at += 2;
            data = at;
        }
        headers = 1 + Math.clamp(at, 0, length);
    }

    /// [MS-RDPEUDP2] 2.2.1.2.6 and 3.1.5.7: a number is missing where a later one was received. Answers where the vector ends.
    private int vector(int start) {
        int coded = u8(start + 2);
        int at = start + 3 + ((coded & 0x80) != 0 ? 4 : 0);
        int end = at + (coded & 0x7f);
        if (end > length) {
            return end;
        }
        acknowledges = true;
        vector = true;
        acknowledged = u16le(start);
        int open = 0;
        for (; at < end; at++) {
            int code = u8(at);
            boolean run = (code & 0x80) != 0;
            for (int i = 0; i < (run ? code & 0x3f : 7); i++) {
                if (run ? (code & 0x40) != 0 : (code >> i & 1) != 0) {
                    missing += open;
                    open = 0;
                } else {
                    open++;
                }
            }
        }
        return end;
    }

    /// Bytes of the datagram before what it carries.
    public int headers() {
        return headers;
    }

    /// The same with what tells how the security of the transport begins.
    public int headersOfSecurity() {
        return headers + switch (security()) {
            case NONE -> 0;
            case ALERT -> header() + ALERT_BYTES;
            case CLIENT_HELLO, SERVER_HELLO -> header() + (header() == TLS_HEADER ? Handshake.HEADER : DtlsRecord.MESSAGE_HEADER);
        };
    }

    /// Something for the layer above, and no packet that repairs others.
    public boolean carries() {
        return data >= 0;
    }

    /// [MS-RDPEUDP] 2.2.2.2: from which a lost packet can be made again.
    public boolean repairs() {
        return fec;
    }

    /// [MS-RDPEUDP2] 3.1.1.1.5: there for its size only.
    public boolean isDummy() {
        return dummy;
    }

    /// It has a number of its own.
    public boolean isNumbered() {
        return numbered;
    }

    /// By which the other side acknowledges it: version 3 has a new one when data is sent again.
    public int numberToAcknowledge() {
        return prefixed ? number : sourceNumber;
    }

    /// It says that the other side's datagram with this number arrived, or a later one.
    public boolean hasReceived(int other) {
        return acknowledges && ahead(acknowledged, other) >= (vector ? 1 : 0);
    }

    /// Of this datagram: `snCoded`, or the lower half of [MS-RDPEUDP2] 2.2.1.2.5 `DataSeqNum`.
    public int number() {
        return number;
    }

    /// Of what it carries, the same when it is sent again: `snSourceStart`, or [MS-RDPEUDP2] 2.2.1.2.7 `ChannelSeqNum`.
    public int sourceNumber() {
        return sourceNumber;
    }

    /// By how much one source number is behind another, over the end of their range.
    public int ahead(int of, int than) {
        return prefixed ? (short) (of - than) : of - than;
    }

    public boolean acknowledges() {
        return acknowledges;
    }

    /// Version 3 with a vector: the first number that is missing; else the highest that was received.
    public int acknowledged() {
        return acknowledged;
    }

    /// How many packets that were overtaken by others it reports as not received.
    public int missing() {
        return missing;
    }

    /// Bytes for the layer above.
    public int dataLength() {
        return data < 0 ? 0 : length - data;
    }

    /// Those bytes, in an array of their own.
    public byte[] copy() {
        byte[] copy = new byte[dataLength()];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = (byte) u8(data + i);
        }
        return copy;
    }

    /// Of TLS or DTLS, RFC 5246 6.2.1 and RFC 6347 4.1: only how it begins can be told from outside.
    public Security security() {
        int header = data >= 0 && data + TLS_HEADER <= length ? header() : 0;
        if (header == 0 || data + header + ALERT_BYTES > length) {
            return Security.NONE;
        }
        int first = u8(data + header);
        if (u8(data) == ALERT) {
            alertCode = u16(data + header - 2) == ALERT_BYTES ? u8(data + header + 1) : -1;
            return alertCode >= 0 ? Security.ALERT : Security.NONE;
        }
        return first == 1 ? Security.CLIENT_HELLO : first == 2 ? Security.SERVER_HELLO : Security.NONE;
    }

    /// RFC 5246 7.2, of what [#security] found; -1 where it is no alert.
    public int alertCode() {
        return alertCode;
    }

    /// Bytes of the header of the record there, 0 if there is none.
    private int header() {
        if (u8(data) != HANDSHAKE && u8(data) != ALERT) {
            return 0;
        }
        int major = u8(data + 1);
        int minor = u8(data + 2);
        return major == 3 && minor <= 4 ? TLS_HEADER : DtlsRecord.isVersion(major, minor) ? DtlsRecord.HEADER : 0;
    }

    private int u8(int at) {
        return bytes[!prefixed ? from + at : at == PREFIX - 1 ? from : from + 1 + at] & 0xff;
    }

    private int u16(int at) {
        return u8(at) << 8 | u8(at + 1);
    }

    private int u16le(int at) {
        return u8(at) | u8(at + 1) << 8;
    }

    private int i32(int at) {
        return u16(at) << 16 | u16(at + 2);
    }
}
