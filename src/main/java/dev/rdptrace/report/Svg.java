package dev.rdptrace.report;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.report.LadderRow.Way;
import dev.rdptrace.timeline.Attempt;
import java.util.List;

/// The picture of a connection as SVG: nothing is loaded, nothing runs, what decided stands out.
public final class Svg {
    private static final int LEFT = 140;
    private static final int RIGHT = 780;
    /// Of a gateway between client and host.
    private static final int BETWEEN = LEFT + (RIGHT - LEFT) * 2 / 3;
    private static final int ROW = 28;
    private static final int TOP = 30;
    private static final int LONGEST = 84;
    private static final String STYLE = "<style>svg{font:13px"
            + " system-ui,sans-serif;background:#fff}line{stroke:#59636e}polygon{fill:#59636e}"
            + ".deciding text,.deciding tspan{fill:#b42318;font-weight:600}.deciding line{stroke:#b42318}.deciding polygon{fill:#b42318}"
            + ".note text{fill:#59636e;font-style:italic}</style>";

    private final StringBuilder out = new StringBuilder(4096);

    private Svg() {}

    /// A file of its own.
    public static String file(Incident incident, boolean all) {
        return of(incident, all, STYLE, Disguise.NONE) + "\n";
    }

    /// Part of a page that has the style.
    ///
    /// @param disguise takes out what must not be read, before anything is cut
    static String of(Incident incident, Disguise disguise) {
        return of(incident, false, "", disguise);
    }

    private static String of(Incident incident, boolean all, String style, Disguise disguise) {
        List<LadderRow> lanes = LadderRow.of(incident, all);
        int height = TOP + ROW * (lanes.size() + 1);
        Svg svg = new Svg();
        svg.out.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 ").append(height).append("\" role=\"img\">")
                .append(style).append("<title>").append(HtmlReport.text(Wording.point(disguise.shown(Wording.says(incident.verdict())))))
                .append("</title>\n");
        svg.words(LEFT, TOP - 12, "middle", HtmlReport.text(disguise.shown("client " + incident.client().markedAddress())));
        Attempt attempt = incident.headline().attempt();
        boolean host = attempt.tunnel().inner();
        String server = (attempt.gateway() ? "gateway " : "server ") + incident.server().marked();
        svg.words(host ? BETWEEN : RIGHT, TOP - 12, host ? "middle" : "end", HtmlReport.text(disguise.shown(server)));
        if (host) {
            svg.words(RIGHT, TOP - 12, "end", "host");
            svg.line(BETWEEN, TOP, BETWEEN, height - ROW / 2);
        }
        svg.line(LEFT, TOP, LEFT, height - ROW / 2);
        svg.line(RIGHT, TOP, RIGHT, height - ROW / 2);
        long first = attempt.first().nanos();
        int y = TOP + ROW;
        for (LadderRow lane : lanes) {
            svg.out.append("<g class=\"").append(lane.deciding() ? "deciding" : lane.way() == Way.NOTE ? "note" : "packet").append("\">");
            if (lane.at().seen()) {
                svg.words(LEFT - 62, y, "end", Quantities.duration(Math.max(0, lane.at().nanos() - first) / 1e9));
            }
            if (lane.frame() > 0) {
                svg.words(LEFT - 10, y, "end", "#" + lane.frame());
            }
            String says = disguise.shown(lane.says());
            int right = host && !lane.whole() ? BETWEEN : RIGHT;
            svg.words((LEFT + right) / 2, y - 6, "middle",
                    HtmlReport.text(says.length() <= LONGEST ? says : says.substring(0, LONGEST - 1) + "…"));
            svg.arrow(lane.way(), right, y);
            svg.out.append("</g>\n");
            y += ROW;
        }
        return svg.out.append("</svg>").toString();
    }

    private void arrow(Way way, int right, int y) {
        int middle = (LEFT + right) / 2;
        switch (way) {
            case TO_SERVER -> along(LEFT, right, y);
            case TO_CLIENT -> along(right, LEFT, y);
            case FROM_MIDDLE -> along(middle, LEFT, y);
            case LOST_TO_SERVER -> lost(LEFT, middle, y);
            case LOST_TO_CLIENT -> lost(right, middle, y);
            case NOTE -> {}
        }
    }

    private void along(int from, int to, int y) {
        int back = to > from ? -8 : 8;
        line(from, y, to, y);
        out.append("<polygon points=\"").append(to).append(',').append(y).append(' ').append(to + back).append(',').append(y - 4)
                .append(' ').append(to + back).append(',').append(y + 4).append("\"/>");
    }

    private void lost(int from, int to, int y) {
        along(from, to, y);
        int x = to + (to > from ? 12 : -12);
        line(x - 5, y - 5, x + 5, y + 5);
        line(x - 5, y + 5, x + 5, y - 5);
    }

    private void line(int x1, int y1, int x2, int y2) {
        out.append("<line x1=\"").append(x1).append("\" y1=\"").append(y1).append("\" x2=\"").append(x2).append("\" y2=\"").append(y2)
                .append("\"/>");
    }

    /// @param safe already text of XML
    private void words(int x, int y, String anchor, String safe) {
        out.append("<text x=\"").append(x).append("\" y=\"").append(y).append("\" text-anchor=\"").append(anchor).append("\">").append(safe)
                .append("</text>");
    }
}
