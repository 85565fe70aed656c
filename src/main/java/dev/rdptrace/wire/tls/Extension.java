package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// A hello extension, RFC 8446 4.2, as it stood on the wire.
public record Extension(int type, byte[] data) {
    public static final int SERVER_NAME = 0;
    public static final int SUPPORTED_GROUPS = 10;
    public static final int EC_POINT_FORMATS = 11;
    public static final int SIGNATURE_ALGORITHMS = 13;
    public static final int ALPN = 16;
    public static final int ENCRYPT_THEN_MAC = 22;
    public static final int EXTENDED_MASTER_SECRET = 23;
    public static final int SESSION_TICKET = 35;
    public static final int EARLY_DATA = 42;
    public static final int SUPPORTED_VERSIONS = 43;

    /// The extensions block that ends a hello; a hello without one is older than extensions.
    static List<Extension> readAll(Reader in) {
        if (in.isEmpty()) {
            return List.of();
        }
        Reader block = in.sub("extensions", "extensions", in.u16("extensions length"));
        List<Extension> extensions = new ArrayList<>();
        while (!block.isEmpty()) {
            int type = block.u16("extension_type");
            extensions.add(new Extension(type, block.bytes("extension_data", block.u16("extension_data length"))));
        }
        return List.copyOf(extensions);
    }

    static boolean has(List<Extension> extensions, int type) {
        for (int i = 0; i < extensions.size(); i++) {
            if (extensions.get(i).type == type) {
                return true;
            }
        }
        return false;
    }

    /// The content of the first extension of `type`; `absent` where there is none or it cannot be read.
    static <T> T value(List<Extension> extensions, int type, Function<Reader, T> content, T absent) {
        for (int i = 0; i < extensions.size(); i++) {
            Extension extension = extensions.get(i);
            if (extension.type == type) {
                Decoded<T> decoded = Reader.decodeWhole(extension.data, "extension", content);
                return decoded instanceof Decoded.Complete<T>(var value, _) ? value : absent;
            }
        }
        return absent;
    }

    /// A list of 16-bit codes behind a 16-bit length.
    static List<Integer> readCodes(Reader in) {
        return readCodes(in, in.u16("list length"));
    }

    static List<Integer> readCodes(Reader in, int length) {
        Reader list = in.sub("list", "list", length);
        List<Integer> codes = new ArrayList<>(list.left() / 2);
        while (!list.isEmpty()) {
            codes.add(list.u16("code"));
        }
        return List.copyOf(codes);
    }

    static List<String> readAlpn(Reader in) {
        Reader list = in.sub("protocol_name_list", "ALPN", in.u16("list length"));
        List<String> names = new ArrayList<>();
        while (!list.isEmpty()) {
            byte[] name = list.bytes("protocol_name", list.u8("name length"));
            names.add(new String(name, java.nio.charset.StandardCharsets.ISO_8859_1));
        }
        return List.copyOf(names);
    }
}
