package dev.rdptrace.wire.credssp;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Names;
import dev.rdptrace.wire.field.Whole;

/// [MS-CSSP] 2.2.1.2 TSCredentials, of which only the kind is read.
///
/// @param credType 1 password, 2 smart card, 6 Remote Credential Guard
public record TsCredentials(int credType) {
    private static final Names NAMES = Names.none().and(1, "password").and(2, "smart card").and(6, "remote guard");

    public String name() {
        return NAMES.of(credType);
    }

    /// Decodes one that fills `bytes[offset, offset + length)`, in the clear.
    public static Decoded<TsCredentials> decode(byte[] bytes, int offset, int length) {
        return Whole.decode(bytes, offset, length, "TSCredentials", TsCredentials::read);
    }

    private static TsCredentials read(Reader in) {
        return new TsCredentials((int) Der.fields(in, "TSCredentials").integer(0, "credType"));
    }
}
