package dev.rdptrace.diagnosis;

import static dev.rdptrace.diagnosis.rules.PathRules.IP_FRAGMENT_LOSS;
import static dev.rdptrace.diagnosis.rules.PathRules.PMTUD_BLACKHOLE;
import static dev.rdptrace.diagnosis.rules.PathRules.PMTUD_ICMP_IGNORED;
import static dev.rdptrace.diagnosis.rules.PathRules.TCP_PATH_DEATH;
import static dev.rdptrace.diagnosis.rules.PathRules.TCP_RST_BOTH_SIDES;
import static dev.rdptrace.diagnosis.rules.PathRules.TCP_RST_BY_MIDDLEBOX_MIDFLOW;
import static dev.rdptrace.diagnosis.rules.PathRules.TLS_LARGE_CLIENTHELLO_LOST;
import static dev.rdptrace.diagnosis.rules.PathRules.TLS_SNI_OR_POLICY_RESET;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYNACK_LOST;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYN_RST_BY_MIDDLEBOX;
import static dev.rdptrace.diagnosis.rules.TlsRules.TLS_PAYLOAD_CORRUPTED;
import static dev.rdptrace.diagnosis.rules.TurnRules.PATH_ANSWER_LOST;

import dev.rdptrace.diagnosis.Incident.Excluded;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.SecondCapture.Point;
import dev.rdptrace.timeline.Comparison;
import dev.rdptrace.timeline.Comparison.Change;
import dev.rdptrace.timeline.Comparison.Fate;
import dev.rdptrace.timeline.Comparison.Place;
import dev.rdptrace.timeline.Comparison.Sighting;
import dev.rdptrace.timeline.Comparison.Way;
import dev.rdptrace.timeline.HopLimits;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// Judges a try that two captures hold: what one capture must infer, two can see. A packet that arrived and was never sent is
/// forged, one that was sent and never arrived was lost between the two places, and where neither happened the network
/// between them has done nothing.
public final class BothSides {
    private static final Set<Signature> FORGED = Set.of(TCP_RST_BY_MIDDLEBOX_MIDFLOW, TCP_RST_BOTH_SIDES, TLS_SNI_OR_POLICY_RESET,
            TCP_SYN_RST_BY_MIDDLEBOX);
    /// Verdicts that already name what loses packets of some size.
    private static final Set<Signature> SIZES = Set.of(PMTUD_ICMP_IGNORED, IP_FRAGMENT_LOSS, TLS_LARGE_CLIENTHELLO_LOST, PMTUD_BLACKHOLE);
    /// What neither capture shows alone.
    public static final List<Rule<BothSides>> RULES = List.of(
            pair(BothSides::forgedReset, TCP_RST_BY_MIDDLEBOX_MIDFLOW, TCP_RST_BOTH_SIDES, TLS_SNI_OR_POLICY_RESET,
                    TCP_SYN_RST_BY_MIDDLEBOX)
                    .outranking(TLS_PAYLOAD_CORRUPTED, TCP_SYNACK_LOST, PMTUD_BLACKHOLE, PMTUD_ICMP_IGNORED, IP_FRAGMENT_LOSS,
                            TLS_LARGE_CLIENTHELLO_LOST, TCP_PATH_DEATH, PATH_ANSWER_LOST),
            pair(BothSides::payloadChanged, TLS_PAYLOAD_CORRUPTED).outranking(TCP_SYNACK_LOST, PMTUD_BLACKHOLE, PMTUD_ICMP_IGNORED,
                    IP_FRAGMENT_LOSS, TLS_LARGE_CLIENTHELLO_LOST, TCP_PATH_DEATH, PATH_ANSWER_LOST),
            pair(BothSides::answerToSynLost, TCP_SYNACK_LOST).outranking(PMTUD_BLACKHOLE, TCP_PATH_DEATH, PATH_ANSWER_LOST),
            pair(BothSides::sizesVanish, PMTUD_BLACKHOLE, PMTUD_ICMP_IGNORED, IP_FRAGMENT_LOSS, TLS_LARGE_CLIENTHELLO_LOST)
                    .outranking(TCP_PATH_DEATH, PATH_ANSWER_LOST),
            pair(BothSides::oneWayDead, TCP_PATH_DEATH).outranking(PATH_ANSWER_LOST),
            pair(BothSides::answerLost, PATH_ANSWER_LOST));

