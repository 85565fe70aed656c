package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_ACCOUNT_STATE;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_AUTH_REJECTED_ERRORCODE;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_AUTH_REJECTED_LOGON_RIGHT;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_AUTH_REJECTED_NO_CONTROLLER;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_AUTH_REJECTED_SERVICE_NAME;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_CBT_MISMATCH;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_NTLM_BLOCKED;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_TICKET_REFUSED;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_TIME_SKEW;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CREDSSP_VERSION_UNSUPPORTED;
import static dev.rdptrace.diagnosis.rules.GatewayRules.RDG_CAP_DENIED;
import static dev.rdptrace.diagnosis.rules.GatewayRules.RDG_MAX_CONNECTIONS;
import static dev.rdptrace.diagnosis.rules.GatewayRules.RDG_NO_CERTIFICATE;
import static dev.rdptrace.diagnosis.rules.GatewayRules.RDG_QUARANTINE_OR_COOKIE;
import static dev.rdptrace.diagnosis.rules.GatewayRules.RDG_RAP_DENIED;
import static dev.rdptrace.diagnosis.rules.GatewayRules.RDG_REFUSED;
import static dev.rdptrace.diagnosis.rules.GatewayRules.RDG_SESSION_TIMEOUT;
import static dev.rdptrace.diagnosis.rules.GatewayRules.RDG_TARGET_UNREACHABLE;
import static dev.rdptrace.diagnosis.rules.SessionRules.LICENSE_NO_SERVER;
import static dev.rdptrace.diagnosis.rules.SessionRules.LICENSE_REFUSED_CLIENT;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Printable;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.Companions.KerberosTrouble;
import dev.rdptrace.wire.credssp.KerberosError;
import dev.rdptrace.wire.field.Code;

/// Which diagnosis a code that a peer gave for its refusal stands for, and how it is said.
public final class StatusCodes {
    private StatusCodes() {}

    private static final int NO_LICENSE_SERVER = 6;
    private static final int LONGEST_NAME = 255;

    /// NTSTATUS or HRESULT of a TSRequest, [MS-ERREF] 2.3 and 2.1.
    ///
    /// @param ntlm the client signed in with NTLM: a package that "cannot do what was asked" then means that NTLM is forbidden
    public static Signature of(int status, boolean ntlm) {
        return switch (status) {
            case 0xC0000071, 0xC0000224, 0xC0000072, 0xC0000234, 0xC0000193 -> CREDSSP_ACCOUNT_STATE;
            case 0xC000015B, 0xC000006E, 0xC000006F, 0xC0000070, 0xC0000413 -> CREDSSP_AUTH_REJECTED_LOGON_RIGHT;
            case 0xC000005E, 0xC0000233, 0xC000023C, 0xC000023D, 0x80090311, 0xC000018A, 0xC000018B, 0xC000018C, 0xC000018D, 0xC0000190,
                    0xC0000192, 0xC000019B, 0xC0000388, 0x80090350 -> CREDSSP_AUTH_REJECTED_NO_CONTROLLER;
            case 0x80090303, 0x80090322 -> CREDSSP_AUTH_REJECTED_SERVICE_NAME;
            case 0xC00002FC, 0xC00002FD, 0xC0000320, 0xC0000389, 0xC000038A, 0xC000038B, 0xC000038C, 0xC000038D, 0x80090334, 0x80090338,
                    0x8009033D, 0x80090341, 0x80090342, 0x80090343, 0x80090348, 0x80090351, 0x80090352, 0x80090353, 0x80090354,
                    0x80090355, 0x80090358, 0x80090359, 0x8009035A, 0x8009035B -> CREDSSP_TICKET_REFUSED;
            case 0xC0000133, 0x80090324 -> CREDSSP_TIME_SKEW;
            case 0xC0000418 -> CREDSSP_NTLM_BLOCKED;
            case 0x80090302 -> ntlm ? CREDSSP_NTLM_BLOCKED : CREDSSP_AUTH_REJECTED_ERRORCODE;
            case 0xC000035B, 0x80090346 -> CREDSSP_CBT_MISMATCH;
            case 0xC00000BB -> CREDSSP_VERSION_UNSUPPORTED;
            default -> CREDSSP_AUTH_REJECTED_ERRORCODE;
        };
    }

    /// Whether a KRB-ERROR refuses anything.
    static boolean refuses(int kerberosError) {
        return kerberosError > 0 && !new KerberosError(kerberosError).asksAgain();
    }

    /// Code of a KRB-ERROR, RFC 4120 7.5.9, whether a domain controller gives no ticket or the server takes none.
    public static Signature ofKerberos(int error) {
        return switch (error) {
            case 6, 24 -> CREDSSP_AUTH_REJECTED_ERRORCODE;
            case 1, 18, 23 -> CREDSSP_ACCOUNT_STATE;
            case 12 -> CREDSSP_AUTH_REJECTED_LOGON_RIGHT;
            case 2, 7, 8, 19, 26, 31, 35, 41, 44, 45 -> CREDSSP_AUTH_REJECTED_SERVICE_NAME;
            case 33, 37 -> CREDSSP_TIME_SKEW;
            case 29 -> CREDSSP_AUTH_REJECTED_NO_CONTROLLER;
            default -> CREDSSP_TICKET_REFUSED;
        };
    }

    /// [MS-TSGU] 2.2.6, as HRESULT or as the number in it.
    public static Signature ofGateway(int error, String refused) {
        return switch (error & 0xffff) {
            case 0x59da, 0x59fc -> RDG_RAP_DENIED;
            case 0x59db, 0x59fb -> RDG_CAP_DENIED;
            case 0x59dd -> RDG_TARGET_UNREACHABLE;
            case 0x59e6 -> RDG_MAX_CONNECTIONS;
            case 0x59ed, 0x59f7, 0x59f8, 0x59f9, 0x5a00 -> RDG_QUARANTINE_OR_COOKIE;
            case 0x59ee -> RDG_NO_CERTIFICATE;
            case 0x59f6, 0x04d4 -> RDG_SESSION_TIMEOUT;
            case 0x0005 -> refused.equals("channel") ? RDG_RAP_DENIED : RDG_CAP_DENIED;
            default -> RDG_REFUSED;
        };
    }

    /// dwErrorCode of a licensing message of the server, [MS-RDPBCGR] 2.2.1.12.1.3.
    public static Signature ofLicense(int error) {
        return error == NO_LICENSE_SERVER ? LICENSE_NO_SERVER : LICENSE_REFUSED_CLIENT;
    }

    /// ` for TERMSRV/host`
    static String wanted(KerberosTrouble trouble) {
        return trouble.service().isEmpty() ? "" : " for " + Identity.service(Printable.of(trouble.service(), LONGEST_NAME));
    }

    /// `STATUS_LOGON_FAILURE (0xC000006D): user name or password is wrong`
    static String says(Code code) {
        String number = Hex.code32(code.code());
        return (code.isKnown() ? code.name() + " (" + number + ")" : number) + (code.meaning().isEmpty() ? "" : ": " + code.meaning());
    }
}
