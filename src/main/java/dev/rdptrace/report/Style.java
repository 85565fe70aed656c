package dev.rdptrace.report;

import java.time.ZoneId;
import java.time.ZoneOffset;

/// How a report for people looks.
///
/// @param colour with ANSI colours
/// @param verbosity 0 one screen an incident, 1 everything that happened, 2 with the numbers of the transport
/// @param quiet one verdict an incident and nothing else
/// @param numeric addresses only, no names out of the capture
/// @param clock how times of packets are shown
/// @param zone of dates where the reader wants his own
/// @param width columns of a line
/// @param ascii no other characters
public record Style(boolean colour, int verbosity, boolean quiet, boolean numeric, Clock clock, ZoneId zone, int width, boolean ascii) {
    static final int WIDTH = 100;
    public static final Style PLAIN = new Style(false, 0, false, false, Clock.RELATIVE, ZoneOffset.UTC);

    public Style(boolean colour, int verbosity, boolean quiet, boolean numeric, Clock clock, ZoneId zone) {
        this(colour, verbosity, quiet, numeric, clock, zone, WIDTH, false);
    }

    /// What the time of a packet is measured from.
    public enum Clock {
        /// The first packet of the connection.
        RELATIVE,
        /// The packet shown before.
        DELTA,
        /// The calendar, in [Style#zone].
        DATE,
        /// 1970-01-01 UTC.
        EPOCH
    }

    /// Where a terminal shows nothing else: what the program draws with, and of everything else that there was something.
    public static String ascii(CharSequence text) {
        return text.toString().replace("→", "->").replace("…", "...").replace("×", "x").replace('·', '-').replace('✗', 'x')
                .replace('✓', '+').replace('│', '|').replace('┤', '|').replace('─', '-').replace('▶', '>').replace('◀', '<')
                .replace('╳', 'X').replaceAll("[^\\x00-\\x7f]", "?");
    }
}
