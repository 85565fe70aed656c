package dev.rdptrace.wire.share;

import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Names;

/// [MS-RDPBCGR] 2.2.8.1.1.1.2 what stands behind a Share Data Header, told by pduType2.
public sealed interface DataPdu {

    /// [MS-RDPBCGR] 2.2.1.14.1 TS_SYNCHRONIZE_PDU.
    record Synchronize(int messageType, int targetUser) implements DataPdu {}

    /// [MS-RDPBCGR] 2.2.1.15.1 TS_CONTROL_PDU.
    record Control(int action, int grantId, long controlId) implements DataPdu {
        public static final int GRANTED_CONTROL = 2;
        private static final Names ACTIONS = Names.from(1, "CTRLACTION_REQUEST_CONTROL", "CTRLACTION_GRANTED_CONTROL",
                "CTRLACTION_DETACH", "CTRLACTION_COOPERATE");

        public String actionName() {
            return ACTIONS.of(action);
        }
    }

    /// [MS-RDPBCGR] 2.2.1.18.1 TS_FONT_LIST_PDU: the client's last word before the session runs.
    ///
    /// Fields that are left off are -1.
    record FontList(int numberFonts, int totalNumFonts, int listFlags, int entrySize) implements DataPdu {}

    /// [MS-RDPBCGR] 2.2.1.22.1 TS_FONT_MAP_PDU: the server's last word; the session runs.
    ///
    /// Fields that are left off are -1.
    record FontMap(int numberEntries, int totalNumEntries, int mapFlags, int entrySize) implements DataPdu {}

    /// [MS-RDPBCGR] 2.2.1.17.1 TS_BITMAPCACHE_PERSISTENT_LIST_PDU.
    record PersistentKeyList() implements DataPdu {}

    /// [MS-RDPBCGR] 2.2.5.1.1 TS_SET_ERROR_INFO_PDU.
    record SetErrorInfo(ErrorInfo errorInfo) implements DataPdu {}

    /// [MS-RDPBCGR] 2.2.5.2 Status Info PDU.
    record Status(StatusInfo status) implements DataPdu {}

    /// [MS-RDPBCGR] 2.2.4.1.1 TS_AUTORECONNECT_STATUS_PDU: the server did not accept the cookie.
    record AutoReconnectStatus(long arcStatus) implements DataPdu {}

    /// [MS-RDPBCGR] 2.2.10.1.1 TS_SAVE_SESSION_INFO_PDU_DATA.
    record SaveSession(SessionInfo info) implements DataPdu {}

    /// [MS-RDPBCGR] 2.2.2.1.1 TS_SHUTDOWN_REQ_PDU: the user closes the client's window.
    record ShutdownRequest() implements DataPdu {}

    /// [MS-RDPBCGR] 2.2.2.2.1 TS_SHUTDOWN_DENIED_PDU: a user is logged on; the client may disconnect instead.
    record ShutdownDenied() implements DataPdu {}

    /// Compressed by bulk compression, of which the history is not kept.
    ///
    /// @param length in bytes
    record Compressed(int type2, int length) implements DataPdu {}

    /// Graphics, input and whatever else the running session exchanges.
    ///
    /// @param length in bytes
    record Other(int type2, int length) implements DataPdu {

        public String name() {
            return TYPES.of(type2);
        }
    }

    /// pduType2.
    Names TYPES = Names.none()
            .and(0x02, "PDUTYPE2_UPDATE").and(0x14, "PDUTYPE2_CONTROL").and(0x1b, "PDUTYPE2_POINTER")
            .and(0x1c, "PDUTYPE2_INPUT").and(0x1f, "PDUTYPE2_SYNCHRONIZE").and(0x21, "PDUTYPE2_REFRESH_RECT")
            .and(0x22, "PDUTYPE2_PLAY_SOUND").and(0x23, "PDUTYPE2_SUPPRESS_OUTPUT")
            .and(0x24, "PDUTYPE2_SHUTDOWN_REQUEST").and(0x25, "PDUTYPE2_SHUTDOWN_DENIED")
            .and(0x26, "PDUTYPE2_SAVE_SESSION_INFO").and(0x27, "PDUTYPE2_FONTLIST").and(0x28, "PDUTYPE2_FONTMAP")
            .and(0x29, "PDUTYPE2_SET_KEYBOARD_INDICATORS").and(0x2b, "PDUTYPE2_BITMAPCACHE_PERSISTENT_LIST")
            .and(0x2c, "PDUTYPE2_BITMAPCACHE_ERROR_PDU").and(0x2d, "PDUTYPE2_SET_KEYBOARD_IME_STATUS")
            .and(0x2e, "PDUTYPE2_OFFSCRCACHE_ERROR_PDU").and(0x2f, "PDUTYPE2_SET_ERROR_INFO_PDU")
            .and(0x30, "PDUTYPE2_DRAWNINEGRID_ERROR_PDU").and(0x31, "PDUTYPE2_DRAWGDIPLUS_ERROR_PDU")
            .and(0x32, "PDUTYPE2_ARC_STATUS_PDU").and(0x36, "PDUTYPE2_STATUS_INFO_PDU")
            .and(0x37, "PDUTYPE2_MONITOR_LAYOUT_PDU").and(0x38, "PDUTYPE2_FRAME_ACKNOWLEDGE");

    /// Reads the body of one PDU.
    static DataPdu read(int type2, Reader in) {
        return switch (type2) {
            case 0x14 -> new Control(in.u16le("action"), in.u16le("grantId"), in.u32le("controlId"));
            case 0x1f -> new Synchronize(in.u16le("messageType"), in.left() < 2 ? -1 : in.u16le("targetUser"));
            case 0x24 -> new ShutdownRequest();
            case 0x25 -> new ShutdownDenied();
            case 0x26 -> new SaveSession(SessionInfo.read(in));
            case 0x27 -> new FontList(optional(in, "numberFonts"), optional(in, "totalNumFonts"), optional(in, "listFlags"),
                    optional(in, "entrySize"));
            case 0x28 -> new FontMap(optional(in, "numberEntries"), optional(in, "totalNumEntries"), optional(in, "mapFlags"),
                    optional(in, "entrySize"));
            case 0x2b -> new PersistentKeyList();
            case 0x2f -> new SetErrorInfo(new ErrorInfo(in.i32le("errorInfo")));
            case 0x32 -> new AutoReconnectStatus(in.u32le("arcStatus"));
            case 0x36 -> new Status(new StatusInfo(in.i32le("statusCode")));
            default -> new Other(type2, in.left());
        };
    }

    /// Old clients and servers end these PDUs early.
    private static int optional(Reader in, String field) {
        return in.left() < 2 ? -1 : in.u16le(field);
    }
}