    private static final int REPEATED = 3;
    private static final int MOST_FRAMES = 8;
    private static final int HEADERS = 40;
    private static final int HEADERS_IPV6 = 60;

    private final Incident incident;
    private final Comparison facts;
    private final View here;
    private final View there;

    private BothSides(Incident incident, Comparison facts, View there) {
        this.incident = incident;
        this.facts = facts;
        this.here = View.of(incident.headline());
        this.there = there;
    }

    private static Rule<BothSides> pair(Function<BothSides, Optional<Finding>> check, Signature... finds) {
        return Rule.rule(Weight.PATH, both -> check.apply(both).<Answer>map(Answer.Found::new).orElse(Answer.CLEAR), finds);
    }

    /// `incident` with what the other capture adds.
    ///
    /// @param comparisons of every connection that both captures hold
    /// @param others what the other capture makes of its connections, by their streams
    /// @param name of the other capture
    public static Incident judge(Incident incident, List<Comparison> comparisons, Map<Integer, View> others, String name) {
        int headline = incident.headline().attempt().stream();
        Optional<Comparison> facts = comparisons.stream().filter(c -> c.stream() == headline).findFirst();
        if (facts.isEmpty()) {
            String says = comparisons.isEmpty() ? "the other capture holds no connection that this one holds: it is of another time or"
                    + " another path, or no packet of this try came there"
                    : "the other capture does not hold this connection, although it holds " + Quantities.count(comparisons.size(), "other")
                            + ": no packet of this one came there";
            return Incidents.compared(incident, incident.verdict(), List.of(), new SecondCapture(name, Optional.empty(),
                    List.of(new Point(says, List.of(), List.of()))));
        }
        View there = others.get(facts.get().otherStream());
        if (there == null) {
            return incident;
        }
        BothSides both = new BothSides(incident, facts.get(), there);
        return Incidents.compared(incident, both.verdict(), both.excluded(), new SecondCapture(name, facts, both.points()));
    }

    /// The strongest thing that both captures together show, or what one of them showed.
    private Finding verdict() {
        Outcome outcome = incident.outcome();
        if (outcome == Outcome.PROBE || outcome == Outcome.NOT_RDP || outcome == Outcome.ESTABLISHED) {
            return incident.verdict();
        }
        boolean blind = facts.terminated() || facts.nearClient() == Place.UNKNOWN;
        Optional<Finding> seen = blind ? Optional.empty() : Ranked.strongest(RULES, this);
        return seen.or(this::otherDecides).or(() -> blind ? Optional.empty() : endDidIt()).orElse(incident.verdict());
    }

    // ---- what was lost, what was forged ----

    /// A reset that reached one end and that the other never sent, before either had closed.
    private Optional<Finding> forgedReset() {
        List<Sighting> forged = sightings(Fate.INJECTED).filter(Sighting::reset).toList();
        if (forged.isEmpty() || forged.stream().anyMatch(reset -> closedBefore(reset))) {
            return Optional.empty();
        }
        Sighting first = forged.getFirst();
        boolean both = forged.stream().anyMatch(reset -> reset.from() != first.from());
        boolean connected = here.connected() || there.connected();
        boolean up = here.up() || there.up();
        View client = nearClient();
        boolean atHello = client.clientHello() && !before(client.serverHello(), first);
        Finding known = incident.verdict();
        Signature signature = !connected ? TCP_SYN_RST_BY_MIDDLEBOX : both ? TCP_RST_BOTH_SIDES : atHello ? TLS_SNI_OR_POLICY_RESET
                : TCP_RST_BY_MIDDLEBOX_MIDFLOW;
        Phase phase = FORGED.contains(known.signature()) ? known.phase() : connected && client.phase() == Phase.TCP ? Phase.X224
                : client.phase();
        if (FORGED.contains(there.verdict().signature()) && there.verdict().phase().compareTo(phase) > 0) {
            phase = there.verdict().phase();
        }
        String says = both ? "a device on the path reset both ends, each in the other's name: neither sent the reset that reached the other"
                : "a device on the path reset the connection in the " + first.from() + "'s name: the reset that reached the " + first.from()
                        .other()
                        + " was never sent by the " + first.from();
        return Optional.of(finding(signature, up ? Outcome.INTERRUPTED : Outcome.FAILED, says, phase, Culprit.PATH, Closing.RST, forged)
                .closed(Culprit.PATH, Closing.RST));
    }

