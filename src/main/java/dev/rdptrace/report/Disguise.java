package dev.rdptrace.report;

import dev.rdptrace.bytes.Printable;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.TlsFacts;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.x224.Routing;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Makes a written report fit to be shown to strangers: addresses, names, cookies, certificates' names and fingerprints, and
/// files become placeholders (`host-1`, `name-2`), the same one wherever the same thing stands. What a peer that does not speak
/// RDP said is left out: its protocol and its length remain.
///
/// What may be said is known from the report: every text in an event's details came from the wire, but for those whose field is
/// known to hold a word of a specification. Patterns find addresses that only stand in a sentence. Advice is text of this program
/// with addresses put in, so that only these are looked for. A name that is a common word stays in a sentence, where it tells
/// nobody anything and its placeholder would garble what is said; a field that holds it alone is hidden.
public final class Disguise {
    /// Hides nothing.
    public static final Disguise NONE = new Disguise();

    /// `says` of a companion begins with the name that was asked for, which ends before this.
    private static final Map<String, Pattern> NAME_FIRST = Map.of("dns-stale-address", Pattern.compile(" resolved to "),
            "dns-resolution-failed", Pattern.compile(" does not exist| could not be resolved"));
    /// Fields of details that hold words of specifications or of this program, never of a peer.
    private static final Set<String> OURS = Set.of("advice", "authenticatorType", "avFlags", "channelBindings", "cipher", "clientTime",
            "code", "encryptionType", "errorCode", "failureName", "guid", "ja3", "ja3s", "ja4", "keyAlgorithm", "kind", "meaning",
            "mechanism", "mechanismOids", "mechanisms", "message", "name", "negState", "protocol", "reason", "requested", "response",
            "result", "selected", "selectedProtocol", "requestedProtocols", "offeredVersions", "serverTime", "signatureAlgorithm",
            "supportedMech", "supportedMechOid", "time", "version",
            // what a number is called
            "actionName", "causeName", "cipherName", "connectionTypeName", "encryptionLevelName", "encryptionMethodName",
            "encryptionTypeName", "errorDataName", "errorInfoName", "errorName", "errorTypeName", "hashName", "negStateName", "osMajorName",
            "osMinorName", "reasonName", "requestedProtocolName", "responseCodeName", "resultName", "stateTransitionName", "type2Name",
            "typeName", "versionName", "flagNames", "optionNames", "options");
    private static final Pattern OUR_LISTS = Pattern.compile(".*(Flags|flags|FlagNames|CapabilityNames|MethodNames|AuthNames)");
    /// Where a peer may say what any peer says: methods and answers of HTTP, static virtual channels, what software calls itself;
    /// elsewhere the same word is somebody's name.
    private static final Set<String> SAYS_ANYBODY = Set.of("authorization", "channel", "channels", "companyName", "method", "name",
            "reasonPhrase", "scheme", "schemes", "scopes", "software", "sourceDescriptor", "target");
    private static final Set<String> WELL_KNOWN = Stream.concat(words("""
            basic digest ntlm negotiate kerberos bearer paa sspi_ntlm rdg_out_data rdg_in_data rpc_out_data rpc_in_data get post connect
            options head put /remotedesktopgateway/ /remotedesktopgateway ms_t120 rdpdr rdpsnd cliprdr drdynvc rail encomsp remdesk
            rdpinpt rdpgfx tsmf echo
            xrdpvr seamrdp rdp mstsc freerdp microsoft.com microsoft-httpapi/2.0 microsoft-iis/10.0 termsrv http https host krbtgt ldap
            cifs""").stream(),
            // RFC 9110 15
            Stream.of("microsoft corporation", "continue", "switching protocols", "ok", "created", "accepted", "no content",
            "moved permanently", "found", "see other", "not modified", "temporary redirect", "permanent redirect", "bad request",
            "unauthorized", "payment required", "forbidden", "not found", "method not allowed", "not acceptable",
            "proxy authentication required",
            "request timeout", "conflict", "gone", "length required", "precondition failed", "content too large", "uri too long",
            "unsupported media type", "expectation failed", "misdirected request", "upgrade required", "internal server error",
            "not implemented", "bad gateway", "service unavailable", "gateway timeout", "http version not supported",
            "connection established")).collect(Collectors.toUnmodifiableSet());
    /// Words that sentences are made of.
    private static final Set<String> COMMON = words("""
            a about after again all also an and another answer answered any are as asked asks at authentication be because been before
            begins
            behind between both but by bytes byte cannot capture certificate chose cipher client clients close closed closes code comes
            completed
            connect connected connection connections could credentials data decided did do does domain done encrypted end ended ends error
            established event every failed failure fault fine first for found frame frames from gateway gave had handshake has have
            hello her him his host how id if in inside insists interrupted into is it its itself kerberos last later leaves left length
            level
            licensing listener local localhost log logon machine mcs memory message name named negotiate negotiation network no nobody none
            not nothing ntlm null of off offer offered offers ok on once one only open or other others out over own packet packets path
            peer phase port
            probe protocol protocols proxy rdp read reached refused request requested reset response restart rst said same say says seconds
            security see seen sent server servers service session sessions several she side so ssl started step still stopped stream
            tcp than that the their them then there these they this those through time timeout times tls to too try tunnel two udp unknown
            until up us used user users using version virtual wants was way were what when where which while who why windows with without
            worked
            would wrong x224 you your""");
    private static final Pattern NUMBER = Pattern.compile("(?i)0x[0-9a-f]+|[0-9]+");
    /// [MS-KILE] and RFC 4120 6.2: service and host.
    private static final Pattern SERVICE = Pattern.compile("([A-Za-z][A-Za-z0-9]*)/([^/@]+)(@.+)?");
    private static final int LONGEST = 1 << 16;
    private static final int LONGEST_EXCERPT = 48;
    /// So many words are replaced; a report that holds more cannot be disguised.
    public static final int MOST_WORDS = 20_000;

