package dev.rdptrace.report;

/// How words are shown, by what they mean.
public enum Ink {
    PLAIN(""),
    BAD("1;31"),
    GOOD("1;32"),
    UNSURE("1;33"),
    HEADING("1"),
    QUIET("2");

    private final String code;

    Ink(String code) {
        this.code = code;
    }

    /// ECMA-48 8.3.117 SGR: what stands between `ESC [` and `m`.
    public String code() {
        return code;
    }
}
