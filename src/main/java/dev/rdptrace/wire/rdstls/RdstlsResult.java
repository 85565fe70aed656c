package dev.rdptrace.wire.rdstls;

import dev.rdptrace.wire.field.Code;
import dev.rdptrace.wire.field.CodeTable;

/// [MS-RDPBCGR] 2.2.17.4 ResultCode: Win32 error numbers.
public record RdstlsResult(int code) implements Code {
    private static final CodeTable TABLE = CodeTable.load("rdstls-results.tsv");

    @Override
    public CodeTable table() {
        return TABLE;
    }

    public boolean isSuccess() {
        return code == 0;
    }
}
