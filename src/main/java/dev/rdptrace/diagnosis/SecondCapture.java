package dev.rdptrace.diagnosis;

import dev.rdptrace.bytes.Printable;
import dev.rdptrace.timeline.Comparison;
import java.util.List;
import java.util.Optional;

/// What a second capture of the same try adds.
///
/// @param name of the other capture, as the user gave it
/// @param facts empty where the other capture does not hold the connection
/// @param points what both captures together show, a sentence each
public record SecondCapture(String name, Optional<Comparison> facts, List<Point> points) {

    /// @param frames in the first capture
    /// @param otherFrames in the other one
    public record Point(String says, List<Long> frames, List<Long> otherFrames) {
        public Point {
            says = Printable.sentence(says);
        }
    }

    public SecondCapture {
        points = List.copyOf(points);
    }
}
