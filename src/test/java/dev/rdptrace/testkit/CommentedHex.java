package dev.rdptrace.testkit;

import java.util.HexFormat;

/// Bytes written down for people: hexadecimal in any grouping, `#` begins a comment that ends with the line.
public final class CommentedHex {
    private CommentedHex() {}

    public static byte[] bytes(String text) {
        StringBuilder digits = new StringBuilder();
        for (String line : text.lines().toList()) {
            int comment = line.indexOf('#');
            digits.append((comment < 0 ? line : line.substring(0, comment)).replaceAll("\\s", ""));
        }
        return HexFormat.of().parseHex(digits);
    }
}
