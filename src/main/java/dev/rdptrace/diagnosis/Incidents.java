package dev.rdptrace.diagnosis;

import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.CrowdRules.TCP_BURST_BACKLOG_OVERFLOW;
import static dev.rdptrace.diagnosis.rules.OpeningRules.SCAN_NEG_PROBE;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_CR_BLACKHOLE;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYNACK_LOST;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYN_NO_RESPONSE;

import dev.rdptrace.diagnosis.Diagnosis.RunnerUp;
import dev.rdptrace.diagnosis.Diagnosis.Warning;
import dev.rdptrace.diagnosis.Incident.Excluded;
import dev.rdptrace.diagnosis.Sources.Guessing;
import dev.rdptrace.diagnosis.page.ClientCode;
import dev.rdptrace.diagnosis.page.ClientCodes;
import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.page.Pages;
import dev.rdptrace.incident.Try;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions.Sweep;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.HopLimits;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// From judged attempts to the verdict on a try.
public final class Incidents {
    public static final Signature BRUTEFORCE_NLA = signature("bruteforce-nla", in(Phase.CREDSSP), by(Fault.NONE));
    public static final Signature BRUTEFORCE_NONLA = signature("bruteforce-nonla", in(Phase.INFO), by(Fault.NONE));

    private static final int GUESSES = 5;
    private static final int SCANS = 4;
    private static final double QUICK_SECONDS = 4;
    private static final double BRIEF_SECONDS = 15;
    /// Ports that do not answer are asked once more.
    private static final long SWEEP_NANOS = 5_000_000_000L;

    private Incidents() {}

    /// Judges a whole capture: most important first, then by time.
    public static List<Incident> judge(List<Try> tries, Surroundings surroundings) {
        List<Incident> incidents = new ArrayList<>();
        for (Try one : tries) {
            incidents.add(judge(one, surroundings));
        }
        return inOrder(incidents);
    }

    /// Most important first, then by time.
    public static List<Incident> inOrder(List<Incident> incidents) {
        return incidents.stream().sorted(Comparator.comparingInt((Incident i) -> rank(i.outcome())).thenComparingLong(Incident::firstNanos)
                .thenComparingInt(i -> i.attempts().getFirst().attempt().stream())).toList();
    }

    /// The place of an outcome in the order of a report.
    public static int rank(Outcome outcome) {
        return switch (outcome) {
            case FAILED, INTERRUPTED -> 0;
            case UNDETERMINED -> 1;
            case ESTABLISHED -> 2;
            case ABANDONED -> 3;
            case PROBE -> 4;
            case NOT_RDP -> 5;
        };
    }

    /// Judges one try as it stands.
    public static Incident judge(Try one, Surroundings surroundings) {
        List<Diagnosis> attempts = new ArrayList<>();
        for (Attempt attempt : one.attempts()) {
            attempts.add(Judge.judge(attempt, surroundings));
        }
        List<Diagnosis> apart = Beside.withoutTwins(attempts);
        Diagnosis headline = Legs.headline(apart).orElseGet(() -> headline(apart));
        Finding verdict = swept(apart, surroundings).or(() -> Legs.verdict(apart)).or(() -> Several.finding(apart)).or(() -> together(apart)).or(() -> guessingElsewhere(apart, surroundings))
                .orElse(headline.verdict());
        List<RunnerUp> alternatives = headline.runnersUp();
        return incident(one.client(), one.server(), verdict, headline, alternatives,
                Stream.concat(Exclusions.of(headline, verdict).stream(), Beside.excluded(headline, verdict, surroundings).stream()).toList(),
                warnings(attempts, Beside.warnings(one, attempts, verdict, surroundings), verdict), List.copyOf(attempts), Optional.empty());
    }

    /// A try about which nothing but its own attempts is known.
    static Incident incident(Endpoint client, Endpoint server, Finding verdict, Diagnosis headline, List<Diagnosis> attempts) {
        return incident(client, server, verdict, headline, headline.runnersUp(), List.of(), List.of(), List.copyOf(attempts), Optional.empty());
    }

