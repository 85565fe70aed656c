package dev.rdptrace.bytes;

import java.util.HexFormat;

/// Bytes and codes as people write them down.
public final class Hex {
    private static final HexFormat FORMAT = HexFormat.of();

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
        return "0x" + Long.toHexString(value).toUpperCase(java.util.Locale.ROOT);
    }

    /// `0xC000006D`, always eight digits
    public static String code32(int value) {
        return "0x" + FORMAT.toHexDigits(value).toUpperCase(java.util.Locale.ROOT);
    }
}
