package dev.rdptrace.report;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Comparison;
import dev.rdptrace.timeline.Comparison.Fate;
import dev.rdptrace.timeline.Comparison.Sighting;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Side;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// One line of the ladder of two captures.
///
/// @param folded packets left out here, 0 for a packet
record SightingRow(Sighting sighting, String says, int folded) {
    private static final int MOST = 18;
    private static final int FIRST = 4;

    /// Opening, deviations, and what stood before and behind them.
    static List<SightingRow> of(Incident incident, Comparison facts, boolean all) {
        Map<Long, String> events = says(incident, facts);
        List<Sighting> sightings = facts.sightings();
        List<Sighting> chosen = new ArrayList<>();
        for (int i = 0; i < sightings.size(); i++) {
            Sighting s = sightings.get(i);
            boolean deviates = s.fate() == Fate.LOST && (s.undelivered() > 0 || s.length() > 0 || s.syn() || s.fin() || s.reset())
                    || s.fate() == Fate.INJECTED || s.fate() == Fate.PARTLY && s.undelivered() > 0;
            if (all || deviates || s.syn() || s.fin() || s.reset() || s.frame() > 0 && events.containsKey(s.frame())) {
                chosen.add(s);
            }
        }
        List<SightingRow> rungs = new ArrayList<>();
        int most = all ? Integer.MAX_VALUE : MOST;
        int skipped = Math.max(0, chosen.size() - most);
        for (int i = 0; i < chosen.size(); i++) {
            if (skipped > 0 && i >= FIRST && i < FIRST + skipped) {
                if (i == FIRST) {
                    rungs.add(new SightingRow(chosen.get(i), "… " + skipped + " more, -v shows them", skipped));
                }
                continue;
            }
            rungs.add(new SightingRow(chosen.get(i), words(chosen.get(i), events), 0));
        }
        return rungs;
    }

    /// What the story says of a frame.
    private static Map<Long, String> says(Incident incident, Comparison facts) {
        Map<Long, String> says = new HashMap<>();
        for (var diagnosis : incident.attempts()) {
            Attempt attempt = diagnosis.attempt();
            if (attempt.stream() == facts.stream()) {
                for (Event event : attempt.events()) {
                    says.putIfAbsent(event.at().frame(), EventText.of(event).says());
                }
            }
        }
        return says;
    }

    private static String words(Sighting s, Map<Long, String> events) {
        String what = s.syn() ? s.from() == Side.CLIENT ? "SYN" : "SYN-ACK" : s.reset() ? "RST" : s.fin() ? "FIN" : s.length() == 0 ? "ACK"
                : "";
        String size = s.length() == 0 ? what : (what.isEmpty() ? "" : what + ", ") + s.length() + " bytes";
        String event = s.frame() > 0 ? events.getOrDefault(s.frame(), "") : "";
        String text = event.isEmpty() ? size : event;
        return switch (s.fate()) {
            case ARRIVED -> text;
            case PARTLY -> s.undelivered() > 0 ? text + " - " + s.undelivered() + " bytes of it never arrived" : text;
            case LOST -> size + " - LOST on the way";
            case INJECTED -> text + " - NEVER SENT by the " + s.from();
            case UNKNOWN -> text;
        };
    }
}
