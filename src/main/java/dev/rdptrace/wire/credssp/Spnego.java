package dev.rdptrace.wire.credssp;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Ber;
import dev.rdptrace.wire.field.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// RFC 4178 4.2 and [MS-SPNG] 2.2: which mechanism both sides agree on.
public sealed interface Spnego extends AuthToken {

    /// RFC 4178 4.2.1 NegTokenInit, and [MS-SPNG] 2.2.1 NegTokenInit2.
    ///
    /// @param mechanisms in the order the sender prefers
    /// @param mechToken the first token of the preferred mechanism, sent on the chance that it is the one
    /// @param mic whether the list of mechanisms is protected
    /// @param hints NegTokenInit2, which only servers send
    record Init(List<Mechanism> mechanisms, Optional<AuthToken> mechToken, boolean mic, boolean hints) implements Spnego {
        public Init {
            mechanisms = List.copyOf(mechanisms);
        }
    }

    /// RFC 4178 4.2.2 NegTokenResp.
    ///
    /// @param negState 0 to 3, or -1 when it is left off
    record Response(int negState, Optional<Mechanism> supportedMech, Optional<AuthToken> responseToken, boolean mic)
            implements
                Spnego {
        public static final int REJECT = 2;
        private static final Names STATES =
                Names.from(0, "accept-completed", "accept-incomplete", "reject", "request-mic");

        /// Empty when it is left off.
        public String negStateName() {
            return negState == -1 ? "" : STATES.of(negState);
        }
    }

    /// The token of the mechanism, when there is one.
    default Optional<AuthToken> inner() {
        return switch (this) {
            case Init init -> init.mechToken();
            case Response response -> response.responseToken();
        };
    }

    /// Reads a NegotiationToken.
    static Spnego read(Reader in, int depth) {
        return switch (in.peek()) {
            case 0xa0 -> readInit(Ber.fields(Ber.open(in, 0xa0, "negTokenInit"), "NegTokenInit"), depth);
            case 0xa1 -> readResponse(Ber.fields(Ber.open(in, 0xa1, "negTokenResp"), "NegTokenResp"), depth);
            default -> throw in.reject("NegotiationToken", "has tag " + Hex.code(in.peek()));
        };
    }

    private static Init readInit(Ber.Fields fields, int depth) {
        List<Mechanism> mechanisms = new ArrayList<>();
        if (fields.has(0)) {
            Reader list = Ber.open(fields.get(0, "mechTypes"), Ber.SEQUENCE, "mechTypes");
            while (!list.isEmpty()) {
                mechanisms.add(new Mechanism(Ber.objectIdentifier(list, "MechType")));
            }
        }
        boolean hints = fields.has(3) && fields.get(3, "negHints").peek() == Ber.SEQUENCE;
        return new Init(mechanisms, token(fields, "mechToken", depth), fields.has(3) && !hints || fields.has(4), hints);
    }

    private static Response readResponse(Ber.Fields fields, int depth) {
        int state = fields.has(0) ? (int) Ber.integer(fields.get(0, "negState"), Ber.ENUMERATED, "negState") : -1;
        Optional<Mechanism> mechanism = fields.has(1)
                ? Optional.of(new Mechanism(Ber.objectIdentifier(fields.get(1, "supportedMech"), "supportedMech")))
                : Optional.empty();
        return new Response(state, mechanism, token(fields, "responseToken", depth), fields.has(3));
    }

    private static Optional<AuthToken> token(Ber.Fields fields, String field, int depth) {
        if (!fields.has(2)) {
            return Optional.empty();
        }
        byte[] token = fields.octets(2, field);
        return token.length == 0 ? Optional.empty() : Optional.of(AuthToken.of(token, depth + 1));
    }
}
