package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Receipts;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import java.util.Optional;

/// What became of what one side sent: delivered, lost on the way, given up. Its own sequence numbers, what the other side acknowledged,
/// and what the end says that each of them had, are all there is to tell (RFC 9293 3.4 and 3.8, RFC 2018).
public final class Delivery {
    private final Case c;
    private final Side side;
    private final HalfFacts half;
    private final HalfFacts far;

    Delivery(Case c, Side side) {
        this.c = c;
        this.side = side;
        half = c.attempt().tcp().half(side);
        far = c.attempt().tcp().half(side.other());
    }

    /// The last segment with payload of `side` was acknowledged by the other.
    public boolean acknowledged() {
        for (LostSegment lost : half.loss().unacknowledged()) {
            if (!lost.syn()) {
                return false;
            }
        }
        return late() == 0;
    }

    /// What `side` had sent before the end, the end itself left aside, was acknowledged by the other.
    public boolean acknowledgedBeforeEnd() {
        for (LostSegment lost : half.loss().unacknowledged()) {
            if (!lost.syn() && (c.ending().nobody() || lost.first().frame() < c.ending().at().frame())) {
                return false;
            }
        }
        return late() == 0;
    }

    /// Data that `side` sent and repeated, and that nobody acknowledged.
    public Optional<LostSegment> lost() {
        for (LostSegment lost : half.loss().unacknowledged()) {
            if (!lost.syn() && lost.transmissions() >= 2) {
                return Optional.of(lost);
            }
        }
        return Optional.empty();
    }

    /// Seconds after which what `side` said last had not come through when it ended: it was acknowledged only after the end, when there
    /// had been time to say it twice more and it was said again, or after it had been said again and again, right before the end; or
    /// something was still being said again and again when `side` reset the connection; or it came with the end, long after its
    /// numbers. 0 where nothing was late: what is said once and then waited for has arrived (RFC 6298 5), whether its acknowledgement
    /// is in the capture or not.
    public double late() {
        Moment word = half.lastPayload();
        if (c.ending().nobody() || !word.seen()) {
            return 0;
        }
        long by = half.receipts().of(word.frame());
        if (c.ending().at().isAfter(word)) {
            boolean justBefore = half.loss().stalledSince().equals(word) && !half.loss().stalledUntil().isAfter(c.ending().at())
                    && c.ending().at().secondsSince(half.loss().stalledUntil()) < Limits.HOLE_SECONDS + 2 * c.roundTrip();
            boolean later = half.receipts().times(word.frame()) > 1 && by > c.ending().at().frame() && by < Receipts.AHEAD;
            boolean gaveUp = ownReset() && half.receipts().inVainUntil(c.ending().at().frame());
            double seconds = later || justBefore || gaveUp ? c.ending().at().secondsSince(word) : 0;
            return seconds >= Limits.PATIENCE_SECONDS ? seconds : 0;
        }
        boolean behind = c.ending().by() == Culprit.of(side) && half.loss().announcedBytes() == 0 && half.loss().announcedAt().seen();
        double seconds = behind ? word.secondsSince(half.loss().announcedAt()) : 0;
        return seconds >= Limits.HOLE_SECONDS + 2 * c.roundTrip() ? seconds : 0;
    }

    /// `side` sent something that never arrived here: its own later sequence numbers lie behind it, and the other side's
    /// acknowledgements never moved (RFC 9293 3.4). A single number may be a FIN.
    public boolean answerLost() {
        return half.loss().announcedBytes() > 1 || bytesGivenUp() > 0 || holeStayed();
    }

    /// Later bytes of `side` came, the ones before them never did, and the other side acknowledged none of it for longer than it takes
    /// to send them again (RFC 6298 5).
    public boolean holeStayed() {
        return half.loss().holeBytes() > 0 && half.loss().bytesBehindHole() > 0 && half.loss().unseenAcknowledged() == 0
                && c.waited(c.lastStep()) >= Limits.PATIENCE_SECONDS
                && !c.attempt().midStart() && !c.attempt().tcp().oneDirection();
    }

