package dev.rdptrace.wire.mcs;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Ber;
import dev.rdptrace.wire.field.Names;
import dev.rdptrace.wire.field.Octets;
import dev.rdptrace.wire.field.Whole;
import dev.rdptrace.wire.gcc.ConferenceCreate;

/// T.125 7 ConnectMCSPDU (BER) and DomainMCSPDU (PER): what an X.224 data TPDU of RDP carries.
///
/// Decoded from the bytes after TPKT and X.224 DT, all of them; [MS-RDPBCGR] 2.2.1.3 to 2.2.1.9 and 2.2.2.3.
public sealed interface DomainPdu {

    /// [MS-RDPBCGR] 2.2.1.3 Client MCS Connect Initial PDU.
    ///
    /// @param callingDomainSelector as a rule one byte, 1
    /// @param calledDomainSelector as a rule one byte, 1
    record ConnectInitial(
            Octets callingDomainSelector, Octets calledDomainSelector, boolean upward, DomainParameters target, DomainParameters minimum,
            DomainParameters maximum, ConferenceCreate.Request conference) implements DomainPdu {}

    /// [MS-RDPBCGR] 2.2.1.4 Server MCS Connect Response PDU.
    record ConnectResponse(
            McsResult result, long calledConnectId, DomainParameters parameters,
            ConferenceCreate.Response conference) implements DomainPdu {}

    /// [MS-RDPBCGR] 2.2.1.5 Client MCS Erect Domain Request PDU.
    record ErectDomainRequest(long subHeight, long subInterval) implements DomainPdu {}

    /// [MS-RDPBCGR] 2.2.1.6 Client MCS Attach User Request PDU.
    record AttachUserRequest() implements DomainPdu {}

    /// [MS-RDPBCGR] 2.2.1.7 Server MCS Attach User Confirm PDU.
    ///
    /// @param initiator the user channel given to the client, or -1 when the result gives none
    record AttachUserConfirm(McsResult result, int initiator) implements DomainPdu {}

    /// [MS-RDPBCGR] 2.2.1.8 Client MCS Channel Join Request PDU.
    record ChannelJoinRequest(int initiator, int channelId) implements DomainPdu {}

    /// [MS-RDPBCGR] 2.2.1.9 Server MCS Channel Join Confirm PDU.
    ///
    /// @param channelId the channel joined, or -1 when the result joins none
    record ChannelJoinConfirm(McsResult result, int initiator, int requested, int channelId) implements DomainPdu {}

    /// T.125 7 SendDataRequest: client to server.
    ///
    /// @param offset of the user data, in bytes from the start of this PDU
    /// @param length of the user data in bytes
    record SendDataRequest(int initiator, int channelId, int offset, int length) implements DomainPdu {}

    /// T.125 7 SendDataIndication: server to client.
    ///
    /// @param offset of the user data, in bytes from the start of this PDU
    /// @param length of the user data in bytes
    record SendDataIndication(int initiator, int channelId, int offset, int length) implements DomainPdu {}

    /// [MS-RDPBCGR] 2.2.2.3 MCS Disconnect Provider Ultimatum PDU.
    record DisconnectProviderUltimatum(DisconnectReason reason) implements DomainPdu {}

    /// A PDU of T.125 that RDP does not use. Not decoded further.
    record Other(int choice) implements DomainPdu {
        private static final Names NAMES = Names.from(0,
                "plumbDomainIndication", "erectDomainRequest", "mergeChannelsRequest", "mergeChannelsConfirm",
                "purgeChannelsIndication", "mergeTokensRequest", "mergeTokensConfirm", "purgeTokensIndication",
                "disconnectProviderUltimatum", "rejectMCSPDUUltimatum", "attachUserRequest", "attachUserConfirm",
                "detachUserRequest", "detachUserIndication", "channelJoinRequest", "channelJoinConfirm",
                "channelLeaveRequest", "channelConveneRequest", "channelConveneConfirm", "channelDisbandRequest",
                "channelDisbandIndication", "channelAdmitRequest", "channelAdmitIndication", "channelExpelRequest",
                "channelExpelIndication", "sendDataRequest", "sendDataIndication", "uniformSendDataRequest",
                "uniformSendDataIndication", "tokenGrabRequest", "tokenGrabConfirm", "tokenInhibitRequest",
                "tokenInhibitConfirm", "tokenGiveRequest", "tokenGiveIndication", "tokenGiveResponse",
                "tokenGiveConfirm", "tokenPleaseRequest", "tokenPleaseIndication", "tokenReleaseRequest",
                "tokenReleaseConfirm", "tokenTestRequest", "tokenTestConfirm");

        public String name() {
            return NAMES.of(choice);
        }
    }

