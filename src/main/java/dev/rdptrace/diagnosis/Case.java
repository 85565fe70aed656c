package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions;
import dev.rdptrace.timeline.Companions.Contact;
import dev.rdptrace.timeline.Companions.Door;
import dev.rdptrace.timeline.Companions.KerberosTrouble;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Receipts;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.x224.FailureCode;
import dev.rdptrace.wire.x224.Protocols;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.List;
import java.util.Optional;

/// One attempt under judgement, with the derived facts that more than one rule needs.
public final class Case {

    private static final Protocols CREDSSP = new Protocols(Protocols.HYBRID);

    private final Attempt leg;
    private final Attempt whole;
    private final Attempt attempt; // as whoever ended it knew it
    private final List<Step> crossed;
    private final boolean doubtful;
    private final Ending ending;
    private final Surroundings surroundings;
    private final Optional<FailureCode> failure;
    private final Optional<Tpdu.NegotiationReply.Response> response;
    private final Moment lastStep;
    private Optional<Side> owes; // when first asked for
    private Boolean serversWill;

    public Case(Attempt attempt, Surroundings surroundings) {
        this(attempt, attempt.withHost(), surroundings);
    }

    private Case(Attempt leg, Attempt attempt, Surroundings surroundings) {
        this(leg, attempt, surroundings, Ending.of(attempt, surroundings.hopLimit(attempt, Side.SERVER),
                surroundings.hopLimit(attempt, Side.CLIENT), noHopCounts(attempt, surroundings.companions())));
    }

    private Case(Attempt leg, Attempt attempt, Surroundings surroundings, Ending ending) {
        this(leg, attempt, surroundings, ending, Knowledge.of(attempt, ending));
    }

    private Case(Attempt leg, Attempt whole, Surroundings surroundings, Ending ending, Knowledge known) {
        this.leg = leg;
        this.surroundings = surroundings;
        this.ending = ending;
        this.whole = whole;
        this.attempt = known.attempt();
        this.crossed = known.crossed();
        this.doubtful = known.doubtful();
        Tpdu.NegotiationReply reply = attempt.confirm().isPresent() ? attempt.confirm().get().reply() : null;
        failure = reply instanceof Tpdu.NegotiationReply.Failure(var code) ? Optional.of(code) : Optional.empty();
        response = reply instanceof Tpdu.NegotiationReply.Response some ? Optional.of(some) : Optional.empty();
        lastStep = lastStep(this.attempt);
    }

    /// The server is on the capture's own network, or hosts that are not by their addresses come from there without a hop as well.
    private static boolean noHopCounts(Attempt attempt, Companions companions) {
        String server = attempt.server().address();
        return companions.adjacent().containsKey(server) || companions.uncounted().stream()
                .anyMatch(host -> !host.equals(server) && !host.equals(attempt.client().address()));
    }

    /// The attempt, without the steps that had not reached whoever ended it: nobody answers what has not arrived.
    public Attempt attempt() {
        return attempt;
    }

    /// The same with the TLS of the connection itself, which is the gateway's where RDP was read in a tunnel.
    public Attempt leg() {
        return leg;
    }

    /// All that can be judged was said to a gateway: RDP with a host behind it was not read.
    public boolean withGateway() {
        return attempt.gateway() && !attempt.tunnel().inner();
    }

    /// Who speaks RDP, or should: the host behind a gateway where it was reached, else the server.
    public String host() {
        return attempt.tunnel().inner() && !attempt.tunnel().target().isEmpty() ? attempt.tunnel().target() : attempt.server().toString();
    }

    /// Steps that were on their way when the attempt was ended, and had not arrived.
    public List<Step> crossed() {
        return crossed;
    }

    public Ending ending() {
        return ending;
    }

    public Surroundings surroundings() {
        return surroundings;
    }

    public HalfFacts client() {
        return attempt.tcp().client();
    }

    public HalfFacts server() {
        return attempt.tcp().server();
    }

    public boolean reached(Step step) {
        return attempt.reached(step);
    }

    public Moment at(Step step) {
        return attempt.at(step);
    }