    private static Incident incident(Endpoint client, Endpoint server, Finding verdict, Diagnosis headline, List<RunnerUp> alternatives,
            List<Excluded> excluded, List<Warning> warnings, List<Diagnosis> attempts, Optional<Compared> compared) {
        Page.Names names = new Page.Names(server.address(), client.address(), clock(verdict, headline),
                Integer.toString(port(server, headline)));
        Optional<Page> page = Pages.page(verdict.id());
        boolean trouble = verdict.outcome() == Outcome.FAILED || verdict.outcome() == Outcome.INTERRUPTED;
        return new Incident(client, server, verdict, headline, alternatives, excluded, warnings,
                Stream.concat(page.map(p -> p.look().stream().filter(look -> !have(compared, look)).map(names::fill)).orElse(Stream.of()),
                        trouble && compared.isEmpty() ? otherEnd(verdict, headline, server) : Stream.of()).toList(),
                Reasons.fixes(headline.attempt(), verdict, page.map(p -> p.todo().stream().map(names::fill).toList()).orElse(List.of())),
                trouble ? codes(verdict.id(), headline.attempt().inner().errorInfo()) : List.of(), attempts, compared);
    }

    /// Where the server's own number is known, the client shows no other one of its kind.
    private static List<ClientCode> codes(String id, int told) {
        List<ClientCode> all = ClientCodes.of(id);
        boolean named = told > 0 && all.stream().anyMatch(code -> code.extended() == told);
        return named ? all.stream().filter(code -> code.extended() < 0 || code.extended() == told).toList() : all;
    }

    /// A device can write the TTL and the numbers of an end; only that end's own packets show whether it did.
    private static Stream<String> otherEnd(Finding verdict, Diagnosis headline, Endpoint server) {
        boolean own = verdict.how() == How.RST && verdict.closedBy() == Fault.SERVER && headline.ending().reset()
                .filter(judged -> judged.score() == 0 && judged.reset().from() == Side.SERVER).isPresent();
        boolean elsewhere = HopLimits.isInitial(headline.attempt().tcp().client().synHopLimit());
        return own && elsewhere ? Stream.of(server.address() + ": record there, too; nothing at this end tells the server's reset from one that a"
                + " device sends in its name with the same TTL.") : Stream.of();
    }

    /// The port that RDP is wanted at: behind a proxy it is not the proxy's own.
    private static int port(Endpoint server, Diagnosis headline) {
        int behind = headline.attempt().prologuePort();
        return behind > 0 ? behind : server.port();
    }

    /// Nobody is asked for what is there already.
    private static boolean have(Optional<Compared> compared, String look) {
        return compared.flatMap(Compared::facts).isPresent() && look.contains("second capture");
    }

    /// The same try with what a second capture adds; a verdict that it replaces becomes a runner-up.
    static Incident compared(Incident one, Finding verdict, List<Excluded> more, Compared compared) {
        List<RunnerUp> alternatives = new ArrayList<>();
        if (!verdict.is(one.verdict().signature()) && one.outcome() != Outcome.UNDETERMINED) {
            alternatives.add(new RunnerUp(one.verdict().signature(), one.verdict().says(), "one capture alone says so; the other one shows more"));
        }
        one.alternatives().stream().filter(other -> !other.is(verdict.signature())).forEach(alternatives::add);
        List<Excluded> excluded = new ArrayList<>(Exclusions.of(one.headline(), verdict));
        excluded.addAll(more);
        return incident(one.client(), one.server(), verdict, one.headline(), List.copyOf(alternatives), List.copyOf(excluded),
                one.warnings().stream().filter(warning -> !warning.is(verdict.signature())).toList(), one.attempts(), Optional.of(compared));
    }

    /// The time of the deciding packet, as logs show it.
    private static String clock(Finding verdict, Diagnosis headline) {
        long nanos = headline.ending().nobody() ? headline.attempt().last().nanos() : headline.ending().at().nanos();
        int second = (int) Math.floorMod(Math.floorDiv(nanos, 1_000_000_000L), 86_400L);
        return two(second / 3600) + ":" + two(second / 60 % 60) + ":" + two(second % 60) + " UTC";
    }

    private static String two(int number) {
        return number < 10 ? "0" + number : Integer.toString(number);
    }

    /// A session that was up and cut, then a session that is up, then the deepest failure; of equals the first.
    private static Diagnosis headline(List<Diagnosis> attempts) {
        Diagnosis best = attempts.getFirst();
        for (Diagnosis candidate : attempts) {
            if (weight(candidate) > weight(best)) {
                best = candidate;
            }
        }
        if (best.outcome() == Outcome.ESTABLISHED) {
            Diagnosis session = best;
            return attempts.stream().filter(later -> later.outcome() == Outcome.FAILED
                    && later.attempt().first().isAfter(session.attempt().at(Step.FONT_MAP))).findFirst().orElse(session);
        }
        if (best.outcome() == Outcome.INTERRUPTED) {
            return best;
        }
        for (Diagnosis candidate : attempts) {
            if (weight(candidate) == weight(best) && deeper(candidate, best)) {
                best = candidate;
            }
        }
        if (best.outcome() == Outcome.UNDETERMINED && nobodys(best)) {
            Optional<Diagnosis> scan = attempts.stream().filter(d -> d.verdict().is(SCAN_NEG_PROBE)).findFirst();
            if (scan.isPresent()) {
                return scan.get();
            }
        }
        Diagnosis failed = best;
        if (failed.outcome() == Outcome.FAILED && failed.verdict().phase() == Phase.X224 && failed.attempt().reached(Step.CONFIRM)) {
            return attempts.stream().filter(other -> passedNegotiation(other, failed)).findFirst().orElse(failed);
        }
        return wentFurther(attempts.getLast(), failed) ? attempts.getLast() : failed;
    }

