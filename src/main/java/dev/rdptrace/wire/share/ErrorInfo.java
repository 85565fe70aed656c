package dev.rdptrace.wire.share;

import dev.rdptrace.wire.field.Code;
import dev.rdptrace.wire.field.CodeTable;

/// [MS-RDPBCGR] 2.2.5.1.1 errorInfo: why the server ends or refuses the session.
///
/// The same number appears as the extended reason in Microsoft's clients.
public record ErrorInfo(int code) implements Code {
    private static final CodeTable TABLE = CodeTable.load("error-info.tsv");

    @Override
    public CodeTable table() {
        return TABLE;
    }

    /// Zero clears an earlier error and means nothing.
    public boolean isNone() {
        return code == 0;
    }
}