    /// The same with every step that was seen, whoever knew of it: what is true is true for a warning.
    Case asSeen() {
        return crossed.isEmpty() ? this : new Case(leg, whole, surroundings, ending, new Knowledge(whole, List.of(), doubtful));
    }

    /// Had the client and the server agreed on a TCP connection?
    public boolean connected() {
        return reached(Step.ESTABLISHED) || client().payloadBytes() > 0 || server().payloadBytes() > 0;
    }

    public Optional<FailureCode> failure() {
        return failure;
    }

    /// The protocol the server chose; standard security where it sent no negotiation data, CredSSP where there is none to choose.
    public Protocols selected() {
        return response.isPresent() ? response.get().selected() : attempt.direct() ? CREDSSP : Protocols.STANDARD;
    }

    public Optional<Tpdu.NegotiationReply.Response> response() {
        return response;
    }

    public Protocols requested() {
        return attempt.request().map(Tpdu.ConnectionRequest::requestedProtocols).orElse(Protocols.STANDARD);
    }

    /// The phase in which the first message that was lost from the packet at `lost` on belongs: that is where it broke,
    /// whatever was pushed out behind it.
    public Phase phaseOf(Side side, Moment lost) {
        Step first = null;
        for (var taken : whole.steps().entrySet()) {
            Step step = taken.getKey();
            boolean inIt = taken.getValue().frame() >= lost.frame() && whole.tcp().half(side).receipts().holds(taken.getValue().frame());
            if (inIt && (first == null || step.compareTo(first) < 0)) {
                first = step;
            }
        }
        return first == null ? attempt.phase() : first == Step.FONT_MAP ? Phase.ACTIVATION : first.phase();
    }

    /// Something smaller of `side` got through after `lost` was first sent in vain: it was acknowledged out of order, or a
    /// keep-alive was answered, or the other side got the acknowledgement that ends its own repetitions.
    public boolean smallerPassed(Side side, LostSegment lost) {
        HalfFacts half = attempt.tcp().half(side);
        HalfFacts far = attempt.tcp().half(side.other());
        int passed = half.receipts().largestAfter(lost.first().frame());
        if (passed > 0 && passed < lost.ipLength() || half.keepAlivesAnswered() > 0) {
            return true;
        }
        Moment word = far.fin().isAfter(far.lastPayload()) ? far.fin() : far.lastPayload();
        boolean acknowledged = far.fin().seen() && word.equals(far.fin()) ? far.finAcknowledged().seen() : acknowledged(side.other());
        return word.isAfter(lost.first()) && acknowledged && far.repeatedAfterReceipt() == 0
                && Math.max(whole.last().nanos(), surroundings.recordingEndNanos(whole)) - word.nanos() > Limits.HOLE_SECONDS * 1e9;
    }

    /// The phase of the end; what broke once TCP was up belongs to the negotiation at least.
    public Phase phaseOnceConnected() {
        return attempt.phase() == Phase.TCP ? Phase.X224 : attempt.phase();
    }

    /// The phase of what `side` sent last and lost: an answer belongs to its question, what the client sent unasked to its own step.
    public Phase phaseOfUnseen(Side side) {
        Phase next = side == Side.CLIENT ? next().map(Step::phase).orElse(attempt.phase()) : attempt.phase();
        return next == Phase.TCP ? Phase.X224 : next;
    }

    /// The phase without the steps taken in `frame` or later; the phase of the end for 0.
    public Phase phaseBefore(long frame) {
        Step furthest = null;
        for (var taken : attempt.steps().entrySet()) {
            if ((frame == 0 || taken.getValue().frame() < frame) && (furthest == null || taken.getKey().compareTo(furthest) > 0)) {
                furthest = taken.getKey();
            }
        }
        return furthest == null ? Phase.TCP : furthest.phase();
    }

    /// A domain controller that the client asked for a ticket around this attempt, in vain.
    public Optional<Contact> deafController() {
        return surroundings.byHost().deafController(attempt);
    }

    /// What a domain controller refused the client with, last before the end of this attempt.
    public Optional<KerberosTrouble> refusedTicket() {
        return surroundings.byHost().refusedTicket(attempt);
    }