    /// It gave no name, brought no token and asked for no session; what became of it does not matter beside a scan.
    private static boolean nobodys(Diagnosis diagnosis) {
        Attempt attempt = diagnosis.attempt();
        boolean whole = !attempt.midStart() && diagnosis.fitness().stream().noneMatch(Fitness::decisive);
        return whole && !attempt.reached(Step.TOKEN) && !attempt.reached(Step.CONNECT_INITIAL)
                && attempt.request().map(cr -> !cr.carriesToken() && (cr.cookieName().isEmpty()
                || Scanners.isName(cr.cookieName()))).orElse(true);
    }

    /// Server and client agree in another attempt, whose end the capture does not show, or may have: the client asks again
    /// for what the server demanded. What the user saw is the end of that one.
    private static boolean passedNegotiation(Diagnosis other, Diagnosis failed) {
        boolean further = other.attempt().midStart() || other.attempt().phase().compareTo(Phase.X224) > 0
                || other.attempt().first().nanos() > failed.attempt().last().nanos();
        return other.outcome() == Outcome.UNDETERMINED && further;
    }

    /// After a failure another attempt got further, and the capture does not show what became of it.
    private static boolean wentFurther(Diagnosis last, Diagnosis failed) {
        return last.outcome() == Outcome.UNDETERMINED && failed.outcome() == Outcome.FAILED
                && last.attempt().furthest().map(Step::ordinal).orElse(-1) > failed.attempt().furthest().map(Step::ordinal).orElse(-1);
    }

    private static int weight(Diagnosis diagnosis) {
        return switch (diagnosis.outcome()) {
            case INTERRUPTED -> 6;
            case ESTABLISHED -> 5;
            case FAILED -> 4;
            case UNDETERMINED -> 3;
            case ABANDONED -> 2;
            case NOT_RDP -> 1;
            case PROBE -> 0;
        };
    }

    private static boolean deeper(Diagnosis candidate, Diagnosis best) {
        int a = candidate.attempt().furthest().map(Step::ordinal).orElse(-1);
        int b = best.attempt().furthest().map(Step::ordinal).orElse(-1);
        return candidate.verdict().phase().compareTo(best.verdict().phase()) > 0
                || candidate.verdict().phase() == best.verdict().phase() && a > b && candidate.verdict().phase() == Phase.TLS;
    }

    // ---- what only several attempts together show ----

    private static Optional<Finding> together(List<Diagnosis> attempts) {
        if (attempts.size() < SCANS) {
            return Optional.empty();
        }
        return guessing(attempts).or(() -> guessingWithoutNla(attempts)).or(() -> scanning(attempts)).or(() -> backlog(attempts));
    }

    /// Many connections at once, of which the server takes some and lets the others starve.
    private static Optional<Finding> backlog(List<Diagnosis> attempts) {
        List<Diagnosis> starved = new ArrayList<>();
        int taken = 0;
        int open = 0;
        for (Diagnosis d : attempts) {
            Signature signature = d.verdict().signature();
            if (signature.equals(TCP_CR_BLACKHOLE) || signature.equals(TCP_SYN_NO_RESPONSE) || signature.equals(TCP_SYNACK_LOST)) {
                starved.add(d);
            } else if (d.attempt().tcp().synAck().seen() || d.attempt().tcp().server().lastAcknowledgement().seen()) {
                taken++;
            }
            open += d.outcome() == Outcome.UNDETERMINED ? 1 : 0;
        }
        if (starved.isEmpty() || spacing(attempts) >= 1) {
            return Optional.empty();
        }
        Finding first = starved.getFirst().verdict();
        if (starved.size() < 2 || taken < 1) {
            return open == 0 ? Optional.empty() : Optional.of(new Finding(Signature.UNDETERMINED, Outcome.UNDETERMINED, "this capture cannot tell: "
                    + Words.count(attempts.size(), "connection") + " came at once, " + starved.size() + " got no answer, and what became of "
                    + open + " is not in it; the server's queue may be full, or packets are lost", first.phase(), Fault.UNKNOWN,
                    Confidence.CANNOT_TELL, Fault.NOBODY, How.SILENCE, first.frames()));
        }
        return Optional.of(new Finding(TCP_BURST_BACKLOG_OVERFLOW, Outcome.FAILED, Words.count(attempts.size(), "connection") + " came at once; the"
                + " server took " + taken + " and left " + starved.size() + " unanswered: its queue for new connections is full", first.phase(),
                Fault.SERVER, Confidence.STRONGLY_SUGGESTED, Fault.NOBODY, How.SILENCE, first.frames()));
    }

