package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import java.util.Optional;

/// Whose turn it is: who owes the next message after the furthest step, in the order of [MS-RDPBCGR] 1.3.1.1,
/// [MS-RDPELE] 1.3.3, [MS-CSSP] 3.1.5, RFC 5246 7.3 and RFC 8446 2. Silence is the debtor's.
final class Turn {
    private Turn() {}

    /// Who owes the next message; empty where either may speak, or where what was said last could not be read.
    static Optional<Side> of(Case c) {
        Step last = c.attempt().furthest().orElse(null);
        if (last == null || c.failure().isPresent() || c.attempt().gateway() && last.compareTo(Step.TLS_DONE) >= 0) {
            return Optional.empty();
        }
        Optional<Side> usual = switch (last) {
            // The client sends these and more behind them without waiting; the server may answer at once.
            case CLIENT_KEY_EXCHANGE, ERECT_DOMAIN, SECURITY_EXCHANGE, CONFIRM_ACTIVE, FONT_LIST -> Optional.empty();
            case REFUSED, FONT_MAP -> Optional.empty();
            case SERVER_HELLO, CERTIFICATE, SERVER_FLIGHT -> c.sealedFlightReceived() ? Optional.of(Side.CLIENT) : Ladder.next(c).map(Step::from);
            // A licence request is answered, a licence is followed by more.
            case LICENSE -> Optional.of(Side.CLIENT);
            default -> Ladder.next(c).map(Step::from);
        };
        if (usual.isEmpty() || !spokeSince(c, usual.get())) {
            return usual;
        }
        // The debtor has said something that is no step: then it is the other one's turn, unless that one spoke last.
        Side other = usual.get().other();
        return lastWord(c, other) > lastWord(c, usual.get()) ? usual : Optional.of(other);
    }

    private static boolean spokeSince(Case c, Side side) {
        return lastWord(c, side) > c.lastStep().frame();
    }

    /// The frame of the last payload of `side` before the end.
    private static long lastWord(Case c, Side side) {
        return c.attempt().tcp().half(side).receipts().lastBefore(c.ending().nobody() ? Long.MAX_VALUE : c.ending().at().frame());
    }
}
