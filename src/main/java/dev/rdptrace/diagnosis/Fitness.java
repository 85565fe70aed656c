package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.timeline.TcpFacts;
import java.util.ArrayList;
import java.util.List;

/// What the capture cannot prove about an attempt, and why.
///
/// @param id short name
/// @param says one sentence
/// @param frames examples
/// @param decisive no confident verdict may stand on it unless a message says so itself
public record Fitness(String id, String says, List<Long> frames, boolean decisive) {

    public static List<Fitness> of(Case c) {
        Attempt attempt = c.attempt();
        TcpFacts tcp = attempt.tcp();
        List<Fitness> found = new ArrayList<>();
        if (tcp.oneDirection()) {
            found.add(new Fitness("one-direction", "only packets from the " + (tcp.server().silent() ? "client" : "server") + " to the "
                    + (tcp.server().silent() ? "server" : "client") + " are in the capture; what the other side said cannot be judged",
                    List.of(attempt.first().frame()), true));
        }
        if (attempt.midStart()) {
            found.add(new Fitness("mid-start", "the capture starts in the middle of the connection; the handshake is not in it",
                    List.of(attempt.first().frame()), true));
        }
        if (tcp.cutPayload() > 0) {
            found.add(new Fitness("snap-length", Quantities.count(tcp.cutPayload(), "packet") + " of the connection "
                    + (tcp.cutPayload() == 1 ? "is" : "are")
                    + " cut short by the snap length; contents beyond it cannot be judged", List.of(),
                    !attempt.sessionUp()
                            && !attempt.reached(Step.TLS_DONE)));
        }
        long unseen = tcp.client().loss().unseenAcknowledged() + tcp.server().loss().unseenAcknowledged();
        boolean gap = attempt.events().stream().anyMatch(e -> e.kind() == Event.Kind.TCP_GAP);
        if (unseen > 0 || gap) {
            found.add(new Fitness("capture-loss", "the capture lacks packets that arrived: bytes are acknowledged that it does not hold",
                    attempt.events().stream().filter(e -> e.kind() == Event.Kind.TCP_GAP).map(e -> e.at().frame())
                            .limit(4).toList(),
                    gap && !attempt.sessionUp()));
        }
        int copies = tcp.client().traffic().duplicates() + tcp.server().traffic().duplicates();
        if (copies > 0 && copies * 4L > tcp.client().traffic().packets() + tcp.server().traffic().packets()) {
            found.add(new Fitness("duplicates", "every packet is in the capture more than once (mirror port, several interfaces or capture"
                    + " points); copies are ignored", List.of(), false));
        }
        if (tcp.client().traffic().superFrames() + tcp.server().traffic().superFrames() > 0) {
            found.add(new Fitness("offload", "packets larger than the network carries: the capturing host's network card cuts or joins them"
                    + " (offload); packet sizes prove nothing", List.of(), false));
        }
        if (tcp.timeWentBack() > 0) {
            found.add(new Fitness("time-order", Quantities.count(tcp.timeWentBack(), "packet") + " of the connection "
                    + (tcp.timeWentBack() == 1 ? "is" : "are")
                    + " out of time order in the file", List.of(), false));
        }
        if (tcp.bufferOverflow()) {
            found.add(new Fitness("reassembly-limit", "more bytes waited for a missing packet than are kept; the rest was not read",
                    List.of(), false));
        }
        if (attempt.end() == Attempt.End.EVICTED) {
            found.add(new Fitness("evicted", "too many connections were open at once; this one was judged before it ended", List.of(),
                    true));
        }
        return found;
    }
}
