package dev.rdptrace.spark;

import dev.rdptrace.compare.Leg;
import dev.rdptrace.diagnosis.Closing;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Incidents;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.View;
import dev.rdptrace.diagnosis.rules.Catalog;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import java.io.Serializable;
import java.util.Arrays;

/// A connection that another recording may hold as well, as one recording sees it: a [Leg] and a [View] on their way.
///
/// @param flow see [dev.rdptrace.Selection#flow]
/// @param fromFile of the recording, in which it begins
/// @param toFile in which it ends
/// @param rank of the try that it belongs to
/// @param headline its verdict stands for the try
record Seen(int recording, long flow, int fromFile, int toFile, int rank, boolean headline, int stream, Address client, Address server,
        long firstFrame,
        Said verdict, Phase phase, boolean connected, boolean up, boolean clientHello, long helloFrame,
        long helloNanos) implements Serializable {

    private record Address(long high, long low, int port) implements Serializable {
        static Address of(Endpoint endpoint) {
            return new Address(endpoint.high(), endpoint.low(), endpoint.port());
        }

        Endpoint endpoint() {
            return new Endpoint(high, low, port);
        }
    }

    private record Said(String id, Outcome outcome, String says, Phase phase, Culprit side, Confidence confidence, Culprit closedBy,
            Closing how, long[] frames) implements Serializable {
        static Said of(Finding finding) {
            return new Said(finding.id(), finding.outcome(), finding.says(), finding.phase(), finding.side(), finding.confidence(),
                    finding.closedBy(), finding.how(), finding.frames().stream().mapToLong(Long::longValue).toArray());
        }

        Finding finding() {
            return new Finding(Catalog.signature(id).orElseThrow(), outcome, says, phase, side, confidence, closedBy, how,
                    Arrays.stream(frames).boxed().toList());
        }
    }

    static Seen of(int recording, long flow, int fromFile, int toFile, Incident incident, JudgedAttempt judged) {
        Attempt attempt = judged.attempt();
        View view = View.of(judged);
        return new Seen(recording, flow, fromFile, toFile, rank(incident.outcome()),
                !incident.headline().attempt().overUdp() && attempt.stream() == incident.headline().attempt().stream(), attempt.stream(),
                Address.of(attempt
                        .client()),
                Address.of(attempt.server()), attempt.first().frame(), Said.of(view.verdict()), view.phase(), view
                        .connected(),
                view.up(), view.clientHello(), view.serverHello().frame(), view.serverHello().nanos());
    }

    /// Who tells of a try that several recordings hold: the lowest.
    static int rank(Outcome outcome) {
        return outcome == Outcome.UNDETERMINED ? Integer.MAX_VALUE : Incidents.rank(outcome);
    }

    Leg leg() {
        return new Leg(stream, client.endpoint(), server.endpoint(), firstFrame);
    }

    View view() {
        return new View(verdict.finding(), phase, connected, up, clientHello, helloFrame == 0 ? Moment.NEVER
                : new Moment(helloFrame, helloNanos));
    }
}