    /// Decodes one PDU that fills `bytes[offset, offset + length)`.
    static Decoded<DomainPdu> decode(byte[] bytes, int offset, int length) {
        return Whole.decode(bytes, offset, length, "MCS", DomainPdu::read);
    }

    private static DomainPdu read(Reader in) {
        int first = in.u8("choice");
        if (first == 0x7f) {
            return readConnect(in, in.u8("choice"));
        }
        return switch (first >> 2) {
            case 1 -> new ErectDomainRequest(perInteger(in, "subHeight"), perInteger(in, "subInterval"));
            case 8 -> new DisconnectProviderUltimatum(
                    new DisconnectReason((first & 3) << 1 | in.u8("reason") >> 7));
            case 10 -> new AttachUserRequest();
            case 11 -> {
                McsResult result = result(first, in.u8("result"));
                yield new AttachUserConfirm(result, (first & 2) != 0 ? userId(in, "initiator") : -1);
            }
            case 14 -> new ChannelJoinRequest(userId(in, "initiator"), in.u16("channelId"));
            case 15 -> {
                McsResult result = result(first, in.u8("result"));
                yield new ChannelJoinConfirm(result, userId(in, "initiator"), in.u16("requested"),
                        (first & 2) != 0 ? in.u16("channelId") : -1);
            }
            case 25 -> {
                int initiator = userId(in, "initiator");
                int channelId = in.u16("channelId");
                int length = userDataLength(in);
                yield new SendDataRequest(initiator, channelId, in.offset() - length, length);
            }
            case 26 -> {
                int initiator = userId(in, "initiator");
                int channelId = in.u16("channelId");
                int length = userDataLength(in);
                yield new SendDataIndication(initiator, channelId, in.offset() - length, length);
            }
            default -> new Other(first >> 2);
        };
    }

    private static DomainPdu readConnect(Reader in, int tag) {
        return switch (tag) {
            case 0x65 -> {
                Reader body = in.sub("length", "Connect-Initial", Ber.length(in, "length"));
                Octets calling = Octets.of(Ber.octets(body, "callingDomainSelector"));
                Octets called = Octets.of(Ber.octets(body, "calledDomainSelector"));
                boolean upward = Ber.unsigned(body, Ber.BOOLEAN, "upwardFlag") != 0;
                yield new ConnectInitial(calling, called, upward,
                        DomainParameters.read("targetParameters", body),
                        DomainParameters.read("minimumParameters", body),
                        DomainParameters.read("maximumParameters", body),
                        ConferenceCreate.readRequest(Ber.open(body, Ber.OCTET_STRING, "userData", "GCC")));
            }
            case 0x66 -> {
                Reader body = in.sub("length", "Connect-Response", Ber.length(in, "length"));
                McsResult result = new McsResult((int) Ber.unsigned(body, Ber.ENUMERATED, "result"));
                long calledConnectId = Ber.unsigned(body, Ber.INTEGER, "calledConnectId");
                DomainParameters parameters = DomainParameters.read("domainParameters", body);
                Reader userData = Ber.open(body, Ber.OCTET_STRING, "userData", "GCC");
                // A server that refuses has nothing to say about the conference.
                yield new ConnectResponse(result, calledConnectId, parameters,
                        userData.isEmpty() && !result.isSuccess()
                                ? ConferenceCreate.Response.none()
                                : ConferenceCreate.readResponse(userData));
            }
            default -> throw in.reject("choice", "is tag 0x7F " + Hex.code(tag) + ", neither Connect-Initial nor Connect-Response");
        };
    }

    /// PER: four bits that begin with the last bit of the first octet.
    private static McsResult result(int first, int second) {
        return new McsResult((first & 1) << 3 | second >> 5);
    }

    /// PER: UserId is an integer from 1001 on.
    private static int userId(Reader in, String field) {
        return 1001 + in.u16(field);
    }

    /// PER: an unconstrained integer is a length octet and that many octets. rdesktop writes two plain 16-bit ones
    /// instead, which reads as no octets and is understood everywhere.
    private static long perInteger(Reader in, String field) {
        int octets = in.u8(field);
        if (octets > 4) {
            throw in.reject(field, "is an integer of " + octets + " octets");
        }
        long value = 0;
        for (int i = 0; i < octets; i++) {
            value = value << 8 | in.u8(field);
        }
        return value;
    }

    /// Moves past priority, segmentation and the user data itself.
    private static int userDataLength(Reader in) {
        in.u8("dataPriority");
        int length = in.u8("userData");
        if (length >= 0xc0) {
            throw in.reject("userData", "is in fragments, which RDP does not use");
        }
        if (length >= 0x80) {
            length = (length & 0x3f) << 8 | in.u8("userData");
        }
        in.skip("userData", length);
        return length;
    }
}
