package dev.rdptrace.wire.credssp;

import dev.rdptrace.bytes.DecodeError;
import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Printable;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Ber;
import dev.rdptrace.wire.field.Whole;

/// What one side gives its security package: SPNEGO, or NTLM or Kerberos without it.
public sealed interface AuthToken permits Spnego, Ntlm, Kerberos, AuthToken.Unknown, AuthToken.Unreadable {

    /// A mechanism this program does not read, for example NEGOEX.
    ///
    /// @param length in bytes
    /// @param begins its first bytes, where they are text
    record Unknown(int length, String begins) implements AuthToken {}

    /// A token that contradicts itself.
    ///
    /// @param length in bytes
    record Unreadable(int length, DecodeError fault) implements AuthToken {}

    /// Decodes one token that fills `bytes[offset, offset + length)`.
    static Decoded<AuthToken> decode(byte[] bytes, int offset, int length) {
        return Whole.decode(bytes, offset, length, "token", in -> read(in, 0));
    }

    /// Reads one token inside another message, which its faults do not spoil.
    ///
    /// @param depth how many tokens this one is inside
    static AuthToken of(byte[] token, int depth) {
        return switch (Reader.<AuthToken>decodeWhole(token, "token", in -> read(in, depth))) {
            case Decoded.Complete<AuthToken>(var value, _) -> value;
            case Decoded.Broken<AuthToken>(var fault) -> new Unreadable(token.length, fault);
            case Decoded.Partial<AuthToken>(int missing) ->
                    new Unreadable(token.length, new DecodeError("token", "end", token.length, "lacks " + missing + " bytes"));
        };
    }

    private static AuthToken read(Reader in, int depth) {
        if (depth > 3) {
            throw in.reject("token", "is inside too many others");
        }
        return switch (in.peek()) {
            case 'N' -> in.peek(1) == 'T' ? Ntlm.read(in) : unknown(in);
            case 0x60 -> readGssApi(in, depth);
            case 0xa0, 0xa1 -> Spnego.read(in, depth);
            case 0x6e, 0x6f, 0x7e -> Kerberos.read(in);
            default -> unknown(in);
        };
    }

    /// RFC 2743 3.1: the first token names its mechanism.
    private static AuthToken readGssApi(Reader in, int depth) {
        Reader inner = Ber.open(in, 0x60, "InitialContextToken");
        String mechanism = Ber.objectIdentifier(inner, "thisMech");
        if (mechanism.equals(Mechanism.SPNEGO)) {
            return Spnego.read(inner, depth);
        }
        if (new Mechanism(mechanism).isKerberos()) {
            return Kerberos.readGss(inner);
        }
        return unknown(inner);
    }

    private static Unknown unknown(Reader in) {
        int length = in.left();
        byte[] first = in.bytes("token", Math.min(8, length));
        in.skip("token", in.left());
        return new Unknown(length, Printable.ascii(first, 0, first.length));
    }
}
