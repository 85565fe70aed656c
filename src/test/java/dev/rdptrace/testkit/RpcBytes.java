package dev.rdptrace.testkit;

import static dev.rdptrace.testkit.DerBytes.hex;
import static dev.rdptrace.testkit.DerBytes.join;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// PDUs of RPC over HTTP ([C706] 12.6, [MS-RPCH] 2.2.4) and the calls of a gateway in them ([MS-TSGU] 3.2.6), in NDR or NDR64.
public final class RpcBytes {
    private static final byte[] HANDLE = hex("00000000 36411841 dd2d8443 836382cc b6eaf3f9");
    private static final int REQUEST = 0;
    private static final int RESPONSE = 2;
    private static final int FIRST = 1;
    private static final int LAST = 2;

    private final boolean is64;
    private int calls;
    private int pipe;

    public RpcBytes(boolean ndr64) {
        this.is64 = ndr64;
    }

    /// [C706] 14 and [MS-RPCE] 2.2.5.
    private static final class Ndr {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final boolean is64;

        Ndr(boolean is64) {
            this.is64 = is64;
        }

        Ndr align(int to) {
            while (out.size() % to != 0) {
                out.write(0);
            }
            return this;
        }

        Ndr raw(byte[] bytes) {
            out.writeBytes(bytes);
            return this;
        }

        Ndr u32(int... values) {
            for (int value : values) {
                align(4).raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
            }
            return this;
        }

        Ndr u16(int... values) {
            for (int value : values) {
                align(2).raw(new byte[] {(byte) value, (byte) (value >> 8)});
            }
            return this;
        }

        Ndr begin() {
            return align(is64 ? 8 : 4);
        }

        Ndr size(int value) {
            begin().u32(value);
            return is64 ? u32(0) : this;
        }

        Ndr pointer(boolean any) {
            return size(any ? 0x20000 : 0);
        }

        Ndr string(String text) {
            int length = text.length() + 1;
            return size(length).size(0).size(length).raw((text + "\0").getBytes(StandardCharsets.UTF_16LE));
        }

        Ndr packet(int kind) {
            return begin().u32(kind).begin().u32(kind).pointer(true);
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }

    private Ndr ndr() {
        return new Ndr(is64);
    }

    // ---- PDUs ----

    private static byte[] pdu(int type, int flags, int call, int trailer, byte[]... body) {
        byte[] all = join(body);
        return ByteBuffer.allocate(16 + all.length).order(ByteOrder.LITTLE_ENDIAN).put((byte) 5).put((byte) 0).put((byte) type)
                .put((byte) flags)
                .putInt(0x10).putShort((short) (16 + all.length)).putShort((short) trailer).putInt(call).put(all).array();
    }

    private static byte[] rts(int flags, int commands, String... body) {
        byte[] all = new byte[0];
        for (String each : body) {
            all = join(all, hex(each));
        }
        return pdu(20, 3, 0, 0, new byte[] {(byte) flags, 0, (byte) commands, 0}, all);
    }

    private static String cookie(int number) {
        return "03000000" + String.format("%02x", number).repeat(16);
    }

    /// @param connection another number makes another virtual connection
    public static byte[] connA1(int connection) {
        return rts(0, 4, "06000000 01000000", cookie(connection), cookie(90), "00000000 00000100");
    }

    public static byte[] connA3() {
        return rts(0, 1, "02000000 c0d40100");
    }

    public static byte[] connB1(int connection) {
        return rts(0, 6, "06000000 01000000", cookie(connection), cookie(91), "04000000 00000040", "05000000 e0930400",
                "0c000000" + "5a".repeat(16));
    }

    public static byte[] connC2() {
        return rts(0, 3, "06000000 01000000", "00000000 00000100", "02000000 c0d40100");
    }

    public static byte[] ping() {
        return rts(1, 0);
    }

    /// Offers NDR, or NDR64.
    public byte[] bind() {
        String ndr = is64 ? "33057171babe37498319b5dbef9ccc36 01000000" : "045d888aeb1cc9119fe808002b104860 02000000";
        return pdu(11, 3, ++calls, 0, hex("f80ff80f 00000000 01000000 0000 01 00"), hex("dd65e24447afed42 8560 3cdb6e7a2729 01000300"),
                hex(ndr));
    }

    public byte[] bindAck() {
        return pdu(12, 3, calls, 0, hex("f80ff80f 01000000 0500 33333838 00 00 01000000 0000 0000"), new byte[20]);
    }

    public byte[] bindNak(int reason) {
        return pdu(13, 3, calls, 0, new byte[] {(byte) reason, 0, 0});
    }

    public byte[] fault(int status) {
        return pdu(3, FIRST | LAST, calls, 0, new byte[8], ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(status).array());
    }

    /// Signed and not encrypted, as [MS-TSGU] 3.2.5 wants it at least.
    private byte[] request(int opnum, byte[] stub) {
        calls++;
        return request(opnum, stub, FIRST | LAST, 5);
    }

