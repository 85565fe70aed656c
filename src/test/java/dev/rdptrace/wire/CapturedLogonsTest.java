package dev.rdptrace.wire;

import static dev.rdptrace.wire.CapturedPdusTest.first;
import static dev.rdptrace.wire.CapturedPdusTest.pdus;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.testkit.FollowedStream;
import dev.rdptrace.wire.credssp.AuthToken;
import dev.rdptrace.wire.credssp.Kerberos;
import dev.rdptrace.wire.credssp.Mechanism;
import dev.rdptrace.wire.credssp.Ntlm;
import dev.rdptrace.wire.credssp.Spnego;
import dev.rdptrace.wire.credssp.TsRequest;
import dev.rdptrace.wire.dns.DnsMessage;
import dev.rdptrace.wire.field.NtStatus;
import dev.rdptrace.wire.field.WindowsTime;
import dev.rdptrace.wire.gateway.HttpHead;
import dev.rdptrace.wire.mcs.DomainPdu;
import dev.rdptrace.wire.security.SecurityPdu;
import dev.rdptrace.wire.udp.RdpUdpPacket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Real logons, decrypted, through the decoders of CredSSP and of the gateway.
class CapturedLogonsTest {

    private static FollowedStream decrypted(String scenario) {
        Path capture = FollowedStream.capture("lab/" + scenario + "/client.pcapng");
        return FollowedStream.decrypted(capture, FollowedStream.capture("lab/" + scenario + "/keys.log"), 0);
    }

    /// The requests a direction begins with, and how many bytes they have.
    private record Requests(List<TsRequest> all, int length) {

        static Requests of(byte[] stream) {
            List<TsRequest> requests = new ArrayList<>();
            int at = 0;
            while (at < stream.length && TsRequest.canBegin(stream[at])) {
                Decoded<TsRequest> decoded = TsRequest.decode(stream, at, stream.length - at);
                assertThat(decoded).isInstanceOf(Decoded.Complete.class);
                requests.add(decoded.orNull());
                at += ((Decoded.Complete<TsRequest>) decoded).length();
            }
            return new Requests(requests, at);
        }

        <T extends AuthToken> T token(Class<T> type) {
            return all.stream().flatMap(request -> request.find(type).stream()).findFirst().orElseThrow();
        }
    }

    @ParameterizedTest
    @CsvSource({"A08_shadow_nla_tls13", "B60_sizes_0_ok_tls13"})
    void aLogonIsReadFromNegotiateToCredentialsAndOnToTheSession(String scenario) {
        var stream = decrypted(scenario);
        var client = Requests.of(stream.fromClient());
        var server = Requests.of(stream.fromServer());

        assertThat(client.all()).allMatch(request -> request.version() == 6);
        assertThat(client.token(Ntlm.Negotiate.class).version()).isPresent();
        var challenge = server.token(Ntlm.Challenge.class);
        assertThat(challenge.targetName()).isNotEmpty();
        assertThat(challenge.target().timeNanos()).isNotEqualTo(WindowsTime.UNKNOWN);
        var authenticate = client.token(Ntlm.Authenticate.class);
        assertThat(authenticate.response()).isEqualTo(Ntlm.Response.NTLM_V2);
        assertThat(authenticate.userName()).isNotEmpty();
        assertThat(server.all().getLast().hasPubKeyAuth()).isTrue();
        assertThat(client.all().getLast().authInfo()).isTrue();

        List<Object> pdus = pdus(stream.fromClient(), client.length(), false);
        assertThat(pdus.getFirst()).isInstanceOf(DomainPdu.ConnectInitial.class);
        assertThat(first(pdus, SecurityPdu.Info.class).info().userName()).isEqualTo(authenticate.userName());
    }

    @ParameterizedTest
    @CsvSource({
            "B50_credssp_err_logon_failure_tls12, STATUS_LOGON_FAILURE",
            "B50_credssp_err_logon_failure_tls13, STATUS_LOGON_FAILURE",
            "B50_credssp_err_account_locked_out_tls12, STATUS_ACCOUNT_LOCKED_OUT",
            "B50_credssp_err_password_expired_tls12, STATUS_PASSWORD_EXPIRED",
            "B50_credssp_err_time_difference_at_dc_tls12, STATUS_TIME_DIFFERENCE_AT_DC",
    })
    void aRefusalIsNamed(String scenario, String name) {
        var server = Requests.of(decrypted(scenario).fromServer());
        NtStatus status = server.all().getLast().errorCode().orElseThrow();
        assertThat(status.name()).isEqualTo(name);
        assertThat(status.advice()).isNotEmpty();
    }

