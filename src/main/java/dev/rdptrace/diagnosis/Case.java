package dev.rdptrace.diagnosis;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions;
import dev.rdptrace.timeline.Companions.Contact;
import dev.rdptrace.timeline.Companions.Door;
import dev.rdptrace.timeline.Companions.KerberosTrouble;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.x224.FailureCode;
import dev.rdptrace.wire.x224.Protocols;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
    private @Nullable Optional<Side> owes; // when first asked for
    private @Nullable Boolean serversWill;

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
        Tpdu.NegotiationReply reply = attempt.x224().confirm().isPresent() ? attempt.x224().confirm().get().reply() : null;
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
        return attempt.tunnel().inner() && !attempt.tunnel().way().target().isEmpty() ? Identity.HOST.of(attempt.tunnel().way().target())
                : attempt.server().marked();
    }

    /// Steps that were on their way when the attempt was ended, and had not arrived.
    public List<Step> crossed() {
        return crossed;
    }

    /// What became of what `side` sent.
    public Delivery delivery(Side side) {
        return new Delivery(this, side);
    }

    /// The attempt with everything that the capture shows, known to the one who closed or not.
    Attempt whole() {
        return whole;
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
        return attempt.x224().request().map(Tpdu.ConnectionRequest::requestedProtocols).orElse(Protocols.STANDARD);
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
        List<KerberosTrouble> told = surroundings.byHost().refusedTickets(attempt.client().address(), attempt.first().nanos(),
                attempt.last().nanos());
        return told.isEmpty() ? Optional.empty() : Optional.of(told.getLast());
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
        boolean whole = server().loss().holeBytes() == 0 && attempt.tls().promisedBytes() == 0 && !delivery(Side.SERVER).answerLost()
                && crossed.isEmpty() && delivery(Side.SERVER).acknowledgedBeforeEnd();
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
            serversWill = ending.byServer() && clientOwedFor() == 0 && !delivery(Side.SERVER).inVain() && !delivery(Side.SERVER)
                    .answerLost() && !hostGone(Side.CLIENT);
        }
        return serversWill;
    }

    /// Nothing of `side` came any more, while the other one asked for a sign of life, twice at least.
    public boolean hostGone(Side side) {
        HalfFacts asking = attempt.tcp().half(side.other());
        return asking.keepAlives().unanswered() >= 2;
    }

    // ---- waiting ----

    /// The client gave up after several seconds in which no answer to its last word could have arrived. One that had the answer, or was
    /// not through with what it had to say, has its own reason.
    public boolean outOfPatience() {
        double rtt = roundTrip();
        return rtt >= Limits.SLOW_PATH_SECONDS && ending.byClient() && ending.at().secondsSince(lastStep()) <= 3 * rtt
                && ending.at().secondsSince(attempt.first()) >= Limits.PATIENCE_SECONDS
                && (owes().filter(side -> side == Side.SERVER).isPresent() || reached(Step.FONT_LIST));
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

    /// Somebody repeated a segment three times or more without an answer.
    public boolean retriedInVain() {
        return delivery(Side.CLIENT).inVain() || delivery(Side.SERVER).inVain();
    }

    /// The last keep-alive of either side has no answer yet: whether the path still lives is open.
    public boolean keepAliveUnanswered() {
        return client().keepAlives().unanswered() > 0 || server().keepAlives().unanswered() > 0;
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
