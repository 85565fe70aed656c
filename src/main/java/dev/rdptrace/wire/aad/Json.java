package dev.rdptrace.wire.aad;

import dev.rdptrace.bytes.Reader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// As much of RFC 8259 as three flat objects need.
final class Json {
    /// Access tokens are long, but not this long.
    private static final int MAX_LENGTH = 1 << 18;

    private Json() {}

    /// Bytes of the object ahead: up to the brace that closes it, with strings passed over. One more than there are
    /// while it is open.
    static int objectLength(Reader in) {
        if (in.peek() != '{') {
            if (in.peek() == -1) {
                return 1;
            }
            throw in.reject("object", "does not begin with a brace");
        }
        int depth = 0;
        boolean inString = false;
        int limit = Math.min(in.left(), MAX_LENGTH);
        for (int i = 0; i < limit; i++) {
            int character = in.peek(i);
            if (inString) {
                if (character == '\\') {
                    i++;
                } else if (character == '"') {
                    inString = false;
                }
            } else if (character == '"') {
                inString = true;
            } else if (character == '{') {
                depth++;
            } else if (character == '}' && --depth == 0) {
                return i + 1;
            }
        }
        if (limit == MAX_LENGTH) {
            throw in.reject("object", "is longer than " + MAX_LENGTH + " bytes");
        }
        return in.left() + 1;
    }

    static boolean has(String json, String name) {
        return json.contains('"' + name + '"');
    }

    static int stringLength(String json, String name) {
        Matcher matcher = Pattern.compile('"' + name + "\"\\s*:\\s*\"([^\"]*+)\"").matcher(json);
        return matcher.find() ? matcher.group(1).length() : 0;
    }

    /// A number, or a string with a number in it: decimal, signed or not, or hexadecimal.
    static long number(String json, String name, Reader in) {
        Matcher matcher = Pattern.compile('"' + name + "\"\\s*:\\s*\"?(?:0[xX]([0-9a-fA-F]{1,8})|(-?[0-9]{1,10}))\\b")
                .matcher(json);
        if (!matcher.find()) {
            throw in.reject(name, "is no number");
        }
        return matcher.group(1) != null ? Long.parseLong(matcher.group(1), 16) : Long.parseLong(matcher.group(2));
    }
}
