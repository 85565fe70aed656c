package dev.rdptrace.wire.x224;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.wire.x224.FirstBytes.Kind;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FirstBytesTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            RDP_REQUEST   | 03 00 0013 0e e0 0000 0000 00 01 00 0800 03000000
            RDP_CONFIRM   | 03 00 0013 0e d0 0000 1234 00 02 1f 0800 02000000
            TPKT_OTHER    | 03 00 0009 02 f0 80 7f65
            PRECONNECTION | 10000000 00000000 01000000 0f000000
            PRECONNECTION | 1a000000 00000000 02000000 00000000 0400 41004200 43004400
            PRECONNECTION | 5c000000 00000000 02000000
            TLS           | 16 03 01 00c8 01 0000c4 0303
            TLS           | 15 03 03 0002 02 28
            SSLV2         | 80 2e 01 0002 0015 0000 0010
            SSLV2         | 80 67 01 0301 004e 0000 0010
            PROXY_V2      | 0d0a0d0a000d0a515549540a 21 11 000c
            SOCKS5        | 05 01 00
            SOCKS5        | 05 02 00 02
            SOCKS5        | 05 03 00 01 02 05 01 00 01 c0000201 0d3d
            KERBEROS      | 00 00 00ce 6a 81 cb 30
            SOCKS4        | 04 01 0d3d c0000201 00
            SMB           | 00 00 0054 ff 534d42 72 00
            SMB           | 00 00 00a4 fe 534d42 40 00
            MYSQL         | 06 00 00 00 0a 38 2e 30 2e 00
            POSTGRESQL    | 00000008 04d2162f
            MSSQL         | 12 01 002f 0000 01 00 00001a0006
            LDAP          | 30 0c 02 01 01 60 07 02 01 03 04 00 80 00
            LDAP          | 30 84 00000010 02 01 01 63 00 00 00
            CREDSSP       | 30 37 a0 03 02 01 06 a1 30 30
            DCERPC        | 05 00 0b 03 10000000 4800 0000
            X11           | 6c 00 0b00 0000 0000 0000 0000
            TELNET        | ff fd 18 ff fd 20
            ICA           | 7f 7f 49 43 41 00
            UNKNOWN       | 10000000 00000000 02000000 0f000000
            UNKNOWN       | 12000000 00000000 01000000 00000000 0000
            UNKNOWN       | 10000000 01000000 01000000 0f000000
            UNKNOWN       | de ad be ef 00 11 22 33 44 55 66 77 88 99 aa bb
            """)
    void binaryOpenings(Kind kind, String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        assertThat(FirstBytes.atEnd(bytes, 0, bytes.length).kind()).isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            HTTP_REQUEST  | GET / HTTP/1.1
            HTTP_REQUEST  | CONNECT host:3389 HTTP/1.1
            HTTP_RESPONSE | HTTP/1.1 400 Bad Request
            HTTP_RESPONSE | HTTP/1.0 200 OK
            RD_GATEWAY    | RDG_OUT_DATA /remoteDesktopGateway/ HTTP/1.1
            RD_GATEWAY    | RPC_IN_DATA /rpc/rpcproxy.dll?localhost:3388 HTTP/1.1
            HTTP2         | PRI * HTTP/2.0
            SSH           | SSH-2.0-OpenSSH_9.2
            VNC           | RFB 003.008
            PROXY_V1      | PROXY TCP4 192.0.2.1 192.0.2.2 40000 3389
            SMTP          | 220 mail.example ESMTP
            FTP           | 220 (vsFTPd 3.0.3)
            SMTP          | EHLO host
            POP3          | +OK ready
            IMAP          | * OK IMAP4rev1
            REDIS         | -NOAUTH Authentication required.
            SIP           | OPTIONS sip:nm SIP/2.0
            RTSP          | OPTIONS rtsp://host RTSP/1.0
            UNKNOWN       | Hello, is anybody there?
            """)
    void textOpenings(Kind kind, String text) {
        byte[] bytes = (text + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        FirstBytes first = FirstBytes.of(bytes, 0, bytes.length).orNull();
        assertThat(first.kind()).isEqualTo(kind);
        assertThat(first.excerpt()).startsWith(text.substring(0, 8));
    }

    @Test
    void anUndecidedOpeningWaits() {
        assertThat(of("03")).isNull();
        assertThat(of("0300001302")).isNull();
        assertThat(of("16")).isNull();
        assertThat(of("1603")).isNull();
        assertThat(of("160301")).isEqualTo(Kind.TLS);
        assertThat(of("474554")).isNull(); // GET, but no space yet
        assertThat(of("")).isNull();
        assertThat(of("ab")).isNull();
        assertThat(of("7a7a")).isEqualTo(Kind.UNKNOWN);
    }

    private static Kind of(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        return FirstBytes.of(bytes, 0, bytes.length) instanceof Decoded.Complete<FirstBytes>(var first, _) ? first.kind() : null;
    }

    @Test
    void everyOpeningIsDecidedAfterSixteenBytes() {
        SplittableRandom random = new SplittableRandom(2);
        byte[] bytes = new byte[20];
        for (int i = 0; i < 30_000; i++) {
            for (int n = 0; n < bytes.length; n++) {
                bytes[n] = (byte) (random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(6));
            }
            assertThat(FirstBytes.of(bytes, 0, bytes.length) instanceof Decoded.Complete).isTrue();
            for (int length = 0; length <= bytes.length; length++) {
                FirstBytes.of(bytes, 0, length);
                FirstBytes.couldBeConnectionRequest(bytes, 0, length);
            }
        }
    }

    @Test
    void cheapTestFindsRequestsOnly() {
        byte[] request = HexFormat.of().parseHex("030000130ee00000000000010008000b000000");
        assertThat(FirstBytes.couldBeConnectionRequest(request, 0, request.length)).isTrue();
        assertThat(FirstBytes.couldBeConnectionRequest(request, 0, 6)).isFalse();
        byte[] confirm = HexFormat.of().parseHex("030000130ed000001234000200080003000000");
        assertThat(FirstBytes.couldBeConnectionRequest(confirm, 0, confirm.length)).isFalse();
    }
}
