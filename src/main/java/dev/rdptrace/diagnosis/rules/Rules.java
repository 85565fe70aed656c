package dev.rdptrace.diagnosis.rules;

import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Rule;
import java.util.List;
import java.util.stream.Stream;

/// Every rule about one attempt.
public final class Rules {
    public static final List<Rule<Case>> ATTEMPT = Stream.of(OpeningRules.all(), CrowdRules.all(), TcpRules.all(), PathRules.all(), NegotiationRules.all(),
            TlsRules.all(), AuthenticationRules.all(), SessionRules.all(), GatewayRules.all(), TurnRules.all()).flatMap(List::stream).toList();

    private Rules() {}
}
