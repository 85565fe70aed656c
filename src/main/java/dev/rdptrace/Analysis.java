package dev.rdptrace;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Printable;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.CaptureFacts.FileFacts;
import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.diagnosis.Fitness;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.report.Report;
import dev.rdptrace.timeline.Companions;
import dev.rdptrace.timeline.Companions.Lookup;
import dev.rdptrace.timeline.Companions.PublicAddress;
import dev.rdptrace.timeline.Moment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What a capture holds.
///
/// @param incidents most important first
/// @param frames read
/// @param streams TCP connections of any kind
/// @param evicted connections judged early for lack of room
/// @param forgotten flows that were not followed and were dropped for lack of room
/// @param dropped attempts that were counted and not judged, since there were too many
/// @param verdicts frames by [dev.rdptrace.net.Verdict], in its order
/// @param companions other traffic that matters to RDP
/// @param stopped where somebody wanted no more: what share of the capture had been read, 0 to 1, or [Double#NaN]
public record Analysis(CaptureFacts capture, List<Incident> incidents, long frames, int streams, long evicted, long forgotten,
        long dropped, long[] verdicts,
        Companions companions, Optional<Double> stopped) {
    private static final int EXAMPLES = 8;
    /// RFC 1035 4.1.1 RCODE 3: the name does not exist.
    private static final int NAME_ERROR = 3;
    private static final int LONGEST_NAME = 255;
    /// Of session hosts in networks that the client reaches directly.
    private static final int SHORTPATH_PORT = 3390;

    /// Packets of followed connections are out of time order: read again through [dev.rdptrace.capture.TimeOrdered].
    public boolean disordered() {
        return incidents instanceof AttemptStore.Spilled spilled
                ? spilled.entries().stream().anyMatch(AttemptStore.Spilled.Entry::disordered)
                : incidents.stream().anyMatch(Analysis::disordered);
    }

    static boolean disordered(Incident incident) {
        return incident.attempts().stream().anyMatch(d -> d.attempt().tcp().timeWentBack() > 2);
    }

    /// The same capture with its tries judged otherwise.
    public Analysis with(List<Incident> others) {
        return new Analysis(capture, List.copyOf(others), frames, streams, evicted, forgotten, dropped, verdicts, companions, stopped);
    }

    Analysis stopped(double share) {
        return new Analysis(capture, incidents, frames, streams, evicted, forgotten, dropped, verdicts, companions, Optional.of(share));
    }

    /// `at 16 %`, in case it was.
    public Optional<String> stoppedAt() {
        return stopped.map(share -> share.isNaN() ? "after " + frames + " packets" : "at " + (int) (100 * share) + " %");
    }

    /// What the renderers need.
    public Report report(String version) {
        return new Report(version, capture, fitness(), counts(), incidents);
    }

    /// What this capture can and cannot prove: what its file says, then what its connections show.
    private List<Report.Fitness> fitness() {
        List<Report.Fitness> all = new ArrayList<>();
        stoppedAt().ifPresent(at -> all.add(new Report.Fitness("stopped", "reading was stopped " + at
                + ": nothing is known of the rest, and what was open then is judged as far as it went", List.of())));
        for (FileFacts file : capture.files()) {
            if (file.truncated() != null) {
                all.add(new Report.Fitness("truncated", Identity.CAPTURE.of(file.path()) + ": " + file.truncated(), List.of()));
            }
        }
        for (InterfaceFacts network : capture.interfaces()) {
            if (network.dropped() > 0) {
                all.add(new Report.Fitness("capture-drops", "the capturing host dropped " + network.dropped() + " packets"
                        + (network.received() > 0 ? " of " + network.received() : ""), List.of()));
            }
        }
        if (incidents.stream().allMatch(incident -> incident.headline().attempt().overUdp())) {
            companions.virtualDesktops().forEach((name, at) -> all.add(new Report.Fitness("avd-gateway", Printable.of(name, LONGEST_NAME)
                    + " is Azure Virtual Desktop's or Windows 365's: RDP runs inside this TLS connection and cannot be read here, and what"
                    + " refused it stands in the diagnostics of the service (rdptrace explain avd-gateway)", List.of(at.frame()))));
        }
        shortpath(all);
        if (incidents.isEmpty()) {
            companions.lookups().stream().filter(Lookup::failed).filter(l -> companions.lookups().stream()
                    .noneMatch(other -> other.name().equals(l.name()) && !other.addresses().isEmpty())).map(Lookup::name).distinct()
                    .limit(EXAMPLES).forEach(name -> all.add(unresolved(name)));
        }
        capture.notes().forEach(note -> all.add(new Report.Fitness("note", note, List.of())));
        Map<String, Report.Fitness> merged = new LinkedHashMap<>();
        Stream<Fitness> ofConnections = incidents instanceof AttemptStore.Spilled spilled
                ? spilled.entries().stream().flatMap(entry -> entry.fitness().stream())
                : incidents.stream().flatMap(incident -> AttemptStore.Spilled.fitness(incident).stream());
        ofConnections.forEach(fitness -> merged.merge(fitness.id(),
                new Report.Fitness(fitness.id(), fitness.says(), fitness.frames(), true), Analysis::join));
        all.addAll(merged.values());
        if (evicted > 0) {
            all.add(new Report.Fitness("evicted", evicted + " connections were judged before they ended: too many were open at once",
                    List.of()));
        }
        if (dropped > 0) {
            all.add(new Report.Fitness("dropped", dropped + " of " + (dropped + attempts())
                    + " attempts were counted and not judged, those that"
                    + " carried nothing first: there are too many", List.of()));
        }
        return List.copyOf(all);
    }

    /// RDP Shortpath of Azure Virtual Desktop: UDP beside a connection that cannot be read. Other programs ask for their public address,
    /// too; a client of that service does so for it.
    private void shortpath(List<Report.Fitness> all) {
        companions.sideTransports().stream().filter(udp -> udp.server().port() == SHORTPATH_PORT && udp.syn().times() > 0).limit(EXAMPLES)
                .forEach(udp -> shortpath(all, "UDP " + SHORTPATH_PORT + " of " + udp.server().markedAddress()
                        + " is where session hosts of Azure Virtual Desktop listen for RDP Shortpath: the connection that it belongs to"
                        + " goes to a gateway of the service, TLS on TCP 443", udp.syn().first(), udp.syn().last()));
        if (!companions.virtualDesktops().isEmpty()) {
            companions.publicAddresses().stream().limit(EXAMPLES).forEach(question -> shortpath(all, says(question), question.asked(),
                    question.answered().seen() ? question.answered() : question.lastAsked()));
        }
    }

    private static void shortpath(List<Report.Fitness> all, String says, Moment first, Moment last) {
        all.add(new Report.Fitness("avd-shortpath", says, List.of(first.frame(), last.frame()).stream().distinct().toList()));
    }

    private static String says(PublicAddress question) {
        String asked = Identity.HOST.of(question.client()) + " asked " + question.server().markedAddress() + ", UDP "
                + question.server().port() + (question.relay() ? ", for a relay (TURN)" : ", for its public address (STUN)");
        return question.granted() ? asked + " and got one: RDP Shortpath of Azure Virtual Desktop can try UDP " + (question.relay()
                ? "by way of it" : "to the session host")
                : question.answered().seen() ? asked + " and was refused with " + question.errorCode()
                : asked + ", " + Quantities.count(question.asks(), "time") + ", and got no answer: RDP Shortpath of Azure Virtual"
                        + " Desktop does not come up this way, and the session stays on TCP";
    }

    private Report.Fitness unresolved(String name) {
        List<Lookup> asked = companions.lookups().stream().filter(l -> l.name().equals(name)).toList();
        boolean missing = asked.stream().anyMatch(l -> l.responseCode() == NAME_ERROR);
        return new Report.Fitness("dns-resolution-failed", Identity.HOST.of(Printable.of(name, LONGEST_NAME))
                + (missing ? " does not exist" : " could not be resolved")
                + ", says the name service; if that is the host, RDP was never tried",
                asked.stream()
                        .map(l -> l.answered().seen() ? l.answered().frame()
                                : l.asked().frame())
                        .limit(EXAMPLES).toList());
    }

    private static Report.Fitness join(Report.Fitness a, Report.Fitness b) {
        List<Long> frames = new ArrayList<>(a.frames());
        b.frames().stream().limit(Math.max(0, EXAMPLES - frames.size())).forEach(frames::add);
        return new Report.Fitness(a.id(), a.says(), List.copyOf(frames), true);
    }

    private long attempts() {
        return incidents instanceof AttemptStore.Spilled spilled
                ? spilled.entries().stream().mapToLong(AttemptStore.Spilled.Entry::attempts).sum()
                : incidents.stream().mapToLong(incident -> incident.attempts().size()).sum();
    }

    private Map<String, Long> counts() {
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("frames", frames);
        for (Verdict verdict : Verdict.values()) {
            if (verdicts[verdict.ordinal()] > 0) {
                counts.put(verdict.name().toLowerCase(Locale.ROOT).replace('_', '-'), verdicts[verdict.ordinal()]);
            }
        }
        counts.put("tcp-streams", (long) streams);
        counts.put("evicted", evicted);
        counts.put("forgotten", forgotten);
        counts.put("dropped", dropped);
        return counts;
    }
}
