package dev.rdptrace.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.RsaKey;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.report.EventText;
import dev.rdptrace.testkit.Thorough;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Step;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// Every value of `rdp`, `t125`, `credssp` and `ntlmssp` that tshark prints for a handshake is in the details of our events,
/// and equal. `tshark-fields.tsv` says which is which, and which are not compared and why.
class TsharkFieldsTest {
    /// Every file of every capture, at all its points; otherwise one lab capture in so many, beside the client.
    private static final int EVERY = Thorough.oneIn(12);
    private static final Pattern FIELD = Pattern.compile("<field name=\"([^\"]*)\".*? show=\"([^\"]*)\"");
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("MMM d, yyyy HH:mm:ss.SSSSSSSSS", Locale.ENGLISH);

    private final List<Row> rows = rows();
    private final List<String> differences = new ArrayList<>();
    private final Map<String, Integer> aside = new TreeMap<>();
    private final Set<String> strangers = new TreeSet<>();
    private int compared;
    private int captures;

    private record Row(String field, String path, String kind) {
        boolean isCompared() {
            return !path.equals("-");
        }

        boolean covers(String name) {
            return field.endsWith(".*") ? name.startsWith(field.substring(0, field.length() - 1)) : field.equals(name);
        }
    }

    /// What tshark printed: by field, "frame:value".
    ///
    /// @param streams of the frames
    /// @param sealed frames whose content tshark takes for clear, or the other way round
    /// @param misread frames of which tshark reads the second PDU wrong
    /// @param cut frames that are longer than what was captured of them
    /// @param refusals frames with a Negotiation Failure
    private record Printed(Map<String, List<String>> values, Map<Long, Integer> streams, Set<Long> sealed, Set<Long> misread, Set<Long> cut,
            Set<Long> refusals) {}

    @Test
    void samplesReadAlike() throws IOException, InterruptedException {
        Lab.needsTool("tshark");
        for (String name : List.of("success-nla-tls13-keys", "nla-account-locked-out", "nla-logon-failure-tls12")) {
            Path folder = Path.of("samples", name);
            compare(folder.resolve("capture.pcapng"), Optional.of(folder.resolve("keys.log")));
        }
        compare(Path.of("samples/success-standard-rdp-security/capture.pcapng"), Optional.empty());
        concludes(700);
    }

    @Test
    void labCapturesReadAlike() throws IOException, InterruptedException {
        Lab.needsTool("tshark");
        Path lab = Lab.captures().resolve("lab");
        Assumptions.assumeTrue(Files.isDirectory(lab), "no lab captures");
        List<Path> folders;
        try (Stream<Path> all = Files.list(lab)) {
            folders = all.filter(folder -> Files.exists(folder.resolve("keys.log"))).sorted().toList();
        }
        for (int i = 0; i < folders.size(); i += EVERY) {
            for (Path capture : captures(folders.get(i))) {
                compare(capture, Optional.of(folders.get(i).resolve("keys.log")));
            }
        }
        concludes(captures * 100 / 4);
    }

