package dev.rdptrace.diagnosis.rules;

import dev.rdptrace.diagnosis.Aside;
import dev.rdptrace.diagnosis.AsideOfTry;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.JudgedTry;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.UdpCase;
import java.util.List;
import java.util.stream.Stream;

/// Every rule about one attempt.
public final class Rules {
    public static final List<Rule<Case>> ATTEMPT = Stream.of(OpeningRules.all(), CapacityRules.all(), TcpRules.all(), PathRules.all(),
            NegotiationRules.all(), TlsRules.all(), TlsAlertRules.all(), AuthenticationRules.all(), TokenRules.all(), SessionRules.all(),
            SessionEndRules.all(), GatewayRules.all(), WebGatewayRules.all(), TurnRules.all())
            .flatMap(List::stream).toList();

    /// What else is true about one attempt.
    public static final List<Rule<Aside>> BESIDE_ATTEMPT = WarningRules.all();

    /// About the connections of one try.
    public static final List<Rule<JudgedTry>> TRY = Stream.of(SourceRules.all(), TryRules.all()).flatMap(List::stream).toList();

    /// What else is true about one try.
    public static final List<Rule<AsideOfTry>> BESIDE_TRY = CompanionRules.all();

    /// About RDP over UDP without its TCP connection.
    public static final List<Rule<UdpCase>> UDP = UdpRules.all();

    private Rules() {}
}