    /// Bytes that `side` sent again and again without an acknowledgement until its TCP gave up and reset the connection (RFC 9293
    /// 3.8.3), as the reset's own sequence number says; 0 where it ended otherwise. A program that leaves its peer with data on the
    /// way does not wait so long.
    public long bytesGivenUp() {
        if (!ownReset() || c.attempt().midStart() || c.attempt().tcp().oneDirection()) {
            return 0;
        }
        ResetFacts reset = c.ending().reset().orElseThrow().reset();
        // What it sent is younger than the last of its packets that does not count it.
        Moment since = half.loss().announcedBytes() > 0 ? half.loss().announcedAt() : half.last().seen() ? half.last() : c.lastStep();
        boolean late = reset.at().secondsSince(since) >= Limits.PATIENCE_SECONDS;
        if (!late || reset.afterOwnFin() || half.loss().unseenAcknowledged() > 0) {
            return 0;
        }
        return reset.sequence().ahead() > 1 ? reset.sequence().ahead() : half.loss().bytesBehindHole() > 0 ? half.loss().holeBytes() : 0;
    }

    /// `side` reset the connection when it had sent `lost` in vain and heard nothing meanwhile. What the other side sends after that
    /// comes too late: who gave up did not know of it.
    public boolean unheardUntilReset(LostSegment lost) {
        long since = ownReset() ? c.ending().reset().orElseThrow().reset().before().otherNanos() : -1;
        return since >= 0
                && c.ending().at().secondsSince(lost.first()) - since / 1e9 < Math.max(Limits.IN_FLIGHT_SECONDS, 2 * c.roundTrip());
    }

    /// `side` asked for a sign of life again and again, sooner than one who had got an answer would, and reset the connection (RFC 9293
    /// 3.8.4): no answer reached it.
    public boolean probedInVain() {
        return ownReset() && half.keepAlives().hurried() >= LostSegment.IN_VAIN && quietBefore(c.ending().at(), half.lastPayload())
                && quietBefore(c.ending().at(), far.lastPayload());
    }

    /// `side` itself ended it with a reset.
    private boolean ownReset() {
        return c.ending().how() == Closing.RST && (side == Side.SERVER ? c.ending().byServer() : c.ending().byClient())
                && c.ending().reset().isPresent();
    }

    private static boolean quietBefore(Moment end, Moment word) {
        return !word.seen() || end.secondsSince(word) >= Limits.PATIENCE_SECONDS;
    }

    /// The other side ended it with a packet that acknowledges `lost` of `side`: it had arrived after all. A reset without ACK does
    /// not say, so it may have.
    public boolean tookAtTheEnd(LostSegment lost) {
        boolean byOther = side == Side.CLIENT ? c.ending().byServer() : c.ending().byClient();
        if (!byOther || c.ending().how() != Closing.RST || c.ending().reset().isEmpty()) {
            return false;
        }
        long uncovered = c.ending().reset().get().reset().before().firstUncovered();
        return !c.ending().reset().get().reset().header().hasAck() || uncovered == 0 || uncovered > lost.first().frame();
    }

    /// The other side's reset acknowledges it: it came, and what was sent again went to somebody who had left.
    private boolean takenByReset(LostSegment lost) {
        return c.attempt().tcp().resets().stream().anyMatch(reset -> reset.from() == side.other() && reset.header().hasAck()
                && reset.at().isAfter(lost.first()) && (reset.before().firstUncovered() == 0 || reset.before()
                        .firstUncovered() > lost.first().frame()));
    }

    /// `side` closed and said so again and again (RFC 9293 3.6). Nothing came back, or for so long nothing that had heard of it: nothing
    /// of it arrived.
    public boolean closeUnanswered() {
        if (!half.fin().seen()) {
            return false;
        }
        boolean heard = half.finAcknowledged().seen();
        double inVain = (heard ? half.finAcknowledged() : half.last()).secondsSince(half.fin());
        boolean silence = !heard && !far.last().isAfter(half.fin());
        // Else it may be an answer to what came before it that is wanting.
        boolean whole = half.finRepeats() > 0 && !half.lastPayload().isAfter(half.fin());
        return silence ? inVain >= Limits.HOLE_SECONDS + 2 * c.roundTrip() : whole && inVain >= Limits.PATIENCE_SECONDS;
    }