    private static List<Path> captures(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> file.toString().matches(".*\\.pcap(ng)?(\\.gz)?"))
                    .filter(file -> Thorough.THOROUGH || file.endsWith("client.pcapng")).sorted().toList();
        }
    }

    @Test
    void publishedCapturesReadAlike() throws IOException, InterruptedException {
        Lab.needsTool("tshark");
        List<Path> files = Lab.files("public/rdp", "public/tls");
        for (int i = 0; i < files.size(); i += EVERY) {
            // Those without secrets have at least the negotiation, and Standard RDP Security.
            compare(files.get(i), keys(files.get(i)));
        }
        concludes(1000 / (EVERY * EVERY));
    }

    /// A key log or RSA key of the same name.
    private static Optional<Path> keys(Path capture) throws IOException {
        String name = capture.getFileName().toString().replaceFirst("\\..*", "").replaceFirst("^wiki__", "");
        Path folder = capture.resolveSibling("keys");
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> file.getFileName().toString().matches(name + "(_keylog\\.dat|\\.keys|\\.pem)")).findFirst();
        }
    }

    private void concludes(int atLeast) {
        System.out.println(compared + " values of " + captures + " captures read as tshark reads them; set aside: " + aside
                + "; in streams that are no attempts: " + strangers);
        assertThat(differences).isEmpty();
        assertThat(compared).isGreaterThan(atLeast);
    }

    private void compare(Path capture, Optional<Path> keys) throws IOException, InterruptedException {
        captures++;
        Analysis analysis = analyze(capture, keys);
        List<Attempt> attempts = analysis.incidents().stream().flatMap(incident -> incident.attempts().stream())
                .map(diagnosis -> diagnosis.attempt()).toList();
        Map<Integer, Attempt> byStream = new HashMap<>();
        attempts.forEach(attempt -> byStream.put(attempt.stream(), attempt));
        Printed printed = print(capture, keys);
        for (Attempt attempt : attempts) {
            // tshark takes a Demand Active in the frame that ends licensing for one more licensing PDU.
            attempt.events().stream().filter(event -> EventText.details(event).containsKey("demandActive")).map(event -> event.at().frame())
                    .filter(frame -> attempt.events().stream()
                            .anyMatch(e -> e.at().frame() == frame && EventText.details(e).containsKey("license")))
                    .forEach(printed.misread::add);
        }
        for (Map.Entry<String, List<String>> field : printed.values.entrySet()) {
            Row row = rows.stream().filter(each -> each.covers(field.getKey())).findFirst().orElse(null);
            if (row == null) {
                differences.add(field.getKey() + " in " + capture + " is in no row of tshark-fields.tsv: " + field.getValue());
                continue;
            }
            if (!row.isCompared()) {
                aside.merge(row.kind, field.getValue().size(), Integer::sum);
                continue;
            }
            Map<Long, List<String>> theirs = new TreeMap<>();
            for (String value : field.getValue()) {
                long frame = Long.parseLong(value.substring(0, value.indexOf(':')));
                Attempt attempt = byStream.get(printed.streams.get(frame));
                if (attempt == null) {
                    aside.merge("no attempt", 1, Integer::sum);
                    strangers
                            .add(capture.getParent().getFileName() + "/" + capture.getFileName() + " stream " + printed.streams.get(frame));
                } else if (isOver(attempt, frame)) {
                    aside.merge("behind the handshake", 1, Integer::sum);
                } else if (printed.cut.contains(frame)) {
                    aside.merge("cut by the snap length", 1, Integer::sum);
                } else if (printed.misread.contains(frame)) {
                    aside.merge("wrong", 1, Integer::sum);
                } else if (printed.sealed.contains(frame) && !row.path.startsWith("security.")) {
                    aside.merge("sealed", 1, Integer::sum);
                } else if (printed.refusals.contains(frame) && row.field.startsWith("rdp.negReq.flags")) {
                    aside.merge("padding", 1, Integer::sum); // of a failure they are reserved
                } else {
                    String normal = theirs(row, value.substring(value.indexOf(':') + 1));
                    if (!normal.isEmpty()) {
                        theirs.computeIfAbsent(frame, _ -> new ArrayList<>()).add(normal);
                    }
                }
            }
            Map<Long, List<String>> ours = new TreeMap<>();
            for (Attempt attempt : attempts) {
                for (Event event : attempt.events()) {
                    if (theirs.containsKey(event.at().frame())) {
                        ours.computeIfAbsent(event.at().frame(), _ -> new ArrayList<>()).addAll(ours(row, event));
                    }
                }
            }
            theirs.values().forEach(list -> list.sort(null));
            ours.values().forEach(list -> list.sort(null));
            for (Map.Entry<Long, List<String>> frame : theirs.entrySet()) {
                List<String> own = ours.getOrDefault(frame.getKey(), List.of());
                if (own.equals(frame.getValue())) {
                    compared += own.size();
                } else {
                    differences.add(
                            row.field + " as " + row.path + " of " + capture + " frame " + frame.getKey() + ": tshark " + frame.getValue()
                                    + ", here " + own);
                }
            }
        }
    }

    private static boolean isOver(Attempt attempt, long frame) {
        return attempt.reached(Step.FONT_MAP) && frame > attempt.at(Step.FONT_MAP).frame();
    }

    // ---- values ----

    private static String theirs(Row row, String show) {
        return switch (row.kind.split(" ")[0]) {
            case "number", "mask" -> Long.toString(number(show) & 0xffff_ffffL);
            case "bit" -> show.equals("1") || show.equals("True") ? "1" : Long.toString(Long.signum(number(show)));
            case "low", "high" -> Long.toString(number(show));
            case "count" -> Long.toString(number(show));
            case "text" -> show.equals("NULL") ? "" : show;
            case "utf16" -> new String(HexFormat.of().parseHex(show.replace(":", "")), StandardCharsets.UTF_16LE).replace("\0", "");
            case "little-endian" -> Long.toString(littleEndian(show));
            case "time" ->
                    LocalDateTime.parse(show.replaceAll(" UTC$", "").replaceAll("  +", " "), TIME).toInstant(ZoneOffset.UTC).toString();
            case "present" -> "1";
            case "bytes" -> Integer.toString(show.replace(":", "").length() / 2);
            case "ntlm" -> switch ((int) number(show)) {
                case 1 -> "NEGOTIATE";
                case 2 -> "CHALLENGE";
                default -> "AUTHENTICATE";
            };
            case "channel" -> show.matches("[0:]*") ? "zero" : "present";
            case "cookie" -> show.replaceFirst("Cookie: mstshash=", "");
            default -> throw new IllegalArgumentException(row.toString());
        };
    }

    private static String ours(Row row, Object value) {
        return switch (row.kind.split(" ")[0]) {
            case "number", "little-endian" -> Long.toString(number(value) & 0xffff_ffffL);
            case "mask" -> Long.toString(number(value) & Long.parseLong(row.kind.substring(5)));
            case "bit" -> value instanceof Boolean flag ? flag ? "1" : "0"
                    : (number(value) & Long.parseLong(row.kind.substring(4))) != 0 ? "1" : "0";
            case "low" -> Long.toString(number(value) & 0xffff);
            case "high" -> Long.toString(number(value) >> 16);
            case "count" -> value instanceof List<?> list ? Integer.toString(list.size()) : "";
            case "present" -> "1";
            case "time" -> Instant.parse(value.toString()).toString();
            default -> value.toString();
        };
    }

    private static List<String> ours(Row row, Event event) {
        List<String> found = new ArrayList<>();
        for (String alternative : row.path.split("\\|")) {
            String[] parts = alternative.split("@");
            if (parts.length == 1 || narrowed(event, parts[1])) {
                collect(EventText.details(event), List.of(parts[0].split("\\.")), row, found);
                if (parts[0].startsWith("credssp.ntlm.")) {
                    // NTLM in the HTTP of a gateway
                    collect(EventText.details(event), List.of(parts[0].replace("credssp.", "authentication.").split("\\.")), row, found);
                }
            }
        }
        found.removeIf(value -> value.isEmpty());
        return found;
    }

    private static boolean narrowed(Event event, String to) {
        boolean ntlm =
                Stream.of("credssp", "authentication").anyMatch(where -> EventText.details(event).get(where) instanceof Map<?, ?> fields
                        && fields.get("ntlm") instanceof Map<?, ?> message && to.equalsIgnoreCase(String.valueOf(message.get("message"))));
        return ntlm || event.from().equals(to) || event.kind().toString().equals(to);
    }

    private static void collect(Object value, List<String> path, Row row, List<String> found) {
        switch (value) {
            case null -> {}
            case List<?> list when !(path.isEmpty() && row.kind.equals("count")) -> list.forEach(each -> collect(each, path, row, found));
            case Map<?, ?> map when !path.isEmpty() -> collect(map.get(path.getFirst()), path.subList(1, path.size()), row, found);
            default -> {
                if (path.isEmpty() && !(row.kind.equals("present") && value.equals(false))) {
                    found.add(ours(row, value instanceof String text ? Identity.shown(text) : value));
                }
            }
        }
    }

    private static long number(Object value) {
        String text = value.toString();
        return switch (text) {
            case "True", "true" -> 1;
            case "False", "false", "" -> 0;
            default -> text.startsWith("0x") ? Long.parseLong(text.substring(2), 16) : Long.parseLong(text);
        };
    }

    private static long littleEndian(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(":", ""));
        long value = 0;
        for (int i = bytes.length - 1; i >= 0; i--) {
            value = value << 8 | bytes[i] & 0xff;
        }
        return value;
    }

    // ---- both programs ----

    private static Analysis analyze(Path capture, Optional<Path> keys) throws IOException {
        KeyLog log = new KeyLog();
        Secrets secrets = new Secrets(log);
        if (keys.isPresent() && isRsa(keys.get())) {
            secrets.add(((RsaKey.Loaded.Opened) RsaKey.load(Files.readAllBytes(keys.get()), new char[0])).key());
        } else if (keys.isPresent()) {
            log.add(Files.readAllBytes(keys.get()));
        }
        return Analyzer.analyze(() -> Captures.open(List.of(capture.toString()), InputStream.nullInputStream()),
                new Analyzer.Options(Set.of(), Set.of(), false, Optional.of(secrets)), () -> false);
    }

    /// tshark reads the negotiation when the port is RDP's own, and what is inside TLS when it is told that the port is TLS's.
    private static Printed print(Path capture, Optional<Path> keys) throws IOException, InterruptedException {
        Printed printed = new Printed(new TreeMap<>(), new HashMap<>(), new TreeSet<>(), new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
        read(printed, capture, List.of("-o", "tcp.reassemble_out_of_order:TRUE"), keys.isPresent() ? "rdp.neg" : "");
        if (keys.isPresent()) {
            String opening =
                    isRsa(keys.get()) ? "uat:rsa_keys:\"" + keys.get().toAbsolutePath() + "\",\"\"" : "tls.keylog_file:" + keys.get();
            read(printed, capture, List.of("-o", "tcp.reassemble_out_of_order:TRUE", "-o", opening, "-d", "tcp.port==3389,tls"), "");
        }
        return printed;
    }

    private static boolean isRsa(Path keys) {
        return keys.toString().endsWith(".pem");
    }

    private static void read(Printed into, Path capture, List<String> options, String only) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tshark", "-r", capture.toString(), "-T", "pdml", "-Y",
                "(rdp or t125 or credssp or ntlmssp) and not _ws.malformed or rdp"));
        command.addAll(options);
        long frame = 0;
        int length = 0;
        for (String line : Lab.run(command.toArray(String[]::new)).text().split("\n")) {
            Matcher field = FIELD.matcher(line);
            if (!field.find()) {
                continue;
            }
            String name = field.group(1);
            String show = field.group(2).replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
            if (name.equals("num")) {
                frame = Long.parseLong(show);
            } else if (name.equals("tcp.stream")) {
                into.streams.put(frame, Integer.parseInt(show));
            } else if (name.equals("frame.len")) {
                length = Integer.parseInt(show);
            } else if (name.equals("frame.cap_len") && Integer.parseInt(show) < length) {
                into.cut.add(frame);
            } else if (name.equals("rdp.negFailure.failureCode")) {
                into.refusals.add(frame);
            } else if (name.equals("rdp.flags.encrypt") && show.matches("True|0*1|0x0*[18]|8")) {
                into.sealed.add(frame);
            } else if (name.equals("rdp.flags.licenseencrypt") && show.matches("True|0*1|0x0*1|0x0*200")) {
                into.sealed.add(frame); // says how the client may answer; tshark takes this very PDU for encrypted
            } else if (name.equals("rdp.fipsLength")) {
                into.sealed.add(frame); // tshark sees a FIPS header on everything, also where nothing is encrypted
            }
            boolean wanted = name.matches("(rdp|t125|credssp|ntlmssp)\\..*");
            if (wanted && (only.isEmpty() || name.startsWith(only) || name.equals("rdp.rt_cookie"))) {
                into.values.computeIfAbsent(name, _ -> new ArrayList<>()).add(frame + ":" + show);
            }
        }
    }

    private static List<Row> rows() {
        try (InputStream file = TsharkFieldsTest.class.getResourceAsStream("/tshark-fields.tsv")) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t", -1)).map(cells -> new Row(cells[0], cells[1], cells[2])).toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
