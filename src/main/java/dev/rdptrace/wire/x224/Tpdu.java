package dev.rdptrace.wire.x224;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A transport message of ITU-T X.224 class 0 in one TPKT, with what RDP adds to it ([MS-RDPBCGR] 2.2.1.1, 2.2.1.2).
///
/// ```
/// TPKT  0:1 03 | 1:1 00 | 2:2 length
/// CR    4:1 LI | 5:1 E0 | 6:2 dst-ref | 8:2 src-ref | 10:1 class | text CR LF … | RDP_NEG_REQ:8 | correlation:36
/// CC    4:1 LI | 5:1 D0 | 6:2 dst-ref | 8:2 src-ref | 10:1 class | RDP_NEG_RSP or RDP_NEG_FAILURE:8
/// DR    4:1 LI | 5:1 80 | 6:2 dst-ref | 8:2 src-ref | 10:1 reason
/// ER    4:1 LI | 5:1 70 | 6:2 dst-ref | 8:1 cause
/// DT    4:1 02 | 5:1 F0 | 6:1 80 end of TSDU | user data
/// ```
public sealed interface Tpdu {
    int CONNECTION_REQUEST = 0xe0;
    int CONNECTION_CONFIRM = 0xd0;
    int DISCONNECT_REQUEST = 0x80;
    int DISCONNECT_CONFIRM = 0xc0;
    int ERROR = 0x70;
    int DATA = 0xf0;

    /// What was odd, though readable.
    Set<Oddity> oddities();

    /// Departures from the specification that do not stop the reader.
    enum Oddity {
        /// TPKT length and X.224 length indicator (LI + 5) disagree; a server drops such a request.
        LENGTH_MISMATCH,
        /// The cookie or token does not end in CR LF.
        TEXT_WITHOUT_CRLF,
        /// A routing token and a user cookie are both present; the specification allows one.
        TOKEN_AND_COOKIE,
        /// The transport class is not 0; a server drops such a request.
        CLASS_NOT_ZERO,
        /// A connection request with a destination reference.
        DESTINATION_REFERENCE_NOT_ZERO,
        /// Parameters of ISO transport (X.224 13.3.4), which RDP never sends: a request of S7, MMS, IEC 61850 or their like.
        TRANSPORT_PARAMETERS,
        /// Bytes behind the text that are no negotiation structure.
        UNREADABLE_TAIL,
        /// The flags announce correlation information that is not there.
        CORRELATION_MISSING,
        /// Correlation information that the flags do not announce.
        CORRELATION_NOT_ANNOUNCED,
        /// A negotiation structure whose length field is not the 8 of the specification.
        STRUCTURE_LENGTH,
        /// A protocol bit without a name.
        UNKNOWN_PROTOCOL,
        /// Bytes behind a complete message.
        TRAILING_BYTES
    }

    /// [MS-RDPBCGR] 2.2.1.1 Client X.224 Connection Request PDU.
    ///
    /// @param routing cookie, token or other text; usually none or one
    /// @param negotiation absent when the client knows Standard RDP Security only
    /// @param correlationId 32 hex digits, or empty
    record ConnectionRequest(int destinationReference, int sourceReference, int classOption, List<Routing> routing,
            Optional<NegotiationRequest> negotiation, String correlationId, Set<Oddity> oddities) implements Tpdu {
        public ConnectionRequest {
            routing = List.copyOf(routing);
            oddities = Set.copyOf(oddities);
        }

        /// What the client asks for; without a negotiation request that is Standard RDP Security.
        public Protocols requestedProtocols() {
            return negotiation.map(NegotiationRequest::protocols).orElse(Protocols.STANDARD);
        }

        /// The name in `mstshash=`, or empty.
        public String cookieName() {
            for (Routing line : routing) {
                if (line instanceof Routing.UserCookie cookie) {
                    return cookie.name();
                }
            }
            return "";
        }

        /// May an RDP client have sent it?
        public boolean ofRdp() {
            return !oddities.contains(Oddity.TRANSPORT_PARAMETERS);
        }

        /// It says where the session is to go: a routing token or load balance information.
        public boolean carriesToken() {
            for (Routing line : routing) {
                if (line instanceof Routing.AddressToken || line instanceof Routing.OpaqueToken
                        || line instanceof Routing.LoadBalanceInfo) {
                    return true;
                }
            }
            return false;
        }
    }