    @Test
    void aGatewayThatAsksForAuthenticationIsHeard() {
        Path capture = FollowedStream.capture("lab/E20_rdgw_http_401/client.pcapng");
        var stream = FollowedStream.decryptedAt(capture, FollowedStream.capture("lab/E20_rdgw_http_401/keys.log"), 0, 443);
        byte[] client = stream.fromClient();
        byte[] server = stream.fromServer();
        var request = (HttpHead.Request) HttpHead.decode(client, 0, client.length).orNull();
        assertThat(request.opensGateway()).isTrue();
        assertThat(request.connectionId()).isNotEmpty();
        var response = (HttpHead.Response) HttpHead.decode(server, 0, server.length).orNull();
        assertThat(response.status()).isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource({
            "zeek__rdpeudp-handshake-fail.pcap, RDPUDP_PROTOCOL_VERSION_2",
            "zeek__rdpeudp2-handshake-success.pcap, RDPUDP_PROTOCOL_VERSION_3",
    })
    void aUdpHandshakeIsToldByItsFirstDatagram(String file, String version) {
        byte[] datagram = FollowedStream.field(FollowedStream.capture("public/rdp/" + file), "udp", "udp.payload")
                .getFirst();
        assertThat(RdpUdpPacket.looksLikeSyn(datagram, 0, datagram.length)).isTrue();
        var syn = (RdpUdpPacket.Syn) RdpUdpPacket.decode(datagram, 0, datagram.length).orNull();
        assertThat(syn.versionName()).isEqualTo(version);
        assertThat(syn.upMtu()).isEqualTo(1232);
        assertThat(HexFormat.of().formatHex(syn.correlationId().toArray())).hasSize(32);
    }

    @Test
    void ticketsForTheServerAreSeenOnTheirWay() {
        var stream = FollowedStream.clear(FollowedStream.capture("public/rdp/wiki__TSRemoteGuardCreds__converted.pcap"), 15);
        byte[] client = stream.fromClient();
        byte[] server = stream.fromServer();
        var request = (Kerberos.KdcRequest) Kerberos.decodeTcp(client, 0, client.length).orNull();
        assertThat(request.tgs()).isTrue();
        assertThat(request.serverName()).startsWith("TERMSRV/");
        assertThat(request.encryptionTypes()).contains(18, 23);
        var reply = (Kerberos.KdcReply) Kerberos.decodeTcp(server, 0, server.length).orNull();
        assertThat(reply.ticket().serverName()).isEqualTo(request.serverName());
        assertThat(reply.ticket().encryptionTypeName()).startsWith("aes256");
    }

    @Test
    void spnegoOfWindowsCarriesKerberos() {
        Path capture = FollowedStream.capture("public/rdp/wiki__TSRemoteGuardCreds__converted.pcap");
        List<byte[]> tokens = FollowedStream.field(capture, "ldap.credentials", "ldap.credentials");
        assertThat(tokens).isNotEmpty().allSatisfy(token -> {
            var init = (Spnego.Init) AuthToken.decode(token, 0, token.length).orNull();
            assertThat(init.mechanisms()).extracting(Mechanism::name).contains("Kerberos", "MS-Kerberos");
            assertThat(init.inner()).containsInstanceOf(Kerberos.ApRequest.class);
        });
    }

    @Test
    void everyNameLookupIsRead() {
        Path capture = FollowedStream.capture("public/rdp/wiki__TSRemoteGuardCreds__converted.pcap");
        assertThat(FollowedStream.field(capture, "dns && udp", "udp.payload")).isNotEmpty()
                .allSatisfy(datagram -> assertThat(DnsMessage.decode(datagram, 0, datagram.length)).isInstanceOf(Decoded.Complete.class));
    }
}
