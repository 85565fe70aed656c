package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.HalfFacts.IdentificationHabit;
import dev.rdptrace.timeline.HopLimits;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.List;

/// Who sent a reset: the end whose address it bears, or a device between. Every sign is counted and named.
///
/// @param score points against the end having sent it
/// @param signs each sign, in words
/// @param mirrored both ends were reset at the same time
/// @param hopsAway hops between the capture and the sender, judged by the usual initial values 64, 128 and 255; -1 unknown
public record Attribution(ResetFacts reset, int score, List<String> signs, boolean mirrored, int hopsAway) {
    private static final int DEVICE = 2;
    private static final int ROUTE_CHANGE_HOPS = 2;
    /// Hardly a way has more routers.
    private static final int LONGEST_WAY_HOPS = 40;

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
        return score == 0 && reset.header().hasAck();
    }

    /// `knownHopLimit`: what other connections of the same sender show, -1 unknown. `noHopCounts`: no router stands between
    /// the server and the capture point, or routers of this network do not count.
    static Attribution of(Attempt attempt, ResetFacts reset, int knownHopLimit, boolean noHopCounts) {
        List<String> signs = new ArrayList<>();
        int score = 0;
        HalfFacts sender = attempt.tcp().half(reset.from());
        int usual = reset.habits().hopLimit() >= 0 ? reset.habits().hopLimit() : knownHopLimit;
        long rtt = roundTrip(attempt);
        // What it acknowledges cannot have reached the server yet.
        boolean acknowledgesUnheard = reset.header().hasAck() && reset.before().firstUncovered() == 0 && reset.before().length() > 0;
        boolean tooSoon = rtt > 2_000_000L && reset.from() == Side.SERVER && reset.before().otherNanos() >= 0
                && reset.before().otherNanos() < rtt * 6 / 10
                && (reset.before().ownNanos() > rtt / 10 || acknowledgesUnheard) && !reset.afterOwnFin();
        int elsewhere = usual < 0 ? 0 : tooSoon && reset.header().hopLimit() != usual ? 2 : elsewhere(reset, usual,
                sender.habits().identification());
        if (elsewhere > 0) {
            score += elsewhere;
            signs.add("its TTL is " + reset.header().hopLimit() + ", the " + reset.from() + "'s other packets have " + usual);
        } else if (usual < 0 && !noHopCounts && fromTheFirstHop(attempt, reset)) {
            score += 2;
            signs.add("its TTL of " + reset.header().hopLimit() + " says that the sender is on this very network, the " + reset.from()
                    + " is not" + (mayCountNoHops(attempt) ? " by its address (unless the network is wider than that, or counts no"
                            + " hops, as clouds do)" : ""));
        }
        if (tooSoon && score > 0) {
            score += 2;
            signs.add("it came " + millis(reset.before().otherNanos()) + " ms after the packet it answers, one round trip takes "
                    + millis(rtt) + " ms");
        }
        if (score == 0 && acknowledgesUnheard && cannotHaveHeard(attempt, reset)) {
            score += 2;
            signs.add("it acknowledges a packet that passed here " + millis(reset.before().otherNanos())
                    + " ms before, too soon for it to have been at the server and its answer back: a round trip takes " + millis(rtt)
                    + " ms");
        }
        // RFC 7323 3.2 leaves timestamps of a reset open, and whether it may be fragmented is anybody's choice. Systems that begin
        // with 64 keep both in resets as in data; Windows never writes the one and older ones did not set the other.
        boolean resetsLikeData = usual >= 0 && initial(usual) == 64;
        if (resetsLikeData && sender.traffic().packets() > 2 && sender.habits().dontFragment() && !reset.header().dontFragment()
                && reset.header().identification() >= 0) {
            score++;
            signs.add("it may be fragmented (DF clear), the " + reset.from() + "'s other packets may not");
        }
        if (sender.habits().identification() == IdentificationHabit.ZERO && reset.header().identification() > 0) {
            score++;
            signs.add("its IP identification is " + reset.header().identification() + ", the " + reset.from() + "'s are 0");
        }
        if (resetsLikeData && reset.header().hasAck() && reset.habits().timestamps() && !reset.header().timestamps() && !reset.before()
                .syn()) {
            score++;
            signs.add("it lacks the TCP timestamp that every other packet of the connection carries");
        }
        if (!reset.sequence().exact() && !reset.sequence().behindClose() && sender.traffic().packets() > 0 && !reset.afterOwnFin()
                && !behindAlert(attempt, reset)) {
            score++;
            signs.add("its sequence number is not the sender's next");
        }
        if (keptTalking(sender, reset)) {
            score += 2;
            signs.add("the " + reset.from() + " went on sending afterwards, as if it knew nothing of it");
        }
        boolean mirrored = mirrored(attempt, reset);
        if (mirrored) {
            score += 2;
            signs.add("both ends were reset within 5 ms");
        }
        return new Attribution(reset, score, signs, mirrored, hopsAway(reset.header().hopLimit()));
    }

    /// Points for a sender who stands elsewhere than the end. A hop or two come and go with routes, while the end goes on counting
    /// its packets. A device between the two is nearer to the capture than the end; one that looks farther away begins with a
    /// value of its own, and only another counter shows that.
    private static int elsewhere(ResetFacts reset, int usual, IdentificationHabit habit) {
        int farther = usual - reset.header().hopLimit();
        if (farther == 0 || sameSenderWithOtherInitial(reset, usual)) {
            return 0;
        }
        if (initial(reset.header().hopLimit()) != initial(usual) || hopsAway(reset.header().hopLimit()) > LONGEST_WAY_HOPS) {
            return 2; // a sender that begins with another value
        }
        if (Math.abs(farther) <= ROUTE_CHANGE_HOPS && reset.sequence().exact() && reset.habits().identificationContinues()) {
            return 0;
        }
        boolean otherCounter = reset.header().identification() > 0 && habit != IdentificationHabit.RANDOM;
        return farther > 0 && !otherCounter ? 1 : 2;
    }

    /// RFC 8446 6: an alert is two bytes, seven with the header of its record; sealed it takes 24 in TLS 1.3 and 31 with AES-GCM
    /// of TLS 1.2. A reset so far ahead, or a FIN farther, is sent by one who speaks TLS here and whose alert was lost.
    static boolean behindAlert(Attempt attempt, ResetFacts reset) {
        long gap = reset.sequence().ahead();
        boolean clear = gap == 7 || gap == 8;
        boolean sealed = attempt.reached(Step.SERVER_HELLO) && (gap == 24 || gap == 25 || gap == 31 || gap == 32);
        return attempt.reached(Step.CLIENT_HELLO) && (clear || sealed);
    }

    /// An end may send resets with another initial TTL than its data; then the distance from the initial value is the same.
    private static boolean sameSenderWithOtherInitial(ResetFacts reset, int usual) {
        return initial(reset.header().hopLimit()) != initial(usual) && hopsAway(reset.header().hopLimit()) == hopsAway(usual)
                && reset.sequence().exact();
    }

    /// No other packet of the server is known, but the reset's TTL says "next door" and the address says "elsewhere".
    private static boolean fromTheFirstHop(Attempt attempt, ResetFacts reset) {
        if (reset.from() != Side.SERVER || hopsAway(reset.header().hopLimit()) != 0) {
            return false;
        }
        // Windows begins with 128: overlay and peered networks bring that unchanged from far away, and devices hardly write it.
        if (reset.header().hopLimit() == 128 || overlay(attempt.client()) || overlay(attempt.server())) {
            return false;
        }
        boolean captureAtClient = HopLimits.isInitial(attempt.tcp().client().habits().synHopLimit());
        return captureAtClient && !sameNetwork(attempt);
    }

    /// 100.64.0.0/10 (RFC 6598), where overlay networks give out addresses.
    private static boolean overlay(Endpoint host) {
        return host.isIpv4() && (host.low() >>> 22 & 0x3ff) == 0x64400000L >>> 22;
    }

    /// RFC 1918: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16.
    private static boolean isPrivate(Endpoint host) {
        long address = host.low() & 0xffff_ffffL;
        return host.isIpv4() && (address >>> 24 == 10 || address >>> 20 == 0xac1 || address >>> 16 == 0xc0a8);
    }

    private static boolean sameNetwork(Attempt attempt) {
        if (attempt.client().isIpv4()) {
            return attempt.client().low() >>> 8 == attempt.server().low() >>> 8;
        }
        return attempt.client().high() == attempt.server().high();
    }

    /// Both addresses are private, or their first half is the same.
    private static boolean mayCountNoHops(Attempt attempt) {
        return isPrivate(attempt.client()) && isPrivate(attempt.server()) || attempt.client().isIpv4() && attempt.client()
                .low() >>> 16 == attempt.server().low() >>> 16;
    }

    private static long roundTrip(Attempt attempt) {
        Moment syn = attempt.tcp().syn();
        Moment synAck = attempt.tcp().synAck();
        return syn.seen() && synAck.seen() ? synAck.nanos() - syn.nanos() : -1;
    }

    /// It comes closely behind a packet of the other side (RFC 9293 3.10.7.1).
    public boolean answers() {
        return reset.before().otherNanos() >= 0 && reset.before().otherNanos() < Limits.ANSWER_NANOS;
    }

    /// It comes long after anything else of its sender, who may have forgotten the connection.
    public boolean behindSilence() {
        return reset.before().ownNanos() >= Limits.FORGOTTEN_SECONDS * 1e9;
    }

    /// Neither the server's TCP nor its program has answered anything nearly as soon, and it has said nothing since that packet.
    private static boolean cannotHaveHeard(Attempt attempt, ResetFacts reset) {
        Moment asked = attempt.at(Step.REQUEST);
        Moment answered = attempt.at(Step.CONFIRM);
        long quickest = asked.seen() && answered.seen() ? Math.min(roundTrip(attempt), answered.nanos() - asked.nanos()) : 0;
        return reset.from() == Side.SERVER && quickest > Limits.FAR_NANOS && reset.before().otherNanos() >= 0
                && reset.before().otherNanos() < quickest / 4 && reset.before().ownNanos() > reset.before().otherNanos()
                && !reset.afterOwnFin();
    }

    private static boolean keptTalking(HalfFacts sender, ResetFacts reset) {
        boolean onlyTheClose = reset.sequence().behindClose() && sender.last().frame() == sender.fin().frame(); // the reset overtook it
        return !onlyTheClose && sender.last().frame() > reset.at().frame() && sender.last().nanos() - reset.at().nanos() > 1_000_000L;
    }

    private static boolean mirrored(Attempt attempt, ResetFacts reset) {
        for (ResetFacts other : attempt.tcp().resets()) {
            if (other.from() != reset.from() && Math.abs(other.at().nanos() - reset.at().nanos()) <= Limits.BOTH_ENDS_NANOS
                    && !other.afterOwnFin() && !reset.afterOwnFin() && !other.afterPeerFin() && !reset.afterPeerFin()) {
                return true;
            }
        }
        return false;
    }

    /// A packet with TTL `hopLimit` comes from another place on the way to one whose packets have `usual`: another initial value,
    /// or nearer by more than the hop that a change of route explains.
    public static boolean between(int hopLimit, int usual) {
        return hopLimit >= 0 && usual >= 0 && hopLimit != usual && (initial(hopLimit) != initial(usual)
                ? hopsAway(hopLimit) != hopsAway(usual)
                : hopLimit - usual >= ROUTE_CHANGE_HOPS);
    }

    static int initial(int hopLimit) {
        return hopLimit <= 64 ? 64 : hopLimit <= 128 ? 128 : 255;
    }

    /// Routers between the capture and the sender of a packet with this TTL.
    public static int hopsAway(int hopLimit) {
        return initial(hopLimit) - hopLimit;
    }

    private static String millis(long nanos) {
        return Quantities.number(nanos / 1e6);
    }
}