    private static Optional<Finding> guessing(List<Diagnosis> attempts) {
        int refused = 0;
        int opened = 0;
        Set<String> names = new HashSet<>();
        for (Diagnosis d : attempts) {
            if (d.verdict().phase() == Phase.CREDSSP && d.outcome() == Outcome.FAILED) {
                refused++;
            }
            opened += d.attempt().sessionUp() ? 1 : 0;
            d.attempt().request().ifPresent(cr -> names.add(cr.cookieName()));
        }
        boolean quick = spacing(attempts) < QUICK_SECONDS;
        if (refused < GUESSES || opened * 5 > refused || !quick && names.size() < 3) {
            return Optional.empty();
        }
        Diagnosis first = attempts.getFirst();
        return Optional.of(new Finding(BRUTEFORCE_NLA, Outcome.PROBE, "password guessing: " + refused + " logons refused, one every "
                + Words.duration(spacing(attempts)) + (names.size() > 1 ? ", under " + names.size() + " names" : "")
                + (opened > 0 ? "; " + Words.count(opened, "logon") + " succeeded" : ""), Phase.CREDSSP, Fault.CLIENT,
                Confidence.STRONGLY_SUGGESTED, first.verdict().closedBy(), first.verdict().how(), first.verdict().frames()));
    }

    /// One of many ports that the client asked for within seconds, and nothing was said there.
    private static Optional<Finding> swept(List<Diagnosis> attempts, Surroundings surroundings) {
        Attempt first = attempts.getFirst().attempt();
        boolean hollow = attempts.stream().allMatch(d -> d.attempt().tcp().client().payloadBytes() == 0);
        Optional<Sweep> sweep = surroundings.byHost().sweeps(first.client().address()).stream().filter(one -> one.server().equals(first.server().address())
                && attempts.stream().allMatch(d -> d.attempt().first().nanos() >= one.fromNanos() - SWEEP_NANOS
                        && d.attempt().first().nanos() <= one.toNanos() + SWEEP_NANOS)).findFirst();
        if (!hollow || sweep.isEmpty()) {
            return Optional.empty();
        }
        Finding own = attempts.getFirst().verdict();
        return Optional.of(new Finding(SCAN_NEG_PROBE, Outcome.PROBE, "a port scan: " + first.client().address() + " asked for "
                + sweep.get().ports()
                + " ports of this host or more within " + Words.duration((sweep.get().toNanos() - sweep.get().fromNanos()) / 1e9),
                Phase.TCP, Fault.NONE,
                Confidence.STRONGLY_SUGGESTED, own.closedBy(), own.how(), own.frames()));
    }

    /// Guessing that only the other tries of the same address give away.
    private static Optional<Finding> guessingElsewhere(List<Diagnosis> attempts, Surroundings surroundings) {
        Optional<Guessing> guessing = attempts.stream().map(d -> surroundings.sources().guessing(d.attempt())).flatMap(Optional::stream).findFirst();
        boolean session = attempts.stream().anyMatch(d -> d.attempt().sessionUp()
                && surroundings.sources().guessing(d.attempt()).isEmpty());
        if (guessing.isEmpty() || session) {
            return Optional.empty();
        }
        Guessing g = guessing.get();
        Diagnosis first = attempts.getFirst();
        String says = "password guessing" + (g.overNla() ? ": " : " without NLA: ") + Words.count(g.logons(), g.overNla()
                ? "refused logon" : "short session")
                + " of " + first.attempt().client().address() + (g.together() ? " begun in one instant" : ", one every "
                + Words.duration(g.seconds()))
                + (g.hosts() > 1 ? ", at " + g.hosts() + " hosts" : "") + (g.names() > 1 ? ", under " + g.names() + " names" : "")
                + (g.opened() > 0 ? "; " + Words.count(g.opened(), "logon") + " succeeded" : "");
        return Optional.of(new Finding(g.overNla() ? BRUTEFORCE_NLA : BRUTEFORCE_NONLA, Outcome.PROBE, says,
                g.overNla() ? Phase.CREDSSP : first.verdict().phase(), Fault.CLIENT, Confidence.STRONGLY_SUGGESTED,
                        first.verdict().closedBy(),
                first.verdict().how(), first.verdict().frames()));
    }