    private boolean before(Moment moment, Sighting sighting) {
        long clock = nearClient() == there ? facts.offsetNanos() : 0;
        return moment.seen() && moment.nanos() - clock < sighting.nanos();
    }

    /// Somebody had closed already, so that a reset cannot have broken anything.
    private boolean closedBefore(Sighting reset) {
        return facts.sightings().stream().anyMatch(s -> (s.fin() || s.reset()) && s.fate() != Fate.INJECTED && s.nanos() < reset.nanos());
    }

    /// The bytes that arrived are not those that were sent, and a handshake that protects itself noticed.
    private Optional<Finding> payloadChanged() {
        Finding known = incident.verdict();
        boolean noticed = known.phase() == Phase.TLS || known.phase() == Phase.CREDSSP || known.outcome() == Outcome.UNDETERMINED;
        return facts.changes().stream().filter(change -> noticed && change.what().equals(Change.PAYLOAD)).findFirst()
                .map(change -> new Finding(TLS_PAYLOAD_CORRUPTED, known.outcome() == Outcome.UNDETERMINED ? Outcome.FAILED
                        : known.outcome(),
                        "bytes of the " + change.from() + " were changed on the way: its packet arrived with other content at the "
                                + change.from().other() + "'s side",
                        known.phase(), Culprit.PATH, Confidence.SEEN, known.closedBy(),
                        known.how(),
                        frame(change.frame())));
    }

    private Optional<Finding> answerToSynLost() {
        List<Sighting> answers = facts.sightings().stream().filter(s -> s.from() == Side.SERVER && s.syn()).toList();
        List<Sighting> lost = answers.stream().filter(s -> s.fate() == Fate.LOST).toList();
        if (lost.isEmpty() || answers.stream().anyMatch(s -> s.fate() != Fate.LOST && s.fate() != Fate.UNKNOWN)) {
            return Optional.empty();
        }
        List<Sighting> asked = facts.sightings().stream().filter(s -> s.from() == Side.CLIENT && s.syn() && s.fate() == Fate.ARRIVED)
                .toList();
        return Optional.of(finding(TCP_SYNACK_LOST, Outcome.FAILED, "the client's SYN reached the server, which answered it "
                + times(lost.size()) + ", and none of its SYN-ACKs reached the client: the way back is broken", Phase.TCP, Culprit.PATH,
                Closing.SILENCE, asked.isEmpty() ? lost : asked));
    }

    /// Large packets never arrive, smaller ones of the same direction do.
    private Optional<Finding> sizesVanish() {
        for (Side side : new Side[] {Side.SERVER, Side.CLIENT}) {
            Way way = facts.way(side);
            List<Sighting> lost = undelivered(side);
            boolean bySize = way.lostBytes() > 0 && way.smallestLostIp() > Math.max(way.largestArrivedIp(), Limits.SMALLEST_WHOLE_DATAGRAM)
                    && way.largestArrivedIp() > 0;
            if (!bySize || lost.size() < 2 || !arrivedAfter(side, lost.getFirst())) {
                continue;
            }
            // One of them may know more: fragments, or an ICMP message that was ignored.
            Finding known = Stream.of(incident.verdict(), there.verdict())
                    .filter(f -> SIZES.contains(f.signature()) && !f.is(PMTUD_BLACKHOLE))
                    .findFirst().orElse(incident.verdict());
            Signature signature = SIZES.contains(known.signature()) ? known.signature() : PMTUD_BLACKHOLE;
            int mss = way.largestArrivedIp() - (facts.client().isIpv4() ? HEADERS : HEADERS_IPV6);
            String says = !signature.equals(PMTUD_BLACKHOLE) ? known.says() + "; of the " + side + "'s packets none of "
                    + way.smallestLostIp() + " bytes or more arrived, those up to " + way.largestArrivedIp() + " did"
                    : "large packets from the " + side + " disappear on the way: " + way.smallestLostIp() + " bytes were sent "
                            + times(lost.size()) + " and never arrived at the " + side.other() + "'s side, packets up to "
                            + way.largestArrivedIp() + " bytes did" + (way.largestArrivedIp() >= 2 * Limits.SMALLEST_WHOLE_DATAGRAM
                                    ? "; an MSS of " + mss + " would get through" : "");
            boolean up = here.up() && there.up();
            Phase phase = SIZES.contains(known.signature()) ? known.phase() : laterPhase();
            return Optional.of(finding(signature, up ? Outcome.INTERRUPTED : Outcome.FAILED, says, phase,
                    known.is(signature) ? known.side() : Culprit.PATH, Closing.SILENCE, lost));
        }
        return Optional.empty();
    }

