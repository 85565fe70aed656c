package dev.rdptrace.wire.credssp;

import dev.rdptrace.wire.field.Code;
import dev.rdptrace.wire.field.CodeTable;

/// RFC 4120 7.5.9 error codes of Kerberos.
public record KerberosError(int code) implements Code {
    private static final CodeTable TABLE = CodeTable.load("kerberos-errors.tsv");

    private static final int PREAUTHENTICATION_REQUIRED = 25;
    private static final int RESPONSE_TOO_BIG = 52;

    /// RFC 4120 3.1.3 and 7.2.1: the client is to ask again, with a proof of the password or over TCP; nothing is refused.
    public boolean asksAgain() {
        return code == PREAUTHENTICATION_REQUIRED || code == RESPONSE_TOO_BIG;
    }

    @Override
    public CodeTable table() {
        return TABLE;
    }
}
