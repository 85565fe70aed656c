package dev.rdptrace.report;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Printable;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Makes a report fit to be shown to strangers: where an [Identity] stands in it a placeholder is put (`host-1`, `name-2`), the same one
/// wherever the same thing is named. What a peer that does not speak RDP said is left out: its protocol and its length remain.
public final class Disguise {
    /// Hides nothing.
    public static final Disguise NONE = new Disguise();

    /// So many names are told apart; further ones of a kind share the number 0.
    static final int MOST_NAMES = 100_000;
    private static final int LONGEST = 1 << 16;
    private static final int LONGEST_EXCERPT = 48;
    /// What any peer says: methods of HTTP and of [MS-TSGU], schemes, static virtual channels, services, software.
    private static final Set<String> WELL_KNOWN = Stream.of("""
            get post connect options head put rdg_out_data rdg_in_data rpc_out_data rpc_in_data /remotedesktopgateway/ /remotedesktopgateway
            basic digest ntlm negotiate kerberos bearer paa sspi_ntlm
            rdpdr rdpsnd cliprdr drdynvc rail encomsp remdesk rdpinpt rdpgfx tsmf echo xrdpvr seamrdp ms_t120
            termsrv http https host krbtgt ldap cifs rdp mstsc freerdp microsoft.com microsoft-httpapi/2.0 microsoft-iis/10.0 a02"""
            .split("\\s+"),
            // RFC 9110 15
            """
            microsoft corporation,continue,switching protocols,ok,created,accepted,no content,moved permanently,found,see other,
            not modified,temporary redirect,permanent redirect,bad request,unauthorized,payment required,forbidden,not found,
            method not allowed,not acceptable,proxy authentication required,request timeout,conflict,gone,length required,
            precondition failed,content too large,uri too long,unsupported media type,expectation failed,misdirected request,
            upgrade required,internal server error,not implemented,bad gateway,service unavailable,gateway timeout,
            http version not supported,connection established""".split(",\\s*"))
            .flatMap(Stream::of).collect(Collectors.toUnmodifiableSet());

    private final Map<String, String> placeholders = new HashMap<>();
    private final Map<Identity, Integer> counts = new EnumMap<>(Identity.class);

    private Disguise() {}

    /// Knows nobody yet but the peers, which have the same numbers in every format.
    public static Disguise of(Report report) {
        Disguise disguise = new Disguise();
        report.incidents().forEach(incident -> {
            disguise.placeholder(Identity.HOST, incident.client().address());
            disguise.placeholder(Identity.HOST, incident.server().address());
        });
        return disguise;
    }

    /// A sentence or a field as it may be read.
    public String shown(String text) {
        return this == NONE ? Identity.shown(text) : Identity.replaced(text, this::placeholder);
    }

    private String placeholder(Identity kind, String name) {
        String key = Printable.of(name.strip(), LONGEST).toLowerCase(Locale.ROOT);
        if (kind == Identity.WORD && WELL_KNOWN.contains(key)) {
            return name;
        }
        if (kind == Identity.EXCERPT) {
            return (name.length() < LONGEST_EXCERPT ? name.length() + (name.length() == 1 ? " byte" : " bytes")
                    : LONGEST_EXCERPT + " bytes or more") + ", not shown";
        }
        String known = placeholders.get(key);
        if (known == null) {
            boolean full = placeholders.size() >= MOST_NAMES;
            known = kind.title() + "-" + (full ? 0 : counts.merge(kind, 1, Integer::sum));
            if (!full) {
                placeholders.put(key, known);
            }
        }
        return known;
    }
}
