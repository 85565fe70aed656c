package dev.rdptrace.redact;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.FieldWatcher;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Rewrites messages by the fields that their decoders read: a number stays, a name becomes another, and all other bytes become zeros,
/// as does what nobody reads. So no field can be forgotten: what is not named here is empty.
final class Fields implements FieldWatcher {
    /// Names in characters of one byte.
    private static final Set<String> NAMES = Set.of("name", "value", "label", "protocol_name", "crealm", "cname", "realm", "sname",
            "e-text", "h221NonStandard", "sourceDescriptor", "ClientUserName", "ClientMachineName", "Scope");
    /// Names in little-endian characters of two bytes.
    private static final Set<String> WIDE = Set.of("clientName", "wszPCB", "Domain", "UserName", "pbCompanyName", "pbProductId",
            "TargetNetAddress", "TargetFQDN", "TargetNetBiosName");
    /// Numbers that say which machine or license it is.
    private static final Set<String> IDENTITIES = Set.of("serialNumber");
    /// RFC 8446 4.2 and what came later: extensions that hold codes, sizes and keys made for the occasion.
    private static final Set<Integer> CODES_ONLY = Set.of(5, 10, 11, 13, 18, 22, 23, 27, 28, 43, 45, 49, 50, 51, 17513, 17613, 13172);
    /// RFC 8446 4.1.3: what a HelloRetryRequest has in place of a random.
    private static final int NEGOTIATION = 8;
    private static final int CORRELATION = 36;
    private static final int CORRELATION_HEADER = 4;
    /// T.124 8.7: 0.0.20.124.0.1, by which others know that what follows is of RDP.
    private static final byte[] CONFERENCE = {0, 20, 124, 0, 1};
    private static final byte[] RETRY = HexFormat.of().parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");

    private final Names names;
    private final Addresses addresses;
    private final boolean keepSecrets;
    private final Map<byte[], Integer> origins = new IdentityHashMap<>(); // where in the message a copy came from
    private byte[] message = {};
    private int start;
    private byte[] to = {};
    private int variablePart; // of an X.224 connection request or confirm
    private int variableLength;

    /// @param keepSecrets TLS is to be opened later: what its keys are made with stays
    Fields(Names names, Addresses addresses, boolean keepSecrets) {
        this.names = names;
        this.addresses = addresses;
        this.keepSecrets = keepSecrets;
    }

    /// The fields that are told apart by their names.
    static Set<String> named() {
        Set<String> all = new HashSet<>(NAMES);
        all.addAll(WIDE);
        all.addAll(IDENTITIES);
        return all;
    }

    /// The message as it may be passed on.
    ///
    /// @param decoding reads `bytes[from, from + length)` by the decoders of the program
    byte[] rewrite(byte[] bytes, int from, int length, Runnable decoding) {
        return rewrite(bytes, from, new byte[length], decoding);
    }

    /// The same of an X.690 encoding that begins `behind` other bytes.
    byte[] rewriteDer(byte[] bytes, int from, int length, int behind, Runnable decoding) {
        byte[] shape = new byte[length];
        DerShape.copy(bytes, from + behind, from + length, shape, behind, 0);
        return rewrite(bytes, from, shape, decoding);
    }

    private byte[] rewrite(byte[] bytes, int from, byte[] empty, Runnable decoding) {
        origins.clear();
        origins.put(bytes, 0);
        message = bytes;
        start = from;
        to = empty;
        Reader.watched(this, decoding);
        return to;
    }

    /// Decodes a part of the message that need not be one; where it is none, nothing of it is kept.
    <T> Decoded<T> keepIfRead(Supplier<Decoded<T>> decoding) {
        byte[] before = to.clone();
        Decoded<T> read = decoding.get();
        if (!(read instanceof Decoded.Complete<T>)) {
            System.arraycopy(before, 0, to, 0, to.length);
        }
        return read;
    }

    /// [MS-RDPBCGR] 2.2.1.1: text, then what is negotiated, then the number of the connection in the server's event logs.
    void keepRequest(Tpdu.ConnectionRequest request) {
        int end = variablePart + variableLength;
        if (request.oddities().contains(Tpdu.Oddity.TRANSPORT_PARAMETERS)) {
            for (int at = variablePart; at < end; at += 2 + (message[start + at + 1] & 0xff)) {
                keep(message, start + at, 2, at);
            }
            return;
        }
        if (!request.correlationId().isEmpty()) {
            end -= CORRELATION;
            keep(message, start + end, CORRELATION_HEADER, end);
        }
        if (request.negotiation().isPresent()) {
            end -= NEGOTIATION;
            keep(message, start + end, NEGOTIATION, end);
        }
        put(names.bytes(message, start + variablePart, end - variablePart), variablePart);
    }

    /// [MS-RDPBCGR] 2.2.1.2
    void keepReply(Tpdu.NegotiationReply reply) {
        int known = reply instanceof Tpdu.NegotiationReply.Unknown ? 1 : NEGOTIATION;
        keep(message, start + variablePart, Math.min(variableLength, known), variablePart);
    }

