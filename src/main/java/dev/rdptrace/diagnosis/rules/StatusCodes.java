package dev.rdptrace.diagnosis.rules;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.wire.field.Code;

/// Which diagnosis a code that a peer gave for its refusal stands for, and how it is said.
public final class StatusCodes {
    private StatusCodes() {}

    private static final int PREAUTH_REQUIRED = 25;

    /// NTSTATUS or HRESULT of a TSRequest, [MS-ERREF] 2.3 and 2.1.
    ///
    /// @param ntlm the client signed in with NTLM: a package that "cannot do what was asked" then means that NTLM is forbidden
    public static String id(int status, boolean ntlm) {
        return switch (status) {
            case 0xC0000071, 0xC0000224, 0xC0000072, 0xC0000234, 0xC0000193 -> "credssp-account-state";
            case 0xC000015B, 0xC000006E, 0xC000006F, 0xC0000070, 0xC0000413 -> "credssp-auth-rejected-logon-right";
            case 0xC000005E, 0xC0000233, 0xC000023C, 0xC000023D, 0x80090311, 0xC000018A, 0xC000018B, 0xC000018C, 0xC000018D, 0xC0000190, 0xC0000192,
                    0xC000019B -> "credssp-auth-rejected-no-controller";
            case 0x80090303, 0x80090322 -> "credssp-auth-rejected-service-name";
            case 0xC0000133, 0x80090324 -> "credssp-time-skew";
            case 0xC0000418 -> "credssp-ntlm-blocked";
            case 0x80090302 -> ntlm ? "credssp-ntlm-blocked" : "credssp-auth-rejected-errorcode";
            case 0xC000035B, 0x80090346 -> "credssp-cbt-mismatch";
            case 0xC00000BB -> "credssp-version-unsupported";
            default -> "credssp-auth-rejected-errorcode";
        };
    }

    /// Whether a KRB-ERROR refuses anything; that a proof of the password is wanted is a step on the way.
    static boolean refuses(int kerberosError) {
        return kerberosError >= 0 && kerberosError != PREAUTH_REQUIRED;
    }

    /// Code of a KRB-ERROR, RFC 4120 7.5.9.
    public static String kerberosId(int error) {
        return switch (error) {
            case 1, 2, 6, 18, 23 -> "credssp-account-state";
            case 12 -> "credssp-auth-rejected-logon-right";
            case 7, 26, 31, 35, 41, 44, 45 -> "credssp-auth-rejected-service-name";
            case 37 -> "credssp-time-skew";
            case 29 -> "credssp-auth-rejected-no-controller";
            default -> "credssp-auth-rejected-errorcode";
        };
    }

    /// [MS-TSGU] 2.2.6, as HRESULT or as the number in it.
    public static String gatewayId(int error, String refused) {
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
