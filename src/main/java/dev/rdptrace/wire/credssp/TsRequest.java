package dev.rdptrace.wire.credssp;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Ber;
import dev.rdptrace.wire.field.NtStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// [MS-CSSP] 2.2.1 TSRequest, versions 2 to 6 and whatever comes.
///
/// @param version the sender's; the lower of both sides counts
/// @param negoTokens tokens of the security package
/// @param authInfo whether the user's credentials are inside; encrypted, and neither they nor their size are kept
/// @param pubKeyAuthLength bytes of the encrypted proof that both sides see the same certificate; -1 absent
/// @param errorCode why the server refuses; sent to clients of version 3, 4 and 6
/// @param clientNonce whether there is one; versions 5 and 6
public record TsRequest(
        int version, List<Token> negoTokens, boolean authInfo, int pubKeyAuthLength, Optional<NtStatus> errorCode,
        boolean clientNonce) {

    /// [MS-CSSP] 2.2.1.1 NegoData.
    ///
    /// @param length of the token in bytes
    public record Token(int length, AuthToken token) {}

    public TsRequest {
        negoTokens = List.copyOf(negoTokens);
    }

    public boolean hasPubKeyAuth() {
        return pubKeyAuthLength != -1;
    }

    /// The first token of this type, inside SPNEGO or not.
    public <T extends AuthToken> Optional<T> find(Class<T> type) {
        return negoTokens.stream().map(Token::token)
                .flatMap(token -> token instanceof Spnego spnego && spnego.inner().isPresent()
                        ? Stream.of(token, spnego.inner().get())
                        : Stream.of(token))
                .filter(type::isInstance).map(type::cast).findFirst();
    }

    /// Whether bytes can begin a TSRequest.
    public static boolean canBegin(int firstByte) {
        return firstByte == Ber.SEQUENCE;
    }

    /// Decodes one TSRequest at the start of `bytes[offset, offset + length)`; waits while it is incomplete.
    public static Decoded<TsRequest> decode(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "TSRequest", TsRequest::read);
    }

    private static TsRequest read(Reader in) {
        Ber.Fields fields = Ber.fields(in, "TSRequest");
        int version = (int) fields.integer(0, "version");
        List<Token> tokens = new ArrayList<>();
        if (fields.has(1)) {
            Reader list = Ber.open(fields.get(1, "negoTokens"), Ber.SEQUENCE, "negoTokens");
            while (!list.isEmpty()) {
                byte[] token = Ber.fields(list, "NegoData").octets(0, "negoToken");
                tokens.add(new Token(token.length, AuthToken.of(token, 0)));
            }
        }
        int pubKeyAuthLength = fields.has(3) ? Ber.open(fields.get(3, "pubKeyAuth"), Ber.OCTET_STRING, "pubKeyAuth").left() : -1;
        Optional<NtStatus> errorCode = fields.has(4)
                ? Optional.of(new NtStatus((int) fields.integer(4, "errorCode")))
                : Optional.empty();
        return new TsRequest(version, tokens, fields.has(2), pubKeyAuthLength, errorCode, fields.has(5));
    }
}
