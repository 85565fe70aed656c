package dev.rdptrace.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PacketRingTest {
    @Test
    void whatGoesInComesOutInOrder() {
        SplittableRandom random = new SplittableRandom(7);
        PacketRing ring = new PacketRing(4096);
        Deque<byte[]> inside = new ArrayDeque<>();
        long number = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] packet = new byte[random.nextInt(300)];
            Arrays.fill(packet, (byte) i);
            if (inside.size() < 10 && random.nextBoolean()) {
                assertThat(ring.put(packet, 0, packet.length, packet.length + 5, ++number, 1, 2)).isTrue();
                inside.add(packet);
            } else if (!inside.isEmpty()) {
                byte[] expected = inside.remove();
                assertThat(ring.ready()).isTrue();
                assertThat(Arrays.equals(ring.bytes(), ring.offset(), ring.offset() + ring.length(), expected, 0, expected.length))
                        .isTrue();
                assertThat(ring.nanos()).isEqualTo(number - inside.size());
                assertThat(ring.wireLength()).isEqualTo(expected.length + 5);
                assertThat(ring.linkType()).isEqualTo(1);
                assertThat(ring.interfaceIndex()).isEqualTo(2);
                ring.take();
            } else {
                assertThat(ring.ready()).isFalse();
            }
        }
    }

    @Test
    void aFullRingMakesTheWriterWait() throws InterruptedException {
        PacketRing ring = new PacketRing(64 << 10);
        int packets = 100_000;
        Thread writer = Thread.ofPlatform().start(() -> {
            byte[] packet = new byte[1500];
            for (int i = 0; i < packets; i++) {
                packet[0] = (byte) i;
                ring.put(packet, 0, 60 + i % 1400, 1500, i, 1, 0);
            }
            ring.end();
        });
        int read = 0;
        while (true) {
            if (ring.ready()) {
                assertThat(ring.nanos()).isEqualTo(read);
                assertThat(ring.length()).isEqualTo(60 + read % 1400);
                assertThat(ring.bytes()[ring.offset()]).isEqualTo((byte) read);
                ring.take();
                read++;
            } else if (ring.ended() && !ring.ready()) {
                break;
            }
        }
        writer.join();
        assertThat(read).isEqualTo(packets);
    }

    @Test
    void anEndedRingTakesNothing() {
        PacketRing ring = new PacketRing(1024);
        ring.end();
        assertThat(ring.put(new byte[10], 0, 10, 10, 0, 1, 0)).isFalse();
    }
}