    private byte[] request(int opnum, byte[] stub, int flags, int level) {
        int pad = (4 - stub.length % 4) % 4;
        return pdu(REQUEST, flags, calls, 16, new byte[6], new byte[] {(byte) opnum, 0}, stub, new byte[pad],
                new byte[] {10, (byte) level, (byte) pad, 0, 0, 0, 0, 0}, new byte[16]);
    }

    private byte[] response(int call, byte[] stub, int flags) {
        return pdu(RESPONSE, flags, call, 0, new byte[8], stub);
    }

    private byte[] response(byte[] stub) {
        return response(calls, stub, FIRST | LAST);
    }

    // ---- calls ----

    private static Ndr versions(Ndr ndr, boolean cookie) {
        ndr.u16(0x5452, 0x5643).pointer(true).u32(1).u16(1, 1, 0);
        if (cookie) {
            ndr.begin().u32(4).pointer(true);
        }
        return ndr.size(1).u32(1, 1, 0x1f);
    }

    /// @param cookie of pluggable authentication
    public byte[] createTunnel(boolean cookie) {
        Ndr ndr = versions(ndr().packet(cookie ? 0x4054 : 0x5643), cookie);
        return request(1, (cookie ? ndr.size(4).raw(hex("54657374")) : ndr).bytes());
    }

    public byte[] tunnelCreated(int error) {
        if (error != 0) {
            return response(ndr().pointer(false).raw(new byte[20]).u32(0, error).bytes());
        }
        Ndr ndr = ndr().pointer(true).packet(0x4350);
        ndr.u32(0, 5).pointer(true).raw(new byte[16]).pointer(true).begin().u32(1, 1, 1).begin().u32(1).pointer(true);
        versions(ndr.string("MIIB").begin(), false);
        return response(ndr.begin().u32(1, 1, 7).pointer(true).size(7).raw("Accept\0".getBytes(StandardCharsets.UTF_16LE)).align(4)
                .raw(HANDLE).u32(7, 0).bytes());
    }

    public byte[] authorizeTunnel(String client) {
        return request(2, ndr().raw(HANDLE).packet(0x5152).u32(0).pointer(true).u32(client.length() + 1).pointer(false).u32(0).begin()
                .string(client).bytes());
    }

    /// @param minutes after which the gateway ends a session that is idle
    public byte[] tunnelAuthorized(int error, int minutes) {
        return response(error != 0 ? ndr().pointer(false).u32(error).bytes()
                : ndr().pointer(true).packet(0x5052).u32(0x5152, 0).pointer(true).u32(4, 0, 0, 1, 0, 0, 0, 1, 0).size(4).u32(minutes, 0)
                        .bytes());
    }

    public byte[] askForMessages() {
        return request(3, ndr().raw(HANDLE).u32(1).packet(0x4752).u32(1).bytes());
    }

    public byte[] message(String text) {
        return response(ndr().pointer(true).packet(0x4750).u32(1, 2, 1).begin().u32(2).pointer(true).begin().u32(1, 1, text.length() + 1)
                .pointer(true)
                .size(text.length() + 1).raw((text + "\0").getBytes(StandardCharsets.UTF_16LE)).u32(0).bytes());
    }

    private byte[] channel(String host) {
        return ndr().raw(HANDLE).begin().pointer(true).u32(1).pointer(false).u16(0).u32(3389 << 16 | 3).begin().size(1).pointer(true)
                .string(host).bytes();
    }

    public byte[] createChannel(String host) {
        return request(4, channel(host));
    }

    /// The same in two fragments, or with the data encrypted.
    public byte[] createChannel(String host, boolean sealed) {
        calls++;
        byte[] stub = channel(host);
        return sealed ? request(4, stub, FIRST | LAST, 6) : join(request(4, java.util.Arrays.copyOf(stub, 32), FIRST, 5),
                request(4, java.util.Arrays.copyOfRange(stub, 32, stub.length), LAST, 5));
    }

    public byte[] channelCreated(int error) {
        return response(ndr().raw(error == 0 ? HANDLE : new byte[20]).u32(error == 0 ? 1 : 0, error).bytes());
    }

    public byte[] setupReceivePipe() {
        byte[] asks = request(8, HANDLE);
        pipe = calls;
        return asks;
    }

    /// [MS-TSGU] 2.2.9.3, with the data in one buffer or in two.
    public byte[] sendToServer(byte[] data, int inFirst) {
        int buffers = inFirst < data.length ? 2 : 1;
        ByteBuffer head = ByteBuffer.allocate(8 + 4 * buffers).putInt(data.length + 4 * buffers).putInt(buffers).putInt(inFirst);
        return request(9, join(HANDLE, (buffers == 2 ? head.putInt(data.length - inFirst) : head).array(), data));
    }

    public byte[] sent() {
        return response(new byte[4]);
    }

    public byte[] received(byte[] data) {
        return response(pipe, data, FIRST);
    }

    public byte[] pipeEnds(int code) {
        return response(pipe, ndr().u32(code).bytes(), LAST);
    }

    public byte[] closeChannel() {
        return request(6, HANDLE);
    }

    public byte[] channelClosed() {
        return response(ndr().raw(new byte[20]).u32(0).bytes());
    }
}
