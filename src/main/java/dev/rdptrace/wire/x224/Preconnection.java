package dev.rdptrace.wire.x224;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Printable;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Text;

/// [MS-RDPEPS] 2.2.1.1 and 2.2.1.2 RDP_PRECONNECTION_PDU_V1 and _V2: which of several RDP sources behind one port the client wants. It
/// stands before everything else, in the clear; a Hyper-V host takes the virtual machine's number from it.
///
/// ```
/// cbSize:4 | Flags:4 | Version:4 | Id:4 | in version 2: cchPCB:2 | wszPCB: cchPCB characters     all little-endian
/// ```
///
/// @param version 1 or 2
/// @param id of the source
/// @param name of the source, with version 2
public record Preconnection(int version, long id, String name) {
    private static final int LENGTH_1 = 16;
    private static final int LENGTH_2 = 18;
    /// cbSize, Flags and Version: with these it can be told from anything else.
    private static final int FIXED = 12;
    private static final int LONGEST = 4096;
    private static final int MISFIT = -1;
    private static final int LONGEST_SHOWN = 80;

    /// Could a packet that begins with these bytes hold one, whole or its beginning? Cheap, for every packet.
    public static boolean begins(byte[] bytes, int offset, int length) {
        return length >= FIXED && size(bytes, offset, length) > 0;
    }

    /// Do these bytes, too few to tell, allow for one?
    public static boolean mayBegin(byte[] bytes, int offset, int length) {
        return length > 0 && length < FIXED && (bytes[offset] & 1) == 0 && size(bytes, offset, length) != MISFIT;
    }

    /// Its length, 0 if there are too few bytes to know it, or [#MISFIT].
    private static int size(byte[] bytes, int offset, int length) {
        for (int at = 2; at < Math.min(length, FIXED); at++) {
            if (at != 8 && bytes[offset + at] != 0) {
                return MISFIT;
            }
        }
        int version = length > 8 ? bytes[offset + 8] : 2;
        if (version != 1 && version != 2) {
            return MISFIT;
        }
        if (length < 2) {
            return 0;
        }
        int size = bytes[offset] & 0xff | (bytes[offset + 1] & 0xff) << 8;
        boolean fits = (size == LENGTH_1 || size >= LENGTH_2 && size <= LONGEST && (size & 1) == 0)
                && (length <= 8 || version == 1 == (size == LENGTH_1));
        return fits ? size : MISFIT;
    }

    /// Decodes the PDU at the start of the bytes.
    public static Decoded<Preconnection> decode(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "RDP_PRECONNECTION_PDU", Preconnection::read);
    }

    private static Preconnection read(Reader in) {
        long size = in.u32le("cbSize");
        if (size < LENGTH_1 || size == LENGTH_1 + 1 || size > LONGEST) {
            throw in.reject("cbSize", "is " + size);
        }
        Reader pdu = in.sub("pdu", "RDP_PRECONNECTION_PDU", (int) size - 4);
        pdu.skip("Flags", 4);
        int version = pdu.i32le("Version");
        long id = pdu.u32le("Id");
        String name = size == LENGTH_1 ? "" : Text.utf16le(pdu.bytes("wszPCB", 2 * pdu.u16le("cchPCB")));
        return new Preconnection(version, id, name);
    }

    /// Whom the client asks for, in words; the name is marked as an [Identity].
    public String target() {
        return name.isEmpty() ? "source " + id : "\"" + Identity.NAME.of(Printable.of(name, LONGEST_SHOWN)) + "\"";
    }
}
