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

class PrefaceTest {
    private static final String REQUEST = "030000130ee00000000000010008000b000000";

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            PROXY_V2 | true  | 0d0a0d0a000d0a515549540a 21 11 000c c0000201 c0000202 9c40 0d3d
            SOCKS4   | true  | 04 01 0d3d c0000201 7500
            SOCKS4   | true  | 04 01 0d3d 00000001 00 686f737400
            SOCKS4   | false | 00 5a 0d3d c0000201
            SOCKS5   | true  | 05 01 00 05 01 00 01 c0000201 0d3d
            SOCKS5   | true  | 05 02 00 02 01 01 75 02 7077 05 01 00 03 04 686f7374 0d3d
            SOCKS5   | false | 05 00 05 00 00 01 00000000 0000
            SOCKS5   | false | 05 02 01 00 05 00 00 04 00000000000000000000000000000000 0000
            """)
    void binaryPrefacesAreMeasured(Kind kind, boolean fromClient, String hex) {
        measured(kind, fromClient, HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    @Test
    void textPrefacesAreMeasured() {
        measured(Kind.PROXY_V1, true, bytes("PROXY TCP4 192.0.2.1 192.0.2.2 40000 3389\r\n"));
        measured(Kind.HTTP_REQUEST, true, bytes("CONNECT host:3389 HTTP/1.1\r\nHost: host\r\n\r\n"));
        measured(Kind.HTTP_RESPONSE, false, bytes("HTTP/1.1 200 Connection established\r\n\r\n"));
    }

    private static void measured(Kind kind, boolean fromClient, byte[] preface) {
        byte[] request = HexFormat.of().parseHex(REQUEST);
        byte[] all = java.util.Arrays.copyOf(preface, preface.length + request.length);
        System.arraycopy(request, 0, all, preface.length, request.length);
        assertThat(Preface.of(kind, fromClient, all, 0, all.length))
                .isEqualTo(new Decoded.Complete<>(new Preface(kind, preface.length), preface.length));
        for (int length = 0; length < preface.length; length++) {
            assertThat(Preface.of(kind, fromClient, all, 0, length)).isInstanceOf(Decoded.Partial.class);
        }
        SplittableRandom random = new SplittableRandom(9);
        for (int i = 0; i < 2_000; i++) {
            byte[] damaged = all.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            Preface.of(kind, fromClient, damaged, 0, damaged.length);
        }
    }

    @Test
    void othersCarryNothing() {
        assertThat(Preface.of(Kind.SSH, true, bytes("SSH-2.0-x\r\n"), 0, 11)).isInstanceOf(Decoded.Broken.class);
        assertThat(Preface.of(Kind.HTTP_REQUEST, true, bytes("GET / HTTP/1.1\r\n\r\n"), 0, 18))
                .isInstanceOf(Decoded.Broken.class);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
