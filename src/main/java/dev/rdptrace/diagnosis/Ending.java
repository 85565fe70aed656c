package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.TlsFacts.AlertSeen;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.Optional;

/// How an attempt ended: the first thing that closed it, and who sent that.
///
/// @param by who closed; [Culprit#NOBODY] where nothing closed it
/// @param how FIN, RST, alert or a PDU; [Closing#SILENCE] where nothing closed it
/// @param at that packet
/// @param reset the first reset that counts, judged
public record Ending(Culprit by, Closing how, Moment at, Optional<Attribution> reset) {

    static Ending of(Attempt attempt, int serverHopLimit, int clientHopLimit, boolean noHopCounts) {
        Moment first = Moment.NEVER;
        Culprit by = Culprit.NOBODY;
        Closing how = Closing.SILENCE;
        for (AlertSeen alert : attempt.tls().alerts()) {
            boolean closing = alert.encrypted() || alert.level() == 2 || alert.code() == 0;
            if (closing && earlier(alert.at(), first)) {
                first = alert.at();
                by = Culprit.of(alert.from());
                how = Closing.ALERT;
            }
        }
        Moment ultimatum = attempt.inner().disconnect().at();
        if (ultimatum.seen() && earlier(ultimatum, first)) {
            first = ultimatum;
            by = Culprit.of(attempt.inner().disconnect().from());
            how = Closing.PDU;
        }
        for (Event event : attempt.told(Tpdu.class).filter(event -> event.kind() == Event.Kind.DISCONNECT).toList()) {
            if (earlier(event.at(), first)) {
                first = event.at();
                by = event.from().equals("client") ? Culprit.CLIENT : Culprit.SERVER;
                how = Closing.PDU;
            }
        }
        for (Side side : Side.values()) {
            Moment fin = attempt.tcp().half(side).fin();
            if (fin.seen() && earlier(fin, first)) {
                first = fin;
                by = Culprit.of(side);
                how = Closing.FIN;
            }
        }
        Optional<Attribution> judged = Optional.empty();
        for (ResetFacts reset : attempt.tcp().resets()) {
            Attribution attribution = Attribution.of(attempt, reset, reset.from() == Side.SERVER ? serverHopLimit : clientHopLimit,
                    noHopCounts);
            boolean strange = attribution.device() && (judged.isEmpty() || !judged.get().device());
            boolean endedBefore = judged.isPresent() && judged.get().givenUp() && judged.get().reset().from() == reset.from();
            if (judged.isEmpty() || strange && !endedBefore && !reset.afterPeerFin() && !reset.afterOwnFin()) {
                judged = Optional.of(attribution);
            }
        }
        if (judged.isPresent() && earlier(judged.get().reset().at(), first)) {
            first = judged.get().reset().at();
            by = judged.get().device() ? Culprit.PATH : Culprit.of(judged.get().reset().from());
            how = Closing.RST;
        }
        return new Ending(by, how, first, judged);
    }

    private static boolean earlier(Moment candidate, Moment first) {
        return !first.seen() || candidate.frame() < first.frame();
    }

    public boolean nobody() {
        return !at.seen();
    }

    public boolean byServer() {
        return by == Culprit.SERVER;
    }

    public boolean byClient() {
        return by == Culprit.CLIENT;
    }

    /// A device on the path closed it with a reset.
    public boolean byDevice() {
        return by == Culprit.PATH;
    }
}
