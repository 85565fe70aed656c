package dev.rdptrace.wire.gateway;

import dev.rdptrace.wire.field.Code;
import dev.rdptrace.wire.field.CodeTable;

/// [MS-TSGU] 2.2.6 return codes, as HRESULT or as the number inside one.
public record GatewayError(int code) implements Code {
    private static final CodeTable TABLE = CodeTable.load("tsgu-errors.tsv");
    private static final int GRACEFUL = 0x4ca;

    @Override
    public CodeTable table() {
        return TABLE;
    }

    /// It worked, or ended because the client wanted it to (ERROR_GRACEFUL_DISCONNECT).
    public boolean isSuccess() {
        return code == 0 || code == GRACEFUL;
    }
}
