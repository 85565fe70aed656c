package dev.rdptrace.wire.mcs;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.testkit.AnnotatedMessages;
import dev.rdptrace.testkit.Totality;
import dev.rdptrace.wire.gcc.ClientData;
import dev.rdptrace.wire.gcc.ServerCertificate;
import dev.rdptrace.wire.gcc.ServerData;
import java.util.List;
import org.junit.jupiter.api.Test;

class DomainPduTest {

    private static DomainPdu decoded(String hex) {
        byte[] bytes = bytes(hex);
        Decoded<DomainPdu> decoded = DomainPdu.decode(bytes, 0, bytes.length);
        assertThat(decoded).isInstanceOf(Decoded.Complete.class);
        return decoded.orNull();
    }

    @Test
    void connectInitialCarriesTheClientsBlocks() {
        var initial = (DomainPdu.ConnectInitial) decoded(AnnotatedMessages.CONNECT_INITIAL);

        assertThat(initial.target()).isEqualTo(new DomainParameters(34, 2, 0, 1, 0, 1, 0xffff, 2));
        assertThat(initial.minimum().maxMcsPduSize()).isEqualTo(0x420);
        assertThat(initial.conference().blocks()).hasSize(4);
        var core = initial.conference().find(ClientData.Core.class).orElseThrow();
        assertThat(core.version().name()).isEqualTo("RDP 5.0 to 8.1");
        assertThat(core.desktopWidth()).isEqualTo(1280);
        assertThat(core.desktopHeight()).isEqualTo(1024);
        assertThat(core.clientName()).isEqualTo("ELTONS-DEV2");
        assertThat(core.clientBuild()).isEqualTo(3790);
        assertThat(core.clientDigProductId()).isEqualTo("69712-783-0357974-42714");
        assertThat(core.earlyCapabilityNames()).containsExactly("RNS_UD_CS_SUPPORT_ERRINFO_PDU");
        assertThat(core.serverSelectedProtocol()).isZero();
        assertThat(core.desktopPhysicalWidth()).isEqualTo(-1);
        assertThat(core.deviceScaleFactor()).isEqualTo(-1);
        assertThat(initial.conference().find(ClientData.Network.class).orElseThrow().channels())
                .extracting(ClientData.Channel::name).containsExactly("rdpdr", "cliprdr", "rdpsnd");
        assertThat(initial.conference().find(ClientData.Cluster.class).orElseThrow().flags()).isEqualTo(0x0d);
        assertThat(initial.conference().find(ClientData.Security.class).orElseThrow().encryptionMethodNames())
                .containsExactly("40BIT", "128BIT", "56BIT", "FIPS");
    }

    @Test
    void connectResponseCarriesTheServersBlocksAlthoughItsLengthIsWrong() {
        var response = (DomainPdu.ConnectResponse) decoded(AnnotatedMessages.CONNECT_RESPONSE);

        assertThat(response.result().name()).isEqualTo("rt-successful");
        assertThat(response.conference().nodeId()).isEqualTo(31219);
        assertThat(response.conference().resultName()).isEqualTo("success");
        var network = response.conference().find(ServerData.Network.class).orElseThrow();
        assertThat(network.ioChannelId()).isEqualTo(1003);
        assertThat(network.channelIds()).containsExactly(1004, 1005, 1006);
        var security = response.conference().find(ServerData.Security.class).orElseThrow();
        assertThat(security.encryptionMethodName()).isEqualTo("128BIT");
        assertThat(security.encryptionLevelName()).isEqualTo("CLIENT_COMPATIBLE");
        assertThat(security.serverRandom().length()).isEqualTo(32);
        var certificate = (ServerCertificate.Proprietary) security.certificate().orElseThrow();
        assertThat(certificate.keyBits()).isEqualTo(512);
        assertThat(certificate.publicExponent()).isEqualTo(65537);
        assertThat(certificate.signed()).isTrue();
        assertThat(certificate.temporary()).isFalse();
    }

