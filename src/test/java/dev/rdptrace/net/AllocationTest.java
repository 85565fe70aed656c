package dev.rdptrace.net;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import java.io.ByteArrayInputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class AllocationTest {
    @Test
    void readingAndWrappingAFrameCostsNothing() throws Exception {
        byte[] tcp = PacketTest.hex(PacketTest.ETHERNET, "08 00", PacketTest.IPV4, PacketTest.TCP);
        byte[] six = PacketTest.hex(PacketTest.ETHERNET, "81 00 00 05 86 dd", PacketTest.IPV6, PacketTest.TCP);
        int count = 200_000;
        ByteBuffer file = ByteBuffer.allocate(24 + count * (16 + six.length)).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putLong(0).putInt(262144).putInt(1);
        for (int i = 0; i < count; i++) {
            byte[] bytes = i % 2 == 0 ? tcp : six;
            file.putInt(i).putInt(0).putInt(bytes.length).putInt(bytes.length).put(bytes);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (PacketSource source = Captures.open(List.of("-"), new ByteArrayInputStream(file.array(), 0, file.position()))) {
            Frame frame = new Frame();
            Packet packet = new Packet();
            long seen = read(source, frame, packet, 50_000);
            long before = threads.getCurrentThreadAllocatedBytes();
            seen += read(source, frame, packet, 140_000);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(seen).isEqualTo(190_000);
            assertThat(allocated).isLessThan(4096);
        }
    }

    private static long read(PacketSource source, Frame frame, Packet packet, int count) throws Exception {
        long seen = 0;
        for (int i = 0; i < count && source.next(frame); i++) {
            if (packet.wrap(frame) == Verdict.TCP) {
                seen++;
            }
        }
        return seen;
    }
}