    private static final Pattern FOUR = Pattern.compile("(?<![\\w.])(?:\\d{1,3}\\.){3}\\d{1,3}(?![\\w]|\\.\\d)");
    private static final Pattern SIX = Pattern.compile("(?i)(?<![\\w:])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}"
            + "|(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{0,4}::(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{0,4})(?![\\w:])");
    private static final Pattern CARD = Pattern.compile("(?i)(?<![\\w:])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![\\w:])");
    private static final Pattern COMMUNITY = Pattern.compile("1:[A-Za-z0-9+/]{27}=");
    private static final Pattern DIGEST = Pattern.compile("(?i)(?<!\\w)(?:[0-9a-f]{64}|[0-9a-f]{40})(?!\\w)");
    private static final Pattern GUID = Pattern.compile("(?i)\\{?(?<!\\w)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?!\\w)\\}?");

    private final Map<String, String> placeholders = new HashMap<>();
    private final Map<String, Integer> counts = new HashMap<>();
    /// By the first word, longest first.
    private final Map<String, List<Hidden>> byStart = new HashMap<>();
    private boolean tooMany;

    /// @param common stands in sentences as it is
    private record Hidden(String text, String placeholder, boolean common) {}

    private Disguise() {}

    private static Set<String> words(String list) {
        return Set.copyOf(List.of(list.strip().split("\\s+")));
    }

    /// What `report` may say that strangers must not read.
    public static Disguise of(Report report) {
        Disguise disguise = new Disguise();
        disguise.learn(report);
        disguise.byStart.values().forEach(all -> all.sort(Comparator.comparingInt((Hidden hidden) -> hidden.text().length()).reversed()));
        return disguise;
    }

    /// Not all of it could be learnt: [#says] would leave words that it should not.
    public boolean tooMany() {
        return tooMany;
    }

    // ---- what is written ----

    /// A sentence as strangers may read it.
    String says(String sentence) {
        return this == NONE ? sentence : patterns(replaced(sentence));
    }

    /// A text of this program in which only addresses were put.
    String advice(String text) {
        return this == NONE ? text : patterns(text);
    }

    /// What stands alone in the field of this name, which is one of those of `parent`.
    String field(String parent, String name, String value) {
        if (this == NONE || isOurs(parent, name)) {
            return value;
        }
        String known = placeholders.get(key(value));
        return known != null ? known : says(value);
    }

    /// Clients name their channels, everything else that is called a name is one of a specification.
    private static boolean isOurs(String parent, String name) {
        return OURS.contains(name) && !(name.equals("name") && parent.equals("channels")) || OUR_LISTS.matcher(name).matches();
    }

    private String patterns(String text) {
        String disguised = all(COMMUNITY, "flow", text);
        disguised = all(GUID, "id", disguised);
        disguised = all(CARD, "card", disguised);
        disguised = all(FOUR, "host", disguised);
        disguised = all(SIX, "host", disguised);
        return all(DIGEST, "digest", disguised);
    }

