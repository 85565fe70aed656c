package dev.rdptrace.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RewritingTest {
    private static final HexFormat HEX = HexFormat.of();

    @Test
    void addressesAndChecksumsOfASynChange() {
        byte[] frame = HEX.parseHex("00005e005302" + "00005e005301" + "0800" // Ethernet
                + "45000028" + "00014000" + "40060000" + "c000020a" + "c6336414" // IPv4 192.0.2.10 -> 198.51.100.20, no checksum
                + "c3500d3d" + "00000001" + "00000000" + "50020200" + "00000000"); // TCP 50000 -> 3389, no checksum
        Rewriting rewriting = new Rewriting();
        rewriting.replace("192.0.2.10", "10.1.2.3");
        rewriting.replace("00:00:5e:00:53:01", "02:00:00:00:00:09");
        rewriting.apply(frame, frame.length);
        assertThat(HEX.formatHex(frame, 6, 12)).isEqualTo("020000000009");
        assertThat(HEX.formatHex(frame, 26, 30)).isEqualTo("0a010203");
        assertThat(sum(frame, 14, 34, 0)).isEqualTo(0xffff);
        assertThat(sum(frame, 34, 54, pseudo(frame, 26, 8) + 6 + 20)).isEqualTo(0xffff);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nla-wrong-password", "success-ipv6", "icmp-prohibited", "pmtu-black-hole", "success-small-mtu", "host-down"})
    void realPacketsKeepSoundChecksums(String sample) throws IOException {
        Rewriting there = new Rewriting();
        Rewriting back = new Rewriting();
        for (List<String> pair : List.of(List.of("192.0.2.10", "203.0.113.77"), List.of("198.51.100.20", "10.0.0.1"),
                List.of("2001:db8:1::10", "fd00::1:2"),
                List.of("2001:db8:2::20", "fd00::3:4"))) {
            there.replace(pair.get(0), pair.get(1));
            back.replace(pair.get(1), pair.get(0));
        }
        int checked = 0;
        try (PacketSource source = Captures.open(List.of("samples/" + sample + "/capture.pcapng"), InputStream.nullInputStream())) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                byte[] bytes = Arrays.copyOfRange(frame.bytes(), frame.offset(), frame.offset() + frame.length());
                byte[] before = bytes.clone();
                boolean sound = isSound(before);
                there.apply(bytes, bytes.length);
                if (sound) {
                    assertThat(isSound(bytes)).as("frame %d", frame.number()).isTrue();
                    checked++;
                    back.apply(bytes, bytes.length);
                    assertThat(bytes).as("frame %d", frame.number()).isEqualTo(before);
                }
            }
        }
        assertThat(checked).isPositive();
    }

    /// Checksums of IPv4, TCP, UDP and ICMP all right; `false` for anything else.
    private static boolean isSound(byte[] b) {
        int type = u16(b, 12);
        if (type == 0x0800) {
            int header = (b[14] & 15) * 4;
            int end = 14 + u16(b, 16);
            int start = 14 + header;
            int protocol = b[23] & 0xff;
            int pseudo = protocol == 1 ? 0 : pseudo(b, 26, 8) + protocol + end - start;
            return (protocol == 1 || protocol == 6) && sum(b, 14, start, 0) == 0xffff && sum(b, start, end, pseudo) == 0xffff;
        }
        if (type == 0x86dd) {
            int end = 54 + u16(b, 18);
            int protocol = b[20] & 0xff;
            return (protocol == 6 || protocol == 58) && sum(b, 54, end, pseudo(b, 22, 32) + protocol + end - 54) == 0xffff;
        }
        return false;
    }

    @Test
    void nothingIsRewrittenBeyondTheFrame() {
        SplittableRandom random = new SplittableRandom(3);
        Rewriting rewriting = new Rewriting();
        rewriting.replace("0.0.0.0", "255.255.255.255");
        rewriting.replace("::", "ffff::");
        for (int i = 0; i < 50_000; i++) {
            byte[] frame = new byte[200];
            int length = random.nextInt(201);
            for (int j = 0; j < length; j++) {
                frame[j] = (byte) (random.nextInt(3) == 0 ? random.nextInt(256) : 0);
            }
            if (length > 15) {
                frame[12] = (byte) (random.nextBoolean() ? 0x08 : 0x86);
                frame[13] = (byte) (frame[12] == 8 ? random.nextBoolean() ? 0 : 6 : 0xdd);
                frame[14] = 0x45;
            }
            rewriting.apply(frame, length);
            for (int j = length; j < frame.length; j++) {
                assertThat(frame[j]).isZero();
            }
        }
    }

    @Test
    void addressesOfDifferentKindsAreRefused() {
        Rewriting rewriting = new Rewriting();
        assertThatIllegalArgumentException().isThrownBy(() -> rewriting.replace("192.0.2.1", "2001:db8::1"));
        assertThatIllegalArgumentException().isThrownBy(() -> rewriting.replace("example.test", "192.0.2.1"));
    }

    private static int pseudo(byte[] b, int at, int length) {
        int sum = 0;
        for (int i = at; i < at + length; i += 2) {
            sum += u16(b, i);
        }
        return sum;
    }

    private static int sum(byte[] b, int from, int to, int start) {
        int sum = start;
        for (int i = from; i < to; i += 2) {
            sum += i + 1 < to ? u16(b, i) : (b[i] & 0xff) << 8;
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return sum;
    }

    private static int u16(byte[] b, int at) {
        return (b[at] & 0xff) << 8 | b[at + 1] & 0xff;
    }
}
