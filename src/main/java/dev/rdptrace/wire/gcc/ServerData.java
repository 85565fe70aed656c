package dev.rdptrace.wire.gcc;

import dev.rdptrace.bytes.DecodeError;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.FlagNames;
import dev.rdptrace.wire.field.Names;
import dev.rdptrace.wire.field.Octets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// [MS-RDPBCGR] 2.2.1.4.1 to 2.2.1.4.6 The server's data blocks.
///
/// Fields that the server left off the end are -1 or empty.
public sealed interface ServerData {
    int CORE = 0x0c01;
    int SECURITY = 0x0c02;
    int NETWORK = 0x0c03;
    int MESSAGE_CHANNEL = 0x0c04;
    int MULTITRANSPORT = 0x0c08;

    /// [MS-RDPBCGR] 2.2.1.4.2 TS_UD_SC_CORE.
    ///
    /// @param clientRequestedProtocols what the server believes the client asked for: a guard against downgrade
    record Core(RdpVersion version, long clientRequestedProtocols, long earlyCapabilityFlags) implements ServerData {
        private static final FlagNames EARLY = FlagNames.none()
                .and(0x01, "RNS_UD_SC_EDGE_ACTIONS_SUPPORTED_V1")
                .and(0x02, "RNS_UD_SC_DYNAMIC_DST_SUPPORTED")
                .and(0x04, "RNS_UD_SC_EDGE_ACTIONS_SUPPORTED_V2")
                .and(0x08, "RNS_UD_SC_SKIP_CHANNELJOIN_SUPPORTED");

        public List<String> earlyCapabilityNames() {
            return earlyCapabilityFlags == -1 ? List.of() : EARLY.in(earlyCapabilityFlags);
        }
    }

    /// [MS-RDPBCGR] 2.2.1.4.3 TS_UD_SC_SEC1.
    ///
    /// @param serverRandom empty when nothing will be encrypted by Standard RDP Security
    record Security(
            int encryptionMethod, int encryptionLevel, Octets serverRandom, Optional<ServerCertificate> certificate)
            implements
                ServerData {
        private static final Names LEVELS = Names.from(0, "NONE", "LOW", "CLIENT_COMPATIBLE", "HIGH", "FIPS");

        public String encryptionMethodName() {
            return EncryptionMethod.name(encryptionMethod);
        }

        public String encryptionLevelName() {
            return LEVELS.of(Integer.toUnsignedLong(encryptionLevel));
        }

        /// Whether Standard RDP Security will encrypt, so that a Security Exchange follows.
        public boolean encrypts() {
            return encryptionMethod != 0 || encryptionLevel != 0;
        }
    }

    /// [MS-RDPBCGR] 2.2.1.4.4 TS_UD_SC_NET.
    ///
    /// @param ioChannelId the MCS channel of everything but virtual channels
    /// @param channelIds in the order in which the client named its channels
    record Network(int ioChannelId, List<Integer> channelIds) implements ServerData {
        public Network {
            channelIds = List.copyOf(channelIds);
        }
    }

    /// [MS-RDPBCGR] 2.2.1.4.5 TS_UD_SC_MCS_MSGCHANNEL.
    record MessageChannel(int channelId) implements ServerData {}

    /// [MS-RDPBCGR] 2.2.1.4.6 TS_UD_SC_MULTITRANSPORT.
    record Multitransport(int flags) implements ServerData {

        public List<String> flagNames() {
            return TransportFlags.namesIn(flags);
        }
    }

    /// A block of a type this program does not know.
    ///
    /// @param length of its body in bytes
    record Unknown(int type, int length) implements ServerData {}

    /// A block that contradicts itself.
    record Damaged(int type, DecodeError fault) implements ServerData {}

    /// Reads the body of one block.
    static ServerData read(int type, Reader in) {
        return switch (type) {
            case CORE -> new Core(new RdpVersion(in.i32le("version")),
                    in.isEmpty() ? -1 : in.u32le("clientRequestedProtocols"),
                    in.isEmpty() ? -1 : in.u32le("earlyCapabilityFlags"));
            case SECURITY -> readSecurity(in);
            case NETWORK -> readNetwork(in);
            case MESSAGE_CHANNEL -> new MessageChannel(in.u16le("MCSChannelID"));
            case MULTITRANSPORT -> new Multitransport(in.i32le("flags"));
            default -> new Unknown(type, in.left());
        };
    }

    private static Security readSecurity(Reader in) {
        int method = in.i32le("encryptionMethod");
        int level = in.i32le("encryptionLevel");
        // xrdp sends the lengths as zeros where the specification wants them left out.
        if (in.isEmpty()) {
            return new Security(method, level, Octets.empty(), Optional.empty());
        }
        int randomLength = in.i32le("serverRandomLen");
        int certificateLength = in.i32le("serverCertLen");
        Octets random = Octets.of(in.bytes("serverRandom", randomLength));
        return new Security(method, level, random, certificateLength == 0
                ? Optional.empty()
                : Optional.of(ServerCertificate.read(in.sub("serverCertificate", "SERVER_CERTIFICATE", certificateLength))));
    }

    private static Network readNetwork(Reader in) {
        int ioChannelId = in.u16le("MCSChannelId");
        int count = in.u16le("channelCount");
        List<Integer> channelIds = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            channelIds.add(in.u16le("channelIdArray"));
        }
        return new Network(ioChannelId, channelIds);
    }
}
