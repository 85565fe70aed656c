package dev.rdptrace.wire.credssp;

import dev.rdptrace.wire.field.Code;
import dev.rdptrace.wire.field.CodeTable;

/// RFC 4120 7.5.9 error codes of Kerberos.
public record KerberosError(int code) implements Code {
    private static final CodeTable TABLE = CodeTable.load("kerberos-errors.tsv");

    @Override
    public CodeTable table() {
        return TABLE;
    }
}