    /// Nothing of one side arrives any more, whatever its size.
    private Optional<Finding> oneWayDead() {
        for (Side side : Side.values()) {
            List<Sighting> lost = undelivered(side);
            if (lost.isEmpty() || arrivedAfter(side, lost.getFirst())) {
                continue;
            }
            long most = lost.stream().filter(s -> s.offset() == lost.getFirst().offset()).count();
            if (most < REPEATED) {
                continue;
            }
            Finding known = incident.verdict();
            boolean otherAlive = arrivedAfter(side.other(), lost.getFirst());
            boolean up = here.up() || there.up();
            boolean named = known.side() == Culprit.PATH && known.how() == Closing.SILENCE && !known.id().startsWith("pmtud");
            Phase phase = laterPhase();
            String says = "the connection to the " + side.other() + " was lost: " + Quantities.count(lost.getFirst().length(), "byte")
                    + " of the " + side + " were sent " + times((int) most) + " and never arrived at the " + side.other()
                    + "'s side; the way back " + (otherAlive ? "still worked" : "brought nothing either");
            return Optional.of(finding(named ? known.signature() : TCP_PATH_DEATH, up ? Outcome.INTERRUPTED : Outcome.FAILED, says,
                    named ? known.phase() : phase == Phase.TCP ? Phase.X224 : phase, Culprit.PATH, Closing.SILENCE, lost));
        }
        return Optional.empty();
    }

    /// A message was sent again and again and never arrived, while other packets of its sender did: by their size, or by what they
    /// are. Whatever one capture made of the silence, the one who sent it was not silent.
    private Optional<Finding> answerLost() {
        for (Side side : Side.values()) {
            List<Sighting> lost = undelivered(side);
            boolean up = here.up() || there.up();
            long copies = lost.isEmpty() ? 0 : lost.stream().filter(s -> s.offset() == lost.getFirst().offset()).count();
            if (copies < REPEATED || up || incident.verdict().side() == Culprit.PATH) {
                continue;
            }
            Phase phase = laterPhase();
            return Optional.of(finding(PATH_ANSWER_LOST, Outcome.FAILED, Quantities.count(lost.getFirst().length(), "byte") + " of the "
                    + side + " were sent " + times((int) copies) + " and never arrived at the " + side.other()
                    + "'s side; other packets of the "
                    + side + " did", phase == Phase.TCP ? Phase.X224 : phase, Culprit.PATH, Closing.SILENCE, lost));
        }
        return Optional.empty();
    }

    // ---- what the other capture knows ----

    /// This capture cannot tell, the other one can.
    private Optional<Finding> otherDecides() {
        Finding known = incident.verdict();
        Finding other = there.verdict();
        if (known.outcome() != Outcome.UNDETERMINED || other.outcome() == Outcome.UNDETERMINED) {
            return Optional.empty();
        }
        Map<Long, Long> translated = new HashMap<>();
        facts.sightings().stream().filter(s -> s.frame() > 0 && s.otherFrame() > 0).forEach(s -> translated.put(s.otherFrame(), s.frame()));
        List<Long> frames = other.frames().stream().map(translated::get).filter(Objects::nonNull).sorted().toList();
        return Optional.of(new Finding(other.signature(), other.outcome(), other.says() + " (the other capture shows it)", other.phase(),
                other.side(), other.confidence(), other.closedBy(), other.how(), frames.isEmpty() ? known.frames() : frames));
    }

