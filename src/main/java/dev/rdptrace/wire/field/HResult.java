package dev.rdptrace.wire.field;

import java.util.Optional;

/// [MS-ERREF] 2.1 HRESULT, with the codes of the security packages. May wrap an [NtStatus].
public record HResult(int code) implements Code {
    private static final CodeTable TABLE = CodeTable.load("hresult.tsv");
    private static final int FACILITY_NT_BIT = 0x10000000;

    @Override
    public CodeTable table() {
        return TABLE;
    }

    public boolean isSuccess() {
        return code >= 0;
    }

    /// The NTSTATUS that is wrapped: [MS-ERREF] 2.1 bit N.
    public Optional<NtStatus> ntStatus() {
        return (code & FACILITY_NT_BIT) != 0 ? Optional.of(new NtStatus(code & ~FACILITY_NT_BIT)) : Optional.empty();
    }

    @Override
    public boolean isKnown() {
        return ntStatus().map(NtStatus::isKnown).orElseGet(Code.super::isKnown);
    }

    @Override
    public String name() {
        return ntStatus().map(NtStatus::name).orElseGet(Code.super::name);
    }

    @Override
    public String meaning() {
        return ntStatus().map(NtStatus::meaning).orElseGet(Code.super::meaning);
    }

    @Override
    public String advice() {
        return ntStatus().map(NtStatus::advice).orElseGet(Code.super::advice);
    }
}
