package dev.rdptrace.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.testkit.FollowedStream;
import dev.rdptrace.wire.gcc.ClientData;
import dev.rdptrace.wire.gcc.ServerData;
import dev.rdptrace.wire.license.LicensePdu;
import dev.rdptrace.wire.mcs.DomainPdu;
import dev.rdptrace.wire.security.SecurityPdu;
import dev.rdptrace.wire.share.Capability;
import dev.rdptrace.wire.share.DataPdu;
import dev.rdptrace.wire.share.SharePdu;
import dev.rdptrace.wire.x224.Tpkt;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Real connections, from the X.224 confirm on, through all decoders.
class CapturedPdusTest {
    private static final int IO_CHANNEL = 1003;

    /// Everything a direction of a connection says, one PDU a record. With Standard RDP Security all user data has a
    /// security header; under TLS only some has.
    static List<Object> pdus(byte[] stream, int from, boolean standardSecurity) {
        List<Object> pdus = new ArrayList<>();
        int at = from;
        while (at + 4 < stream.length) {
            if (stream[at] != 3) {
                int length = Tpkt.length(stream, at, stream.length - at);
                assertThat(length).as("fast-path at byte " + at).isPositive();
                at += length;
                continue;
            }
            int length = (stream[at + 2] & 0xff) << 8 | stream[at + 3] & 0xff;
            if (at + length > stream.length) {
                break; // cut by the end of the capture
            }
            if ((stream[at + 5] & 0xff) == 0xf0) {
                addDomainPdu(pdus, stream, at + 7, length - 7, standardSecurity);
            }
            at += length;
        }
        return pdus;
    }

    private static void addDomainPdu(List<Object> pdus, byte[] stream, int offset, int length, boolean standardSecurity) {
        DomainPdu pdu = complete(DomainPdu.decode(stream, offset, length));
        switch (pdu) {
            case DomainPdu.SendDataRequest(_, int channel, int at, int size) ->
                    addUserData(pdus, channel, stream, offset + at, size, standardSecurity);
            case DomainPdu.SendDataIndication(_, int channel, int at, int size) ->
                    addUserData(pdus, channel, stream, offset + at, size, standardSecurity);
            default -> pdus.add(pdu);
        }
    }

    private static void addUserData(
            List<Object> pdus, int channel, byte[] stream, int offset, int length, boolean standardSecurity) {
        if (channel != IO_CHANNEL) {
            return; // virtual channels
        }
        int at = offset;
        int end = offset + length;
        if (standardSecurity || !SharePdu.isShare(stream, offset, length)) {
            pdus.add(complete(SecurityPdu.decode(stream, offset, length)));
            return;
        }
        while (at < end) {
            var decoded = SharePdu.decode(stream, at, end - at);
            pdus.add(complete(decoded));
            at += ((Decoded.Complete<SharePdu>) decoded).length();
        }
    }

    static <T> T complete(Decoded<T> decoded) {
        assertThat(decoded).isInstanceOf(Decoded.Complete.class);
        return decoded.orNull();
    }

    static <T> T first(List<Object> pdus, Class<T> type) {
        return pdus.stream().filter(type::isInstance).map(type::cast).findFirst()
                .orElseThrow(() -> new AssertionError("no " + type.getSimpleName() + " in " + pdus));
    }

    @ParameterizedTest
    @CsvSource({
            "public/rdp/zeek__rdp-proprietary-encryption.pcap, 1, 128BIT, 512",
            "public/rdp/wiki__RDP-002.pcap, 0, 128BIT, 512",
            "public/rdp/awakecoding__rdp-no-tls-accepted1.pcapng, 1, 128BIT, 2048",
            "lab/A04_xrdp_stdsec_high/client.pcapng, 0, 128BIT, 2048",
            "lab/A06_xrdp_stdsec_fips/client.pcapng, 0, FIPS, 2048",
            "lab/A14_rdesktop_xrdp_rdp/client.pcapng, 0, 128BIT, 2048",
    })
    void standardSecurityIsReadUpToItsEncryption(String capture, int stream, String method, int keyBits) {
        var followed = FollowedStream.clear(FollowedStream.capture(capture), stream);
        List<Object> client = pdus(followed.fromClient(), 0, true);
        List<Object> server = pdus(followed.fromServer(), 0, true);

        var initial = first(client, DomainPdu.ConnectInitial.class).conference();
        assertThat(initial.blocks()).noneMatch(ClientData.Damaged.class::isInstance);
        assertThat(initial.find(ClientData.Core.class)).isPresent();
        var response = first(server, DomainPdu.ConnectResponse.class);
        assertThat(response.result().isSuccess()).isTrue();
        assertThat(response.conference().blocks()).noneMatch(ServerData.Damaged.class::isInstance);
        var security = response.conference().find(ServerData.Security.class).orElseThrow();
        assertThat(security.encryptionMethodName()).isEqualTo(method);
        assertThat(security.serverRandom().length()).isEqualTo(32);
        assertThat(first(client, SecurityPdu.SecurityExchange.class).length()).isEqualTo(keyBits / 8 + 8);
        assertThat(first(client, SecurityPdu.Encrypted.class).header().flagNames()).contains("SEC_INFO_PKT");
        assertThat(first(server, DomainPdu.AttachUserConfirm.class).result().isSuccess()).isTrue();
    }

    @Test
    void xrdpUnderTlsIsReadToTheFontMap() {
        Path capture = FollowedStream.capture("lab/A01_xrdp_tls13/client.pcapng");
        var followed = FollowedStream.decrypted(capture, FollowedStream.capture("lab/A01_xrdp_tls13/keys.log"), 0);
        List<Object> client = pdus(followed.fromClient(), 0, false);
        List<Object> server = pdus(followed.fromServer(), 0, false);

        assertThat(first(client, DomainPdu.ConnectInitial.class).conference().find(ClientData.Core.class).orElseThrow()
                .serverSelectedProtocol()).isEqualTo(1);
        assertThat(first(client, SecurityPdu.Info.class).info().userName()).isNotEmpty();
        assertThat(server).anyMatch(pdu -> pdu instanceof SecurityPdu.License license
                && license.license() instanceof LicensePdu.ErrorAlert alert && alert.isValidClient());
        assertThat(first(server, SharePdu.DemandActive.class).capabilities()).noneMatch(Capability.Damaged.class::isInstance);
        assertThat(first(client, SharePdu.ConfirmActive.class).capabilities()).noneMatch(Capability.Damaged.class::isInstance);
        assertThat(server).anyMatch(pdu -> pdu instanceof SharePdu.Data data && data.body() instanceof DataPdu.FontMap);
    }
}
