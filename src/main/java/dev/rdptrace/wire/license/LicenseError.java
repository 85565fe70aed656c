package dev.rdptrace.wire.license;

import dev.rdptrace.wire.field.Code;
import dev.rdptrace.wire.field.CodeTable;

/// [MS-RDPBCGR] 2.2.1.12.1.3 dwErrorCode.
public record LicenseError(int code) implements Code {
    private static final CodeTable TABLE = CodeTable.load("license-errors.tsv");

    @Override
    public CodeTable table() {
        return TABLE;
    }
}