    /// The network did nothing, so the end that closed has done it.
    private Optional<Finding> endDidIt() {
        Finding known = incident.verdict();
        Finding other = there.verdict();
        if (!spotless()) {
            return Optional.empty();
        }
        boolean blamesPath = known.side() == Culprit.PATH && known.confidence() != Confidence.SEEN && known.how() == Closing.RST;
        if (blamesPath && other.side() != Culprit.PATH && other.outcome() != Outcome.UNDETERMINED && atHost(Side.SERVER)) {
            return otherFinding(other);
        }
        boolean closer = known.how() == Closing.RST && known.side() == known.closedBy()
                && (known.side() == Culprit.SERVER && atHost(Side.SERVER) || known.side() == Culprit.CLIENT && atHost(Side.CLIENT));
        return closer ? Optional.of(known.with(Confidence.SEEN)) : Optional.empty();
    }

    private Optional<Finding> otherFinding(Finding other) {
        return Optional.of(new Finding(other.signature(), other.outcome(), other.says() + "; its reset was seen leaving and arriving",
                other.phase(), other.side(), other.confidence(), other.closedBy(), other.how(), incident.verdict().frames()));
    }

    /// The capture that is nearer to `side` was taken on its machine, or no router is between.
    private boolean atHost(Side side) {
        return HopLimits.isInitial(facts.way(side).hopLimitAtSource());
    }

    // ---- in words ----

    private List<Excluded> excluded() {
        boolean trouble = incident.outcome().isTrouble();
        return trouble && spotless() && !facts.terminated() && facts.nearClient() != Place.UNKNOWN
                ? List.of(new Excluded("the network between the two capture points", "every packet that was sent arrived, and no other did",
                        List.of()))
                : List.of();
    }

    private List<Point> points() {
        List<Point> points = new ArrayList<>();
        add(points, "stream " + facts.stream() + " here is stream " + facts.otherStream() + " there" + (facts.translated() ? ", where "
                + facts.client().marked() + " → " + facts.server().marked() + " is " + facts.otherClient().marked() + " → "
                + facts.otherServer().marked()
                + ": addresses or ports are translated between them" : ""));
        add(points, clock() + (facts.transitNanos() >= 0 ? "; a packet takes " + Quantities.duration(facts.transitNanos() / 1e9)
                + " from one place to the other and back" : ""));
        switch (facts.nearClient()) {
            case FIRST -> add(points, "this capture was taken nearer to the client, the other one nearer to the server" + hops());
            case OTHER -> add(points, "the other capture was taken nearer to the client, this one nearer to the server" + hops());
            case UNKNOWN -> add(points, "nothing shows which of the two places is nearer to the client");
        }
        if (facts.terminated()) {
            add(points, "both ends' sequence numbers differ: a proxy between the two places takes the connection and opens another, so"
                    + " a close"
                    + " may be its own");
        } else if (facts.renumberedServer() || facts.renumberedClient()) {
            add(points, "a device between the two places replaces the " + (facts.renumberedServer() ? "server" : "client")
                    + "'s sequence numbers");
        }
        facts.changes().forEach(change -> points.add(new Point(change.what().equals(Change.PAYLOAD)
                ? "a packet of the " + change.from() + " arrived with other bytes than were sent"
                : "the " + change.from() + "'s " + change.what() + " is rewritten on the way: " + change.sent() + " sent, "
                        + change.arrived()
                        + " arrived",
                frame(change.frame()), frame(change.otherFrame()))));
        if (facts.nearClient() != Place.UNKNOWN) {
            ways(points);
        }
        if (facts.incomplete()) {
            add(points, "only the first packets of the connection are compared, it has more");
        }
        return points;
    }

