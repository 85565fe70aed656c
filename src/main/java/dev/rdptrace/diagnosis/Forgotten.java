package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import java.util.Optional;

/// An end that knows nothing of the connection (any more). A program that gives a connection up closes it, or resets it with ACK; a
/// bare RST answers somebody, and comes from a system that has no such connection (RFC 9293 3.10.7.1).
///
/// @param judged the reset with which its system answered
/// @param silence data that had been sent in vain for longer than a system that is there takes to answer, which said nothing meanwhile;
///     empty where it answered what was sent once
/// @param keepAlive what it answered was a sign of life that was asked for (RFC 9293 3.8.4), and no data
public record Forgotten(Attribution judged, Optional<LostSegment> silence, boolean keepAlive) {

    /// Who knows nothing.
    public Side side() {
        return judged.reset().from();
    }

    /// It had said nothing for so long that it may have started anew meanwhile.
    public boolean mayHaveRestarted() {
        return judged.reset().before().ownNanos() >= Limits.ANEW_SECONDS * 1e9;
    }

    /// Empty where the one who ended the connection knew it, and where the reset may be a device's.
    public static Optional<Forgotten> of(Case c) {
        Attribution judged = c.connected() && c.ending().how() == Closing.RST ? c.ending().reset().orElse(null) : null;
        if (judged == null || judged.reset().header().hasAck() || c.ending().by() != Culprit.of(judged.reset().from())) {
            return Optional.empty();
        }
        ResetFacts reset = judged.reset();
        HalfFacts own = c.attempt().tcp().half(reset.from());
        HalfFacts other = c.attempt().tcp().half(reset.from().other());
        if (own.loss().unseenAcknowledged() > 0) {
            return Optional.empty();
        }
        Optional<LostSegment> again = other.loss().unacknowledged().stream().filter(lost -> !lost.syn() && lost.transmissions() >= 2
                && reset.at().isAfter(lost.last())).findFirst();
        Optional<LostSegment> silence = again.filter(lost -> reset.at().secondsSince(lost.first()) >= Limits.HOLE_SECONDS
                && !own.last().isAfter(lost.first()));
        if (silence.isPresent()) {
            return Optional.of(new Forgotten(judged, silence, false));
        }
        if (reset.afterOwnFin() || reset.afterPeerFin()) {
            return Optional.empty();
        }
        boolean acknowledged = c.delivery(reset.from().other()).acknowledged();
        if (other.keepAlives().unanswered() > 0 && judged.behindSilence() && acknowledged && reset.before().length() <= 1) {
            return Optional.of(new Forgotten(judged, silence, true));
        }
        boolean data = reset.before().length() > 0 && !acknowledged && judged.answers() && (again.isPresent() || spoke(c, judged));
        return data ? Optional.of(new Forgotten(judged, silence, false)) : Optional.empty();
    }

    /// It had taken part in the connection. What answers a client's first words need not be the server that accepted it, and right
    /// behind its own words a bare reset is a server program's all the same: not every system adds the ACK.
    private static boolean spoke(Case c, Attribution judged) {
        return judged.reset().from() == Side.CLIENT || c.reached(Step.CONFIRM) && judged.behindSilence();
    }
}