    /// Many short sessions under many names, each left by the client within seconds.
    private static Optional<Finding> guessingWithoutNla(List<Diagnosis> attempts) {
        Set<String> names = new HashSet<>();
        int brief = 0;
        for (Diagnosis d : attempts) {
            Attempt attempt = d.attempt();
            double lasted = attempt.last().secondsSince(attempt.first());
            boolean withoutNla = !attempt.reached(Step.TOKEN) && attempt.reached(Step.CLIENT_INFO);
            if (withoutNla && lasted < BRIEF_SECONDS) {
                brief++;
            }
            attempt.request().ifPresent(cr -> names.add(cr.cookieName()));
        }
        boolean many = brief >= GUESSES && brief * 10 >= attempts.size() * 8;
        if (!many || names.size() < 3 && (brief < 2 * GUESSES || spacing(attempts) > 2)) {
            return Optional.empty();
        }
        Diagnosis first = attempts.getFirst();
        return Optional.of(new Finding(BRUTEFORCE_NONLA, Outcome.PROBE, "password guessing without NLA: " + Words.count(brief, "short session")
                + (names.size() > 1 ? " under " + names.size() + " names" : ""), first.verdict().phase(), Fault.CLIENT,
                Confidence.STRONGLY_SUGGESTED, first.verdict().closedBy(), first.verdict().how(), first.verdict().frames()));
    }

    private static Optional<Finding> scanning(List<Diagnosis> attempts) {
        int shallow = 0;
        for (Diagnosis d : attempts) {
            boolean beyond = d.attempt().reached(Step.AUTHENTICATE) || d.attempt().reached(Step.CLIENT_INFO)
                    || d.outcome() == Outcome.UNDETERMINED && d.fitness().stream().anyMatch(Fitness::decisive);
            boolean real = d.outcome() == Outcome.FAILED && (d.verdict().side() == Fault.PATH || d.verdict().phase() == Phase.TCP);
            if (!beyond && !real && d.attempt().tcp().syn().seen()) {
                shallow++;
            }
        }
        boolean varied = attempts.stream().map(d -> shape(d.attempt())).distinct().count() >= SCANS
                || attempts.stream().filter(d -> d.outcome() == Outcome.PROBE || d.outcome() == Outcome.ABANDONED).count() * 2 >= attempts.size()
                || attempts.size() >= 3 * SCANS;
        boolean sure = attempts.stream().filter(d -> d.outcome() == Outcome.UNDETERMINED).count() * 4 <= attempts.size();
        if (!sure || shallow < attempts.size() || spacing(attempts) > QUICK_SECONDS || !varied) {
            return Optional.empty();
        }
        Diagnosis first = attempts.getFirst();
        return Optional.of(new Finding(SCAN_NEG_PROBE, Outcome.PROBE, "a scanner: " + Words.count(attempts.size(), "connection")
                + " within " + Words.duration(spacing(attempts) * attempts.size()) + ", none of which tries to log on", first.verdict().phase(),
                Fault.CLIENT, Confidence.STRONGLY_SUGGESTED, first.verdict().closedBy(), first.verdict().how(), first.verdict().frames()));
    }

    /// What the client asked for and offered; a user's client asks the same way every time.
    private static String shape(Attempt attempt) {
        return attempt.request().map(cr -> cr.requestedProtocols() + cr.cookieName()).orElse("")
                + attempt.tls().clientHello().map(hello -> hello.offeredVersions() + " " + hello.cipherSuites()).orElse("");
    }

    private static double spacing(List<Diagnosis> attempts) {
        long from = attempts.getFirst().attempt().first().nanos();
        long to = attempts.getLast().attempt().first().nanos();
        return (to - from) / 1e9 / Math.max(1, attempts.size() - 1);
    }

    private static List<Warning> warnings(List<Diagnosis> attempts, List<Warning> beside, Finding verdict) {
        Map<String, Warning> found = new LinkedHashMap<>();
        beside.forEach(w -> found.putIfAbsent(w.id(), w));
        for (Diagnosis d : attempts) {
            d.warnings().forEach(w -> found.putIfAbsent(w.id(), w));
        }
        found.remove(verdict.id());
        return List.copyOf(found.values());
    }
}
