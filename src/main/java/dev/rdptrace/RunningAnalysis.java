package dev.rdptrace;

import static java.util.stream.Collectors.toSet;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Incidents;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Surroundings;
import dev.rdptrace.diagnosis.UdpAlone;
import dev.rdptrace.incident.OpenTries;
import dev.rdptrace.incident.Tries;
import dev.rdptrace.incident.Try;
import dev.rdptrace.tcp.Connections;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions;
import dev.rdptrace.timeline.SideTransport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Judges while packets come: from a pipe, a live capture or a replay. Every attempt is judged as it ends, with the
/// earlier ones of its try; a handshake that stops without a close is judged when it has been quiet for a while, and
/// again if it goes on.
public final class RunningAnalysis {
    /// A little more than the rules want to call it silence, and less than the five seconds between the keep-alives of clients.
    private static final long QUIET_NANOS = 4_200_000_000L;
    /// Long enough for what follows a close on any network, and short enough for a verdict within two seconds of it.
    private static final long LINGER_NANOS = 750_000_000L;
    /// What other traffic says about an attempt it says minutes before at most.
    private static final long MEMORY_NANOS = 300_000_000_000L;
    /// Who listens for weeks meets more flows than anybody wants to remember.
    private static final int FLOW_LIMIT = 1 << 18;
    /// Followed at once; what goes beyond a big site's morning is a flood.
    private static final int CROWD = Connections.FOLLOWED_LIMIT / 4;
    /// Streams to remember that they were told: more than can be open, and some end without a word.
    private static final int TOLD = 4 * Connections.FOLLOWED_LIMIT;
    /// Packets overtake each other by much less; somebody has set the clock back.
    private static final long CLOCK_STEP_NANOS = 5_000_000_000L;

    private final Analyzer analyzer;
    private final OpenTries tries = new OpenTries();
    private final Surroundings surroundings = new Surroundings();
    private final Consumer<Incident> verdicts;
    private final LinkedHashSet<Integer> told = new LinkedHashSet<>();
    /// First frames of transports that are still remembered.
    private final Set<Long> toldOverUdp = new HashSet<>();
    private final int keep;
    private final ArrayDeque<Attempt> kept = new ArrayDeque<>();
    private BooleanSupplier tooLate = () -> false;
    private long unjudged;
    private long crowdedOut;
    private long lastTick;
    private long lastTurn = Long.MAX_VALUE;

    /// @param verdicts told of every try as it stands, each time one of its attempts ends or stops
    /// @param keep how many of the latest attempts a final [#report] may be about; with 0 there is none, and what is long past
    ///     is forgotten
    public RunningAnalysis(Analyzer.Options options, int keep, Consumer<Incident> verdicts) {
        this.keep = keep;
        this.verdicts = verdicts;
        this.analyzer = new Analyzer(options, new Analyzer.Embedded(new Secrets(new KeyLog()), () -> Analyzer.NO_FACTS),
                keep == 0 ? FLOW_LIMIT : Connections.FLOW_LIMIT, keep == 0 ? CROWD : Integer.MAX_VALUE, this::stopped, this::ended);
    }

    public void accept(Frame frame) {
        if (keep == 0 && frame.nanos() != Frame.NO_TIME && frame.nanos() < analyzer.lastNanos - CLOCK_STEP_NANOS) {
            setBack(frame.nanos());
        }
        analyzer.accept(frame);
        if (analyzer.lastNanos - lastTick > 250_000_000L) {
            tick(analyzer.lastNanos);
        }
    }

    /// What happened later by the old clock happened just now: otherwise everything would seem silent until the clock has
    /// caught up with itself.
    private void setBack(long nanos) {
        analyzer.lastNanos = nanos;
        analyzer.connections.setBack(nanos);
        surroundings.setBack(nanos);
        lastTick = nanos;
        lastTurn = nanos;
    }

    /// The clock was set forward to `nanos`: nothing has been silent for that long. Of handshakes under way nobody knows who
    /// waited for whom; they are not judged.
    public void clockSet(long nanos) {
        analyzer.clockSet(nanos);
        surroundings.now(nanos);
        lastTick = nanos;
        lastTurn = nanos;
    }

    /// Time has passed although no packet may have come; `nanos` is on the clock of the packets.
    public void tick(long nanos) {
        lastTick = nanos;
        surroundings.now(nanos);
        surroundings.headersCut(analyzer.headersCut);
        Companions companions = analyzer.companions.facts();
        surroundings.companions(companions);
        overUdp(companions, nanos, QUIET_NANOS);
        analyzer.connections.expire(nanos, LINGER_NANOS);
        analyzer.connections.restUntil(nanos, QUIET_NANOS);
        tries.forgetBefore(nanos);
        if (keep == 0) {
            forget(nanos);
        }
    }

    private void forget(long nanos) {
        analyzer.connections.giveUp(nanos);
        lastTurn = Math.min(lastTurn, nanos);
        if (nanos - lastTurn > MEMORY_NANOS) {
            lastTurn = nanos;
            surroundings.turn(nanos - MEMORY_NANOS);
            analyzer.companions.forgetBefore(nanos - MEMORY_NANOS);
        }
    }

