package dev.rdptrace.wire.gateway;

import dev.rdptrace.wire.field.Code;
import dev.rdptrace.wire.field.CodeTable;

/// [MS-TSGU] 2.2.6 return codes, as HRESULT or as the number inside one.
public record GatewayError(int code) implements Code {
    private static final CodeTable TABLE = CodeTable.load("tsgu-errors.tsv");

    @Override
    public CodeTable table() {
        return TABLE;
    }

    public boolean isSuccess() {
        return code == 0;
    }
}