    /// [MS-RDPBCGR] 2.2.1.1.1 RDP Negotiation Request (RDP_NEG_REQ).
    record NegotiationRequest(NegotiationFlags.Request flags, Protocols protocols) {}

    /// [MS-RDPBCGR] 2.2.1.2 Server X.224 Connection Confirm PDU.
    record ConnectionConfirm(int destinationReference, int sourceReference, int classOption, NegotiationReply reply,
            Set<Oddity> oddities) implements Tpdu {
        public ConnectionConfirm {
            oddities = Set.copyOf(oddities);
        }
    }

    /// The tail of a connection confirm.
    sealed interface NegotiationReply {
        /// [MS-RDPBCGR] 2.2.1.2.1 RDP Negotiation Response.
        record Response(NegotiationFlags.Response flags, Protocols selected) implements NegotiationReply {}

        /// [MS-RDPBCGR] 2.2.1.2.2 RDP Negotiation Failure.
        record Failure(FailureCode code) implements NegotiationReply {}

        /// No negotiation data: the server knows or wants Standard RDP Security only.
        record None() implements NegotiationReply {}

        /// Something else.
        ///
        /// @param type the first byte
        /// @param hex all of it, cut at 64 bytes
        record Unknown(int type, String hex) implements NegotiationReply {}
    }

    /// X.224 13.5 DR TPDU.
    record DisconnectRequest(int destinationReference, int sourceReference, int reason, Set<Oddity> oddities)
            implements Tpdu {
        public DisconnectRequest {
            oddities = Set.copyOf(oddities);
        }

        /// X.224 13.5.3; the number where it has no name.
        public String reasonName() {
            return switch (reason) {
                case 0 -> "reason not specified";
                case 1 -> "congestion at TSAP";
                case 2 -> "session entity not attached to TSAP";
                case 3 -> "address unknown";
                case 128 -> "normal disconnect initiated by the session entity";
                case 129 -> "remote transport entity congestion at connect request time";
                case 130 -> "connection negotiation failed";
                case 131 -> "duplicate source reference";
                case 132 -> "mismatched references";
                case 133 -> "protocol error";
                case 135 -> "reference overflow";
                case 136 -> "connection request refused on this network connection";
                case 138 -> "header or parameter length invalid";
                default -> Integer.toString(reason);
            };
        }
    }

    /// X.224 13.12 ER TPDU.
    record ErrorTpdu(int destinationReference, int cause, Set<Oddity> oddities) implements Tpdu {
        public ErrorTpdu {
            oddities = Set.copyOf(oddities);
        }

        /// X.224 13.12.3; the number where it has no name.
        public String causeName() {
            return switch (cause) {
                case 0 -> "reason not specified";
                case 1 -> "invalid parameter code";
                case 2 -> "invalid TPDU type";
                case 3 -> "invalid parameter value";
                default -> Integer.toString(cause);
            };
        }
    }

    /// X.224 13.7 DT TPDU, the wrapper of everything after the negotiation.
    ///
    /// @param offset of the user data, from the start of the TPKT
    /// @param length bytes of user data
    /// @param endOfTsdu always set in RDP
    record Data(int offset, int length, boolean endOfTsdu, Set<Oddity> oddities) implements Tpdu {
        public Data {
            oddities = Set.copyOf(oddities);
        }
    }

    /// A message that RDP does not use.
    ///
    /// @param code the high four bits of the TPDU code
    record Other(int code, Set<Oddity> oddities) implements Tpdu {
        public Other {
            oddities = Set.copyOf(oddities);
        }
    }

