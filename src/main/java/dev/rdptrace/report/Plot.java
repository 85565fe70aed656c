package dev.rdptrace.report;

import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.evidence.Course;
import dev.rdptrace.evidence.Course.Acknowledged;
import dev.rdptrace.evidence.Course.Range;
import dev.rdptrace.evidence.Course.Sent;
import dev.rdptrace.timeline.Side;

/// The bytes of one side over time, as part of a page that has the style: what was sent, sent again, acknowledged, and what never came.
final class Plot {
    private static final int WIDTH = 480;
    private static final int HEIGHT = 300;
    private static final int LEFT = 62;
    private static final int RIGHT = WIDTH - 12;
    private static final int TOP = 24;
    private static final int BOTTOM = HEIGHT - 70;
    private static final int TICKS = 5;
    /// Of what is so small that it would not be seen.
    private static final int LEAST = 3;

    private final StringBuilder out = new StringBuilder(8192);
    private final Course course;
    private final String sender;
    private final String receiver;
    private final long from;
    private final long nanos;
    private final long low;
    private final long bytes;
    private int key = LEFT;
    private int keyLine = HEIGHT - 22;

    private Plot(Course course, String server) {
        this.course = course;
        sender = course.side() == Side.CLIENT ? "client" : server;
        receiver = course.side() == Side.CLIENT ? server : "client";
        boolean whole = course.sent().size() == course.packets();
        from = whole || course.sent().isEmpty() ? course.begin() : course.sent().iterator().next().nanos();
        nanos = Math.max(1, course.last() - from);
        low = whole ? 0 : course.sent().stream().mapToLong(Sent::from).min().orElse(0);
        bytes = Math.max(1, course.highest() - low);
    }

    /// @param server what the other side is: server or gateway
    static String of(Course course, String server) {
        return new Plot(course, server).figure();
    }

    /// The same in a sentence or two.
    private String words() {
        long missing = course.holes().stream().mapToLong(hole -> hole.end() - hole.from()).sum();
        long open = course.sent().stream().filter(one -> !course.arrived(one)).mapToLong(Sent::end).max().orElse(0);
        return "The " + sender + " sent " + Quantities.count(course.packets(), "packet") + " with data"
                + (course.repeated() > 0 ? ", " + course.repeated() + " of them again" : "") + ", up to byte " + course.highest()
                + " of its stream. The " + receiver + " acknowledged "
                + (open > 0 || missing > 0 ? Quantities.count(course.upTo(), "byte") : "all of it") + "."
                + (missing > 0 ? " " + Quantities.count(missing, "byte") + " of it were never seen, and never acknowledged." : "")
                + (course.sent().size() < course.packets() ? " Of the packets the last " + course.sent().size() + " are shown." : "");
    }

    private String figure() {
        String words = HtmlReport.text(words());
        out.append("<figure>\n<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 ").append(WIDTH).append(' ')
                .append(HEIGHT).append("\" role=\"img\">\n<title>Bytes from the ").append(sender).append(" over time</title>\n<desc>")
                .append(words).append("</desc>\n");
        axes();
        boolean missing = false;
        for (Range hole : course.holes()) {
            missing = true;
            out.append("<rect class=\"hole\" x=\"").append(x(hole.nanos())).append("\" y=\"").append(y(hole.end())).append("\" width=\"")
                    .append(Math.max(LEAST, RIGHT - x(hole.nanos()))).append("\" height=\"")
                    .append(Math.max(LEAST, y(hole.from()) - y(hole.end()))).append("\"/>\n");
        }
        steps();
        boolean again = false;
        boolean lost = false;
        boolean plain = false;
        for (Sent one : course.sent()) {
            boolean arrived = course.arrived(one);
            plain |= arrived && !one.again();
            again |= one.again();
            lost |= !arrived;
            segment(arrived ? "sent" : "lost", x(one.nanos()), y(one.from()), y(one.end()), one.again());
        }
        key(plain, "sent", () -> segment("sent", key, keyLine, keyLine - 10, false));
        key(again, "sent again", () -> segment("sent", key, keyLine, keyLine - 10, true));
        key(lost, "never acknowledged", () -> segment("lost", key, keyLine, keyLine - 10, false));
        key(!course.acknowledged().isEmpty(), "acknowledged", () -> line("ack", key - 5, keyLine - 4, key + 5, keyLine - 4));
        key(missing, "never seen", () -> out.append("<rect class=\"hole\" x=\"").append(key - 5).append("\" y=\"").append(keyLine - 9)
                .append("\" width=\"10\" height=\"9\"/>\n"));
        return out.append("</svg>\n<figcaption>").append(words).append("</figcaption>\n</figure>\n").toString();
    }

