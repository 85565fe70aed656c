package dev.rdptrace.report;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.evidence.Evidence;
import dev.rdptrace.evidence.Evidence.FrameBytes;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/// The frames that decided as part of a page: offsets as Wireshark counts them, bytes, text. The messages are marked.
final class HexTable {
    private static final int ROW = 16;
    private static final int GROUP = 8;
    private static final HexFormat HEX = HexFormat.of();

    private HexTable() {}

    /// Empty where they are not known.
    static String all(Report report, Incident incident) {
        List<Long> shown = incident.verdict().frames().stream().filter(report.evidence().frames()::containsKey).distinct()
                .limit(Evidence.MOST_FRAMES).toList();
        if (shown.isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder(8192).append("<details open=\"\"><summary>The bytes of what decided (")
                .append(Wording.frames(shown)).append(")</summary>\n");
        for (long number : shown) {
            FrameBytes frame = Objects.requireNonNull(report.evidence().frames().get(number));
            String says = incident.headline().attempt().events().stream().filter(event -> event.at().frame() == number)
                    .map(event -> ", " + EventText.from(event.from()) + ": " + EventText.says(event)).findFirst().orElse("");
            String part = frame.length() > frame.bytes().length ? "the first " + frame.bytes().length + " of " : "";
            of(out, frame, HtmlReport.text(Disguise.NONE.shown("Frame " + number + says + "; " + part
                    + Quantities.count(frame.length(), "byte") + (frame.hidden().isEmpty() ? "" : ", without names and contents (··)"))));
        }
        return out.append("</details>\n").toString();
    }

    /// @param caption already HTML
    private static void of(StringBuilder out, FrameBytes frame, String caption) {
        out.append("<table class=\"hex\">\n<caption>").append(caption).append("</caption>\n<thead><tr><th scope=\"col\">offset</th>")
                .append("<th scope=\"col\">hex</th><th scope=\"col\">text</th></tr></thead>\n<tbody>\n");
        for (int at = 0; at < frame.bytes().length; at += ROW) {
            int next = frame.hidden().nextClearBit(at) / ROW * ROW;
            if (Math.min(next, frame.bytes().length) - at > ROW) {
                at = next - ROW; // whole rows that show nothing
                out.append("<tr><th scope=\"row\">…</th><td><mark>··</mark></td><td></td></tr>\n");
                continue;
            }
            out.append("<tr><th scope=\"row\">").append(HEX.toHexDigits((short) at)).append("</th><td>");
            groups(out, frame, at, true);
            out.append("</td><td>");
            groups(out, frame, at, false);
            out.append("</td></tr>\n");
        }
        out.append("</tbody>\n</table>\n");
    }

    private static void groups(StringBuilder out, FrameBytes frame, int row, boolean hex) {
        for (int group = row; group < Math.min(row + ROW, frame.bytes().length); group += GROUP) {
            int end = Math.min(group + GROUP, frame.bytes().length);
            out.append("<span>");
            for (int i = group; i < end; i++) {
                boolean marked = i >= frame.from();
                out.append(marked && (i == group || i == frame.from()) ? "<mark>" : "");
                String one = HtmlReport.text(hex ? HEX.toHexDigits(frame.bytes()[i]) : shown(frame.bytes()[i]));
                out.append(frame.hidden().get(i) ? hex ? "··" : "·" : one).append(hex && i < end - 1 ? " " : "")
                        .append(marked && i == end - 1 ? "</mark>" : "");
            }
            out.append("</span>");
        }
    }

    private static String shown(byte one) {
        return one >= ' ' && one < 0x7f ? String.valueOf((char) one) : ".";
    }
}
