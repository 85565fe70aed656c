package dev.rdptrace.diagnosis.rules;

import dev.rdptrace.bytes.Hex;

/// Which diagnosis an NTSTATUS of a TSRequest stands for, [MS-ERREF] 2.3.
final class StatusCodes {
    private StatusCodes() {}

    static String id(int status) {
        return switch (status) {
            case 0xC0000071, 0xC0000224, 0xC0000072, 0xC0000234, 0xC0000193 -> "credssp-account-state";
            case 0xC0000133 -> "credssp-time-skew";
            case 0xC0000418 -> "credssp-ntlm-blocked";
            case 0xC000035B -> "credssp-cbt-mismatch";
            case 0xC00000BB -> "credssp-version-unsupported";
            default -> "credssp-auth-rejected-errorcode";
        };
    }

    static String says(int status) {
        return "status " + Hex.code32(status);
    }
}
