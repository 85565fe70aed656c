package dev.rdptrace.redact;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Predicate;

/// Bytes of which only a guess is read: what they may be. A word, or where it is no text a byte, is kept only if that guess depends on it.
final class Masks {
    private final Names names;

    Masks(Names names) {
        this.names = names;
    }

    byte[] keepWhatDecides(byte[] bytes, int start, int length, Predicate<byte[]> alike) {
        return keepWhatDecides(bytes, start, length, length, alike);
    }

    /// @param most bytes at the beginning that anything can depend on
    /// @param alike whether bytes are taken for the same; not to be changed
    byte[] keepWhatDecides(byte[] bytes, int start, int length, int most, Predicate<byte[]> alike) {
        byte[] to = Arrays.copyOfRange(bytes, start, start + length);
        if (isText(to)) {
            String text = new String(to, StandardCharsets.ISO_8859_1);
            return names.words(text, (from, end) -> {
                byte[] word = Arrays.copyOfRange(to, from, end);
                Arrays.fill(to, from, end, (byte) (word[0] >= '0' && word[0] <= '9' ? '0' : 'n'));
                boolean decides = from < most && !alike.test(to);
                if (decides) {
                    System.arraycopy(word, 0, to, from, end - from);
                }
                return decides;
            }).getBytes(StandardCharsets.ISO_8859_1);
        }
        Arrays.fill(to, Math.min(most, length), length, (byte) 0);
        for (int i = 0; i < Math.min(most, length); i++) {
            byte kept = to[i];
            to[i] = 0;
            if (kept != 0 && !alike.test(to)) {
                to[i] = kept;
            }
        }
        return to;
    }

    /// Other words where it is text, zeros where it is not.
    byte[] of(byte[] bytes, int start, int length) {
        byte[] all = Arrays.copyOfRange(bytes, start, start + length);
        return isText(all) ? names.bytes(all, 0, length) : new byte[length];
    }

    private static boolean isText(byte[] bytes) {
        for (byte one : bytes) {
            if (one < ' ' && one != '\r' && one != '\n' && one != '\t' || one == 0x7f) {
                return false;
            }
        }
        return true;
    }
}
