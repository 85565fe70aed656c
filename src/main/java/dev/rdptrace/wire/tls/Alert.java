package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.CodeTable;

/// RFC 8446 6: why a side gives up, or that it is done.
public record Alert(int level, int code) {
    public static final int WARNING = 1;
    public static final int FATAL = 2;

    private static final CodeTable TABLE = CodeTable.load("tls-alerts.tsv");

    /// Decodes the two bytes of an alert record in the clear. An encrypted alert is longer.
    public static Decoded<Alert> decode(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "Alert", in -> {
            int level = in.u8("level");
            int code = in.u8("description");
            if (level != WARNING && level != FATAL) {
                throw in.reject("level", level + " is neither warning nor fatal");
            }
            if (!in.isEmpty()) {
                throw in.reject("description", "is followed by " + in.left() + " more bytes");
            }
            return new Alert(level, code);
        });
    }

    /// As the RFC spells it, or the number.
    public String name() {
        return TABLE.cell(code, 1, Integer.toString(code));
    }

    /// What it says, in a few words.
    public String meaning() {
        return TABLE.cell(code, 2, "an alert without a name");
    }

    /// Ends the connection. In TLS 1.3 the level is ignored and all but two alerts are fatal (RFC 8446 6).
    public boolean fatal() {
        return level == FATAL;
    }
}
