package dev.rdptrace.wire.gateway;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Reader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// PDUs of RPC over HTTP version 2: those of connection-oriented RPC ([C706] 12.6.4) and between them the RTS PDUs, which set up
/// and keep its two channels ([MS-RPCH] 2.2.3.6). Tokens of authentication are passed over.
public sealed interface RpcPdu {

    /// [MS-RPCH] 2.2.4.
    ///
    /// @param commands their types, in order
    /// @param cookie the first one, which names the virtual connection; empty where none is given
    record Rts(int flags, List<Integer> commands, String cookie) implements RpcPdu {
        private static final int RECYCLE = 4;

        public Rts {
            commands = List.copyOf(commands);
        }

        /// [MS-RPCH] 2.2.4.1: flags and commands together say which one it is; empty for those that only keep a channel going.
        public String name() {
            return flags != 0 && flags != RECYCLE ? "" : switch (commands.toString()) {
                case "[6, 3, 3, 0]" -> "CONN/A1";
                case "[2]" -> "CONN/A3";
                case "[6, 3, 3, 4, 5, 12]" -> "CONN/B1";
                case "[6, 0, 2]" -> "CONN/C2";
                case "[6, 3, 3, 3]" -> "IN_R1/A1";
                case "[6, 3, 3, 3, 0]" -> "OUT_R1/A3";
                default -> "";
            };
        }
    }

    /// [C706] 12.6.4.3 bind and 12.6.4.1 alter_context.
    ///
    /// @param ndr64 numbers of the contexts whose data are in NDR64 ([MS-RPCE] 2.2.5), for the server to choose from
    record Bind(Set<Integer> ndr64) implements RpcPdu {
        public Bind {
            ndr64 = Set.copyOf(ndr64);
        }
    }

    /// [C706] 12.6.4.5.
    record BindNak(int reason) implements RpcPdu {}

    /// [C706] 12.6.4.7.
    record Fault(int callId, int status) implements RpcPdu {}

    /// [C706] 12.6.4.9 request or 12.6.4.10 response, or a fragment of one.
    ///
    /// @param opnum of a request, else -1
    /// @param offset of the data, in bytes from the start of this PDU
    /// @param length of the data in bytes
    /// @param sealed the data are encrypted ([MS-RPCE] 2.2.1.1.8 RPC_C_AUTHN_LEVEL_PKT_PRIVACY)
    record Call(int callId, boolean first, boolean last, int context, int opnum, int offset, int length, boolean sealed)
            implements
                RpcPdu {
        public boolean request() {
            return opnum >= 0;
        }
    }

    record Other(int type) implements RpcPdu {}

    int HEADER = 16;
    int PRIVACY = 6;
    /// [MS-RPCE] 2.2.4.12: the transfer syntax 71710533-beba-4937-8319-b5dbef9ccc36 as it stands on the wire.
    byte[] NDR64 = {0x33, 5, 0x71, 0x71, (byte) 0xba, (byte) 0xbe, 0x37, 0x49, (byte) 0x83, 0x19, (byte) 0xb5, (byte) 0xdb, (byte) 0xef,
            (byte) 0x9c, (byte) 0xcc, 0x36};

    /// Decodes one PDU at the start of `bytes[offset, offset + length)`; waits while it is incomplete.
    static Decoded<RpcPdu> decode(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "RPC", RpcPdu::read);
    }

    private static RpcPdu read(Reader in) {
        if (in.u8("rpc_vers") != 5) {
            throw in.reject("rpc_vers", "is not 5");
        }
        in.u8("rpc_vers_minor");
        int type = in.u8("PTYPE");
        int flags = in.u8("pfc_flags");
        if (in.u8("packed_drep") != 0x10) {
            throw in.reject("packed_drep", "is not little-endian");
        }
        in.skip("packed_drep", 3);
        int length = in.u16le("frag_length");
        int trailer = in.u16le("auth_length");
        int callId = in.i32le("call_id");
        if (length < HEADER + trailer) {
            throw in.reject("frag_length", "is " + length);
        }
        Reader body = in.sub("frag_length", "RPC PDU", length - HEADER);
        return switch (type) {
            case 0, 2 -> call(body, type == 0, flags, trailer, callId);
            case 3 -> {
                body.skip("alloc_hint to reserved", 8);
                yield new Fault(callId, body.i32le("status"));
            }
            case 11, 14 -> bind(body);
            case 13 -> new BindNak(body.u16le("provider_reject_reason"));
            case 20 -> rts(body);
            default -> new Other(type);
        };
    }

    private static Call call(Reader in, boolean request, int flags, int trailer, int callId) {
        in.i32le("alloc_hint");
        int context = in.u16le("p_cont_id");
        int opnum = in.u16le(request ? "opnum" : "cancel_count");
        if (request && (flags & 0x80) != 0) {
            in.skip("object", 16);
        }
        int offset = HEADER + in.offset();
        if (trailer > 0) {
            if (in.left() < trailer + 8) {
                throw in.reject("auth_length", "is " + trailer);
            }
            Reader data = in.sub("stub", "stub", in.left() - trailer - 8);
            in.u8("auth_type");
            boolean sealed = in.u8("auth_level") == PRIVACY;
            int length = data.left() - in.u8("auth_pad_length");
            if (length < 0) {
                throw in.reject("auth_pad_length", "is longer than the data");
            }
            return new Call(callId, (flags & 1) != 0, (flags & 2) != 0, context, request ? opnum : -1, offset, length, sealed);
        }
        return new Call(callId, (flags & 1) != 0, (flags & 2) != 0, context, request ? opnum : -1, offset, in.left(), false);
    }

    private static Bind bind(Reader in) {
        in.skip("max_xmit_frag to assoc_group_id", 8);
        int contexts = in.u8("n_context_elem");
        in.skip("reserved", 3);
        Set<Integer> ndr64 = new HashSet<>();
        for (int i = 0; i < contexts; i++) {
            int context = in.u16le("p_cont_id");
            int syntaxes = in.u8("n_transfer_syn");
            in.u8("reserved");
            in.skip("abstract_syntax", 20);
            for (int j = 0; j < syntaxes; j++) {
                if (Arrays.equals(in.bytes("transfer_syntax", 16), NDR64)) {
                    ndr64.add(context);
                }
                in.skip("if_version", 4);
            }
        }
        return new Bind(ndr64);
    }

    private static Rts rts(Reader in) {
        int flags = in.u16le("Flags");
        int count = in.u16le("NumberOfCommands");
        List<Integer> commands = new ArrayList<>();
        String cookie = "";
        for (int i = 0; i < count; i++) {
            int command = in.i32le("CommandType");
            commands.add(command);
            switch (command) {
                case 0, 2, 4, 5, 6, 13, 14 -> in.i32le("value");
                case 1 -> in.skip("Ack", 24);
                case 3 -> {
                    byte[] bytes = in.bytes("Cookie", 16);
                    cookie = cookie.isEmpty() ? Hex.of(bytes, 0, bytes.length) : cookie;
                }
                case 7, 9, 10 -> {}
                case 8 -> in.skip("Padding", in.i32le("ConformanceCount"));
                case 11 -> in.skip("ClientAddress", in.i32le("AddressType") == 0 ? 16 : 28);
                case 12 -> in.skip("AssociationGroupId", 16);
                default -> throw in.reject("CommandType", "is " + Integer.toUnsignedLong(command));
            }
        }
        return new Rts(flags, commands, cookie);
    }
}