    /// No more will come; what is open is judged as it stands.
    public void finish() {
        finish(() -> false);
    }

    /// The same, for as long as there is time: thousands may be open.
    ///
    /// @param late asked before each is judged
    /// @return how many were not judged
    public long finish(BooleanSupplier late) {
        tooLate = late;
        surroundings.now(analyzer.lastNanos);
        surroundings.companions(analyzer.companions.facts());
        analyzer.end();
        if (!late.getAsBoolean()) {
            overUdp(analyzer.companions.facts(), analyzer.lastNanos, 0);
        }
        return unjudged;
    }

    /// Tells what became of UDP that has no TCP beside it, once the client has been quiet for so long.
    private void overUdp(Companions companions, long nanos, long quietNanos) {
        List<SideTransport> quiet = analyzer.aloneOverUdp(companions).stream()
                .filter(transport -> nanos - transport.fromClient().last().nanos() >= quietNanos).toList();
        for (Incident incident : UdpAlone.judge(quiet, nanos)) {
            if (quietNanos > 0 && incident.outcome() == Outcome.UNDETERMINED) {
                continue;
            }
            List<Long> firsts = incident.attempts().stream().map(one -> one.attempt().first().frame()).toList();
            boolean news = firsts.stream().noneMatch(toldOverUdp::contains);
            toldOverUdp.addAll(firsts);
            if (news) {
                verdicts.accept(incident);
            }
        }
        if (!toldOverUdp.isEmpty()) {
            toldOverUdp.retainAll(companions.sideTransports().stream().map(transport -> transport.first().frame()).collect(toSet()));
        }
    }

    /// The whole so far: what was counted, and the latest attempts judged together.
    public Analysis report(CaptureFacts facts) {
        List<Attempt> attempts = new ArrayList<>(kept);
        attempts.sort(Comparator.comparingInt(Attempt::stream));
        List<Incident> incidents = new ArrayList<>(Incidents.judge(Tries.of(attempts), surroundings));
        incidents.addAll(UdpAlone.judge(analyzer.aloneOverUdp(analyzer.companions.facts()), analyzer.lastNanos));
        return analyzer.analysis(facts, Incidents.inOrder(incidents), 0);
    }

    /// TCP connections seen so far.
    public long streams() {
        return analyzer.connections.streams();
    }

    /// Connections that were not judged because too many others were open, and that nobody had answered.
    public long crowdedOut() {
        return crowdedOut + analyzer.connections.waiting();
    }

    /// Connections followed now.
    public long followed() {
        return analyzer.connections.following();
    }

    private void stopped(Attempt attempt) {
        if (analyzer.clockWasSetDuring(attempt)) {
            return;
        }
        Try one = tries.add(attempt);
        Incident incident = Incidents.judge(one, surroundings);
        boolean broken = incident.outcome().isTrouble();
        if (broken && !saidOfTwin(one, attempt, incident) && told.add(attempt.stream())) {
            if (told.size() > TOLD) {
                told.removeFirst();
            }
            verdicts.accept(incident);
        }
    }

    private void ended(Attempt attempt) {
        if (tooLate.getAsBoolean()) {
            unjudged += told.remove(attempt.stream()) ? 0 : 1;
            return;
        }
        if (isOneOfAFlood(attempt)) {
            crowdedOut += told.remove(attempt.stream()) ? 0 : 1;
            return;
        }
        surroundings.note(attempt);
        if (analyzer.clockWasSetDuring(attempt)) {
            told.remove(attempt.stream());
            return;
        }
        if (keep > 0) {
            if (kept.size() == keep) {
                kept.removeFirst();
            }
            kept.add(attempt);
        }
        Try one = tries.add(attempt);
        Incident incident = Incidents.judge(one, surroundings);
        boolean saidAlready = told.remove(attempt.stream()) || saidOfTwin(one, attempt, incident);
        if (!saidAlready || incident.outcome() == Outcome.ESTABLISHED) {
            verdicts.accept(incident);
        }
    }

    /// There was no room for it, and nobody had answered or ended it: nothing can be said of it, and thousands come in a second.
    private static boolean isOneOfAFlood(Attempt attempt) {
        return attempt.end() == Attempt.End.EVICTED && attempt.tcp().server().payloadBytes() == 0 && !attempt.tcp().client().fin().seen()
                && !attempt.tcp().server().fin().seen() && attempt.tcp().resets().isEmpty() && attempt.tcp().icmp().isEmpty();
    }

    /// The same connection was judged before, as it looked on the other side of an address translation, and this adds nothing.
    private boolean saidOfTwin(Try one, Attempt attempt, Incident incident) {
        List<Attempt> before = one.attempts().stream().filter(other -> other != attempt).toList();
        return before.stream().anyMatch(other -> Tries.twins(other, attempt))
                && Incidents.judge(new Try(one.client(), one.server(), before), surroundings).verdict().id()
                        .equals(incident.verdict().id());
    }
}
