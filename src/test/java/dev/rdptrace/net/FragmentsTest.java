package dev.rdptrace.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.Frame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FragmentsTest {
    private final Packet packet = new Packet();
    private long number;

    private Verdict wrap(byte[] bytes, int captured, long nanos) {
        Frame frame = new Frame();
        frame.set(Arrays.copyOf(bytes, captured), 0, captured, bytes.length, ++number, nanos, 101, 0);
        return packet.wrap(frame);
    }

    private Verdict wrap(byte[] bytes) {
        return wrap(bytes, bytes.length, number * 1000);
    }

    /// A UDP datagram to port 3389 with `length` bytes that count up.
    private static byte[] datagram(int length) {
        byte[] bytes = new byte[8 + length];
        System.arraycopy(PacketTest.hex("c0 00 0d 3d %04x 00 00".formatted(8 + length)), 0, bytes, 0, 8);
        for (int i = 0; i < length; i++) {
            bytes[8 + i] = (byte) i;
        }
        return bytes;
    }

    private static byte[] fragment4(byte[] datagram, int id, int from, int to) {
        String head = "45 00 %04x %04x %04x 40 11 00 00 c0 00 02 01 c0 00 02 02"
                .formatted(20 + to - from, id, from / 8 | (to < datagram.length ? 0x2000 : 0));
        return join(PacketTest.hex(head), Arrays.copyOfRange(datagram, from, to));
    }

    private static byte[] fragment6(byte[] datagram, int id, int from, int to) {
        String head = "60 00 00 00 %04x 2c 40".formatted(8 + to - from)
                + "20010db8000000000000000000000001" + "20010db8000000000000000000000002"
                + "11 00 %04x %08x".formatted(from | (to < datagram.length ? 1 : 0), id);
        return join(PacketTest.hex(head), Arrays.copyOfRange(datagram, from, to));
    }

    private static byte[] join(byte[] a, byte[] b) {
        byte[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    private void isWhole(int length) {
        assertThat(packet.fragmented()).isTrue();
        assertThat(packet.destinationPort()).isEqualTo(3389);
        assertThat(packet.payloadLength()).isEqualTo(length);
        assertThat(packet.payloadCaptured()).isEqualTo(length);
        for (int i = 0; i < length; i++) {
            if (packet.bytes()[packet.payloadOffset() + i] != (byte) i) {
                throw new AssertionError("byte " + i);
            }
        }
    }

    @Test
    void theLastFragmentToArriveCompletesTheDatagramInAnyOrder() {
        byte[] datagram = datagram(3000);
        for (int seed = 0; seed < 20; seed++) {
            for (boolean six : List.of(false, true)) {
                List<byte[]> fragments = new ArrayList<>();
                for (int from = 0; from < datagram.length; from += 800) {
                    int to = Math.min(from + 800, datagram.length);
                    fragments.add(six ? fragment6(datagram, seed, from, to) : fragment4(datagram, seed, from, to));
                }
                Collections.shuffle(fragments, new Random(seed));
                for (int i = 0; i < fragments.size() - 1; i++) {
                    assertThat(wrap(fragments.get(i))).isEqualTo(Verdict.FRAGMENT);
                }
                assertThat(wrap(fragments.getLast())).isEqualTo(Verdict.UDP);
                isWhole(3000);
                assertThat(packet.ipLength()).isEqualTo((six ? 40 : 20) + 3008);
            }
        }
        assertThat(packet.fragments().incomplete()).isEmpty();
    }

    @Test
    void overlapsKeepWhatCameFirst() {
        byte[] datagram = datagram(1000);
        byte[] other = datagram.clone();
        Arrays.fill(other, 480, 1008, (byte) 0xee);
        wrap(fragment4(datagram, 1, 400, 800));
        wrap(fragment4(datagram, 1, 0, 480));
        assertThat(wrap(join(fragment4(other, 1, 640, 1008), new byte[0]))).isEqualTo(Verdict.UDP);
        assertThat(packet.bytes()[packet.payloadOffset() + 790]).isEqualTo((byte) 790);
        assertThat(packet.bytes()[packet.payloadOffset() + 795]).isEqualTo((byte) 0xee);
    }

    @Test
    void aFragmentCapturedTwiceIsNoLoss() {
        byte[] datagram = datagram(1000);
        wrap(fragment4(datagram, 1, 0, 800));
        wrap(fragment4(datagram, 1, 0, 800));
        assertThat(wrap(fragment4(datagram, 1, 800, 1008))).isEqualTo(Verdict.UDP);
        assertThat(wrap(fragment4(datagram, 1, 800, 1008))).isEqualTo(Verdict.FRAGMENT);
        assertThat(packet.fragments().incomplete()).isEmpty();
    }

    @Test
    void missingFragmentsAreNamed() {
        byte[] datagram = datagram(2000);
        wrap(fragment4(datagram, 7, 0, 800));
        wrap(fragment4(datagram, 7, 1600, 2008));
        wrap(fragment6(datagram, 9, 800, 1600));
        assertThat(packet.fragments().incomplete()).containsExactly(
                new Fragments.Incomplete(0, 0xffffc0000201L, 0, 0xffffc0000202L, 17, 7, 1, 2, 0, 1208, 2008, true, 49152, 3389),
                new Fragments.Incomplete(0x20010db800000000L, 1, 0x20010db800000000L, 2, 17, 9, 3, 3, 2000, 800, -1, false, 0, 0));
    }

    @Test
    void waitingHasAnEnd() {
        byte[] datagram = datagram(2000);
        wrap(fragment4(datagram, 7, 0, 800), 820, 0);
        assertThat(wrap(fragment4(datagram, 7, 800, 2008), 1228, Fragments.MAX_WAIT_NANOS + 1)).isEqualTo(Verdict.FRAGMENT);
        assertThat(packet.fragments().incomplete()).hasSize(2);
        for (int i = 0; i < 5000; i++) {
            wrap(fragment4(datagram, 100 + i, 0, 800), 820, Fragments.MAX_WAIT_NANOS + 2);
        }
        assertThat(packet.fragments().incomplete()).hasSize(1000);
    }

    @Test
    void aSnapLengthCutsTheDatagramToo() {
        byte[] datagram = datagram(1000);
        wrap(fragment4(datagram, 1, 0, 800), 120, 0);
        assertThat(wrap(fragment4(datagram, 1, 800, 1008), 120, 0)).isEqualTo(Verdict.UDP);
        assertThat(packet.payloadLength()).isEqualTo(1000);
        assertThat(packet.payloadCaptured()).isEqualTo(92);
    }

    @Test
    void noMutationThrows() {
        SplittableRandom random = new SplittableRandom(1);
        byte[] datagram = datagram(400);
        for (int i = 0; i < 60_000; i++) {
            int from = 8 * random.nextInt(40);
            int to = Math.min(datagram.length, from + 8 * (1 + random.nextInt(20)));
            int id = random.nextInt(8);
            byte[] bytes = random.nextBoolean() ? fragmentOf(datagram, id, from, to) : fragment6(datagram, id, from, to);
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            wrap(bytes, random.nextInt(bytes.length + 1), i * 1_000_000L);
            if (packet.payloadCaptured() < 0 || packet.payloadOffset() + packet.payloadCaptured() > packet.bytes().length) {
                throw new AssertionError("outside");
            }
        }
    }

    private static byte[] fragmentOf(byte[] datagram, int id, int from, int to) {
        return fragment4(datagram, id, from, to);
    }
}