    /// Something smaller of `side` got through after `lost` was first sent in vain: it was acknowledged out of order, or a
    /// keep-alive was answered, or the other side got the acknowledgement that ends its own repetitions.
    public boolean smallerPassed(LostSegment lost) {
        int passed = half.receipts().largestAfter(lost.first().frame());
        if (passed > 0 && passed < lost.ipLength() || half.keepAlives().answered() > 0) {
            return true;
        }
        Moment word = far.fin().isAfter(far.lastPayload()) ? far.fin() : far.lastPayload();
        boolean acknowledged = far.fin().seen() && word.equals(far.fin()) ? far.finAcknowledged().seen() : c.delivery(side.other())
                .acknowledged();
        return word.isAfter(lost.first()) && acknowledged && far.repeatedAfterReceipt() == 0
                && Math.max(c.whole().last().nanos(), c.surroundings()
                        .recordingEndNanos(c.whole())) - word.nanos() > Limits.HOLE_SECONDS * 1e9;
    }

    /// How big packets of `side` fare worse than small ones; empty where they do not.
    public Optional<SizeLoss> sizeLoss() {
        if (half.loss().smallestIp() >= Limits.SMALLEST_PATH_MTU && half.loss().smallestIp() > half.traffic().largestDeliveredIp()) {
            LostSegment lost = half.loss().unacknowledged().stream().filter(LostSegment::inVain).findFirst().orElseThrow();
            if (half.loss().smallestIp() < Limits.BIG_PACKET && !smallerPassed(lost)) {
                return Optional.empty();
            }
            if (takenByReset(lost)) {
                return Optional.empty();
            }
            return Optional.of(new SizeLoss(half.loss().smallestIp(), half.traffic().largestDeliveredIp(), lost.transmissions(),
                    lost.first(),
                    lost.last(), true,
                    smallerPassed(lost)));
        }
        // A hole may still be filled as long as the capture has not waited for it.
        boolean stays = c.waited(half.lastPayload()) >= Limits.HOLE_SECONDS;
        if (stays && half.loss().holeBytes() >= Limits.BIG_PACKET - 100 && half.loss().bytesBehindHole() > 0) {
            // Seen from the far end: the big ones never come, a shorter one behind them does.
            int mss = Math.max(half.habits().mss(), 0);
            int lostPayload = (int) Math.min(half.loss().holeBytes(), mss > 0 ? mss : half.loss().holeBytes());
            if (lostPayload > half.traffic().largestDelivered()) {
                return Optional.of(new SizeLoss(lostPayload + c.headers(), half.traffic().largestDeliveredIp(), 0, half.lastPayload(),
                        half.last(),
                        false, false));
            }
        }
        if (stays && half.loss().announcedBytes() >= Limits.BIG_PACKET - 100 && half.loss().holeBytes() == 0) {
            // The far end again: the sender's later segments stand behind bytes that never came.
            int mss = half.habits().mss() > 0 ? half.habits().mss() : 1460;
            return Optional.of(new SizeLoss((int) Math.min(half.loss().announcedBytes(), mss) + c.headers(),
                    half.traffic().largestDeliveredIp(), 0,
                    far.lastPayload(), half.last(), false, false));
        }
        return Optional.empty();
    }

    /// It sent a segment, or its SYN, three times or more without an answer, and its timer had run out for it.
    public boolean inVain() {
        return half.loss().unacknowledged().stream()
                .anyMatch(lost -> lost.transmissions() >= LostSegment.IN_VAIN
                        && lost.last().secondsSince(lost.first()) >= Limits.REPEATS_SECONDS);
    }

    /// @param lostIp bytes of the IP packet that does not pass
    /// @param passedIp bytes of the largest IP packet that did, 0 unknown
    /// @param transmissions how often the lost one was sent, 0 where only its absence was seen
    /// @param sent its transmissions were seen, not inferred from a hole
    /// @param proven something smaller of the same sender got through afterwards
    public record SizeLoss(int lostIp, int passedIp, int transmissions, Moment first, Moment last, boolean sent, boolean proven) {}
}