    private void ways(List<Point> points) {
        long open = sightings(Fate.UNKNOWN).filter(s -> s.frame() == 0 || s.otherFrame() == 0).count();
        if (facts.clean() && open == 0) {
            add(points, "everything arrived: " + facts.fromClient().matched() + " packets of the client and " + facts.fromServer().matched()
                    + " of the server, none was lost and none was added");
        }
        for (Side side : facts.clean() && open == 0 ? new Side[0] : Side.values()) {
            Way way = facts.way(side);
            List<Sighting> lost = sightings(Fate.LOST).filter(s -> s.from() == side).toList();
            String loss = way.lost() == 0 ? "none was lost" : way.lost() + " were lost"
                    + (way.lostBytes() > 0 ? " and " + Quantities.count(way.lostBytes(), "byte") + " never arrived in any of them" : "")
                    + (way.smallestLostIp() > way.largestArrivedIp() && way.largestArrivedIp() > 0 ? ": none of " + way.smallestLostIp()
                            + " bytes or more arrived, the largest that did had " + way.largestArrivedIp() : "");
            points.add(new Point("of " + Quantities.count(way.sent(), "packet") + " of the " + side + " " + way.matched() + " arrived, "
                    + loss, here(lost), there(lost)));
            List<Sighting> forged = sightings(Fate.INJECTED).filter(s -> s.from() == side).toList();
            if (!forged.isEmpty()) {
                boolean resets = forged.stream().allMatch(Sighting::reset);
                points.add(new Point(Quantities.count(forged.size(), resets ? "reset" : "packet") + " in the " + side
                        + "'s name arrived that the " + side
                        + " never sent", here(forged), there(forged)));
            }
        }
        if (open > 0) {
            add(points, "what became of " + Quantities.count(open, "packet")
                    + " cannot be told: the place where it should be was not captured at that"
                    + " time, or missed packets");
        }
        for (Side side : Side.values()) {
            if (facts.way(side).unseenBytes() > 0) {
                add(points, Quantities.count(facts.way(side).unseenBytes(), "byte") + " of the " + side
                        + " were acknowledged at the far place without"
                        + " being seen there: that capture missed packets");
            }
        }
    }

    private String clock() {
        double seconds = Math.abs(facts.offsetNanos()) / 1e9;
        String doubt = facts.uncertaintyNanos() < 0 ? " (or up to one packet's way more or less)" : " (± "
                + Quantities.duration(facts.uncertaintyNanos() / 1e9) + ")";
        return seconds < 1e-6 ? "both clocks agree" + doubt
                : "the other capture's clock is " + Quantities.duration(seconds) + (facts.offsetNanos() > 0 ? " ahead" : " behind") + doubt;
    }

    private String hops() {
        int hops = Math.max(facts.fromClient().hops(), facts.fromServer().hops());
        return hops > 0 ? ", " + Quantities.count(hops, "hop") + " away" : "";
    }

    private static void add(List<Point> points, String says) {
        points.add(new Point(says, List.of(), List.of()));
    }

    // ---- small questions ----

    /// Everything that was sent arrived as it was, and nothing else did.
    private boolean spotless() {
        return facts.clean() && !facts.incomplete() && sightings(Fate.UNKNOWN).findAny().isEmpty()
                && facts.changes().stream().noneMatch(change -> change.what().equals(Change.PAYLOAD));
    }

    private Stream<Sighting> sightings(Fate fate) {
        return facts.sightings().stream().filter(sighting -> sighting.fate() == fate);
    }

    private List<Sighting> undelivered(Side side) {
        return sightings(Fate.LOST).filter(s -> s.from() == side && s.undelivered() > 0 && !s.syn()).toList();
    }

    private boolean arrivedAfter(Side side, Sighting lost) {
        return facts.sightings().stream().anyMatch(s -> s.from() == side && s.nanos() > lost.nanos() && !s.reset()
                && (s.fate() == Fate.ARRIVED || s.fate() == Fate.PARTLY));
    }

    private View nearClient() {
        return facts.nearClient() == Place.OTHER ? there : here;
    }

    private Phase laterPhase() {
        return there.phase().compareTo(here.phase()) > 0 ? there.phase() : here.phase();
    }

    private static String times(int count) {
        return count == 1 ? "once" : count + " times";
    }

    private Finding finding(Signature signature, Outcome outcome, String says, Phase phase, Culprit side, Closing how,
            List<Sighting> proof) {
        List<Long> frames = here(proof);
        return new Finding(signature, outcome, says, phase, side, Confidence.SEEN, Culprit.NOBODY, how, frames.isEmpty()
                ? incident.verdict().frames() : frames);
    }

    private static List<Long> here(List<Sighting> sightings) {
        return sightings.stream().map(Sighting::frame).filter(frame -> frame > 0).sorted().limit(MOST_FRAMES).toList();
    }

    private static List<Long> there(List<Sighting> sightings) {
        return sightings.stream().map(Sighting::otherFrame).filter(frame -> frame > 0).sorted().limit(MOST_FRAMES).toList();
    }

    private static List<Long> frame(long frame) {
        return frame > 0 ? List.of(frame) : List.of();
    }
}
