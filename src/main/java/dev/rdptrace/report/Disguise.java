package dev.rdptrace.report;

import dev.rdptrace.diagnosis.Diagnosis;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.x224.Routing;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Makes a written report fit to be shown to strangers: addresses, names, cookies, certificates' names and fingerprints, and
/// files become placeholders (`host-1`, `name-2`), the same one wherever the same thing stands.
///
/// What may be said is known from the report; patterns find addresses that only stand in a sentence. Words of one letter, and
/// those that every report holds, are left: they tell nothing.
public final class Disguise {
    /// `says` of a companion begins with the name that was asked for.
    private static final Set<String> NAME_FIRST = Set.of("dns-stale-address", "dns-resolution-failed");
    private static final Set<String> COMMON = Set.of("client", "server", "path", "gateway", "none", "unknown", "nobody", "true", "false", "null",
            "seen", "tcp", "tls", "rdp", "x224", "mcs", "ok", "memory", "localhost");
    private static final Pattern TELLING = Pattern.compile(
            "(?i).*(name|user|domain|cookie|subject|issuer|host|target|realm|spn|address|principal|workstation|computer|sha256|sha1|serial|correlation"
                    + "|path|dir|file|text|reason|credential|cname|service).*");
    private static final int LONGEST = 2000;
    /// So many words are replaced; a report that holds more cannot be disguised.
    public static final int MOST_WORDS = 20_000;

    private static final Pattern FOUR = Pattern.compile("(?<![\\w.])(?:\\d{1,3}\\.){3}\\d{1,3}(?![\\w]|\\.\\d)");
    private static final Pattern SIX = Pattern.compile("(?i)(?<![\\w:])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{0,4}::(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{0,4})(?![\\w:])");
    private static final Pattern CARD = Pattern.compile("(?i)(?<![\\w:])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![\\w:])");
    private static final Pattern COMMUNITY = Pattern.compile("1:[A-Za-z0-9+/]{27}=");
    private static final Pattern DIGEST = Pattern.compile("(?i)(?<!\\w)(?:[0-9a-f]{64}|[0-9a-f]{40})(?!\\w)");

    private final Map<String, String> placeholders = new LinkedHashMap<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private boolean tooMany;

    private Disguise() {}

    /// What `report` may say that strangers must not read.
    public static Disguise of(Report report) {
        Disguise disguise = new Disguise();
        disguise.learn(report);
        return disguise;
    }

    /// Not all of it could be learnt: [#apply] would leave words that it should not.
    public boolean tooMany() {
        return tooMany;
    }

    /// `text`, a rendering of the report, as strangers may read it.
    public String apply(String text) {
        String disguised = words(text);
        disguised = all(COMMUNITY, "flow", disguised);
        disguised = all(CARD, "card", disguised);
        disguised = all(FOUR, "host", disguised);
        disguised = all(SIX, "host", disguised);
        return all(DIGEST, "digest", disguised);
    }

    private void learn(Report report) {
        report.capture().files().forEach(file -> {
            add("capture", file.path());
            add("capture", file.path().substring(file.path().lastIndexOf('/') + 1));
        });
        report.capture().interfaces().forEach(one -> add("interface", one.name()));
        report.capture().names().forEach(name -> {
            add("host", name.address());
            add("name", name.name());
        });
        report.fitness().stream().filter(fitness -> NAME_FIRST.contains(fitness.id())).forEach(fitness -> add("name", fitness.says().split(" ", 2)[0]));
        for (Incident incident : report.incidents()) {
            add("host", incident.client().address());
            add("host", incident.server().address());
            incident.compared().ifPresent(compared -> add("capture", compared.name()));
            incident.warnings().stream().filter(warning -> NAME_FIRST.contains(warning.id()))
                    .forEach(warning -> add("name", warning.says().split(" ", 2)[0]));
            incident.attempts().stream().map(Diagnosis::attempt).forEach(this::learn);
        }
    }

    private void learn(Attempt attempt) {
        add("host", attempt.client().address());
        add("host", attempt.server().address());
        attempt.request().ifPresent(this::learn);
        attempt.tls().clientHello().ifPresent(hello -> add("name", hello.serverName()));
        attempt.tls().certificates().forEach(this::learn);
        add("name", attempt.inner().redirectTarget());
        for (Event event : attempt.events()) {
            if (!event.from().equals("client") && !event.from().equals("server")) {
                add("host", event.from());
            }
            details("", event.details());
        }
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

    private void details(String key, Object value) {
        switch (value) {
            case Map<?, ?> map -> map.forEach((name, inner) -> details(String.valueOf(name), inner));
            case List<?> list -> list.forEach(inner -> details(key, inner));
            case String text when TELLING.matcher(key).matches() -> add("name", text);
            default -> { }
        }
    }

    private void add(String kind, String text) {
        String word = text == null ? "" : text.strip();
        if (word.length() < 2 || word.length() > LONGEST || COMMON.contains(word.toLowerCase(Locale.ROOT)) || placeholders.containsKey(word)) {
            return;
        }
        if (placeholders.size() >= MOST_WORDS) {
            tooMany = true;
            return;
        }
        placeholders.put(word, next(kind));
    }

    private String next(String kind) {
        return kind + "-" + counts.merge(kind, 1, Integer::sum);
    }

    /// Longest first; a line may have been broken wherever a word has a space, and JSON and HTML write some characters otherwise.
    private String words(String text) {
        Map<String, String> written = new LinkedHashMap<>();
        placeholders.forEach((word, placeholder) -> {
            written.put(word, placeholder);
            written.put(word.replace("\\", "\\\\").replace("\"", "\\\""), placeholder);
            written.put(word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;"), placeholder);
        });
        List<String> longest = new ArrayList<>(written.keySet());
        longest.sort(Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()));
        StringBuilder any = new StringBuilder();
        for (String word : longest) {
            any.append(any.isEmpty() ? "" : "|").append(String.join("\\s+", List.of(word.split("\\s+")).stream().map(Pattern::quote).toList()));
        }
        if (any.isEmpty()) {
            return text;
        }
        Matcher matcher = Pattern.compile("(?<![\\p{Alnum}_])(?:" + any + ")(?![\\p{Alnum}_])").matcher(text);
        return matcher.replaceAll(found -> Matcher.quoteReplacement(written.getOrDefault(found.group().replaceAll("\\s+", " "), "name")));
    }

    private String all(Pattern pattern, String kind, String text) {
        return pattern.matcher(text).replaceAll(found -> {
            if (!placeholders.containsKey(found.group())) {
                placeholders.put(found.group(), next(kind));
            }
            return Matcher.quoteReplacement(placeholders.get(found.group()));
        });
    }
}
