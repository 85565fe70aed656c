package dev.rdptrace.wire.field;

/// [MS-ERREF] 2.3 NTSTATUS: why Windows security said no. In CredSSP's errorCode and in Save Session Info.
public record NtStatus(int code) implements Code {
    private static final CodeTable TABLE = CodeTable.load("ntstatus.tsv");

    @Override
    public CodeTable table() {
        return TABLE;
    }

    /// The two highest bits are zero: success or information.
    public boolean isSuccess() {
        return code >= 0;
    }
}