    /// Another port of the server that was asked for around the attempt.
    public Optional<Door> otherDoor() {
        return surroundings.byHost().otherDoor(attempt);
    }

    /// What the server itself asked of a domain controller during the attempt, in vain.
    public Optional<Contact> controllerInVain() {
        return surroundings.byHost().askedInVain(attempt);
    }

    /// The close came long after the last message of the other side and does not acknowledge it.
    public boolean closeDoubtful() {
        return doubtful;
    }

    /// RFC 8446 2: after the ServerHello of TLS 1.3 certificate and all come sealed, in one flight that ends with Finished (4.4.4). It
    /// was received when nothing of it is missing and the client acknowledged it to the last byte.
    public boolean sealedFlightReceived() {
        boolean sealed = attempt.tls().serverHello().map(hello -> hello.version().is13()).orElse(false) && !reached(Step.CLIENT_FINISHED);
        boolean whole = server().holeBytes() == 0 && attempt.tls().promisedBytes() == 0 && !answerLost(Side.SERVER) && crossed.isEmpty()
                && acknowledgedBeforeEnd(Side.SERVER);
        return sealed && whole && server().payloadBytes() >= Limits.CERTIFICATE_FLIGHT;
    }

    // ---- whose turn it was ----

    /// Who owed the next message at the end; empty where either may speak.
    public Optional<Side> owes() {
        if (owes == null) {
            owes = Turn.of(this);
        }
        return owes;
    }

    /// The step that should have come next.
    public Optional<Step> next() {
        return NextStep.next(this);
    }

    /// Seconds in which the client, whose turn it was, said nothing; 0 where it was not its turn or its time was not up.
    public double clientOwedFor() {
        if (owes().filter(side -> side == Side.CLIENT).isEmpty()) {
            return 0;
        }
        double silence = Math.min(waited(lastStep), Math.min(silenceSince(server().lastPayload()), silenceSince(client().lastPayload())));
        return silence >= Limits.HUMAN_SECONDS + 2 * roundTrip() ? silence : 0;
    }

    /// Had the server said anything before the end, as far as whoever ended it knew?
    public boolean serverSpoke() {
        return server().payloadBytes() > 0 && !crossed.contains(Step.CONFIRM);
    }

    private double silenceSince(Moment word) {
        boolean before = word.seen() && (ending.nobody() || word.frame() < ending.at().frame());
        return before ? waited(word) : Double.MAX_VALUE;
    }

    /// The server ended it on its own account: it was not waiting for a silent client, what it had said had arrived, and
    /// no answer of its own was lost on the way. Only such an end can be a refusal.
    public boolean endedByServersWill() {
        if (serversWill == null) {
            serversWill = ending.byServer() && clientOwedFor() == 0 && !inVain(server()) && !answerLost(Side.SERVER)
                    && !hostGone(Side.CLIENT);
        }
        return serversWill;
    }

    /// The other side ended it with a packet that acknowledges `lost` of `side`: it had arrived after all. A reset without ACK does
    /// not say, so it may have.
    public boolean tookAtTheEnd(Side side, LostSegment lost) {
        boolean byOther = side == Side.CLIENT ? ending.byServer() : ending.byClient();
        if (!byOther || ending.how() != Closing.RST || ending.reset().isEmpty()) {
            return false;
        }
        long uncovered = ending.reset().get().reset().firstUncovered();
        return !ending.reset().get().reset().hasAck() || uncovered == 0 || uncovered > lost.first().frame();
    }

    /// `side` sent something that never arrived here: its own later sequence numbers lie behind it, and the other side's
    /// acknowledgements never moved (RFC 9293 3.4). A single number may be a FIN.
    public boolean answerLost(Side side) {
        return attempt.tcp().half(side).announcedBytes() > 1 || bytesGivenUp(side) > 0 || holeStayed(side);
    }

    /// Later bytes of `side` came, the ones before them never did, and the other side acknowledged none of it for longer than it takes
    /// to send them again (RFC 6298 5).
    public boolean holeStayed(Side side) {
        HalfFacts half = attempt.tcp().half(side);
        return half.holeBytes() > 0 && half.bytesBehindHole() > 0 && half.unseenAcknowledged() == 0
                && waited(lastStep) >= Limits.PATIENCE_SECONDS
                && !attempt.midStart() && !attempt.tcp().oneDirection();
    }

