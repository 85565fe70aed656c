package dev.rdptrace.diagnosis.rules;

import dev.rdptrace.diagnosis.Aside;
import dev.rdptrace.diagnosis.AsideOfTry;
import dev.rdptrace.diagnosis.BothSides;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.CodeCheck;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.diagnosis.Tried;
import dev.rdptrace.diagnosis.UdpCase;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Every rule about one attempt.
public final class Rules {
    public static final List<Rule<Case>> ATTEMPT = Stream.of(OpeningRules.all(), CrowdRules.all(), TcpRules.all(), PathRules.all(), NegotiationRules.all(),
            TlsRules.all(), AuthenticationRules.all(), SessionRules.all(), GatewayRules.all(), TurnRules.all()).flatMap(List::stream).toList();

    /// What else is true about one attempt.
    public static final List<Rule<Aside>> BESIDE_ATTEMPT = WarningRules.all();

    /// About the connections of one try.
    public static final List<Rule<Tried>> TRY = Stream.of(SourceRules.all(), TryRules.all()).flatMap(List::stream).toList();

    /// What else is true about one try.
    public static final List<Rule<AsideOfTry>> BESIDE_TRY = CompanyRules.all();

    /// About RDP over UDP without its TCP connection.
    public static final List<Rule<UdpCase>> UDP = UdpRules.all();

    /// Every diagnosis that can be made or explained, by its id.
    private static final Map<String, Signature> SIGNATURES = Stream.of(ATTEMPT, BESIDE_ATTEMPT, TRY, BESIDE_TRY, UDP, BothSides.RULES)
            .flatMap(List::stream).flatMap(rule -> rule.finds().stream())
            .collect(Collectors.toMap(Signature::id, Function.identity(), (one, _) -> one, TreeMap::new));

    static {
        // Said when the capture is read as a whole, when a client's code is held against it, or not yet at all.
        Stream.of(Signature.UNDETERMINED, CompanyRules.DNS_RESOLUTION_FAILED, CodeCheck.CLIENT_CODE_EXT7_CONTRADICTED, UdpRules.UDP_DATA_STALL,
                UdpRules.UDP_VERSION_FALLBACK, UdpRules.UDP_TUNNEL_REJECTED, GatewayRules.RDG_IN_CHANNEL_DEAD)
                .forEach(signature -> SIGNATURES.put(signature.id(), signature));
    }

    private Rules() {}

    /// What `id` names, as reports and pages write it.
    public static Optional<Signature> signature(String id) {
        return Optional.ofNullable(SIGNATURES.get(id));
    }

    public static Collection<Signature> signatures() {
        return Collections.unmodifiableCollection(SIGNATURES.values());
    }
}
