package dev.rdptrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Proof by many tries that a decoder answers whatever the bytes are.
public final class Totality {
    private static final int MUTATIONS = 1500;

    /// A decoder as all of them look.
    @FunctionalInterface
    public interface Decoder {
        Decoded<?> decode(byte[] bytes, int offset, int length);
    }

    private Totality() {}

    /// Every prefix, and seeded random changes of up to six bytes, of something that decodes.
    public static void holds(byte[] good, Decoder decoder) {
        assertThat(decoder.decode(good, 0, good.length)).isInstanceOf(Decoded.Complete.class);
        for (int length = 0; length < good.length; length++) {
            answers(decoder, Arrays.copyOf(good, length));
        }
        SplittableRandom random = new SplittableRandom(0x5eed);
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] changed = good.clone();
            for (int j = random.nextInt(1, 7); j > 0; j--) {
                int at = random.nextInt(changed.length);
                changed[at] = switch (random.nextInt(4)) {
                    case 0 -> 0;
                    case 1 -> (byte) 0xff;
                    case 2 -> (byte) (changed[at] + random.nextInt(-3, 4));
                    default -> (byte) random.nextInt(256);
                };
            }
            answers(decoder, changed);
        }
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] noise = new byte[random.nextInt(80)];
            random.nextBytes(noise);
            answers(decoder, noise);
        }
    }

    private static void answers(Decoder decoder, byte[] bytes) {
        // Inside a larger buffer: what lies around must not be read.
        byte[] around = new byte[bytes.length + 16];
        Arrays.fill(around, (byte) 0x30);
        System.arraycopy(bytes, 0, around, 8, bytes.length);
        Decoded<?> decoded = decoder.decode(around, 8, bytes.length);
        if (decoded instanceof Decoded.Complete<?>(var value, int length)) {
            assertThat(length).isBetween(0, bytes.length);
            assertThat(value.toString()).isNotNull();
        }
        if (decoded instanceof Decoded.Partial<?>(int missing)) {
            assertThat(missing).isPositive();
        }
    }
}