    /// Bytes that `side` sent again and again without an acknowledgement until its TCP gave up and reset the connection (RFC 9293
    /// 3.8.3), as the reset's own sequence number says; 0 where it ended otherwise. A program that leaves its peer with data on the
    /// way does not wait so long.
    public long bytesGivenUp(Side side) {
        boolean own = ending.how() == Closing.RST && (side == Side.SERVER ? ending.byServer() : ending.byClient());
        if (!own || attempt.midStart() || attempt.tcp().oneDirection()) {
            return 0;
        }
        ResetFacts reset = ending.reset().orElseThrow().reset();
        HalfFacts half = attempt.tcp().half(side);
        boolean late = reset.at().secondsSince(half.lastPayload().seen() ? half.lastPayload() : lastStep) >= Limits.PATIENCE_SECONDS;
        if (!late || reset.afterOwnFin() || half.unseenAcknowledged() > 0) {
            return 0;
        }
        return reset.sequenceAhead() > 1 ? reset.sequenceAhead() : half.bytesBehindHole() > 0 ? half.holeBytes() : 0;
    }

    /// `side` closed and said so again and again (RFC 9293 3.6). Nothing came back, or for so long nothing that had heard of it: nothing
    /// of it arrived.
    public boolean closeUnanswered(Side side) {
        HalfFacts half = attempt.tcp().half(side);
        if (!half.fin().seen()) {
            return false;
        }
        boolean heard = half.finAcknowledged().seen();
        double inVain = (heard ? half.finAcknowledged() : half.last()).secondsSince(half.fin());
        boolean silence = !heard && !attempt.tcp().half(side.other()).last().isAfter(half.fin());
        boolean whole = !half.lastPayload().isAfter(half.fin()); // else it may be an answer to what came before it that is wanting
        return silence ? inVain >= Limits.HOLE_SECONDS + 2 * roundTrip() : whole && inVain >= Limits.PATIENCE_SECONDS;
    }

    /// Seconds after which what `side` said last had not come through when it ended: it was acknowledged only after the end, when there
    /// had been time to say it twice more, or came with the end, long after its numbers. 0 where nothing was late.
    public double late(Side side) {
        HalfFacts half = attempt.tcp().half(side);
        Moment word = half.lastPayload();
        if (ending.nobody() || !word.seen()) {
            return 0;
        }
        long by = half.receipts().of(word.frame());
        if (ending.at().isAfter(word)) {
            double seconds = by > ending.at().frame() && by != Receipts.NEVER ? ending.at().secondsSince(word) : 0;
            return seconds >= Limits.PATIENCE_SECONDS ? seconds : 0;
        }
        boolean behind = ending.by() == Culprit.of(side) && half.announcedBytes() == 0 && half.announcedAt().seen();
        double seconds = behind ? word.secondsSince(half.announcedAt()) : 0;
        return seconds >= Limits.HOLE_SECONDS + 2 * roundTrip() ? seconds : 0;
    }

    /// Nothing of `side` came any more, while the other one asked for a sign of life, twice at least.
    public boolean hostGone(Side side) {
        HalfFacts asking = attempt.tcp().half(side.other());
        return asking.keepAlives() - asking.keepAlivesAnswered() >= 2;
    }

    // ---- waiting ----

    /// The client gave up after several seconds in which no answer to its last word could have arrived.
    public boolean outOfPatience() {
        double rtt = roundTrip();
        return rtt >= Limits.SLOW_PATH_SECONDS && ending.byClient() && ending.at().secondsSince(lastStep()) <= 3 * rtt
                && ending.at().secondsSince(attempt.first()) >= Limits.PATIENCE_SECONDS;
    }