    private void axes() {
        line("axis", LEFT, TOP, LEFT, BOTTOM);
        line("axis", LEFT, BOTTOM, RIGHT, BOTTOM);
        long step = step(bytes);
        for (long at = (low + step - 1) / step * step; at <= low + bytes; at += step) {
            line("axis", LEFT - 4, y(at), LEFT, y(at));
            words(LEFT - 7, y(at) + 4, "end", Long.toString(at));
        }
        step = step(nanos);
        for (long at = (from - course.begin() + step - 1) / step * step; at <= from - course.begin() + nanos; at += step) {
            line("axis", x(course.begin() + at), BOTTOM, x(course.begin() + at), BOTTOM + 4);
            words(x(course.begin() + at), BOTTOM + 16, "middle", Quantities.number(at / 1e9));
        }
        words(4, 13, "start", "bytes from the " + sender);
        words(RIGHT, BOTTOM + 31, "end", "seconds since the connection began");
    }

    /// 1, 2 or 5 times a power of ten, so that there are a few of them.
    private static long step(long range) {
        long power = 1;
        while (power * 10 * TICKS <= range) {
            power *= 10;
        }
        return power * TICKS >= range ? power : power * 2 * TICKS >= range ? power * 2 : power * 5;
    }

    private void steps() {
        if (course.acknowledged().isEmpty()) {
            return;
        }
        out.append("<polyline class=\"ack\" points=\"");
        int before = y(low);
        for (Acknowledged one : course.acknowledged()) {
            int height = y(Math.clamp(one.upTo(), low, low + bytes));
            out.append(x(one.nanos())).append(',').append(before).append(' ').append(x(one.nanos())).append(',').append(height).append(' ');
            before = height;
        }
        out.append(RIGHT).append(',').append(before).append("\"/>\n");
    }

    /// What was sent again has a ring.
    private void segment(String style, int x, int low, int high, boolean again) {
        line(style, x, low, x, Math.min(high, low - LEAST));
        if (again) {
            out.append("<circle class=\"").append(style).append("\" cx=\"").append(x).append("\" cy=\"").append((low + high) / 2)
                    .append("\" r=\"4\"/>\n");
        }
    }

    private void key(boolean shown, String says, Runnable symbol) {
        if (shown) {
            int width = 22 + 6 * says.length();
            if (key + width > WIDTH) {
                key = LEFT;
                keyLine += 16;
            }
            symbol.run();
            words(key + 9, keyLine, "start", says);
            key += width + 8;
        }
    }

    private int x(long at) {
        return LEFT + Math.clamp(Math.round((at - from) * (double) (RIGHT - LEFT) / nanos), 0, RIGHT - LEFT);
    }

    private int y(long at) {
        return BOTTOM - Math.clamp(Math.round((at - low) * (double) (BOTTOM - TOP) / bytes), 0, BOTTOM - TOP);
    }

    private void line(String style, int x1, int y1, int x2, int y2) {
        out.append("<line class=\"").append(style).append("\" x1=\"").append(x1).append("\" y1=\"").append(y1).append("\" x2=\"").append(x2)
                .append("\" y2=\"").append(y2).append("\"/>\n");
    }

    private void words(int x, int y, String anchor, String safe) {
        out.append("<text x=\"").append(x).append("\" y=\"").append(y).append("\" text-anchor=\"").append(anchor).append("\">").append(safe)
                .append("</text>\n");
    }
}
