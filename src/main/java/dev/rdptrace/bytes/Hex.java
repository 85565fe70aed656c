package dev.rdptrace.bytes;

import java.util.HexFormat;
import java.util.Locale;

/// Bytes and codes as people write them down.
public final class Hex {
    private static final HexFormat FORMAT = HexFormat.of();
    /// Most codes are flags, of which few are set.
    private static final String[] SMALL = new String[256];

    static {
        for (int value = 0; value < SMALL.length; value++) {
            SMALL[value] = write(value);
        }
    }

    private Hex() {}

    /// `0a1b2c`
    public static String of(byte[] bytes) {
        return FORMAT.formatHex(bytes);
    }

    /// `0a1b2c`
    public static String of(byte[] bytes, int offset, int length) {
        return FORMAT.formatHex(bytes, offset, offset + length);
    }

    /// `0x904`
    public static String code(long value) {
        return 0 <= value && value < SMALL.length ? SMALL[(int) value] : write(value);
    }

    private static String write(long value) {
        return "0x" + Long.toHexString(value).toUpperCase(Locale.ROOT);
    }

    /// `0xC000006D`, always eight digits
    public static String code32(int value) {
        return "0x" + FORMAT.toHexDigits(value).toUpperCase(Locale.ROOT);
    }
}