    /// Seconds of a round trip, 0 unknown. An answer to a SYN that was sent again may belong to either (RFC 6298 3, Karn); then
    /// the quickest answer to a message tells more.
    public double roundTrip() {
        double measured = Math.max(0, attempt.tcp().rttNanos() / 1e9);
        if (attempt.tcp().synCount() < 2) {
            return measured;
        }
        double quickest = Math.min(answerTime(Step.REQUEST, Step.CONFIRM), answerTime(Step.CLIENT_HELLO, Step.SERVER_HELLO));
        return quickest == Double.MAX_VALUE ? measured : Math.max(measured, quickest);
    }

    private double answerTime(Step question, Step answer) {
        return reached(question) && reached(answer) ? at(answer).secondsSince(at(question)) : Double.MAX_VALUE;
    }

    /// The last step that was taken.
    public Moment lastStep() {
        return lastStep;
    }

    private static Moment lastStep(Attempt attempt) {
        Moment last = Moment.NEVER;
        for (Moment at : attempt.steps().values()) {
            if (at.isAfter(last)) {
                last = at;
            }
        }
        return last;
    }

    /// Seconds from `since` to the end of the connection, or to the end of the recording where nothing closed it; 0 where that was
    /// never seen.
    public double waited(Moment since) {
        if (!since.seen()) {
            return 0;
        }
        long until = ending.nobody() ? Math.max(attempt.last().nanos(), surroundings.recordingEndNanos(attempt)) : ending.at().nanos();
        return Math.max(0, (until - since.nanos()) / 1e9);
    }

    /// The capture simply ends while the attempt was under way: no close, and no wait long enough to mean something.
    public boolean cutOff() {
        return ending.nobody() && waited(lastWord()) < Limits.PATIENCE_SECONDS && !retriedInVain();
    }

    /// Seconds without a word of either side before the end, or before the last word, where the end answers that at once; 0
    /// where nothing closed it.
    public double idle() {
        if (ending.nobody()) {
            return 0;
        }
        double before = ending.how() == Closing.RST && server().last().seen() ? client().lastPayload().secondsSince(server().last()) : 0;
        return Math.max(before, ending.at().secondsSince(lastWord()));
    }

    private Moment lastWord() {
        Moment client = client().lastPayload();
        Moment server = server().lastPayload();
        Moment last = client.isAfter(server) ? client : server;
        return last.seen() ? last : attempt.first();
    }

    /// Somebody repeated a segment three times or more without an answer, over two seconds or more.
    public boolean retriedInVain() {
        return inVain(client()) || inVain(server());
    }

    public static boolean inVain(HalfFacts half) {
        for (LostSegment lost : half.unacknowledged()) {
            if (lost.transmissions() >= 3 && lost.last().secondsSince(lost.first()) >= 0.6) {
                return true;
            }
        }
        return false;
    }

    /// The last segment with payload of `side` was acknowledged by the other.
    public boolean acknowledged(Side side) {
        for (LostSegment lost : attempt.tcp().half(side).unacknowledged()) {
            if (!lost.syn()) {
                return false;
            }
        }
        return late(side) == 0;
    }

    /// What `side` had sent before the end, the end itself left aside, was acknowledged by the other.
    public boolean acknowledgedBeforeEnd(Side side) {
        for (LostSegment lost : attempt.tcp().half(side).unacknowledged()) {
            if (!lost.syn() && (ending.nobody() || lost.first().frame() < ending.at().frame())) {
                return false;
            }
        }
        return late(side) == 0;
    }

    /// Data that `side` sent and repeated, and that nobody acknowledged.
    public Optional<LostSegment> lost(Side side) {
        for (LostSegment lost : attempt.tcp().half(side).unacknowledged()) {
            if (!lost.syn() && lost.transmissions() >= 2) {
                return Optional.of(lost);
            }
        }
        return Optional.empty();
    }

    /// The last keep-alive of either side has no answer yet: whether the path still lives is open.
    public boolean keepAliveUnanswered() {
        return client().keepAlives() > client().keepAlivesAnswered() || server().keepAlives() > server().keepAlivesAnswered();
    }

    /// The client closed, and nothing of the server's came any more, not even from its TCP.
    public boolean farewellUnanswered() {
        Moment fin = client().fin();
        return fin.seen() && !client().finAcknowledged().seen() && !server().last().isAfter(fin);
    }

