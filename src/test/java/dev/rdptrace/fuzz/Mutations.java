package dev.rdptrace.fuzz;

import java.util.Arrays;
import java.util.SplittableRandom;

/// Changes bytes as strangers and bad disks do, the same way for the same seed.
final class Mutations {
    private static final byte[] EDGES = {0, 1, 2, 3, 0x7f, (byte) 0x80, (byte) 0x81, (byte) 0x82, (byte) 0x84, (byte) 0xfe, (byte) 0xff};

    private final SplittableRandom random;

    Mutations(long seed) {
        random = new SplittableRandom(seed);
    }

    byte[] of(byte[] bytes) {
        byte[] changed = bytes.clone();
        for (int i = random.nextInt(1, 6); i > 0 && changed.length > 0; i--) {
            changed = once(changed);
        }
        return changed;
    }

    private byte[] once(byte[] bytes) {
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(8)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt(256);
            case 2, 3 -> bytes[at] = EDGES[random.nextInt(EDGES.length)];
            case 4 -> bytes[at] += (byte) random.nextInt(-4, 5);
            case 5 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 6 -> {
                return splice(bytes, at, at + random.nextInt(1, 33));
            }
            default -> {
                return splice(bytes, at, at - random.nextInt(1, 33));
            }
        }
        return bytes;
    }

    /// `to` behind `from` leaves bytes out, before it says them twice.
    private static byte[] splice(byte[] bytes, int from, int to) {
        int rest = Math.clamp(to, 0, bytes.length);
        byte[] changed = Arrays.copyOf(bytes, from + bytes.length - rest);
        System.arraycopy(bytes, rest, changed, from, bytes.length - rest);
        return changed;
    }
}