    @Test
    void shortPdusReadAsTheyAreAnnotated() {
        assertThat(decoded("04 01 00 01 00")).isEqualTo(new DomainPdu.ErectDomainRequest(0, 0));
        assertThat(decoded("04 0001 0001")).isEqualTo(new DomainPdu.ErectDomainRequest(0, 0)); // rdesktop
        assertThat(decoded("28")).isEqualTo(new DomainPdu.AttachUserRequest());
        assertThat(decoded("2e 00 0006")).isEqualTo(new DomainPdu.AttachUserConfirm(new McsResult(0), 1007));
        assertThat(decoded("38 0006 03ef")).isEqualTo(new DomainPdu.ChannelJoinRequest(1007, 1007));
        assertThat(decoded("3e 00 0006 03ef 03ef"))
                .isEqualTo(new DomainPdu.ChannelJoinConfirm(new McsResult(0), 1007, 1007, 1007));
        assertThat(decoded("21 80")).isEqualTo(new DomainPdu.DisconnectProviderUltimatum(new DisconnectReason(3)));
        assertThat(decoded("20 80")).isEqualTo(new DomainPdu.DisconnectProviderUltimatum(new DisconnectReason(1)));
        assertThat(new DisconnectReason(3).name()).isEqualTo("rn-user-requested");
    }

    @Test
    void resultStraddlesTwoOctets() {
        // 0010 1101 1100 0000: attach user confirm, no initiator, result 1110
        assertThat(decoded("2d c0")).isEqualTo(new DomainPdu.AttachUserConfirm(new McsResult(14), -1));
        // 0011 1101 1100 0000: channel join confirm, no channel, result 1110
        assertThat(decoded("3d c0 0006 03ec"))
                .isEqualTo(new DomainPdu.ChannelJoinConfirm(new McsResult(14), 1007, 1004, -1));
        assertThat(new McsResult(14).name()).isEqualTo("rt-unspecified-failure");
        assertThat(new McsResult(15).name()).isEqualTo("rt-user-rejected");
    }

    @Test
    void userDataIsPointedAt() {
        assertThat(decoded("64 0006 03eb 70 03 aabbcc")).isEqualTo(new DomainPdu.SendDataRequest(1007, 1003, 7, 3));
        assertThat(decoded("68 0001 03eb 70 80 03 aabbcc")).isEqualTo(new DomainPdu.SendDataIndication(1002, 1003, 8, 3));
    }

    @Test
    void aRefusalMayLeaveTheConferenceOut() {
        String refused = """
                7f66 24                                      # Connect-Response of 36 bytes
                0a 01 0e                                     # rt-unspecified-failure
                02 01 00                                     # calledConnectId
                30 1a 020122 020103 020100 020101 020100 020101 020300fff8 020102
                04 00                                        # no user data
                """;
        var response = (DomainPdu.ConnectResponse) decoded(refused);
        assertThat(response.result().code()).isEqualTo(14);
        assertThat(response.conference().blocks()).isEmpty();
    }

    @Test
    void anUnknownPduKeepsItsNumber() {
        assertThat(decoded("30 0006")).isEqualTo(new DomainPdu.Other(12));
        assertThat(new DomainPdu.Other(12).name()).isEqualTo("detachUserRequest");
        assertThat(new DomainPdu.Other(60).name()).isEqualTo("0x3C");
    }

    @Test
    void aBlockThatContradictsItselfDoesNotSpoilTheOthers() {
        byte[] bytes = bytes(AnnotatedMessages.CONNECT_INITIAL);
        // channelCount of the last block: 3 becomes 9
        int channelCount = bytes.length - 3 * 12 - 4;
        assertThat(bytes[channelCount]).isEqualTo((byte) 3);
        bytes[channelCount] = 9;
        var initial = (DomainPdu.ConnectInitial) DomainPdu.decode(bytes, 0, bytes.length).orNull();
        assertThat(initial.conference().blocks()).hasSize(4);
        assertThat(initial.conference().find(ClientData.Core.class)).isPresent();
        var damaged = initial.conference().find(ClientData.Damaged.class).orElseThrow();
        assertThat(damaged.type()).isEqualTo(ClientData.NETWORK);
        assertThat(damaged.fault().toString()).contains("channelCount", "is 9");
    }

    @Test
    void everyPrefixAndEveryMutationIsAnswered() {
        for (String hex : List.of(AnnotatedMessages.CONNECT_INITIAL, AnnotatedMessages.CONNECT_RESPONSE, "2e 00 0006",
                "3e 00 0006 03ef 03ef", "64 0006 03eb 70 03 aabbcc", "21 80", "04 01 00 01 00")) {
            Totality.holds(bytes(hex), DomainPdu::decode);
        }
    }
}