    /// Decodes the TPKT that begins at `offset`; `Partial` when it is not all there.
    static Decoded<Tpdu> decode(byte[] bytes, int offset, int available) {
        return Reader.decode(bytes, offset, available, "TPKT", Tpdu::readTpkt);
    }

    private static Tpdu readTpkt(Reader in) {
        if (in.u8("version") != 3) {
            throw in.reject("version", "is not 3");
        }
        if (in.u8("reserved") != 0) {
            throw in.reject("reserved", "is not 0");
        }
        int length = in.u16("length");
        if (length < 7) {
            throw in.reject("length", length + " is shorter than 7");
        }
        return readTpdu(in.sub("tpdu", "X.224", length - 4));
    }

    private static Tpdu readTpdu(Reader in) {
        Set<Oddity> odd = EnumSet.noneOf(Oddity.class);
        int indicator = in.u8("LI");
        int code = in.u8("code") & 0xf0;
        if (code == DATA) {
            if (indicator != 2) {
                odd.add(Oddity.LENGTH_MISMATCH);
            }
            boolean end = (in.u8("EOT") & 0x80) != 0;
            return new Data(4 + in.offset(), in.left(), end, odd);
        }
        // The header ends where its own length or the TPKT says, whichever comes first.
        int header = indicator - 1;
        if (header != in.left()) {
            odd.add(Oddity.LENGTH_MISMATCH);
        }
        Reader rest = in.sub("header", "X.224", Math.max(0, Math.min(header, in.left())));
        return switch (code) {
            case CONNECTION_REQUEST -> readConnectionRequest(rest, odd);
            case CONNECTION_CONFIRM -> readConnectionConfirm(rest, odd);
            case DISCONNECT_REQUEST -> new DisconnectRequest(
                    rest.u16("DST-REF"), rest.u16("SRC-REF"), rest.u8("reason"), odd);
            case ERROR -> new ErrorTpdu(rest.u16("DST-REF"), rest.u8("reject cause"), odd);
            default -> new Other(code, odd);
        };
    }

    private static ConnectionRequest readConnectionRequest(Reader in, Set<Oddity> odd) {
        int destination = in.u16("DST-REF");
        int source = in.u16("SRC-REF");
        int classOption = in.u8("class");
        if (destination != 0) {
            odd.add(Oddity.DESTINATION_REFERENCE_NOT_ZERO);
        }
        if ((classOption & 0xf0) != 0) {
            odd.add(Oddity.CLASS_NOT_ZERO);
        }
        // Cookies are free text, so the negotiation is looked for from the end.
        byte[] rest = in.rest("variable part");
        if (areTransportParameters(rest)) {
            odd.add(Oddity.TRANSPORT_PARAMETERS);
            return new ConnectionRequest(destination, source, classOption, List.of(), Optional.empty(), "", odd);
        }
        int end = rest.length;
        String correlation = "";
        if (isStructure(rest, end - 36, 6, 36)
                && (isStructure(rest, end - 44, 1, 8) || startsOrFollowsText(rest, end - 36))) {
            correlation = Hex.of(rest, end - 32, 16);
            end -= 36;
        }
        Optional<NegotiationRequest> negotiation = Optional.empty();
        if (isStructure(rest, end - 8, 1, 8)) {
            end -= 8;
            negotiation = Optional.of(new NegotiationRequest(
                    new NegotiationFlags.Request(rest[end + 1] & 0xff), new Protocols(i32le(rest, end + 4))));
        }
        List<Routing> routing = readText(rest, end, odd);
        negotiation.ifPresent(request -> {
            if (request.protocols().unknownBits() != 0) {
                odd.add(Oddity.UNKNOWN_PROTOCOL);
            }
        });
        boolean announced = negotiation.isPresent() && negotiation.get().flags().announcesCorrelation();
        if (announced && correlation.isEmpty()) {
            odd.add(Oddity.CORRELATION_MISSING);
        } else if (!announced && !correlation.isEmpty()) {
            odd.add(Oddity.CORRELATION_NOT_ANNOUNCED);
        }
        return new ConnectionRequest(destination, source, classOption, routing, negotiation, correlation, odd);
    }

