package dev.rdptrace.session;

import dev.rdptrace.bytes.Printable;
import dev.rdptrace.wire.x224.FirstBytes;
import java.util.regex.Pattern;

/// What may stand before the first byte of RDP: a PROXY header, SOCKS, or an HTTP CONNECT, and the proxy's answers.
final class Prologue {
    private static final int LONGEST = 4096;
    /// PROXY protocol 2.1.
    private static final Pattern ADDRESSES = Pattern.compile("PROXY (TCP4|TCP6) [0-9A-Fa-f.:]+ [0-9A-Fa-f.:]+ [0-9]+ [0-9]+");

    private Prologue() {}

    /// Bytes that the message at the start of the stream takes, or 0 if this is no prologue (or not all there).
    ///
    /// @param begun the client has already sent a prologue: of SOCKS 5 this is the second message
    static int length(FirstBytes.Kind kind, byte[] bytes, int start, int available, boolean begun) {
        return switch (kind) {
            case PROXY_V1 -> lineEnd(bytes, start, available, "\r\n");
            case PROXY_V2 -> available < 16 ? 0 : whole(16 + u16(bytes, start + 14), available);
            case SOCKS4 -> socks4(bytes, start, available);
            case SOCKS5 -> socks5(bytes, start, available, begun);
            case HTTP_REQUEST -> starts(bytes, start, available, "CONNECT ") ? lineEnd(bytes, start, available, "\r\n\r\n") : 0;
            default -> 0;
        };
    }

    /// Bytes that the proxy's answer to a prologue takes, 0 if this is none.
    static int answerLength(byte[] bytes, int start, int available) {
        if (starts(bytes, start, available, "HTTP/1.") && available > 12) {
            return starts(bytes, start + 9, available - 9, "200") ? lineEnd(bytes, start, available, "\r\n\r\n") : 0;
        }
        if (available >= 8 && bytes[start] == 0 && (bytes[start + 1] & 0xff) == 0x5a) {
            return 8; // SOCKS 4 granted
        }
        if (available >= 2 && bytes[start] == 5) {
            boolean method = available == 2 || bytes[start + 2] != 0; // which one the server wants, 0xff none
            boolean granted = method ? bytes[start + 1] >= 0 : bytes[start + 1] == 0;
            return !granted ? 0 : method ? 2 : socks5Address(bytes, start, available);
        }
        return 0;
    }

    private static int socks4(byte[] bytes, int start, int available) {
        int end = 8;
        while (end < available && bytes[start + end] != 0) {
            end++;
        }
        if (available > 8 && bytes[start + 4] == 0 && bytes[start + 5] == 0 && bytes[start + 6] == 0) {
            end++;
            while (end < available && bytes[start + end] != 0) {
                end++; // 4a: a name follows
            }
        }
        return whole(end + 1, available);
    }

    private static int socks5(byte[] bytes, int start, int available, boolean begun) {
        if (available >= 3 && (bytes[start + 1] & 0xff) + 2 == available || !begun) {
            return whole(2 + (bytes[start + 1] & 0xff), available);
        }
        return socks5Address(bytes, start, available);
    }

    private static int socks5Address(byte[] bytes, int start, int available) {
        if (available < 5) {
            return 0;
        }
        return switch (bytes[start + 3]) {
            case 1 -> whole(10, available);
            case 3 -> whole(7 + (bytes[start + 4] & 0xff), available);
            case 4 -> whole(22, available);
            default -> 0;
        };
    }

    private static int whole(int length, int available) {
        return length <= available && length <= LONGEST ? length : 0;
    }

    private static int lineEnd(byte[] bytes, int start, int available, String end) {
        for (int i = 0; i + end.length() <= Math.min(available, LONGEST); i++) {
            if (starts(bytes, start + i, available - i, end)) {
                return i + end.length();
            }
        }
        return 0;
    }

