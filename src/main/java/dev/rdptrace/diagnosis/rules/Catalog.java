package dev.rdptrace.diagnosis.rules;

import dev.rdptrace.diagnosis.BothSides;
import dev.rdptrace.diagnosis.CodeCheck;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.page.Pages;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Every diagnosis there is, with its page: the rules say which.
public final class Catalog {
    /// Every diagnosis that can be made or explained, by its id.
    private static final Map<String, Signature> SIGNATURES = Stream.of(Rules.ATTEMPT, Rules.BESIDE_ATTEMPT, Rules.TRY,
            Rules.BESIDE_TRY, Rules.UDP, BothSides.RULES)
            .flatMap(List::stream).flatMap(rule -> rule.finds().stream())
            .collect(Collectors.toMap(Signature::id, Function.identity(), (one, _) -> one, TreeMap::new));

    static {
        // Said when the capture is read as a whole, when a client's code is held against it, or not yet at all.
        Stream.of(Signature.UNDETERMINED, CompanionRules.DNS_RESOLUTION_FAILED, CodeCheck.CLIENT_CODE_EXT7_CONTRADICTED,
                UdpRules.UDP_DATA_STALL, UdpRules.UDP_VERSION_FALLBACK, UdpRules.UDP_TUNNEL_REJECTED, GatewayRules.RDG_IN_CHANNEL_DEAD)
                .forEach(signature -> SIGNATURES.put(signature.id(), signature));
    }

    private Catalog() {}

    /// What `id` names, as reports and pages write it.
    public static Optional<Signature> signature(String id) {
        return Optional.ofNullable(SIGNATURES.get(id));
    }

    public static Collection<Signature> signatures() {
        return Collections.unmodifiableCollection(SIGNATURES.values());
    }

    /// Every id that has a page, sorted.
    public static List<String> ids() {
        return SIGNATURES.keySet().stream().filter(id -> Pages.page(id).isPresent()).toList();
    }

    /// Every page, in the order of the ids.
    public static List<Page> pages() {
        return ids().stream().map(Pages::of).toList();
    }
}
