package dev.rdptrace.wire.license;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Identifies;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Names;
import dev.rdptrace.wire.field.Text;
import java.util.ArrayList;
import java.util.List;

/// [MS-RDPBCGR] 2.2.1.12.1.1 LICENSE_PREAMBLE and the message behind it.
///
/// Decoded from the bytes after the security header. What is encrypted with licensing keys is only counted.
public sealed interface LicensePdu {

    /// [MS-RDPELE] 2.2.2.1 SERVER_LICENSE_REQUEST, type 0x01.
    ///
    /// @param productVersion major version of the server's system in the high half
    /// @param companyName as a rule `Microsoft Corporation`
    /// @param productId as a rule `A02`: per device or per user
    /// @param keyExchangeAlgorithms 1 is RSA
    /// @param certificateLength of the server certificate in bytes; 0 when the client has it already
    /// @param scopes who issued the licences that count
    record LicenseRequest(
            int preambleFlags, int productVersion, @Identifies(Identity.WORD) String companyName,
            @Identifies(Identity.WORD) String productId, List<Integer> keyExchangeAlgorithms, int certificateLength,
            @Identifies(Identity.WORD) List<String> scopes)
            implements
                LicensePdu {
        public LicenseRequest {
            keyExchangeAlgorithms = List.copyOf(keyExchangeAlgorithms);
            scopes = List.copyOf(scopes);
        }
    }

    /// [MS-RDPELE] 2.2.2.4 SERVER_PLATFORM_CHALLENGE, type 0x02.
    record PlatformChallenge(int preambleFlags, int encryptedLength) implements LicensePdu {}

    /// [MS-RDPELE] 2.2.2.7 SERVER_NEW_LICENSE, type 0x03: a licence was issued.
    record NewLicense(int preambleFlags, int encryptedLength) implements LicensePdu {}

    /// [MS-RDPELE] 2.2.2.6 SERVER_UPGRADE_LICENSE, type 0x04: a licence was renewed.
    record UpgradeLicense(int preambleFlags, int encryptedLength) implements LicensePdu {}

    /// [MS-RDPELE] 2.2.2.3 CLIENT_LICENSE_INFO, type 0x12: the client shows a licence it holds.
    ///
    /// @param platformId system in the highest byte, vendor in the next, build in the rest
    record LicenseInformation(int preambleFlags, int platformId, int licenseLength) implements LicensePdu {}

    /// [MS-RDPELE] 2.2.2.2 CLIENT_NEW_LICENSE_REQUEST, type 0x13: the client has none.
    ///
    /// @param platformId system in the highest byte, vendor in the next, build in the rest
    record NewLicenseRequest(int preambleFlags, int platformId, @Identifies(Identity.USER) String userName,
            @Identifies(Identity.HOST) String machineName)
            implements
                LicensePdu {}

    /// [MS-RDPELE] 2.2.2.5 CLIENT_PLATFORM_CHALLENGE_RESPONSE, type 0x15.
    record PlatformChallengeResponse(int preambleFlags, int encryptedLength) implements LicensePdu {}

    /// [MS-RDPBCGR] 2.2.1.12.1.3 LICENSE_ERROR_MESSAGE, type 0xFF. Despite its name the usual good end.
    record ErrorAlert(int preambleFlags, int errorCode, int stateTransition) implements LicensePdu {
        public static final int VALID_CLIENT = 7;
        public static final int NO_TRANSITION = 2;
        private static final Names TRANSITIONS = Names.from(1,
                "ST_TOTAL_ABORT", "ST_NO_TRANSITION", "ST_RESET_PHASE_TO_START", "ST_RESEND_LAST_MESSAGE");

        /// The client may go on; no licence needed to change hands.
        public boolean isValidClient() {
            return errorCode == VALID_CLIENT && stateTransition == NO_TRANSITION;
        }

        /// The name of an error code, or its number.
        public static String nameOf(int errorCode) {
            return new LicenseError(errorCode).name();
        }

        public String errorName() {
            return nameOf(errorCode);
        }

        public String stateTransitionName() {
            return TRANSITIONS.of(Integer.toUnsignedLong(stateTransition));
        }
    }

