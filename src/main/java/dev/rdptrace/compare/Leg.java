package dev.rdptrace.compare;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;

/// A connection as one capture knows it, of which another capture may hold the other end.
///
/// @param stream its number in the capture
/// @param firstFrame of the connection; the same ends may have had another one before
public record Leg(int stream, Endpoint client, Endpoint server, long firstFrame) {

    static Leg of(Attempt attempt) {
        return new Leg(attempt.stream(), attempt.client(), attempt.server(), attempt.first().frame());
    }
}
