package dev.rdptrace.wire.share;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Identifies;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Names;
import dev.rdptrace.wire.field.Text;
import dev.rdptrace.wire.field.Whole;
import java.util.ArrayList;
import java.util.List;

/// [MS-RDPBCGR] 2.2.8.1.1.1.1 TS_SHARECONTROLHEADER and what follows it.
///
/// Decoded from the user data of an MCS Send Data PDU, or from what follows its security header. Several may stand one
/// behind the other: the decoded length leads to the next.
public sealed interface SharePdu {

    /// [MS-RDPBCGR] 2.2.1.13.1.1 TS_DEMAND_ACTIVE_PDU.
    ///
    /// @param sessionId -1 when it is left off
    record DemandActive(int source, int shareId, @Identifies(Identity.WORD) String sourceDescriptor, List<Capability> capabilities,
            long sessionId)
            implements
                SharePdu {
        public DemandActive {
            capabilities = List.copyOf(capabilities);
        }
    }

    /// [MS-RDPBCGR] 2.2.1.13.2.1 TS_CONFIRM_ACTIVE_PDU.
    record ConfirmActive(
            int source, int shareId, int originatorId, @Identifies(Identity.WORD) String sourceDescriptor,
            List<Capability> capabilities)
            implements
                SharePdu {
        public ConfirmActive {
            capabilities = List.copyOf(capabilities);
        }
    }

    /// [MS-RDPBCGR] 2.2.3.1.1 TS_DEACTIVATE_ALL_PDU.
    record DeactivateAll(int source) implements SharePdu {}

    /// [MS-RDPBCGR] 2.2.13.3.1 Enhanced Security Server Redirection PDU.
    record ServerRedirection(int source, Redirection redirection) implements SharePdu {}

    /// [MS-RDPBCGR] 2.2.8.1.1.1.2 TS_SHAREDATAHEADER and its PDU.
    ///
    /// @param compressedType flags and package of bulk compression; the data is not expanded
    record Data(
            int source, int shareId, int streamId, int uncompressedLength, int type2, int compressedType,
            int compressedLength, DataPdu body)
            implements
                SharePdu {
        public String type2Name() {
            return DataPdu.TYPES.of(type2);
        }
    }

    /// T.128 8.5 flow control, which has 0x8000 for a length and is ignored by everybody.
    record Flow() implements SharePdu {}

    /// A type this program does not know.
    ///
    /// @param length of its body in bytes
    record Unknown(int source, int type, int length) implements SharePdu {}

    /// compressedType: the data is compressed.
    int PACKET_COMPRESSED = 0x20;

    /// PDU types, the low four bits of pduType.
    Names TYPES = Names.none().and(1, "PDUTYPE_DEMANDACTIVEPDU").and(3, "PDUTYPE_CONFIRMACTIVEPDU")
            .and(6, "PDUTYPE_DEACTIVATEALLPDU").and(7, "PDUTYPE_DATAPDU").and(10, "PDUTYPE_SERVER_REDIR_PKT");

    /// Whether user data begins with a share control header rather than with a security header: its length is right and
    /// its type is one of five. Needed only under TLS, where some PDUs have a security header and some do not.
    static boolean isShare(byte[] bytes, int offset, int length) {
        if (length < 6) {
            return false;
        }
        int totalLength = bytes[offset] & 0xff | (bytes[offset + 1] & 0xff) << 8;
        int pduType = bytes[offset + 2] & 0xff | (bytes[offset + 3] & 0xff) << 8;
        boolean knownVersion = pduType >> 4 == 1 || pduType == 0x0a;
        return 6 <= totalLength && totalLength <= length && knownVersion && TYPES.knows(pduType & 0xf);
    }

    /// Decodes the first PDU of `bytes[offset, offset + length)`, which holds all of it.
    static Decoded<SharePdu> decode(byte[] bytes, int offset, int length) {
        return Whole.decode(bytes, offset, length, "TS_SHARECONTROLHEADER", SharePdu::read);
    }

    /// Reads one PDU, share control header first.
    static SharePdu read(Reader in) {
        int totalLength = in.u16le("totalLength");
        if (totalLength == 0x8000) {
            in.skip("flow", in.left());
            return new Flow();
        }
        int type = in.u16le("pduType") & 0xf;
        if (type == 6 && totalLength == 4) {
            // Old servers end the deactivation before the source.
            return new DeactivateAll(-1);
        }
        int source = in.u16le("pduSource");
        Reader body = in.sub("totalLength", TYPES.of(type), totalLength - 6);
        return switch (type) {
            case 1 -> readDemand(source, body);
            case 3 -> readConfirm(source, body);
            case 6 -> new DeactivateAll(source);
            case 7 -> readData(source, body);
            case 10 -> {
                body.u16le("pad2Octets");
                yield new ServerRedirection(source, Redirection.read(body));
            }
            default -> new Unknown(source, type, body.left());
        };
    }

    private static DemandActive readDemand(int source, Reader in) {
        int shareId = in.i32le("shareID");
        int descriptorLength = in.u16le("lengthSourceDescriptor");
        int capabilitiesLength = in.u16le("lengthCombinedCapabilities");
        String descriptor = Text.ansi(in.bytes("sourceDescriptor", descriptorLength));
        List<Capability> capabilities = readCapabilities(in.sub("capabilitySets", "TS_CAPS_SET", capabilitiesLength));
        return new DemandActive(source, shareId, descriptor, capabilities, in.left() < 4 ? -1 : in.u32le("sessionId"));
    }

    private static ConfirmActive readConfirm(int source, Reader in) {
        int shareId = in.i32le("shareID");
        int originatorId = in.u16le("originatorID");
        int descriptorLength = in.u16le("lengthSourceDescriptor");
        int capabilitiesLength = in.u16le("lengthCombinedCapabilities");
        String descriptor = Text.ansi(in.bytes("sourceDescriptor", descriptorLength));
        return new ConfirmActive(source, shareId, originatorId, descriptor,
                readCapabilities(in.sub("capabilitySets", "TS_CAPS_SET", capabilitiesLength)));
    }

    private static List<Capability> readCapabilities(Reader in) {
        int count = in.u16le("numberCapabilities");
        in.u16le("pad2Octets");
        List<Capability> capabilities = new ArrayList<>();
        for (int i = 0; i < count && !in.isEmpty(); i++) {
            capabilities.add(Capability.read(in));
        }
        return capabilities;
    }

    private static Data readData(int source, Reader in) {
        int shareId = in.i32le("shareID");
        in.u8("pad1");
        int streamId = in.u8("streamID");
        int uncompressedLength = in.u16le("uncompressedLength");
        int type2 = in.u8("pduType2");
        int compressedType = in.u8("compressedType");
        int compressedLength = in.u16le("compressedLength");
        DataPdu body = (compressedType & PACKET_COMPRESSED) != 0
                ? new DataPdu.Compressed(type2, in.left())
                : DataPdu.read(type2, in);
        return new Data(source, shareId, streamId, uncompressedLength, type2, compressedType, compressedLength, body);
    }
}
