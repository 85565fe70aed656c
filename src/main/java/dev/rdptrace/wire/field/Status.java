package dev.rdptrace.wire.field;

/// A 32-bit status of Windows security that may be an [NtStatus] or an [HResult]: [MS-CSSP] 2.2.1 names NTSTATUS for the
/// errorCode, and servers of today also put into it what their security package returned, which is an HRESULT.
public final class Status {
    private Status() {}

    /// Under the name that knows it; a code that nobody knows is an NTSTATUS, or an HRESULT where its severity bits say so
    /// ([MS-ERREF] 2.1 and 2.3: the two highest bits of an error are 10 there and 11 here).
    public static Code of(int code) {
        NtStatus status = new NtStatus(code);
        HResult result = new HResult(code);
        boolean foreign = !status.isKnown() && (result.isKnown() || code >>> 30 == 2);
        return foreign ? result : status;
    }
}