    @Override
    public void number(byte[] in, int at, int length, String field) {
        int place = place(in, at, length);
        if (place >= 0 && !IDENTITIES.contains(field)) {
            keep(in, at, length, place);
        }
    }

    @Override
    public void content(byte[] in, int at, int length, String field, byte @Nullable [] copy) {
        int place = place(in, at, length);
        if (place < 0) {
            return;
        }
        if (copy != null) {
            origins.put(copy, start + place);
        }
        if (NAMES.contains(field)) {
            put(isBigEndian(in, at, length) ? names.wide(in, at, length, true) : names.bytes(in, at, length), place);
        } else if (WIDE.contains(field)) {
            boolean wide = length % 2 == 0 && length > 1 && in[at + length - 1] == 0;
            put(wide ? names.wide(in, at, length, false) : names.bytes(in, at, length), place);
        } else {
            switch (field) {
                case "GeneralName" -> generalName(in, at, length, place);
                case "stime", "ctime" -> keepIf(DerShape.isTime(in, at, length), in, at, length, place);
                case "cert_data", "abCert" -> DerShape.copy(in, at, at + length, to, place, 0);
                case "t124Identifier" -> keepIf(Arrays.equals(in, at, at + length, CONFERENCE, 0, CONFERENCE.length), in, at, length,
                        place);
                case "random" -> keepIf(keepSecrets || Arrays.equals(copy, RETRY), in, at, length, place);
                case "legacy_session_id", "legacy_session_id_echo" -> keepIf(keepSecrets, in, at, length, place);
                case "extension_data" -> keepIf(isOfCodes(extensionType(in, at)), in, at, length, place);
                case "variable part" -> {
                    variablePart = place;
                    variableLength = length;
                }
                case "RDATA" -> recordData(in, at, length, place);
                default -> {}
            }
        }
    }

    private int place(byte[] in, int at, int length) {
        Integer origin = origins.get(in);
        int place = origin == null ? -1 : origin + at - start;
        return place + length <= to.length ? place : -1;
    }

    private void keep(byte[] in, int at, int length, int place) {
        System.arraycopy(in, at, to, place, length);
    }

    private void keepIf(boolean harmless, byte[] in, int at, int length, int place) {
        if (harmless) {
            keep(in, at, length, place);
        }
    }

    private void put(byte[] content, int place) {
        System.arraycopy(content, 0, to, place, content.length);
    }

    private static boolean isBigEndian(byte[] in, int at, int length) {
        boolean wide = length > 1 && length % 2 == 0;
        for (int i = 0; i < length && wide; i += 2) {
            wide = in[at + i] == 0;
        }
        return wide;
    }

    /// RFC 5280 4.2.1.6: its tag stands before its length.
    private void generalName(byte[] in, int at, int length, int place) {
        int tag = at < 2 ? 0 : in[at - 2] & 0xff;
        if (tag == 0x87 && (length == 4 || length == 16)) {
            keep(in, at, length, place);
            address(place, length);
        } else if (length > 127 || tag == 0x81 || tag == 0x82 || tag == 0x86) {
            put(names.bytes(in, at, length), place);
        }
    }

    private void address(int place, int length) {
        if (length == 4) {
            addresses.v4(to, place);
        } else {
            addresses.v6(to, place);
        }
    }

    private static int extensionType(byte[] in, int at) {
        return (int) Addresses.get(in, at - 4, 2);
    }

    /// RFC 8701: what nobody knows holds nothing.
    private static boolean isOfCodes(int type) {
        return CODES_ONLY.contains(type) || (type & 0x0f0f) == 0x0a0a && type >> 8 == (type & 0xff);
    }

    /// RFC 1035 4.1.3: class and type, time to live and length stand before it.
    private void recordData(byte[] in, int at, int length, int place) {
        int type = (int) Addresses.get(in, at - 10, 2);
        switch (type) {
            case 1, 28 -> {
                if (length == (type == 1 ? 4 : 16)) {
                    keep(in, at, length, place);
                    address(place, length);
                }
            }
            case 5 -> labels(in, at, at + length, place);
            case 33 -> {
                if (length > 6) {
                    keep(in, at, 6, place);
                    labels(in, at + 6, at + length, place + 6);
                }
            }
            default -> {}
        }
    }

    /// A name that may end in a pointer.
    private void labels(byte[] in, int from, int end, int place) {
        int at = from;
        while (at < end && in[at] > 0 && at + 1 + in[at] <= end) {
            keep(in, at, 1, place + at - from);
            put(names.bytes(in, at + 1, in[at]), place + at + 1 - from);
            at += 1 + in[at];
        }
        if (at + 1 < end && (in[at] & 0xc0) == 0xc0) {
            keep(in, at, 2, place + at - from);
        }
    }
}
