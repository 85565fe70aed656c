package dev.rdptrace.sim;

import dev.rdptrace.testkit.Tape;
import java.nio.ByteBuffer;

/// A tape as a classic capture file.
public final class Pcap {
    private Pcap() {}

    public static byte[] of(Tape tape) {
        ByteBuffer file = ByteBuffer.allocate(24 + tape.shots().stream().mapToInt(shot -> 16 + shot.bytes().length).sum());
        file.putInt(0xa1b23c4d).putShort((short) 2).putShort((short) 4).putLong(0).putInt(65_535).putInt(1);
        for (Tape.Shot shot : tape.shots()) {
            file.putInt((int) (shot.nanos() / 1_000_000_000)).putInt((int) (shot.nanos() % 1_000_000_000)).putInt(shot.bytes().length)
                    .putInt(shot.wireLength()).put(shot.bytes());
        }
        return file.array();
    }
}
