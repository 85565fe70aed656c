package dev.rdptrace.wire.share;

import dev.rdptrace.bytes.Identifies;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Names;
import dev.rdptrace.wire.field.Text;

/// [MS-RDPBCGR] 2.2.10.1.1 infoType and infoData: the server tells that, or why not, a user has logged on.
public sealed interface SessionInfo {

    /// [MS-RDPBCGR] 2.2.10.1.1.1 and 2.2.10.1.1.2 Logon Info, version 1 or 2: a user has logged on.
    record Logon(int version, String domain, @Identifies(Identity.USER) String userName, long sessionId) implements SessionInfo {}

    /// [MS-RDPBCGR] 2.2.10.1.1.3 TS_PLAIN_NOTIFY: somebody has logged on.
    record PlainNotify() implements SessionInfo {}

    /// [MS-RDPBCGR] 2.2.10.1.1.4 TS_LOGON_INFO_EXTENDED.
    ///
    /// @param autoReconnectCookie whether the server gave one; it is not kept
    /// @param logonErrors whether the two fields that follow were present
    /// @param errorType an NTSTATUS or one of the LOGON_MSG codes
    /// @param errorData a session identifier or one of the LOGON_FAILED codes
    record Extended(boolean autoReconnectCookie, boolean logonErrors, int errorType, int errorData)
            implements
                SessionInfo {
        private static final Names TYPES = Names.none()
                .and(0xfffffff8L, "LOGON_MSG_SESSION_BUSY_OPTIONS")
                .and(0xfffffff9L, "LOGON_MSG_DISCONNECT_REFUSED")
                .and(0xfffffffaL, "LOGON_MSG_NO_PERMISSION")
                .and(0xfffffffbL, "LOGON_MSG_BUMP_OPTIONS")
                .and(0xfffffffcL, "LOGON_MSG_RECONNECT_OPTIONS")
                .and(0xfffffffdL, "LOGON_MSG_SESSION_TERMINATE")
                .and(0xfffffffeL, "LOGON_MSG_SESSION_CONTINUE")
                .and(0xffffffffL, "ERROR_CODE_ACCESS_DENIED");
        private static final Names DATA = Names.from(0, "LOGON_FAILED_BAD_PASSWORD", "LOGON_FAILED_UPDATE_PASSWORD",
                "LOGON_FAILED_OTHER", "LOGON_WARNING");

        public String errorTypeName() {
            return TYPES.of(Integer.toUnsignedLong(errorType));
        }

        public String errorDataName() {
            return DATA.of(Integer.toUnsignedLong(errorData));
        }
    }

    /// A type this program does not know.
    record Unknown(long infoType) implements SessionInfo {}

    static SessionInfo read(Reader in) {
        long type = in.u32le("infoType");
        if (type == 0) {
            String domain = fixed(in, "Domain", 52);
            String userName = fixed(in, "UserName", 512);
            return new Logon(1, domain, userName, in.left() < 4 ? -1 : in.u32le("SessionId"));
        }
        if (type == 1) {
            in.u16le("Version");
            in.u32le("Size");
            long sessionId = in.u32le("SessionId");
            int domainLength = in.i32le("cbDomain");
            int userLength = in.i32le("cbUserName");
            in.skip("Pad", 558);
            return new Logon(2, Text.utf16le(in.bytes("Domain", domainLength)),
                    Text.utf16le(in.bytes("UserName", userLength)), sessionId);
        }
        if (type == 2) {
            return new PlainNotify();
        }
        return type == 3 ? readExtended(in) : new Unknown(type);
    }

    private static String fixed(Reader in, String field, int size) {
        int length = in.i32le(field);
        byte[] text = in.bytes(field, size);
        if (length < 0 || length > size) {
            throw in.reject(field, "has length " + Integer.toUnsignedLong(length) + " in " + size + " bytes");
        }
        return Text.utf16le(text);
    }

    private static Extended readExtended(Reader in) {
        in.u16le("Length");
        int present = in.i32le("FieldsPresent");
        boolean cookie = (present & 1) != 0;
        if (cookie) {
            in.skip("AutoReconnectCookie", in.i32le("cbFieldData"));
        }
        boolean errors = (present & 2) != 0;
        if (!errors) {
            return new Extended(cookie, false, 0, 0);
        }
        Reader field = in.sub("LogonErrors", "TS_LOGON_ERRORS_INFO", in.i32le("cbFieldData"));
        return new Extended(cookie, true, field.i32le("ErrorNotificationType"), field.i32le("ErrorNotificationData"));
    }
}
