package dev.rdptrace.report;

import dev.rdptrace.diagnosis.Closing;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Fitness;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The sentences that all reports for people share, so that the text, the page and the packet comments say the same.
final class Wording {
    private static final String CANNOT_TELL = "this capture cannot tell: ";

    /// Characters of a point, so that with its mark and FAILED it stays below 110.
    private static final int POINT = 98;
    /// What stands behind these belongs to what stands before them.
    private static final Pattern OTHER = Pattern.compile(", (or|nor|and) ");
    /// Up to here a second clause is taken with the first.
    private static final int SECOND = 90;
    private static final int SHORTEST = 25;
    /// Begins what may be said below where no clause ends in time.
    private static final Pattern CIRCUMSTANCE = Pattern.compile(" (?:with |although |within |and wants |\\((?=[^)]*\\) for ))");
    private static final int STREAMS = 8;
    private static final int HTTPS = 443;

    private Wording() {}

    /// The word that a tired reader sees first.
    static String loud(Outcome outcome) {
        return switch (outcome) {
            case ESTABLISHED -> "CONNECTED";
            case FAILED -> "FAILED";
            case INTERRUPTED -> "INTERRUPTED";
            case ABANDONED -> "NO FAULT SEEN";
            case PROBE -> "NOT A USER";
            case NOT_RDP -> "NOT RDP";
            case UNDETERMINED -> "CANNOT TELL";
        };
    }

    /// What is seen before the word is read.
    static String mark(Outcome outcome) {
        return switch (outcome) {
            case ESTABLISHED -> "✓ ";
            case FAILED, INTERRUPTED -> "✗ ";
            case UNDETERMINED -> "? ";
            case ABANDONED, PROBE, NOT_RDP -> "";
        };
    }

    /// The finding's sentence as far as its point, which fits on a line with [#loud]: up to where a clause ends, and never between the
    /// two sides of an "or".
    ///
    /// @param says [#says], as it may be shown: a name that must not be read is not cut in two
    static String point(String says) {
        return Character.toUpperCase(says.charAt(0)) + says.substring(1, pointEnd(says));
    }

    /// What the sentence says beside [#point], empty if nothing.
    static String proof(String says) {
        return says.substring(pointEnd(says)).replaceFirst("^[;:,]", "").strip().replaceFirst("^\\(([^)]*)\\)(; |: |$)", "$1$2");
    }

    private static int pointEnd(String says) {
        int end = clauseEnd(says, 0);
        if (end <= POINT) {
            while (end < says.length() && clauseEnd(says, end + 2) <= SECOND) {
                end = clauseEnd(says, end + 2);
            }
            return end;
        }
        int best = 0;
        int circumstance = 0;
        for (int i = SHORTEST; i < Math.min(POINT, end); i++) {
            boolean clause = says.startsWith(": ", i) || says.startsWith(", ", i) && !OTHER.matcher(says).region(i, end).lookingAt();
            int closed = says.startsWith(" (", i) ? says.indexOf(')', i) + 1 : 0;
            boolean aside = closed > 0 && (closed == end || closed < end && ":;,".indexOf(says.charAt(closed)) >= 0);
            best = clause || aside ? i : best;
            if (says.startsWith(": ", i)) {
                break; // what follows is one explanation, and a part of it is another
            }
            i = Math.max(i, closed - 1);
        }
        Matcher where = CIRCUMSTANCE.matcher(says).useTransparentBounds(true).region(SHORTEST, Math.min(POINT, end));
        while (best == 0 && end > POINT && where.find()) {
            circumstance = where.start();
        }
        return best > 0 ? best : circumstance > 0 ? circumstance : end;
    }

    /// A semicolon in brackets ends no clause.
    private static int clauseEnd(String says, int from) {
        int open = 0;
        for (int i = from; i < says.length(); i++) {
            open += says.charAt(i) == '(' ? 1 : says.charAt(i) == ')' ? -1 : 0;
            if (open <= 0 && says.startsWith("; ", i)) {
                return i;
            }
        }
        return says.length();
    }

    /// Whose it is, where, how sure, by which packets: what stands below [#point].
    static String place(Finding f) {
        List<String> parts = new ArrayList<>();
        switch (f.outcome()) {
            case UNDETERMINED -> parts.add("last seen: " + f.phase().title());
            case ESTABLISHED, PROBE, NOT_RDP -> {}
            case FAILED, INTERRUPTED, ABANDONED -> {
                parts.add(switch (f.side()) {
                    case CLIENT, SERVER, GATEWAY, PATH -> f.side().toString();
                    case NONE -> "nobody's fault";
                    case UNKNOWN, NOBODY -> "side unknown";
                });
                parts.add(f.phase().title());
            }
        }
        parts.add((f.outcome() == Outcome.UNDETERMINED ? "" : sure(f.confidence()) + (f.frames().isEmpty() ? "" : ", "))
                + frames(f.frames()));
        parts.removeIf(String::isEmpty);
        return String.join(" · ", parts);
    }

    /// Where, who, and how sure: what stands between [#loud] and the sentence of the finding.
    static String where(Finding f) {
        return switch (f.outcome()) {
            case ESTABLISHED -> " (" + sure(f.confidence()) + ")";
            case FAILED -> in(f.phase()) + who(f) + " (" + sure(f.confidence()) + ")";
            case INTERRUPTED -> in(f.phase()) + ", after a complete handshake" + who(f) + " (" + sure(f.confidence()) + ")";
            case ABANDONED -> ", left by the " + (f.closedBy() == Culprit.SERVER ? "server" : "client") + in(f.phase())
                    + " (" + sure(f.confidence()) + ")";
            case PROBE, NOT_RDP -> " (" + sure(f.confidence()) + ")";
            case UNDETERMINED -> " where it ended; the last thing seen belongs to the " + f.phase().title();
        };
    }