    private static boolean starts(byte[] bytes, int start, int available, String text) {
        if (available < text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (bytes[start + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int u16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }

    /// What the client's prologue asks for, in words.
    static String says(FirstBytes.Kind kind, byte[] bytes, int start, int length) {
        return switch (kind) {
            case PROXY_V1 -> "PROXY header: " + line(bytes, start, length);
            case PROXY_V2 -> "PROXY header, version 2";
            case SOCKS4 -> "SOCKS 4 to " + (bytes[start + 4] & 0xff) + "." + (bytes[start + 5] & 0xff) + "." + (bytes[start + 6] & 0xff) + "."
                    + (bytes[start + 7] & 0xff) + ":" + u16(bytes, start + 2);
            case SOCKS5 -> length < 7 || bytes[start + 2] != 0 ? "SOCKS 5" : "SOCKS 5 to " + socks5Target(bytes, start, length);
            case HTTP_REQUEST -> "HTTP proxy: " + line(bytes, start, length);
            default -> "";
        };
    }

    /// The host that it asks for where that is a name, and whatever else is no address; empty without such.
    static String target(FirstBytes.Kind kind, byte[] bytes, int start, int length) {
        return switch (kind) {
            case PROXY_V1 -> ADDRESSES.matcher(line(bytes, start, length)).matches() ? ""
                    : line(bytes, start, length).replaceFirst("^PROXY *", "");
            case SOCKS5 -> length < 7 || bytes[start + 2] != 0 || bytes[start + 3] != 3 ? ""
                    : Printable.ascii(bytes, start + 5, bytes[start + 4] & 0xff);
            case HTTP_REQUEST -> line(bytes, start, length).replaceFirst("^CONNECT *", "").replaceFirst(" HTTP/[0-9.]*$", "")
                    .replaceFirst(":[0-9]*$", "");
            default -> "";
        };
    }

    /// The port that the client's prologue names as the destination, 0 if it names none.
    static int port(FirstBytes.Kind kind, byte[] bytes, int start, int length) {
        return switch (kind) {
            case PROXY_V1 -> number(line(bytes, start, length), ' ');
            case PROXY_V2 -> proxy2(bytes, start, length);
            case SOCKS4 -> u16(bytes, start + 2);
            case SOCKS5 -> length < 7 || bytes[start + 2] != 0 ? 0 : u16(bytes, start + length - 2);
            case HTTP_REQUEST -> number(line(bytes, start, length).replaceFirst(" HTTP/.*", ""), ':');
            default -> 0;
        };
    }

    /// PROXY protocol 2.2: family and protocol, length, then both addresses and both ports.
    private static int proxy2(byte[] bytes, int start, int length) {
        int at = switch (bytes[start + 13] & 0xf0) {
            case 0x10 -> 16 + 4 + 4 + 2;
            case 0x20 -> 16 + 16 + 16 + 2;
            default -> length;
        };
        return at + 2 <= length ? u16(bytes, start + at) : 0;
    }

    /// The digits behind the last `separator`, 0 if there are none or too many.
    private static int number(String text, char separator) {
        int value = 0;
        for (int i = text.lastIndexOf(separator) + 1; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9 || value > 6553) {
                return 0;
            }
            value = value * 10 + digit;
        }
        return value <= 0xffff ? value : 0;
    }

    private static String socks5Target(byte[] bytes, int start, int length) {
        int port = u16(bytes, start + length - 2);
        return switch (bytes[start + 3]) {
            case 1 -> (bytes[start + 4] & 0xff) + "." + (bytes[start + 5] & 0xff) + "." + (bytes[start + 6] & 0xff) + "."
                    + (bytes[start + 7] & 0xff) + ":" + port;
            case 3 -> Printable.ascii(bytes, start + 5, bytes[start + 4] & 0xff) + ":" + port;
            default -> "port " + port;
        };
    }

    private static String line(byte[] bytes, int start, int length) {
        int end = 0;
        while (end < length && end < 120 && bytes[start + end] != '\r') {
            end++;
        }
        return Printable.ascii(bytes, start, end);
    }
}
