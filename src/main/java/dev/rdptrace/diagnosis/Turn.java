package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.timeline.Step;
import java.util.List;
import java.util.Optional;

/// Whose turn it is: who owes the next message after the furthest step, in the order of [MS-RDPBCGR] 1.3.1.1,
/// [MS-RDPELE] 1.3.3, [MS-CSSP] 3.1.5, RFC 5246 7.3 and RFC 8446 2. Silence is the debtor's.
final class Turn {
    /// Bytes of Synchronize (37), Control (41 and 41) and Font List (41) in their TPKT, [MS-RDPBCGR] 2.2.1.14 to 2.2.1.18.
    private static final int FINALIZATION_BYTES = 160;

    /// TPKT, X.224 and the PDU ([MS-RDPBCGR] 4.1.5).
    private static final int ERECT_DOMAIN_BYTES = 12;

    private Turn() {}

    /// Who owes the next message; empty where either may speak, or where what was said last could not be read.
    static Optional<Side> of(Case c) {
        Step last = c.attempt().furthest().orElse(null);
        if (last == null || c.failure().isPresent() || c.withGateway() && last.compareTo(Step.TLS_DONE) >= 0) {
            return Optional.empty();
        }
        Optional<Side> usual = switch (last) {
            // The client sends these and more behind them without waiting; the server may answer at once.
            case CLIENT_KEY_EXCHANGE, SECURITY_EXCHANGE, FONT_LIST -> Optional.empty();
            case CONFIRM_ACTIVE -> !c.ending().byClient() && finalizing(c) ? Optional.of(Side.CLIENT) : Optional.empty();
            case REFUSED, FONT_MAP -> Optional.empty();
            case SERVER_HELLO, CERTIFICATE, SERVER_FLIGHT -> c.sealedFlightReceived() ? Optional.of(Side.CLIENT) : NextStep.next(c)
                    .map(Step::from);
            case ATTACH_USER -> erectDomainAlone(c) ? Optional.of(Side.CLIENT) : NextStep.next(c).map(Step::from);
            // A licence request is answered, a licence is followed by more.
            case LICENSE -> Optional.of(Side.CLIENT);
            default -> NextStep.next(c).map(Step::from);
        };
        if (usual.isEmpty() || last == Step.CONFIRM_ACTIVE || !spokeSince(c, usual.get())) {
            return usual;
        }
        // The debtor has said something that is no step: then it is the other one's turn, unless that one spoke last.
        Side other = usual.get().other();
        return lastWord(c, other) > lastWord(c, usual.get()) ? usual : Optional.of(other);
    }

    /// [MS-RDPBCGR] 1.3.1.1: behind its Confirm Active the client sends Synchronize, two Control PDUs and the Font List without being
    /// asked. What it sealed since is less than that: the rest is still its own to say.
    private static boolean finalizing(Case c) {
        Moment confirmed = c.at(Step.CONFIRM_ACTIVE);
        List<SizedRecord> own = c.attempt().records().stream().filter(record -> record.from() == Side.CLIENT && !record.alert()).toList();
        List<SizedRecord> behind = own.stream().filter(record -> record.at().isAfter(confirmed)).toList();
        boolean sealed = own.stream().anyMatch(record -> record.at().equals(confirmed));
        boolean alone = own.stream().filter(record -> record.at().equals(confirmed)).count() == 1;
        return sealed && alone && behind.stream().mapToInt(SizedRecord::plainMax).sum() < FINALIZATION_BYTES && c.client()
                .loss().unseenAcknowledged() == 0;
    }

    /// [MS-RDPBCGR] 2.2.1.5 and 2.2.1.6: Erect Domain and Attach User are two messages, each in a record of its own.
    private static boolean erectDomainAlone(Case c) {
        List<SizedRecord> since = c.attempt().records().stream().filter(record -> record.from() == Side.CLIENT && !record.alert()
                && record.at().isAfter(c.at(Step.CONNECT_RESPONSE))).toList();
        return c.attempt().inferred().contains(Step.ATTACH_USER) && since.size() == 1 && since.getFirst().fits(ERECT_DOMAIN_BYTES)
                && c.client().loss().unseenAcknowledged() == 0;
    }

    /// It spoke when it knew of the last step: what it says acknowledges that (RFC 9293 3.4), or else was on its way already.
    private static boolean spokeSince(Case c, Side side) {
        long step = c.lastStep().frame();
        long heard = c.attempt().tcp().half(side.other()).receipts().of(step);
        long word = lastWord(c, side);
        return heard > step ? word >= heard : word > step;
    }

    /// The frame of the last payload of `side` before the end.
    private static long lastWord(Case c, Side side) {
        return c.attempt().tcp().half(side).receipts().lastBefore(c.ending().nobody() ? Long.MAX_VALUE : c.ending().at().frame());
    }
}
