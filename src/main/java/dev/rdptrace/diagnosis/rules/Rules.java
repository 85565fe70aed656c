package dev.rdptrace.diagnosis.rules;

import dev.rdptrace.diagnosis.Rule;
import java.util.List;
import java.util.stream.Stream;

/// Every rule, in the order of the protocol.
public final class Rules {
    public static final List<Rule> ALL = Stream.of(OpeningRules.ALL, CrowdRules.ALL, TcpRules.ALL, PathRules.ALL, NegotiationRules.ALL, TlsRules.ALL,
            AuthenticationRules.ALL, SessionRules.ALL, GatewayRules.ALL, TurnRules.ALL).flatMap(List::stream).toList();

    private Rules() {}
}
