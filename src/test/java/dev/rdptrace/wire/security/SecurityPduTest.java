package dev.rdptrace.wire.security;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.testkit.AnnotatedMessages;
import dev.rdptrace.testkit.Totality;
import dev.rdptrace.wire.license.LicensePdu;
import dev.rdptrace.wire.share.DataPdu;
import dev.rdptrace.wire.share.SharePdu;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class SecurityPduTest {
    private static final String CLIENT_INFO = "4000 0000 # SEC_INFO_PKT\n" + AnnotatedMessages.CLIENT_INFO;
    private static final String VALID_CLIENT = """
            8000 0000              # SEC_LICENSE_PKT
            ff 03 1000             # ERROR_ALERT, version 3.0, 16 bytes
            07000000 02000000      # STATUS_VALID_CLIENT, ST_NO_TRANSITION
            0400 0000              # empty error blob
            """;
    private static final String LICENSE_REQUEST = """
            8000 0000 01 03 8000                                   # LICENSE_REQUEST, 128 bytes
            0000000000000000000000000000000000000000000000000000000000000000  # ServerRandom
            00000600                                               # version 6.0
            06000000 4d0053000000                                  # MS
            08000000 4100300032000000                              # A02
            0d00 0400 01000000                                     # RSA
            0300 1000 00000000000000000000000000000000             # certificate
            01000000 0e00 0e00 6d6963726f736f66742e636f6d00        # microsoft.com
            """;

    private static SecurityPdu decoded(String hex) {
        byte[] bytes = bytes(hex);
        Decoded<SecurityPdu> decoded = SecurityPdu.decode(bytes, 0, bytes.length);
        assertThat(decoded).isInstanceOf(Decoded.Complete.class);
        return decoded.orNull();
    }

    @Test
    void clientInfoReadsAsAnnotated() {
        ClientInfo info = ((SecurityPdu.Info) decoded(CLIENT_INFO)).info();

        assertThat(info.domain()).isEqualTo("NTDEV");
        assertThat(info.userName()).isEqualTo("eltons");
        assertThat(info.alternateShell()).isEmpty();
        assertThat(info.clientAddressFamily()).isEqualTo(2);
        assertThat(info.clientAddress()).isEqualTo("157.59.242.156");
        assertThat(info.clientDir()).isEqualTo("C:\\depots\\w2k3_1\\termsrv\\newclient\\lib\\win32\\obj\\i386\\mstscax.dll");
        assertThat(info.biasMinutes()).isEqualTo(480);
        assertThat(info.timeZoneName()).isEqualTo("Pacific Standard Time");
        assertThat(info.performanceFlags()).isEqualTo(1);
        assertThat(info.performanceFlagNames()).containsExactly("PERF_DISABLE_WALLPAPER");
        assertThat(info.autoReconnectCookie()).isFalse();
        assertThat(info.flagNames()).containsExactly("INFO_MOUSE", "INFO_DISABLECTRLALTDEL", "INFO_UNICODE",
                "INFO_MAXIMIZESHELL", "INFO_COMPRESSION", "INFO_ENABLEWINDOWSKEY", "INFO_FORCE_ENCRYPTED_CS_PDU");
    }

    @Test
    void noTraceOfThePasswordIsKept() {
        String password = HexFormat.of().formatHex("Secret-12".getBytes(StandardCharsets.UTF_16LE));
        ClientInfo info = ((SecurityPdu.Info) decoded("""
                4000 0000                          # SEC_INFO_PKT
                00000000 10000000                  # code page, INFO_UNICODE
                0000 0200 1200 0000 0000           # the password has 18 bytes
                0000  6100 0000 %s 0000 0000 0000
                """.formatted(password))).info();
        assertThat(info.userName()).isEqualTo("a");
        assertThat(info.toString()).doesNotContain("Secret", "18");
    }

    @Test
    void validClientEndsLicensing() {
        var license = ((SecurityPdu.License) decoded(VALID_CLIENT)).license();
        assertThat(license).isEqualTo(new LicensePdu.ErrorAlert(3, 7, 2));
        assertThat(((LicensePdu.ErrorAlert) license).isValidClient()).isTrue();
        assertThat(((LicensePdu.ErrorAlert) license).errorName()).isEqualTo("STATUS_VALID_CLIENT");
        assertThat(new LicensePdu.ErrorAlert(3, 6, 1).errorName()).isEqualTo("ERR_NO_LICENSE_SERVER");
        assertThat(new LicensePdu.ErrorAlert(3, 6, 1).stateTransitionName()).isEqualTo("ST_TOTAL_ABORT");
    }

    @Test
    void licenseRequestNamesProductAndIssuer() {
        String hex = LICENSE_REQUEST;
        int length = bytes(hex).length - 4;
        var request = (LicensePdu.LicenseRequest) ((SecurityPdu.License) decoded(
                hex.replace("8000                                   #", "%02x00 #".formatted(length)))).license();
        assertThat(request).isEqualTo(new LicensePdu.LicenseRequest(3, 0x60000, "MS", "A02", List.of(1), 16,
                List.of("microsoft.com")));
    }

    @Test
    void securityExchangeTellsTheKeySize() {
        var exchange = (SecurityPdu.SecurityExchange) decoded("0102 0000 48000000 " + "00".repeat(72));
        assertThat(exchange.length()).isEqualTo(72);
        assertThat(exchange.header().flagNames()).containsExactly("SEC_EXCHANGE_PKT", "SEC_LICENSE_ENCRYPT");
    }

    @Test
    void encryptedPdusAreOnlyCounted() {
        assertThat(decoded("4800 0000 1122334455667788 aabb"))
                .isEqualTo(new SecurityPdu.Encrypted(new SecurityHeader(0x48, 0), 10));
        assertThat(decoded("000c 0000 58dd3fe5f3de8026 c0d6"))
                .isEqualTo(new SecurityPdu.Encrypted(new SecurityHeader(0x0c00, 0), 10));
    }

    @Test
    void messageChannelPdusAreToldApart() {
        assertThat(decoded("0010 0000 06 00 0100 0110")).isInstanceOfSatisfying(SecurityPdu.AutoDetectRequest.class,
                pdu -> assertThat(pdu.request().typeName()).isEqualTo("RTT Measure Request (connect time)"));
        assertThat(decoded("0020 0000 0e 01 0100 1800 10270000 14000000"))
                .isInstanceOfSatisfying(SecurityPdu.AutoDetectResponse.class, pdu -> {
                    assertThat(pdu.response().bandwidthKbps()).isEqualTo(10000);
                    assertThat(pdu.response().averageRttMillis()).isEqualTo(20);
                });
        assertThat(decoded("0200 0000 07000000 0200 0000 000102030405060708090a0b0c0d0e0f"))
                .isInstanceOfSatisfying(SecurityPdu.InitiateMultitransportRequest.class, pdu -> {
                    assertThat(pdu.requestId()).isEqualTo(7);
                    assertThat(pdu.requestedProtocolName()).isEqualTo("UDPFECL");
                    assertThat(pdu.securityCookie().length()).isEqualTo(16);
                });
        assertThat(decoded("0400 0000 07000000 04400080"))
                .isInstanceOfSatisfying(SecurityPdu.InitiateMultitransportResponse.class,
                        pdu -> assertThat(pdu.hrResponse()).isEqualTo(SecurityPdu.InitiateMultitransportResponse.E_ABORT));
        assertThat(decoded("0040 0000 00 05 02 03"))
                .isEqualTo(new SecurityPdu.Heartbeat(new SecurityHeader(0x4000, 0), 5, 2, 3));
    }

    @Test
    void aHeaderThatSaysNothingHidesASharePdu() {
        // encryption level LOW: the server's side is clear
        var clear = (SecurityPdu.Clear) decoded("""
                0000 0000
                1600 1700 ea03 ea030100 00 01 0800 1f 00 0000   # share data header, Synchronize
                0100 ef03
                """);
        assertThat(((SharePdu.Data) clear.pdu()).body()).isEqualTo(new DataPdu.Synchronize(1, 1007));
    }

    @Test
    void everyPrefixAndEveryMutationIsAnswered() {
        for (String hex : List.of(CLIENT_INFO, VALID_CLIENT, "0010 0000 06 00 0100 0110",
                "0020 0000 0e 01 0100 1800 10270000 14000000", "0004 0000 " + AnnotatedMessages.REDIRECTION
                        .lines().skip(2).reduce("", (a, b) -> a + b + "\n"))) {
            Totality.holds(bytes(hex), SecurityPdu::decode);
        }
    }
}