    private String all(Pattern pattern, String kind, String text) {
        return pattern.matcher(text).replaceAll(found -> placeholders.computeIfAbsent(key(found.group()), _ -> next(kind)));
    }

    private String replaced(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int ellipsis = text.indexOf('…');
        for (int at = 0; at < text.length(); ) {
            Hidden hidden = hiddenAt(text, at);
            if (hidden != null) {
                out.append(hidden.placeholder());
                at += hidden.text().length();
                continue;
            }
            int end = endOfWord(text, at);
            if (end <= ellipsis && isCut(text, at, ellipsis)) {
                out.append(next("text"));
                at = ellipsis;
                continue;
            }
            out.append(text, at, end);
            at = end;
        }
        return out.toString();
    }

    private Hidden hiddenAt(String text, int at) {
        for (Hidden hidden : byStart.getOrDefault(start(text, at), List.of())) {
            int end = at + hidden.text().length();
            if (text.regionMatches(true, at, hidden.text(), 0, hidden.text().length())
                    && (end == text.length() || !isWord(text.charAt(end)) || !isWord(text.charAt(end - 1)))
                    && (!hidden.common() || introduced(text, at))) {
                return hidden;
            }
        }
        return null;
    }

    /// What is surely meant as a name.
    private static boolean introduced(String text, int at) {
        return at > 0 && text.charAt(at - 1) == '\\' || text.startsWith("user ", at - 5);
    }

    /// From here to where the sentence was cut stands the beginning of something that must not be read.
    private boolean isCut(String text, int at, int ellipsis) {
        int length = ellipsis - at;
        if (length < 8) {
            return false;
        }
        boolean oneWord = endOfWord(text, at) == ellipsis;
        Stream<List<Hidden>> candidates = oneWord ? byStart.values().stream() : Stream.of(byStart.getOrDefault(start(text, at), List.of()));
        return candidates.flatMap(List::stream)
                .anyMatch(hidden -> hidden.text().length() > length && text.regionMatches(true, at, hidden.text(), 0, length));
    }

    private static String start(String text, int at) {
        return key(text.substring(at, endOfWord(text, at)));
    }

    /// Of a word, or of the one character that belongs to none.
    private static int endOfWord(String text, int at) {
        int end = at;
        while (end < text.length() && isWord(text.charAt(end))) {
            end++;
        }
        return Math.max(end, at + 1);
    }

    private static boolean isWord(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || Character.isSurrogate(c);
    }