    private static String in(Phase phase) {
        return switch (phase) {
            case NAME, LICENSING, ACTIVATION -> " in " + phase.title();
            case GATEWAY -> " at the " + phase.title();
            case TCP, X224, TLS, CREDSSP, RDSTLS, AAD, MCS, SECURITY, INFO, SESSION, UDP -> " in the " + phase.title();
        };
    }

    /// The finding's own sentence.
    static String says(Finding f) {
        return f.outcome() == Outcome.UNDETERMINED && f.says().startsWith(CANNOT_TELL) ? f.says().substring(CANNOT_TELL.length())
                : f.says();
    }

    static String verdict(Finding f) {
        return loud(f.outcome()) + where(f) + ": " + says(f);
    }

    static String sure(Confidence confidence) {
        return switch (confidence) {
            case SEEN -> "seen";
            case STRONGLY_SUGGESTED -> "strongly suggested";
            case CANNOT_TELL -> "cannot tell";
        };
    }

    /// Closing is seen, fault is judged; both are said where they differ.
    private static String who(Finding f) {
        String closed = switch (f.closedBy()) {
            case CLIENT, SERVER, GATEWAY -> ", closed by the " + f.closedBy();
            case PATH -> f.how() == Closing.ICMP ? ", rejected on the path" : ", cut by a device on the path";
            case NOBODY, NONE, UNKNOWN -> "";
        };
        if (f.side() == f.closedBy()) {
            return closed;
        }
        return switch (f.side()) {
            case CLIENT, SERVER, GATEWAY -> ", fault on the " + f.side() + "'s side" + closed;
            case PATH -> ", fault on the path" + closed;
            case NONE -> closed;
            case UNKNOWN, NOBODY -> closed.isEmpty() ? ", side unknown" : closed + ", whose fault is unknown";
        };
    }

    /// `frame 12`, `frames 12, 14`, or nothing.
    static String frames(List<Long> frames) {
        if (frames.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder(frames.size() == 1 ? "frame " : "frames ");
        for (int i = 0; i < frames.size() && i < 8; i++) {
            text.append(i == 0 ? "" : ", ").append(frames.get(i));
        }
        return frames.size() > 8 ? text.append(", …").toString() : text.toString();
    }

    static String inBrackets(List<Long> frames) {
        return frames.isEmpty() ? "" : " (" + frames(frames) + ")";
    }

    /// What cannot be proven about this incident, in the order that the capture and then its connections say it.
    ///
    /// @param whole also what is said of the capture as a whole
    static List<Report.Fitness> limits(Report report, Incident incident, boolean whole) {
        Map<String, Report.Fitness> own = new LinkedHashMap<>();
        for (JudgedAttempt attempt : incident.attempts()) {
            for (Fitness fitness : attempt.fitness()) {
                own.putIfAbsent(fitness.id(), new Report.Fitness(fitness.id(), fitness.says(), fitness.frames()));
            }
        }
        List<Report.Fitness> all = new ArrayList<>();
        if (whole) {
            report.fitness().stream().filter(f -> !f.ofConnections() && !own.containsKey(f.id())).forEach(all::add);
        }
        all.addAll(own.values());
        // A verdict that cannot tell says why.
        Optional<Fitness> said = incident.headline().fitness().stream().filter(Fitness::decisive).findFirst();
        all.removeIf(fitness -> incident.outcome() == Outcome.UNDETERMINED && said.isPresent() && fitness.id().equals(said.get().id()));
        return all;
    }

    /// A display filter that leaves the connections of an incident.
    static String filter(Incident incident) {
        List<String> streams = incident.attempts().stream().map(d -> Integer.toString(d.attempt().stream())).toList();
        String transport = incident.headline().attempt().overUdp() ? "udp" : "tcp";
        if (streams.size() == 1) {
            return transport + ".stream == " + streams.getFirst();
        }
        if (streams.size() <= STREAMS) {
            return transport + ".stream in {" + String.join(", ", streams) + "}";
        }
        String address = incident.server().isIpv4() ? "ip.addr" : "ipv6.addr";
        return address + " == " + incident.client().markedAddress() + " && " + address + " == "
                + incident.server().markedAddress() + " && " + transport + ".port == " + incident.server().port();
    }

    /// A display filter for the packets that decided, all of them and no other; empty where none is named.
    static String decidingFilter(Incident incident) {
        List<Long> frames = incident.verdict().frames();
        return frames.isEmpty() ? "" : "frame.number in {" + frames.stream().map(String::valueOf).collect(Collectors.joining(", ")) + "}";
    }

    /// Wireshark takes what is on the port of RDP for TPKT and shows no TLS until it is told; empty where that does not matter.
    static String decodeAs(Incident incident) {
        int port = incident.server().port();
        boolean tls = incident.headline().attempt().reached(Step.CLIENT_HELLO);
        return port == HTTPS || !tls ? ""
                : "TLS shows after Analyze > Decode As, TCP port " + port + " is TLS; tshark: -d tcp.port==" + port + ",tls";
    }
}