    /// X.224 13.2.3: code, length, value, and so on to the very end. All codes have the high bit, which neither the text nor
    /// the structures of RDP begin with.
    private static boolean areTransportParameters(byte[] rest) {
        int at = 0;
        while (at + 2 <= rest.length && rest[at] < 0) {
            at += 2 + (rest[at + 1] & 0xff);
        }
        return at > 0 && at == rest.length;
    }

    /// A negotiation structure: type, flags, and its own length in little-endian.
    private static boolean isStructure(byte[] rest, int at, int type, int length) {
        return at >= 0 && rest[at] == type && rest[at + 2] == length && rest[at + 3] == 0;
    }

    private static boolean startsOrFollowsText(byte[] rest, int at) {
        return at == 0 || rest[at - 1] == '\n';
    }

    private static int i32le(byte[] rest, int at) {
        return rest[at] & 0xff | (rest[at + 1] & 0xff) << 8 | (rest[at + 2] & 0xff) << 16 | rest[at + 3] << 24;
    }

    private static List<Routing> readText(byte[] rest, int end, Set<Oddity> odd) {
        List<Routing> lines = new ArrayList<>();
        int start = 0;
        boolean cookie = false;
        boolean token = false;
        while (start < end) {
            int stop = start;
            while (stop < end && !(rest[stop] == '\r' && stop + 1 < end && rest[stop + 1] == '\n')) {
                stop++;
            }
            if (stop == end && !isText(rest, start, end)) {
                odd.add(Oddity.UNREADABLE_TAIL);
                break;
            }
            if (stop == end) {
                odd.add(Oddity.TEXT_WITHOUT_CRLF);
            }
            Routing line = Routing.of(new String(rest, start, stop - start, StandardCharsets.ISO_8859_1));
            cookie |= line instanceof Routing.UserCookie;
            token |= !(line instanceof Routing.UserCookie || line instanceof Routing.FreeText);
            lines.add(line);
            start = Math.min(end, stop + 2);
        }
        if (cookie && token) {
            odd.add(Oddity.TOKEN_AND_COOKIE);
        }
        return lines;
    }

    private static boolean isText(byte[] rest, int start, int end) {
        for (int i = start; i < end; i++) {
            if (rest[i] >= 0 && rest[i] < 0x20 && rest[i] != '\r' && rest[i] != '\n' && rest[i] != '\t') {
                return false;
            }
        }
        return true;
    }

    private static ConnectionConfirm readConnectionConfirm(Reader in, Set<Oddity> odd) {
        int destination = in.u16("DST-REF");
        int source = in.u16("SRC-REF");
        int classOption = in.u8("class");
        if ((classOption & 0xf0) != 0) {
            odd.add(Oddity.CLASS_NOT_ZERO);
        }
        byte[] rest = in.rest("variable part");
        NegotiationReply reply;
        if (rest.length == 0) {
            reply = new NegotiationReply.None();
        } else if (rest.length >= 8 && isStructure(rest, 0, 2, 8)) {
            Protocols selected = new Protocols(i32le(rest, 4));
            if (selected.unknownBits() != 0) {
                odd.add(Oddity.UNKNOWN_PROTOCOL);
            }
            reply = new NegotiationReply.Response(new NegotiationFlags.Response(rest[1] & 0xff), selected);
        } else if (rest.length >= 8 && rest[0] == 3) {
            // A refusal is one whatever it says of its own length.
            if (!isStructure(rest, 0, 3, 8)) {
                odd.add(Oddity.STRUCTURE_LENGTH);
            }
            reply = new NegotiationReply.Failure(new FailureCode(i32le(rest, 4)));
        } else {
            reply = new NegotiationReply.Unknown(rest[0] & 0xff, Hex.of(rest, 0, Math.min(rest.length, 64)));
        }
        if (rest.length > 8 && !(reply instanceof NegotiationReply.Unknown)) {
            odd.add(Oddity.TRAILING_BYTES);
        }
        return new ConnectionConfirm(destination, source, classOption, reply, odd);
    }
}
