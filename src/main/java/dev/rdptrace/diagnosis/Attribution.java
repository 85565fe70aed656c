package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.HalfFacts.IdentificationHabit;
import dev.rdptrace.timeline.HopLimits;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import java.util.ArrayList;
import java.util.List;

/// Who sent a reset: the end whose address it bears, or a device between. Every sign is counted and named.
///
/// @param score points against the end having sent it
/// @param signs each sign, in words
/// @param hopsAway hops between the capture and the sender, judged by the usual initial values 64, 128 and 255; -1 unknown
public record Attribution(ResetFacts reset, int score, List<String> signs, int hopsAway) {
    private static final long BOTH_SIDES_NANOS = 5_000_000L;
    private static final int DEVICE = 2;

    public Attribution {
        signs = List.copyOf(signs);
    }

    /// A device on the path sent it.
    public boolean device() {
        return score >= DEVICE;
    }

    /// One sign alone points to a device: not enough to say so, too much to blame the end.
    public boolean undecided() {
        return score == 1;
    }

    /// The end itself gave the connection up: a program's reset carries an ACK, a bare one answers somebody (RFC 9293 3.10.7.1).
    /// What is reset in its name after that cannot have broken anything.
    boolean givenUp() {
        return score == 0 && reset.hasAck();
    }

    /// `knownHopLimit`: what other connections of the same sender show, -1 unknown. `noHopCounts`: no router stands between
    /// the server and the capture point, or routers of this network do not count.
    static Attribution of(Attempt attempt, ResetFacts reset, int knownHopLimit, boolean noHopCounts) {
        List<String> signs = new ArrayList<>();
        int score = 0;
        HalfFacts sender = attempt.tcp().half(reset.from());
        int usual = reset.usualHopLimit() >= 0 ? reset.usualHopLimit() : knownHopLimit;
        long rtt = roundTrip(attempt);
        // What it acknowledges cannot have reached the server yet.
        boolean acknowledgesUnheard = reset.hasAck() && reset.firstUncovered() == 0 && reset.answersLength() > 0;
        boolean tooSoon = rtt > 2_000_000L && reset.from() == Side.SERVER && reset.sinceOtherNanos() >= 0 && reset.sinceOtherNanos() < rtt * 6 / 10
                && (reset.sinceOwnNanos() > rtt / 10 || acknowledgesUnheard) && !reset.afterOwnFin();
        if (usual >= 0 && reset.hopLimit() != usual && (tooSoon || !sameSenderWithOtherInitial(reset, usual))) {
            score += 2;
            signs.add("its TTL is " + reset.hopLimit() + ", the " + reset.from() + "'s other packets have " + usual);
        } else if (usual < 0 && !noHopCounts && fromTheFirstHop(attempt, reset)) {
            score += 2;
            signs.add("its TTL of " + reset.hopLimit() + " says that the sender is on this very network, the " + reset.from() + " is not"
                    + (mayShareWideNetwork(attempt) ? " by its address (unless the network is wider than that, or counts no hops, as clouds do)" : ""));
        }
        if (tooSoon && score > 0) {
            score += 2;
            signs.add("it came " + millis(reset.sinceOtherNanos()) + " ms after the packet it answers, one round trip takes " + millis(rtt)
                    + " ms");
        }
        if (sender.packets() > 2 && sender.dontFragment() && !reset.dontFragment() && reset.identification() >= 0) {
            score++;
            signs.add("it may be fragmented (DF clear), the " + reset.from() + "'s other packets may not");
        }
        if (sender.identificationHabit() == IdentificationHabit.ZERO && reset.identification() > 0) {
            score++;
            signs.add("its IP identification is " + reset.identification() + ", the " + reset.from() + "'s are 0");
        }
        if (reset.hasAck() && reset.timestampsUsed() && !reset.timestamps() && !reset.answersSyn()) {
            score++;
            signs.add("it lacks the TCP timestamp that every other packet of the connection carries");
        }
        if (!reset.sequenceExact() && !reset.behindClose() && sender.packets() > 0 && !reset.afterOwnFin()) {
            score++;
            signs.add("its sequence number is not the sender's next");
        }
        if (keptTalking(sender, reset)) {
            score += 2;
            signs.add("the " + reset.from() + " went on sending afterwards, as if it knew nothing of it");
        }
        if (mirrored(attempt, reset)) {
            score += 2;
            signs.add("both ends were reset within 5 ms");
        }
        return new Attribution(reset, score, signs, hopsAway(reset.hopLimit()));
    }

    /// An end may send resets with another initial TTL than its data; then the distance from the initial value is the same.
    private static boolean sameSenderWithOtherInitial(ResetFacts reset, int usual) {
        return initial(reset.hopLimit()) != initial(usual) && hopsAway(reset.hopLimit()) == hopsAway(usual) && reset.sequenceExact();
    }

    /// No other packet of the server is known, but the reset's TTL says "next door" and the address says "elsewhere".
    private static boolean fromTheFirstHop(Attempt attempt, ResetFacts reset) {
        if (reset.from() != Side.SERVER || hopsAway(reset.hopLimit()) != 0) {
            return false;
        }
        boolean captureAtClient = HopLimits.isInitial(attempt.tcp().client().synHopLimit());
        return captureAtClient && !sameNetwork(attempt);
    }

    private static boolean sameNetwork(Attempt attempt) {
        if (attempt.client().isIpv4()) {
            return attempt.client().low() >>> 8 == attempt.server().low() >>> 8;
        }
        return attempt.client().high() == attempt.server().high();
    }

    /// The first half of the addresses is the same.
    private static boolean mayShareWideNetwork(Attempt attempt) {
        return attempt.client().isIpv4() && attempt.client().low() >>> 16 == attempt.server().low() >>> 16;
    }

    private static long roundTrip(Attempt attempt) {
        Moment syn = attempt.tcp().syn();
        Moment synAck = attempt.tcp().synAck();
        return syn.seen() && synAck.seen() ? synAck.nanos() - syn.nanos() : -1;
    }

    private static boolean keptTalking(HalfFacts sender, ResetFacts reset) {
        boolean onlyTheClose = reset.behindClose() && sender.last().frame() == sender.fin().frame(); // the reset overtook it
        return !onlyTheClose && sender.last().frame() > reset.at().frame() && sender.last().nanos() - reset.at().nanos() > 1_000_000L;
    }

    private static boolean mirrored(Attempt attempt, ResetFacts reset) {
        for (ResetFacts other : attempt.tcp().resets()) {
            if (other.from() != reset.from() && Math.abs(other.at().nanos() - reset.at().nanos()) <= BOTH_SIDES_NANOS
                    && !other.afterOwnFin() && !reset.afterOwnFin() && !other.afterPeerFin() && !reset.afterPeerFin()) {
                return true;
            }
        }
        return false;
    }

    static int initial(int hopLimit) {
        return hopLimit <= 64 ? 64 : hopLimit <= 128 ? 128 : 255;
    }

    static int hopsAway(int hopLimit) {
        return initial(hopLimit) - hopLimit;
    }

    private static String millis(long nanos) {
        return Words.number(nanos / 1e6);
    }
}
