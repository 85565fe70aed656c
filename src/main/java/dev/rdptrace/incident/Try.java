package dev.rdptrace.incident;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import java.util.List;

/// One user's try: one or more connections of one client to one server, close together.
///
/// @param client its port is that of the first attempt
/// @param attempts in the order of their first packets, never empty
public record Try(Endpoint client, Endpoint server, List<Attempt> attempts) {
    public Try {
        attempts = List.copyOf(attempts);
    }
}