    private static String key(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    // ---- what is learnt ----

    private void learn(Report report) {
        report.capture().files().forEach(file -> file(file.path()));
        report.capture().interfaces().forEach(one -> add("interface", one.name()));
        report.capture().names().forEach(name -> {
            add("host", name.address());
            add("name", name.name());
        });
        report.fitness().forEach(fitness -> nameFirst(fitness.id(), fitness.says()));
        for (Incident incident : report.incidents()) {
            add("host", incident.client().address());
            add("host", incident.server().address());
            incident.compared().ifPresent(compared -> {
                add("capture", compared.name());
                Stream.of(compared.name().split(", ")).forEach(this::file);
            });
            incident.warnings().forEach(warning -> nameFirst(warning.id(), warning.says()));
            incident.attempts().stream().map(JudgedAttempt::attempt).forEach(this::learn);
        }
    }

    private void file(String path) {
        add("capture", path);
        add("capture", path.substring(path.lastIndexOf('/') + 1));
    }

    private void nameFirst(String id, String says) {
        if (NAME_FIRST.containsKey(id)) {
            add("name", NAME_FIRST.get(id).split(says, 2)[0]);
        }
    }

    private void learn(Attempt attempt) {
        add("host", attempt.client().address());
        add("host", attempt.server().address());
        attempt.request().ifPresent(this::learn);
        learn(attempt.tls());
        attempt.tunnel().host().ifPresent(host -> learn(host.tls()));
        name("redirectTarget", attempt.inner().redirectTarget());
        attempt.tcp().resets().forEach(reset -> name("text", reset.text()));
        name("user", attempt.authentication().user());
        attempt.inner().channels().forEach(channel -> name("channel", channel));
        attempt.tunnel().reasons().forEach(reason -> name("reasonPhrase", reason));
        attempt.tunnel().schemes().forEach(scheme -> name("scheme", scheme));
        for (Event event : attempt.events()) {
            if (!event.from().equals("client") && !event.from().equals("server")) {
                add("host", event.from());
            }
            EventText.details(event).forEach((name, value) -> details("", name, value));
        }
    }

    private void learn(TlsFacts tls) {
        tls.clientHello().ifPresent(hello -> add("name", hello.serverName()));
        tls.certificates().forEach(this::learn);
    }

    private void learn(Tpdu.ConnectionRequest request) {
        add("user", request.cookieName());
        for (Routing line : request.routing()) {
            switch (line) {
                case Routing.UserCookie(var text, var name) -> {
                    add("cookie", text);
                    add("user", name);
                    add("user", name.substring(name.lastIndexOf('\\') + 1));
                    add("name", name.substring(0, Math.max(0, name.indexOf('\\'))));
                }
                case Routing.AddressToken(var text, var address, _) -> {
                    add("cookie", text);
                    add("host", address);
                }
                case Routing.OpaqueToken(var text, var token) -> {
                    add("cookie", text);
                    add("cookie", token);
                }
                case Routing.LoadBalanceInfo(var text) -> add("cookie", text);
                case Routing.FreeText(var text) -> add("cookie", text);
            }
        }
    }

    private void learn(CertificateFacts certificate) {
        for (String name : List.of(certificate.subject(), certificate.issuer(), certificate.commonName(), certificate.issuerCommonName())) {
            add("name", name);
        }
        certificate.subjectAltNames().forEach(name -> add("name", name));
        add("digest", certificate.sha256());
        add("digest", certificate.sha1());
        add("digest", certificate.serial());
    }

    private void details(String parent, String key, Object value) {
        switch (value) {
            case Map<?, ?> map -> map.forEach((name, inner) -> details(key, String.valueOf(name), inner));
            case List<?> list -> list.forEach(inner -> details(parent, key, inner));
            case String text when key.equals("excerpt") -> excerpt(text);
            case String text when !isOurs(parent, key) -> name(key, text);
            default -> { }
        }
    }

    /// Names are said whole and in parts.
    private void name(String key, String text) {
        boolean service = key.equals("spn") || key.equals("serverName") || key.startsWith("target");
        var parts = SERVICE.matcher(text.strip());
        if (SAYS_ANYBODY.contains(key) && WELL_KNOWN.contains(key(text.strip()))) {
            return;
        }
        if (service && parts.matches()) {
            if (!WELL_KNOWN.contains(key(parts.group(1)))) {
                add("name", parts.group(1));
            }
            add("name", parts.group(2));
            add("name", parts.group(2).replaceFirst(":\\d+$", ""));
            return;
        }
        add("name", text);
        for (String part : text.split("[\\\\@]")) {
            add("name", part);
        }
    }

    /// Of what a stranger said nothing is shown, as short as it may be: how it stands in sentences is known.
    private void excerpt(String text) {
        String size = text.length() < LONGEST_EXCERPT ? text.length() + (text.length() == 1 ? " byte" : " bytes")
                : LONGEST_EXCERPT + " bytes or more";
        if (!text.isEmpty()) {
            hide("\"" + text + "\"", size + ", not shown", false);
            hide(": " + text, " (" + size + ", not shown)", false);
            hide("with " + text, "with what is not shown", false);
            placeholders.putIfAbsent(key(text), size);
        }
    }

    private void add(String kind, String text) {
        String word = text == null ? "" : text.strip();
        String lower = key(word);
        if (word.length() < 2 || word.length() > LONGEST || placeholders.containsKey(lower)) {
            return;
        }
        if (placeholders.size() >= MOST_WORDS) {
            tooMany = true;
            return;
        }
        String placeholder = next(kind);
        placeholders.put(lower, placeholder);
        boolean common = COMMON.contains(lower) || NUMBER.matcher(word).matches();
        hide(word, placeholder, common);
        String shown = Printable.of(word, LONGEST);
        if (!shown.equals(word)) {
            placeholders.putIfAbsent(key(shown), placeholder);
            hide(shown, placeholder, common);
        }
    }

    private void hide(String text, String placeholder, boolean common) {
        byStart.computeIfAbsent(start(text, 0), _ -> new ArrayList<>()).add(new Hidden(text, placeholder, common));
    }

    private String next(String kind) {
        return kind + "-" + counts.merge(kind, 1, Integer::sum);
    }
}
