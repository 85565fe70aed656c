package dev.rdptrace.report;

import static dev.rdptrace.bytes.Identity.FLOW;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.timeline.Attempt;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/// A log as Zeek writes its own, a line for each try; joined with `conn.log` and `rdp.log` by the Community ID.
final class ZeekReport {
    private static final String UNSET = "-";
    private static final String EMPTY = "(empty)";
    private static final List<String> COLUMNS = List.of("ts time", "community_id string", "id.orig_h addr", "id.orig_p port",
            "id.resp_h addr", "id.resp_p port", "proto enum", "duration interval", "user string", "outcome string", "verdict string",
            "phase string", "side string", "confidence string", "attempts count", "frames vector[count]", "message string");

    private final Disguise disguise;
    private final CommunityId communityId = new CommunityId();

    private ZeekReport(Disguise disguise) {
        this.disguise = disguise;
    }

    /// What stands above the lines. Placeholders are no addresses.
    static String head(boolean shared) {
        return "#separator \\x09\n#set_separator\t,\n#empty_field\t" + EMPTY + "\n#unset_field\t" + UNSET + "\n#path\trdptrace\n"
                + "#fields\t" + row(0) + "\n#types\t" + (shared ? row(1).replace("addr", "string") : row(1)) + "\n";
    }

    private static String row(int word) {
        return COLUMNS.stream().map(column -> column.split(" ")[word]).collect(Collectors.joining("\t"));
    }

    static void write(Report report, Disguise disguise, OutputStream out) throws IOException {
        ZeekReport lines = new ZeekReport(disguise);
        for (Incident incident : report.incidents()) {
            out.write(lines.line(TrySummary.of(incident)).getBytes(StandardCharsets.US_ASCII));
        }
    }

    private String line(TrySummary summary) {
        Attempt attempt = summary.attempt();
        Finding verdict = summary.incident().verdict();
        String frames = verdict.frames().stream().map(String::valueOf).collect(Collectors.joining(","));
        return String.join("\t", summary.timed() ? seconds(summary.first()) : UNSET, text(FLOW.of(communityId.of(attempt))),
                text(attempt.client().markedAddress()), Integer.toString(attempt.client().port()),
                text(attempt.server().markedAddress()), Integer.toString(attempt.server().port()), attempt.overUdp() ? "udp" : "tcp",
                summary.timed() ? seconds(summary.last() - summary.first()) : UNSET,
                summary.user().isEmpty() ? UNSET : text(Identity.account(summary.user())),
                summary.incident().outcome().toString(), verdict.id(), verdict.phase().toString(), verdict.side().toString(),
                verdict.confidence().toString(), Integer.toString(summary.incident().attempts().size()), frames.isEmpty() ? EMPTY : frames,
                text(verdict.says())) + "\n";
    }

    private static String seconds(long nanos) {
        long micros = Math.floorDiv(nanos, 1000L);
        String digits = "000000" + Math.floorMod(micros, 1_000_000L);
        return Math.floorDiv(micros, 1_000_000L) + "." + digits.substring(digits.length() - 6);
    }

    /// What is no printable ASCII, and what would be read as something else, as `\xHH`.
    private String text(String marked) {
        String text = disguise.shown(marked);
        if (text.isEmpty()) {
            return EMPTY;
        }
        boolean reserved = text.equals(UNSET) || text.equals(EMPTY);
        StringBuilder written = new StringBuilder(text.length());
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
            if (one < ' ' || one > '~' || reserved && written.isEmpty()) {
                written.append("\\x").append(HexFormat.of().toHexDigits(one));
            } else {
                written.append(one == '\\' ? "\\\\" : Character.toString(one));
            }
        }
        return written.toString();
    }
}