    // ---- path MTU ----

    /// Bytes of the IP and TCP headers in front of a payload, without options: RFC 9293 3.7.1, RFC 8200 3.
    public int headers() {
        return attempt.client().isIpv4() ? 40 : 60;
    }

    /// How big packets of `side` fare worse than small ones; empty where they do not.
    public Optional<SizeLoss> sizeLoss(Side side) {
        HalfFacts half = attempt.tcp().half(side);
        if (half.smallestLostIp() >= Limits.SMALLEST_PATH_MTU && half.smallestLostIp() > half.largestDeliveredIp()) {
            LostSegment lost = half.unacknowledged().stream().filter(s -> !s.syn() && s.transmissions() >= 3).findFirst().orElseThrow();
            if (half.smallestLostIp() < Limits.BIG_PACKET && !smallerPassed(side, lost)) {
                return Optional.empty();
            }
            if (takenByReset(side, lost)) {
                return Optional.empty();
            }
            return Optional.of(new SizeLoss(half.smallestLostIp(), half.largestDeliveredIp(), lost.transmissions(), lost.first(),
                    lost.last(), true,
                    smallerPassed(side, lost)));
        }
        // A hole may still be filled as long as the capture has not waited for it.
        boolean stays = waited(half.lastPayload()) >= Limits.HOLE_SECONDS;
        if (stays && half.holeBytes() >= Limits.BIG_PACKET - 100 && half.bytesBehindHole() > 0) {
            // Seen from the far end: the big ones never come, a shorter one behind them does.
            int mss = Math.max(half.mss(), 0);
            int lostPayload = (int) Math.min(half.holeBytes(), mss > 0 ? mss : half.holeBytes());
            if (lostPayload > half.largestDelivered()) {
                return Optional.of(new SizeLoss(lostPayload + headers(), half.largestDeliveredIp(), 0, half.lastPayload(), half.last(),
                        false, false));
            }
        }
        if (stays && half.announcedBytes() >= Limits.BIG_PACKET - 100 && half.holeBytes() == 0) {
            // The far end again: the sender's later segments stand behind bytes that never came.
            int mss = half.mss() > 0 ? half.mss() : 1460;
            return Optional.of(new SizeLoss((int) Math.min(half.announcedBytes(), mss) + headers(), half.largestDeliveredIp(), 0,
                    attempt.tcp().half(side.other()).lastPayload(), half.last(), false, false));
        }
        return Optional.empty();
    }

    /// The other side's reset acknowledges it: it came, and what was sent again went to somebody who had left.
    private boolean takenByReset(Side side, LostSegment lost) {
        return attempt.tcp().resets().stream().anyMatch(reset -> reset.from() == side.other() && reset.hasAck()
                && reset.at().isAfter(lost.first()) && (reset.firstUncovered() == 0 || reset.firstUncovered() > lost.first().frame()));
    }

    /// @param lostIp bytes of the IP packet that does not pass
    /// @param passedIp bytes of the largest IP packet that did, 0 unknown
    /// @param transmissions how often the lost one was sent, 0 where only its absence was seen
    /// @param sent its transmissions were seen, not inferred from a hole
    /// @param proven something smaller of the same sender got through afterwards
    public record SizeLoss(int lostIp, int passedIp, int transmissions, Moment first, Moment last, boolean sent, boolean proven) {}

    public Optional<IcmpFacts> icmpTooBig() {
        return attempt.tcp().icmp().stream().filter(IcmpFacts::tooBig).findFirst();
    }

    // ---- findings ----

    /// A failure in the phase that the attempt ended in, closed as it was closed.
    public Finding failed(Signature id, Culprit side, Confidence confidence, String says) {
        return new Finding(id, Outcome.FAILED, says, attempt.phase(), side, confidence, ending.by(), ending.how(), List.of())
                .at(lastStep(), ending.at());
    }

    public Finding finding(Signature id, Outcome outcome, Phase phase, Culprit side, Confidence confidence, String says) {
        return new Finding(id, outcome, says, phase, side, confidence, ending.by(), ending.how(), List.of());
    }
}
