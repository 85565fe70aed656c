package dev.rdptrace.diagnosis;

import static dev.rdptrace.diagnosis.Signature.UNDETERMINED;
import static dev.rdptrace.diagnosis.rules.OpeningRules.SCAN_NEG_PROBE;

import dev.rdptrace.diagnosis.Incident.Excluded;
import dev.rdptrace.diagnosis.JudgedAttempt.RunnerUp;
import dev.rdptrace.diagnosis.JudgedAttempt.Warning;
import dev.rdptrace.diagnosis.page.ClientCode;
import dev.rdptrace.diagnosis.page.ClientCodes;
import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.page.Pages;
import dev.rdptrace.diagnosis.rules.Rules;
import dev.rdptrace.diagnosis.rules.UdpRules;
import dev.rdptrace.incident.Try;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.HopLimits;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SideTransport;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// From judged attempts to the verdict on a try.
public final class Incidents {
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
        List<JudgedAttempt> attempts = new ArrayList<>();
        for (Attempt attempt : one.attempts()) {
            attempts.add(Judge.judge(attempt, surroundings));
        }
        JudgedTry tried = JudgedTry.of(one, attempts, surroundings);
        JudgedAttempt headline = tried.severalServers() ? tried.attempts().getLast()
                : telling(headline(tried.attempts()), tried.attempts());
        Finding verdict = Ranked.strongest(Rules.TRY, tried).orElse(headline.verdict());
        List<RunnerUp> alternatives = headline.runnersUp();
        return incident(one.client(), one.server(), verdict, headline, alternatives,
                Stream.concat(Exclusions.of(headline, verdict).stream(), Exclusions.besides(headline, verdict, surroundings).stream())
                        .toList(),
                warnings(attempts, Judge.asides(Rules.BESIDE_TRY, new AsideOfTry(tried, verdict), verdict), verdict),
                List.copyOf(attempts), UdpRules.beside(one, surroundings), Optional.empty());
    }

    /// A try about which nothing but its own attempts is known.
    static Incident incident(Endpoint client, Endpoint server, Finding verdict, JudgedAttempt headline, List<JudgedAttempt> attempts,
            List<SideTransport> overUdp) {
        return incident(client, server, verdict, headline, headline.runnersUp(), List.of(), List.of(), List.copyOf(attempts),
                List.copyOf(overUdp), Optional.empty());
    }

    private static Incident incident(Endpoint client, Endpoint server, Finding verdict, JudgedAttempt headline, List<RunnerUp> alternatives,
            List<Excluded> excluded, List<Warning> warnings, List<JudgedAttempt> attempts, List<SideTransport> overUdp,
            Optional<SecondCapture> compared) {
        Page.Names names = new Page.Names(server.markedAddress(), client.markedAddress(), clock(headline),
                Integer.toString(port(server, headline)));
        Optional<Page> page = Pages.page(verdict.id());
        boolean trouble = verdict.outcome().isTrouble();
        return new Incident(client, server, verdict, headline, alternatives, excluded, warnings,
                Stream.concat(page.map(p -> p.look().stream().filter(look -> !have(compared, look)).map(names::fill)).orElse(Stream.of()),
                        trouble && compared.isEmpty() ? otherEnd(verdict, headline, server) : Stream.of()).toList(),
                Reasons.fixes(verdict, page.map(p -> p.todo().stream().map(names::fill).toList()).orElse(List.of())),
                trouble ? codes(verdict.id(), headline.attempt().inner().error().code()) : List.of(), attempts, overUdp,
                compared);
    }

    /// Where the server's own number is known, the client shows no other one of its kind.
    private static List<ClientCode> codes(String id, int told) {
        List<ClientCode> all = ClientCodes.of(id);
        boolean named = told > 0 && all.stream().anyMatch(code -> code.extended() == told);
        return named ? all.stream().filter(code -> code.extended() < 0 || code.extended() == told).toList() : all;
    }

    /// A device can write the TTL and the numbers of an end; only that end's own packets show whether it did.
    private static Stream<String> otherEnd(Finding verdict, JudgedAttempt headline, Endpoint server) {
        boolean own = verdict.how() == Closing.RST && verdict.closedBy() == Culprit.SERVER && headline.ending().reset()
                .filter(judged -> judged.score() == 0 && judged.reset().from() == Side.SERVER).isPresent();
        boolean elsewhere = HopLimits.isInitial(headline.attempt().tcp().client().habits().synHopLimit());
        return own && elsewhere ? Stream.of(server.markedAddress()
                + ": record there, too; nothing at this end tells the server's reset from one that a"
                + " device sends in its name with the same TTL.") : Stream.of();
    }

    /// The port that RDP is wanted at: behind a proxy it is not the proxy's own.
    private static int port(Endpoint server, JudgedAttempt headline) {
        int behind = headline.attempt().proxy().port();
        return behind > 0 ? behind : server.port();
    }

    /// Nobody is asked for what is there already.
    private static boolean have(Optional<SecondCapture> compared, String look) {
        return compared.flatMap(SecondCapture::facts).isPresent() && look.contains(Page.SECOND_CAPTURE);
    }

    /// The same try with what a second capture adds; a verdict that it replaces becomes a runner-up.
    static Incident compared(Incident one, Finding verdict, List<Excluded> more, SecondCapture compared) {
        List<RunnerUp> alternatives = new ArrayList<>();
        if (!verdict.is(one.verdict().signature()) && one.outcome() != Outcome.UNDETERMINED) {
            alternatives.add(new RunnerUp(one.verdict().signature(), one.verdict().says(),
                    "one capture alone says so; the other one shows more"));
        }
        one.alternatives().stream().filter(other -> !other.is(verdict.signature())).forEach(alternatives::add);
        List<Excluded> excluded = new ArrayList<>(Exclusions.of(one.headline(), verdict));
        excluded.addAll(more);
        return incident(one.client(), one.server(), verdict, one.headline(), List.copyOf(alternatives), List.copyOf(excluded),
                one.warnings().stream().filter(warning -> !warning.is(verdict.signature())).toList(), one.attempts(),
                one.overUdp(), Optional.of(compared));
    }

    /// The time of the deciding packet, as logs show it.
    private static String clock(JudgedAttempt headline) {
        long nanos = headline.ending().nobody() ? headline.attempt().last().nanos() : headline.ending().at().nanos();
        int second = (int) Math.floorMod(Math.floorDiv(nanos, 1_000_000_000L), 86_400L);
        return two(second / 3600) + ":" + two(second / 60 % 60) + ":" + two(second % 60) + " UTC";
    }

    private static String two(int number) {
        return number < 10 ? "0" + number : Integer.toString(number);
    }

    /// Of the two connections of a gateway's tunnel the one that holds what was said in it, where both are judged alike.
    private static JudgedAttempt telling(JudgedAttempt headline, List<JudgedAttempt> attempts) {
        Attempt attempt = headline.attempt();
        return !attempt.tunnel().inner() || attempt.tunnel().tells() ? headline : attempts.stream()
                .filter(other -> other.attempt().tunnel().inner() && other.attempt().tunnel().tells()
                        && other.verdict().is(headline.verdict().signature()))
                .findFirst().orElse(headline);
    }

    /// A session that was up and cut, then a session that is up, then the deepest failure; of equals the first.
    private static JudgedAttempt headline(List<JudgedAttempt> attempts) {
        JudgedAttempt best = attempts.getFirst();
        for (JudgedAttempt candidate : attempts) {
            if (weight(candidate) > weight(best)) {
                best = candidate;
            }
        }
        if (best.outcome() == Outcome.ESTABLISHED) {
            JudgedAttempt session = best;
            return attempts.stream().filter(later -> later.outcome() == Outcome.FAILED
                    && later.attempt().first().isAfter(session.attempt().at(Step.FONT_MAP))).findFirst().orElse(session);
        }
        if (best.outcome() == Outcome.INTERRUPTED) {
            return best;
        }
        for (JudgedAttempt candidate : attempts) {
            if (weight(candidate) == weight(best) && deeper(candidate, best)) {
                best = candidate;
            }
        }
        if (best.outcome() == Outcome.UNDETERMINED && nobodys(best)) {
            Optional<JudgedAttempt> scan = attempts.stream().filter(d -> d.verdict().is(SCAN_NEG_PROBE)).findFirst();
            if (scan.isPresent()) {
                return scan.get();
            }
        }
        JudgedAttempt failed = best;
        if (failed.outcome() == Outcome.FAILED && failed.verdict().phase() == Phase.X224 && failed.attempt().reached(Step.CONFIRM)) {
            return attempts.stream().filter(other -> passedNegotiation(other, failed)).findFirst().orElse(failed);
        }
        return wentFurther(attempts.getLast(), failed) ? attempts.getLast() : failed;
    }

    /// It gave no name, brought no token and asked for no session; what became of it does not matter beside a scan.
    private static boolean nobodys(JudgedAttempt diagnosis) {
        Attempt attempt = diagnosis.attempt();
        boolean whole = !attempt.midStart() && diagnosis.fitness().stream().noneMatch(Fitness::decisive);
        return whole && !attempt.reached(Step.TOKEN) && !attempt.reached(Step.CONNECT_INITIAL)
                && attempt.x224().request().map(cr -> !cr.carriesToken() && (cr.cookieName().isEmpty()
                        || Scanners.isName(cr.cookieName()))).orElse(true);
    }

    /// Server and client agree in another attempt, whose end the capture does not show, or may have: the client asks again
    /// for what the server demanded. What the user saw is the end of that one.
    private static boolean passedNegotiation(JudgedAttempt other, JudgedAttempt failed) {
        boolean further = other.attempt().midStart() || other.attempt().phase().compareTo(Phase.X224) > 0
                || other.attempt().first().nanos() > failed.attempt().last().nanos();
        return other.outcome() == Outcome.UNDETERMINED && further;
    }

    /// After a failure another attempt got further, and the capture does not show what became of it.
    private static boolean wentFurther(JudgedAttempt last, JudgedAttempt failed) {
        return last.outcome() == Outcome.UNDETERMINED && failed.outcome() == Outcome.FAILED
                && last.attempt().furthest().map(Step::ordinal).orElse(-1) > failed.attempt().furthest().map(Step::ordinal).orElse(-1);
    }

    private static int weight(JudgedAttempt diagnosis) {
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

    private static boolean deeper(JudgedAttempt candidate, JudgedAttempt best) {
        int a = candidate.attempt().furthest().map(Step::ordinal).orElse(-1);
        int b = best.attempt().furthest().map(Step::ordinal).orElse(-1);
        return candidate.verdict().phase().compareTo(best.verdict().phase()) > 0
                || candidate.verdict().phase() == best.verdict().phase() && a > b && candidate.verdict().phase() == Phase.TLS;
    }

    private static List<Warning> warnings(List<JudgedAttempt> attempts, List<Warning> beside, Finding verdict) {
        Map<String, Warning> found = new LinkedHashMap<>();
        beside.forEach(w -> found.putIfAbsent(w.id(), w));
        for (JudgedAttempt d : attempts) {
            d.warnings().forEach(w -> found.putIfAbsent(w.id(), w));
        }
        found.remove(verdict.id());
        return List.copyOf(found.values());
    }
}
