package dev.rdptrace.diagnosis.rules;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.wire.field.Code;

/// Which diagnosis a code that a peer gave for its refusal stands for, and how it is said.
final class StatusCodes {
    private StatusCodes() {}

    /// NTSTATUS of a TSRequest, [MS-ERREF] 2.3.
    static String id(int status) {
        return switch (status) {
            case 0xC0000071, 0xC0000224, 0xC0000072, 0xC0000234, 0xC0000193, 0xC000006E, 0xC000006F, 0xC0000070, 0xC000015B ->
                "credssp-account-state";
            case 0xC0000133 -> "credssp-time-skew";
            case 0xC0000418 -> "credssp-ntlm-blocked";
            case 0xC000035B -> "credssp-cbt-mismatch";
            case 0xC00000BB -> "credssp-version-unsupported";
            case 0xC000005E, 0xC0000233, 0xC000023C, 0xC000023D -> "credssp-kdc-unreachable";
            default -> "credssp-auth-rejected-errorcode";
        };
    }

    /// Code of a KRB-ERROR, RFC 4120 7.5.9.
    static String kerberosId(int error) {
        return switch (error) {
            case 1, 2, 6, 12, 18, 23 -> "credssp-account-state";
            case 37 -> "credssp-time-skew";
            case 25, 29 -> "credssp-kdc-unreachable";
            default -> "credssp-auth-rejected-errorcode";
        };
    }

    /// [MS-TSGU] 2.2.6, as HRESULT or as the number in it.
    static String gatewayId(int error, String refused) {
        return switch (error & 0xffff) {
            case 0x59da, 0x59fc -> "rdg-rap-denied";
            case 0x59db, 0x59fb -> "rdg-cap-denied";
            case 0x59dd -> "rdg-target-unreachable";
            case 0x59e6 -> "rdg-max-connections";
            case 0x59ed, 0x59f7, 0x59f8, 0x59f9, 0x5a00 -> "rdg-quarantine-or-cookie";
            case 0x59ee -> "rdg-no-certificate";
            case 0x59f6, 0x04d4 -> "rdg-session-timeout";
            case 0x0005 -> refused.equals("channel") ? "rdg-rap-denied" : "rdg-cap-denied";
            default -> "rdg-refused";
        };
    }

    /// `STATUS_LOGON_FAILURE (0xC000006D): user name or password is wrong`
    static String says(Code code) {
        String number = Hex.code32(code.code());
        return (code.isKnown() ? code.name() + " (" + number + ")" : number) + (code.meaning().isEmpty() ? "" : ": " + code.meaning());
    }
}