    /// A message type this program does not know.
    ///
    /// @param length of its body in bytes
    record Unknown(int preambleFlags, int type, int length) implements LicensePdu {}

    /// bMsgType of a message.
    static int type(LicensePdu message) {
        return switch (message) {
            case LicenseRequest _ -> 0x01;
            case PlatformChallenge _ -> 0x02;
            case NewLicense _ -> 0x03;
            case UpgradeLicense _ -> 0x04;
            case LicenseInformation _ -> 0x12;
            case NewLicenseRequest _ -> 0x13;
            case PlatformChallengeResponse _ -> 0x15;
            case ErrorAlert _ -> 0xff;
            case Unknown unknown -> unknown.type();
        };
    }

    /// Reads one message, preamble first.
    static LicensePdu read(Reader in) {
        int type = in.u8("bMsgType");
        int flags = in.u8("flags");
        Reader body = in.sub("wMsgSize", "license " + Hex.code(type), in.u16le("wMsgSize") - 4);
        return switch (type) {
            case 0x01 -> readRequest(flags, body);
            case 0x02 -> {
                body.i32le("ConnectFlags");
                yield new PlatformChallenge(flags, skipBlob(body, "EncryptedPlatformChallenge"));
            }
            case 0x03 -> new NewLicense(flags, skipBlob(body, "EncryptedLicenseInfo"));
            case 0x04 -> new UpgradeLicense(flags, skipBlob(body, "EncryptedLicenseInfo"));
            case 0x12 -> {
                int platformId = readClientHead(body);
                yield new LicenseInformation(flags, platformId, skipBlob(body, "LicenseInfo"));
            }
            case 0x13 -> {
                int platformId = readClientHead(body);
                yield new NewLicenseRequest(flags, platformId,
                        Text.ansi(blob(body, "ClientUserName")), Text.ansi(blob(body, "ClientMachineName")));
            }
            case 0x15 -> new PlatformChallengeResponse(flags, skipBlob(body, "EncryptedPlatformChallengeResponse"));
            case 0xff -> new ErrorAlert(flags, body.i32le("dwErrorCode"), body.i32le("dwStateTransition"));
            default -> new Unknown(flags, type, body.left());
        };
    }

    private static LicenseRequest readRequest(int flags, Reader in) {
        in.skip("ServerRandom", 32);
        int version = in.i32le("dwVersion");
        String company = Text.utf16le(in.bytes("pbCompanyName", in.i32le("cbCompanyName")));
        String product = Text.utf16le(in.bytes("pbProductId", in.i32le("cbProductId")));
        in.u16le("wBlobType");
        Reader algorithms = in.sub("KeyExchangeList", "LICENSE_BINARY_BLOB", in.u16le("wBlobLen"));
        List<Integer> keyExchange = new ArrayList<>();
        while (algorithms.left() >= 4) {
            keyExchange.add(algorithms.i32le("KeyExchangeList"));
        }
        int certificateLength = skipBlob(in, "ServerCertificate");
        int scopeCount = in.i32le("ScopeCount");
        if (scopeCount < 0 || scopeCount > in.left() / 4) {
            throw in.reject("ScopeCount", "is " + Integer.toUnsignedLong(scopeCount) + " for " + in.left() + " bytes");
        }
        List<String> scopes = new ArrayList<>();
        for (int i = 0; i < scopeCount; i++) {
            scopes.add(Text.ansi(blob(in, "Scope")));
        }
        return new LicenseRequest(flags, version, company, product, keyExchange, certificateLength, scopes);
    }

    /// What license information and new license request have in common; secrets are passed over.
    private static int readClientHead(Reader in) {
        in.i32le("PreferredKeyExchangeAlg");
        int platformId = in.i32le("PlatformId");
        in.skip("ClientRandom", 32);
        skipBlob(in, "EncryptedPreMasterSecret");
        return platformId;
    }

    /// [MS-RDPBCGR] 2.2.1.12.1.2 LICENSE_BINARY_BLOB.
    private static byte[] blob(Reader in, String field) {
        in.u16le(field);
        return in.bytes(field, in.u16le(field));
    }

    private static int skipBlob(Reader in, String field) {
        in.u16le(field);
        int length = in.u16le(field);
        in.skip(field, length);
        return length;
    }
}
