package dev.rdptrace.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// X.690 written, for the mirror of what the decoders read.
public final class DerBytes {
    private DerBytes() {}

    /// An element of the contents one behind the other.
    public static byte[] element(int tag, byte[]... contents) {
        byte[] content = join(contents);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else if (content.length < 0x100) {
            out.write(0x81);
            out.write(content.length);
        } else {
            out.write(0x82);
            out.write(content.length >> 8);
            out.write(content.length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    public static byte[] sequence(byte[]... contents) {
        return element(0x30, contents);
    }

    /// `[number]`, explicit.
    public static byte[] field(int number, byte[] content) {
        return element(0xa0 + number, content);
    }

    public static byte[] integer(long value) {
        int octets = 1;
        while (octets < 8 && value >> (8 * octets - 1) != 0 && value >> (8 * octets - 1) != -1) {
            octets++;
        }
        byte[] content = new byte[octets];
        for (int i = 0; i < octets; i++) {
            content[octets - 1 - i] = (byte) (value >> (8 * i));
        }
        return element(0x02, content);
    }

    public static byte[] octets(byte[] content) {
        return element(0x04, content);
    }

    public static byte[] generalString(String text) {
        return element(0x1b, text.getBytes(StandardCharsets.UTF_8));
    }

    public static byte[] time(String text) {
        return element(0x18, text.getBytes(StandardCharsets.US_ASCII));
    }

    public static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
